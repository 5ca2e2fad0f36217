use analysis::Role;
use device_models::units::{DataSize, Share};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};

use super::{NetworkName, Offload, Outlines, Payload, Recipe, SplitWanted, Strategy, StrategyError, Tail};

/// Cut a network at one place, with the layers before it in integers of few bits: where, and in how many, is planned so
/// that a typical request takes least time (Banitalebi-Dehkordi et al., Auto-Split, KDD 2021).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AutoSplit {
    /// The network that is cut; by default, `big`.
    #[serde(default = "NetworkName::big", skip_serializing_if = "NetworkName::is_big")]
    network: NetworkName,
    /// What weights and activations may take on the device.
    memory: DataSize,
    /// The accuracy that may be lost, measured on a thousand images of the calibration half: `1 %`, and at most a half.
    #[serde(deserialize_with = "accuracy_drop")]
    accuracy_drop: Share,
}

/// More than this to lose is probably a per cent sign that was left out.
const MOST_DROP: f64 = 0.5;

fn accuracy_drop<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Share, D::Error> {
    AutoSplit::drop_of(Share::deserialize(deserializer)?).map_err(de::Error::custom)
}

impl AutoSplit {
    /// This share as an accuracy that may be lost.
    ///
    /// # Errors
    /// If it is more than a half.
    pub fn drop_of(share: Share) -> Result<Share, String> {
        let percent = (share.get() * 1e8).round() / 1e6;
        match share.get() <= MOST_DROP {
            true => Ok(share),
            false => {
                Err(format!("{percent} % is too much of the accuracy to lose: one per cent is written 1 % or 0.01"))
            }
        }
    }
}

impl Recipe for AutoSplit {
    const NAME: &'static str = "auto-split";
    const NEEDS: Option<&'static str> =
        Some("memory and accuracy-drop, such as auto-split: {memory: 64 kB, accuracy-drop: 1 %}");

    fn label(&self) -> String {
        let network = if self.network.is_big() { String::new() } else { format!(" of {}", self.network.0) };
        let percent = (self.accuracy_drop.get() * 1e8).round() / 1e6;
        format!("auto-split{network} in {}, -{percent} %", self.memory)
    }

    fn role(&self) -> Role {
        Role::Method
    }

    /// Before it is planned, the input is sent, which always fits.
    fn strategy(&self, networks: &Outlines) -> Result<Strategy, StrategyError> {
        let tail = Tail::Rest { network: networks.find(&self.network)?, after: 0 };
        let input = Offload { after: 0, payload: Payload::Input, tail };
        Ok(Strategy { segments: Vec::new(), offloads: vec![input] })
    }

    fn split_wanted(&self) -> Option<SplitWanted> {
        let Self { network, memory, accuracy_drop } = self.clone();
        Some(SplitWanted { network, memory, accuracy_drop })
    }
}
