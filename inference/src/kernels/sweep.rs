//! The product everything dense is made of: a window that sweeps over an activation.
//!
//! For every output pixel, sums over the window of input times weight, for sixteen outputs at a time. A tile of pixels
//! and blocks of outputs is kept in registers over the whole window, so that each weight loaded serves many pixels and
//! each pixel loaded serves many outputs (Georganas et al., SC 2018). Each sum runs over the window in one order whatever
//! the tile, and every step is a fused multiply-add: all processors that have one come to the same bits.

use std::array::from_fn;

use pulp::Simd;

use super::vectorised::{OnLanes, half_is_padding, on_lanes};
use super::{Extent, LANES, Lane};

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
    /// Over the lanes inside an extent's frame, every `stride`-th of a row and every `stride`-th row.
    pub const fn inside(extent: Extent, stride: usize) -> Self {
        Self {
            at: extent.at(0, 0) / LANES,
            column: stride,
            row: stride * extent.row() / LANES,
            block: extent.plane() / LANES,
        }
    }
}

/// What a window holds: for each block of inputs some rows, each a run of contiguous values.
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
    /// Length of a row of the last block: a window of one column leaves out the channels that are not there.
    pub tail: usize,
}

impl Window {
    /// Values of a window: lanes of weights for a block of outputs.
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

/// What becomes of a sum before it is written.
#[derive(Clone, Copy, Debug)]
pub struct Finish<'a> {
    /// Added, for each block of outputs; nothing is if there are none.
    pub bias: &'a [Lane],
    /// Added, pixel by pixel; laid out as the output.
    pub other: Option<&'a [Lane]>,
    /// The least that is written.
    pub floor: f32,
}

impl Finish<'_> {
    /// Sums are written as they are.
    pub const PLAIN: Self = Self { bias: &[], other: None, floor: f32::NEG_INFINITY };
}

/// Which windows meet which outputs, over one image (or over one vector an image, images being the columns).
#[derive(Clone, Copy, Debug)]
pub struct Scan {
    /// Rows of output pixels.
    pub rows: usize,
    /// Output pixels of a row.
    pub columns: usize,
    /// Where windows start.
    pub from: Walk,
    /// What each holds.
    pub window: Window,
    /// Where outputs lie.
    pub to: Walk,
    /// Output channels.
    pub outputs: usize,
}

/// A sweep.
pub struct Sweep<'a> {
    /// From where to where.
    pub scan: Scan,
    /// What is read.
    pub input: &'a [f32],
    /// For each block of outputs, a lane for each value of a window.
    pub weights: &'a [Lane],
    /// What is written.
    pub output: &'a mut [Lane],
    /// How.
    pub finish: Finish<'a>,
}

impl Sweep<'_> {
    /// Does it.
    pub fn run(mut self) {
        on_lanes(&mut self);
    }

    /// One tile: `M` pixels of a row and `B` blocks of outputs, a lane being `P` vectors of which `Q` are summed and the others
    /// are nothing but padding.
    ///
    /// The sums stay in registers as long as nothing but constants indexes them: whatever is done with them must be
    /// little enough for the compiler to unroll.
    #[inline(always)]
    #[expect(clippy::needless_range_loop, reason = "constants shall index the sums, not iterators")]
    fn tile<S: Simd, const M: usize, const B: usize, const P: usize, const Q: usize>(
        &mut self,
        simd: S,
        block: usize,
        row: usize,
        column: usize,
    ) {
        let Walk { at, column: step, .. } = self.scan.from;
        let start = at + row * self.scan.from.row + column * step;
        let written =
            self.scan.to.at + block * self.scan.to.block + row * self.scan.to.row + column * self.scan.to.column;
        let reach = (M - 1) * self.scan.to.column + 1;
        let bias: [Lane; B] = from_fn(|b| self.finish.bias.get(block + b).copied().unwrap_or_default());
        let bias: [[S::f32s; Q]; B] = from_fn(|b| vectors::<S, Q>(&bias[b]));
        let mut sums = [bias; M];
        if let Some(other) = self.finish.other {
            for b in 0..B {
                let other = &other[written + b * self.scan.to.block..][..reach];
                for m in 0..M {
                    let other = vectors::<S, Q>(&other[m * self.scan.to.column]);
                    for p in 0..Q {
                        sums[m][b][p] = simd.add_f32s(sums[m][b][p], other[p]);
                    }
                }
            }
        }
        let length = self.scan.window.len();
        let weights: [&[Lane]; B] = from_fn(|b| &self.weights[(block + b) * length..][..length]);
        let mut done = 0;
        for inputs in 0..self.scan.window.blocks {
            let run = self.scan.window.run_of(inputs);
            for line in 0..self.scan.window.rows {
                let from = &self.input[start + inputs * self.scan.from.block + line * self.scan.window.pitch..];
                let pixels: [&[f32]; M] = from_fn(|m| &from[m * step..][..run]);
                let weights: [&[Lane]; B] = from_fn(|b| &weights[b][done..][..run]);
                done += run;
                for at in 0..run {
                    let weight: [[S::f32s; Q]; B] = from_fn(|b| vectors::<S, Q>(&weights[b][at]));
                    for m in 0..M {
                        let value = simd.splat_f32s(pixels[m][at]);
                        for b in 0..B {
                            for p in 0..Q {
                                sums[m][b][p] = simd.mul_add_f32s(value, weight[b][p], sums[m][b][p]);
                            }
                        }
                    }
                }
            }
        }
        let floor = simd.splat_f32s(self.finish.floor);
        for b in 0..B {
            let output = &mut self.output[written + b * self.scan.to.block..][..reach];
            for m in 0..M {
                let (output, _) = S::as_mut_simd_f32s(&mut output[m * self.scan.to.column].0);
                for p in 0..Q {
                    output[p] = simd.max_f32s(sums[m][b][p], floor);
                }
                for p in Q..P {
                    output[p] = simd.splat_f32s(0.0);
                }
            }
        }
    }

    /// The blocks of outputs from `block` on, `B` of them, over all pixels.
    #[inline(always)]
    fn cover<S: Simd, const B: usize, const P: usize, const Q: usize>(&mut self, simd: S, block: usize) {
        for row in 0..self.scan.rows {
            let mut column = 0;
            while column < self.scan.columns {
                let left = self.scan.columns - column;
                let tile = if Q == 1 { part(left, &[14, 11, 8, 7, 4, 2, 1]) } else { part(left, &[6, 5, 4, 3, 2, 1]) };
                match (Q, tile) {
                    (16, _) => self.each::<S, B, P, Q>(simd, block, row, column, tile),
                    (1, 14) => self.tile::<S, 14, B, P, Q>(simd, block, row, column),
                    (1, 11) => self.tile::<S, 11, B, P, Q>(simd, block, row, column),
                    (1, 8) => self.tile::<S, 8, B, P, Q>(simd, block, row, column),
                    (1, 7) => self.tile::<S, 7, B, P, Q>(simd, block, row, column),
                    (2 | 4, 6) => self.tile::<S, 6, B, P, Q>(simd, block, row, column),
                    (2 | 4, 5) => self.tile::<S, 5, B, P, Q>(simd, block, row, column),
                    (2 | 4, 3) => self.tile::<S, 3, B, P, Q>(simd, block, row, column),
                    (_, 4) => self.tile::<S, 4, B, P, Q>(simd, block, row, column),
                    (_, 2) => self.tile::<S, 2, B, P, Q>(simd, block, row, column),
                    _ => self.each::<S, B, P, Q>(simd, block, row, column, tile),
                }
                column += tile;
            }
        }
    }

    /// Pixel by pixel.
    #[inline(always)]
    fn each<S: Simd, const B: usize, const P: usize, const Q: usize>(
        &mut self,
        simd: S,
        block: usize,
        row: usize,
        column: usize,
        pixels: usize,
    ) {
        (column..column + pixels).for_each(|column| self.tile::<S, 1, B, P, Q>(simd, block, row, column));
    }
}

impl OnLanes for Sweep<'_> {
    #[inline(always)]
    fn work<S: Simd, const P: usize>(&mut self, simd: S) {
        let together = if P == 1 { 2 } else { 1 };
        for block in (0..self.scan.outputs.div_ceil(LANES)).step_by(together) {
            let left = self.scan.outputs - block * LANES;
            if P == 1 && left > LANES {
                self.cover::<S, 2, P, P>(simd, block);
            } else if half_is_padding::<P>(left) {
                self.cover::<S, 1, P, 1>(simd, block);
            } else {
                self.cover::<S, 1, P, P>(simd, block);
            }
        }
    }
}

/// How many of `left` pixels to take: parts as even as the sizes on offer, largest first and down to 1, allow.
#[inline(always)]
fn part(left: usize, sizes: &[usize]) -> usize {
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
    use super::super::vectorised::Lanes;
    use super::*;

    fn numbers(count: usize, salt: f64) -> Vec<f32> {
        (0..count).map(|i| ((i + 1) as f64 * salt * 0.618_033_988_749_895).fract() as f32 * 2.0 - 1.0).collect()
    }

    /// Pixels of 2·16 channels in rows of 33, seen by windows of 3×3, at three blocks of outputs.
    fn swept(run: impl FnOnce(Lanes<Sweep>)) -> Vec<Lane> {
        let window = Window { blocks: 2, rows: 3, pitch: 33 * LANES, run: 3 * LANES, tail: 3 * LANES };
        let (input, weights) = (numbers(2 * 9 * 33 * LANES, 3.0), numbers(3 * window.len() * LANES, 7.0));
        let bias = super::super::lanes_of(&numbers(2 * LANES + 5, 5.0));
        let mut weights = super::super::lanes_of(&weights);
        weights[2 * window.len()..].iter_mut().for_each(|lane| lane.0[5..].fill(0.0));
        let mut output = vec![Lane::default(); 3 * 7 * 31];
        let mut sweep = Sweep {
            scan: Scan {
                rows: 7,
                columns: 31,
                from: Walk { at: 0, column: LANES, row: 33 * LANES, block: 9 * 33 * LANES },
                window,
                to: Walk { at: 0, column: 1, row: 31, block: 7 * 31 },
                outputs: 2 * LANES + 5,
            },
            input: &input,
            weights: &weights,
            output: &mut output,
            finish: Finish { bias: &bias, other: None, floor: 0.0 },
        };
        run(Lanes(&mut sweep));
        output
    }

    /// Whatever the vectors, whatever the tiles: the same bits.
    #[test]
    fn every_vector_unit_comes_to_the_same_bits() {
        let chosen = swept(|sweep| pulp::Arch::new().dispatch(sweep));
        assert!(chosen.iter().any(|lane| lane.0.iter().any(|value| *value > 1.0)));
        assert!(swept(|sweep| Simd::vectorize(pulp::Scalar, sweep)) == chosen);
        #[cfg(target_arch = "x86_64")]
        if let Some(narrow) = pulp::x86::V3::try_new() {
            assert!(swept(|sweep| Simd::vectorize(narrow, sweep)) == chosen);
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
