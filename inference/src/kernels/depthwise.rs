//! Depthwise convolution: every channel by itself.
//!
//! A matrix product would not help here (each would have one column), so a tile of pixels of one block of channels stays
//! in registers over all taps.

use pulp::Simd;

use super::phase::Phase;
use super::sweep::{Finish, Walk, vectors};
use super::vectorised::{OnLanes, half_is_padding, on_lanes, vectorised};
use super::{Extent, LANES, Lane};

/// A k×k depthwise convolution with k/2 zeros of padding, weights laid `[k][k][channels]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Depthwise {
    /// Extent of the input, in blocks; its frame is at least k/2. The output has as many channels.
    pub input: Extent,
    /// Side of the window, odd.
    pub kernel: usize,
    /// Step of the window.
    pub stride: usize,
}

impl Depthwise {
    /// Extent of the output.
    pub const fn output(&self) -> Extent {
        let Extent { shape, frame, .. } = self.input;
        Extent::blocked(shape.windowed(self.kernel, self.stride, shape.channels), frame)
    }

    /// Number of weights.
    pub const fn weights(&self) -> usize {
        self.kernel * self.kernel * self.input.shape.channels
    }

    /// Multiply-accumulates for one image, padding counted.
    pub const fn macs(&self) -> u64 {
        (self.output().shape.pixels() * self.weights()) as u64
    }

    /// Weights as [`Depthwise::forward`] wants them: a lane for each tap, block after block.
    pub fn pack(&self, w: &[f32]) -> Vec<Lane> {
        let taps = self.kernel * self.kernel;
        let lanes = (0..self.input.blocks() * taps).map(|lane| self.lane(w, lane / taps, lane % taps));
        lanes.collect()
    }

    fn lane(&self, w: &[f32], block: usize, tap: usize) -> Lane {
        let channels = self.input.shape.channels;
        let mut lane = Lane::default();
        let here = block * LANES..channels.min((block + 1) * LANES);
        lane.0[..here.len()].copy_from_slice(&w[tap * channels..][here]);
        lane
    }

    /// y ← finish(x ∗ w), on one image.
    pub fn forward(&self, x: &[Lane], packed: &[Lane], finish: Finish, y: &mut [Lane]) {
        let out = self.output();
        let mut pass = Pass {
            rows: out.shape.height,
            columns: out.shape.width,
            input: x,
            from: self.from(),
            taps: (self.kernel, self.kernel),
            pitch: self.input.row() / LANES,
            weights: packed,
            output: y,
            to: Walk::inside(out, 1),
            channels: out.shape.channels,
            finish,
        };
        on_lanes(&mut pass);
    }

    /// sums ← sums + the gradient of the weights, packed, from one image.
    pub fn backward_weights(&self, x: &[Lane], dy: &[Lane], sums: &mut [Lane]) {
        let out = self.output();
        let (from, to) = (self.from(), Walk::inside(out, 1));
        let pitch = self.input.row() / LANES;
        vectorised(
            #[inline(always)]
            || {
                for (at, sum) in sums.iter_mut().enumerate() {
                    let (block, tap) = (at / (self.kernel * self.kernel), at % (self.kernel * self.kernel));
                    let first = from.at + block * from.block + tap / self.kernel * pitch + tap % self.kernel;
                    let mut lanes = sum.0;
                    for row in 0..out.shape.height {
                        let x = &x[first + row * from.row..];
                        let dy = &dy[to.at + block * to.block + row * to.row..][..out.shape.width];
                        for (dy, x) in dy.iter().zip(x.iter().step_by(self.stride)) {
                            for ((sum, dy), x) in lanes.iter_mut().zip(dy.0).zip(x.0) {
                                *sum = dy.mul_add(x, *sum);
                            }
                        }
                    }
                    sum.0 = lanes;
                }
            },
        );
    }

    /// Sums of no image, for [`Depthwise::backward_weights`].
    pub fn no_sums(&self) -> Vec<Lane> {
        vec![Lane::default(); self.input.blocks() * self.kernel * self.kernel]
    }

    /// dw ← dw + sums.
    pub fn unpack(&self, sums: &[Lane], dw: &mut [f32]) {
        let (taps, channels) = (self.kernel * self.kernel, self.input.shape.channels);
        for (at, sum) in sums.iter().enumerate() {
            let (first, tap) = (at / taps * LANES, at % taps);
            let here = &mut dw[tap * channels + first..(tap + 1) * channels];
            here.iter_mut().zip(sum.0).for_each(|(dw, sum)| *dw += sum);
        }
    }

    /// Weights as [`Depthwise::backward_input`] wants them.
    pub fn pack_back(&self, w: &[f32]) -> Vec<Vec<Lane>> {
        let pack = |(rows, columns): (Phase, Phase)| {
            let taps = rows.taps * columns.taps;
            let lane = |at: usize| {
                let (block, tap) = (at / taps, at % taps);
                let (row, column) = (rows.tap(tap / columns.taps), columns.tap(tap % columns.taps));
                self.lane(w, block, row * self.kernel + column)
            };
            (0..self.input.blocks() * taps).map(lane).collect()
        };
        self.phases().map(pack).collect()
    }

    /// dx ← the gradient of the input of one image.
    pub fn backward_input(&self, dy: &[Lane], packed: &[Vec<Lane>], dx: &mut [Lane]) {
        let (out, to) = (self.output(), Walk::inside(self.input, self.stride));
        let inside = Walk::inside(out, 1);
        for ((rows, columns), weights) in self.phases().zip(packed) {
            let at = inside.at as isize + rows.first * inside.row as isize + columns.first;
            let mut pass = Pass {
                rows: rows.inputs,
                columns: columns.inputs,
                input: dy,
                from: Walk { at: at.max(0) as usize, ..inside },
                taps: (rows.taps, columns.taps),
                pitch: inside.row,
                weights,
                output: dx,
                to: Walk { at: self.input.at(rows.remainder, columns.remainder) / LANES, ..to },
                channels: self.input.shape.channels,
                finish: Finish::PLAIN,
            };
            on_lanes(&mut pass);
        }
    }

    fn phases(&self) -> impl Iterator<Item = (Phase, Phase)> + use<> {
        Phase::pairs(self.input.shape, self.kernel, self.stride)
    }

    fn from(&self) -> Walk {
        let inside = Walk::inside(self.input, self.stride);
        let pad = self.kernel / 2;
        Walk { at: inside.at - pad * (self.input.row() / LANES + 1), ..inside }
    }
}

/// A window of taps over all pixels, channel by channel; distances are in lanes.
struct Pass<'a> {
    rows: usize,
    columns: usize,
    input: &'a [Lane],
    from: Walk,
    taps: (usize, usize),
    pitch: usize,
    weights: &'a [Lane],
    output: &'a mut [Lane],
    to: Walk,
    channels: usize,
    finish: Finish<'a>,
}

impl Pass<'_> {
    /// `M` pixels of a row of one block of channels, of whose `P` vectors `Q` are more than padding; returns M.
    #[inline(always)]
    fn tile<S: Simd, const M: usize, const P: usize, const Q: usize>(
        &mut self,
        simd: S,
        block: usize,
        row: usize,
        column: usize,
    ) -> usize {
        let sums = self.sums::<S, M, Q>(simd, block, row, column);
        let bias = vectors::<S, Q>(&self.finish.bias.get(block).copied().unwrap_or_default());
        let floor = simd.splat_f32s(self.finish.floor);
        let start = self.to.at + block * self.to.block + row * self.to.row + column * self.to.column;
        for (m, sums) in sums.iter().enumerate() {
            let (written, _) = S::as_mut_simd_f32s(&mut self.output[start + m * self.to.column].0);
            for q in 0..Q {
                written[q] = simd.max_f32s(simd.add_f32s(sums[q], bias[q]), floor);
            }
            written[Q..].fill(simd.splat_f32s(0.0));
        }
        M
    }

    /// The sums of a tile, in registers.
    #[inline(always)]
    fn sums<S: Simd, const M: usize, const P: usize>(
        &self,
        simd: S,
        block: usize,
        row: usize,
        column: usize,
    ) -> [[S::f32s; P]; M] {
        let (lines, width) = self.taps;
        let step = self.from.column;
        let start = self.from.at + block * self.from.block + row * self.from.row + column * step;
        let weights = &self.weights[block * lines * width..][..lines * width];
        let mut sums = [[simd.splat_f32s(0.0); P]; M];
        for (line, weights) in weights.chunks_exact(width.max(1)).enumerate() {
            for (tap, weight) in weights.iter().enumerate() {
                let weight = vectors::<S, P>(weight);
                let pixels = &self.input[start + line * self.pitch + tap..][..(M - 1) * step + 1];
                for m in 0..M {
                    let pixel = vectors::<S, P>(&pixels[m * step]);
                    for p in 0..P {
                        sums[m][p] = simd.mul_add_f32s(pixel[p], weight[p], sums[m][p]);
                    }
                }
            }
        }
        sums
    }

    /// All pixels of one block of channels.
    #[inline(always)]
    fn cover<S: Simd, const P: usize, const Q: usize>(&mut self, simd: S, block: usize) {
        for row in 0..self.rows {
            let mut column = 0;
            while column < self.columns {
                let left = self.columns - column;
                column += match (P, Q) {
                    (2, 1) if left >= 14 => self.tile::<S, 14, P, Q>(simd, block, row, column),
                    (_, 1 | 2 | 4) if left >= 7 => self.tile::<S, 7, P, Q>(simd, block, row, column),
                    (_, 1 | 2 | 4) if left >= 4 => self.tile::<S, 4, P, Q>(simd, block, row, column),
                    _ => self.tile::<S, 1, P, Q>(simd, block, row, column),
                };
            }
        }
    }
}

impl OnLanes for Pass<'_> {
    #[inline(always)]
    fn work<S: Simd, const P: usize>(&mut self, simd: S) {
        for block in 0..self.channels.div_ceil(LANES) {
            if half_is_padding::<P>(self.channels - block * LANES) {
                self.cover::<S, P, 1>(simd, block);
            } else {
                self.cover::<S, P, P>(simd, block);
            }
        }
    }
}
