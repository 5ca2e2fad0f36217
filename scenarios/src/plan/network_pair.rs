//! The two networks of a scenario, and the images that they classify.

use inference::dataset::png;
use inference::{Calls, Dataset, Half, Remembering};
use rand::RngExt;
use sim_core::Streams;

use super::{Evaluator, Met, Mixture, Observation};
use crate::identity::Identity;
use crate::policies::Sample;

/// The data set and the two networks that classify it.
pub struct NetworkPair {
    /// Images and labels.
    pub data: Dataset,
    /// On the devices.
    pub little: Remembering,
    /// In the cloud.
    pub big: Remembering,
    /// Identifies the images.
    images: u64,
}

impl NetworkPair {
    /// Makes a pair of a data set and two networks.
    pub fn new(data: Dataset, little: Remembering, big: Remembering) -> Self {
        let images = data.fingerprint();
        Self { data, little, big, images }
    }

    /// The images of a half that `mixture` contains, weighted and degraded as in it, and how both networks do on them;
    /// on `threads` threads.
    pub fn samples(&self, half: Half, seed: u64, threads: usize, mixture: &Mixture) -> Vec<Sample> {
        self.samples_of(&mixture.over(&self.data, half), half, seed, threads)
    }

    /// How both networks do on `images`; what is random about them is drawn as for images of `half`.
    pub fn samples_of(&self, images: &[Met], half: Half, seed: u64, threads: usize) -> Vec<Sample> {
        let (degrade, chance) = match half {
            Half::Calibration => ("calibration-degrade", "calibration"),
            Half::Evaluation => ("evaluation-degrade", "evaluation"),
        };
        let streams = Streams::new(seed, 0);
        in_parallel(images, threads, |part| {
            let mut evaluator = Evaluator::new(self, None);
            let mut sample = |met: &Met| {
                let label = self.data.label(met.image as usize);
                let random = || streams.open(degrade, met.image.into());
                let observation = Observation::drawn(met.image, met.degrade, random);
                let little = evaluator.little(&observation);
                let big_right = evaluator.big(&observation) == label;
                let chance = streams.open(chance, met.image.into()).random();
                Sample { little, little_right: little.class == label, big_right, chance, weight: met.weight }
            };
            part.iter().map(&mut sample).collect()
        })
    }

    /// Runs both networks on the whole evaluation half beforehand, on `threads` threads. Runs that begin together need
    /// the same images in the same order, and would wait for each other's kernels.
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

    /// Identifies the images.
    pub fn images(&self) -> u64 {
        self.images
    }

    /// Identifies the images and the networks: everything an answer depends on.
    pub fn identity(&self) -> Identity {
        Identity::of(&(self.images, self.little.network().fingerprint(), self.big.network().fingerprint()))
    }

    /// A PNG of an image as a device saw it.
    pub fn picture(&self, observation: &Observation) -> Vec<u8> {
        let image = self.data.image(observation.image as usize);
        observation.degraded(image).map_or_else(|| png(image), |degraded| png(degraded.view()))
    }

    /// How all answers so far were obtained: little, big.
    pub fn calls(&self) -> (Calls, Calls) {
        (self.little.calls(), self.big.calls())
    }
}

/// Does `work` on parts of `items` on `threads` threads; the results are in the order of the items.
pub(crate) fn in_parallel<T: Sync, R: Send>(
    items: &[T],
    threads: usize,
    work: impl Fn(&[T]) -> Vec<R> + Sync,
) -> Vec<R> {
    let share = items.len().div_ceil(threads.max(1)).max(1);
    std::thread::scope(|scope| {
        let parts: Vec<_> = items.chunks(share).map(|part| scope.spawn(|| work(part))).collect();
        // A panic in the kernels is a bug: propagate it.
        parts.into_iter().flat_map(|part| part.join().unwrap_or_else(|e| std::panic::resume_unwind(e))).collect()
    })
}
