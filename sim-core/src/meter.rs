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
