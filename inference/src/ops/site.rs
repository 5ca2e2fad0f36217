//! Where an op stands in a network that is laid out.

use super::{Fused, Tail};
use crate::kernels::{Activation, Extent, Finish, Lane, lanes_of, scale_and_shift};
use crate::weights::{Span, Weights};

/// Where an op stands: how its inputs and its output lie in memory, which values are its own, and what is done together
/// with it.
#[derive(Clone, Debug)]
pub struct Site {
    /// The layouts of its inputs, and after those of what its tails read.
    pub inputs: Vec<Extent>,
    /// The layout of its output.
    pub output: Extent,
    /// Its parameters and statistics.
    pub own: Span,
    /// The values of a normalisation of what it reads, if one is done together with it.
    pub lead: Option<Span>,
    /// Ops that are done together with it, in order.
    pub tails: Vec<Fused>,
}

impl Site {
    /// The part of a vector of parameters, or of their gradients, that is the op's.
    pub fn parameters<'p>(&self, all: &'p [f32]) -> &'p [f32] {
        &all[self.own.parameters.clone()]
    }

    /// The same, to add to.
    pub fn gradients<'p>(&self, all: &'p mut [f32]) -> &'p mut [f32] {
        &mut all[self.own.parameters.clone()]
    }

    /// Whether the tail is done together with the op.
    pub fn has(&self, tail: Tail) -> bool {
        self.tails.iter().any(|fused| fused.tail == tail)
    }

    /// The lower bound of what is written.
    pub fn floor(&self) -> f32 {
        if self.has(Tail::Rectifier) || self.has(Tail::Relu6) { 0.0 } else { f32::NEG_INFINITY }
    }

    /// The upper bound of what is written.
    pub fn ceiling(&self) -> f32 {
        if self.has(Tail::Relu6) { 6.0 } else { f32::INFINITY }
    }

    /// The scale and the shift of each channel that it reads, if a normalisation is done together with it.
    pub fn leading(&self, weights: &Weights) -> Option<(Vec<f32>, Vec<f32>)> {
        self.lead.as_ref().map(|own| normalisation(own, weights))
    }

    /// What follows the sums of a layer with this bias (empty if it has none): a scale for each channel, if there is
    /// one, and what is done to the scaled sums.
    pub fn ending(&self, bias: &[f32], weights: &Weights) -> (Option<Vec<f32>>, Ending) {
        let affine = self.tails.iter().find(|fused| fused.tail == Tail::Affine);
        let affine = affine.map(|fused| normalisation(&fused.own, weights));
        let (scale, bias) = match affine {
            None => (None, bias.to_vec()),
            Some((scale, mut shift)) => {
                shift.iter_mut().zip(bias).zip(&scale).for_each(|((shift, bias), scale)| *shift += bias * scale);
                (Some(scale), shift)
            }
        };
        (scale, Ending { bias: lanes_of(&bias), floor: self.floor(), ceiling: self.ceiling() })
    }
}

/// Scale and shift of each channel by a normalisation with these values.
fn normalisation(own: &Span, weights: &Weights) -> (Vec<f32>, Vec<f32>) {
    scale_and_shift(&weights.parameters[own.parameters.clone()], &weights.statistics[own.statistics.clone()])
}

/// What a kernel does to its sums before it writes them.
pub struct Ending {
    bias: Vec<Lane>,
    floor: f32,
    ceiling: f32,
}

impl Ending {
    /// What is added to each of so many channels.
    pub fn bias(&self, channels: usize) -> Vec<f32> {
        let added = self.bias.iter().flat_map(|lane| lane.0);
        added.chain(std::iter::repeat(0.0)).take(channels).collect()
    }

    /// The same with another value to add, if there is one.
    pub fn finish<'a>(&'a self, other: Option<&'a Activation>) -> Finish<'a> {
        let Self { floor, ceiling, .. } = *self;
        Finish { bias: &self.bias, other: other.map(Activation::lanes), floor, ceiling }
    }
}
