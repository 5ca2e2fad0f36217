//! How probable each curve is, given the points seen.
//!
//! A hypothesis is a family, its parameters on their grid, how far single measurements deviate, and how far the curve
//! wanders from its formula with each point, as a random walk. What it leaves open, start and level of the curve and
//! where the walk is, has a normal distribution, which a Kalman filter updates with each point. The probability of a
//! hypothesis is multiplied by the density that its own forecast gave to the point, so hypotheses are chosen by their
//! errors one step ahead, not by how closely they can be made to fit (West & Harrison, "Bayesian Forecasting and Dynamic
//! Models", chapter 12: multi-process models).
//!
//! Everything here is in parts of the range of the values, from 0 to 1.

use crate::families::FAMILIES;
use crate::mixture::{Mixture, Normal};

/// Means and deviations of level and start before any point. Wide, so that a few points outweigh them, but not so wide
/// that a level of three times what is possible is as good as any.
const LEVEL: (f64, f64) = (0.6, 0.4);
const START: (f64, f64) = (0.3, 0.3);

/// By how much measurements deviate: from 0.1 % of the range to 13 %, in steps of a factor of two. It is never less, as
/// curves between those of the grid are about as far from them.
const NOISE: (f64, f64, i32) = (0.001, 2.0, 8);

/// By how much the curve wanders with each point, in deviations of measurements, and how probable that is at first.
const WANDERING: [(f64, f64); 2] = [(0.0, 0.5), (0.5, 0.5)];

/// Hypotheses this much less probable than the best one are left out of forecasts.
const NEGLIGIBLE: f64 = 1e-3;

/// What remains of a curve's way at each point: one family with its parameters.
#[derive(Clone, Debug)]
struct Shape {
    /// An index into [`FAMILIES`].
    family: usize,
    /// g at points 1, 2, 3, ...
    remaining: Vec<f64>,
}

/// One hypothesis, and what it makes of the points so far.
#[derive(Clone, Copy, Debug)]
struct Hypothesis {
    /// An index into the shapes.
    shape: usize,
    /// The variance of measurements.
    noise: f64,
    /// The variance of each step of the walk.
    wandering: f64,
    /// ln of its probability, but for a constant that all share.
    log_weight: f64,
    /// Level, start and walk.
    mean: [f64; 3],
    covariance: [[f64; 3]; 3],
}

impl Hypothesis {
    /// What a point adds up from level, start and walk.
    fn weights(remaining: f64) -> [f64; 3] {
        [1.0 - remaining, remaining, 1.0]
    }

    fn observe(&mut self, remaining: f64, value: f64) {
        self.covariance[2][2] += self.wandering;
        let weights = Self::weights(remaining);
        let shared = self.covariance.map(|row| dot(row, weights));
        let variance = dot(shared, weights) + self.noise;
        let error = value - dot(self.mean, weights);
        self.log_weight -= 0.5 * (variance.ln() + error * error / variance);
        for k in 0..3 {
            let gain = shared[k] / variance;
            self.mean[k] += gain * error;
            for j in 0..3 {
                self.covariance[k][j] -= gain * shared[j];
            }
        }
    }

    /// The curve so many points ahead, without the deviation of measurements.
    fn ahead(&self, remaining: f64, points: usize) -> (f64, f64) {
        let weights = Self::weights(remaining);
        let known = dot(self.covariance.map(|row| dot(row, weights)), weights);
        (dot(self.mean, weights), known.max(0.0) + self.wandering * points as f64)
    }
}

fn dot(left: [f64; 3], right: [f64; 3]) -> f64 {
    left[0] * right[0] + left[1] * right[1] + left[2] * right[2]
}

/// All hypotheses about a curve, with how probable the points seen make them.
#[derive(Clone, Debug)]
pub(crate) struct Posterior {
    shapes: Vec<Shape>,
    hypotheses: Vec<Hypothesis>,
    points: usize,
    /// Which hypotheses are not negligible, with their probabilities.
    probable: Vec<(usize, f64)>,
}

impl Posterior {
    /// Before any point of a curve of so many.
    pub(crate) fn new(last: usize) -> Self {
        let mut posterior = Self { shapes: Vec::new(), hypotheses: Vec::new(), points: 0, probable: Vec::new() };
        for (index, family) in FAMILIES.iter().enumerate() {
            let grid = family.grid(last);
            // All families are equally probable at first, and all parameters of one.
            let share = 1.0 / grid.len() as f64;
            for parameters in grid {
                posterior.suppose(share);
                let at = |x: usize| family.remaining(x as f64, parameters);
                posterior.shapes.push(Shape { family: index, remaining: (1..=last).map(at).collect() });
            }
        }
        posterior
    }

    /// Adds the hypotheses of the next shape.
    fn suppose(&mut self, share: f64) {
        let (least, factor, count) = NOISE;
        for noise in (0..count).map(|k| least * factor.powi(k)) {
            for (wandering, probability) in WANDERING {
                self.hypotheses.push(Hypothesis {
                    shape: self.shapes.len(),
                    noise: noise * noise,
                    wandering: (wandering * noise).powi(2),
                    log_weight: (share * probability).ln(),
                    mean: [LEVEL.0, START.0, 0.0],
                    covariance: [[LEVEL.1.powi(2), 0.0, 0.0], [0.0, START.1.powi(2), 0.0], [0.0; 3]],
                });
            }
        }
    }

    /// Takes the next value.
    pub(crate) fn observe(&mut self, value: f64) {
        self.points += 1;
        let mut best = f64::NEG_INFINITY;
        for hypothesis in &mut self.hypotheses {
            hypothesis.observe(self.shapes[hypothesis.shape].remaining[self.points - 1], value);
            best = best.max(hypothesis.log_weight);
        }
        let weights = self.hypotheses.iter().map(|hypothesis| (hypothesis.log_weight - best).exp()).enumerate();
        self.probable.clear();
        self.probable.extend(weights.filter(|&(_, weight)| weight > NEGLIGIBLE));
        let all: f64 = self.probable.iter().map(|(_, weight)| weight).sum();
        self.probable.iter_mut().for_each(|(_, weight)| *weight /= all);
    }

    /// Where the curve is at a point that is still to come.
    pub(crate) fn curve(&self, point: usize) -> Mixture {
        self.mixture(point, |_| 0.0)
    }

    /// What a measurement at a point that is still to come will be.
    pub(crate) fn measurement(&self, point: usize) -> Mixture {
        self.mixture(point, |hypothesis| hypothesis.noise)
    }

    fn mixture(&self, point: usize, noise: impl Fn(&Hypothesis) -> f64) -> Mixture {
        let normal = |&(index, weight): &(usize, f64)| {
            let hypothesis = &self.hypotheses[index];
            let remaining = self.shapes[hypothesis.shape].remaining[point - 1];
            let (mean, variance) = hypothesis.ahead(remaining, point - self.points);
            Normal { weight, mean, deviation: (variance + noise(hypothesis)).sqrt() }
        };
        Mixture::new(self.probable.iter().map(normal).collect())
    }

    /// How probable it is that the curve wanders.
    pub(crate) fn wanders(&self) -> f64 {
        let wanders = |&&(index, _): &&(usize, f64)| self.hypotheses[index].wandering > 0.0;
        self.probable.iter().filter(wanders).map(|(_, weight)| weight).sum()
    }

    /// How probable each family is, in the order of [`FAMILIES`].
    pub(crate) fn families(&self) -> [f64; FAMILIES.len()] {
        let mut weights = [0.0; FAMILIES.len()];
        for &(index, weight) in &self.probable {
            weights[self.shapes[self.hypotheses[index].shape].family] += weight;
        }
        weights
    }
}
