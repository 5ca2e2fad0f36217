//! What the pieces of a peer's model share: chance, and what is counted.

use std::cell::{Cell, RefCell};
use std::time::Instant;

use crate::model::{Draws, Inversion, Run, SECOND};

/// For models of one thread.
pub struct Shared {
    draws: RefCell<Inversion>,
    events: Cell<u64>,
    to_come: Cell<u64>,
    units: Cell<u64>,
    seconds: Cell<f64>,
}

impl Shared {
    /// With so many units to come.
    pub fn new(count: u64, seed: u64) -> Self {
        Self {
            draws: RefCell::new(Inversion::new(seed)),
            events: Cell::new(0),
            to_come: Cell::new(count),
            units: Cell::new(0),
            seconds: Cell::new(0.0),
        }
    }

    /// Exponential, in seconds.
    pub fn exponential(&self, mean_nanos: f64) -> f64 {
        self.draws.borrow_mut().exponential(mean_nanos) as f64 / SECOND
    }

    pub fn chance(&self, probability: f64) -> bool {
        self.draws.borrow_mut().chance(probability)
    }

    /// Something has happened.
    pub fn event(&self) {
        self.events.set(self.events.get() + 1);
    }

    /// One more comes, if there are any.
    pub fn comes(&self) -> bool {
        let left = self.to_come.get();
        self.to_come.set(left.saturating_sub(1));
        left > 0
    }

    /// A unit is done, and took so long.
    pub fn done(&self, seconds: f64) {
        self.units.set(self.units.get() + 1);
        self.seconds.set(self.seconds.get() + seconds);
    }

    /// Units that are done.
    pub fn units(&self) -> u64 {
        self.units.get()
    }

    /// The run of a hold that began at `start`, of as many seconds as should have come to `expected` events.
    pub fn hold(&self, start: Instant, expected: u64) -> Run {
        let (seconds, events) = (start.elapsed().as_secs_f64(), self.events.get());
        Run { events, units: events, seconds, setup: 0.0, check: events as f64 / expected as f64 }
    }

    /// The run that began at `start`; its check is the mean of what units took.
    pub fn run(&self, start: Instant) -> Run {
        let (seconds, events, units) = (start.elapsed().as_secs_f64(), self.events.get(), self.units.get());
        Run { events, units, seconds, setup: 0.0, check: self.seconds.get() / units as f64 }
    }
}
