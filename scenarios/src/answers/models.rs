use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use inference::{Answer, Dataset, Network};
use ndarray::ArrayView3;

use super::{Answers, Model, Observation, Scratch};
use crate::identity::Identity;
use crate::policies::{Across, Crossing, Way};

/// Answers by running the networks, every time, and by looking up what was recorded.
pub struct Models {
    data: Arc<Dataset>,
    /// In order.
    models: Vec<Model>,
    runs: Vec<AtomicU64>,
    identity: Identity,
}

impl Models {
    /// Runs `models` on the images of `data`.
    pub fn new(data: Arc<Dataset>, models: Vec<Model>) -> Self {
        let identities: Vec<Identity> = models.iter().map(Model::identity).collect();
        let identity = Identity::of(&(data.fingerprint(), identities));
        let runs = models.iter().map(|_| AtomicU64::new(0)).collect();
        Self { data, models, runs, identity }
    }

    /// Shows a network what a device sees.
    fn show<T>(
        &self,
        (way, network): (Way, &Network),
        observation: &Observation,
        run: impl FnOnce(&Network, ArrayView3<u8>) -> T,
    ) -> T {
        self.runs[way.network()].fetch_add(1, Ordering::Relaxed);
        observation.show(&self.data, |image| run(network, image))
    }
}

impl Answers for Models {
    fn answer(&self, way: Way, observation: &Observation, scratch: &mut Scratch) -> Answer {
        let network = match &self.models[way.network()] {
            Model::Network(network) => network,
            Model::Recorded(recording) => {
                debug_assert!(way.is_whole() && observation.id().is_none(), "no plan asks that of a table");
                return recording.answer(observation.image);
            }
        };
        self.show((way, network), observation, |network, image| match (way.crossing(), way.exit()) {
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
        let Crossing { network: way, step, coding } = *crossing;
        // What was recorded cannot be taken apart.
        let Some(network) = self.models[way.network()].network() else { return 0 };
        self.show((way, network), observation, |network, image| {
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
