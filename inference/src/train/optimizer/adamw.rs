//! Adam with decoupled weight decay (AdamW, Loshchilov & Hutter, ICLR 2019).

use std::ops::Range;

use super::{OneCycle, decay_of_each};
use crate::graph::Graph;

/// How much of the old moments stays in each step: of the mean gradient, and of its mean square.
const KEPT: [f64; 2] = [0.9, 0.999];

/// Keeps steps finite where gradients vanish.
const EPSILON: f32 = 1e-8;

/// The optimiser's state. With g the gradient, t the number of the step and λ the weight decay,
///
/// m ← β₁·m + (1 − β₁)·g, v ← β₂·v + (1 − β₂)·g²,
///
/// p ← p − rate·(m̂/(√v̂ + ε) + λ·p), where m̂ = m/(1 − β₁ᵗ) and v̂ = v/(1 − β₂ᵗ).
pub struct AdamW {
    /// m of each parameter, then v of each.
    moments: Vec<f32>,
    /// λ of each parameter.
    decay: Vec<f32>,
    rate: OneCycle,
    taken: usize,
}

impl AdamW {
    /// Numbers of its state for each parameter.
    pub const MOMENTS: usize = 2;

    /// For the parameters of `graph`.
    pub fn new(graph: &Graph, rate: OneCycle, weight_decay: f32) -> Self {
        let moments = vec![0.0; Self::MOMENTS * graph.slots().parameters()];
        Self { moments, decay: decay_of_each(graph, weight_decay), rate, taken: 0 }
    }

    /// Resumes after `taken` steps that ended with these moments.
    pub fn resume(&mut self, moments: Vec<f32>, taken: usize) {
        self.moments = moments;
        self.taken = taken;
    }

    /// Its state: the mean gradient of each parameter, then the mean square of each.
    pub fn moments(&self) -> &[f32] {
        &self.moments
    }

    /// Moves the `parameters` in `ranges` against their `gradients`.
    pub fn step(&mut self, ranges: &[Range<usize>], parameters: &mut [f32], gradients: &[f32]) {
        let rate = self.rate.rate(self.taken);
        self.taken += 1;
        // The moments begin at 0 and are too small at first.
        let [mean_share, square_share] = KEPT.map(|kept| (1.0 - kept.powf(self.taken as f64)) as f32);
        let [keep_mean, keep_square] = KEPT.map(|kept| kept as f32);
        let [take_mean, take_square] = KEPT.map(|kept| (1.0 - kept) as f32);
        let (mean, square) = self.moments.split_at_mut(parameters.len());
        for at in ranges.iter().cloned().flatten() {
            let g = gradients[at];
            mean[at] = keep_mean * mean[at] + take_mean * g;
            square[at] = keep_square * square[at] + take_square * g * g;
            let towards = (mean[at] / mean_share) / ((square[at] / square_share).sqrt() + EPSILON);
            parameters[at] -= rate * (towards + self.decay[at] * parameters[at]);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use super::*;
    use crate::architecture::Architecture;

    const NETWORK: &str = "name: n\ninput: {channels: 1, height: 2, width: 2}\nnormalise: {mean: [0], deviation: [1]}\n\
                           classes: 2\nextractor: [global-average-pool]\npredictor: {sees: features}\n";

    /// The approximator's two weights and biases, and the predictor's weight and bias.
    const PARAMETERS: usize = 6;

    fn optimizer(peak: f32, weight_decay: f32, steps: usize) -> AdamW {
        let graph = Architecture::parse(NETWORK, "here").unwrap().graph().unwrap();
        assert_eq!(graph.slots().parameters(), PARAMETERS);
        AdamW::new(&graph, OneCycle { peak, steps }, weight_decay)
    }

    /// The first step is by the rate, whatever the size of the gradient: m̂ = g and v̂ = g². A weight of 3 shrinks by
    /// rate·decay·3 beside, a bias does not, and what is in no range stays. The first rate is 4 % of the peak.
    #[test]
    fn the_first_step_by_hand() {
        let mut parameters = [3.0; PARAMETERS];
        let gradients = [1e-3, -1e3, 1e-3, -1e3, 5.0, 5.0];
        optimizer(0.25, 0.1, 100).step(from_ref(&(0..4)), &mut parameters, &gradients);
        let rate = 0.01;
        let expected = [3.0 - rate * 1.3, 3.0 + rate * 0.7, 3.0 - rate, 3.0 + rate, 3.0, 3.0];
        for (found, expected) in parameters.iter().zip(expected) {
            assert!((found - expected).abs() < 2e-6, "{found} not {expected}");
        }
    }

    /// Against the formula in `f64`, with gradients that change sign and size.
    #[test]
    fn forty_steps_of_the_formula() {
        let (peak, decay, steps) = (0.05, 0.02, 40);
        let mut optimizer = optimizer(peak, decay, steps);
        let (mut found, mut gradients) = ([0.0; PARAMETERS], [0.0; PARAMETERS]);
        found[4] = 0.7;
        let (mut p, mut m, mut v) = (0.7f64, 0.0f64, 0.0f64);
        for step in 0..steps {
            let g = (step as f32 * 1.7).sin() * 0.1 + 0.02;
            gradients[4] = g;
            optimizer.step(from_ref(&(4..5)), &mut found, &gradients);
            let (g, t) = (f64::from(g), step as i32 + 1);
            m = 0.9 * m + 0.1 * g;
            v = 0.999 * v + 0.001 * g * g;
            let rate = f64::from(OneCycle { peak, steps }.rate(step));
            // PyTorch's order: the parameter shrinks first.
            p *= 1.0 - rate * f64::from(decay);
            p -= rate * (m / (1.0 - 0.9f64.powi(t))) / ((v / (1.0 - 0.999f64.powi(t))).sqrt() + 1e-8);
            assert!((f64::from(found[4]) - p).abs() < 1e-5, "step {t}: {} not {p}", found[4]);
        }
        assert!((p - 0.7).abs() > 0.1, "it went somewhere: {p}");
        assert_eq!((found[3], found[5]), (0.0, 0.0));
    }
}
