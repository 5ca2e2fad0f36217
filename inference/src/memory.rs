//! Answers to images seen before.

use std::ops::AddAssign;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use ndarray::ArrayView3;

use crate::dataset::Dataset;
use crate::network::Network;
use crate::program::Scratch;
use crate::scores::Answer;

/// A network with the images of one data set, which answers from memory where it can.
///
/// A network is a pure function, so an answer from memory is the answer, to the last bit. With memory switched off, the
/// kernels run every time.
pub struct Remembering {
    network: Network,
    answers: Option<Vec<OnceLock<Answer>>>,
    asked: AtomicU64,
    run: AtomicU64,
}

/// How often a network's answers came from the kernels and from memory.
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

impl Remembering {
    /// A network with room to remember `images` answers, or none.
    pub fn new(network: Network, images: Option<usize>) -> Self {
        let answers = images.map(|images| (0..images).map(|_| OnceLock::new()).collect());
        Self { network, answers, asked: AtomicU64::new(0), run: AtomicU64::new(0) }
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The network's answer for image `index` of `data`.
    ///
    /// # Panics
    /// If there is no such image or it does not fit the network.
    pub fn ask(&self, data: &Dataset, index: usize, scratch: &mut Scratch) -> Answer {
        let mut run = || self.ask_new(data.image(index), scratch);
        match &self.answers {
            Some(answers) => *answers[index].get_or_init(run),
            None => run(),
        }
    }

    /// The network's answer for an image that is in no data set: the kernels run, and nothing is remembered.
    ///
    /// # Panics
    /// If it does not fit the network.
    pub fn ask_new(&self, image: ArrayView3<u8>, scratch: &mut Scratch) -> Answer {
        self.run.fetch_add(1, Ordering::Relaxed);
        self.network.run(image, scratch)
    }

    /// Whether answers are remembered.
    pub fn remembers(&self) -> bool {
        self.answers.is_some()
    }

    /// Adds to the count of answers. Callers count for themselves and report once: updating a shared counter for every
    /// answer would slow all threads.
    pub fn count(&self, questions: u64) {
        self.asked.fetch_add(questions, Ordering::Relaxed);
    }

    /// The counts so far. The order of the threads does not matter: the sums are the same.
    pub fn calls(&self) -> Calls {
        let (asked, run) = (self.asked.load(Ordering::Relaxed), self.run.load(Ordering::Relaxed));
        Calls { run, remembered: asked.saturating_sub(run) }
    }
}
