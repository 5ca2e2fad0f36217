use std::borrow::Cow;
use std::fmt;

use device_models::units::{Delay, Share};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// How often everything is run: a fixed number of times, or until a figure is known well enough.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Replications {
    /// A fixed number of times.
    Fixed(u32),
    /// Until an interval is narrow enough.
    Until(Until),
}

/// When to stop.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Until {
    /// The figure that has to be known, for every policy.
    pub figure: Figure,
    /// Half the width of its interval, as a share of its mean: the 95 % interval, made at 97 % because stopping when it
    /// happens to be narrow makes it too narrow.
    pub within: Share,
    /// The least number of replications.
    #[serde(default = "five")]
    pub at_least: u32,
    /// The most replications, whether the figure is known well enough or not.
    #[serde(default = "hundred")]
    pub at_most: u32,
}

/// A figure of a run, from the summary table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Figure {
    /// Share answered correctly.
    Accuracy,
    /// Share sent up.
    AppealRate,
    /// Energy per request.
    Energy,
    /// Median latency.
    LatencyP50,
    /// 95th percentile of the latency.
    LatencyP95,
    /// 99th percentile of the latency.
    LatencyP99,
    /// Share not answered by the deadline.
    DeadlineMisses,
    /// Bytes sent per request.
    UplinkBytes,
}

/// What is left out at the start of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Warmup {
    /// Requests that arrive before this.
    Until(Delay),
    /// Requests that arrive before the run has settled, detected by MSER-5 on the latencies of a pilot run.
    Detect,
}

impl<'de> Deserialize<'de> for Replications {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ReplicationsReader)
    }
}

struct ReplicationsReader;

impl<'de> de::Visitor<'de> for ReplicationsReader {
    type Value = Replications;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a whole number, or the keys figure and within")
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Replications, E> {
        u32::try_from(number).map(Replications::Fixed).map_err(|_| E::custom(format!("{number} are too many")))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Replications, A::Error> {
        Until::deserialize(de::value::MapAccessDeserializer::new(map)).map(Replications::Until)
    }
}

impl JsonSchema for Replications {
    fn schema_name() -> Cow<'static, str> {
        "Replications".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let until = generator.subschema_for::<Until>();
        json_schema!({ "anyOf": [{ "type": "integer", "minimum": 1 }, until] })
    }
}

impl<'de> Deserialize<'de> for Warmup {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "detect" {
            return Ok(Self::Detect);
        }
        Delay::parse(&text).map(Self::Until).map_err(|e| de::Error::custom(format!("{e}; or write 'detect'")))
    }
}

impl Serialize for Warmup {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Until(delay) => delay.serialize(serializer),
            Self::Detect => serializer.serialize_str("detect"),
        }
    }
}

impl JsonSchema for Warmup {
    fn schema_name() -> Cow<'static, str> {
        "Warmup".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let delay = generator.subschema_for::<Delay>();
        json_schema!({ "anyOf": [{ "const": "detect" }, delay] })
    }
}

fn five() -> u32 {
    5
}

fn hundred() -> u32 {
    100
}
