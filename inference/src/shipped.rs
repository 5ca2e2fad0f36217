//! The networks that are part of the program.

use std::path::Path;

use crate::Error;
use crate::architecture::Architecture;
use crate::model::Model;
use crate::network::Network;
use crate::onnx;
use crate::weights::Weights;

/// Name, architecture and weights of one.
type Shipped = (&'static str, &'static str, &'static [u8]);

const NETWORKS: [Shipped; 11] = [
    (
        "fmnist-little",
        include_str!("../networks/fmnist-little.yaml"),
        include_bytes!("../networks/fmnist-little.safetensors"),
    ),
    ("fmnist-big", include_str!("../networks/fmnist-big.yaml"), include_bytes!("../networks/fmnist-big.safetensors")),
    (
        "fmnist-field-little",
        include_str!("../networks/fmnist-field-little.yaml"),
        include_bytes!("../networks/fmnist-field-little.safetensors"),
    ),
    (
        "fmnist-field-big",
        include_str!("../networks/fmnist-field-big.yaml"),
        include_bytes!("../networks/fmnist-field-big.safetensors"),
    ),
    (
        "fmnist-exits",
        include_str!("../networks/fmnist-exits.yaml"),
        include_bytes!("../networks/fmnist-exits.safetensors"),
    ),
    (
        "fmnist-waist",
        include_str!("../networks/fmnist-waist.yaml"),
        include_bytes!("../networks/fmnist-waist.safetensors"),
    ),
    (
        "fmnist-specialist-little",
        include_str!("../networks/fmnist-specialist-little.yaml"),
        include_bytes!("../networks/fmnist-specialist-little.safetensors"),
    ),
    (
        "fmnist-specialist-big",
        include_str!("../networks/fmnist-specialist-big.yaml"),
        include_bytes!("../networks/fmnist-specialist-big.safetensors"),
    ),
    (
        "fmnist-stale-little",
        include_str!("../networks/fmnist-stale-little.yaml"),
        include_bytes!("../networks/fmnist-stale-little.safetensors"),
    ),
    (
        "fmnist-blocked-little",
        include_str!("../networks/fmnist-blocked-little.yaml"),
        include_bytes!("../networks/fmnist-blocked-little.safetensors"),
    ),
    (
        "fmnist-blocked-big",
        include_str!("../networks/fmnist-blocked-big.yaml"),
        include_bytes!("../networks/fmnist-blocked-big.safetensors"),
    ),
];

/// Names of the shipped networks.
pub fn shipped_networks() -> impl Iterator<Item = &'static str> {
    NETWORKS.iter().map(|(name, _, _)| *name)
}

impl Network {
    /// A shipped network by name, or else the network in the file at that path: an architecture file with its weights
    /// beside it, the same name ending in `.safetensors`, or an ONNX file.
    ///
    /// # Errors
    /// If a file cannot be read, or the weights do not fit.
    pub fn load(name_or_path: &str, folder: &Path) -> Result<Self, Error> {
        Ok(Self::of(&Self::model(name_or_path, folder)?))
    }

    /// The same before it is made ready to run.
    pub(crate) fn model(name_or_path: &str, folder: &Path) -> Result<Model, Error> {
        if let Some((name, text, weights)) = NETWORKS.iter().find(|(name, _, _)| *name == name_or_path) {
            let architecture = Architecture::parse(text, name)?;
            return architecture.model(Weights::parse(weights, &architecture, name)?);
        }
        let path = folder.join(name_or_path);
        if onnx::is_onnx(&path) {
            return onnx::read(&path);
        }
        let architecture = Architecture::read(&path)?;
        architecture.model(Weights::read(&path.with_extension("safetensors"), &architecture)?)
    }
}
