//! Weights on disk: safetensors with PyTorch's names and layouts.
//!
//! | tensor | shape |
//! |---|---|
//! | `extractor.N.conv.weight`, `.first`, `.second`, `.shortcut`, `.pointwise` | `[out, in / groups, rows, columns]` |
//! | `extractor.N.depthwise.weight` | `[channels, 1, rows, columns]` |
//! | `….norm.weight`, `.bias`, `.running_mean`, `.running_var` | `[channels]` |
//! | `extractor.N.dense`, `approximator`, `predictor.hidden`, `predictor.out` with `.weight` | `[out, in]` |
//! | any of them but norm with `.bias` in place of `.weight`, where it has one | `[out]` |
//!
//! Tensors of early exit N are called the same, with `exits.N.M` for block M of its head, and `exits.N.` before
//! `approximator` and `predictor`.
//!
//! Values are read as F32, F16, BF16 or F64, and held as `f32`. `num_batches_tracked`, a counter in each of PyTorch's
//! batch normalisations, is ignored; any other unknown tensor is an error.
//!
//! The metadata entry `appealsim`, a JSON object of texts, records how the file was made; its `architecture` holds the
//! network's fingerprint and is checked where present.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use super::precision::values;
use super::{Slot, Slots, Weights};
use crate::error::{Error, MissingTensor, StrayTensor, WeightsError};
use crate::foreign::{SAFETENSORS, by_content};
use crate::nearest::nearest;

/// The metadata entry that records how a file was made.
const NOTES: &str = "appealsim";

/// PyTorch's counter in a batch normalisation, which does not affect the network's answers.
const COUNTER: &str = ".num_batches_tracked";

/// The variances that a batch normalisation divides by.
const VARIANCE: &str = ".running_var";

/// The first layer of a predictor, which is there only if a description says so.
const HIDDEN: &str = "predictor.hidden.";

/// Extensions of other tools' weight files.
const OTHER_WEIGHTS: [&str; 8] = ["pt", "pth", "onnx", "h5", "keras", "tflite", "ckpt", "bin"];

/// A file of the weights of one network.
#[derive(Clone, Copy)]
pub struct File<'a> {
    /// The network's name, for errors.
    pub network: &'a str,
    /// Identifies the network, where a file says what it was made for.
    pub fingerprint: &'a str,
    /// The tensors that belong in it.
    pub slots: &'a Slots,
}

impl File<'_> {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// If it is unreadable, or as [`File::parse`].
    pub fn read(self, path: &Path) -> Result<Weights, Error> {
        let origin = path.display().to_string();
        if !path.exists() {
            let mut others = OTHER_WEIGHTS.iter().map(|ending| path.with_extension(ending));
            let other = others.find(|path| path.is_file());
            return Err(WeightsError::NotThere { network: self.network.to_owned(), other }.at(&origin));
        }
        let bytes = std::fs::read(path).map_err(|e| Error::io(path, e))?;
        self.parse(&bytes).map_err(|error| error.at(&origin))
    }

    /// Reads weights from the bytes of a file.
    ///
    /// # Errors
    /// If it is truncated, of another kind, made for another network, or holds a value that is not finite or a variance
    /// below 0.
    pub fn parse(self, bytes: &[u8]) -> Result<Weights, WeightsError> {
        let broken = |e| match by_content(bytes) {
            Some(kind) if kind != SAFETENSORS => WeightsError::Foreign { kind },
            _ => WeightsError::NotWhole(e),
        };
        let file = SafeTensors::deserialize(bytes).map_err(broken)?;
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(broken)?;
        let notes = header.metadata().as_ref().and_then(|metadata| metadata.get(NOTES));
        let notes: Option<BTreeMap<String, String>> =
            notes.map(|notes| serde_json::from_str(notes)).transpose().map_err(WeightsError::Notes)?;
        let made_for = notes.as_ref().and_then(|notes| notes.get("architecture"));
        if made_for.is_some_and(|made_for| made_for != self.fingerprint) {
            return Err(WeightsError::OtherNetwork { network: self.network.to_owned() });
        }
        self.check_names(&file)?;
        let mut weights = Weights::zeros(self.slots);
        for slot in self.slots.iter() {
            let values = slot.values_of(&file.tensor(&slot.name).map_err(WeightsError::NotWhole)?)?;
            let place = weights.place_mut(slot);
            slot.tensor.places(|in_file, in_memory| place[in_memory] = values[in_file]);
        }
        Ok(weights)
    }

    /// Writes `weights` to `path`; `notes` are added to the metadata.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(self, weights: &Weights, path: &Path, notes: &[(&str, String)]) -> Result<(), Error> {
        let bytes = self.to_bytes(weights, notes).map_err(|error| error.at(&path.display().to_string()))?;
        replace_file(path, &bytes)
    }

    fn to_bytes(self, weights: &Weights, notes: &[(&str, String)]) -> Result<Vec<u8>, WeightsError> {
        let tensors = self.slots.iter().map(|slot| {
            let source = weights.place(slot);
            let mut values = vec![0.0; source.len()];
            slot.tensor.places(|in_file, in_memory| values[in_file] = source[in_memory]);
            (slot, values.iter().flat_map(|value| value.to_le_bytes()).collect())
        });
        let tensors: Vec<(&Slot, Vec<u8>)> = tensors.collect();
        let views = tensors.iter().map(|(slot, bytes)| {
            let view = TensorView::new(Dtype::F32, slot.tensor.shape.clone(), bytes);
            view.map(|view| (slot.name.as_str(), view))
        });
        let views = views.collect::<Result<Vec<_>, _>>().map_err(WeightsError::NotWritten)?;
        let mut notes: BTreeMap<&str, String> = notes.iter().cloned().collect();
        notes.insert("architecture", self.fingerprint.to_owned());
        // One entry: the library keeps entries in a hash map, and the bytes of a file must not depend on its order.
        let notes = serde_json::to_string(&notes).map_err(WeightsError::Notes)?;
        let metadata = HashMap::from([(NOTES.to_owned(), notes)]);
        safetensors::serialize(views, Some(metadata)).map_err(WeightsError::NotWritten)
    }

    /// Every tensor of the network must be present, and no other except PyTorch's counters.
    fn check_names(self, file: &SafeTensors) -> Result<(), WeightsError> {
        let is_stray = |name: &&str| !name.ends_with(COUNTER) && self.slots.iter().all(|slot| slot.name != *name);
        let mut strays: Vec<&str> = file.names().into_iter().filter(is_stray).collect();
        // The library keeps names in a hash map.
        strays.sort_unstable();
        let missing = self.slots.iter().filter(|slot| file.tensor(&slot.name).is_err()).map(|slot| MissingTensor {
            name: slot.name.clone(),
            shape: slot.tensor.shape.clone(),
            nearest: nearest(&slot.name, strays.iter().copied()).map(str::to_owned),
        });
        let missing: Vec<MissingTensor> = missing.collect();
        let shape =
            |name: &str| file.tensor(name).map(|tensor| tensor.shape().to_vec()).map_err(WeightsError::NotWhole);
        let stray = |name: &&str| Ok(StrayTensor { name: (*name).to_owned(), shape: shape(name)? });
        let strays = strays.iter().map(stray).collect::<Result<Vec<_>, WeightsError>>()?;
        match missing.is_empty() && strays.is_empty() {
            true => Ok(()),
            false => {
                Err(WeightsError::Names { network: self.network.to_owned(), hidden: hidden(&strays), missing, strays })
            }
        }
    }
}

/// The units of a predictor's hidden layer that a file holds and the network has no place for.
fn hidden(strays: &[StrayTensor]) -> Option<usize> {
    let weight = strays.iter().find(|stray| stray.name.contains(HIDDEN) && stray.name.ends_with(".weight"))?;
    weight.shape.first().copied()
}

/// Writes a file under a temporary name and renames it: readers find either the old one or the new one, complete.
pub fn replace_file(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    std::fs::write(&partial, bytes).map_err(|e| Error::io(&partial, e))?;
    std::fs::rename(&partial, path).map_err(|e| Error::io(path, e))
}

impl Slot {
    fn values_of(&self, tensor: &TensorView) -> Result<Vec<f32>, WeightsError> {
        let name = || self.name.clone();
        if tensor.shape() != self.tensor.shape {
            let (found, wanted) = (tensor.shape().to_vec(), self.tensor.shape.clone());
            return Err(WeightsError::Shape { tensor: name(), found, wanted });
        }
        let Some(values) = values(tensor) else {
            return Err(WeightsError::Precision { tensor: name(), precision: tensor.dtype() });
        };
        if let Some(value) = values.iter().copied().find(|value| !value.is_finite()) {
            return Err(WeightsError::NotFinite { tensor: name(), value });
        }
        // The deviation is its root; 0 is possible, as in a channel that never fires.
        match values.iter().copied().find(|value| self.name.ends_with(VARIANCE) && *value < 0.0) {
            Some(value) => Err(WeightsError::Variance { tensor: name(), value }),
            None => Ok(values),
        }
    }
}
