//! How probable each curve is, given the points seen.
//!
//! A curve is a family, its parameters on their grid, and the deviation σ of single measurements from it. Given these,
//! start and level are a linear least-squares problem with a prior, so the probability of the points has a closed form:
//! the product, over the points, of the density that a forecast from the points before gave to each (O'Hagan & Forster,
//! "Bayesian Inference", chapter 11). Families are thus chosen by their errors one step ahead, not by how closely they
//! can be made to fit.
//!
//! Everything here is in parts of the range of the values, from 0 to 1.

use crate::families::{FAMILIES, Family};
use crate::mixture::{Mixture, Normal};

/// What is thought of where curves start and lead before any point: means and deviations. Wide, so that a few points
/// outweigh it, but not so wide that a level of three times what is possible is as good as any.
const START: (f64, f64) = (0.3, 0.3);
const LEVEL: (f64, f64) = (0.6, 0.4);

/// Deviations of measurements: from 0.05 % of the range, by √2, to 18 %.
const LEAST_NOISE: f64 = 0.0005;
const NOISES: i32 = 18;

/// Curves this much less probable than the best one are left out of forecasts.
const NEGLIGIBLE: f64 = 1e-3;

/// Every curve that is considered, for curves of one length.
#[derive(Clone, Debug)]
pub(crate) struct Candidates {
    shapes: Vec<Shape>,
    noises: Vec<f64>,
}

/// A family with its parameters.
#[derive(Clone, Debug)]
struct Shape {
    /// An index into [`FAMILIES`].
    family: usize,
    /// ln of how probable it is before any point: all families are equally so, and all parameters of one.
    prior: f64,
    /// g at points 1, 2, 3, ....
    remaining: Vec<f64>,
}

impl Candidates {
    pub(crate) fn new(last: usize) -> Self {
        let shapes = FAMILIES.iter().enumerate().flat_map(|(index, &family)| shapes(index, family, last)).collect();
        let noises = (0..NOISES).map(|k| LEAST_NOISE * (0.5 * f64::from(k)).exp2()).collect();
        Self { shapes, noises }
    }

    /// The family of a shape.
    fn family(&self, shape: usize) -> usize {
        self.shapes[shape].family
    }

    /// g of a shape at a point, from 1.
    fn remaining(&self, shape: usize, point: usize) -> f64 {
        self.shapes[shape].remaining[point - 1]
    }
}

fn shapes(index: usize, family: &dyn Family, last: usize) -> Vec<Shape> {
    let grid = family.grid(last);
    let prior = -(grid.len() as f64).ln();
    let at = |parameters| (1..=last).map(|x| family.remaining(x as f64, parameters)).collect();
    grid.into_iter().map(|parameters| Shape { family: index, prior, remaining: at(parameters) }).collect()
}

/// Sums over the points seen, from which every curve is judged.
#[derive(Clone, Debug)]
pub(crate) struct Sums {
    points: usize,
    /// Σz and Σz².
    values: f64,
    squares: f64,
    /// Σg, Σg² and Σgz of each shape.
    shapes: Vec<[f64; 3]>,
}

impl Sums {
    pub(crate) fn new(candidates: &Candidates) -> Self {
        Self { points: 0, values: 0.0, squares: 0.0, shapes: vec![[0.0; 3]; candidates.shapes.len()] }
    }

    /// Takes the next value.
    pub(crate) fn add(&mut self, candidates: &Candidates, value: f64) {
        self.points += 1;
        self.values += value;
        self.squares += value * value;
        for (sums, shape) in self.shapes.iter_mut().zip(&candidates.shapes) {
            let remaining = shape.remaining[self.points - 1];
            sums[0] += remaining;
            sums[1] += remaining * remaining;
            sums[2] += remaining * value;
        }
    }

    /// The curve of a shape and a deviation of measurements, and ln of how probable it makes the points.
    fn judge(&self, shape: usize, noise: f64) -> (f64, Line) {
        let [g, gg, gz] = self.shapes[shape];
        let points = self.points as f64;
        let certainty = 1.0 / (noise * noise);
        // A point at g is level·(1 − g) + start·g: the normal equations, with the prior as two more points.
        let (level_prior, start_prior) = (LEVEL.1.powi(-2), START.1.powi(-2));
        let level_level = level_prior + certainty * (points - 2.0 * g + gg);
        let level_start = certainty * (g - gg);
        let start_start = start_prior + certainty * gg;
        let level_value = level_prior * LEVEL.0 + certainty * (self.values - gz);
        let start_value = start_prior * START.0 + certainty * gz;
        let determinant = level_level * start_start - level_start * level_start;
        let line = Line {
            level: (start_start * level_value - level_start * start_value) / determinant,
            start: (level_level * start_value - level_start * level_value) / determinant,
            covariance: [start_start / determinant, -level_start / determinant, level_level / determinant],
        };
        let misfit = certainty * self.squares + level_prior * LEVEL.0 * LEVEL.0 + start_prior * START.0 * START.0
            - line.level * level_value
            - line.start * start_value;
        let evidence = 0.5 * (level_prior * start_prior / determinant).ln() - points * noise.ln() - 0.5 * misfit;
        (evidence, line)
    }
}

/// Start and level of a curve, and how uncertain they are.
#[derive(Clone, Copy, Debug)]
struct Line {
    level: f64,
    start: f64,
    /// Of level and level, level and start, start and start.
    covariance: [f64; 3],
}

/// A curve that the points leave probable.
#[derive(Clone, Copy, Debug)]
struct Probable {
    weight: f64,
    shape: usize,
    noise: f64,
    line: Line,
}

impl Probable {
    /// The curve at a point, as a normal distribution without the deviation of measurements.
    fn at(&self, candidates: &Candidates, point: usize) -> Normal {
        let start = candidates.remaining(self.shape, point);
        let level = 1.0 - start;
        let Line { level: to, start: from, covariance: [ll, ls, ss] } = self.line;
        let variance = level * level * ll + 2.0 * level * start * ls + start * start * ss;
        Normal { weight: self.weight, mean: level * to + start * from, deviation: variance.max(0.0).sqrt() }
    }
}

/// What the points leave probable.
#[derive(Clone, Debug, Default)]
pub(crate) struct Posterior {
    curves: Vec<Probable>,
}

impl Posterior {
    /// Judges all candidates by the points seen.
    pub(crate) fn new(candidates: &Candidates, sums: &Sums) -> Self {
        let mut curves = Vec::with_capacity(candidates.shapes.len() * candidates.noises.len());
        let mut best = f64::NEG_INFINITY;
        for (shape, Shape { prior, .. }) in candidates.shapes.iter().enumerate() {
            for &noise in &candidates.noises {
                let (evidence, line) = sums.judge(shape, noise);
                let weight = prior + evidence;
                best = best.max(weight);
                curves.push(Probable { weight, shape, noise, line });
            }
        }
        curves.retain(|curve| curve.weight > best + NEGLIGIBLE.ln());
        curves.iter_mut().for_each(|curve| curve.weight = (curve.weight - best).exp());
        let all: f64 = curves.iter().map(|curve| curve.weight).sum();
        curves.iter_mut().for_each(|curve| curve.weight /= all);
        Self { curves }
    }

    /// Where the curve is at a point.
    pub(crate) fn curve(&self, candidates: &Candidates, point: usize) -> Mixture {
        Mixture::new(self.curves.iter().map(|curve| curve.at(candidates, point)).collect())
    }

    /// What a measurement at a point will be.
    pub(crate) fn measurement(&self, candidates: &Candidates, point: usize) -> Mixture {
        let with_noise = |curve: &Probable| {
            let normal = curve.at(candidates, point);
            Normal { deviation: normal.deviation.hypot(curve.noise), ..normal }
        };
        Mixture::new(self.curves.iter().map(with_noise).collect())
    }

    /// How probable each family is, in the order of [`FAMILIES`].
    pub(crate) fn families(&self, candidates: &Candidates) -> [f64; FAMILIES.len()] {
        let mut weights = [0.0; FAMILIES.len()];
        self.curves.iter().for_each(|curve| weights[candidates.family(curve.shape)] += curve.weight);
        weights
    }

    /// The most probable curve at points 1 to n.
    pub(crate) fn best(&self, candidates: &Candidates, points: usize) -> Vec<f64> {
        let best = self.curves.iter().max_by(|left, right| left.weight.total_cmp(&right.weight));
        let along = |best: &Probable| (1..=points).map(|point| best.at(candidates, point).mean).collect();
        best.map(along).unwrap_or_default()
    }
}
