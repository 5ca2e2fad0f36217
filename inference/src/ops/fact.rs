//! What is known of a value before anything runs.

use crate::kernels::Shape;
use crate::quantise::Bits;

/// What is known of a value before anything runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fact {
    /// Rows, columns and channels.
    pub shape: Shape,
    /// How its numbers are stored.
    pub format: Format,
}

/// How numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// IEEE single precision.
    F32,
    /// Codes of so many bits ([`quantise`](crate::quantise)).
    Integer(Bits),
}

impl Format {
    /// Bits of a number.
    pub const fn bits(self) -> u64 {
        match self {
            Format::F32 => 32,
            Format::Integer(bits) => bits.get() as u64,
        }
    }
}

impl Fact {
    /// Single precision of this shape.
    pub const fn f32(shape: Shape) -> Self {
        Self { shape, format: Format::F32 }
    }

    /// Bits of all its numbers.
    pub const fn bits(self) -> u64 {
        self.shape.len() as u64 * self.format.bits()
    }
}
