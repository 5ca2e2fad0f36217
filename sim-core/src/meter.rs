//! Integrals of things that change in steps.

use crate::time::Time;

/// Exact integral of a piecewise constant rate, such as watts into joules: nothing is sampled.
#[derive(Clone, Copy, Debug, Default)]
pub struct Meter {
    rate: f64,
    since: Time,
    total: f64,
}

impl Meter {
    /// A meter at 0 that starts at `from`.
    pub fn starting(from: Time) -> Self {
        Self { since: from, ..Self::default() }
    }

    /// The rate becomes `rate` at `now`.
    pub fn set(&mut self, now: Time, rate: f64) {
        self.total = self.total_at(now);
        self.since = now;
        self.rate = rate;
    }

    /// The rate now.
    pub fn rate(&self) -> f64 {
        self.rate
    }

    /// The integral from the start to `now`, which must not lie before the last change.
    pub fn total_at(&self, now: Time) -> f64 {
        self.total + self.rate * (now - self.since).as_secs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2 W from 10 s on and 5 W from 13 s on: 6 J by 13 s, and 16 J by 15 s.
    #[test]
    fn watts_add_up_to_joules() {
        let at = |seconds: u64| Time::from_nanos(seconds * 1_000_000_000);
        let mut meter = Meter::starting(at(10));
        assert_eq!((meter.rate(), meter.total_at(at(12))), (0.0, 0.0));
        meter.set(at(10), 2.0);
        assert_eq!((meter.rate(), meter.total_at(at(13))), (2.0, 6.0));
        meter.set(at(13), 5.0);
        assert_eq!((meter.rate(), meter.total_at(at(13)), meter.total_at(at(15))), (5.0, 6.0, 16.0));
    }
}
