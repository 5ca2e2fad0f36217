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
//! Values are read as F32, F16, BF16 or F64, and held as `f32`. `num_batches_tracked`, a counter in each of PyTorch's
//! batch normalisations, is ignored; any other unknown tensor is an error.
//!
//! The metadata entry `appealsim`, a JSON object, records how the file was made; its `architecture` holds
//! [`Architecture::fingerprint`] and is checked where present.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use crate::Error;
use crate::architecture::Architecture;
use crate::foreign::{SAFETENSORS, by_content};
use crate::graph::{Graph, Slot};
use crate::nearest::nearest;
use crate::ops::Role;

/// The metadata entry that records how a file was made.
const NOTES: &str = "appealsim";

/// PyTorch's counter in a batch normalisation, which does not affect the network's answers.
const COUNTER: &str = ".num_batches_tracked";

/// The variances that a batch normalisation divides by.
const VARIANCE: &str = ".running_var";

/// Extensions of other tools' weight files.
const OTHER_WEIGHTS: [&str; 8] = ["pt", "pth", "onnx", "h5", "keras", "tflite", "ckpt", "bin"];

/// A network's values: trainable parameters and running statistics, laid out one tensor after the other.
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
    /// If the file is unreadable, truncated, of another kind, made for another network, or holds a value that is not
    /// finite or a variance below 0.
    pub fn read(path: &Path, architecture: &Architecture) -> Result<Self, Error> {
        if !path.exists() {
            return Err(Error::weights(&path.display().to_string(), not_there(path, &architecture.name)));
        }
        let bytes = std::fs::read(path).map_err(|e| Error::io(path, e))?;
        Self::parse(&bytes, architecture, &path.display().to_string())
    }

    /// Reads weights from the bytes of a safetensors file; `origin` names them in errors.
    ///
    /// # Errors
    /// As [`Weights::read`].
    pub fn parse(bytes: &[u8], architecture: &Architecture, origin: &str) -> Result<Self, Error> {
        let broken = |e| {
            let what = match by_content(bytes) {
                Some(what) if what != SAFETENSORS => format!("is {what}, not a safetensors file"),
                _ => format!("not a whole safetensors file ({e})"),
            };
            Error::weights(origin, what)
        };
        let file = SafeTensors::deserialize(bytes).map_err(broken)?;
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(broken)?;
        let notes = header.metadata().as_ref().and_then(|m| m.get(NOTES));
        let notes: BTreeMap<String, String> = notes.and_then(|n| serde_json::from_str(n).ok()).unwrap_or_default();
        if notes.get("architecture").is_some_and(|made_for| *made_for != architecture.fingerprint()) {
            let what = format!("these weights were made for another network than '{}'", architecture.name);
            return Err(Error::weights(origin, what));
        }
        let graph = architecture.graph()?;
        check_names(&file, &graph, &architecture.name).map_err(|what| Error::weights(origin, what))?;
        let mut weights = Self::zeros(&graph);
        for slot in graph.slots() {
            let values = file.tensor(&slot.name).map_err(|e| e.to_string());
            let values =
                values.and_then(|tensor| slot.values_of(&tensor)).map_err(|what| Error::weights(origin, what))?;
            let place = weights.place_mut(slot);
            slot.tensor.places(|in_file, in_memory| place[in_memory] = values[in_file]);
        }
        Ok(weights)
    }

    /// Writes a file; `notes` are added to its metadata.
    ///
    /// # Errors
    /// If the file cannot be written, or the architecture is invalid.
    pub fn write(&self, path: &Path, architecture: &Architecture, notes: &[(&str, String)]) -> Result<(), Error> {
        let graph = architecture.graph()?;
        replace_file(path, &self.to_bytes(&graph, &architecture.fingerprint(), notes))
    }

    fn to_bytes(&self, graph: &Graph, fingerprint: &str, notes: &[(&str, String)]) -> Vec<u8> {
        let mut tensors = Vec::new();
        for slot in graph.slots() {
            let source = self.place(slot);
            let mut values = vec![0.0; source.len()];
            slot.tensor.places(|in_file, in_memory| values[in_file] = source[in_memory]);
            let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
            tensors.push((slot.name.clone(), slot.tensor.shape.clone(), bytes));
        }
        let views = tensors.iter().filter_map(|(name, shape, bytes)| {
            let view = TensorView::new(Dtype::F32, shape.clone(), bytes).ok()?;
            Some((name.as_str(), view))
        });
        let mut notes: BTreeMap<&str, String> = notes.iter().cloned().collect();
        notes.insert("architecture", fingerprint.to_owned());
        // One entry: the library keeps entries in a hash map, and the bytes of a file must not depend on its order.
        let notes = serde_json::to_string(&notes).unwrap_or_default();
        safetensors::serialize(views, Some(HashMap::from([(NOTES.to_owned(), notes)]))).unwrap_or_default()
    }

    /// All zeros.
    pub(crate) fn zeros(graph: &Graph) -> Self {
        Self { parameters: vec![0.0; graph.parameters()], statistics: vec![0.0; graph.statistics()] }
    }

    /// The values of a tensor.
    pub(crate) fn place_mut(&mut self, slot: &Slot) -> &mut [f32] {
        let range = slot.at..slot.at + slot.tensor.len();
        match slot.tensor.role {
            Role::Statistic(_) => &mut self.statistics[range],
            Role::Weights { .. } | Role::Vector(_) => &mut self.parameters[range],
        }
    }

    fn place(&self, slot: &Slot) -> &[f32] {
        let range = slot.at..slot.at + slot.tensor.len();
        match slot.tensor.role {
            Role::Statistic(_) => &self.statistics[range],
            Role::Weights { .. } | Role::Vector(_) => &self.parameters[range],
        }
    }
}

/// Advice about missing weights: there may be a file of another format in their place.
fn not_there(path: &Path, network: &str) -> String {
    let mut others = OTHER_WEIGHTS.iter().map(|ending| path.with_extension(ending));
    match others.find(|path| path.is_file()) {
        None => format!("is not there; the weights of network '{network}' belong in it"),
        Some(other) => {
            let other = other.display();
            format!(
                "is not there; the weights of network '{network}' in {other} have to be written as safetensors \
                 (docs/how-to/network.md says how)"
            )
        }
    }
}

/// Every tensor of the network must be present, and no other except PyTorch's counters.
fn check_names(file: &SafeTensors, graph: &Graph, network: &str) -> Result<(), String> {
    let mut stray: Vec<&str> = file.names().into_iter().filter(|name| !name.ends_with(COUNTER)).collect();
    stray.retain(|name| graph.slots().iter().all(|slot| slot.name != *name));
    // The library keeps names in a hash map.
    stray.sort_unstable();
    let missing: Vec<String> = graph
        .slots()
        .iter()
        .filter(|slot| file.tensor(&slot.name).is_err())
        .map(|slot| {
            let shape = &slot.tensor.shape;
            match nearest(&slot.name, stray.iter().copied()) {
                Some(near) => format!("'{}' {shape:?} (the nearest in the file is '{near}')", slot.name),
                None => format!("'{}' {shape:?}", slot.name),
            }
        })
        .collect();
    let shapes = |name: &&str| match file.tensor(name) {
        Ok(tensor) => format!("'{name}' {:?}", tensor.shape()),
        Err(_) => format!("'{name}'"),
    };
    let hidden = match file.tensor("predictor.hidden.weight") {
        Ok(tensor) if stray.iter().any(|name| name.starts_with("predictor.hidden.")) => {
            let units = tensor.shape().first().copied().unwrap_or_default();
            format!("; in its description, 'predictor' needs 'hidden: {units}'")
        }
        _ => String::new(),
    };
    let strays = listed(&stray.iter().map(shapes).collect::<Vec<_>>());
    match (missing.is_empty(), stray.is_empty()) {
        (true, true) => Ok(()),
        (true, false) => Err(format!("these tensors have no place in network '{network}': {strays}{hidden}")),
        (false, true) => Err(format!("these tensors of network '{network}' are missing: {}", listed(&missing))),
        (false, false) => Err(format!(
            "these tensors of network '{network}' are missing: {}; these have no place in it: {strays}{hidden}",
            listed(&missing)
        )),
    }
}

/// The first of them, separated by commas, and how many more there are.
fn listed(parts: &[String]) -> String {
    const LISTED: usize = 8;
    match parts.len() {
        few if few <= LISTED => parts.join(", "),
        many => format!("{} and {} more", parts[..LISTED].join(", "), many - LISTED),
    }
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
    fn values_of(&self, tensor: &TensorView) -> Result<Vec<f32>, String> {
        let (expected, found) = (&self.tensor.shape, tensor.shape());
        if found != expected {
            let turned = found.iter().rev().eq(expected) && found.len() == 2;
            let advice = if turned { "; it looks transposed: PyTorch's order is [out, in]" } else { "" };
            return Err(format!(
                "tensor '{}' is {found:?} in the file, the network wants {expected:?}{advice}",
                self.name
            ));
        }
        let Some(values) = values(tensor) else {
            let kind = tensor.dtype();
            return Err(format!("tensor '{}' is {kind}; F32, F16, BF16 and F64 are read", self.name));
        };
        if let Some(bad) = values.iter().find(|v| !v.is_finite()) {
            return Err(format!("tensor '{}' holds {bad}", self.name));
        }
        // The deviation is its root; 0 is possible, as in a channel that never fires.
        match values.iter().find(|v| self.name.ends_with(VARIANCE) && **v < 0.0) {
            Some(bad) => Err(format!("tensor '{}' holds {bad}, but no variance is below 0", self.name)),
            None => Ok(values),
        }
    }
}

/// A tensor's values in single precision, if their type is supported. A double that is too large becomes infinite.
fn values(tensor: &TensorView) -> Option<Vec<f32>> {
    let bytes = tensor.data();
    let words = || bytes.as_chunks::<2>().0.iter().map(|bytes| u16::from_le_bytes(*bytes));
    Some(match tensor.dtype() {
        Dtype::F32 => bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
        Dtype::F64 => bytes.as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes) as f32).collect(),
        // The upper half of a single.
        Dtype::BF16 => words().map(|bits| f32::from_bits(u32::from(bits) << 16)).collect(),
        Dtype::F16 => words().map(of_half).collect(),
        _ => return None,
    })
}

/// An IEEE half: a sign, five bits of exponent, ten of fraction. Every half is a single, too.
fn of_half(bits: u16) -> f32 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f32::from(bits & 0x3ff) / 1024.0);
    match exponent {
        // Subnormal, with the exponent of the smallest normal.
        0 => sign * fraction * 2f32.powi(-14),
        0x1f if fraction == 0.0 => sign * f32::INFINITY,
        0x1f => f32::NAN,
        _ => sign * (1.0 + fraction) * 2f32.powi(exponent - 15),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NETWORK: &str = "name: n\ninput: {channels: 1, height: 2, width: 2}\nnormalise: {mean: [0], deviation: [1]}\n\
                           classes: 2\nextractor: [conv: {out: 3, kernel: 1}, global-average-pool]\n\
                           predictor: {sees: features}\n";

    /// The tensors of [`NETWORK`], with their required shapes.
    const TENSORS: [(&str, &[usize]); 9] = [
        ("extractor.0.conv.weight", &[3, 1, 1, 1]),
        ("extractor.0.conv.norm.weight", &[3]),
        ("extractor.0.conv.norm.bias", &[3]),
        ("extractor.0.conv.norm.running_mean", &[3]),
        ("extractor.0.conv.norm.running_var", &[3]),
        ("approximator.weight", &[2, 3]),
        ("approximator.bias", &[2]),
        ("predictor.out.weight", &[1, 3]),
        ("predictor.out.bias", &[1]),
    ];

    /// A file of tensors that hold 0, 1, 2 and so on, after `edit` has changed the list.
    fn file(dtype: Dtype, edit: impl FnOnce(&mut Vec<(String, Vec<usize>, Dtype)>)) -> Vec<u8> {
        let mut tensors: Vec<_> =
            TENSORS.iter().map(|(name, shape)| ((*name).to_owned(), shape.to_vec(), dtype)).collect();
        edit(&mut tensors);
        let encoded = |value: usize, dtype: Dtype| -> Vec<u8> {
            let value = value as f32;
            match dtype {
                Dtype::F32 => value.to_le_bytes().to_vec(),
                Dtype::F64 => f64::from(value).to_le_bytes().to_vec(),
                Dtype::BF16 => value.to_le_bytes()[2..].to_vec(),
                // 0, 1, 2, 3, 4, 5 as halves.
                Dtype::F16 => [0u16, 0x3c00, 0x4000, 0x4200, 0x4400, 0x4500][value as usize].to_le_bytes().to_vec(),
                Dtype::I64 => (value as i64).to_le_bytes().to_vec(),
                other => panic!("{other:?}"),
            }
        };
        let bytes: Vec<Vec<u8>> = tensors
            .iter()
            .map(|(_, shape, dtype)| (0..shape.iter().product()).flat_map(|value| encoded(value, *dtype)).collect())
            .collect();
        let views = tensors.iter().zip(&bytes).map(|((name, shape, dtype), bytes)| {
            (name.as_str(), TensorView::new(*dtype, shape.clone(), bytes).unwrap())
        });
        safetensors::serialize(views, None).unwrap()
    }

    fn parse(bytes: &[u8]) -> Result<Weights, String> {
        let architecture = Architecture::parse(NETWORK, "here").unwrap();
        Weights::parse(bytes, &architecture, "here").map_err(|error| error.to_string())
    }

    fn told(edit: impl FnOnce(&mut Vec<(String, Vec<usize>, Dtype)>)) -> String {
        parse(&file(Dtype::F32, edit)).unwrap_err()
    }

    #[test]
    fn values_of_other_precisions_are_the_same_values() {
        let weights = parse(&file(Dtype::F32, |_| ())).unwrap();
        assert_eq!(weights.statistics, [0.0, 1.0, 2.0, 0.0, 1.0, 2.0]);
        for dtype in [Dtype::F16, Dtype::BF16, Dtype::F64] {
            assert_eq!(parse(&file(dtype, |_| ())).unwrap(), weights, "{dtype:?}");
        }
        let why = told(|tensors| tensors[5].2 = Dtype::I64);
        assert!(why.contains("tensor 'approximator.weight' is I64; F32, F16, BF16 and F64 are read"), "{why}");
    }

    #[test]
    fn no_variance_is_negative() {
        let whole = file(Dtype::F32, |_| ());
        let tensors = SafeTensors::deserialize(&whole).unwrap();
        // The last value of a tensor is 2 in every file.
        let negated = |name: &str| {
            let data = tensors.tensor(name).unwrap().data();
            let end = data.as_ptr() as usize - whole.as_ptr() as usize + data.len();
            let mut bytes = whole.clone();
            bytes[end - 4..end].copy_from_slice(&(-2f32).to_le_bytes());
            parse(&bytes)
        };
        assert!(negated("extractor.0.conv.norm.running_mean").is_ok(), "a mean may be");
        let why = negated("extractor.0.conv.norm.running_var").unwrap_err();
        assert!(why.ends_with("'extractor.0.conv.norm.running_var' holds -2, but no variance is below 0"), "{why}");
    }

    /// Values from the format's definition (IEEE 754-2019, binary16).
    #[test]
    fn halves_are_read_to_the_bit() {
        for (bits, value) in [
            (0x0000, 0.0),
            (0x8000, -0.0),
            (0x0001, 2f32.powi(-24)),
            (0x03ff, 1023.0 * 2f32.powi(-24)),
            (0x0400, 2f32.powi(-14)),
            (0x3555, 0.333_251_95),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0xfc00, f32::NEG_INFINITY),
        ] {
            assert_eq!(of_half(bits).to_bits(), value.to_bits(), "{bits:#06x}: {}", of_half(bits));
        }
        assert!(of_half(0x7e00).is_nan());
    }

    #[test]
    fn what_pytorch_counts_is_passed_over() {
        let counted = file(Dtype::F32, |tensors| {
            tensors.push(("extractor.0.conv.norm.num_batches_tracked".to_owned(), vec![], Dtype::I64));
        });
        assert_eq!(parse(&counted), parse(&file(Dtype::F32, |_| ())));
    }

    #[test]
    fn tensors_that_are_missing_or_too_much_are_named() {
        let why = told(|tensors| tensors[0].0.insert_str(0, "module."));
        assert_eq!(
            why,
            "here: these tensors of network 'n' are missing: 'extractor.0.conv.weight' [3, 1, 1, 1] (the nearest in the file \
             is 'module.extractor.0.conv.weight'); these have no place in it: 'module.extractor.0.conv.weight' [3, 1, 1, 1]"
        );
        let why = told(|tensors| {
            tensors.push(("extractor.0.conv.bias".to_owned(), vec![3], Dtype::F32));
            tensors.push(("anything".to_owned(), vec![1], Dtype::F32));
        });
        assert!(why.ends_with("have no place in network 'n': 'anything' [1], 'extractor.0.conv.bias' [3]"), "{why}");
        let why = told(|tensors| tensors.retain(|tensor| tensor.0 != "approximator.bias"));
        assert!(why.ends_with("of network 'n' are missing: 'approximator.bias' [2]"), "{why}");
        let why = told(|tensors| tensors.push(("predictor.hidden.weight".to_owned(), vec![4, 3], Dtype::F32)));
        assert!(why.ends_with("'predictor' needs 'hidden: 4'"), "{why}");
    }

    #[test]
    fn shapes_that_do_not_fit_are_both_named() {
        let why = told(|tensors| tensors[5].1 = vec![3, 2]);
        assert!(
            why.contains("'approximator.weight' is [3, 2] in the file, the network wants [2, 3]; it looks transposed")
        );
        let why = told(|tensors| tensors[0].1 = vec![3, 1, 3, 3]);
        assert!(why.ends_with("'extractor.0.conv.weight' is [3, 1, 3, 3] in the file, the network wants [3, 1, 1, 1]"));
    }

    #[test]
    fn weights_of_other_tools_are_said_to_be_such() {
        assert!(
            parse(b"PK\x03\x04....n/data.pkl")
                .unwrap_err()
                .contains("is a PyTorch file (.pt, .pth), not a safetensors")
        );
        let home = tempfile::tempdir().unwrap();
        let architecture = Architecture::parse(NETWORK, "here").unwrap();
        let why = || Weights::read(&home.path().join("net.safetensors"), &architecture).unwrap_err().to_string();
        assert!(why().ends_with("net.safetensors: is not there; the weights of network 'n' belong in it"), "{}", why());
        std::fs::write(home.path().join("net.pth"), b"PK").unwrap();
        let why = why();
        assert!(
            why.contains("net.safetensors: is not there") && why.contains("net.pth have to be written as"),
            "{why}"
        );
    }
}
