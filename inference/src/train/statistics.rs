//! Running statistics of normalisations.

use crate::ops::Tape;

/// New running statistics = 0.9 · old + 0.1 · those of a batch, spread over its chunks.
const MOMENTUM: f32 = 0.1;

/// Adds what the normalisations saw of a chunk, one of `chunks` of its batch, to `statistics`.
pub fn absorb(statistics: &mut [f32], tape: &mut Tape, chunks: usize) {
    let keep = MOMENTUM / chunks as f32;
    for seen in tape.seen.drain(..) {
        let samples = seen.samples as f32;
        let unbiased = samples / (samples - 1.0).max(1.0);
        let running = &mut statistics[seen.statistics];
        let (mean, variance) = running.split_at_mut(running.len() / 2);
        for i in 0..mean.len() {
            mean[i] += keep * (seen.moments.mean[i] - mean[i]);
            variance[i] += keep * (seen.moments.variance[i] * unbiased - variance[i]);
        }
    }
}
