//! Each channel by itself, over codes.
//!
//! Nothing is summed over channels here, so there are no four products to take together; loops over sixteen channels
//! are left to the compiler, which makes vectors of them.

use super::super::sweep::Walk;
use super::super::{LANES, Lane};
use super::rescale::{Output, Rescale};
use super::unit::{OnUnit, Sums, Unit};

/// A tap's weight for each channel of a block.
pub type Tap = [i16; LANES];

/// A window of taps over all pixels; distances are in lanes of sixteen codes.
pub struct Pass<'a, 'y> {
    /// Rows of output pixels.
    pub rows: usize,
    /// Output pixels of a row.
    pub columns: usize,
    /// The codes read.
    pub input: &'a [u8],
    /// Where windows start.
    pub from: Walk,
    /// Rows and columns of a window.
    pub taps: (usize, usize),
    /// From a row of a window to the next.
    pub pitch: usize,
    /// Tap after tap, block after block.
    pub weights: &'a [Tap],
    /// Where the sums of each block start.
    pub start: &'a [Sums],
    /// What is done to the sums.
    pub rescale: &'a Rescale,
    /// Where outputs are.
    pub to: Walk,
    /// What is written.
    pub output: &'a mut Output<'y>,
}

impl Pass<'_, '_> {
    /// `M` pixels of a row of a block.
    #[inline(always)]
    fn strip<const M: usize>(&mut self, block: usize, row: usize, column: usize) {
        let (from, to, (lines, width)) = (self.from, self.to, self.taps);
        let weights = &self.weights[block * lines * width..][..lines * width];
        let mut sums = [self.start[block]; M];
        let at = from.at + block * from.block + row * from.row + column * from.column;
        for (line, weights) in weights.chunks_exact(width).enumerate() {
            for (tap, weights) in weights.iter().enumerate() {
                let first = at + line * self.pitch + tap;
                for (m, sums) in sums.iter_mut().enumerate() {
                    let codes = &self.input[(first + m * from.column) * LANES..][..LANES];
                    for lane in 0..LANES {
                        sums.0[lane] += i32::from(codes[lane]) * i32::from(weights[lane]);
                    }
                }
            }
        }
        let written = to.at + block * to.block + row * to.row + column * to.column;
        let channels: (&Lane, &Lane) = self.rescale.of(block);
        for (m, sums) in sums.iter().enumerate() {
            self.rescale.write(channels, sums, None, written + m * to.column, self.output);
        }
    }
}

impl OnUnit for Pass<'_, '_> {
    #[inline(always)]
    fn work<U: Unit>(&mut self, _: U) {
        const TOGETHER: usize = 4;
        for block in 0..self.start.len() {
            for row in 0..self.rows {
                let whole = self.columns / TOGETHER * TOGETHER;
                (0..whole).step_by(TOGETHER).for_each(|column| self.strip::<TOGETHER>(block, row, column));
                (whole..self.columns).for_each(|column| self.strip::<1>(block, row, column));
            }
        }
    }
}
