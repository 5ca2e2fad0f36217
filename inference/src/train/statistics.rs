//! Running statistics of normalisations.

use super::pass::Tape;
use crate::layers::{Layer, Layers};

/// New running statistics = 0.9 · old + 0.1 · those of a batch, spread over its chunks.
const MOMENTUM: f32 = 0.1;

/// Adds the moments that a chunk of `images` images, one of `chunks` of its batch, left on the tape to `statistics`.
pub fn absorb(layers: &Layers, statistics: &mut [f32], tape: &mut Tape, images: usize, chunks: usize) {
    let keep = MOMENTUM / chunks as f32;
    let pixels: Vec<(usize, usize)> = layers.iter().flat_map(norms).collect();
    for (at, moments) in tape.moments.drain(..) {
        let c = moments.mean.len();
        let pixels = pixels.iter().find(|(statistics, _)| *statistics == at).map_or(1, |(_, pixels)| *pixels);
        let samples = (images * pixels) as f32;
        let unbiased = samples / (samples - 1.0).max(1.0);
        let (mean, variance) = statistics[at..at + 2 * c].split_at_mut(c);
        for i in 0..c {
            mean[i] += keep * (moments.mean[i] - mean[i]);
            variance[i] += keep * (moments.variance[i] * unbiased - variance[i]);
        }
    }
}

/// Offset of the statistics and number of pixels of each normalisation.
fn norms(layer: &Layer) -> Vec<(usize, usize)> {
    match layer {
        Layer::Norm { kernel, statistics, .. } => vec![(*statistics, kernel.extent.shape.pixels())],
        Layer::Residual { body, shortcut, .. } => body.iter().chain(shortcut).flat_map(norms).collect(),
        _ => Vec::new(),
    }
}
