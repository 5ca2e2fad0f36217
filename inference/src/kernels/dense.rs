//! Fully connected layer.

use multiversion::multiversion;

const LANES: usize = 8;

/// y = W·x + b, weights laid `[outputs][inputs]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dense {
    /// Length of x.
    pub inputs: usize,
    /// Length of y.
    pub outputs: usize,
}

impl Dense {
    /// y ← W·x + b for one image. A dot product per row: with one column, a blocked matrix product would mostly pack.
    pub fn forward(&self, x: &[f32], w: &[f32], b: &[f32], y: &mut [f32]) {
        apply(x, w, b, y);
    }

    /// dw, db ← themselves + the gradients of one image; dx ← the gradient of its input.
    pub fn backward(&self, x: &[f32], w: &[f32], dy: &[f32], dw: &mut [f32], db: &mut [f32], dx: &mut [f32]) {
        apply_back(x, w, dy, dw, db, dx);
    }
}

#[multiversion(targets("x86_64+avx2+fma"))]
fn apply(x: &[f32], w: &[f32], b: &[f32], y: &mut [f32]) {
    for ((y, w), b) in y.iter_mut().zip(w.chunks_exact(x.len())).zip(b) {
        *y = b + dot(w, x);
    }
}

#[multiversion(targets("x86_64+avx2+fma"))]
fn apply_back(x: &[f32], w: &[f32], dy: &[f32], dw: &mut [f32], db: &mut [f32], dx: &mut [f32]) {
    dx.fill(0.0);
    for (o, &dy) in dy.iter().enumerate() {
        db[o] += dy;
        let row = o * x.len()..(o + 1) * x.len();
        for (dw, x) in dw[row.clone()].iter_mut().zip(x) {
            *dw = dy.mul_add(*x, *dw);
        }
        for (dx, w) in dx.iter_mut().zip(&w[row]) {
            *dx = dy.mul_add(*w, *dx);
        }
    }
}

/// Σ aᵢ·bᵢ in eight interleaved sums, folded in a fixed order.
#[inline(always)]
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a, a_rest) = a.as_chunks::<LANES>();
    let (b, b_rest) = b.as_chunks::<LANES>();
    let mut sums = [0.0f32; LANES];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            sums[lane] = a[lane].mul_add(b[lane], sums[lane]);
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}
