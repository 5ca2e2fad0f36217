//! The description of a network in a small YAML file.
//!
//! ```yaml
//! name: fmnist-little
//! input: {channels: 1, height: 28, width: 28}
//! normalise: {mean: [0.286], deviation: [0.353]}
//! classes: 10
//! extractor:
//!   - conv: {out: 8}
//!   - separable: {out: 16, stride: 2}
//!   - global-average-pool
//! predictor: {sees: features-and-scores, hidden: 64}
//! ```
//!
//! In place of their number, `classes` may list their names, in the order of the network's outputs: `[cat, dog, owl]`.
//!
//! The extractor's blocks are what a predictor's `depths` count. The approximator head, one dense layer to `classes`
//! logits, is implied; a network without `predictor` has one head.
//!
//! A network may answer before its end, too (BranchyNet, Teerapittayanon et al. 2016): each of its `exits` branches off
//! after a block of the extractor, with blocks and heads of its own.
//!
//! ```yaml
//! exits:
//!   - {after: 1, head: [conv: {out: 8, stride: 2}, global-average-pool]}
//! ```

mod block;
mod figures;
mod lower;
mod weights;

use std::path::Path;

use serde::{Deserialize, Serialize};

pub use crate::classes::Classes;
use crate::error::{Advice, ArchitectureError, Error};
use crate::foreign::recognise;
use crate::graph::Graph;
use crate::kernels::Shape;
pub use crate::model::Normalise;
use crate::model::Unscaled;
use crate::nearest::in_words;
pub use block::{Block, Conv, Dense, Depthwise, Pool, PoolKind};
pub use figures::{Activation, Around, Pair};

/// A network's description; see the [module](self) for an example.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "an architecture: the keys name, input, normalise, classes, extractor and perhaps predictor and exits"
)]
pub struct Architecture {
    /// Its name in results.
    pub name: String,
    /// Extent of an input image.
    pub input: Input,
    /// Normalisation of pixels in [0, 1], per channel.
    pub normalise: Normalise,
    /// The classes: how many, or their names.
    pub classes: Classes,
    /// From image to feature vector.
    pub extractor: Vec<Block>,
    /// The second head, which predicts how likely it is that the edge answer will do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predictor: Option<Predictor>,
    /// Where it can answer before its end, in the order in which they are reached.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exits: Vec<EarlyExit>,
}

/// A place where a network can answer before its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EarlyExit {
    /// The block of the extractor that it reads, counted from 0.
    pub after: usize,
    /// Blocks from there to a feature vector; those that they name are blocks of the extractor. A dense layer to the
    /// classes follows.
    pub head: Vec<Block>,
    /// Its own second head, if it has one; its `depths` are blocks of the extractor up to `after`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predictor: Option<Predictor>,
}

/// Extent of an input image.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Values per pixel.
    pub channels: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

/// The predictor head: what it reads and how wide it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Predictor {
    /// What it reads.
    pub sees: Sees,
    /// Blocks of the extractor, counted from 0, whose outputs it also reads, averaged over their pixels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depths: Vec<usize>,
    /// Whether what it reads is normalised first, each number by its mean and deviation over images (batch
    /// normalisation): features, logits and probabilities differ in size by far, and a predictor learns faster so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub norm: bool,
    /// Hidden units; without any, the default, the outputs are linear.
    #[serde(default)]
    pub hidden: usize,
    /// What its outputs estimate.
    #[serde(default, skip_serializing_if = "Estimates::is_q")]
    pub estimates: Estimates,
}

/// What the outputs of a predictor head estimate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Estimates {
    /// One output: q.
    #[default]
    Q,
    /// Two outputs: how likely the little network is right, and how likely the big one is. q is half of 1 + the
    /// difference.
    Both,
}

impl Estimates {
    /// Number of outputs.
    pub fn outputs(self) -> usize {
        match self {
            Self::Q => 1,
            Self::Both => 2,
        }
    }

    fn is_q(&self) -> bool {
        *self == Self::Q
    }
}

/// What the predictor head reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sees {
    /// The extractor's features, as in AppealNet.
    Features,
    /// The features, the logits, their log-softmax and the largest probabilities: a predictor that reads only the
    /// features cannot easily express "some logit stands out".
    FeaturesAndScores,
}

/// Advice about a file of weights: give the architecture beside it, or write one.
fn advice(path: &Path) -> Advice {
    let beside = path.with_extension("yaml");
    if beside.is_file() {
        return Advice::Name(beside);
    }
    let weights = path.with_extension("safetensors");
    Advice::Write { weights: weights.file_name().unwrap_or_default().to_string_lossy().into_owned() }
}

impl Architecture {
    /// Reads a description.
    ///
    /// # Errors
    /// If the file cannot be read or its contents are invalid.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let origin = path.display().to_string();
        if path.is_dir() {
            return Err(ArchitectureError::Folder.at(&origin));
        }
        let bytes = std::fs::read(path).map_err(|e| Error::io(path, e))?;
        if let Some(kind) = recognise(&bytes, path) {
            return Err(ArchitectureError::Foreign { kind, advice: advice(path) }.at(&origin));
        }
        let text = String::from_utf8(bytes)
            .map_err(|e| ArchitectureError::NotText { at: e.utf8_error().valid_up_to() }.at(&origin))?;
        Self::parse(&text, &origin)
    }

    /// Reads a description from `text`; `origin` names it in errors.
    ///
    /// # Errors
    /// If the text is invalid.
    pub fn parse(text: &str, origin: &str) -> Result<Self, Error> {
        // Some editors write a byte-order mark.
        let deserializer = serde_yaml::Deserializer::from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
        let architecture: Self = serde_yaml::with::singleton_map_recursive::deserialize(deserializer)
            .map_err(|e| ArchitectureError::Yaml(in_words(&e.to_string())).at(origin))?;
        architecture.check().map_err(|error| error.at(origin))?;
        Ok(architecture)
    }

    /// A short hash of everything that decides which weights fit; names are not part of it.
    pub fn fingerprint(&self) -> String {
        let shape = (&self.input, &self.normalise, self.classes.count(), &self.extractor, &self.predictor);
        let text = match &self.exits[..] {
            [] => serde_json::to_string(&shape),
            exits => serde_json::to_string(&(shape, exits)),
        };
        let text = text.expect("figures, names and lists of them are JSON");
        format!("{:016x}", xxhash_rust::xxh3::xxh3_64(text.as_bytes()))
    }

    /// Extent of an input image.
    pub fn input_shape(&self) -> Shape {
        let Input { channels, height, width } = self.input;
        Shape { height, width, channels }
    }

    /// The network as a graph of operations.
    ///
    /// # Errors
    /// If a block does not take what the one before makes.
    pub fn graph(&self) -> Result<Graph, Error> {
        lower::graph(self).map_err(|error| error.at(&self.name))
    }

    fn check(&self) -> Result<(), ArchitectureError> {
        let shape = self.input_shape();
        if shape.is_empty() || self.classes.count() < 2 {
            return Err(ArchitectureError::Empty);
        }
        if let Some(twice) = self.classes.repeated() {
            return Err(ArchitectureError::RepeatedClass(twice.to_owned()));
        }
        self.normalise.check(shape.channels).map_err(|why| match why {
            Unscaled::Count => ArchitectureError::Normalise { channels: shape.channels },
            Unscaled::Deviation => ArchitectureError::Deviation,
        })?;
        lower::graph(self).map(|_| ())
    }
}

#[cfg(test)]
mod tests;
