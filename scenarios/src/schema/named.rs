use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};

/// A preset by name, or the figures themselves.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Named<T> {
    /// A preset.
    Preset(String),
    /// The figures.
    Figures(T),
}

/// The preset of that name.
impl<T> From<&str> for Named<T> {
    fn from(name: &str) -> Self {
        Self::Preset(name.to_owned())
    }
}

/// Distinguished by shape, so that a misspelt figure is reported as such and not as a misspelt preset.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader(PhantomData))
    }
}

struct Reader<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Reader<T> {
    type Value = Named<T>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("the name of a preset, or figures")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Named<T>, E> {
        Ok(Named::Preset(name.to_owned()))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Named<T>, A::Error> {
        T::deserialize(de::value::MapAccessDeserializer::new(map)).map(Named::Figures)
    }
}

impl<T: JsonSchema> JsonSchema for Named<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("{} or the name of a preset", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let figures = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [{ "type": "string", "description": "The name of a preset." }, figures] })
    }
}
