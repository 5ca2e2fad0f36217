//! The adjoint of a [`Sweep`](super::sweep::Sweep) with respect to its weights.

use pulp::Simd;

use super::sweep::{Scan, vectors};
use super::vectorised::{OnLanes, on_lanes};
use super::{LANES, Lane};

/// Sums, over the pixels of an image, of window values times gradients.
pub struct Correlation<'a> {
    /// The positions of windows and outputs.
    pub scan: Scan,
    /// The values that the windows read.
    pub input: &'a [f32],
    /// The gradients of the outputs.
    pub gradient: &'a [Lane],
    /// The sums that are added to, laid out as the weights.
    pub sums: &'a mut [Lane],
}

impl Correlation<'_> {
    /// Adds to the sums.
    pub fn run(mut self) {
        on_lanes(&mut self);
    }

    /// `M` values of a window, starting at `first` in the image and `place` in the sums, for one block of outputs;
    /// returns M.
    #[inline(always)]
    fn tile<S: Simd, const M: usize, const P: usize>(
        &mut self,
        simd: S,
        block: usize,
        first: usize,
        place: usize,
    ) -> usize {
        let sums = self.sums::<S, M, P>(simd, block, first);
        for (place, sums) in self.sums[place..].iter_mut().zip(sums) {
            let (written, _) = S::as_mut_simd_f32s(&mut place.0);
            for p in 0..P {
                written[p] = simd.add_f32s(written[p], sums[p]);
            }
        }
        M
    }

    /// What a tile adds. A separate function, so that the sums are only indexed by constants and stay in registers.
    #[inline(always)]
    fn sums<S: Simd, const M: usize, const P: usize>(&self, simd: S, block: usize, first: usize) -> [[S::f32s; P]; M] {
        let mut sums = [[simd.splat_f32s(0.0); P]; M];
        for row in 0..self.scan.rows {
            let input = &self.input[first + row * self.scan.from.row..];
            let gradient = &self.gradient[self.scan.to.at + block * self.scan.to.block + row * self.scan.to.row..];
            for column in 0..self.scan.columns {
                let values = &input[column * self.scan.from.column..][..M];
                let gradient = vectors::<S, P>(&gradient[column * self.scan.to.column]);
                for m in 0..M {
                    let value = simd.splat_f32s(values[m]);
                    for p in 0..P {
                        sums[m][p] = simd.mul_add_f32s(value, gradient[p], sums[m][p]);
                    }
                }
            }
        }
        sums
    }
}

impl OnLanes for Correlation<'_> {
    #[inline(always)]
    fn work<S: Simd, const P: usize>(&mut self, simd: S) {
        let mut place = 0;
        for block in 0..self.scan.outputs.div_ceil(LANES) {
            for inputs in 0..self.scan.window.blocks {
                for line in 0..self.scan.window.rows {
                    let first = self.scan.from.at + inputs * self.scan.from.block + line * self.scan.window.pitch;
                    let run = self.scan.window.run_of(inputs);
                    let mut at = 0;
                    while at < run {
                        let left = run - at;
                        let (first, place) = (first + at, place + at);
                        at += match P {
                            1 if left >= 16 => self.tile::<S, 16, P>(simd, block, first, place),
                            1 if left >= 8 => self.tile::<S, 8, P>(simd, block, first, place),
                            2 | 4 if left >= 6 => self.tile::<S, 6, P>(simd, block, first, place),
                            1 | 2 | 4 if left >= 4 => self.tile::<S, 4, P>(simd, block, first, place),
                            1 | 2 | 4 if left >= 2 => self.tile::<S, 2, P>(simd, block, first, place),
                            _ => self.tile::<S, 1, P>(simd, block, first, place),
                        };
                    }
                    place += run;
                }
            }
        }
    }
}
