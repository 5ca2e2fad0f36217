//! A coding as files and command lines write it: `float32`, `float16`, a number of bits, or a map of options.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Coding, Numbers, Scale};
use crate::nearest::nearest;
use crate::quantise::Bits;

/// Every form, for errors.
const FORMS: &str = "float32, float16, a number of bits from 2 to 8, or options, such as \
                     {bits: 8, scale: channel, compress: true} or {float: 16, compress: true}";

/// A text that is no coding, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CodingError(String);

/// A coding with its options; of `bits` and `float` one is given.
#[derive(Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "CodingOptions")]
struct Options {
    /// Bits of a number, 2 to 8, on an even grid over the numbers that are sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bits: Option<Bits>,
    /// Bits of a floating-point number, 16 or 32.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    float: Option<Float>,
    /// With `bits`: what has a grid of its own, each `tensor` (the default) or each `channel` of a map.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scale: Option<Scale>,
    /// Compress it losslessly after that; not by default.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    compress: bool,
}

/// Bits of a floating-point number.
#[derive(Clone, Copy)]
enum Float {
    Single,
    Half,
}

impl Coding {
    /// Single and half precision have names.
    fn name(self) -> Option<&'static str> {
        [("float32", Self::FLOAT32), ("float16", Self::FLOAT16)]
            .iter()
            .find(|(_, of)| *of == self)
            .map(|(name, _)| *name)
    }

    fn named(name: &str) -> Option<Self> {
        [Self::FLOAT32, Self::FLOAT16].into_iter().find(|coding| coding.name() == Some(name))
    }

    /// The number of bits, where nothing else is to be said.
    fn only_bits(self) -> Option<Bits> {
        match self {
            Self { numbers: Numbers::Codes { bits, scale: Scale::Tensor }, compress: false } => Some(bits),
            _ => None,
        }
    }

    fn options(self) -> Options {
        let options = Options { compress: self.compress, ..Options::default() };
        match self.numbers {
            Numbers::Float32 => Options { float: Some(Float::Single), ..options },
            Numbers::Float16 => Options { float: Some(Float::Half), ..options },
            Numbers::Codes { bits, scale } => {
                Options { bits: Some(bits), scale: Some(scale).filter(|scale| *scale != Scale::Tensor), ..options }
            }
        }
    }
}

impl TryFrom<Options> for Coding {
    type Error = &'static str;

    fn try_from(Options { bits, float, scale, compress }: Options) -> Result<Self, Self::Error> {
        let numbers = match (bits, float) {
            (Some(bits), None) => Numbers::Codes { bits, scale: scale.unwrap_or_default() },
            (None, Some(_)) if scale.is_some() => {
                return Err("scale goes with bits: floating-point numbers have none");
            }
            (None, Some(Float::Half)) => Numbers::Float16,
            (None, Some(Float::Single)) => Numbers::Float32,
            _ => return Err("a coding has either bits (2 to 8) or float (16 or 32)"),
        };
        Ok(Self { numbers, compress })
    }
}

/// In one line, in the shortest form that reads back as the same.
impl fmt::Display for Coding {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if let Some(name) = self.name() {
            return f.write_str(name);
        }
        if let Some(bits) = self.only_bits() {
            return write!(f, "{}", bits.get());
        }
        match self.numbers {
            Numbers::Float32 => f.write_str("{float: 32")?,
            Numbers::Float16 => f.write_str("{float: 16")?,
            Numbers::Codes { bits, scale: Scale::Tensor } => write!(f, "{{bits: {}", bits.get())?,
            Numbers::Codes { bits, scale: Scale::Channel } => write!(f, "{{bits: {}, scale: channel", bits.get())?,
        }
        f.write_str(if self.compress { ", compress: true}" } else { "}" })
    }
}

impl FromStr for Coding {
    type Err = CodingError;

    fn from_str(text: &str) -> Result<Self, CodingError> {
        serde_yaml::from_str(text).map_err(|error| CodingError(error.to_string()))
    }
}

impl Serialize for Coding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self.name(), self.only_bits()) {
            (Some(name), _) => serializer.serialize_str(name),
            (None, Some(bits)) => bits.serialize(serializer),
            (None, None) => self.options().serialize(serializer),
        }
    }
}

/// The form is chosen by shape, so that a misspelt option is reported as one.
impl<'de> Deserialize<'de> for Coding {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> de::Visitor<'de> for Reader {
    type Value = Coding;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(FORMS)
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Coding, E> {
        Coding::named(name).ok_or_else(|| {
            let advice = nearest(name, ["float32", "float16"].into_iter());
            let advice = advice.map(|near| format!(" (did you mean '{near}'?)")).unwrap_or_default();
            E::custom(format!("'{name}' is no coding{advice}; write {FORMS}"))
        })
    }

    fn visit_u64<E: de::Error>(self, bits: u64) -> Result<Coding, E> {
        Bits::try_from(bits).map(Coding::codes).map_err(E::custom)
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Coding, A::Error> {
        Options::deserialize(de::value::MapAccessDeserializer::new(map))?.try_into().map_err(de::Error::custom)
    }
}

impl JsonSchema for Coding {
    fn schema_name() -> Cow<'static, str> {
        "Coding".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (bits, options) = (generator.subschema_for::<Bits>(), generator.subschema_for::<Options>());
        json_schema!({
            "description": "How tensors are sent: `float32`, `float16`, a number of bits, or these with options.",
            "anyOf": [{ "type": "string", "enum": ["float32", "float16"] }, bits, options],
        })
    }
}

impl TryFrom<u64> for Bits {
    type Error = String;

    fn try_from(bits: u64) -> Result<Self, String> {
        let small = u8::try_from(bits).ok().and_then(|bits| Self::new(bits).ok());
        small.ok_or_else(|| match bits {
            16 | 32 => format!("bits: from 2 to 8; {bits} bits are those of float{bits}"),
            _ => format!("bits: from 2 to 8, not {bits}"),
        })
    }
}

impl Serialize for Bits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.get())
    }
}

impl<'de> Deserialize<'de> for Bits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u64::deserialize(deserializer)?.try_into().map_err(de::Error::custom)
    }
}

impl JsonSchema for Bits {
    fn schema_name() -> Cow<'static, str> {
        "Bits".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": Bits::TWO.get(), "maximum": Bits::EIGHT.get() })
    }
}

impl Serialize for Float {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(match self {
            Self::Single => 32,
            Self::Half => 16,
        })
    }
}

impl<'de> Deserialize<'de> for Float {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u64::deserialize(deserializer)? {
            32 => Ok(Self::Single),
            16 => Ok(Self::Half),
            bits => Err(de::Error::custom(format!("float: 16 or 32 bits, not {bits}"))),
        }
    }
}

impl JsonSchema for Float {
    fn schema_name() -> Cow<'static, str> {
        "Float".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "enum": [16, 32] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(bits: u8) -> Bits {
        Bits::new(bits).unwrap()
    }

    #[test]
    fn a_coding_is_written_as_it_was_read() {
        let codes = |of, scale, compress| Coding { numbers: Numbers::Codes { bits: bits(of), scale }, compress };
        for (text, coding) in [
            ("float32", Coding::FLOAT32),
            ("float16", Coding::FLOAT16),
            ("8", codes(8, Scale::Tensor, false)),
            ("2", codes(2, Scale::Tensor, false)),
            ("{bits: 4, scale: channel}", codes(4, Scale::Channel, false)),
            ("{bits: 4, compress: true}", codes(4, Scale::Tensor, true)),
            ("{bits: 6, scale: channel, compress: true}", codes(6, Scale::Channel, true)),
            ("{float: 32, compress: true}", Coding::FLOAT32.compressed()),
            ("{float: 16, compress: true}", Coding::FLOAT16.compressed()),
        ] {
            assert_eq!(text.parse(), Ok(coding));
            assert_eq!(coding.to_string(), text);
            let yaml = serde_yaml::to_string(&coding).unwrap();
            assert_eq!(yaml.parse(), Ok(coding), "{yaml}");
            let json = serde_json::to_string(&coding).unwrap();
            assert_eq!(serde_json::from_str::<Coding>(&json).unwrap(), coding, "{json}");
        }
    }

    #[test]
    fn options_left_out_are_the_usual_ones() {
        for (text, short) in [
            ("{bits: 8}", "8"),
            ("{bits: 8, scale: tensor, compress: false}", "8"),
            ("{float: 32}", "float32"),
            ("{float: 16, compress: false}", "float16"),
        ] {
            assert_eq!(text.parse::<Coding>().unwrap().to_string(), short);
        }
        assert_eq!(Coding::default(), Coding::FLOAT32);
    }

    #[test]
    fn what_is_no_coding_is_said() {
        for (text, words) in [
            ("9", "bits: from 2 to 8, not 9"),
            ("1", "bits: from 2 to 8, not 1"),
            ("{bits: 0}", "bits: from 2 to 8, not 0"),
            ("{bits: 264}", "bits: from 2 to 8, not 264"),
            ("16", "16 bits are those of float16"),
            ("-3", "expected float32, float16, a number of bits from 2 to 8"),
            ("float8", "write float32, float16, a number of bits from 2 to 8, or options"),
            ("flaot16", "did you mean 'float16'?"),
            ("{bits: 8, scale: row}", "expected `tensor` or `channel`"),
            ("{bits: 8, compres: true}", "expected one of `bits`, `float`, `scale`, `compress`"),
            ("{bits: 8, float: 16}", "either bits (2 to 8) or float (16 or 32)"),
            ("{compress: true}", "either bits (2 to 8) or float (16 or 32)"),
            ("{float: 8}", "16 or 32 bits, not 8"),
            ("{float: 16, scale: channel}", "scale goes with bits"),
            ("[8]", "expected float32, float16"),
        ] {
            let told = text.parse::<Coding>().unwrap_err().to_string();
            assert!(told.contains(words), "{text}: {told}");
        }
    }
}
