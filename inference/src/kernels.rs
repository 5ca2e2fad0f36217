//! The arithmetic: what a layer computes on one image, forward and backward.
//!
//! Activations lie in blocks of sixteen channels ([`activation`](Activation)). A dense or a k×k convolution is a window that
//! sweeps over them, its gradients are the same sweep with the window turned and a correlation; each image of a batch is
//! computed as if it were alone, to the last bit.
//!
//! Inner loops are generic over the processor's vectors (crate `pulp`) and chosen between at run time. Every sum has one
//! order in all of them, and every step that multiplies and adds rounds once, so that the choice changes the speed and no
//! bit.

mod activation;
mod conv;
mod correlation;
mod dense;
mod depthwise;
mod elementwise;
mod norm;
mod pack;
mod phase;
mod pool;
mod sweep;
mod vectorised;

pub use activation::{Activation, Extent, LANES, Lane, lanes_of};
pub use conv::Conv;
pub use dense::Dense;
pub use depthwise::Depthwise;
pub use elementwise::{add, add_rectified, descend, pass_where_positive};
pub use norm::{Affine, BatchNorm, EPSILON, Moments};
pub use pool::{MaxPool, global_average, global_average_backward};
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
