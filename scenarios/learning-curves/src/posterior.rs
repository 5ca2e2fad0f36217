//! How probable each curve is, given the points seen.
//!
//! A hypothesis is a family, its parameters on their grid, how far single measurements deviate, and how far the curve
//! wanders from its formula with each point, as a random walk. What it leaves open has a normal distribution: level and
//! start of the curve, how far its parameters are from those of the grid, and where the walk is. A Kalman filter updates
//! that with each point, and the probability of the hypothesis is multiplied by the density that its own forecast gave to
//! the point. So hypotheses are chosen by their errors one step ahead, not by how closely they can be made to fit (West &
//! Harrison, "Bayesian Forecasting and Dynamic Models": multi-process models).
//!
//! Everything here is in parts of the range of the values, from 0 to 1.

use crate::families::{FAMILIES, Family};
use crate::mixture::{Mixture, Normal};

/// Means and deviations of level and start before any point. Wide, so that a few points outweigh them, but not so wide
/// that a level of three times what is possible is as good as any.
const LEVEL: (f64, f64) = (0.6, 0.4);
const START: (f64, f64) = (0.3, 0.3);

/// The deviation of how far a curve is from that of the grid, in half steps of the grid times the height of the curve:
/// half steps are spread evenly between −1 and 1, and curves are some 40 % of the range high.
const BETWEEN: f64 = 0.25;

/// By how much measurements deviate: from 0.05 % of the range to 13 %, in steps of a factor of two.
const NOISE: (f64, f64, i32) = (0.0005, 2.0, 9);

/// By how much the curve wanders with each point, in deviations of measurements, and how probable that is at first.
const WANDERING: [(f64, f64); 2] = [(0.0, 0.5), (0.5, 0.5)];

/// Hypotheses this much less probable than the best one are left out of forecasts.
const NEGLIGIBLE: f64 = 1e-3;

/// One family with its parameters.
#[derive(Clone, Debug)]
struct Shape {
    /// An index into [`FAMILIES`].
    family: usize,
    /// What points 1, 2, 3, ... are the sum of, in parts of the state.
    parts: Vec<State>,
}

/// Level, start, how far the parameters are from those of the grid, and the walk.
type State = [f64; 4];

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
    mean: State,
    covariance: [State; 4],
}

impl Hypothesis {
    fn observe(&mut self, parts: State, value: f64) {
        self.covariance[3][3] += self.wandering;
        let shared = self.covariance.map(|row| dot(row, parts));
        let variance = dot(shared, parts) + self.noise;
        let error = value - dot(self.mean, parts);
        self.log_weight -= 0.5 * (variance.ln() + error * error / variance);
        for (k, row) in self.covariance.iter_mut().enumerate() {
            let gain = shared[k] / variance;
            self.mean[k] += gain * error;
            row.iter_mut().zip(shared).for_each(|(entry, shared)| *entry -= gain * shared);
        }
    }

    /// Mean and variance of the curve so many points ahead, without the deviation of measurements.
    fn ahead(&self, parts: State, points: usize) -> (f64, f64) {
        let known = dot(self.covariance.map(|row| dot(row, parts)), parts);
        (dot(self.mean, parts), known.max(0.0) + self.wandering * points as f64)
    }
}

fn dot(left: State, right: State) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

/// What a point is the sum of, for the parameters at a place of the grid. Half a step beside them, g is off by a quarter of
/// what it is between both neighbours, to first order.
fn parts(family: &dyn Family, grid: &[[f64; 2]], at: usize, x: f64) -> State {
    let remaining = family.remaining(x, grid[at]);
    // Neighbours differ in the first parameter alone.
    let beside = |other: Option<&[f64; 2]>| match other {
        Some(&other) if other[1] == grid[at][1] => family.remaining(x, other),
        _ => remaining,
    };
    let half_step = 0.25 * (beside(grid.get(at + 1)) - beside(at.checked_sub(1).map(|before| &grid[before])));
    [1.0 - remaining, remaining, half_step, 1.0]
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
            for at in 0..grid.len() {
                posterior.suppose(share);
                let parts = (1..=last).map(|x| parts(*family, &grid, at, x as f64)).collect();
                posterior.shapes.push(Shape { family: index, parts });
            }
        }
        posterior
    }

    /// Adds the hypotheses of the next shape.
    fn suppose(&mut self, share: f64) {
        let (least, factor, count) = NOISE;
        let mut covariance = [[0.0; 4]; 4];
        [LEVEL.1, START.1, BETWEEN]
            .iter()
            .enumerate()
            .for_each(|(k, deviation)| covariance[k][k] = deviation * deviation);
        for noise in (0..count).map(|k| least * factor.powi(k)) {
            for (wandering, probability) in WANDERING {
                self.hypotheses.push(Hypothesis {
                    shape: self.shapes.len(),
                    noise: noise * noise,
                    wandering: (wandering * noise).powi(2),
                    log_weight: (share * probability).ln(),
                    mean: [LEVEL.0, START.0, 0.0, 0.0],
                    covariance,
                });
            }
        }
    }

    /// Takes the next value.
    pub(crate) fn observe(&mut self, value: f64) {
        self.points += 1;
        let mut best = f64::NEG_INFINITY;
        for hypothesis in &mut self.hypotheses {
            hypothesis.observe(self.shapes[hypothesis.shape].parts[self.points - 1], value);
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
            let parts = self.shapes[hypothesis.shape].parts[point - 1];
            let (mean, variance) = hypothesis.ahead(parts, point - self.points);
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
