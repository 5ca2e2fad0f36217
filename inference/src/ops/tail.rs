//! What a kernel does to a value while it is still in a register.

use std::fmt;

use crate::weights::Span;

/// What can be done to every value of a layer before it is written, in the order in which kernels do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tail {
    /// A scale and a shift of each channel, of normalisation as training left it.
    Affine,
    /// The sum with another value.
    Sum,
    /// max(0, ·).
    Rectifier,
    /// min(max(0, ·), 6).
    Relu6,
}

impl fmt::Display for Tail {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Tail::Affine => "norm",
            Tail::Sum => "add",
            Tail::Rectifier => "relu",
            Tail::Relu6 => "relu6",
        })
    }
}

/// An op that is done together with the one before it, on every value before it is written.
#[derive(Clone, Debug)]
pub struct Fused {
    /// What is done.
    pub tail: Tail,
    /// The values of the op that it was.
    pub own: Span,
}
