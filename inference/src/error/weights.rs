//! What is wrong with a file of weights.

use std::fmt;
use std::path::PathBuf;

use safetensors::{Dtype, SafeTensorError};

/// What is wrong with a file of weights.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// There is no file.
    #[error("is not there; {}", elsewhere(network, other.as_ref()))]
    NotThere {
        /// The network whose weights belong in it.
        network: String,
        /// A file of another format in its place, if there is one.
        other: Option<PathBuf>,
    },
    /// A file of another kind.
    #[error("is {kind}, not a safetensors file")]
    Foreign {
        /// What it is.
        kind: &'static str,
    },
    /// A file that breaks off or is damaged.
    #[error("not a whole safetensors file ({0})")]
    NotWhole(SafeTensorError),
    /// A note of how the file was made that cannot be read.
    #[error("its metadata entry 'appealsim' is not a JSON object of texts ({0})")]
    Notes(serde_json::Error),
    /// Weights of another network.
    #[error("these weights were made for another network than '{network}'")]
    OtherNetwork {
        /// The network they should fit.
        network: String,
    },
    /// Tensors that are not those of the network.
    #[error("{}", names(network, missing, strays, *hidden))]
    Names {
        /// The network.
        network: String,
        /// What is not in the file.
        missing: Vec<MissingTensor>,
        /// What is in the file alone.
        strays: Vec<StrayTensor>,
        /// Units of a predictor's hidden layer that is in the file alone.
        hidden: Option<usize>,
    },
    /// A tensor of another shape.
    #[error(
        "tensor '{tensor}' is {found:?} in the file, the network wants {wanted:?}{}",
        if turned(found, wanted) { "; it looks transposed: PyTorch's order is [out, in]" } else { "" }
    )]
    Shape {
        /// Its name.
        tensor: String,
        /// Its shape in the file.
        found: Vec<usize>,
        /// Its shape in the network.
        wanted: Vec<usize>,
    },
    /// A tensor of numbers that are not read.
    #[error("tensor '{tensor}' is {precision}; F32, F16, BF16 and F64 are read")]
    Precision {
        /// Its name.
        tensor: String,
        /// How its numbers are stored.
        precision: Dtype,
    },
    /// A tensor that holds an infinity or no number.
    #[error("tensor '{tensor}' holds {value}")]
    NotFinite {
        /// Its name.
        tensor: String,
        /// The value.
        value: f32,
    },
    /// A variance below 0.
    #[error("tensor '{tensor}' holds {value}, but no variance is below 0")]
    Variance {
        /// Its name.
        tensor: String,
        /// The value.
        value: f32,
    },
    /// Weights that cannot be put into a file.
    #[error("cannot be written as safetensors ({0})")]
    NotWritten(SafeTensorError),
}

/// A tensor of the network that a file does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingTensor {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// What it may be called in the file.
    pub nearest: Option<String>,
}

/// A tensor of a file that the network does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StrayTensor {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
}

impl fmt::Display for MissingTensor {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "'{}' {:?}", self.name, self.shape)?;
        match &self.nearest {
            Some(near) => write!(f, " (the nearest in the file is '{near}')"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for StrayTensor {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "'{}' {:?}", self.name, self.shape)
    }
}

fn elsewhere(network: &str, other: Option<&PathBuf>) -> String {
    match other {
        None => format!("the weights of network '{network}' belong in it"),
        Some(other) => format!(
            "the weights of network '{network}' in {} have to be written as safetensors (docs/how-to/network.md says \
             how)",
            other.display()
        ),
    }
}

fn names(network: &str, missing: &[MissingTensor], strays: &[StrayTensor], hidden: Option<usize>) -> String {
    let hidden = hidden.map(|units| format!("; in its description, 'predictor' needs 'hidden: {units}'"));
    let (lost, found) = (listed(missing), listed(strays) + &hidden.unwrap_or_default());
    match (missing.is_empty(), strays.is_empty()) {
        (true, _) => format!("these tensors have no place in network '{network}': {found}"),
        (false, true) => format!("these tensors of network '{network}' are missing: {lost}"),
        (false, false) => {
            format!("these tensors of network '{network}' are missing: {lost}; these have no place in it: {found}")
        }
    }
}

/// The first of them, separated by commas, and how many more there are.
fn listed(tensors: &[impl fmt::Display]) -> String {
    const LISTED: usize = 8;
    let shown: Vec<String> = tensors.iter().take(LISTED).map(ToString::to_string).collect();
    match tensors.len() {
        few if few <= LISTED => shown.join(", "),
        many => format!("{} and {} more", shown.join(", "), many - LISTED),
    }
}

/// Whether a matrix has its rows where the other has columns.
fn turned(found: &[usize], wanted: &[usize]) -> bool {
    found.len() == 2 && found.iter().rev().eq(wanted)
}
