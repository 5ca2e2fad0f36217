//! What the policies have in common that run one stage after the other until an answer is sure enough.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Offload, Outlines, Segment, Steps, Strategy, Way};

/// What is done with a request of which no stage is sure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Unsure {
    /// It is sent up.
    #[default]
    Appeal,
    /// The last answer is kept.
    Keep,
}

impl Unsure {
    pub(super) fn is_usual(&self) -> bool {
        *self == Self::default()
    }

    /// What tells it from others in a label.
    pub(super) fn told(self) -> &'static str {
        match self {
            Self::Appeal => "",
            Self::Keep => " on the device",
        }
    }

    fn offloads(self, segments: usize) -> Vec<Offload> {
        match self {
            Self::Appeal => vec![Offload::input(segments)],
            Self::Keep => Vec::new(),
        }
    }

    /// A network exit by exit.
    pub fn exit_by_exit(self, network: Way, networks: &Outlines) -> Strategy {
        let mut from = 0;
        let segment = |exit: usize| {
            let (way, Steps { to, .. }) = networks.to_exit(network, exit);
            let steps = Steps { from, to };
            from = to.unwrap_or_default();
            Segment { network, steps, exit: Some(way) }
        };
        let segments: Vec<Segment> = (0..=networks.last_exit(network)).map(segment).collect();
        Strategy { offloads: self.offloads(segments.len()), segments }
    }

    /// Networks one after the other.
    pub fn one_by_one(self, networks: &[Way]) -> Strategy {
        Strategy {
            segments: networks.iter().map(|network| Segment::whole(*network)).collect(),
            offloads: self.offloads(networks.len()),
        }
    }
}
