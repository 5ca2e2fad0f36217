//! Why an op does not take its inputs.

use crate::kernels::{Misfit, Shape};

/// Why an op does not take its inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpError {
    /// It reads another number of inputs.
    #[error("takes {} input{}, not {given}", word(*takes), if *takes == 1 { "" } else { "s" })]
    Inputs {
        /// How many it reads.
        takes: usize,
        /// How many there are.
        given: usize,
    },
    /// It reads any number of inputs, and there is none.
    #[error("takes at least one input")]
    NoInput,
    /// A layer without outputs.
    #[error("out must be at least 1")]
    NoOutput,
    /// Groups that are not of the same size.
    #[error("groups must divide the {inputs} input and the {outputs} output channels")]
    Groups {
        /// Input channels.
        inputs: usize,
        /// Output channels.
        outputs: usize,
    },
    /// A window that does not fit.
    #[error(transparent)]
    Window(#[from] Misfit),
    /// A pool whose window could lie in the padding alone.
    #[error("padding must be narrower than the window, and taps adjacent")]
    PoolPadding,
    /// A map where a vector is needed.
    #[error("needs one feature vector, not {}×{} of them: pool or flatten first", .0.height, .0.width)]
    Map(Shape),
    /// A sum of values that differ in extent.
    #[error("adds values of the same extent, not {0} and {1}")]
    Sum(Shape, Shape),
    /// A product of values that differ in extent.
    #[error("multiplies values of the same extent, not {0} and {1}")]
    Product(Shape, Shape),
    /// A gate that is not one number for each channel.
    #[error("multiplies the channels of {0} by one number each, not by {1}")]
    Gate(Shape, Shape),
    /// A channel that is not there.
    #[error("picks channel {channel}, and there are {channels}, counted from 0")]
    Channel {
        /// The channel.
        channel: usize,
        /// How many there are.
        channels: usize,
    },
    /// Channels side by side of maps that differ in rows or columns.
    #[error("puts maps of the same rows and columns together, not {0} and {1}")]
    SideBySide(Shape, Shape),
    /// More zeros around a map than anybody means.
    #[error("adds at most {most} rows or columns on a side")]
    WidePadding {
        /// The most.
        most: usize,
    },
}

/// An op in a network that does not take its inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{op}: {source}")]
pub struct RefusedOp {
    /// The op's name.
    pub op: &'static str,
    /// The reason.
    pub source: OpError,
}

/// A small number as a word.
fn word(number: usize) -> String {
    match number {
        1 => "one".to_owned(),
        2 => "two".to_owned(),
        _ => number.to_string(),
    }
}
