//! A window that sweeps over codes: convolutions and dense layers.

use std::array::from_fn;

use super::super::LANES;
use super::super::sweep::{Scan, part};
use super::rescale::{Output, Rescale};
use super::unit::{OnUnit, Quad, Sums, Unit};

/// Codes that meet weights in one step.
pub const WORD: usize = 4;

/// A sweep, of the windows and outputs that its scan says; distances are in codes.
pub struct Sweep<'a, 'y> {
    /// The positions of windows and outputs.
    pub scan: Scan,
    /// The codes read.
    pub input: &'a [u8],
    /// For each block of outputs a quad for each word of a window: rows are filled up to whole words.
    pub weights: &'a [Quad],
    /// Where the sums of each block of outputs start.
    pub start: &'a [Sums],
    /// What is done to the sums, and the block it starts with.
    pub rescale: (&'a Rescale, usize),
    /// Added, pixel by pixel; laid out as the output.
    pub other: Option<&'a [u8]>,
    /// What is written.
    pub output: &'a mut Output<'y>,
}

/// From a pixel to the one after next.
const STRIDED: usize = 2 * LANES;

impl Sweep<'_, '_> {
    /// A strip: of every row a tile of `M` pixels and `B` blocks of outputs. Pixels are `STEP` codes apart, or as far as
    /// the scan says if that is 0.
    #[inline(always)]
    #[expect(clippy::needless_range_loop, reason = "constants must index the sums, not iterators")]
    fn strip<U: Unit, const M: usize, const B: usize, const STEP: usize>(
        &mut self,
        unit: U,
        block: usize,
        column: usize,
    ) {
        let Scan { rows, from, window, to, .. } = self.scan;
        let step = if STEP == 0 { from.column } else { STEP };
        let span = (M - 1) * step + WORD;
        let words = self.weights.len() / self.start.len();
        let weights: [&[Quad]; B] = from_fn(|b| &self.weights[(block + b) * words..][..words]);
        let (rescale, first) = self.rescale;
        for row in 0..rows {
            let mut sums: [[U::Sums; M]; B] = from_fn(|b| [unit.sums(&self.start[block + b]); M]);
            let at = from.at + row * from.row + column * step;
            let mut done = 0;
            for inputs in 0..window.blocks {
                let run = window.run_of(inputs).div_ceil(WORD);
                for line in 0..window.rows {
                    let start = at + inputs * from.block + line * window.pitch;
                    let codes = &self.input[start..][..(run - 1) * WORD + span];
                    let weights: [&[Quad]; B] = from_fn(|b| &weights[b][done..][..run]);
                    done += run;
                    for (word, codes) in (0..run).zip(codes.windows(span).step_by(WORD)) {
                        let weight: [U::Weights; B] = from_fn(|b| unit.weights(&weights[b][word]));
                        for m in 0..M {
                            let codes = codes[m * step..].first_chunk().expect("a span has a word for each pixel");
                            let codes = unit.word(*codes);
                            for b in 0..B {
                                sums[b][m] = unit.dot(sums[b][m], codes, weight[b]);
                            }
                        }
                    }
                }
            }
            for b in 0..B {
                let ready = rescale.ready(unit, first + block + b);
                let written = to.at + (block + b) * to.block + row * to.row + column * to.column;
                ready.write(unit, sums[b], self.other, (written, to.column), self.output);
            }
        }
    }

    /// `B` blocks of outputs starting at `block`, over all pixels.
    #[inline(always)]
    fn cover<U: Unit, const B: usize, const STEP: usize>(&mut self, unit: U, block: usize) {
        let mut column = 0;
        while column < self.scan.columns {
            let left = self.scan.columns - column;
            let tile = match U::TILE.0 {
                14 if B == 1 => part(left, &[14, 7, 4, 2, 1]),
                14 => part(left, &[7, 4, 2, 1]),
                8 => part(left, &[8, 7, 4, 2, 1]),
                4 => part(left, &[4, 2, 1]),
                _ => part(left, &[2, 1]),
            };
            match (U::TILE.0, tile) {
                (14, 14) => self.strip::<U, 14, B, STEP>(unit, block, column),
                (8, 8) => self.strip::<U, 8, B, STEP>(unit, block, column),
                (14 | 8, 7) => self.strip::<U, 7, B, STEP>(unit, block, column),
                (14 | 8 | 4, 4) => self.strip::<U, 4, B, STEP>(unit, block, column),
                (_, 2) => self.strip::<U, 2, B, STEP>(unit, block, column),
                _ => self.strip::<U, 1, B, STEP>(unit, block, column),
            }
            column += tile;
        }
    }

    /// All blocks of outputs.
    #[inline(always)]
    fn blocks<U: Unit, const STEP: usize>(&mut self, unit: U) {
        for block in (0..self.start.len()).step_by(U::TILE.1) {
            if U::TILE.1 == 2 && block + 1 < self.start.len() {
                self.cover::<U, 2, STEP>(unit, block);
            } else {
                self.cover::<U, 1, STEP>(unit, block);
            }
        }
    }
}

impl OnUnit for Sweep<'_, '_> {
    #[inline(always)]
    fn work<U: Unit>(&mut self, unit: U) {
        match self.scan.from.column {
            1 => self.blocks::<U, 1>(unit),
            LANES => self.blocks::<U, LANES>(unit),
            STRIDED => self.blocks::<U, STRIDED>(unit),
            _ => self.blocks::<U, 0>(unit),
        }
    }
}
