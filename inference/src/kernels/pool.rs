//! Pooling.

use multiversion::multiversion;

use super::Shape;

/// y ← the mean over pixels, a channel at a time.
#[multiversion(targets("x86_64+avx2+fma"))]
pub fn global_average(x: &[f32], y: &mut [f32]) {
    y.fill(0.0);
    for x in x.chunks_exact(y.len()) {
        y.iter_mut().zip(x).for_each(|(y, x)| *y += x);
    }
    let share = y.len() as f32 / x.len() as f32;
    y.iter_mut().for_each(|y| *y *= share);
}

/// dx ← the gradient of the input of [`global_average`].
pub fn global_average_backward(dy: &[f32], dx: &mut [f32]) {
    let share = dy.len() as f32 / dx.len() as f32;
    for dx in dx.chunks_exact_mut(dy.len()) {
        dx.iter_mut().zip(dy).for_each(|(dx, dy)| *dx = dy * share);
    }
}

/// The largest value of each 2×2 block; an odd last row or column is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxPool {
    /// Extent of the input.
    pub input: Shape,
}

impl MaxPool {
    /// Extent of the output.
    pub fn output(&self) -> Shape {
        Shape { height: self.input.height / 2, width: self.input.width / 2, ..self.input }
    }

    /// Index of the largest of the four inputs behind output value `at`; the first one wins a tie.
    fn winner(&self, x: &[f32], at: usize) -> usize {
        let (c, out, row) = (self.input.channels, self.output(), self.input.width * self.input.channels);
        let (pixel, channel) = (at / c, at % c);
        let corner = pixel / out.width * 2 * row + pixel % out.width * 2 * c + channel;
        [corner + c, corner + row, corner + row + c]
            .into_iter()
            .fold(corner, |best, i| if x[i] > x[best] { i } else { best })
    }

    /// y ← the maxima of one image.
    pub fn forward(&self, x: &[f32], y: &mut [f32]) {
        for (at, y) in y.iter_mut().enumerate() {
            *y = x[self.winner(x, at)];
        }
    }

    /// dx ← the gradient of the input of one image: each gradient goes to the value that won.
    pub fn backward(&self, x: &[f32], dy: &[f32], dx: &mut [f32]) {
        dx.fill(0.0);
        for (at, dy) in dy.iter().enumerate() {
            dx[self.winner(x, at)] += dy;
        }
    }
}
