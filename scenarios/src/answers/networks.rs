//! The networks of a scenario, the images that they classify, and where their answers come from.

use std::ops::AddAssign;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use inference::dataset::png;
use inference::{Dataset, Half, Network};

use super::{Answers, Kernels, Observation, Remembered, Scratch, in_parallel};
use crate::identity::Identity;
use crate::policies::Way;

/// The data set and the networks that classify it.
pub struct Networks {
    /// Images and labels.
    pub data: Arc<Dataset>,
    /// In order.
    networks: Vec<Arc<Network>>,
    answers: Box<dyn Answers>,
    remembers: bool,
    asked: Vec<AtomicU64>,
}

/// How a network's answers were obtained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// By running the kernels.
    pub run: u64,
    /// From memory.
    pub remembered: u64,
}

impl AddAssign for Calls {
    fn add_assign(&mut self, other: Self) {
        self.run += other.run;
        self.remembered += other.remembered;
    }
}

impl Networks {
    /// A data set and its networks, which answer from memory where they can if `memory` is set.
    pub fn new(data: Dataset, networks: Vec<Network>, memory: bool) -> Self {
        Self::of_shared(Arc::new(data), networks.into_iter().map(Arc::new).collect(), memory)
    }

    /// The same networks and more.
    #[must_use]
    pub fn with(&self, more: Vec<Network>) -> Self {
        let networks = self.networks.iter().cloned().chain(more.into_iter().map(Arc::new)).collect();
        Self::of_shared(self.data.clone(), networks, self.remembers)
    }

    fn of_shared(data: Arc<Dataset>, networks: Vec<Arc<Network>>, memory: bool) -> Self {
        let kernels = Kernels::new(data.clone(), networks.clone());
        let answers: Box<dyn Answers> = match memory {
            true => Box::new(Remembered::new(kernels, networks.len(), data.len())),
            false => Box::new(kernels),
        };
        let asked = networks.iter().map(|_| AtomicU64::new(0)).collect();
        Self { data, networks, answers, remembers: memory, asked }
    }

    /// The ways in which each answers in one place.
    pub fn ways(&self) -> impl Iterator<Item = Way> {
        Way::all(self.networks.len())
    }

    /// The network of a way.
    pub fn of(&self, way: Way) -> &Network {
        &self.networks[way.network()]
    }

    /// Where answers come from.
    pub fn answers(&self) -> &dyn Answers {
        &*self.answers
    }

    /// Whether answers are remembered.
    pub fn remembers(&self) -> bool {
        self.remembers
    }

    /// Asks for every answer to the evaluation half beforehand, on `threads` threads. Runs that begin together need the
    /// same images in the same order, and would wait for each other's kernels.
    pub fn learn(&self, threads: usize) {
        let images: Vec<Observation> =
            self.data.half(Half::Evaluation).map(|image| Observation::clear(image as u32)).collect();
        self.precompute(&images, threads);
    }

    /// Asks for every answer to `observations` beforehand, on `threads` threads.
    pub fn precompute(&self, observations: &[Observation], threads: usize) {
        in_parallel(observations, threads, |observations| -> Vec<()> {
            let mut scratch = Scratch::default();
            for observation in observations {
                for way in self.ways() {
                    self.answers.answer(way, observation, &mut scratch);
                }
            }
            Vec::new()
        });
    }

    /// Identifies the images and the networks: everything an answer depends on.
    pub fn identity(&self) -> Identity {
        self.answers.identity()
    }

    /// A PNG of an image as a device saw it.
    pub fn picture(&self, observation: &Observation) -> Vec<u8> {
        let image = self.data.image(observation.image as usize);
        observation.degraded(image).map_or_else(|| png(image), |degraded| png(degraded.view()))
    }

    /// Adds to the count of answers, by network.
    pub(super) fn count(&self, asked: &[u64]) {
        for (count, asked) in self.asked.iter().zip(asked) {
            count.fetch_add(*asked, Ordering::Relaxed);
        }
    }

    /// How the answers of a network were obtained so far. The order of the threads does not matter: the sums are the same.
    pub fn calls(&self, way: Way) -> Calls {
        let (asked, run) = (self.asked[way.network()].load(Ordering::Relaxed), self.answers.runs(way));
        Calls { run, remembered: asked.saturating_sub(run) }
    }
}
