//! Passes over whole vectors.

use super::vectorised::vectorised;
use super::{Activation, LANES, Lane};

/// y ← max(floor, a + b).
pub fn add_clamped(y: &mut [Lane], a: &[Lane], b: &[Lane], floor: f32) {
    vectorised(
        #[inline(always)]
        || {
            for ((y, a), b) in y.iter_mut().zip(a).zip(b) {
                for ((y, a), b) in y.0.iter_mut().zip(a.0).zip(b.0) {
                    *y = (a + b).max(floor);
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

/// sums ← sums + those over all pixels of all images, a channel at a time.
pub fn add_pixels(x: &Activation, sums: &mut [f32]) {
    let extent = x.extent();
    for (block, sums) in sums.chunks_mut(LANES).enumerate() {
        let mut total = [0.0f64; LANES];
        for row in extent.rows(block, x.images()) {
            for lane in &x.lanes()[row] {
                total.iter_mut().zip(lane.0).for_each(|(total, x)| *total += f64::from(x));
            }
        }
        sums.iter_mut().zip(total).for_each(|(sum, total)| *sum += total as f32);
    }
}

/// y ← f(x, z) inside the frame, value by value; all three are laid out alike. To run on whole vectors, `f` must be
/// `#[inline(always)]`.
pub fn map(y: &mut Activation, x: &Activation, z: &Activation, f: impl Fn(f32, f32) -> f32) {
    let extent = y.extent();
    vectorised(
        #[inline(always)]
        || {
            for block in 0..extent.blocks() {
                let here = LANES.min(extent.shape.channels - block * LANES);
                for row in extent.rows(block, y.images()) {
                    let [x, z] = [x, z].map(|from| bytemuck::cast_slice::<Lane, f32>(&from.lanes()[row.clone()]));
                    let y = &mut y.lanes_mut()[row];
                    // A plain loop: what iterators call for each value may end up apart from it, on narrower vectors.
                    for ((y, x), z) in bytemuck::cast_slice_mut::<Lane, f32>(y).iter_mut().zip(x).zip(z) {
                        *y = f(*x, *z);
                    }
                    // Missing channels stay zero.
                    if here < LANES {
                        y.iter_mut().for_each(|lane| lane.0[here..].fill(0.0));
                    }
                }
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
