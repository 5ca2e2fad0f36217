//! The arithmetic: what a layer computes on one image, forward and backward.
//!
//! Activations lie channels-last (`[height][width][channels]`), so that a pointwise convolution *is* a matrix product,
//! a depthwise one runs along contiguous channels, and a k×k one is k matrix products over overlapping rows with
//! nothing copied. Everything works on one image at a time: a batch of N is N images, to the last bit.
//!
//! Loops are plain Rust compiled more than once, for processors with and without wide vectors, and chosen between at run
//! time. Sums keep one order in every version, so the choice changes the speed and no bit.

mod conv;
mod dense;
mod depthwise;
mod elementwise;
mod matmul;
mod norm;
mod pool;

pub use conv::Conv;
pub use dense::Dense;
pub use depthwise::Depthwise;
pub use elementwise::{add_bias, add_rectified, descend};
pub use matmul::{Matrix, matmul};
pub use norm::{Affine, BatchNorm, EPSILON, Moments};
pub use pool::{MaxPool, global_average, global_average_backward};

/// Extent of one image's activation, stored channels-last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Values at each pixel.
    pub channels: usize,
}

impl Shape {
    /// A flat vector of `channels` values.
    pub const fn flat(channels: usize) -> Self {
        Self { height: 1, width: 1, channels }
    }

    /// Pixels.
    pub const fn pixels(self) -> usize {
        self.height * self.width
    }

    /// Values in all.
    pub const fn len(self) -> usize {
        self.pixels() * self.channels
    }

    /// Whether there is nothing in it.
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// What a `kernel`×`kernel` window of this stride leaves, with `kernel / 2` zeros of padding on every side.
    pub const fn windowed(self, kernel: usize, stride: usize, channels: usize) -> Self {
        let pad = kernel / 2;
        Self {
            height: (self.height + 2 * pad - kernel) / stride + 1,
            width: (self.width + 2 * pad - kernel) / stride + 1,
            channels,
        }
    }
}

/// Work space of the convolutions, reused from call to call so that nothing is allocated once it has grown.
#[derive(Default)]
pub struct Workspace {
    padded: Vec<f32>,
    wide: Vec<f32>,
}

/// Copies an image into a frame of `pad` zeros; `slack` more zeros follow the last row.
fn pad_into(padded: &mut Vec<f32>, image: &[f32], shape: Shape, pad: usize, slack: usize) {
    let row = shape.width * shape.channels;
    let padded_row = row + 2 * pad * shape.channels;
    padded.clear();
    padded.resize((shape.height + 2 * pad) * padded_row + slack, 0.0);
    for (y, line) in image.chunks_exact(row).enumerate() {
        let start = (y + pad) * padded_row + pad * shape.channels;
        padded[start..start + row].copy_from_slice(line);
    }
}
