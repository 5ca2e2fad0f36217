//! What is wrong with a description of a network.

use std::fmt;
use std::path::PathBuf;

use super::RefusedOp;

/// A description of architecture files, for errors about other files.
const WANTED: &str = "an architecture file (YAML: name, input, classes, extractor)";

/// What is wrong with a description of a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArchitectureError {
    /// A folder in place of a file.
    #[error("is a folder, where {WANTED} is wanted")]
    Folder,
    /// A file of another kind.
    #[error("is {kind}, where {WANTED} is wanted{advice}")]
    Foreign {
        /// What it is.
        kind: &'static str,
        /// What to do about it.
        advice: Advice,
    },
    /// A file that is not text.
    #[error("is not text (byte {at} is not UTF-8), where {WANTED} is wanted")]
    NotText {
        /// Where text ends.
        at: usize,
    },
    /// Not a description, in the YAML library's words.
    #[error("{0}")]
    Yaml(String),
    /// An empty image, or nothing to choose between.
    #[error("input extents must be at least 1 and classes at least 2")]
    Empty,
    /// Two classes of one name.
    #[error("classes: '{0}' is there twice")]
    RepeatedClass(String),
    /// A mean or a deviation too many or too few.
    #[error("normalise needs {channels} value(s) each, one a channel")]
    Normalise {
        /// Channels of the image.
        channels: usize,
    },
    /// A deviation that cannot be divided by.
    #[error("normalise.deviation must be above 0")]
    Deviation,
    /// A predictor that reads a block which is not there.
    #[error(
        "{}predictor.depths: {depth} is none of the extractor's {blocks} blocks{}, 0 to {}",
        of(*exit), if exit.is_some() { " before it" } else { "" }, blocks.saturating_sub(1)
    )]
    Depth {
        /// The early exit whose predictor it is; otherwise that of the whole network.
        exit: Option<usize>,
        /// The block.
        depth: usize,
        /// How many there are.
        blocks: usize,
    },
    /// A block that cannot be where it is.
    #[error("{place}: {source}")]
    Block {
        /// The block.
        place: BlockPlace,
        /// The reason.
        source: BlockError,
    },
    /// An extractor, or the head of an exit, that ends in a map.
    #[error(
        "{} must end in one feature vector, not {height}×{width} of them: end in global-average-pool or flatten",
        exit.map_or_else(|| "the extractor".to_owned(), |exit| of(Some(exit)) + "head")
    )]
    Map {
        /// The early exit whose head it is; otherwise it is the extractor.
        exit: Option<usize>,
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
    },
    /// An exit after a block that is not there.
    #[error(
        "exits[{exit}].after: {after} is none of the extractor's {blocks} blocks, 0 to {}",
        blocks.saturating_sub(1)
    )]
    After {
        /// The exit.
        exit: usize,
        /// The block.
        after: usize,
        /// How many there are.
        blocks: usize,
    },
    /// An exit that is reached before the one that is written before it.
    #[error("exits[{exit}].after: exits are written in the order in which they are reached")]
    ExitsInDisorder {
        /// The exit.
        exit: usize,
    },
    /// A layer of a head that does not take its inputs.
    #[error(transparent)]
    Head(#[from] RefusedOp),
}

/// Where a block is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockPlace {
    /// A block of the extractor.
    Extractor(usize),
    /// A block of the head of an early exit.
    Exit {
        /// The exit.
        exit: usize,
        /// The block.
        block: usize,
    },
}

/// Why a block cannot be where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BlockError {
    /// One of its ops does not take what the block before makes.
    #[error(transparent)]
    Op(#[from] RefusedOp),
    /// A window without a middle, whose padding is not given.
    #[error("a kernel with an even side needs padding: it has no middle")]
    EvenKernel,
    /// The first block, which names an earlier one.
    #[error("there is no block before this one")]
    NoneBefore,
    /// A block that is not before this one.
    #[error("{block} is none of the blocks before this one, 0 to {}", before - 1)]
    NotBefore {
        /// The block.
        block: usize,
        /// How many there are, at least one.
        before: usize,
    },
}

/// What to do about a file that holds weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Advice {
    /// Name the description beside it.
    Name(PathBuf),
    /// Write a description, with the weights beside it in a file of this name.
    Write {
        /// The name.
        weights: String,
    },
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Name(beside) => write!(f, "; name '{}', which lies beside it", beside.display()),
            Self::Write { weights } => write!(
                f,
                "; write one, with the weights beside it under the same name ending in .safetensors ({weights}); see \
                 docs/how-to/network.md"
            ),
        }
    }
}

impl fmt::Display for BlockPlace {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Extractor(index) => write!(f, "extractor[{index}]"),
            Self::Exit { exit, block } => write!(f, "exits[{exit}].head[{block}]"),
        }
    }
}

/// How the path of a key of an exit begins.
fn of(exit: Option<usize>) -> String {
    exit.map(|exit| format!("exits[{exit}].")).unwrap_or_default()
}
