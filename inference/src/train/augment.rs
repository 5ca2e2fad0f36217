//! Random crops, flips and cut-out.

use ndarray::ArrayView3;
use rand::RngExt;
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};

/// How much an image may be altered before a training step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Augment {
    /// Largest shift in pixels each way; pixels from outside are black.
    pub crop: usize,
    /// Whether half the images are mirrored.
    pub flip: bool,
    /// Side of the square painted with the mean (DeVries & Taylor, 2017); 0 paints none.
    pub cutout: usize,
}

impl Augment {
    /// Writes an altered, normalised copy of `image` into `out`, channels-last.
    pub fn apply(
        &self,
        image: ArrayView3<u8>,
        mean: &[f32],
        deviation: &[f32],
        random: &mut Xoshiro256PlusPlus,
        out: &mut [f32],
    ) {
        let (height, width, channels) = image.dim();
        let reach = self.crop as i32;
        let mut shift = || random.random_range(-reach..=reach) as isize;
        let (down, right) = (shift(), shift());
        let mirrored = self.flip && random.random::<bool>();
        let (hole_y, hole_x) = (random.random_range(0..height), random.random_range(0..width));
        let half = self.cutout / 2;
        let in_hole = |at: usize, centre: usize| at + half >= centre && at < centre + self.cutout - half;
        for (pixel, out) in out.chunks_exact_mut(channels).enumerate() {
            let (y, x) = (pixel / width, pixel % width);
            if self.cutout > 0 && in_hole(y, hole_y) && in_hole(x, hole_x) {
                out.fill(0.0);
                continue;
            }
            let from_x = if mirrored { width - 1 - x } else { x };
            let row = y.checked_add_signed(down).filter(|&y| y < height);
            let column = from_x.checked_add_signed(right).filter(|&x| x < width);
            for (channel, out) in out.iter_mut().enumerate() {
                let value = match (row, column) {
                    (Some(row), Some(column)) => f32::from(image[[row, column, channel]]) / 255.0,
                    _ => 0.0,
                };
                *out = (value - mean[channel]) / deviation[channel];
            }
        }
    }
}
