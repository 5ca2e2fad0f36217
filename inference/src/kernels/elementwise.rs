//! Passes over whole vectors.

use multiversion::multiversion;

/// y ← y + bias per channel, then max(0, y) if `relu`.
#[multiversion(targets("x86_64+avx2+fma"))]
pub fn add_bias(y: &mut [f32], bias: &[f32], relu: bool) {
    let floor = if relu { 0.0 } else { f32::NEG_INFINITY };
    for y in y.chunks_exact_mut(bias.len()) {
        for (y, b) in y.iter_mut().zip(bias) {
            *y = (*y + b).max(floor);
        }
    }
}

/// y ← max(0, a + b).
#[multiversion(targets("x86_64+avx2+fma"))]
pub fn add_rectified(y: &mut [f32], a: &[f32], b: &[f32]) {
    for ((y, a), b) in y.iter_mut().zip(a).zip(b) {
        *y = (a + b).max(0.0);
    }
}

/// A step of gradient descent with Nesterov momentum and weight decay.
#[multiversion(targets("x86_64+avx2+fma"))]
pub fn descend(
    parameters: &mut [f32],
    gradients: &[f32],
    velocity: &mut [f32],
    decay: &[f32],
    rate: f32,
    momentum: f32,
) {
    for (((p, g), v), decay) in parameters.iter_mut().zip(gradients).zip(velocity).zip(decay) {
        let g = g + decay * *p;
        *v = momentum * *v + g;
        *p -= rate * (g + momentum * *v);
    }
}
