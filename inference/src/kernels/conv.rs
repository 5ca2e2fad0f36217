//! Dense convolution by matrix products.

use super::{Matrix, Shape, Workspace, matmul, pad_into};

/// A k×k convolution with k/2 zeros of padding, weights laid `[k][k][in][out]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv {
    /// Extent of the input.
    pub input: Shape,
    /// Output channels.
    pub outputs: usize,
    /// Side of the window, odd.
    pub kernel: usize,
    /// Step of the window.
    pub stride: usize,
}

impl Conv {
    /// Extent of the output.
    pub fn output(&self) -> Shape {
        self.input.windowed(self.kernel, self.stride, self.outputs)
    }

    /// Number of weights.
    pub fn weights(&self) -> usize {
        self.kernel * self.kernel * self.input.channels * self.outputs
    }

    /// Multiply-accumulates for one image, padding counted.
    pub fn macs(&self) -> u64 {
        (self.output().pixels() * self.weights()) as u64
    }

    /// Output pixels of a row when windows may also hang over the right edge: with stride 1 the windows of *all* rows
    /// then start at evenly spaced addresses of the padded image, and one matrix product covers them.
    fn wide(&self) -> usize {
        self.input.width + self.kernel - 1
    }

    fn window(&self) -> usize {
        self.kernel * self.input.channels
    }

    fn is_pointwise(&self) -> bool {
        self.kernel == 1 && self.stride == 1
    }

    /// The windows starting in kernel row `ky`, as a matrix over the padded image (stride 1 only).
    fn windows<'a>(&self, padded: &'a [f32], ky: usize) -> Matrix<'a> {
        let c = self.input.channels;
        let from = ky * self.wide() * c;
        Matrix::strided(&padded[from..], self.input.height * self.wide(), self.window(), c)
    }

    fn pad(&self, work: &mut Workspace, x: &[f32]) {
        let slack = (self.kernel - 1) * self.input.channels;
        pad_into(&mut work.padded, x, self.input, self.kernel / 2, slack);
    }

    /// y ← x ∗ w, on one image.
    pub fn forward(&self, x: &[f32], w: &[f32], y: &mut [f32], work: &mut Workspace) {
        let out = self.output();
        if self.is_pointwise() {
            let (rows, inner) = (self.input.pixels(), self.input.channels);
            let x = Matrix::row_major(x, rows, inner);
            return matmul(y, x, Matrix::row_major(w, inner, self.outputs), false);
        }
        if self.stride != 1 {
            self.gather(x, work);
            let inner = self.kernel * self.window();
            let columns = Matrix::row_major(&work.wide, out.pixels(), inner);
            return matmul(y, columns, Matrix::row_major(w, inner, self.outputs), false);
        }
        self.pad(work, x);
        let Workspace { padded, wide } = work;
        wide.resize(self.input.height * self.wide() * self.outputs, 0.0);
        for (ky, w) in w.chunks_exact(self.window() * self.outputs).enumerate() {
            let w = Matrix::row_major(w, self.window(), self.outputs);
            matmul(wide, self.windows(padded, ky), w, ky > 0);
        }
        let (row, wide_row) = (out.width * self.outputs, self.wide() * self.outputs);
        for (y, wide) in y.chunks_exact_mut(row).zip(wide.chunks_exact(wide_row)) {
            y.copy_from_slice(&wide[..row]);
        }
    }

    /// dw ← dw + the gradient of the weights, from one image.
    pub fn backward_weights(&self, x: &[f32], dy: &[f32], dw: &mut [f32], work: &mut Workspace) {
        let out = self.output();
        if self.is_pointwise() {
            let x = Matrix::row_major(x, self.input.pixels(), self.input.channels);
            return matmul(dw, x.transposed(), Matrix::row_major(dy, out.pixels(), self.outputs), true);
        }
        if self.stride != 1 {
            self.gather(x, work);
            let columns = Matrix::row_major(&work.wide, out.pixels(), self.kernel * self.window());
            return matmul(dw, columns.transposed(), Matrix::row_major(dy, out.pixels(), self.outputs), true);
        }
        self.pad(work, x);
        let Workspace { padded, wide } = work;
        let (row, wide_row) = (out.width * self.outputs, self.wide() * self.outputs);
        wide.clear();
        wide.resize(self.input.height * wide_row, 0.0);
        for (dy, wide) in dy.chunks_exact(row).zip(wide.chunks_exact_mut(wide_row)) {
            wide[..row].copy_from_slice(dy);
        }
        let dy = Matrix::row_major(wide, self.input.height * self.wide(), self.outputs);
        for (ky, dw) in dw.chunks_exact_mut(self.window() * self.outputs).enumerate() {
            matmul(dw, self.windows(padded, ky).transposed(), dy, true);
        }
    }

    /// The convolution that carries gradients back, where that is one (stride 1): weights from [`Conv::flipped`].
    fn adjoint(&self) -> Conv {
        Conv { input: self.output(), outputs: self.input.channels, ..*self }
    }

    /// Weights turned by 180° with input and output channels exchanged, as [`Conv::backward_input`] wants them.
    pub fn flipped(&self, w: &[f32]) -> Vec<f32> {
        let (ci, co) = (self.input.channels, self.outputs);
        let taps = self.kernel * self.kernel;
        let mut flipped = vec![0.0; w.len()];
        for tap in 0..taps {
            let from = &w[(taps - 1 - tap) * ci * co..][..ci * co];
            let to = &mut flipped[tap * ci * co..][..ci * co];
            for i in 0..ci {
                for o in 0..co {
                    to[o * ci + i] = from[i * co + o];
                }
            }
        }
        flipped
    }

    /// dx ← the gradient of the input of one image; `flipped` as [`Conv::flipped`] made it.
    pub fn backward_input(&self, dy: &[f32], flipped: &[f32], dx: &mut [f32], work: &mut Workspace) {
        if self.stride == 1 {
            return self.adjoint().forward(dy, flipped, dx, work);
        }
        // Columns by kernel tap; turned weights are read from the last tap to the first.
        let (ci, co, out) = (self.input.channels, self.outputs, self.output());
        let pad = self.kernel / 2;
        work.wide.resize(out.pixels() * ci, 0.0);
        dx.fill(0.0);
        let taps = self.kernel * self.kernel;
        for tap in 0..taps {
            let w = Matrix::row_major(&flipped[(taps - 1 - tap) * ci * co..][..ci * co], co, ci);
            matmul(&mut work.wide, Matrix::row_major(dy, out.pixels(), co), w, false);
            let (ky, kx) = (tap / self.kernel, tap % self.kernel);
            for oy in 0..out.height {
                let Some(iy) = (oy * self.stride + ky).checked_sub(pad).filter(|&y| y < self.input.height) else {
                    continue;
                };
                for ox in 0..out.width {
                    let Some(ix) = (ox * self.stride + kx).checked_sub(pad).filter(|&x| x < self.input.width) else {
                        continue;
                    };
                    let from = &work.wide[(oy * out.width + ox) * ci..][..ci];
                    let to = &mut dx[(iy * self.input.width + ix) * ci..][..ci];
                    to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
                }
            }
        }
    }

    /// Writes every window as a row of `work.wide` (im2col), for strides other than 1.
    fn gather(&self, x: &[f32], work: &mut Workspace) {
        self.pad(work, x);
        let Workspace { padded, wide } = work;
        let (out, c) = (self.output(), self.input.channels);
        let padded_row = (self.input.width + 2 * (self.kernel / 2)) * c;
        wide.resize(out.pixels() * self.kernel * self.window(), 0.0);
        for (pixel, window) in wide.chunks_exact_mut(self.kernel * self.window()).enumerate() {
            let (oy, ox) = (pixel / out.width, pixel % out.width);
            for (ky, line) in window.chunks_exact_mut(self.window()).enumerate() {
                let from = (oy * self.stride + ky) * padded_row + ox * self.stride * c;
                line.copy_from_slice(&padded[from..from + line.len()]);
            }
        }
    }
}
