use std::sync::Arc;

use inference::{Cost, Network};

use super::RecordedAnswers;
use crate::identity::Identity;

/// What answers: a network, which runs, or the record of what a model answered elsewhere.
#[derive(Clone)]
pub enum Model {
    /// It runs on the images.
    Network(Arc<Network>),
    /// Its answers are known.
    Recorded(Arc<RecordedAnswers>),
}

impl Model {
    /// Its name in results.
    pub fn name(&self) -> &str {
        match self {
            Self::Network(network) => network.name(),
            Self::Recorded(recording) => &recording.name,
        }
    }

    /// The network, if it is one.
    pub fn network(&self) -> Option<&Network> {
        match self {
            Self::Network(network) => Some(network),
            Self::Recorded(_) => None,
        }
    }

    /// The recording, if it is one.
    pub fn recording(&self) -> Option<&RecordedAnswers> {
        match self {
            Self::Network(_) => None,
            Self::Recorded(recording) => Some(recording),
        }
    }

    /// What a pass costs; nothing is known of one that was recorded.
    pub fn cost(&self) -> Cost {
        self.network().map_or(Cost::default(), Network::cost)
    }

    /// Identifies everything that its answers depend on besides the images.
    pub fn identity(&self) -> Identity {
        match self {
            Self::Network(network) => Identity::of(&network.fingerprint()),
            Self::Recorded(recording) => recording.identity(),
        }
    }
}
