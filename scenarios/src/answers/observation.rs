//! What a device sees.

use inference::{Dataset, Degradation, Degrade};
use ndarray::{Array3, ArrayView3};
use rand::Rng;
use sim_core::Stream;
use xxhash_rust::xxh3::xxh3_128;

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
    id: QuestionId,
}

/// Identifies a degraded image: equal for equal ones, on any machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QuestionId(u128);

impl QuestionId {
    /// Its last bits, which are spread evenly.
    pub fn hash(self) -> u64 {
        self.0 as u64
    }

    fn of(image: u32, degradation: Degradation, random: &Stream) -> Self {
        let Degradation { kind, strength } = degradation;
        let mut bytes = Vec::with_capacity(48);
        bytes.extend(image.to_le_bytes());
        bytes.extend(strength.to_bits().to_le_bytes());
        // The details follow from the generator's state, which its next outputs tell apart.
        let mut random = random.clone();
        bytes.extend(random.next_u64().to_le_bytes());
        bytes.extend(random.next_u64().to_le_bytes());
        bytes.extend(kind.name().bytes());
        Self(xxh3_128(&bytes))
    }
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
            let id = QuestionId::of(image, degradation, &random);
            Some(Box::new(Degraded { degradation, random, id }))
        });
        Self { image, degraded }
    }

    /// How it is degraded, if it is.
    pub fn degradation(&self) -> Option<Degradation> {
        self.degraded.as_ref().map(|degraded| degraded.degradation)
    }

    /// What identifies it, if it is degraded; otherwise its index does.
    pub fn id(&self) -> Option<QuestionId> {
        self.degraded.as_ref().map(|degraded| degraded.id)
    }

    /// Shows what the device gets: an image of `data`, degraded if it is.
    pub fn show<R>(&self, data: &Dataset, look: impl FnOnce(ArrayView3<u8>) -> R) -> R {
        let image = data.image(self.image as usize);
        match self.degraded(image) {
            None => look(image),
            Some(degraded) => look(degraded.view()),
        }
    }

    /// The pixels that the device gets, if they differ from those of the data set.
    pub fn degraded(&self, image: ArrayView3<u8>) -> Option<Array3<u8>> {
        let degraded = self.degraded.as_ref()?;
        Some(degraded.degradation.apply(image, &mut degraded.random.clone()))
    }
}
