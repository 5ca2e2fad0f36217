//! Each channel by itself, over codes.
//!
//! Nothing is summed over channels here, so there are no four products to take together: a tap is one product for each
//! of sixteen channels.

use super::super::sweep::Walk;
use super::rescale::{Output, Rescale, lanes};
use super::unit::{OnUnit, Sums, Unit};

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
    /// Tap after tap, block after block, a weight for each channel.
    pub weights: &'a [Sums],
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
    fn strip<U: Unit, const M: usize, const STEP: usize>(&mut self, unit: U, block: usize, row: usize, column: usize) {
        let (from, to, (lines, width)) = (self.from, self.to, self.taps);
        let step = if STEP == 0 { from.column } else { STEP };
        let input = lanes(self.input);
        let weights = &self.weights[block * lines * width..][..lines * width];
        let mut sums = [unit.sums(&self.start[block]); M];
        let at = from.at + block * from.block + row * from.row + column * step;
        for (line, weights) in weights.chunks_exact(width).enumerate() {
            for (tap, weights) in weights.iter().enumerate() {
                let weights = unit.sums(weights);
                let codes = &input[at + line * self.pitch + tap..][..(M - 1) * step + 1];
                for m in 0..M {
                    sums[m] = unit.tap(sums[m], &codes[m * step], weights);
                }
            }
        }
        let written = to.at + block * to.block + row * to.row + column * to.column;
        let ready = self.rescale.ready(unit, block);
        ready.write(unit, sums, None, (written, to.column), self.output);
    }

    /// All blocks of channels.
    #[inline(always)]
    fn blocks<U: Unit, const STEP: usize>(&mut self, unit: U) {
        for block in 0..self.start.len() {
            for row in 0..self.rows {
                let mut column = 0;
                while column < self.columns {
                    match self.columns - column {
                        7.. => {
                            self.strip::<U, 7, STEP>(unit, block, row, column);
                            column += 7;
                        }
                        4.. => {
                            self.strip::<U, 4, STEP>(unit, block, row, column);
                            column += 4;
                        }
                        _ => {
                            self.strip::<U, 1, STEP>(unit, block, row, column);
                            column += 1;
                        }
                    }
                }
            }
        }
    }
}

impl OnUnit for Pass<'_, '_> {
    #[inline(always)]
    fn work<U: Unit>(&mut self, unit: U) {
        match self.from.column {
            1 => self.blocks::<U, 1>(unit),
            2 => self.blocks::<U, 2>(unit),
            _ => self.blocks::<U, 0>(unit),
        }
    }
}
