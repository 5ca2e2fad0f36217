//! What a device sees.

use inference::{Degradation, Degrade};
use ndarray::{Array3, ArrayView3};
use sim_core::Stream;

/// An image as a device sees it.
#[derive(Clone, Debug)]
pub struct Observation {
    /// Its index in the data set.
    pub image: u32,
    /// Boxed, because most images are not degraded.
    degraded: Option<Box<Degraded>>,
}

/// How an image is degraded.
#[derive(Clone, Debug)]
struct Degraded {
    degradation: Degradation,
    /// Determines the details.
    random: Stream,
    /// Index of the precomputed answers, if there are any.
    precomputed: Option<usize>,
}

impl Observation {
    /// An image that is not degraded.
    pub fn clear(image: u32) -> Self {
        Self { image, degraded: None }
    }

    /// An image that may be degraded, drawn from its own stream.
    pub fn drawn(image: u32, degrade: Option<&Degrade>, random: impl FnOnce() -> Stream) -> Self {
        let degraded = degrade.and_then(|degrade| {
            let mut random = random();
            let degradation = degrade.draw(&mut random)?;
            Some(Box::new(Degraded { degradation, random, precomputed: None }))
        });
        Self { image, degraded }
    }

    /// The same, with its answers at index `place` of some [`super::PrecomputedAnswers`].
    pub fn precomputed_at(mut self, place: Option<usize>) -> Self {
        if let Some(degraded) = &mut self.degraded {
            degraded.precomputed = place;
        }
        self
    }

    /// How it is degraded, if it is.
    pub fn degradation(&self) -> Option<Degradation> {
        self.degraded.as_ref().map(|degraded| degraded.degradation)
    }

    /// Index of its precomputed answers, if there are any.
    pub fn precomputed(&self) -> Option<usize> {
        self.degraded.as_ref()?.precomputed
    }

    /// The pixels that the device gets, if they differ from those of the data set.
    pub fn degraded(&self, image: ArrayView3<u8>) -> Option<Array3<u8>> {
        let degraded = self.degraded.as_ref()?;
        Some(degraded.degradation.apply(image, &mut degraded.random.clone()))
    }
}
