//! The operations a network can be made of, each with everything about it in one file: what it makes of which facts,
//! its tensors and its cost, how it runs and trains, and a plain twin that the tests compare it with.
//!
//! An op is a description without values. Where a kernel can do several at once, a [pass](crate::graph::Graph::fused)
//! puts them into one node; an op says which [`Tail`]s it takes and what tail it can be.

mod activation;
mod add;
mod affine;
mod concat;
mod conv;
mod dense;
mod depthwise;
mod flatten;
mod pad;
mod pool;
mod scores;
mod tensor;

use std::fmt;
use std::sync::Arc;

use crate::graph::{Fact, LayerCost, Purpose, Site};
use crate::kernels::{Activation, Shape};
use crate::program::Kernel;
use crate::train::Tape;
use crate::weights::Weights;
pub use activation::Function;
pub use add::Add;
pub use affine::Affine;
pub use concat::Concat;
pub use conv::Conv;
pub use dense::Dense;
pub use depthwise::Depthwise;
pub use flatten::Flatten;
pub use pad::Pad;
pub use pool::{Over, Pool};
pub use scores::Scores;
pub use tensor::{Order, Role, Tensor};

/// What can be done to every value of a layer before it is written, in the order in which kernels do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tail {
    /// A scale and a shift of each channel, of normalisation as training left it.
    Affine,
    /// The sum with another value.
    Sum,
    /// max(0, ·).
    Rectifier,
}

impl fmt::Display for Tail {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Tail::Affine => "norm",
            Tail::Sum => "add",
            Tail::Rectifier => "relu",
        })
    }
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
    /// A sentence that says why it does not take them.
    fn fact(&self, inputs: &[Fact]) -> Result<Fact, String>;

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
    fn twin(
        &self,
        inputs: &[crate::graph::plain::Plain],
        weights: crate::graph::plain::Tensors,
    ) -> crate::graph::plain::Plain;
}

/// The only input of an op.
fn only(inputs: &[Fact]) -> Result<Fact, String> {
    match inputs {
        [input] => Ok(*input),
        _ => Err(format!("takes one input, not {}", inputs.len())),
    }
}

/// The only input, to run on.
fn only_one(inputs: Vec<Arc<Activation>>) -> Arc<Activation> {
    inputs.into_iter().next().unwrap_or_else(|| Arc::new(Activation::none()))
}

#[cfg(test)]
mod tests;
