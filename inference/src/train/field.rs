//! Training images as the field shows them.

use ndarray::{CowArray, Ix3};

use super::stream;
use crate::dataset::Dataset;
use crate::degrade::Degrade;

/// Variants of each image that both networks are shown in joint training: few enough to ask the big one beforehand.
const VARIANTS: usize = 4;

/// How images are degraded, drawn from streams of its own.
pub struct Field {
    /// Nothing, or how often what.
    pub degrade: Option<Degrade>,
    /// Seed of the streams.
    pub seed: u64,
}

/// Which draw of the field an image gets.
#[derive(Clone, Copy)]
pub enum Exposure {
    /// One of a few that come round again.
    Variant(usize),
    /// Another one every epoch.
    Epoch(usize),
    /// The one an image is measured in.
    HeldOut,
}

impl Field {
    /// How many variants of an image there are in joint training.
    pub fn variants(&self) -> usize {
        if self.degrade.is_some() { VARIANTS } else { 1 }
    }

    /// Image `index` of `data`, and how it was degraded.
    pub fn image<'a>(&self, data: &'a Dataset, exposure: Exposure, index: usize) -> CowArray<'a, u8, Ix3> {
        let image = data.image(index);
        let Some(degrade) = self.degrade else { return image.into() };
        let (purpose, number) = match exposure {
            Exposure::Variant(variant) => ("field-variant", variant),
            Exposure::Epoch(epoch) => ("field-epoch", epoch),
            Exposure::HeldOut => ("field-held-out", 0),
        };
        let mut random = stream(self.seed, purpose, number, index);
        match degrade.draw(&mut random) {
            Some(degradation) => degradation.apply(image, &mut random).into(),
            None => image.into(),
        }
    }
}
