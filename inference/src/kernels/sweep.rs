//! The product behind all dense layers: a window that sweeps over an activation.
//!
//! For every output pixel, sums over the window of input times weight, for sixteen outputs at a time. A tile of pixels
//! and blocks of outputs is kept in registers over the whole window, so that each loaded weight is used for many pixels
//! and each loaded pixel for many outputs (Georganas et al., SC 2018). Each sum runs over the window in the same order
//! whatever the tile, and every step is a fused multiply-add: all processors that have one give the same bits.

use std::array::from_fn;

use pulp::Simd;

use super::vectorised::{OnLanes, half_is_padding, on_lanes};
use super::{Extent, LANES, Lane, Sides};

/// Where the next pixel, row and block of channels are; in values for inputs, in lanes for outputs.
#[derive(Clone, Copy, Debug)]
pub struct Walk {
    /// The first pixel.
    pub at: usize,
    /// From a pixel to the next.
    pub column: usize,
    /// From a row to the next.
    pub row: usize,
    /// From a block of channels to the next.
    pub block: usize,
}

impl Walk {
    /// Over the lanes inside an extent's frame: steps of `stride`.
    pub const fn inside(extent: Extent, stride: Sides) -> Self {
        Self {
            at: extent.at(0, 0) / LANES,
            column: stride.columns,
            row: stride.rows * extent.row() / LANES,
            block: extent.plane() / LANES,
        }
    }
}

/// The contents of a window: for each block of inputs some rows, each a run of contiguous values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Blocks of inputs.
    pub blocks: usize,
    /// Rows of a block.
    pub rows: usize,
    /// From a row to the next, in values.
    pub pitch: usize,
    /// Length of a row.
    pub run: usize,
    /// Length of a row of the last block: a window of one column leaves out the missing channels.
    pub tail: usize,
}

impl Window {
    /// Number of values of a window, which is the number of lanes of weights for a block of outputs.
    pub fn len(&self) -> usize {
        match self.blocks {
            0 => 0,
            blocks => self.rows * ((blocks - 1) * self.run + self.tail),
        }
    }

    /// Length of a row of this block.
    #[inline(always)]
    pub fn run_of(&self, block: usize) -> usize {
        if block + 1 == self.blocks { self.tail } else { self.run }
    }
}

/// What is done to a sum before it is written.
#[derive(Clone, Copy, Debug)]
pub struct Finish<'a> {
    /// Added, for each block of outputs; empty if nothing is added.
    pub bias: &'a [Lane],
    /// Added, pixel by pixel; laid out as the output.
    pub other: Option<&'a [Lane]>,
    /// The lower bound of what is written.
    pub floor: f32,
    /// The upper bound of what is written.
    pub ceiling: f32,
}

impl Finish<'_> {
    /// Sums are written as they are.
    pub const PLAIN: Self = Self { bias: &[], other: None, floor: f32::NEG_INFINITY, ceiling: f32::INFINITY };
}

/// Which window belongs to which output, over one image (or over one vector per image, with images as columns).
#[derive(Clone, Copy, Debug)]
pub struct Scan {
    /// Rows of output pixels.
    pub rows: usize,
    /// Output pixels of a row.
    pub columns: usize,
    /// Where windows start.
    pub from: Walk,
    /// The contents of each.
    pub window: Window,
    /// Where outputs are.
    pub to: Walk,
    /// Output channels.
    pub outputs: usize,
}

/// From a pixel to the one after next.
const STRIDED: usize = 2 * LANES;

/// A sweep.
pub struct Sweep<'a> {
    /// The positions of windows and outputs.
    pub scan: Scan,
    /// The values read.
    pub input: &'a [f32],
    /// For each block of outputs, a lane for each value of a window.
    pub weights: &'a [Lane],
    /// The values written.
    pub output: &'a mut [Lane],
    /// What is done to the sums.
    pub finish: Finish<'a>,
}

impl Sweep<'_> {
    /// Runs the sweep.
    pub fn run(mut self) {
        on_lanes(&mut self);
    }

    /// A strip: of every row a tile of `M` pixels and `B` blocks of outputs, a lane being `P` vectors of which `Q` are
    /// summed and the others are only padding. Pixels are `STEP` values apart, or as far as the scan says if that is 0.
    ///
    /// The sums stay in registers as long as they are indexed only by constants: whatever is done with them must be
    /// small enough for the compiler to unroll.
    #[inline(always)]
    #[expect(clippy::needless_range_loop, reason = "constants must index the sums, not iterators")]
    fn strip<S: Simd, const M: usize, const B: usize, const P: usize, const Q: usize, const STEP: usize>(
        &mut self,
        simd: S,
        block: usize,
        column: usize,
    ) {
        let Scan { rows, from, window, to, .. } = self.scan;
        let step = if STEP == 0 { from.column } else { STEP };
        let (span, reach) = ((M - 1) * step + 1, (M - 1) * to.column + 1);
        let bias: [Lane; B] = from_fn(|b| self.finish.bias.get(block + b).copied().unwrap_or_default());
        let (floor, ceiling) = (simd.splat_f32s(self.finish.floor), simd.splat_f32s(self.finish.ceiling));
        let weights: [&[Lane]; B] = from_fn(|b| &self.weights[(block + b) * window.len()..][..window.len()]);
        for row in 0..rows {
            let written = to.at + block * to.block + row * to.row + column * to.column;
            let bias: [[S::f32s; Q]; B] = from_fn(|b| vectors::<S, Q>(&bias[b]));
            let mut sums = [bias; M];
            if let Some(other) = self.finish.other {
                for b in 0..B {
                    let other = &other[written + b * to.block..][..reach];
                    for m in 0..M {
                        let other = vectors::<S, Q>(&other[m * to.column]);
                        for p in 0..Q {
                            sums[m][b][p] = simd.add_f32s(sums[m][b][p], other[p]);
                        }
                    }
                }
            }
            let start = from.at + row * from.row + column * step;
            let mut done = 0;
            for inputs in 0..window.blocks {
                let run = window.run_of(inputs);
                for line in 0..window.rows {
                    let pixels = &self.input[start + inputs * from.block + line * window.pitch..][..run + span - 1];
                    let weights: [&[Lane]; B] = from_fn(|b| &weights[b][done..][..run]);
                    done += run;
                    for (at, pixels) in (0..run).zip(pixels.windows(span)) {
                        let weight: [[S::f32s; Q]; B] = from_fn(|b| vectors::<S, Q>(&weights[b][at]));
                        for m in 0..M {
                            let value = simd.splat_f32s(pixels[m * step]);
                            for b in 0..B {
                                for p in 0..Q {
                                    sums[m][b][p] = simd.mul_add_f32s(value, weight[b][p], sums[m][b][p]);
                                }
                            }
                        }
                    }
                }
            }
            for b in 0..B {
                let output = &mut self.output[written + b * to.block..][..reach];
                for m in 0..M {
                    let (output, _) = S::as_mut_simd_f32s(&mut output[m * to.column].0);
                    for p in 0..Q {
                        output[p] = simd.min_f32s(simd.max_f32s(sums[m][b][p], floor), ceiling);
                    }
                    for p in Q..P {
                        output[p] = simd.splat_f32s(0.0);
                    }
                }
            }
        }
    }

    /// `B` blocks of outputs starting at `block`, over all pixels.
    #[inline(always)]
    fn cover<S: Simd, const B: usize, const P: usize, const Q: usize, const STEP: usize>(
        &mut self,
        simd: S,
        block: usize,
    ) {
        let mut column = 0;
        while column < self.scan.columns {
            let left = self.scan.columns - column;
            let tile = match (P, Q) {
                (1, _) => part(left, &[14, 13, 11, 8, 7, 4, 2, 1]),
                (_, 1) => part(left, &[10, 8, 7, 4, 2, 1]),
                _ => part(left, &[6, 5, 4, 3, 2, 1]),
            };
            match (P, Q, tile) {
                (16, ..) => self.each::<S, B, P, Q, STEP>(simd, block, column, tile),
                (1, 1, 14) => self.strip::<S, 14, B, P, Q, STEP>(simd, block, column),
                (1, 1, 13) => self.strip::<S, 13, B, P, Q, STEP>(simd, block, column),
                (1, 1, 11) => self.strip::<S, 11, B, P, Q, STEP>(simd, block, column),
                (2, 1, 10) => self.strip::<S, 10, B, P, Q, STEP>(simd, block, column),
                (_, 1, 8) => self.strip::<S, 8, B, P, Q, STEP>(simd, block, column),
                (_, 1, 7) => self.strip::<S, 7, B, P, Q, STEP>(simd, block, column),
                (_, 2 | 4, 6) => self.strip::<S, 6, B, P, Q, STEP>(simd, block, column),
                (_, 2 | 4, 5) => self.strip::<S, 5, B, P, Q, STEP>(simd, block, column),
                (_, 2 | 4, 3) => self.strip::<S, 3, B, P, Q, STEP>(simd, block, column),
                (_, _, 4) => self.strip::<S, 4, B, P, Q, STEP>(simd, block, column),
                (_, _, 2) => self.strip::<S, 2, B, P, Q, STEP>(simd, block, column),
                _ => self.each::<S, B, P, Q, STEP>(simd, block, column, tile),
            }
            column += tile;
        }
    }

    /// All blocks of outputs.
    #[inline(always)]
    fn blocks<S: Simd, const P: usize, const STEP: usize>(&mut self, simd: S) {
        let together = if P == 1 { 2 } else { 1 };
        for block in (0..self.scan.outputs.div_ceil(LANES)).step_by(together) {
            let left = self.scan.outputs - block * LANES;
            if P == 1 && left > LANES {
                self.cover::<S, 2, P, P, STEP>(simd, block);
            } else if half_is_padding::<P>(left) {
                self.cover::<S, 1, P, 1, STEP>(simd, block);
            } else {
                self.cover::<S, 1, P, P, STEP>(simd, block);
            }
        }
    }

    /// Pixel by pixel.
    #[inline(always)]
    fn each<S: Simd, const B: usize, const P: usize, const Q: usize, const STEP: usize>(
        &mut self,
        simd: S,
        block: usize,
        column: usize,
        pixels: usize,
    ) {
        // A plain loop: a closure may end up as a function of its own, which knows nothing of the vectors chosen.
        for column in column..column + pixels {
            self.strip::<S, 1, B, P, Q, STEP>(simd, block, column);
        }
    }
}

impl OnLanes for Sweep<'_> {
    #[inline(always)]
    fn work<S: Simd, const P: usize>(&mut self, simd: S) {
        match self.scan.from.column {
            1 => self.blocks::<S, P, 1>(simd),
            LANES => self.blocks::<S, P, LANES>(simd),
            STRIDED => self.blocks::<S, P, STRIDED>(simd),
            _ => self.blocks::<S, P, 0>(simd),
        }
    }
}

/// How many of `left` pixels to take: parts as even as the available sizes, largest first and down to 1, allow.
#[inline(always)]
pub fn part(left: usize, sizes: &[usize]) -> usize {
    let even = left.div_ceil(left.div_ceil(sizes[0]));
    let fitting = |size: &&usize| **size <= left;
    let above = sizes.iter().filter(fitting).rfind(|size| **size >= even);
    above.or_else(|| sizes.iter().find(fitting)).copied().unwrap_or(1)
}

/// The `P` vectors of a lane.
#[inline(always)]
pub fn vectors<S: Simd, const P: usize>(lane: &Lane) -> [S::f32s; P] {
    let (vectors, _) = S::as_simd_f32s(&lane.0);
    from_fn(|p| vectors[p])
}

#[cfg(test)]
mod tests {
    use super::super::lanes_of;
    use super::super::vectorised::tests::{Unit, numbers};
    use super::*;

    /// Rows of 31 pixels, `step` values apart, read by windows of two blocks of 3×3 lanes, for three blocks of outputs.
    fn swept(step: usize, unit: Unit) -> Vec<Lane> {
        let row = 33 * LANES.max(step);
        let window = Window { blocks: 2, rows: 3, pitch: row, run: 3 * LANES, tail: 3 * LANES };
        let (input, weights) = (numbers(2 * 9 * row, 3.0), numbers(3 * window.len() * LANES, 7.0));
        let bias = lanes_of(&numbers(2 * LANES + 5, 5.0));
        let mut weights = lanes_of(&weights);
        weights[2 * window.len()..].iter_mut().for_each(|lane| lane.0[5..].fill(0.0));
        let mut output = vec![Lane::default(); 3 * 7 * 31];
        let mut sweep = Sweep {
            scan: Scan {
                rows: 7,
                columns: 31,
                from: Walk { at: 0, column: step, row, block: 9 * row },
                window,
                to: Walk { at: 0, column: 1, row: 31, block: 7 * 31 },
                outputs: 2 * LANES + 5,
            },
            input: &input,
            weights: &weights,
            output: &mut output,
            finish: Finish { bias: &bias, other: None, floor: 0.0, ceiling: 2.0 },
        };
        unit.run(&mut sweep);
        output
    }

    /// The same bits whatever the vectors, the tiles and the distance between pixels.
    #[test]
    fn every_vector_unit_comes_to_the_same_bits() {
        for step in [1, 3, LANES, STRIDED] {
            let chosen = swept(step, Unit::Chosen);
            assert!(chosen.iter().any(|lane| lane.0.iter().any(|value| *value > 1.0)));
            Unit::others().for_each(|unit| assert!(swept(step, unit) == chosen, "{unit:?}, {step} apart"));
        }
    }

    #[test]
    fn parts_are_as_even_as_sizes_allow() {
        let sizes = [14, 11, 8, 7, 4, 2, 1];
        let parts = |mut left: usize| {
            let mut parts = Vec::new();
            while left > 0 {
                parts.push(part(left, &sizes));
                left -= parts[parts.len() - 1];
            }
            parts
        };
        assert_eq!(parts(28), [14, 14]);
        assert_eq!(parts(16), [8, 8]);
        assert_eq!(parts(7), [7]);
        assert_eq!(parts(3), [2, 1]);
        assert!((1..200).all(|left| parts(left).iter().sum::<usize>() == left));
    }
}
