//! The operations a network can be made of, each with everything about it in one file: what it makes of which facts,
//! its tensors and its cost, how it runs and trains, and a plain twin that the tests compare it with.
//!
//! An op is a description without values, and knows nothing of the network it is in: it is told what its inputs are
//! ([`Fact`]) and where it stands ([`Site`]). Where a kernel can do several ops at once, [`Graph::fused`] puts them
//! into one node; an op says which [`Tail`]s it takes and what tail it can be. Layers of weights share a
//! [frame](layer).
//!
//! [`Graph::fused`]: crate::graph::Graph::fused

mod cost;
mod fact;
mod integers;
mod kernel;
mod layer;
#[cfg(test)]
pub mod plain;
mod site;
mod tail;
mod tape;

mod activation;
mod add;
mod affine;
mod concat;
mod conv;
mod dense;
mod depthwise;
mod flatten;
mod gate;
mod multiply;
mod pad;
mod pick;
mod pool;
mod round;
mod scores;

use std::fmt;
use std::sync::Arc;

use crate::error::OpError;
use crate::kernels::integer::Product;
use crate::kernels::{Activation, Shape};
use crate::weights::{Tensor, Weights};
pub use cost::{Cost, LayerCost};
pub use fact::{Fact, Format};
pub(crate) use integers::{Grids, Integers};
pub(crate) use kernel::{Inputs, Kernel};
pub(crate) use layer::Folded;
pub(crate) use site::{Ending, Site};
pub(crate) use tail::{Fused, Tail};
pub(crate) use tape::Tape;

pub use activation::Function;
pub use add::Add;
pub use affine::Affine;
pub use concat::Concat;
pub use conv::Conv;
pub use dense::Dense;
pub use depthwise::Depthwise;
pub use flatten::Flatten;
pub use gate::Gate;
pub use multiply::Multiply;
pub use pad::Pad;
pub use pick::Pick;
pub use pool::{Over, Pool};
pub use round::Round;
pub use scores::Scores;

/// What a network is made ready for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Answering, with normalisations as training left them.
    Inference,
    /// Training, with normalisations over a chunk of images, and gradients.
    Training,
}

/// The frames of zeros that an op needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// Around its inputs.
    pub input: usize,
    /// Around the gradient of its output.
    pub gradient: usize,
}

/// An operation.
pub trait Op: fmt::Debug + Send + Sync {
    /// Its name in messages.
    fn name(&self) -> &'static str;

    /// What it makes of inputs.
    ///
    /// # Errors
    /// If it does not take them. Whatever else the op is asked, it is asked about inputs that it takes.
    fn fact(&self, inputs: &[Fact]) -> Result<Fact, OpError>;

    /// Its tensors, in the order in which they lie in memory.
    fn tensors(&self, _inputs: &[Fact]) -> Vec<Tensor> {
        Vec::new()
    }

    /// What it costs on a device; nothing if it only says how values are read.
    fn cost(&self, inputs: &[Fact], output: Fact) -> Option<LayerCost>;

    /// The frames that it needs.
    fn frame(&self, _input: Shape, _output: Shape) -> Frame {
        Frame::default()
    }

    /// Whether it works value by value, on inputs and output that are laid out alike.
    fn in_place(&self) -> bool {
        false
    }

    /// Whether it can read an image whose few channels lie in one block.
    fn reads_packed(&self) -> bool {
        false
    }

    /// What it is to the op that makes its first input.
    fn tail(&self) -> Option<Tail> {
        None
    }

    /// Whether it can do this before it writes its values.
    fn takes(&self, _tail: Tail, _purpose: Purpose) -> bool {
        false
    }

    /// Whether its weights can take over a normalisation of what it reads.
    fn takes_lead(&self) -> bool {
        false
    }

    /// Whether every number that it makes is one that it reads, or zero.
    fn only_moves(&self) -> bool {
        false
    }

    /// Whether it is a layer of weights, which can be computed in integers.
    fn is_layer(&self) -> bool {
        false
    }

    /// Its weights with the normalisation that follows it folded in, if it is a layer.
    fn folded(&self, _site: &Site, _weights: &Weights) -> Option<Folded> {
        None
    }

    /// Its products with codes whose zero is `zero`, given its [folded](Op::folded) weights as codes.
    fn product(&self, _site: &Site, _weights: &[i8], _zero: u8) -> Option<Product> {
        None
    }

    /// Makes it ready to run, with what follows it.
    fn compile(&self, site: &Site, weights: &Weights) -> Box<dyn Kernel>;

    /// Runs it on a chunk of images in training; puts on the tape what [`Op::backward`] needs.
    fn forward(
        &self,
        site: &Site,
        parameters: &[f32],
        inputs: Vec<Arc<Activation>>,
        tape: &mut Tape,
    ) -> Arc<Activation>;

    /// Adds the gradients of its parameters to `gradients`, and returns those of its inputs: none where no gradient
    /// passes. If they are not `wanted`, what it returns is not used.
    fn backward(
        &self,
        site: &Site,
        parameters: &[f32],
        dy: Activation,
        gradients: &mut [f32],
        wanted: bool,
        tape: &mut Tape,
    ) -> Vec<Option<Activation>>;

    /// What it computes, as plainly as possible; inputs, output and parameters as in memory, maps channels-last.
    #[cfg(test)]
    fn twin(&self, inputs: &[plain::Plain], weights: plain::Tensors) -> plain::Plain;
}

/// The only input of an op.
fn only(inputs: &[Fact]) -> Result<Fact, OpError> {
    match inputs {
        [input] => Ok(*input),
        _ => Err(OpError::Inputs { takes: 1, given: inputs.len() }),
    }
}

/// The only input, to run on.
fn only_one(mut inputs: Vec<Arc<Activation>>) -> Arc<Activation> {
    inputs.swap_remove(0)
}

#[cfg(test)]
mod tests;
