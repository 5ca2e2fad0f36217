//! Random networks, and costs in the manner of a roofline. All figures are whole numbers divided by powers of two, so
//! that sums and comparisons are exact.

use proptest::prelude::*;
use proptest::sample::subsequence;

use crate::{Costs, Kind, LayerErrors, Problem, Sent, Step, StepCosts, Widths};

/// A network, and the figures of where it runs.
#[derive(Clone, Debug)]
pub struct Case {
    pub problem: Problem,
    /// Bits of the input.
    pub input: u64,
    /// Time of arithmetic on the device, and at the server, for each step.
    pub steps: Vec<(f64, f64)>,
    /// Bits moved in a unit of time on the device.
    pub bandwidth: f64,
    /// If weights stay on the chip, bits that do; then only those beyond are moved, and no activations.
    pub on_chip: Option<u64>,
    /// Bits sent in a unit of time.
    pub rate: f64,
}

impl Case {
    fn numbers(&self, value: usize) -> u64 {
        // Nobody counts numbers of the input but what moves them.
        value.checked_sub(1).map_or(self.input / 8, |step| self.problem.steps()[step].activations)
    }

    /// What is there after `cut` steps and read by a later one.
    pub fn crossing(&self, cut: usize) -> Vec<usize> {
        let mut crossing = Vec::new();
        for step in &self.problem.steps()[cut..] {
            crossing.extend(step.reads.iter().filter(|value| **value <= cut));
        }
        crossing.sort_unstable();
        crossing.dedup();
        crossing
    }

    /// Bits that are sent.
    pub fn sent_bits(&self, cut: usize, sent: Sent) -> u64 {
        let crossing = || self.crossing(cut).into_iter().map(|value| self.numbers(value)).sum::<u64>();
        match sent {
            Sent::Input => self.input,
            Sent::Floats => crossing() * 32,
            Sent::Bits(bits) => crossing() * u64::from(bits),
            Sent::Answer => 0,
        }
    }

    /// Bits of a value in floats, or of the input as it is.
    fn value_bits(&self, value: usize) -> u64 {
        if value == 0 { self.input } else { self.numbers(value) * 32 }
    }

    /// The costs one by one, in floats.
    pub fn step_costs(&self) -> StepCosts {
        let floats = |steps| self.device(&Widths::floats(steps));
        StepCosts {
            device: (0..self.problem.end()).map(|step| floats(step + 1) - floats(step)).collect(),
            server: self.steps.iter().map(|(_, server)| *server).collect(),
            values: (0..=self.problem.end()).map(|value| self.value_bits(value) as f64 / self.rate).collect(),
        }
    }
}

impl Costs for Case {
    fn device(&self, widths: &Widths) -> f64 {
        let bits = |value: usize| self.numbers(value) as f64 * f64::from(widths.values[value]);
        let weights = |step: usize| self.problem.steps()[step].weights as f64 * f64::from(widths.weights[step]);
        let steps = 0..widths.steps();
        if let Some(on_chip) = self.on_chip {
            let all: f64 = steps.clone().map(weights).sum();
            let arithmetic: f64 = self.steps[steps].iter().map(|(device, _)| device).sum();
            return arithmetic + (all - on_chip as f64).max(0.0) / self.bandwidth;
        }
        let moved = |step: usize| {
            let read: f64 = self.problem.steps()[step].reads.iter().map(|value| bits(*value)).sum();
            weights(step) + read + bits(step + 1)
        };
        steps.map(|step| self.steps[step].0.max(moved(step) / self.bandwidth)).sum()
    }

    fn link(&self, cut: usize, sent: Sent) -> f64 {
        self.sent_bits(cut, sent) as f64 / self.rate
    }

    fn server(&self, cut: usize) -> f64 {
        self.steps[cut..].iter().map(|(_, server)| server).sum()
    }
}

#[derive(Clone, Copy, Debug)]
struct Raw {
    kind: u8,
    reads: [usize; 2],
    joins: bool,
    sizes: (u64, u64),
    times: (u32, u32),
}

fn raw() -> impl Strategy<Value = (Raw, Vec<u32>, bool)> {
    let sizes = (0u64..40, 1u64..40);
    let raw = (0u8..8, [any::<usize>(), any::<usize>()], prop::bool::weighted(0.3), sizes, (0u32..30, 0u32..30));
    let raw = raw.prop_map(|(kind, reads, joins, sizes, times)| Raw { kind, reads, joins, sizes, times });
    (raw, prop::collection::vec(0u32..30, 14), prop::bool::weighted(0.8))
}

/// Errors for so many widths: falling, as they are of real layers, or in any order.
fn errors(figures: &[u32], widths: usize, fall: bool) -> Vec<f64> {
    let mut errors: Vec<f64> = figures[..widths].iter().map(|error| f64::from(*error)).collect();
    if fall {
        errors.sort_by(|a, b| b.total_cmp(a));
    }
    errors
}

fn step(index: usize, (raw, figures, fall): &(Raw, Vec<u32>, bool), widths: usize, layers: &mut usize) -> Step {
    let kind = match raw.kind {
        0..=4 if *layers > 0 => {
            *layers -= 1;
            let (weights, activations) = figures.split_at(7);
            Kind::Layer(LayerErrors {
                weights: errors(weights, widths, *fall),
                activations: errors(activations, widths, *fall),
            })
        }
        5 | 6 => Kind::Passes,
        _ => Kind::Other,
    };
    // Mostly the step before, so that networks are long.
    let first = if raw.reads[0].is_multiple_of(4) { raw.reads[1] % (index + 1) } else { index };
    let second = Some(raw.reads[1] % (index + 1)).filter(|_| raw.joins && kind != Kind::Passes);
    let reads = [first].into_iter().chain(second.filter(|second| *second != first)).collect();
    Step { reads, weights: raw.sizes.0, activations: raw.sizes.1, kind }
}

/// Networks of at most so many steps, so many of them layers, and so many widths to choose from.
pub fn cases(steps: usize, layers: usize, widths: usize) -> impl Strategy<Value = Case> {
    let widths = subsequence(vec![2u8, 3, 4, 5, 6, 7, 8], 1..=widths);
    let figures = (50u64..400, 0i32..4, prop::option::weighted(0.3, 0u64..600), -1i32..6);
    (widths, prop::collection::vec(raw(), 1..=steps), figures).prop_map(move |(widths, raw, figures)| {
        let mut left = layers;
        let steps = raw.iter().enumerate().map(|(index, raw)| step(index, raw, widths.len(), &mut left)).collect();
        let (input, bandwidth, on_chip, rate) = figures;
        Case {
            problem: Problem::new(widths, steps).unwrap(),
            input: 8 * input,
            steps: raw.iter().map(|(raw, ..)| (f64::from(raw.times.0), f64::from(raw.times.1))).collect(),
            bandwidth: 2f64.powi(bandwidth + 2),
            on_chip,
            rate: 2f64.powi(rate),
        }
    })
}
