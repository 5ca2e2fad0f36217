//! Bits on their way at a rate that may change.

use device_models::Stretch;
use sim_core::{Span, Time};

/// Bits in transit at a rate that may change.
#[derive(Clone, Copy, Debug)]
pub struct Moving {
    left: f64,
    since: Time,
    stretch: Stretch,
    done: Time,
}

impl Moving {
    /// No bits in transit.
    pub const NOTHING: Self =
        Self { left: 0.0, since: Time::ZERO, stretch: Stretch::at_rate(0.0, Time::MAX), done: Time::MAX };

    /// Begins a transfer of `bits` at `now`.
    pub fn begin(bits: f64, now: Time, stretch: Stretch) -> Self {
        let done = if stretch.rate > 0.0 { now + Span::from_secs_up(bits / stretch.rate) } else { Time::MAX };
        Self { left: bits, since: now, stretch, done }
    }

    /// When the next thing happens: all bits are through, or the rate changes.
    pub fn next(&self) -> Time {
        self.done.min(self.stretch.until)
    }

    /// Whether all bits are through at `now`.
    pub fn is_done(&self, now: Time) -> bool {
        now >= self.done
    }

    /// Bits left at `now`.
    pub fn left(&self, now: Time) -> f64 {
        if self.is_done(now) { 0.0 } else { (self.left - self.stretch.rate * (now - self.since).as_secs()).max(0.0) }
    }

    /// Bits a second now.
    pub fn rate(&self) -> f64 {
        self.stretch.rate
    }

    /// Watts that the sender draws now beyond its radio's active power, or less than that.
    pub fn extra_power(&self) -> f64 {
        self.stretch.extra_power
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A hundred bits at ten a second from 2 s on, but the rate only holds until 7 s.
    #[test]
    fn what_is_left_shrinks_with_the_rate() {
        let at = |seconds: f64| Time::ZERO + Span::from_secs(seconds);
        let moving = Moving::begin(100.0, at(2.0), Stretch::at_rate(10.0, at(7.0)));
        assert_eq!((moving.next(), moving.rate()), (at(7.0), 10.0));
        assert_eq!([2.0, 3.0, 7.0].map(|seconds| moving.left(at(seconds))), [100.0, 90.0, 50.0]);
        assert!(!moving.is_done(at(7.0)));
        // The other fifty, with no end to the rate, are through at 12 s.
        let moving = Moving::begin(moving.left(at(7.0)), at(7.0), Stretch::at_rate(10.0, Time::MAX));
        assert_eq!((moving.next(), moving.left(at(12.0))), (at(12.0), 0.0));
        assert!(!moving.is_done(at(11.999_999_999)) && moving.is_done(at(12.0)));
        let stalled = Moving::begin(100.0, at(2.0), Stretch::at_rate(0.0, at(9.0)));
        assert_eq!((stalled.next(), stalled.left(at(8.0))), (at(9.0), 100.0));
    }
}
