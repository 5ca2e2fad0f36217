//! What the workloads are, for whoever runs them.

use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Exp1};
use rand_xoshiro::Xoshiro256PlusPlus;
use sim_core::{Stream, Streams};

/// What a run came to.
pub struct Run {
    /// Events that happened.
    pub events: u64,
    /// Customers or requests served; events in a hold.
    pub units: u64,
    /// Seconds of the run alone.
    pub seconds: f64,
    /// Seconds before that.
    pub setup: f64,
    /// Something theory knows: 1 in a hold, the mean wait in M/M/4 (0.7455 s), the mean latency at the edge (0.0201 s).
    pub check: f64,
}

/// Where the random numbers of a workload come from.
pub trait Draws {
    fn new(seed: u64) -> Self;

    /// Exponentially distributed whole nanoseconds, never 0.
    fn exponential(&mut self, mean_nanos: f64) -> u64;

    fn chance(&mut self, probability: f64) -> bool;
}

/// By inversion, as one writes it by hand.
pub struct Inversion(Xoshiro256PlusPlus);

impl Draws for Inversion {
    fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    #[inline(always)]
    fn exponential(&mut self, mean_nanos: f64) -> u64 {
        let uniform: f64 = self.0.random();
        (-mean_nanos * (1.0 - uniform).ln()) as u64 + 1
    }

    #[inline(always)]
    fn chance(&mut self, probability: f64) -> bool {
        self.0.random::<f64>() < probability
    }
}

/// From the engine's own streams, as its users draw.
pub struct Own(Stream);

impl Draws for Own {
    fn new(seed: u64) -> Self {
        Self(Streams::new(seed, 0).open("workload", 0))
    }

    #[inline(always)]
    fn exponential(&mut self, mean_nanos: f64) -> u64 {
        let unit: f64 = Exp1.sample(&mut self.0);
        (mean_nanos * unit) as u64 + 1
    }

    #[inline(always)]
    fn chance(&mut self, probability: f64) -> bool {
        self.0.random::<f64>() < probability
    }
}

pub const SECOND: f64 = 1e9;

/// Mean gap between the arrivals of M/M/4, where service takes a second on average.
pub const MM4_GAP: f64 = SECOND / 3.2;
pub const MM4_SERVERS: usize = 4;

pub const DEVICES: usize = 10_000;
pub const COMPUTE: f64 = 0.005 * SECOND;
pub const APPEALS: f64 = 0.3;
pub const LINK_NANOS: u64 = 20_000_000;
pub const CLOUD_SERVERS: usize = 64;
pub const CLOUD: f64 = 0.010 * SECOND;
