//! Training images in field conditions.

use ndarray::{CowArray, Ix3};

use super::stream;
use crate::dataset::Dataset;
use crate::degrade::Degrade;

/// Variants of each image in joint training: few enough to precompute the big network's answers.
const VARIANTS: usize = 4;

/// How images are degraded, drawn from its own streams.
pub struct Field {
    /// The degradations and how often they occur, if any.
    pub degrade: Option<Degrade>,
    /// Seed of the streams.
    pub seed: u64,
}

/// Which random degradation an image gets.
#[derive(Clone, Copy)]
pub enum Exposure {
    /// One of a few that repeat.
    Variant(usize),
    /// A different one in each epoch.
    Epoch(usize),
    /// The one used for measuring.
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
