//! Passes over whole vectors.

use super::Lane;
use super::vectorised::vectorised;

/// y ← max(0, a + b).
pub fn add_rectified(y: &mut [Lane], a: &[Lane], b: &[Lane]) {
    vectorised(
        #[inline(always)]
        || {
            for ((y, a), b) in y.iter_mut().zip(a).zip(b) {
                for ((y, a), b) in y.0.iter_mut().zip(a.0).zip(b.0) {
                    *y = (a + b).max(0.0);
                }
            }
        },
    );
}

/// y ← y + x.
pub fn add(y: &mut [Lane], x: &[Lane]) {
    vectorised(
        #[inline(always)]
        || {
            for (y, x) in y.iter_mut().zip(x) {
                y.0.iter_mut().zip(x.0).for_each(|(y, x)| *y += x);
            }
        },
    );
}

/// dy ← dy where y is above 0, else 0: the gradient of max(0, ·), given its result.
pub fn pass_where_positive(dy: &mut [Lane], y: &[Lane]) {
    vectorised(
        #[inline(always)]
        || {
            for (dy, y) in dy.iter_mut().zip(y) {
                dy.0.iter_mut().zip(y.0).for_each(|(dy, y)| *dy = if y > 0.0 { *dy } else { 0.0 });
            }
        },
    );
}

/// A step of gradient descent with Nesterov momentum and weight decay.
pub fn descend(
    parameters: &mut [f32],
    gradients: &[f32],
    velocity: &mut [f32],
    decay: &[f32],
    rate: f32,
    momentum: f32,
) {
    vectorised(
        #[inline(always)]
        || {
            for (((p, g), v), decay) in parameters.iter_mut().zip(gradients).zip(velocity.iter_mut()).zip(decay) {
                let g = g + decay * *p;
                *v = momentum * *v + g;
                *p -= rate * (g + momentum * *v);
            }
        },
    );
}
