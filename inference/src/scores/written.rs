//! A score as scenario files write it: the name of one that a confidence policy can decide by.

use std::borrow::Cow;
use std::fmt;
use std::sync::LazyLock;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{EnumAccess, Error, VariantAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Score;

/// The names of the choices, each with what is told about it.
static CHOICES: LazyLock<(Vec<&str>, Vec<&str>)> =
    LazyLock::new(|| Score::all().filter_map(|score| Some((score.name(), score.measure().choice?))).unzip());

impl Serialize for Score {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// As an enum of the names, so that what is wrong is told as with any other choice.
impl<'de> Deserialize<'de> for Score {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_enum("Score", &CHOICES.0, Choice)
    }
}

struct Choice;

impl<'de> Visitor<'de> for Choice {
    type Value = Score;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("the name of a score")
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Score, A::Error> {
        let (name, rest) = data.variant::<String>()?;
        let score = Score::named(&name).filter(|score| score.measure().choice.is_some());
        let score = score.ok_or_else(|| Error::unknown_variant(&name, &CHOICES.0))?;
        rest.unit_variant().map(|()| score)
    }
}

impl JsonSchema for Score {
    fn schema_name() -> Cow<'static, str> {
        "Score".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let (names, abouts) = &*CHOICES;
        let choice = |(name, about)| json_schema!({ "description": about, "type": "string", "const": name });
        let choices: Vec<Schema> = names.iter().zip(abouts).map(choice).collect();
        json_schema!({ "description": "A measure of how good an answer is likely to be.", "oneOf": choices })
    }
}
