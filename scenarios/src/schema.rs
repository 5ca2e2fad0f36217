//! What a scenario file may say. These types are its only definition: the JSON Schema is generated from them.

mod device;
mod named;
mod reference;
mod replications;
mod sweep;
mod target;

use std::collections::BTreeMap;

use device_models::units::{Delay, Duration, Macs, Share};
use device_models::{Radio, RandomTime, RateModel, Server};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::policies::PolicySpec;

pub use device::{ClassWeights, DeviceGroup, ImagesSpec};
pub use named::Named;
pub use reference::reference;
pub use replications::{Figure, Replications, Until, Warmup};
pub use sweep::{Axis, Settings, Spacing, ValueRange, points};
pub use target::{OneOrMore, Target, TargetFields};

/// A scenario: devices, links, a cloud, a pair of networks, and the policies to compare.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scenario {
    /// What results are called: letters, digits, `-`, `_` and `.`.
    pub name: String,
    /// Seed of everything random.
    #[serde(default = "one")]
    pub seed: u64,
    /// Simulated time.
    pub duration: Duration,
    /// Requests that arrive before this are simulated but not counted; `detect` finds it.
    #[serde(default = "no_warmup")]
    pub warmup: Warmup,
    /// How often everything is run, with independent random numbers.
    #[serde(default = "one_replication")]
    pub replications: Replications,
    /// `fashion-mnist`, which ships, or a folder: IDX files, CIFAR-10's binary files, or a folder of images a class.
    #[serde(default = "fashion_mnist")]
    pub dataset: String,
    /// The pair of networks.
    pub networks: Networks,
    /// Groups of like devices.
    pub devices: Vec<DeviceGroup>,
    /// Links by name.
    pub links: BTreeMap<String, LinkSpec>,
    /// The cloud.
    pub cloud: CloudSpec,
    /// What is compared. A list where one value is meant stands for a policy each.
    pub policies: Vec<PolicySpec>,
    /// What is varied; everything is run for every combination.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sweep: Vec<Axis>,
}

/// The pair of networks.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Networks {
    /// The one on the devices: a shipped name, or the path of an architecture file with its weights beside it.
    pub little: String,
    /// The one in the cloud.
    pub big: String,
    /// What to charge instead of what the little network takes: its decisions, another network's time and energy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub little_as_if: Option<Macs>,
    /// What to charge instead of what the big network takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub big_as_if: Option<Macs>,
}

/// What lies between devices and the cloud.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LinkSpec {
    /// The devices' radio: a preset, or its figures.
    pub radio: Named<Radio>,
    /// What one device can send at: a rate, or one that changes, for each device on its own.
    pub uplink: RateModel,
    /// What one device can receive at.
    pub downlink: RateModel,
    /// What all devices on the link can send at together, shared equally; without it, they do not disturb each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cell: Option<RateModel>,
    /// Round trip to the cloud: a duration, `{median: 20 ms, p95: 45 ms}`, or a distribution by its name.
    pub rtt: RandomTime,
    /// Probability that a packet is lost and sent again.
    #[serde(default = "no_loss")]
    pub loss: Share,
}

/// The cloud.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CloudSpec {
    /// Its servers: a preset, or their figures.
    pub hardware: Named<Server>,
    /// How many of them.
    #[serde(default = "one_server")]
    pub servers: usize,
    /// How they form batches; without it, each request runs alone.
    #[serde(default)]
    pub batch: BatchSpec,
    /// What a server costs an hour, in whatever currency; the summary says what a request costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_per_hour: Option<f64>,
    /// When it cannot be reached; by default, never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outages: Option<Outages>,
}

/// Times when the cloud cannot be reached: what arrives there is lost, and the device learns nothing of it but by its
/// `timeout`. Batches under way run on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Outages {
    /// From the end of one to the beginning of the next.
    pub up_for: RandomTime,
    /// How long one is.
    pub down_for: RandomTime,
}

/// How batches form.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchSpec {
    /// Most requests in a batch.
    pub max: usize,
    /// Longest the first of them waits for others.
    #[serde(default = "nothing")]
    pub wait: Delay,
}

impl Default for BatchSpec {
    fn default() -> Self {
        Self { max: 1, wait: nothing() }
    }
}

fn one() -> u64 {
    1
}

fn one_replication() -> Replications {
    Replications::Fixed(1)
}

fn no_warmup() -> Warmup {
    Warmup::Until(nothing())
}

fn one_server() -> usize {
    1
}

fn nothing() -> Delay {
    Delay::new(0.0)
}

fn no_loss() -> Share {
    Share::new(0.0)
}

fn fashion_mnist() -> String {
    inference::dataset::FASHION_MNIST.to_owned()
}

/// The JSON Schema of a scenario file, for editors.
pub fn json_schema() -> String {
    let schema = schemars::schema_for!(Scenario);
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}
