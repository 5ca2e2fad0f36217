use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use inference::{Answer, Dataset, Network};
use ndarray::ArrayView3;

use super::{Answers, Observation, Scratch};
use crate::identity::Identity;
use crate::policies::{Across, Crossing, Way};

/// Answers by running the networks, every time.
pub struct Kernels {
    data: Arc<Dataset>,
    /// In order.
    networks: Vec<Arc<Network>>,
    runs: Vec<AtomicU64>,
    identity: Identity,
}

impl Kernels {
    /// Runs `networks` on the images of `data`.
    pub fn new(data: Arc<Dataset>, networks: Vec<Arc<Network>>) -> Self {
        let fingerprints: Vec<_> = networks.iter().map(|network| network.fingerprint()).collect();
        let identity = Identity::of(&(data.fingerprint(), fingerprints));
        let runs = networks.iter().map(|_| AtomicU64::new(0)).collect();
        Self { data, networks, runs, identity }
    }
}

impl Kernels {
    /// Shows a network what a device sees.
    fn show<T>(&self, way: Way, observation: &Observation, run: impl FnOnce(&Network, ArrayView3<u8>) -> T) -> T {
        self.runs[way.network()].fetch_add(1, Ordering::Relaxed);
        observation.show(&self.data, |image| run(&self.networks[way.network()], image))
    }
}

impl Answers for Kernels {
    fn answer(&self, way: Way, observation: &Observation, scratch: &mut Scratch) -> Answer {
        self.show(way, observation, |network, image| match (way.crossing(), way.exit()) {
            (None, None) => network.run(image, &mut scratch.networks),
            (None, Some(exit)) => network.run_to(exit, image, &mut scratch.networks),
            (Some(Across { step, coding }), _) => {
                let (buffers, crossing, coded, coder) = scratch.coding(coding);
                network.run_before(step.into(), image, buffers, crossing);
                network.encode(crossing, coder, coded);
                network.decode(coded, coder, crossing);
                network.run_after(crossing, buffers)
            }
        })
    }

    fn bytes(&self, crossing: &Crossing, observation: &Observation, scratch: &mut Scratch) -> u64 {
        let Crossing { network, step, coding } = *crossing;
        self.show(network, observation, |network, image| {
            let (buffers, crossing, coded, coder) = scratch.coding(coding);
            network.run_before(step, image, buffers, crossing);
            network.encode(crossing, coder, coded);
            coded.bytes.len() as u64
        })
    }

    fn identity(&self) -> Identity {
        self.identity
    }

    fn runs(&self, way: Way) -> u64 {
        self.runs[way.network()].load(Ordering::Relaxed)
    }
}
