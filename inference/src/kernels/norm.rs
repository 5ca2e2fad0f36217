//! Batch normalisation in training (Ioffe & Szegedy, ICML 2015), with the rectifier that usually follows it.
//!
//! In inference it is folded into the convolution before it and costs nothing.

use multiversion::multiversion;

/// Added to the variance, as PyTorch does.
pub const EPSILON: f32 = 1e-5;

/// Rows summed in f32 before the sum moves on to f64.
const BLOCK: usize = 256;

/// y = γ·(x − mean)/√(variance + ε) + β per channel over a chunk of images, then max(0, y) if `relu`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchNorm {
    /// Channels.
    pub channels: usize,
    /// Whether a rectifier follows.
    pub relu: bool,
}

/// Mean and variance of each channel over a chunk.
#[derive(Clone, Debug)]
pub struct Moments {
    /// Mean.
    pub mean: Vec<f32>,
    /// Biased variance.
    pub variance: Vec<f32>,
}

/// Scale γ and shift β of each channel; values, or their gradients.
#[derive(Clone, Copy, Debug)]
pub struct Affine<T> {
    /// γ.
    pub gamma: T,
    /// β.
    pub beta: T,
}

impl BatchNorm {
    /// Normalises `x` in place to x̂ and writes y; returns the moments.
    pub fn forward(&self, x: &mut [f32], affine: Affine<&[f32]>, y: &mut [f32]) -> Moments {
        normalise(*self, x, affine, y)
    }

    /// Adds to the gradients of γ and β; `dy` becomes the gradient of x. `normalised` is x̂ as forward left it.
    pub fn backward(
        &self,
        normalised: &[f32],
        variance: &[f32],
        affine: Affine<&[f32]>,
        dy: &mut [f32],
        gradient: Affine<&mut [f32]>,
    ) {
        normalise_back(*self, normalised, variance, affine, dy, gradient);
    }
}

#[multiversion(targets("x86_64+avx2+fma"))]
fn normalise(norm: BatchNorm, x: &mut [f32], affine: Affine<&[f32]>, y: &mut [f32]) -> Moments {
    let Affine { gamma, beta } = affine;
    let c = norm.channels;
    let rows = (x.len() / c) as f64;
    let mean: Vec<f32> = column_sums(x, &vec![0.0; c], |x, _| x).iter().map(|s| (s / rows) as f32).collect();
    let squares = column_sums(x, &mean, |x, mean| (x - mean) * (x - mean));
    let variance: Vec<f32> = squares.iter().map(|s| (s / rows) as f32).collect();
    let scale: Vec<f32> = variance.iter().map(|v| 1.0 / (v + EPSILON).sqrt()).collect();
    let floor = if norm.relu { 0.0 } else { f32::NEG_INFINITY };
    let columns = || mean.iter().zip(&scale).zip(gamma.iter().zip(beta));
    for (x, y) in x.chunks_exact_mut(c).zip(y.chunks_exact_mut(c)) {
        for ((x, y), ((mean, scale), (gamma, beta))) in x.iter_mut().zip(y).zip(columns()) {
            *x = (*x - mean) * scale;
            *y = x.mul_add(*gamma, *beta).max(floor);
        }
    }
    Moments { mean, variance }
}

#[multiversion(targets("x86_64+avx2+fma"))]
fn normalise_back(
    norm: BatchNorm,
    normalised: &[f32],
    variance: &[f32],
    affine: Affine<&[f32]>,
    dy: &mut [f32],
    gradient: Affine<&mut [f32]>,
) {
    let Affine { gamma, beta } = affine;
    let c = norm.channels;
    let rows = (dy.len() / c) as f32;
    if norm.relu {
        for (dy, x) in dy.chunks_exact_mut(c).zip(normalised.chunks_exact(c)) {
            for ((dy, x), (gamma, beta)) in dy.iter_mut().zip(x).zip(gamma.iter().zip(beta)) {
                *dy = if x.mul_add(*gamma, *beta) > 0.0 { *dy } else { 0.0 };
            }
        }
    }
    let (mut sum, mut product) = (vec![0.0f64; c], vec![0.0f64; c]);
    let (mut s, mut p) = (vec![0.0f32; c], vec![0.0f32; c]);
    for (dy, x) in dy.chunks(BLOCK * c).zip(normalised.chunks(BLOCK * c)) {
        s.fill(0.0);
        p.fill(0.0);
        for (dy, x) in dy.chunks_exact(c).zip(x.chunks_exact(c)) {
            for ((dy, x), (s, p)) in dy.iter().zip(x).zip(s.iter_mut().zip(p.iter_mut())) {
                *s += dy;
                *p = dy.mul_add(*x, *p);
            }
        }
        sum.iter_mut().zip(&s).for_each(|(sum, s)| *sum += f64::from(*s));
        product.iter_mut().zip(&p).for_each(|(product, p)| *product += f64::from(*p));
    }
    let (mut scale, mut shift, mut slope) = (vec![0.0f32; c], vec![0.0f32; c], vec![0.0f32; c]);
    for i in 0..c {
        gradient.beta[i] += sum[i] as f32;
        gradient.gamma[i] += product[i] as f32;
        scale[i] = gamma[i] / (variance[i] + EPSILON).sqrt();
        shift[i] = sum[i] as f32 / rows;
        slope[i] = product[i] as f32 / rows;
    }
    for (dy, x) in dy.chunks_exact_mut(c).zip(normalised.chunks_exact(c)) {
        let columns = scale.iter().zip(shift.iter().zip(&slope));
        for ((dy, x), (scale, (shift, slope))) in dy.iter_mut().zip(x).zip(columns) {
            *dy = scale * (*dy - shift - x * slope);
        }
    }
}

/// Σ over rows of f(x, parameter of the column).
#[inline(always)]
fn column_sums(x: &[f32], parameter: &[f32], f: impl Fn(f32, f32) -> f32) -> Vec<f64> {
    let columns = parameter.len();
    let mut total = vec![0.0f64; columns];
    let mut block = vec![0.0f32; columns];
    for x in x.chunks(BLOCK * columns) {
        block.fill(0.0);
        for x in x.chunks_exact(columns) {
            for ((block, x), parameter) in block.iter_mut().zip(x).zip(parameter) {
                *block += f(*x, *parameter);
            }
        }
        total.iter_mut().zip(&block).for_each(|(total, block)| *total += f64::from(*block));
    }
    total
}
