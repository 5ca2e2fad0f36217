//! The networks of a scenario.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use device_models::AsIf;
use inference::{BitWidths, Bits, Score, nearest};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The networks: a pair, and any others by the names that policies know them by.
#[derive(Clone, Debug, PartialEq)]
pub struct Networks {
    /// The one on the devices.
    pub little: NetworkSpec,
    /// The one in the cloud.
    pub big: NetworkSpec,
    /// Others, by name.
    pub others: BTreeMap<String, NetworkSpec>,
    /// What to charge instead of a network's own work, by its name: its answers, with another network's time and energy.
    pub as_if: BTreeMap<String, AsIf>,
}

/// What the name of a network's charge ends in.
const AS_IF: &str = "-as-if";

/// A network: a shipped name, or the path of an architecture file with its weights beside it; with layers in integers,
/// `{network: fmnist-big, bits: 8}`. Or a table of what some model answered elsewhere: `{answers: big.csv}`.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkSpec {
    /// The name or path of a network, or the path of a table.
    pub network: String,
    /// Which of its layers are computed in integers, if any are.
    pub integers: Option<Integers>,
    /// What the table's columns are called, if it is a table.
    pub recorded: Option<RecordedColumns>,
}

/// The columns of a table of answers: the name that each has there, by what it is ([`RECORDED`]); those that are not given
/// are looked for under their own names.
pub type RecordedColumns = BTreeMap<String, String>;

/// What a column of a table of answers may be, besides [scores](Score): its name, and what it holds.
pub const RECORDED: [(&str, &str); 6] = [
    ("id", "Identifies the sample: rows of all tables must agree in it."),
    ("label", "The right class, a number or a name."),
    ("class", "The class that was answered."),
    ("right", "Whether the answer was right, where there are no classes: 1 or 0, true or false."),
    ("bytes", "What is sent up for the sample, in bytes, in place of the devices' payload."),
    ("work", "What the sample took, in any unit: tokens, say. The mean is charged as the network's work."),
];

/// Which layers of a network are computed in integers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Integers {
    /// All, in as many bits.
    All(Widths),
    /// The first ones, each in its own; the others in floats.
    First(Vec<Widths>),
}

/// How many bits the numbers of a layer have: `8`, or `4/8` for weights of 4 bits and activations of 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Widths {
    /// Its weights.
    pub weights: Bits,
    /// What it makes.
    pub activations: Bits,
}

/// As a file writes it, with options.
#[derive(Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "NetworkInIntegers")]
struct Fields {
    /// A shipped name, or the path of an architecture file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    network: Option<String>,
    /// In place of a network, a table of what some model answered to each sample: a CSV file with a line of names, or
    /// Parquet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answers: Option<String>,
    /// What columns of that table are called, if not by their own names: `{right: big_correct, q: router}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    columns: Option<RecordedColumns>,
    /// Compute all layers in so many bits, from 2 to 8: `8`, or `4/8` for weights of 4 bits and activations of 8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bits: Option<Widths>,
    /// Compute the first layers in integers, each in its own bits, and the others in floats: `[8, 4/8, 2/4]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    layers: Option<Vec<Widths>>,
}

impl Networks {
    /// Two networks that are charged their own work.
    pub fn new(little: impl Into<NetworkSpec>, big: impl Into<NetworkSpec>) -> Self {
        Self { little: little.into(), big: big.into(), others: BTreeMap::new(), as_if: BTreeMap::new() }
    }

    /// All of them with their names: first the pair.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &NetworkSpec)> {
        let others = self.others.iter().map(|(name, spec)| (name.as_str(), spec));
        [("little", &self.little), ("big", &self.big)].into_iter().chain(others)
    }
}

impl From<&str> for NetworkSpec {
    fn from(network: &str) -> Self {
        network.to_owned().into()
    }
}

impl From<String> for NetworkSpec {
    fn from(network: String) -> Self {
        Self { network, integers: None, recorded: None }
    }
}

impl From<Widths> for BitWidths {
    fn from(Widths { weights, activations }: Widths) -> Self {
        Self { weights, activations }
    }
}

impl From<BitWidths> for Widths {
    fn from(BitWidths { weights, activations }: BitWidths) -> Self {
        Self { weights, activations }
    }
}

impl fmt::Display for Widths {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.weights == self.activations {
            true => write!(f, "{}", self.weights.get()),
            false => write!(f, "{}/{}", self.weights.get(), self.activations.get()),
        }
    }
}

impl FromStr for Widths {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bits = |text: &str| {
            let number = text.trim().parse().map_err(|_| {
                format!("'{text}' is no number of bits: give 2 to 8, or weights/activations such as 4/8")
            })?;
            Bits::new(number).map_err(|e| e.to_string())
        };
        let (weights, activations) = text.split_once('/').unwrap_or((text, text));
        Ok(Self { weights: bits(weights)?, activations: bits(activations)? })
    }
}

impl Serialize for Widths {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.weights == self.activations {
            true => serializer.serialize_u8(self.weights.get()),
            false => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for Widths {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl de::Visitor<'_> for Reader {
            type Value = Widths;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("bits from 2 to 8, such as 8, or 4/8 for weights of 4 bits and activations of 8")
            }

            fn visit_u64<E: de::Error>(self, bits: u64) -> Result<Widths, E> {
                bits.to_string().parse().map_err(E::custom)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Widths, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

impl JsonSchema for Widths {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Widths".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "integer", "minimum": 2, "maximum": 8 },
                { "type": "string", "pattern": "^[2-8](/[2-8])?$", "title": "weights/activations" },
            ],
        })
    }
}

impl TryFrom<Fields> for NetworkSpec {
    type Error = String;

    fn try_from(Fields { network, answers, columns, bits, layers }: Fields) -> Result<Self, Self::Error> {
        let network = match (network, answers) {
            (Some(network), None) => network,
            (None, Some(_)) if bits.is_some() || layers.is_some() => {
                return Err("answers were given in whatever bits they were: leave out `bits` and `layers`".to_owned());
            }
            (None, Some(table)) => {
                let columns = columns.unwrap_or_default();
                columns.keys().try_for_each(|key| known_column(key))?;
                return Ok(Self { network: table, integers: None, recorded: Some(columns) });
            }
            _ => return Err("give either `network` or, in its place, `answers`, a table of them".to_owned()),
        };
        if columns.is_some() {
            return Err("`columns` are those of a table of `answers`".to_owned());
        }
        let integers = match (bits, layers) {
            (Some(widths), None) => Integers::All(widths),
            (None, Some(layers)) => Integers::First(layers),
            _ => {
                return Err(
                    "give either `bits`, of all layers, or `layers`, a list of the bits of the first ones".to_owned()
                );
            }
        };
        Ok(Self { network, integers: Some(integers), recorded: None })
    }
}

/// Whether a column of a table of answers may be that.
fn known_column(key: &str) -> Result<(), String> {
    let names = || RECORDED.iter().map(|(name, _)| *name).chain(Score::all().map(Score::name));
    if names().any(|name| name == key) {
        return Ok(());
    }
    let near = nearest(key, names()).map_or(String::new(), |near| format!("did you mean '{near}'? "));
    let allowed: Vec<&str> = names().collect();
    Err(format!("a table of answers has no '{key}': {near}`columns` may give {}", allowed.join(", ")))
}

impl Serialize for NetworkSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (network, table) = (Some(self.network.clone()), self.network.clone());
        let fields = match (&self.recorded, &self.integers) {
            (Some(columns), _) => Fields {
                answers: Some(table),
                columns: Some(columns.clone()).filter(|columns| !columns.is_empty()),
                ..Fields::default()
            },
            (None, None) => return serializer.serialize_str(&self.network),
            (None, Some(Integers::All(widths))) => Fields { network, bits: Some(*widths), ..Fields::default() },
            (None, Some(Integers::First(layers))) => {
                Fields { network, layers: Some(layers.clone()), ..Fields::default() }
            }
        };
        fields.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for NetworkSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> de::Visitor<'de> for Reader {
            type Value = NetworkSpec;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str(
                    "a shipped network, the path of an architecture file, {network: ..., bits: 8}, or {answers: ...}, a \
                     table",
                )
            }

            fn visit_str<E: de::Error>(self, network: &str) -> Result<NetworkSpec, E> {
                Ok(network.into())
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<NetworkSpec, A::Error> {
                let fields = Fields::deserialize(de::value::MapAccessDeserializer::new(map))?;
                fields.try_into().map_err(de::Error::custom)
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

impl JsonSchema for NetworkSpec {
    fn schema_name() -> Cow<'static, str> {
        "Network".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let fields = generator.subschema_for::<Fields>();
        json_schema!({
            "anyOf": [
                { "type": "string", "title": "name or path" },
                fields,
            ],
        })
    }
}

impl Serialize for Networks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, spec) in self.iter() {
            map.serialize_entry(name, spec)?;
        }
        for (name, as_if) in &self.as_if {
            map.serialize_entry(&format!("{name}{AS_IF}"), as_if)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Networks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> de::Visitor<'de> for Reader {
            type Value = Networks;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("networks by name: little, big and perhaps others")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Networks, A::Error> {
                let (mut others, mut as_if) = (BTreeMap::<String, NetworkSpec>::new(), BTreeMap::new());
                while let Some(key) = map.next_key::<String>()? {
                    match key.strip_suffix(AS_IF) {
                        // Nothing in its place is as good as its not being there.
                        Some(name) => as_if.extend(map.next_value::<Option<AsIf>>()?.map(|it| (name.to_owned(), it))),
                        None => drop(others.insert(key, map.next_value()?)),
                    }
                }
                let mut of_pair = |name| others.remove(name).ok_or_else(|| de::Error::missing_field(name));
                let networks = Networks { little: of_pair("little")?, big: of_pair("big")?, others, as_if };
                match networks.as_if.keys().find(|name| networks.iter().all(|(other, _)| other != *name)) {
                    None => Ok(networks),
                    Some(name) => {
                        let names: Vec<&str> = networks.iter().map(|(name, _)| name).collect();
                        let what = format!("'{name}{AS_IF}' is of no network here: there are {}", names.join(", "));
                        Err(de::Error::custom(what))
                    }
                }
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

impl JsonSchema for Networks {
    fn schema_name() -> Cow<'static, str> {
        "Networks".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let [network, as_if] = [generator.subschema_for::<NetworkSpec>(), generator.subschema_for::<AsIf>()];
        let described = |schema: &Schema, about: &str| {
            let mut schema = schema.clone();
            schema.insert("description".to_owned(), about.into());
            schema
        };
        json_schema!({
            "description": "The networks: `little` and `big`, and any others by names of your own, which policies and the \
                            servers of links know them by; `NAME-as-if` is what to charge instead of a network's own work.",
            "type": "object",
            "properties": {
                "little": described(&network, "The one on the devices: a shipped name, or the path of an architecture \
                                               file with its weights beside it."),
                "big": described(&network, "The one in the cloud."),
                "little-as-if": described(&as_if, "What to charge instead of the little network's own work: its \
                                                   decisions, with another network's time and energy. Given as \
                                                   multiply-accumulates, or in more detail."),
                "big-as-if": described(&as_if, "What to charge instead of the big network's own work."),
            },
            "patternProperties": { "-as-if$": as_if },
            "additionalProperties": network,
            "required": ["little", "big"],
        })
    }
}
