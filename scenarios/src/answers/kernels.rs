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
    networks: Vec<Arc<Network>>,
    runs: Vec<AtomicU64>,
    identity: Identity,
}

impl Kernels {
    /// Runs `networks`, given by way, on the images of `data`.
    pub fn new(data: Arc<Dataset>, networks: Vec<Arc<Network>>) -> Self {
        let fingerprints: Vec<_> = networks.iter().map(|network| network.fingerprint()).collect();
        let identity = Identity::of(&(data.fingerprint(), fingerprints));
        let runs = networks.iter().map(|_| AtomicU64::new(0)).collect();
        Self { data, networks, runs, identity }
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
