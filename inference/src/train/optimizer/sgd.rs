//! Stochastic gradient descent with Nesterov momentum.

use std::ops::Range;

use super::{OneCycle, decay_of_each};
use crate::graph::Graph;
use crate::kernels::descend;

/// Momentum of the velocity.
const MOMENTUM: f32 = 0.9;

/// The optimiser's state.
pub struct Sgd {
    velocity: Vec<f32>,
    /// Weight decay of each parameter.
    decay: Vec<f32>,
    rate: OneCycle,
    taken: usize,
}

impl Sgd {
    /// For the parameters of `graph`.
    pub fn new(graph: &Graph, rate: OneCycle, weight_decay: f32) -> Self {
        let velocity = vec![0.0; graph.slots().parameters()];
        Self { velocity, decay: decay_of_each(graph, weight_decay), rate, taken: 0 }
    }

    /// Resumes after `taken` steps that ended with this velocity.
    pub fn resume(&mut self, velocity: Vec<f32>, taken: usize) {
        self.velocity = velocity;
        self.taken = taken;
    }

    /// Where the parameters are heading.
    pub fn velocity(&self) -> &[f32] {
        &self.velocity
    }

    /// Moves `parameters` against `gradients`.
    pub fn step(&mut self, parameters: &mut [f32], gradients: &[f32]) {
        let all = 0..parameters.len();
        self.step_on(std::slice::from_ref(&all), parameters, gradients);
    }

    /// Moves only those in `ranges`.
    pub fn step_on(&mut self, ranges: &[Range<usize>], parameters: &mut [f32], gradients: &[f32]) {
        let rate = self.rate.rate(self.taken);
        self.taken += 1;
        for range in ranges {
            let (velocity, decay) = (&mut self.velocity[range.clone()], &self.decay[range.clone()]);
            descend(&mut parameters[range.clone()], &gradients[range.clone()], velocity, decay, rate, MOMENTUM);
        }
    }
}
