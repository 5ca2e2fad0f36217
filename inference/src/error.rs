//! What can go wrong with networks, weights and data sets, as values, and the text each becomes.

mod architecture;
mod onnx;
mod op;
mod quantise;
mod weights;

use std::path::{Path, PathBuf};

pub use architecture::{Advice, ArchitectureError, BlockError, BlockPlace};
pub use onnx::{InputError, NodeError, OnnxError, OutputError, TensorError};
pub use op::{OpError, RefusedOp};
pub use quantise::QuantiseError;
pub use weights::{MissingTensor, StrayTensor, WeightsError};

/// Errors of networks, weights and data sets.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// An architecture is invalid.
    #[error("{origin}: {source}")]
    Architecture {
        /// File or shipped name.
        origin: String,
        /// The reason.
        source: ArchitectureError,
    },
    /// A weights file is damaged or does not fit its network.
    #[error("{origin}: {source}")]
    Weights {
        /// File or shipped name.
        origin: String,
        /// The reason.
        source: WeightsError,
    },
    /// An ONNX file is damaged, or holds what is not read.
    #[error("{origin}: {source}")]
    Onnx {
        /// The file.
        origin: String,
        /// The reason.
        source: OnnxError,
    },
    /// A network cannot be computed in integers as asked.
    #[error("{origin}: {source}")]
    Quantise {
        /// The network.
        origin: String,
        /// The reason.
        source: QuantiseError,
    },
    /// A data set file is damaged.
    #[error("{origin}: {what}")]
    Data {
        /// File or shipped name.
        origin: String,
        /// The reason.
        what: String,
    },
    /// A training was interrupted.
    #[error("interrupted; {} holds what is done, and the same training resumes from it", checkpoint.display())]
    Interrupted {
        /// The checkpoint it resumes from.
        checkpoint: PathBuf,
    },
    /// A training file is invalid, or does not fit its network or images.
    #[error("{origin}: {what}")]
    Recipe {
        /// The training file, or what it does not fit.
        origin: String,
        /// The reason.
        what: String,
    },
}

impl Error {
    /// An [`Error::Io`] at `path`.
    pub fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }

    pub(crate) fn data(origin: &str, what: impl Into<String>) -> Self {
        Self::Data { origin: origin.to_owned(), what: what.into() }
    }

    pub(crate) fn recipe(origin: &Path, what: impl Into<String>) -> Self {
        Self::Recipe { origin: origin.display().to_string(), what: what.into() }
    }
}

impl ArchitectureError {
    /// The same with the file or the name that it is about.
    pub(crate) fn at(self, origin: &str) -> Error {
        Error::Architecture { origin: origin.to_owned(), source: self }
    }
}

impl WeightsError {
    /// The same with the file or the name that it is about.
    pub(crate) fn at(self, origin: &str) -> Error {
        Error::Weights { origin: origin.to_owned(), source: self }
    }
}
