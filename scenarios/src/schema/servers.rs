//! What a scenario file may say of servers.

use device_models::units::{Delay, Duration};
use device_models::{RandomTime, Server};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Named;

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
    /// Requests that may wait for a server; more are refused. By default, any number may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<usize>,
    /// Servers that are started when they are wanted and stopped when they are not; by default, `servers` are always on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<Scale>,
    /// When it cannot be reached; by default, never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outages: Option<Outages>,
}

/// Servers that come and go. `servers` of them are always on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scale {
    /// The most servers, those among them that are starting.
    pub most: usize,
    /// Another one is started when more than this many requests wait for each that is on or starting.
    pub waiting: usize,
    /// From being started to taking its first batch.
    pub cold_start: RandomTime,
    /// One that had nothing to do for this long is stopped.
    pub cool_down: Duration,
}

/// Servers at the end of a link: at the access point, in the base station. They run the big network, too. What finds their
/// queue full goes on to the cloud.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EdgeSpec {
    /// The servers: a preset, or their figures.
    pub hardware: Named<Server>,
    /// How many of them.
    #[serde(default = "one_server")]
    pub servers: usize,
    /// How they form batches; without it, each request runs alone.
    #[serde(default)]
    pub batch: BatchSpec,
    /// Round attempt between the link's end and them.
    pub rtt: RandomTime,
    /// Requests that may wait for a server; more go on to the cloud.
    #[serde(default = "short_queue")]
    pub queue: usize,
    /// What a server costs an hour, in the cloud's currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_per_hour: Option<f64>,
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

fn one_server() -> usize {
    1
}

fn short_queue() -> usize {
    16
}

fn nothing() -> Delay {
    Delay::new(0.0)
}
