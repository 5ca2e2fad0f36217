//! Depthwise convolution: one window per channel.
//!
//! Matrix products do not help here (each would have one column), so the kernel walks pixels and keeps a block of
//! channels in registers over all taps.

use multiversion::multiversion;

use super::{Shape, Workspace, pad_into};

/// Channels held in registers at once: one 256-bit vector.
const LANES: usize = 8;

/// A k×k depthwise convolution with k/2 zeros of padding, weights laid `[k][k][channels]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Depthwise {
    /// Extent of the input; the output has as many channels.
    pub input: Shape,
    /// Side of the window, odd.
    pub kernel: usize,
    /// Step of the window.
    pub stride: usize,
}

impl Depthwise {
    /// Extent of the output.
    pub fn output(&self) -> Shape {
        self.input.windowed(self.kernel, self.stride, self.input.channels)
    }

    /// Number of weights.
    pub fn weights(&self) -> usize {
        self.kernel * self.kernel * self.input.channels
    }

    /// Multiply-accumulates for one image, padding counted.
    pub fn macs(&self) -> u64 {
        (self.output().pixels() * self.weights()) as u64
    }

    fn padded_row(&self) -> usize {
        (self.input.width + 2 * (self.kernel / 2)) * self.input.channels
    }

    /// Where the window of output pixel `pixel` starts in the padded image.
    #[inline(always)]
    fn corner(&self, pixel: usize, out_width: usize) -> usize {
        let (oy, ox) = (pixel / out_width, pixel % out_width);
        oy * self.stride * self.padded_row() + ox * self.stride * self.input.channels
    }

    /// Start of each tap, relative to the window's corner, beside the start of its weights.
    #[inline(always)]
    fn taps(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let (k, c, row) = (self.kernel, self.input.channels, self.padded_row());
        (0..k * k).map(move |tap| (tap / k * row + tap % k * c, tap * c))
    }

    /// y ← x ∗ w, on one image.
    pub fn forward(&self, x: &[f32], w: &[f32], y: &mut [f32], work: &mut Workspace) {
        pad_into(&mut work.padded, x, self.input, self.kernel / 2, 0);
        convolve(self, &work.padded, w, y);
    }

    /// dw ← dw + the gradient of the weights and dx ← the gradient of the input, from one image.
    pub fn backward(&self, x: &[f32], w: &[f32], dy: &[f32], dw: &mut [f32], dx: &mut [f32], work: &mut Workspace) {
        let pad = self.kernel / 2;
        pad_into(&mut work.padded, x, self.input, pad, 0);
        let (c, padded_row) = (self.input.channels, self.padded_row());
        let Workspace { padded, wide } = work;
        wide.clear();
        wide.resize(padded.len(), 0.0);
        convolve_back(self, padded, w, dy, dw, wide);
        let row = self.input.width * c;
        for (y, dx) in dx.chunks_exact_mut(row).enumerate() {
            let from = (y + pad) * padded_row + pad * c;
            dx.copy_from_slice(&wide[from..from + row]);
        }
    }
}

#[multiversion(targets("x86_64+avx2+fma"))]
fn convolve(kernel: &Depthwise, padded: &[f32], w: &[f32], y: &mut [f32]) {
    let width = kernel.output().width;
    for (pixel, y) in y.chunks_exact_mut(kernel.input.channels).enumerate() {
        let corner = kernel.corner(pixel, width);
        for (block, y) in y.chunks_mut(LANES).enumerate() {
            let at = block * LANES;
            let mut sum = [0.0f32; LANES];
            for (tap, w_at) in kernel.taps() {
                let x = &padded[corner + tap + at..][..y.len()];
                let w = &w[w_at + at..][..y.len()];
                multiply_add(&mut sum, x, w);
            }
            y.copy_from_slice(&sum[..y.len()]);
        }
    }
}

#[multiversion(targets("x86_64+avx2+fma"))]
fn convolve_back(kernel: &Depthwise, padded: &[f32], w: &[f32], dy: &[f32], dw: &mut [f32], dpadded: &mut [f32]) {
    let (c, width) = (kernel.input.channels, kernel.output().width);
    for (pixel, dy) in dy.chunks_exact(c).enumerate() {
        let corner = kernel.corner(pixel, width);
        for (tap, w_at) in kernel.taps() {
            let from = corner + tap;
            multiply_add(&mut dw[w_at..w_at + c], &padded[from..from + c], dy);
            multiply_add(&mut dpadded[from..from + c], &w[w_at..w_at + c], dy);
        }
    }
}

/// sum ← sum + a·b, element by element.
#[inline(always)]
fn multiply_add(sum: &mut [f32], a: &[f32], b: &[f32]) {
    for ((sum, a), b) in sum.iter_mut().zip(a).zip(b) {
        *sum = a.mul_add(*b, *sum);
    }
}
