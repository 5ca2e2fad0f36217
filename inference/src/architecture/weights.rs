//! Files of weights for an architecture.

use std::path::Path;

use xxhash_rust::xxh3::Xxh3;

use super::Architecture;
use crate::Error;
use crate::model::Model;
use crate::weights::{File, Weights};

impl Weights {
    /// Reads a file for `architecture`.
    ///
    /// # Errors
    /// If the file is unreadable, truncated, of another kind, made for another network, or holds a value that is not
    /// finite or a variance below 0.
    pub fn read(path: &Path, architecture: &Architecture) -> Result<Self, Error> {
        on_file(architecture, |file| file.read(path))
    }

    /// Reads weights from the bytes of a safetensors file; `origin` names them in errors.
    ///
    /// # Errors
    /// As [`Weights::read`].
    pub fn parse(bytes: &[u8], architecture: &Architecture, origin: &str) -> Result<Self, Error> {
        on_file(architecture, |file| file.parse(bytes).map_err(|error| error.at(origin)))
    }

    /// Writes a file; `notes` are added to its metadata.
    ///
    /// # Errors
    /// If the file cannot be written, or the architecture is invalid.
    pub fn write(&self, path: &Path, architecture: &Architecture, notes: &[(&str, String)]) -> Result<(), Error> {
        on_file(architecture, |file| file.write(self, path, notes))
    }
}

impl Architecture {
    /// The network with these weights.
    ///
    /// # Errors
    /// If the architecture is invalid.
    pub(crate) fn model(&self, weights: Weights) -> Result<Model, Error> {
        Ok(Model {
            name: self.name.clone(),
            normalise: self.normalise.clone(),
            classes: self.classes.clone(),
            graph: self.graph()?,
            fingerprint: fingerprint(self, &weights),
            weights,
        })
    }
}

fn fingerprint(architecture: &Architecture, weights: &Weights) -> u64 {
    let mut hasher = Xxh3::new();
    hasher.update(architecture.fingerprint().as_bytes());
    weights.parameters.iter().chain(&weights.statistics).for_each(|value| hasher.update(&value.to_le_bytes()));
    hasher.digest()
}

fn on_file<R>(architecture: &Architecture, with: impl FnOnce(File) -> Result<R, Error>) -> Result<R, Error> {
    let (graph, fingerprint) = (architecture.graph()?, architecture.fingerprint());
    with(File { network: &architecture.name, fingerprint: &fingerprint, slots: graph.slots() })
}
