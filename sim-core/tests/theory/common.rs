//! What all of them share: how a figure is checked, how long customers are served, and Little's law.

use rand::{Rng, RngExt};
use rand_distr::{Distribution, Exp1};
use sim_core::{Moments, Span, Stream, Streams, Time, TimeAverage};

/// How many seeds.
const SEEDS: u64 = 8;

/// How far a figure may be from its mean, as a share of it.
const WITHIN: f64 = 0.02;

/// The least number of standard errors that this is.
const STANDARD_ERRORS: f64 = 5.0;

/// Chi-squared with eight degrees of freedom exceeds this once in a million times.
const SCATTERS: f64 = 42.7;

/// A figure that a run is to find.
pub struct Figure {
    pub what: &'static str,
    /// Its mean.
    pub mean: f64,
    /// The variance with which a run of `t` seconds finds it, times `t`.
    pub variance: f64,
}

impl Figure {
    /// How long all runs together have to be.
    fn seconds(&self) -> f64 {
        self.variance * (STANDARD_ERRORS / (WITHIN * self.mean)).powi(2)
    }
}

/// Checks what runs find; each gets its streams and its end.
pub fn check<const N: usize>(figures: [Figure; N], run: impl Fn(Streams, Time) -> [f64; N]) {
    let seconds = figures.iter().map(Figure::seconds).fold(0.0, f64::max) / SEEDS as f64;
    let runs: Vec<[f64; N]> = (0..SEEDS)
        .map(|seed| {
            // Named after the test, so that no two tests see the same arrivals.
            let own = Streams::new(seed, 0).open(figures[0].what, 0).next_u64();
            run(Streams::new(own, 0), Time::ZERO + Span::from_secs(seconds))
        })
        .collect();
    for (place, Figure { what, mean, variance }) in figures.iter().enumerate() {
        let found: Moments = runs.iter().map(|run| run[place]).collect();
        let off = found.mean() / mean - 1.0;
        assert!(off.abs() < WITHIN, "{what}: {} is {:.2} % off {mean}", found.mean(), off * 100.0);
        let scatter: f64 = runs.iter().map(|run| (run[place] - mean).powi(2) * seconds / variance).sum();
        assert!(scatter < SCATTERS, "{what}: {scatter} for {SEEDS} seeds; they scatter more than theory says");
    }
}

pub fn exponential(random: &mut Stream) -> f64 {
    Exp1.sample(random)
}

/// How long a customer is served, on average 1 s.
#[derive(Clone, Copy)]
pub enum Service {
    Exponential,
    Constant,
    /// Short, or long with a probability of a quarter: uneven.
    Hyper,
}

impl Service {
    /// The probability of a long service. Half of the work is done for the few long ones.
    const LONG: f64 = 0.25;

    pub fn draw(self, random: &mut Stream) -> f64 {
        match self {
            Service::Exponential => exponential(random),
            Service::Constant => 1.0,
            Service::Hyper => {
                let share = if random.random::<f64>() < Self::LONG { Self::LONG } else { 1.0 - Self::LONG };
                0.5 / share * exponential(random)
            }
        }
    }

    /// E[Sⁿ].
    pub fn moment(self, n: i32) -> f64 {
        let factorial: f64 = (1..=n).map(f64::from).product();
        match self {
            Service::Exponential => factorial,
            Service::Constant => 1.0,
            Service::Hyper => {
                let branch = |share: f64| share * (0.5 / share).powi(n) * factorial;
                branch(Self::LONG) + branch(1.0 - Self::LONG)
            }
        }
    }
}

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

    /// The mean number present until `end`, once it is certain that L = λ·W holds; `left` are the arrivals of those
    /// still there.
    pub fn check(&self, end: Time, left: impl Iterator<Item = Time>) -> f64 {
        let there = self.there + left.map(|arrived| (end - arrived).as_secs()).sum::<f64>();
        let (l, seconds) = (self.present.mean(end), end.as_secs());
        let (rate, stay) = (self.came as f64 / seconds, there / self.came as f64);
        assert!((l - rate * stay).abs() < 1e-9 * l, "L = {l}, λ·W = {}", rate * stay);
        l
    }
}
