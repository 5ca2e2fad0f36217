//! The two networks of a scenario, and the images that they are asked about.

use inference::dataset::png;
use inference::{Calls, Dataset, Half, Remembering};
use rand::RngExt;
use sim_core::Streams;

use super::{Evaluator, Met, Mixture, Observation};
use crate::identity::Identity;
use crate::policies::Sample;

/// The data set and the two networks that answer questions about it.
pub struct NetworkPair {
    /// Images and labels.
    pub data: Dataset,
    /// On the devices.
    pub little: Remembering,
    /// In the cloud.
    pub big: Remembering,
    /// Names the images.
    images: u64,
}

impl NetworkPair {
    /// The data set and the networks.
    pub fn new(data: Dataset, little: Remembering, big: Remembering) -> Self {
        let images = data.fingerprint();
        Self { data, little, big, images }
    }

    /// The calibration half as `mixture` has it, by `threads` threads.
    pub fn calibration(&self, seed: u64, threads: usize, mixture: &Mixture) -> Vec<Sample> {
        let streams = Streams::new(seed, 0);
        in_parallel(&mixture.over(&self.data, Half::Calibration), threads, |part| {
            let mut evaluator = Evaluator::new(self, None);
            let mut sample = |met: &Met| {
                let label = self.data.label(met.image as usize);
                let random = || streams.open("calibration-degrade", met.image.into());
                let observation = Observation::drawn(met.image, met.degrade, random);
                let little = evaluator.little(&observation);
                let big_right = evaluator.big(&observation) == label;
                let chance = streams.open("calibration", met.image.into()).random();
                Sample { little, little_right: little.class == label, big_right, chance, weight: met.weight }
            };
            part.iter().map(&mut sample).collect()
        })
    }

    /// Asks both networks about the whole evaluation half ahead, on `threads` threads. Runs that begin together ask about the
    /// same images in the same order, and would wait for each other's kernels.
    pub fn learn(&self, threads: usize) {
        let images: Vec<usize> = self.data.half(Half::Evaluation).collect();
        in_parallel(&images, threads, |images| -> Vec<()> {
            let mut evaluator = Evaluator::new(self, None);
            for image in images {
                let observation = Observation::clear(*image as u32);
                evaluator.unasked(|evaluator| (evaluator.little(&observation), evaluator.big(&observation)));
            }
            Vec::new()
        });
    }

    /// Names the images.
    pub fn images(&self) -> u64 {
        self.images
    }

    /// Names the images and the networks: what any answer depends on.
    pub fn identity(&self) -> Identity {
        Identity::of(&(self.images, self.little.network().fingerprint(), self.big.network().fingerprint()))
    }

    /// A PNG of an image as a device saw it.
    pub fn picture(&self, observation: &Observation) -> Vec<u8> {
        let image = self.data.image(observation.image as usize);
        observation.degraded(image).map_or_else(|| png(image), |degraded| png(degraded.view()))
    }

    /// How all questions so far were answered: little, big.
    pub fn calls(&self) -> (Calls, Calls) {
        (self.little.calls(), self.big.calls())
    }
}

/// `work` on parts of `items` by `threads` threads; the results in the order of the items.
pub(super) fn in_parallel<T: Sync, R: Send>(
    items: &[T],
    threads: usize,
    work: impl Fn(&[T]) -> Vec<R> + Sync,
) -> Vec<R> {
    let share = items.len().div_ceil(threads.max(1)).max(1);
    std::thread::scope(|scope| {
        let parts: Vec<_> = items.chunks(share).map(|part| scope.spawn(|| work(part))).collect();
        // A panic of the kernels is a bug and goes on as one.
        parts.into_iter().flat_map(|part| part.join().unwrap_or_else(|e| std::panic::resume_unwind(e))).collect()
    })
}
