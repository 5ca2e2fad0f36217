//! Servers in scenario files.

use std::collections::BTreeMap;

use device_models::units::{Delay, Duration};
use device_models::{BatchTimes, RandomTime, Server};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Named;
use crate::policies::Written;

/// The cloud.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CloudSpec {
    /// Its servers: a preset, or their figures.
    pub hardware: Named<Server>,
    /// How long batches of networks take on them, by the networks' names in this file and the number of inputs, as measured:
    /// `{big: {1: 8 ms, 8: 21 ms}}`. In place of what the hardware's figures make of their work.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub measured: BTreeMap<String, BatchTimes>,
    /// How many of them.
    #[serde(default = "one_server")]
    pub servers: usize,
    /// Time a request takes before it joins the queue, such as decoding. CPUs do it for any number of requests at once,
    /// and neither power nor price is charged for it.
    #[serde(default = "nothing")]
    pub prepare: Delay,
    /// How they form batches; without it, each request runs alone.
    #[serde(default)]
    pub batch: BatchSpec,
    /// What a server costs per hour, in any currency; the summary shows the cost per request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_per_hour: Option<f64>,
    /// Requests that may wait for a server; more are refused. By default, any number may wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<usize>,
    /// Servers that are started and stopped with demand; by default, `servers` are always on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<Scale>,
    /// When it cannot be reached; by default, never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outages: Option<Outages>,
}

impl CloudSpec {
    /// One server of this kind, which is always on and runs each request alone.
    pub fn new(hardware: impl Into<Named<Server>>) -> Self {
        Self {
            hardware: hardware.into(),
            measured: BTreeMap::new(),
            servers: one_server(),
            prepare: nothing(),
            batch: BatchSpec::default(),
            price_per_hour: None,
            queue: None,
            scale: None,
            outages: None,
        }
    }
}

/// Servers that are started and stopped with demand, beyond the `servers` that are always on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scale {
    /// The most servers, including those that are starting.
    pub most: usize,
    /// Another one is started when more than this many requests wait for each that is on or starting.
    pub waiting: usize,
    /// Time from being started to taking its first batch.
    pub cold_start: RandomTime,
    /// A server that has had nothing to do for this long is stopped.
    pub cool_down: Duration,
}

/// Servers at the end of a link: at the access point, in the base station. They run the big network, too, or one of
/// their own. Requests that find their queue full are forwarded to the cloud, and so are those whose answers they do not
/// keep.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EdgeSpec {
    /// The servers: a preset, or their figures.
    pub hardware: Named<Server>,
    /// How long batches of networks take on them, by the networks' names in this file and the number of inputs, as measured:
    /// `{big: {1: 8 ms, 8: 21 ms}}`. In place of what the hardware's figures make of their work.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub measured: BTreeMap<String, BatchTimes>,
    /// How many of them.
    #[serde(default = "one_server")]
    pub servers: usize,
    /// Time a request takes before it joins the queue, such as decoding. CPUs do it for any number of requests at once,
    /// and neither power nor price is charged for it.
    #[serde(default = "nothing")]
    pub prepare: Delay,
    /// The network they run; by default, the one in the cloud.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// What they do with the answers of that network, as a policy does: keep them, or pass the request on to the cloud.
    /// Without it, they keep all. Only policies with a threshold that needs no calibration, such as
    /// `confidence: {score: margin, delta: 0.5}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Written>,
    /// How they form batches; without it, each request runs alone.
    #[serde(default)]
    pub batch: BatchSpec,
    /// Round trip between the link's end and them.
    pub rtt: RandomTime,
    /// Requests that may wait for a server; more are forwarded to the cloud.
    #[serde(default = "short_queue")]
    pub queue: usize,
    /// What a server costs per hour, in the cloud's currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_per_hour: Option<f64>,
}

/// Times when the cloud cannot be reached: what arrives there is lost, and the device only notices when its `timeout`
/// or `retry.after` is over. Batches under way continue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Outages {
    /// From the end of one outage to the start of the next.
    pub up_for: RandomTime,
    /// How long an outage lasts.
    pub down_for: RandomTime,
}

/// How batches form.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchSpec {
    /// Most requests in a batch.
    pub max: usize,
    /// The longest that the first of them waits for others.
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
