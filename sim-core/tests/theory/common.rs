//! What all of them share: how a figure is checked, how long customers are served, and Little's law.

use rand_distr::{Distribution, Exp1};
use sim_core::{Moments, Stream, Streams, Time, TimeAverage};

pub const REPLICATIONS: u64 = 10;

/// Mean of f over replications, checked against `expected`.
pub fn check(what: &str, expected: f64, f: impl Fn(Streams) -> f64) {
    let values: Moments = (0..REPLICATIONS).map(|replication| f(Streams::new(1, replication))).collect();
    let estimate = values.estimate().unwrap();
    let within = 3.0 * estimate.half_width().unwrap();
    assert!(within < 0.2 * expected, "{what}: ±{within} is too wide to tell anything about {expected}");
    let found = estimate.mean;
    assert!((found - expected).abs() < within, "{what}: {found} ± {within}, theory says {expected}");
}

/// How long a customer is served, on average 1 s.
#[derive(Clone, Copy)]
pub enum Service {
    Exponential,
    Constant,
    /// Short or long with the given probability of long: very uneven.
    Hyper(f64),
}

pub fn exponential(random: &mut Stream) -> f64 {
    Exp1.sample(random)
}

impl Service {
    pub fn draw(self, random: &mut Stream) -> f64 {
        match self {
            Service::Exponential => exponential(random),
            Service::Constant => 1.0,
            Service::Hyper(long) => {
                use rand::RngExt;
                // Half of the work is done for the few long ones.
                let mean = if random.random::<f64>() < long { 0.5 / long } else { 0.5 / (1.0 - long) };
                mean * exponential(random)
            }
        }
    }

    /// E[S²].
    pub fn second_moment(self) -> f64 {
        match self {
            Service::Exponential => 2.0,
            Service::Constant => 1.0,
            Service::Hyper(long) => 2.0 * (0.25 / long + 0.25 / (1.0 - long)),
        }
    }
}

/// When everything is over.
pub const HORIZON: Time = Time::from_nanos(60_000_000_000_000);

/// Little's law (1961) on one sample path, without any expectation: the integral of the number present is the sum of the
/// times that those who came were there, who is still there at the end included.
pub struct Little {
    present: TimeAverage,
    there: f64,
    came: u64,
}

impl Little {
    pub fn new() -> Self {
        Self { present: TimeAverage::new(Time::ZERO, 0.0), there: 0.0, came: 0 }
    }

    pub fn comes(&mut self, now: Time) {
        self.came += 1;
        self.present.set(now, self.present.value() + 1.0);
    }

    pub fn goes(&mut self, arrived: Time, now: Time) {
        self.there += (now - arrived).as_secs();
        self.present.set(now, self.present.value() - 1.0);
    }

    /// The mean number present, once it is certain that L = λ·W holds; `left` are the arrivals of those still there.
    pub fn check(&self, left: impl Iterator<Item = Time>) -> f64 {
        let there = self.there + left.map(|arrived| (HORIZON - arrived).as_secs()).sum::<f64>();
        let (l, seconds) = (self.present.mean(HORIZON), HORIZON.as_secs());
        let (rate, stay) = (self.came as f64 / seconds, there / self.came as f64);
        assert!((l - rate * stay).abs() < 1e-9 * l, "L = {l}, λ·W = {}", rate * stay);
        l
    }
}
