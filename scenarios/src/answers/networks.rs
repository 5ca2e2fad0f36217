//! The networks of a scenario, the images that they classify, and where their answers come from.

use std::ops::AddAssign;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use inference::dataset::png;
use inference::{Dataset, Half, Network};

use super::{Answers, Model, Models, Observation, Remembered, Scratch, in_parallel};
use crate::identity::Identity;
use crate::policies::Way;

/// The data set and the networks that classify it.
pub struct Networks {
    /// Images and labels.
    pub data: Arc<Dataset>,
    /// In order.
    models: Vec<Model>,
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
    /// From a table of answers.
    pub looked_up: u64,
}

impl AddAssign for Calls {
    fn add_assign(&mut self, other: Self) {
        self.run += other.run;
        self.remembered += other.remembered;
        self.looked_up += other.looked_up;
    }
}

impl Networks {
    /// A data set and its networks, which answer from memory where they can if `memory` is set.
    pub fn new(data: Dataset, networks: impl IntoIterator<Item = Network>, memory: bool) -> Self {
        Self::of_models(data, networks.into_iter().map(|network| Model::Network(Arc::new(network))).collect(), memory)
    }

    /// The same with models some of which may have been recorded, with an answer to each sample of `data`.
    pub fn of_models(data: Dataset, models: Vec<Model>, memory: bool) -> Self {
        Self::of_shared(Arc::new(data), models, memory)
    }

    /// The same networks and more.
    #[must_use]
    pub fn with(&self, more: Vec<Network>) -> Self {
        let more = more.into_iter().map(|network| Model::Network(Arc::new(network)));
        Self::of_shared(self.data.clone(), self.models.iter().cloned().chain(more).collect(), self.remembers)
    }

    fn of_shared(data: Arc<Dataset>, models: Vec<Model>, memory: bool) -> Self {
        let asking = Models::new(data.clone(), models.clone());
        let answers: Box<dyn Answers> = match memory {
            true => Box::new(Remembered::new(asking, models.len(), data.len())),
            false => Box::new(asking),
        };
        let asked = models.iter().map(|_| AtomicU64::new(0)).collect();
        Self { data, models, answers, remembers: memory, asked }
    }

    /// The ways in which each answers in one place.
    pub fn ways(&self) -> impl Iterator<Item = Way> {
        Way::all(self.models.len())
    }

    /// The model of a way.
    pub fn of(&self, way: Way) -> &Model {
        &self.models[way.network()]
    }

    /// What a sample takes of a model, as a multiple of what samples take on average; none if all take the same.
    pub fn effort(&self, way: Way, sample: u32) -> Option<f64> {
        Some(self.of(way).recording()?.efforts.as_ref()?[sample as usize])
    }

    /// Bytes that are sent up for each sample, if a recording says so.
    pub fn recorded_bytes(&self) -> Option<&[f64]> {
        self.models.iter().filter_map(Model::recording).find_map(|recording| recording.bytes.as_deref())
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
        match self.of(way) {
            Model::Network(_) => Calls { run, remembered: asked.saturating_sub(run), looked_up: 0 },
            Model::Recorded(_) => Calls { looked_up: asked, ..Calls::default() },
        }
    }
}
