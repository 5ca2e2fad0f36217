//! Batch normalisation in training (Ioffe & Szegedy, ICML 2015), with the rectifier that usually follows it.
//!
//! For inference it is folded into the convolution before it and costs nothing.

use super::activation::lanes_of;
use super::vectorised::vectorised;
use super::{Activation, Extent, LANES};

/// Added to the variance, as PyTorch does.
pub const EPSILON: f32 = 1e-5;

/// y = γ·(x − mean)/√(variance + ε) + β per channel over a chunk of images, then max(0, y) if `relu`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchNorm {
    /// Extent of input and output.
    pub extent: Extent,
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

/// What normalisation comes to after training, for each channel: y = scale·x + shift. `parameters` are γ, then β;
/// `statistics` are means, then variances.
pub fn scale_and_shift(parameters: &[f32], statistics: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let (gamma, beta) = parameters.split_at(parameters.len() / 2);
    let (mean, variance) = statistics.split_at(statistics.len() / 2);
    let scale: Vec<f32> = gamma.iter().zip(variance).map(|(g, v)| g / (v.max(0.0) + EPSILON).sqrt()).collect();
    let shift = beta.iter().zip(mean).zip(&scale).map(|((beta, mean), scale)| beta - mean * scale).collect();
    (scale, shift)
}

impl BatchNorm {
    /// Normalises `x` in place to x̂ and writes y; returns the moments.
    pub fn forward(&self, x: &mut Activation, affine: Affine<&[f32]>, y: &mut Activation) -> Moments {
        let (extent, images) = (self.extent, x.images());
        let samples = (images * extent.shape.pixels()) as f64;
        let (gamma, beta) = (lanes_of(affine.gamma), lanes_of(affine.beta));
        let floor = if self.relu { 0.0 } else { f32::NEG_INFINITY };
        let mut moments = Moments { mean: Vec::new(), variance: Vec::new() };
        vectorised(
            #[inline(always)]
            || {
                for block in 0..extent.blocks() {
                    let mean = sum_rows(extent.rows(block, images), |row, sum| {
                        for x in &x.lanes()[row] {
                            sum.iter_mut().zip(x.0).for_each(|(sum, x)| *sum += x);
                        }
                    });
                    let mean = mean.map(|sum| (sum / samples) as f32);
                    let variance = sum_rows(extent.rows(block, images), |row, sum| {
                        for x in &x.lanes()[row] {
                            for ((sum, x), mean) in sum.iter_mut().zip(x.0).zip(mean) {
                                *sum = (x - mean).mul_add(x - mean, *sum);
                            }
                        }
                    });
                    let variance = variance.map(|sum| (sum / samples) as f32);
                    let scale = variance.map(|variance| 1.0 / (variance + EPSILON).sqrt());
                    let (gamma, beta) = (gamma[block].0, beta[block].0);
                    for row in extent.rows(block, images) {
                        let pixels = x.lanes_mut()[row.clone()].iter_mut().zip(&mut y.lanes_mut()[row]);
                        for (x, y) in pixels {
                            for lane in 0..LANES {
                                x.0[lane] = (x.0[lane] - mean[lane]) * scale[lane];
                                y.0[lane] = x.0[lane].mul_add(gamma[lane], beta[lane]).max(floor);
                            }
                        }
                    }
                    moments.mean.extend(mean);
                    moments.variance.extend(variance);
                }
            },
        );
        moments.mean.truncate(extent.shape.channels);
        moments.variance.truncate(extent.shape.channels);
        moments
    }

    /// Adds to the gradients of γ and β; `dy` becomes the gradient of x. `normalised` is x̂ as forward left it.
    pub fn backward(
        &self,
        normalised: &Activation,
        variance: &[f32],
        affine: Affine<&[f32]>,
        dy: &mut Activation,
        gradient: Affine<&mut [f32]>,
    ) {
        let (extent, images) = (self.extent, dy.images());
        let samples = (images * extent.shape.pixels()) as f32;
        let (gamma, beta, variance) = (lanes_of(affine.gamma), lanes_of(affine.beta), lanes_of(variance));
        let normalised = normalised.lanes();
        let mut sums: Vec<([f64; LANES], [f64; LANES])> = Vec::new();
        vectorised(
            #[inline(always)]
            || {
                for block in 0..extent.blocks() {
                    let (gamma, beta) = (gamma[block].0, beta[block].0);
                    let mut products = [0.0f64; LANES];
                    let sum = sum_rows(extent.rows(block, images), |row, sum| {
                        let mut product = [0.0f32; LANES];
                        for (dy, x) in dy.lanes_mut()[row.clone()].iter_mut().zip(&normalised[row]) {
                            for lane in 0..LANES {
                                let x = x.0[lane];
                                let passes = !self.relu || x.mul_add(gamma[lane], beta[lane]) > 0.0;
                                let passed = if passes { dy.0[lane] } else { 0.0 };
                                dy.0[lane] = passed;
                                sum[lane] += passed;
                                product[lane] = passed.mul_add(x, product[lane]);
                            }
                        }
                        products.iter_mut().zip(product).for_each(|(sum, product)| *sum += f64::from(product));
                    });
                    let mut scale = [0.0f32; LANES];
                    for lane in 0..LANES {
                        scale[lane] = gamma[lane] / (variance[block].0[lane] + EPSILON).sqrt();
                    }
                    let shift = sum.map(|sum| sum as f32 / samples);
                    let slope = products.map(|product| product as f32 / samples);
                    for row in extent.rows(block, images) {
                        for (dy, x) in dy.lanes_mut()[row.clone()].iter_mut().zip(&normalised[row]) {
                            for lane in 0..LANES {
                                dy.0[lane] = scale[lane] * (dy.0[lane] - shift[lane] - x.0[lane] * slope[lane]);
                            }
                        }
                    }
                    sums.push((sum, products));
                }
            },
        );
        for (channel, (beta, gamma)) in gradient.beta.iter_mut().zip(gradient.gamma).enumerate() {
            let (sum, product) = &sums[channel / LANES];
            *beta += sum[channel % LANES] as f32;
            *gamma += product[channel % LANES] as f32;
        }
    }
}

/// Sums over rows, each row's by `add` in f32 from zero, all of them in f64.
#[inline(always)]
fn sum_rows(
    rows: impl Iterator<Item = std::ops::Range<usize>>,
    mut add: impl FnMut(std::ops::Range<usize>, &mut [f32; LANES]),
) -> [f64; LANES] {
    let mut total = [0.0f64; LANES];
    for row in rows {
        let mut sum = [0.0f32; LANES];
        add(row, &mut sum);
        total.iter_mut().zip(sum).for_each(|(total, sum)| *total += f64::from(sum));
    }
    total
}
