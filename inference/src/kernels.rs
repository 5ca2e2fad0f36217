//! The arithmetic: what a layer computes on one image, forward and backward.
//!
//! Activations are stored in blocks of sixteen channels ([`activation`](Activation)). A dense layer or a k×k
//! convolution is a window that sweeps over them, its gradients are the same sweep with the window flipped and a
//! correlation; each image of a batch is computed as if it were alone, to the last bit.
//!
//! Inner loops are generic over the processor's vectors (crate `pulp`) and chosen at run time. Every sum has the same
//! order in all of them, and every multiply-add rounds once, so that the choice affects the speed but no bit.

mod activation;
mod channels;
mod conv;
mod correlation;
mod dense;
mod depthwise;
mod elementwise;
mod exponential;
pub mod integer;
mod norm;
mod pack;
mod phase;
mod pool;
mod slide;
mod sweep;
mod vectorised;

use std::fmt;

pub use activation::{Activation, Extent, LANES, Lane, lanes_of};
pub use channels::{pick_channels, put_channels, scale_channels, shift_channels};
pub use conv::Conv;
pub use dense::Dense;
pub use depthwise::Depthwise;
pub use elementwise::{add, add_clamped, add_pixels, descend, map, pass_where_positive};
pub use exponential::{sigmoid, tanh};
pub use norm::{Affine, BatchNorm, EPSILON, Moments, scale_and_shift};
pub use pool::{Pool, Pooling, global_average, global_average_backward};
pub use slide::{Margin, Misfit, Sides, Slide};
pub use sweep::Finish;

/// Rows, columns and channels of one image's activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Values at each pixel.
    pub channels: usize,
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}×{}×{}", self.height, self.width, self.channels)
    }
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

    /// Total number of values.
    pub const fn len(self) -> usize {
        self.pixels() * self.channels
    }

    /// Whether there is nothing in it.
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }
}

/// The frame around the outputs of a window that its gradients need.
pub fn frame_for_gradients(input: Shape, output: Shape, slide: Slide) -> usize {
    phase::Phase::overhang(input, output, slide)
}
