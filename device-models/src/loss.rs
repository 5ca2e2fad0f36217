//! Packets that are lost and sent again.
//!
//! Each of n packets is sent until it gets through. With losses independent of each other, a binomial number of the n
//! is lost and sent again, of these another, and so on, round after round. In bursts (Gilbert, 1960), a burst begins
//! before a packet with probability s/((1 − s)·b) and takes a geometric number of transmissions, b on average, so that
//! a share s of everything sent is lost in the long run; the mean number of retransmissions is the same, n·s/(1 − s),
//! but it scatters more. Left out: a burst that outlasts a transfer does not reach into the next one, and the rounds of
//! a burst are the fewest in which n packets can be lost so often.

use std::borrow::Cow;
use std::fmt;

use rand_distr::{Binomial, Distribution, Gamma, Poisson};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{MapAccess, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sim_core::Stream;

use crate::error::FigureError;
use crate::shape::{self, Shaped};
use crate::units::Share;

/// How packets are lost, as written in a file: `0.1 %`, or `{share: 1 %, burst: 8}`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loss {
    /// Share of the packets sent that are lost.
    pub share: Share,
    /// Packets lost in a row, on average; none if each is lost independently.
    pub burst: Option<f64>,
}

#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LossBursts {
    /// Share of the packets sent that are lost.
    share: Share,
    /// Packets lost in a row, on average; at least 1.
    burst: f64,
}

impl Loss {
    /// Nothing is lost.
    pub const NONE: Self = Self { share: Share::new(0.0), burst: None };

    /// Checks the figures against each other.
    ///
    /// # Errors
    /// What is wrong.
    pub fn check(&self) -> Result<(), FigureError> {
        let share = self.share.get();
        if share >= 1.0 {
            return Err(FigureError::new("if every packet is lost, nothing ever arrives"));
        }
        match self.burst {
            Some(burst) if !(burst.is_finite() && burst >= 1.0) => {
                Err(FigureError::new("burst must be at least 1 packet"))
            }
            Some(burst) if share > (1.0 - share) * burst => {
                let least = share / (1.0 - share);
                let what = format!("with a share of {} lost, bursts are at least {least:.1} packets long", self.share);
                Err(FigureError::new(what))
            }
            _ => Ok(()),
        }
    }

    /// What is lost of `packets` packets before all have got through.
    pub fn draw(&self, packets: f64, random: &mut Stream) -> Lost {
        let share = self.share.get();
        match self.burst {
            None => {
                let mut lost = Lost::default();
                let mut left = packets;
                loop {
                    left = binomial(left, share, random);
                    if left == 0.0 {
                        return lost;
                    }
                    lost.packets += left;
                    lost.rounds += 1;
                }
            }
            Some(burst) => {
                let bursts = binomial(packets, (share / (1.0 - share) / burst).min(1.0), random);
                let lost = bursts + poisson_of_gamma(bursts, burst - 1.0, random);
                Lost { packets: lost, rounds: (lost / packets).ceil() as u32 }
            }
        }
    }
}

/// What is lost of a transfer.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Lost {
    /// Transmissions that were lost, of first and later tries.
    pub packets: f64,
    /// How often something had to be sent again before everything had got through.
    pub rounds: u32,
}

/// How many of `count` happen.
fn binomial(count: f64, chance: f64, random: &mut Stream) -> f64 {
    Binomial::new(count as u64, chance).map_or(0.0, |d| d.sample(random) as f64)
}

/// The sum of `count` geometric numbers, starting at 0, with this mean: negative binomial.
fn poisson_of_gamma(count: f64, mean: f64, random: &mut Stream) -> f64 {
    let rate = Gamma::new(count, mean).map(|d| d.sample(random));
    rate.ok().and_then(|rate| Poisson::new(rate).ok()).map_or(0.0, |d: Poisson<f64>| d.sample(random))
}

impl Shaped for Loss {
    fn expected(f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a share such as '0.1 %', or one in bursts: {share: 1 %, burst: 8}")
    }

    fn of_figure(text: &str) -> Result<Self, FigureError> {
        Share::parse(text).map(|share| Self { share, burst: None })
    }

    fn of_map<'de, A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        let LossBursts { share, burst } = LossBursts::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Self { share, burst: Some(burst) })
    }
}

impl<'de> Deserialize<'de> for Loss {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        shape::read(deserializer)
    }
}

impl Serialize for Loss {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.burst {
            None => self.share.serialize(serializer),
            Some(burst) => LossBursts { share: self.share, burst }.serialize(serializer),
        }
    }
}

impl JsonSchema for Loss {
    fn schema_name() -> Cow<'static, str> {
        "Loss".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        shape::either::<Share, LossBursts>(generator)
    }
}

#[cfg(test)]
mod tests {
    use sim_core::{Moments, Streams};

    use super::*;

    fn lost(loss: Loss, packets: f64) -> Moments {
        loss.check().unwrap();
        let mut random = Streams::new(1, 0).open("test", 1);
        (0..20_000).map(|_| loss.draw(packets, &mut random).packets).collect()
    }

    /// A stepwise twin: packet after packet, burst after burst.
    fn stepwise(share: f64, burst: f64, packets: u32, random: &mut Stream) -> f64 {
        use rand::RngExt;
        let (begin, go_on) = (share / (1.0 - share) / burst, 1.0 - 1.0 / burst);
        let mut lost = 0.0;
        for _ in 0..packets {
            if random.random::<f64>() < begin {
                lost += 1.0;
                while random.random::<f64>() < go_on {
                    lost += 1.0;
                }
            }
        }
        lost
    }

    /// A share s of what is sent is lost, in bursts or not; bursts scatter more, as in the stepwise twin.
    #[test]
    fn shares_are_as_promised() {
        let (share, packets) = (0.2, 10.0);
        let alone = lost(Loss { share: Share::new(share), burst: None }, packets);
        let bursts = lost(Loss { share: Share::new(share), burst: Some(6.0) }, packets);
        for moments in [&alone, &bursts] {
            let estimate = moments.estimate().unwrap();
            assert!((estimate.mean - packets * 0.25).abs() < 3.0 * estimate.half_width().unwrap(), "{estimate:?}");
        }
        let mut random = Streams::new(2, 0).open("test", 1);
        let twin: Moments = (0..20_000).map(|_| stepwise(share, 6.0, 10, &mut random)).collect();
        let (ours, theirs) = (bursts.variance().unwrap(), twin.variance().unwrap());
        assert!((ours / theirs - 1.0).abs() < 0.1, "{ours} against {theirs}");
        assert!(ours > 4.0 * alone.variance().unwrap());
    }

    /// With independent losses, n packets are all through after m more rounds with probability (1 − p^(m + 1))^n. A
    /// burst of a single packet's transmissions takes a round each.
    #[test]
    fn rounds_end_when_every_packet_is_through() {
        let (share, packets, draws) = (0.3, 7.0, 20_000);
        let mut random = Streams::new(3, 0).open("test", 1);
        let alone = Loss { share: Share::new(share), burst: None };
        let drawn: Vec<Lost> = (0..draws).map(|_| alone.draw(packets, &mut random)).collect();
        for most in 0..6 {
            let within = drawn.iter().filter(|lost| lost.rounds <= most).count() as f64 / f64::from(draws);
            let expected = (1.0 - share.powi(most as i32 + 1)).powf(packets);
            let error = (expected * (1.0 - expected) / f64::from(draws)).sqrt();
            assert!((within - expected).abs() <= 5.0 * error, "{most} rounds: {within}, not {expected}");
        }
        let bursts = Loss { share: Share::new(share), burst: Some(6.0) };
        for _ in 0..1_000 {
            let lost = bursts.draw(1.0, &mut random);
            assert_eq!(f64::from(lost.rounds), lost.packets);
            let many = bursts.draw(100.0, &mut random);
            assert_eq!(many.rounds, (many.packets / 100.0).ceil() as u32);
        }
    }

    #[test]
    fn what_cannot_be_is_said() {
        let told = |text: &str| {
            let loss: Loss = serde_yaml::from_str(text).unwrap();
            loss.check().unwrap_err().what
        };
        assert!(told("100 %").contains("nothing ever arrives"));
        assert!(told("{share: 1 %, burst: 0.5}").contains("at least 1 packet"));
        assert!(told("{share: 90 %, burst: 2}").contains("at least 9.0 packets long"));
    }

    /// A share of one half can be lost in bursts of one packet; of four fifths, four at least.
    #[test]
    fn the_limits_of_figures_are_allowed() {
        let check = |share: f64, burst: Option<f64>| Loss { share: Share::new(share), burst }.check();
        for (share, burst) in [(0.0, None), (0.99, None), (0.5, Some(1.0)), (0.8, Some(4.0 + 1e-9)), (0.0, Some(1.0))] {
            assert_eq!(check(share, burst), Ok(()), "{share}, {burst:?}");
        }
        for (share, burst) in
            [(1.0, None), (0.5, Some(0.99)), (0.8, Some(3.9)), (0.1, Some(f64::NAN)), (0.1, Some(f64::INFINITY))]
        {
            assert!(check(share, burst).is_err(), "{share}, {burst:?}");
        }
        let written = |text: &str| serde_json::to_value(serde_yaml::from_str::<Loss>(text).unwrap()).unwrap();
        assert_eq!(written("5 %"), "5 %");
        assert_eq!(written("{share: 1 %, burst: 8}"), serde_json::json!({"share": "1 %", "burst": 8.0}));
        let mut random = Streams::new(1, 0).open("test", 1);
        assert_eq!(Loss::NONE.draw(50.0, &mut random), Lost { packets: 0.0, rounds: 0 });
    }
}
