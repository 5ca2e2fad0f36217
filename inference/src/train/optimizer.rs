//! Stochastic gradient descent with Nesterov momentum under a one-cycle learning rate (Smith & Topin, 2017).

use std::ops::Range;

use crate::graph::Graph;
use crate::kernels::descend;
use crate::weights::Role;

/// Momentum of the velocity.
const MOMENTUM: f32 = 0.9;

/// Share of the steps in which the rate climbs.
const CLIMB: f32 = 0.25;

/// The optimiser's state.
pub struct Optimizer {
    velocity: Vec<f32>,
    /// Weight decay of each parameter: weights shrink, scales and biases do not.
    decay: Vec<f32>,
    peak: f32,
    steps: usize,
    taken: usize,
}

impl Optimizer {
    /// For `steps` steps whose rate climbs to `peak` and falls to 0.
    pub fn new(graph: &Graph, peak: f32, weight_decay: f32, steps: usize) -> Self {
        let mut decay = vec![0.0; graph.slots().parameters()];
        for slot in graph.slots().iter() {
            if matches!(slot.tensor.role, Role::Weights { .. }) {
                decay[slot.range()].fill(weight_decay);
            }
        }
        Self { velocity: vec![0.0; graph.slots().parameters()], decay, peak, steps, taken: 0 }
    }

    /// The rate of the next step: linear up, half a cosine down.
    pub fn rate(&self) -> f32 {
        let progress = self.taken as f32 / self.steps as f32;
        if progress < CLIMB {
            self.peak * (0.04 + 0.96 * progress / CLIMB)
        } else {
            let fallen = ((progress - CLIMB) / (1.0 - CLIMB)).min(1.0);
            self.peak * 0.5 * (1.0 + (std::f32::consts::PI * fallen).cos()).max(1e-3)
        }
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
        let rate = self.rate();
        self.taken += 1;
        for range in ranges {
            let (velocity, decay) = (&mut self.velocity[range.clone()], &self.decay[range.clone()]);
            descend(&mut parameters[range.clone()], &gradients[range.clone()], velocity, decay, rate, MOMENTUM);
        }
    }
}
