//! The steps before a cut: what the search needs to know about them, and what a choice of widths comes to.
//!
//! Mʷ = Σ sʷ·bʷ, Mᵃ = max sᵃ·bᵃ over the steps before the cut, D = Σ (Dʷ + Dᵃ) over the layers among them.
//!
//! What crosses is sent in one width b for all of it. A value of more than b bits would be rounded to b as it is sent,
//! and lose what b bits lose; then it may as well have b bits on the device, which takes less memory and is never
//! slower. So the search lets what crosses have b bits at most, and sends the widest of it.

use crate::costs::{Costs, Sent, Widths};
use crate::error::PlanError;
use crate::plan::{LayerWidths, Memory, Numbers, Plan, latency};
use crate::problem::{FIXED, FLOAT, Kind, LayerErrors, Problem};

/// A choice of widths for the layers of a prefix, as places in the list of allowed widths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    pub weights: Vec<usize>,
    pub activations: Vec<usize>,
}

impl Choice {
    pub fn all(layers: usize, weights: usize, activations: usize) -> Self {
        Self { weights: vec![weights; layers], activations: vec![activations; layers] }
    }
}

pub(crate) struct Prefix<'a> {
    problem: &'a Problem,
    pub cut: usize,
    pub layers: Vec<PrefixLayer<'a>>,
    /// Bits of weights that are there whatever is chosen.
    pub fixed_weights: u64,
    /// Bits of the largest value that is there whatever is chosen.
    pub fixed_peak: u64,
    /// Whether something crosses that has a fixed width.
    fixed_crosses: bool,
}

/// A layer before the cut.
pub(crate) struct PrefixLayer<'a> {
    step: usize,
    pub weights: u64,
    /// Numbers of the largest value, among those before the cut, that is as wide as what the layer makes.
    pub activations: u64,
    /// Whether any of those crosses.
    pub crosses: bool,
    pub errors: &'a LayerErrors,
}

impl<'a> Prefix<'a> {
    pub fn new(problem: &'a Problem, cut: usize) -> Self {
        let crossing = problem.crossing(cut);
        let steps = &problem.steps()[..cut];
        // What the steps make of a width, as numbers.
        let largest = |origin: Option<usize>| {
            let made = (1..=cut).filter(move |value| problem.origin(*value) == origin);
            made.map(|value| steps[value - 1].activations).max().unwrap_or(0)
        };
        let crosses = |origin: Option<usize>| crossing.iter().any(|value| problem.origin(*value) == origin);
        let mut layers = Vec::new();
        let mut fixed_weights = 0;
        for (index, step) in steps.iter().enumerate() {
            match &step.kind {
                Kind::Layer(errors) => layers.push(PrefixLayer {
                    step: index,
                    weights: step.weights,
                    activations: largest(Some(index)),
                    crosses: crosses(Some(index)),
                    errors,
                }),
                Kind::Passes | Kind::Other => fixed_weights += step.weights * u64::from(FIXED),
            }
        }
        let (fixed_peak, fixed_crosses) = (largest(None) * u64::from(FIXED), crosses(None));
        Self { problem, cut, layers, fixed_weights, fixed_peak, fixed_crosses }
    }

    /// The allowed widths, in bits.
    pub fn widths(&self) -> &'a [u8] {
        self.problem.widths()
    }

    /// The place of the widest of them.
    pub fn widest(&self) -> usize {
        self.widths().len() - 1
    }

    /// The smallest choice in memory, and the fastest.
    pub fn narrowest(&self) -> Choice {
        Choice::all(self.layers.len(), 0, 0)
    }

    /// The widest choice when what crosses has at most width `cap`.
    pub fn widest_under(&self, cap: usize) -> Choice {
        let activations = self.layers.iter().map(|layer| self.widest_activation(layer, cap)).collect();
        Choice { weights: vec![self.widest(); self.layers.len()], activations }
    }

    /// The widest that a layer's activations may be.
    pub fn widest_activation(&self, layer: &PrefixLayer, cap: usize) -> usize {
        if layer.crosses { cap } else { self.widest() }
    }

    /// The widths in which what crosses may be sent, which bound those of layers: one that bounds nothing where the
    /// width is fixed, or nothing crosses.
    pub fn caps(&self) -> impl Iterator<Item = usize> + use<> {
        let fixed = self.fixed_crosses || self.cut == self.problem.end();
        if fixed { self.widest()..=self.widest() } else { 0..=self.widest() }
    }

    /// What is sent if the widest that crosses has width `widest`.
    pub fn sent(&self, widest: usize) -> Sent {
        match self.cut {
            0 => Sent::Input,
            cut if cut == self.problem.end() => Sent::Answer,
            _ if self.fixed_crosses => Sent::Bits(FIXED),
            _ => Sent::Bits(self.widths()[widest]),
        }
    }

    pub fn sent_by(&self, choice: &Choice) -> Sent {
        let crossing = self.layers.iter().zip(&choice.activations).filter(|(layer, _)| layer.crosses);
        self.sent(crossing.map(|(_, width)| *width).max().unwrap_or(0))
    }

    pub fn bits(&self, choice: &Choice) -> Widths {
        let mut widths = Widths::fixed(self.cut);
        for ((layer, weights), activations) in self.layers.iter().zip(&choice.weights).zip(&choice.activations) {
            widths.weights[layer.step] = self.widths()[*weights];
            widths.values[layer.step + 1] = self.widths()[*activations];
        }
        // Origins come before what has their width.
        for value in 1..=self.cut {
            if let Some(origin) = self.problem.origin(value) {
                widths.values[value] = widths.values[origin + 1];
            }
        }
        widths
    }

    pub fn memory(&self, choice: &Choice) -> Memory {
        let bits = |width: &usize| u64::from(self.widths()[*width]);
        let weights = self.layers.iter().zip(&choice.weights).map(|(layer, width)| layer.weights * bits(width));
        let values = self.layers.iter().zip(&choice.activations).map(|(layer, width)| layer.activations * bits(width));
        Memory {
            weights: self.fixed_weights + weights.sum::<u64>(),
            activations: values.max().unwrap_or(0).max(self.fixed_peak),
        }
    }

    pub fn error(&self, choice: &Choice) -> f64 {
        let chosen = self.layers.iter().zip(choice.weights.iter().zip(&choice.activations));
        chosen.map(|(layer, (w, a))| layer.errors.weights[*w] + layer.errors.activations[*a]).sum()
    }

    /// The plan that a choice comes to.
    pub fn plan(&self, choice: &Choice, costs: &impl Costs) -> Result<Plan, PlanError> {
        let (bits, sent) = (self.bits(choice), self.sent_by(choice));
        let layers = self.layers.iter().map(|layer| LayerWidths {
            step: layer.step,
            weights: bits.weights[layer.step],
            activations: bits.values[layer.step + 1],
        });
        Ok(Plan {
            cut: self.cut,
            numbers: Numbers::Integers(layers.collect()),
            sent,
            latency: latency(costs, &bits, sent)?,
            memory: self.memory(choice),
            error: self.error(choice),
        })
    }
}

/// The plan to cut without any widths: the steps before the cut and what crosses in floats, which lose nothing.
pub(crate) fn floats(problem: &Problem, cut: usize, costs: &impl Costs) -> Result<Plan, PlanError> {
    let steps = &problem.steps()[..cut];
    let sent = match cut {
        0 => Sent::Input,
        cut if cut == problem.end() => Sent::Answer,
        _ => Sent::Floats,
    };
    Ok(Plan {
        cut,
        numbers: Numbers::Floats,
        sent,
        latency: latency(costs, &Widths::floats(cut), sent)?,
        memory: in_floats(steps.iter().map(|step| (step.weights, step.activations))),
        error: 0.0,
    })
}

/// Memory of steps with so many weights and activations in floats.
pub(crate) fn in_floats(steps: impl Iterator<Item = (u64, u64)>) -> Memory {
    steps.fold(Memory::default(), |memory, (weights, activations)| Memory {
        weights: memory.weights + weights * u64::from(FLOAT),
        activations: memory.activations.max(activations * u64::from(FLOAT)),
    })
}
