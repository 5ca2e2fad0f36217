//! What predictor heads read of images.

use super::field::{Exposure, Field};
use super::parallel::on_each;
use crate::dataset::Dataset;
use crate::network::Network;

/// What an exit of a network makes of an image.
#[derive(Clone, Debug)]
pub struct Reading {
    /// What the exit's predictor reads, channel by channel; empty without one.
    pub seen: Vec<f32>,
    /// Whether the exit's answer is right.
    pub right: bool,
}

/// Runs `network` once on each of `images` in each of so many `draws` of the degradation: draw after draw, and image
/// after image in each, the readings of its exits, earliest first.
pub fn readings(
    network: &Network,
    data: &Dataset,
    images: &[usize],
    field: &Field,
    draws: usize,
    threads: usize,
) -> Vec<Vec<Reading>> {
    on_each(0..draws * images.len(), threads, |number, scratch| {
        let (draw, index) = (number / images.len(), images[number % images.len()]);
        let image = field.image(data, Exposure::Variant(draw), index);
        let label = usize::from(data.label(index));
        let mut exits = Vec::new();
        network.begin(image.view(), scratch).heads(|_, seen, logits| {
            let logits = logits.vector(0);
            let right = logits.iter().all(|logit| *logit <= logits[label]);
            exits.push(Reading { seen: seen.map_or(Vec::new(), |seen| seen.read(0)), right });
        });
        exits
    })
}
