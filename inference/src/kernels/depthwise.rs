//! Depthwise convolution: each channel by itself.
//!
//! A matrix product would not help here (each would have one column), so a tile of pixels of one block of channels
//! stays in registers over all taps.

use pulp::Simd;

use super::phase::Phase;
use super::sweep::{Finish, Walk, vectors};
use super::vectorised::{OnLanes, half_is_padding, on_lanes, vectorised};
use super::{Extent, LANES, Lane, Sides, Slide};

/// A depthwise convolution, weights laid `[row][column][channel]`.
///
/// Gaps between taps are zeros among the packed weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Depthwise {
    /// Extent of the input, in blocks; its frame holds the padding.
    pub input: Extent,
    /// Extent of the output, in blocks; it has as many channels.
    pub output: Extent,
    /// How the window moves.
    pub slide: Slide,
}

impl Depthwise {
    /// Number of weights.
    pub const fn weights(&self) -> usize {
        self.slide.window.area() * self.input.shape.channels
    }

    /// Weights as [`Depthwise::forward`] expects them: a lane for each pixel of the window's span, block after block.
    pub fn pack(&self, w: &[f32]) -> Vec<Lane> {
        let span = self.slide.span();
        let lane = |at: usize| {
            let (block, pixel) = (at / span.area(), at % span.area());
            self.lane(w, block, pixel / span.columns, pixel % span.columns)
        };
        (0..self.input.blocks() * span.area()).map(lane).collect()
    }

    /// The weights of a block at a pixel of the window's span.
    fn lane(&self, w: &[f32], block: usize, row: usize, column: usize) -> Lane {
        let channels = self.input.shape.channels;
        let mut lane = Lane::default();
        if let Some(tap) = self.slide.tap(row, column) {
            let here = block * LANES..channels.min((block + 1) * LANES);
            lane.0[..here.len()].copy_from_slice(&w[tap * channels..][here]);
        }
        lane
    }

    /// y ← finish(x ∗ w), on one image.
    pub fn forward(&self, x: &[Lane], packed: &[Lane], finish: Finish, y: &mut [Lane]) {
        on_lanes(&mut self.pass(x, packed, finish, y));
    }

    /// sums ← sums + the gradient of the weights, packed, from one image.
    pub fn backward_weights(&self, x: &[Lane], dy: &[Lane], sums: &mut [Lane]) {
        let (out, span) = (self.output, self.slide.span());
        let (from, to) = (self.from(), Walk::inside(out, Sides::both(1)));
        let pitch = self.input.row() / LANES;
        vectorised(
            #[inline(always)]
            || {
                for (at, sum) in sums.iter_mut().enumerate() {
                    let (block, pixel) = (at / span.area(), at % span.area());
                    let first = from.at + block * from.block + pixel / span.columns * pitch + pixel % span.columns;
                    let mut lanes = sum.0;
                    for row in 0..out.shape.height {
                        let x = &x[first + row * from.row..];
                        let dy = &dy[to.at + block * to.block + row * to.row..][..out.shape.width];
                        for (dy, x) in dy.iter().zip(x.iter().step_by(from.column)) {
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

    /// Zero sums, for [`Depthwise::backward_weights`].
    pub fn no_sums(&self) -> Vec<Lane> {
        vec![Lane::default(); self.input.blocks() * self.slide.span().area()]
    }

    /// dw ← dw + sums.
    pub fn unpack(&self, sums: &[Lane], dw: &mut [f32]) {
        let (span, channels) = (self.slide.span(), self.input.shape.channels);
        for (at, sum) in sums.iter().enumerate() {
            let (first, pixel) = (at / span.area() * LANES, at % span.area());
            if let Some(tap) = self.slide.tap(pixel / span.columns, pixel % span.columns) {
                let here = &mut dw[tap * channels + first..(tap + 1) * channels];
                here.iter_mut().zip(sum.0).for_each(|(dw, sum)| *dw += sum);
            }
        }
    }

    /// Weights as [`Depthwise::backward_input`] expects them.
    pub fn pack_back(&self, w: &[f32]) -> Vec<Vec<Lane>> {
        let pack = |(rows, columns): (Phase, Phase)| {
            let taps = rows.taps * columns.taps;
            let lane = |at: usize| {
                let (block, tap) = (at / taps, at % taps);
                self.lane(w, block, rows.tap(tap / columns.taps), columns.tap(tap % columns.taps))
            };
            (0..self.input.blocks() * taps).map(lane).collect()
        };
        self.phases().map(pack).collect()
    }

    /// dx ← the gradient of the input of one image. The frame of the output is as wide as
    /// [`frame_for_gradients`](super::frame_for_gradients) says.
    pub fn backward_input(&self, dy: &[Lane], packed: &[Vec<Lane>], dx: &mut [Lane]) {
        let to = Walk::inside(self.input, self.slide.stride);
        let inside = Walk::inside(self.output, Sides::both(1));
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

    fn pass<'a>(&self, x: &'a [Lane], packed: &'a [Lane], finish: Finish<'a>, y: &'a mut [Lane]) -> Pass<'a> {
        let (out, span) = (self.output, self.slide.span());
        Pass {
            rows: out.shape.height,
            columns: out.shape.width,
            input: x,
            from: self.from(),
            taps: (span.rows, span.columns),
            pitch: self.input.row() / LANES,
            weights: packed,
            output: y,
            to: Walk::inside(out, Sides::both(1)),
            channels: out.shape.channels,
            finish,
        }
    }

    fn phases(&self) -> impl Iterator<Item = (Phase, Phase)> + use<> {
        Phase::pairs(self.input.shape, self.slide)
    }

    /// Windows start in the frame.
    pub(super) fn from(&self) -> Walk {
        let inside = Walk::inside(self.input, self.slide.stride);
        let padding = self.slide.padding;
        Walk { at: inside.at - padding.top * (self.input.row() / LANES) - padding.left, ..inside }
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
    /// A strip: `M` pixels of every row of one block of channels, of whose `P` vectors `Q` are not only padding. Pixels
    /// are `STEP` lanes apart, or as far as the walk says if that is 0. Returns M.
    #[inline(always)]
    fn strip<S: Simd, const M: usize, const P: usize, const Q: usize, const STEP: usize>(
        &mut self,
        simd: S,
        block: usize,
        column: usize,
    ) -> usize {
        let (from, to, (lines, width)) = (self.from, self.to, self.taps);
        let step = if STEP == 0 { from.column } else { STEP };
        let (span, reach) = ((M - 1) * step + 1, (M - 1) * to.column + 1);
        let bias = self.finish.bias.get(block).copied().unwrap_or_default();
        let (floor, ceiling) = (simd.splat_f32s(self.finish.floor), simd.splat_f32s(self.finish.ceiling));
        let weights = &self.weights[block * lines * width..][..lines * width];
        for row in 0..self.rows {
            let start = from.at + block * from.block + row * from.row + column * step;
            let mut sums = [[simd.splat_f32s(0.0); Q]; M];
            for (line, weights) in weights.chunks_exact(width.max(1)).enumerate() {
                let pixels = &self.input[start + line * self.pitch..][..width + span - 1];
                for (weight, pixels) in weights.iter().zip(pixels.windows(span)) {
                    let weight = vectors::<S, Q>(weight);
                    for m in 0..M {
                        let pixel = vectors::<S, Q>(&pixels[m * step]);
                        for q in 0..Q {
                            sums[m][q] = simd.mul_add_f32s(pixel[q], weight[q], sums[m][q]);
                        }
                    }
                }
            }
            let bias = vectors::<S, Q>(&bias);
            let written = to.at + block * to.block + row * to.row + column * to.column;
            let output = &mut self.output[written..][..reach];
            for (m, sums) in sums.iter().enumerate() {
                let (written, _) = S::as_mut_simd_f32s(&mut output[m * to.column].0);
                for q in 0..Q {
                    let biased = simd.add_f32s(sums[q], bias[q]);
                    written[q] = simd.min_f32s(simd.max_f32s(biased, floor), ceiling);
                }
                written[Q..].fill(simd.splat_f32s(0.0));
            }
        }
        M
    }

    /// All pixels of one block of channels.
    #[inline(always)]
    fn cover<S: Simd, const P: usize, const Q: usize, const STEP: usize>(&mut self, simd: S, block: usize) {
        let mut column = 0;
        while column < self.columns {
            let left = self.columns - column;
            column += match (P, Q) {
                (2, 1) if left >= 14 => self.strip::<S, 14, P, Q, STEP>(simd, block, column),
                (_, 1 | 2 | 4) if left >= 7 => self.strip::<S, 7, P, Q, STEP>(simd, block, column),
                (_, 1 | 2 | 4) if left >= 4 => self.strip::<S, 4, P, Q, STEP>(simd, block, column),
                _ => self.strip::<S, 1, P, Q, STEP>(simd, block, column),
            };
        }
    }

    /// All blocks of channels.
    #[inline(always)]
    fn blocks<S: Simd, const P: usize, const STEP: usize>(&mut self, simd: S) {
        for block in 0..self.channels.div_ceil(LANES) {
            if half_is_padding::<P>(self.channels - block * LANES) {
                self.cover::<S, P, 1, STEP>(simd, block);
            } else {
                self.cover::<S, P, P, STEP>(simd, block);
            }
        }
    }
}

impl OnLanes for Pass<'_> {
    #[inline(always)]
    fn work<S: Simd, const P: usize>(&mut self, simd: S) {
        match self.from.column {
            1 => self.blocks::<S, P, 1>(simd),
            2 => self.blocks::<S, P, 2>(simd),
            _ => self.blocks::<S, P, 0>(simd),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::vectorised::tests::{Unit, numbers};
    use super::super::{Shape, lanes_of};
    use super::*;

    /// 3×3 windows over 9 rows of 23 pixels, two blocks of channels and 5 of a third.
    fn passed(stride: usize, unit: Unit) -> Vec<Lane> {
        let shape = Shape { height: 9, width: 23, channels: 2 * LANES + 5 };
        let slide = Slide::centred(3, stride);
        let output = Extent::blocked(slide.output(shape, shape.channels).unwrap(), 1);
        let kernel = Depthwise { input: Extent::blocked(shape, 1), output, slide };
        let input = lanes_of(&numbers(kernel.input.image(), 3.0));
        let weights = kernel.pack(&numbers(kernel.weights(), 7.0));
        let bias = lanes_of(&numbers(shape.channels, 5.0));
        let mut output = vec![Lane::default(); kernel.output.image() / LANES];
        let finish = Finish { bias: &bias, other: None, floor: 0.0, ceiling: 2.0 };
        unit.run(&mut kernel.pass(&input, &weights, finish, &mut output));
        output
    }

    /// The same bits whatever the vectors, the tiles and the distance between pixels.
    #[test]
    fn every_vector_unit_comes_to_the_same_bits() {
        for stride in [1, 2, 3] {
            let chosen = passed(stride, Unit::Chosen);
            assert!(chosen.iter().any(|lane| lane.0.iter().any(|value| *value > 1.0)));
            Unit::others().for_each(|unit| assert!(passed(stride, unit) == chosen, "{unit:?}, stride {stride}"));
        }
    }
}
