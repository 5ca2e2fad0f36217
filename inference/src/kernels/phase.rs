//! How the gradient of a strided window falls back on its input.
//!
//! Along one side, input `r + s·j` (stride s, remainder r) was seen by those taps t of the window for which
//! `r + s·j + pad − t` is a multiple of s, at output `j + (r + pad − t)/s`: for each remainder a window of its own, which
//! walks over the outputs step by step. With stride 1 there is one, the window turned round.

use super::Shape;

/// One remainder's window along one side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phase {
    /// The first input it serves; the next ones follow at the stride.
    pub remainder: usize,
    /// How many it serves.
    pub inputs: usize,
    /// Its taps.
    pub taps: usize,
    /// The output that its first tap meets at the first input; it may lie in the frame.
    pub first: isize,
    /// The tap of the whole window that is its first; the next ones lie a stride below.
    highest: usize,
    stride: usize,
}

impl Phase {
    /// All of a plane: of its rows and of its columns.
    pub fn pairs(shape: Shape, kernel: usize, stride: usize) -> impl Iterator<Item = (Self, Self)> {
        let columns = Self::all(shape.width, kernel, stride);
        Self::all(shape.height, kernel, stride).flat_map(move |row| columns.clone().map(move |column| (row, column)))
    }

    /// All of a side of `length` inputs.
    fn all(length: usize, kernel: usize, stride: usize) -> impl Iterator<Item = Self> + Clone {
        let pad = kernel / 2;
        (0..stride.min(length)).map(move |remainder| {
            let lowest = (remainder + pad) % stride;
            let taps = kernel.saturating_sub(lowest).div_ceil(stride);
            let highest = lowest + taps.saturating_sub(1) * stride;
            let first = (remainder as isize + pad as isize - highest as isize) / stride as isize;
            Self { remainder, inputs: (length - remainder).div_ceil(stride), taps, first, highest, stride }
        })
    }

    /// The tap of the whole window that is this one's `tap`.
    pub fn tap(&self, tap: usize) -> usize {
        self.highest - tap * self.stride
    }
}
