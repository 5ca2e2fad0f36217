use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use inference::{Answer, Dataset, Network, Scratch};

use super::{Answers, Observation};
use crate::identity::Identity;
use crate::policies::Way;

/// Answers by running the networks, every time.
pub struct Kernels {
    data: Arc<Dataset>,
    /// By way.
    networks: [Arc<Network>; Way::ALL.len()],
    runs: [AtomicU64; Way::ALL.len()],
    identity: Identity,
}

impl Kernels {
    /// Runs `networks`, given by way, on the images of `data`.
    pub fn new(data: Arc<Dataset>, networks: [Arc<Network>; Way::ALL.len()]) -> Self {
        let [little, big] = &networks;
        let identity = Identity::of(&(data.fingerprint(), little.fingerprint(), big.fingerprint()));
        Self { data, networks, runs: Default::default(), identity }
    }
}

impl Answers for Kernels {
    fn answer(&self, way: Way, observation: &Observation, scratch: &mut Scratch) -> Answer {
        self.runs[way.index()].fetch_add(1, Ordering::Relaxed);
        let (network, image) = (&self.networks[way.index()], self.data.image(observation.image as usize));
        match observation.degraded(image) {
            None => network.run(image, scratch),
            Some(degraded) => network.run(degraded.view(), scratch),
        }
    }

    fn identity(&self) -> Identity {
        self.identity
    }

    fn runs(&self, way: Way) -> u64 {
        self.runs[way.index()].load(Ordering::Relaxed)
    }
}
