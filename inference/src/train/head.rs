//! One step of a predictor head by itself.

use std::sync::Arc;

use super::pass::Pass;
use super::readings::Reading;
use super::target::Target;
use crate::graph::{Head, Layout};
use crate::ops::Tape;
use crate::scores::q;

/// What is known of an image: what the head's exit makes of it, and whether the big network is right.
pub type Known<'a> = (&'a Reading, bool);

/// Runs a head forward and backward on what it reads of a batch of images, which share batch statistics. Gradients of the
/// mean loss are added to `gradients`; the sums over the images of the loss and of q are returned.
pub fn pull_head(
    layout: &Layout,
    head: Head,
    parameters: &[f32],
    target: Target,
    batch: &[Known],
    tape: &mut Tape,
    gradients: &mut [f32],
) -> (f64, f64) {
    let mut seen = tape.take(layout.extent(head.seen), batch.len());
    batch.iter().enumerate().for_each(|(image, (reading, _))| seen.lay(image, &reading.seen));
    let pass = Pass::new(layout, head.seen, &[head.unit]);
    let made = pass.forward(parameters, seen, &[head.unit], tape).swap_remove(0);
    let mut units = Arc::unwrap_or_clone(made);
    let (mut loss, mut sum_of_q) = (0.0, 0.0);
    for (image, (reading, big_right)) in batch.iter().enumerate() {
        let outputs = units.vector_mut(image);
        sum_of_q += f64::from(q(outputs));
        loss += f64::from(target.pull(reading.right, *big_right, outputs));
        outputs.iter_mut().for_each(|slope| *slope /= batch.len() as f32);
    }
    pass.backward(parameters, [(head.unit, units)].into_iter(), gradients, tape);
    (loss, sum_of_q)
}

#[cfg(test)]
mod tests;
