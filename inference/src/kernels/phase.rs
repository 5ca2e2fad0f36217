//! The gradient of a strided window with respect to its input.
//!
//! Along one side, input `r + s·j` (stride s, remainder r) was read by those taps t of the window for which
//! `r + s·j + pad − t` is a multiple of s, at output `j + (r + pad − t)/s`: each remainder has a window of its own,
//! which moves over the outputs step by step. With stride 1 there is one, the flipped window.

use super::{Shape, Slide};

/// One remainder's window along one side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phase {
    /// The first input it covers; the next ones follow at the stride.
    pub remainder: usize,
    /// How many it covers.
    pub inputs: usize,
    /// Its taps.
    pub taps: usize,
    /// The output under its first tap at the first input; it may be in the frame.
    pub first: isize,
    /// The tap of the whole window that is its first; each next one is a stride lower.
    highest: usize,
    stride: usize,
}

impl Phase {
    /// All windows of a plane: for its rows and for its columns.
    pub fn pairs(shape: Shape, slide: Slide) -> impl Iterator<Item = (Self, Self)> {
        let columns = Self::columns(shape, slide);
        Self::rows(shape, slide).flat_map(move |row| columns.clone().map(move |column| (row, column)))
    }

    /// How far these windows reach over the edge of the outputs, at most: the frame that gradients need.
    pub fn overhang(input: Shape, output: Shape, slide: Slide) -> usize {
        let over = |phase: Phase, outputs: usize| {
            let last = phase.first + (phase.inputs + phase.taps) as isize - 2;
            if phase.taps == 0 { 0 } else { (-phase.first).max(last + 1 - outputs as isize) }
        };
        let rows = Self::rows(input, slide).map(|phase| over(phase, output.height));
        let columns = Self::columns(input, slide).map(|phase| over(phase, output.width));
        rows.chain(columns).max().map_or(0, |most| most.max(0) as usize)
    }

    fn rows(shape: Shape, slide: Slide) -> impl Iterator<Item = Self> + Clone {
        Self::all(shape.height, slide.span().rows, slide.stride.rows, slide.padding.top)
    }

    fn columns(shape: Shape, slide: Slide) -> impl Iterator<Item = Self> + Clone {
        Self::all(shape.width, slide.span().columns, slide.stride.columns, slide.padding.left)
    }

    /// All windows along a side of `length` inputs with `pad` zeros before them.
    fn all(length: usize, span: usize, stride: usize, pad: usize) -> impl Iterator<Item = Self> + Clone {
        (0..stride.min(length)).map(move |remainder| {
            let lowest = (remainder + pad) % stride;
            let taps = span.saturating_sub(lowest).div_ceil(stride);
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
