//! What lies between a device and the cloud.
//!
//! A transfer of n packets is n packets and the retransmissions of those that were lost: with loss probability p each,
//! their number is negative binomial, drawn as Poisson(Gamma(n, p/(1 − p))). The round trip is drawn once a request and
//! halved. Left out: congestion control (a transfer has its rate from its first bit), loss in bursts, acknowledgements.

use std::fmt;

use rand_distr::{Distribution, Gamma, LogNormal, Poisson};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};
use sim_core::{Span, Stream};

use crate::units::{DataRate, DataSize, Delay, Duration, Share};

/// Payload of a packet, bytes: Ethernet's 1,500 less the headers of IPv4 and TCP.
const PACKET: f64 = 1460.0;

/// z(0.95) of the standard normal distribution.
const Z95: f64 = 1.644_853_626_951_472_2;

/// Rates and delays of a link; many devices may be on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    /// What one device can send at.
    pub uplink: DataRate,
    /// What one device can receive at.
    pub downlink: DataRate,
    /// What all devices on the link can send at together, shared equally by those that are sending.
    pub cell: Option<DataRate>,
    /// Round trip between the link's end and the cloud.
    pub rtt: Latency,
    /// Probability that a packet is lost.
    pub loss: Share,
}

/// A delay: constant, or log-normal given by its median and 95th percentile.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Latency {
    /// Always the same.
    Constant(Delay),
    /// Skewed to the right, as round trips are.
    LogNormal(Spread),
}

/// Told apart by shape, so that what is wrong is said of the shape that was meant.
impl<'de> Deserialize<'de> for Latency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> de::Visitor<'de> for Reader {
            type Value = Latency;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a duration such as '20 ms', or {median: 20 ms, p95: 45 ms}")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Latency, E> {
                Delay::parse(text).map(Latency::Constant).map_err(E::custom)
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Latency, A::Error> {
                let spread = Spread::deserialize(de::value::MapAccessDeserializer::new(map))?;
                if spread.p95.get() < spread.median.get() {
                    let Spread { median, p95 } = spread;
                    return Err(de::Error::custom(format!("p95 ({p95}) must not lie below the median ({median})")));
                }
                Ok(Latency::LogNormal(spread))
            }
        }

        deserializer.deserialize_any(Reader)
    }
}

/// A log-normal distribution by two of its quantiles.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    /// Half are shorter.
    pub median: Duration,
    /// 95 % are shorter.
    pub p95: Duration,
}

impl Latency {
    /// Draws one.
    pub fn sample(&self, random: &mut Stream) -> Span {
        match self {
            Self::Constant(delay) => delay.span(),
            Self::LogNormal(Spread { median, p95 }) => {
                let sigma = (p95.get() / median.get()).ln().max(0.0) / Z95;
                let drawn = LogNormal::new(median.get().ln(), sigma).map(|d| d.sample(random));
                Span::from_secs(drawn.unwrap_or(median.get()))
            }
        }
    }

    /// The least it can be.
    pub fn least(&self) -> Span {
        match self {
            Self::Constant(delay) => delay.span(),
            Self::LogNormal(_) => Span::ZERO,
        }
    }
}

/// What the channel does to one request, whatever becomes of it: drawn from the request's own stream.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Channel {
    /// Between the link's end and the cloud, each way.
    pub one_way: Span,
    /// Bits that go up, retransmissions among them.
    pub up_bits: f64,
    /// Bits that come down.
    pub down_bits: f64,
}

impl Link {
    /// Draws the channel of a request that sends `payload` and gets `answer` back.
    pub fn draw(&self, payload: DataSize, answer: DataSize, random: &mut Stream) -> Channel {
        let rtt = self.rtt.sample(random);
        Channel {
            one_way: Span::from_nanos(rtt.as_nanos() / 2),
            up_bits: self.bits_moved(payload, random),
            down_bits: self.bits_moved(answer, random),
        }
    }

    fn bits_moved(&self, size: DataSize, random: &mut Stream) -> f64 {
        let (bytes, loss) = (size.get(), self.loss.get());
        if loss == 0.0 {
            return bytes * 8.0;
        }
        let packets = (bytes / PACKET).ceil().max(1.0);
        let mean = Gamma::new(packets, loss / (1.0 - loss)).map(|d| d.sample(random));
        let lost = mean.ok().and_then(|mean| Poisson::new(mean).ok()).map_or(0.0, |d: Poisson<f64>| d.sample(random));
        (bytes + lost * (bytes / packets)) * 8.0
    }
}

#[cfg(test)]
mod tests {
    use sim_core::{Moments, Streams};

    use super::*;

    fn link(loss: f64) -> Link {
        let spread = Spread { median: Duration::new(0.02), p95: Duration::new(0.045) };
        let rate = DataRate::new(1e6);
        Link { uplink: rate, downlink: rate, cell: None, rtt: Latency::LogNormal(spread), loss: Share::new(loss) }
    }

    #[test]
    fn round_trips_have_the_median_and_p95_asked_for() {
        let link = link(0.0);
        let mut random = Streams::new(1, 0).open("test", 0);
        let mut trips: Vec<f64> = (0..40_000).map(|_| link.rtt.sample(&mut random).as_secs()).collect();
        trips.sort_by(f64::total_cmp);
        // The share of n draws below a p-quantile has standard deviation √(p(1 − p)/n); five of those each way.
        for (value, p) in [(0.02, 0.5), (0.045, 0.95)] {
            let below = trips.partition_point(|t| *t < value) as f64 / trips.len() as f64;
            let spread = 5.0 * (p * (1.0 - p) / trips.len() as f64).sqrt();
            assert!((below - p).abs() < spread, "{below} of the trips are below {value}");
        }
    }

    /// Sending n packets until each got through takes n/(1 − p) packets on average.
    #[test]
    fn lost_packets_are_sent_again() {
        let link = link(0.2);
        let mut random = Streams::new(1, 0).open("test", 1);
        let size = DataSize::new(10.0 * PACKET);
        let bits: Moments = (0..20_000).map(|_| link.bits_moved(size, &mut random)).collect();
        let expected = size.get() * 8.0 / 0.8;
        let estimate = bits.estimate().unwrap();
        assert!((estimate.mean - expected).abs() < 3.0 * estimate.half_width.unwrap(), "{estimate:?} not {expected}");
    }
}
