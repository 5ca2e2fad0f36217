//! Weights on disk: safetensors with PyTorch's names and layouts.
//!
//! | tensor | shape |
//! |---|---|
//! | `extractor.N.conv.weight`, `.first`, `.second`, `.shortcut`, `.pointwise` | `[out, in, k, k]` |
//! | `extractor.N.depthwise.weight` | `[channels, 1, k, k]` |
//! | `….norm.weight`, `.bias`, `.running_mean`, `.running_var` | `[channels]` |
//! | `approximator.weight`, `predictor.hidden.weight`, `predictor.out.weight` | `[out, in]`; `.bias` `[out]` |
//!
//! The metadata entry `appealsim`, a JSON object, says how the file was made; its `architecture` holds
//! [`Architecture::fingerprint`] and is checked where it is present.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use crate::Error;
use crate::architecture::Architecture;
use crate::layers::{Layers, Layout, Slot};

/// The metadata entry that says how a file was made.
const NOTES: &str = "appealsim";

/// A network's numbers: trainable parameters and running statistics, laid out one tensor after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// Trainable.
    pub parameters: Vec<f32>,
    /// Means and variances seen in training.
    pub statistics: Vec<f32>,
}

impl Weights {
    /// Reads a file for `architecture`.
    ///
    /// # Errors
    /// If the file is unreadable, truncated, made for another network, or holds a value that is not finite.
    pub fn read(path: &Path, architecture: &Architecture) -> Result<Self, Error> {
        let bytes = std::fs::read(path).map_err(|e| Error::io(path, e))?;
        Self::parse(&bytes, architecture, &path.display().to_string())
    }

    /// Reads weights from the bytes of a safetensors file; `origin` names them in errors.
    ///
    /// # Errors
    /// As [`Weights::read`].
    pub fn parse(bytes: &[u8], architecture: &Architecture, origin: &str) -> Result<Self, Error> {
        let broken = |e| Error::weights(origin, format!("not a whole safetensors file ({e})"));
        let file = SafeTensors::deserialize(bytes).map_err(broken)?;
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(broken)?;
        let notes = header.metadata().as_ref().and_then(|m| m.get(NOTES));
        let notes: BTreeMap<String, String> = notes.and_then(|n| serde_json::from_str(n).ok()).unwrap_or_default();
        if notes.get("architecture").is_some_and(|made_for| *made_for != architecture.fingerprint()) {
            let what = format!("these weights were made for another network than '{}'", architecture.name);
            return Err(Error::weights(origin, what));
        }
        let layers = Layers::of(architecture);
        if let Some(stray) = file.names().into_iter().filter(|n| layers.slots.iter().all(|s| s.name != *n)).min() {
            let what = format!("tensor '{stray}' has no place in network '{}'", architecture.name);
            return Err(Error::weights(origin, what));
        }
        let mut weights = Self { parameters: vec![0.0; layers.parameters], statistics: vec![0.0; layers.statistics] };
        for slot in &layers.slots {
            let tensor = file.tensor(&slot.name).map_err(|_| {
                Error::weights(origin, format!("tensor '{}' of network '{}' is missing", slot.name, architecture.name))
            })?;
            let values = slot.values_of(&tensor).map_err(|what| Error::weights(origin, what))?;
            slot.layout.permute(&values, weights.place(slot), Direction::FromFile);
        }
        Ok(weights)
    }

    /// Writes a file; `notes` are added to its metadata.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, path: &Path, architecture: &Architecture, notes: &[(&str, String)]) -> Result<(), Error> {
        replace_file(path, &self.to_bytes(architecture, notes))
    }

    fn to_bytes(&self, architecture: &Architecture, notes: &[(&str, String)]) -> Vec<u8> {
        let layers = Layers::of(architecture);
        let mut tensors = Vec::new();
        for slot in &layers.slots {
            let source = self.source(slot);
            let mut values = vec![0.0; source.len()];
            slot.layout.permute(source, &mut values, Direction::ToFile);
            let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
            tensors.push((slot.name.clone(), slot.layout.file_shape(), bytes));
        }
        let views = tensors.iter().filter_map(|(name, shape, bytes)| {
            let view = TensorView::new(Dtype::F32, shape.clone(), bytes).ok()?;
            Some((name.as_str(), view))
        });
        let mut notes: BTreeMap<&str, String> = notes.iter().cloned().collect();
        notes.insert("architecture", architecture.fingerprint());
        // One entry: the library keeps entries in a hash map, and the bytes of a file must not depend on its order.
        let notes = serde_json::to_string(&notes).unwrap_or_default();
        safetensors::serialize(views, Some(HashMap::from([(NOTES.to_owned(), notes)]))).unwrap_or_default()
    }

    fn place(&mut self, slot: &Slot) -> &mut [f32] {
        let range = slot.at..slot.at + slot.layout.size();
        match slot.layout {
            Layout::Statistic(_) => &mut self.statistics[range],
            _ => &mut self.parameters[range],
        }
    }

    fn source(&self, slot: &Slot) -> &[f32] {
        let range = slot.at..slot.at + slot.layout.size();
        match slot.layout {
            Layout::Statistic(_) => &self.statistics[range],
            _ => &self.parameters[range],
        }
    }
}

/// Writes a file beside its place and renames it into it: whoever reads it finds the old one or the new one, whole.
pub fn replace_file(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    std::fs::write(&partial, bytes).map_err(|e| Error::io(&partial, e))?;
    std::fs::rename(&partial, path).map_err(|e| Error::io(path, e))
}

/// Which way a tensor travels.
#[derive(Clone, Copy)]
enum Direction {
    FromFile,
    ToFile,
}

impl Layout {
    /// Number of values.
    pub fn size(self) -> usize {
        self.file_shape().iter().product()
    }

    fn file_shape(self) -> Vec<usize> {
        match self {
            Layout::Conv { outputs, inputs, kernel } => vec![outputs, inputs, kernel, kernel],
            Layout::Depthwise { channels, kernel } => vec![channels, 1, kernel, kernel],
            Layout::Dense { outputs, inputs } => vec![outputs, inputs],
            Layout::Vector(length) | Layout::Statistic(length) => vec![length],
        }
    }

    /// Copies between the order of a file and the order the kernels want.
    fn permute(self, from: &[f32], to: &mut [f32], direction: Direction) {
        let (outputs, inputs, taps) = match self {
            Layout::Conv { outputs, inputs, kernel } => (outputs, inputs, kernel * kernel),
            Layout::Depthwise { channels, kernel } => (channels, 1, kernel * kernel),
            Layout::Dense { .. } | Layout::Vector(_) | Layout::Statistic(_) => return to.copy_from_slice(from),
        };
        for o in 0..outputs {
            for i in 0..inputs {
                for tap in 0..taps {
                    let in_file = (o * inputs + i) * taps + tap;
                    let in_memory = (tap * inputs + i) * outputs + o;
                    match direction {
                        Direction::FromFile => to[in_memory] = from[in_file],
                        Direction::ToFile => to[in_file] = from[in_memory],
                    }
                }
            }
        }
    }
}

impl Slot {
    fn values_of(&self, tensor: &TensorView) -> Result<Vec<f32>, String> {
        let expected = self.layout.file_shape();
        if tensor.shape() != expected {
            return Err(format!("tensor '{}' is {:?}, the network wants {expected:?}", self.name, tensor.shape()));
        }
        if tensor.dtype() != Dtype::F32 {
            return Err(format!("tensor '{}' is {:?}, only F32 is read", self.name, tensor.dtype()));
        }
        let (words, _) = tensor.data().as_chunks::<4>();
        let values: Vec<f32> = words.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        match values.iter().find(|v| !v.is_finite()) {
            Some(bad) => Err(format!("tensor '{}' holds {bad}", self.name)),
            None => Ok(values),
        }
    }
}
