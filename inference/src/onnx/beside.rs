//! What is said of a network in YAML, in the file's metadata under `appealsim` or in a file beside it.
//!
//! ```yaml
//! input:
//!   layout: channels-first
//!   size: 224x224
//!   normalise: {mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225]}
//! classes: [cat, dog, owl]
//! outputs: {classes: logits, q: q, exits: [early]}
//! ```

use serde::Deserialize;

use super::proto::Entry;
use crate::classes::Classes;
use crate::dataset::Size;
use crate::error::OnnxError;
use crate::model::Normalise;
use crate::nearest::in_words;

/// The metadata entry that holds it.
const ENTRY: &str = "appealsim";

/// What is said of a network; all of it may be left out where the file itself says it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "what is said beside an ONNX file: the keys name, input, classes and outputs"
)]
pub struct Beside {
    /// Its name in results; that of the file if none is given.
    pub name: Option<String>,
    /// Its images.
    #[serde(default)]
    pub input: Image,
    /// The classes: how many, or their names.
    pub classes: Option<Classes>,
    /// Which outputs are what.
    pub outputs: Option<Outputs>,
}

/// The images of a network.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Image {
    /// The order of the input's axes.
    pub layout: Option<Layout>,
    /// Width and height in pixels, where the file leaves them free.
    pub size: Option<Size>,
    /// Normalisation of pixels in [0, 1], per channel.
    pub normalise: Option<Normalise>,
}

/// An order of axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// Batch, channels, rows, columns, as PyTorch has them.
    #[serde(alias = "nchw")]
    ChannelsFirst,
    /// Batch, rows, columns, channels, as Keras has them.
    #[serde(alias = "nhwc")]
    ChannelsLast,
}

/// Which outputs are what, by name.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Outputs {
    /// A number for each class: logits, probabilities or their logarithms.
    pub classes: String,
    /// The second head, which predicts how likely it is that the answer will do.
    pub q: Option<String>,
    /// Where the network can answer before its end, in the order in which these are reached.
    #[serde(default)]
    pub exits: Vec<EarlyExit>,
}

/// An early exit: the output with its classes, or that and its own q.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged, expecting = "the name of an output, or {classes: an output, q: another}")]
pub enum EarlyExit {
    /// Without a q.
    Classes(String),
    /// With one, or without.
    Both(Heads),
}

/// The outputs of an exit.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heads {
    /// A number for each class.
    pub classes: String,
    /// Its second head.
    pub q: Option<String>,
}

impl Beside {
    /// What is said in `text`, and where that says nothing, in the metadata. `origin` names the text in errors.
    ///
    /// # Errors
    /// If either is no such YAML.
    pub fn gathered(text: Option<&str>, metadata: &[Entry], origin: &str) -> Result<Self, OnnxError> {
        let own = text.map(|text| Self::parse(text, origin)).transpose()?.unwrap_or_default();
        let entry = metadata.iter().find(|entry| entry.key == ENTRY);
        let other = entry.map(|entry| Self::parse(&entry.value, "metadata entry 'appealsim'")).transpose()?;
        let other = other.unwrap_or_default();
        Ok(Self {
            name: own.name.or(other.name),
            input: Image {
                layout: own.input.layout.or(other.input.layout),
                size: own.input.size.or(other.input.size),
                normalise: own.input.normalise.or(other.input.normalise),
            },
            classes: own.classes.or(other.classes),
            outputs: own.outputs.or(other.outputs),
        })
    }

    fn parse(text: &str, origin: &str) -> Result<Self, OnnxError> {
        // Some editors write a byte-order mark.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let refuse = |error: serde_yaml::Error| OnnxError::Beside {
            place: origin.to_owned(),
            what: in_words(&error.to_string()),
        };
        serde_yaml::from_str(text).map_err(refuse)
    }
}
