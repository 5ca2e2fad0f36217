//! Something that is on for a while, then off for a while.

use crate::random::Stream;
use crate::time::Span;
use crate::variate::Variate;

/// Alternates between on and off, each for a random time in seconds (an alternating renewal process): a link with
/// outages, a source with bursts. Returns how long each spell lasts; schedules nothing.
#[derive(Clone, Debug)]
pub struct OnOff {
    on: Variate,
    off: Variate,
    is_on: bool,
}

impl OnOff {
    /// With these durations of on and off spells. It is on until the first [`OnOff::turn`].
    pub fn new(on: Variate, off: Variate) -> Self {
        Self { on, off, is_on: true }
    }

    /// Whether it is on.
    pub fn is_on(&self) -> bool {
        self.is_on
    }

    /// How long the current spell lasts.
    pub fn spell(&self, random: &mut Stream) -> Span {
        let length = if self.is_on { &self.on } else { &self.off };
        Span::from_secs_up(length.sample(random))
    }

    /// The current spell is over; returns how long the next one lasts.
    pub fn turn(&mut self, random: &mut Stream) -> Span {
        self.is_on = !self.is_on;
        self.spell(random)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Streams;
    use crate::statistics::Moments;

    /// In the long run it is on for p = E[on] / (E[on] + E[off]) of the time, whatever the distributions. Over n cycles
    /// that has variance Var((1 - p) on - p off) / (E[on] + E[off])² / n; gamma with mean 3 and shape 0.7 has variance
    /// 9 / 0.7, uniform from 0 to 2 has 1/3.
    #[test]
    fn it_is_on_for_its_share_of_the_time() {
        let shares: Moments = (0..20)
            .map(|replication| {
                let mut random = Streams::new(1, replication).open("on-off", 0);
                let on = Variate::gamma(3.0, 0.7).unwrap();
                let mut source = OnOff::new(on, Variate::uniform(0.0, 2.0).unwrap());
                let (mut on, mut total) = (0.0, 0.0);
                let mut spell = source.spell(&mut random);
                for _ in 0..4_000 {
                    total += spell.as_secs();
                    on += if source.is_on() { spell.as_secs() } else { 0.0 };
                    spell = source.turn(&mut random);
                }
                on / total
            })
            .collect();
        let error = ((0.25f64.powi(2) * 9.0 / 0.7 + 0.75f64.powi(2) / 3.0) / 16.0 / (20.0 * 2_000.0)).sqrt();
        assert!(5.0 * error < 0.01 * 0.75);
        assert!((shares.mean() - 0.75).abs() < 5.0 * error, "{}", shares.mean());
    }
}
