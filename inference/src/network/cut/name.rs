//! Cuts as people name them.

use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A cut as files and command lines name it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CutName {
    /// After so many steps.
    Steps(usize),
    /// After a layer, such as `extractor.1.first`, or the last layer of a block, such as `extractor.1`, or of a part,
    /// such as `extractor`; `input` is before all of them.
    Layer(String),
}

/// A name that is that of no cut.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CutError {
    /// More steps than there are.
    #[error(
        "network '{network}' has {steps} steps and can be cut after 0, the input, to {steps}, the answer, not after \
         {wanted}"
    )]
    Steps {
        /// The network.
        network: String,
        /// After how many steps.
        wanted: usize,
        /// How many there are.
        steps: usize,
    },
    /// A layer that is not there.
    #[error("network '{network}' has no layer '{wanted}' to be cut after{}", advice(nearest.as_deref(), names))]
    Layer {
        /// The network.
        network: String,
        /// The layer.
        wanted: String,
        /// What may be meant.
        nearest: Option<String>,
        /// The names of all cuts.
        names: Vec<String>,
    },
}

fn advice(nearest: Option<&str>, names: &[String]) -> String {
    match nearest {
        Some(near) => format!("; did you mean '{near}'?"),
        None => format!("; it can be cut after {}, or a number of steps", names.join(", ")),
    }
}

impl fmt::Display for CutName {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Steps(steps) => write!(f, "{steps}"),
            Self::Layer(layer) => f.write_str(layer),
        }
    }
}

impl From<&str> for CutName {
    fn from(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Layer(text.to_owned()), Self::Steps)
    }
}

impl FromStr for CutName {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(text.into())
    }
}

impl Serialize for CutName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Steps(steps) => steps.serialize(serializer),
            Self::Layer(layer) => layer.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for CutName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl de::Visitor<'_> for Reader {
    type Value = CutName;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a number of steps, or the name of a layer, such as extractor.1")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<CutName, E> {
        Ok(name.into())
    }

    fn visit_u64<E: de::Error>(self, steps: u64) -> Result<CutName, E> {
        usize::try_from(steps).map(CutName::Steps).map_err(E::custom)
    }
}

impl JsonSchema for CutName {
    fn schema_name() -> Cow<'static, str> {
        "Cut".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Where a network is taken apart.",
            "anyOf": [
                { "type": "integer", "minimum": 0, "description": "After so many steps; 0 is before the first." },
                { "type": "string", "description": "After this layer, or the last of this block; or `input`." },
            ],
        })
    }
}
