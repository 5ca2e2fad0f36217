use std::collections::BTreeMap;

use device_models::units::{DataSize, Delay, Duration, Factor, Power, Share};
use device_models::{Arrivals, Battery, MeasuredPass, Processor, Rest};
use inference::Degrade;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Named;

/// A group of identical devices.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DeviceGroup {
    /// Its name in results and in `--set`.
    pub name: String,
    /// How many of them.
    #[serde(default = "one")]
    pub count: u32,
    /// Their processor: a preset, or its figures.
    pub hardware: Named<Processor>,
    /// Which of the hardware's operating `points` (clock, cores) it runs at; by default, none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<String>,
    /// What networks take on this hardware, by their names in this file, as measured on a board: in place of what the
    /// processor's figures make of their work. A network that was measured runs whole.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub measured: BTreeMap<String, MeasuredPass>,
    /// The states the processor falls into when it is idle; by default, those of its hardware.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rests: Option<Vec<Rest>>,
    /// Their battery; without it, they are plugged in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub battery: Option<Battery>,
    /// The link they are on.
    pub link: String,
    /// When requests arrive.
    pub arrivals: Arrivals,
    /// Which images it sees; by default, each of the evaluation half equally likely.
    #[serde(default, skip_serializing_if = "ImagesSpec::is_random")]
    pub images: ImagesSpec,
    /// How the images it sees are degraded; by default, they are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub degrade: Option<Degrade>,
    /// What it takes to prepare an appeal: to capture it in full, resize, encode and copy it. By default, nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prepare: Option<Prepare>,
    /// What an appeal sends; by default, the image's own bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<DataSize>,
    /// What the cloud sends back.
    #[serde(default = "answer")]
    pub answer: DataSize,
    /// When an answer counts as late; nothing else happens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Duration>,
    /// When the device gives up on the cloud.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
    /// Whether it tries again when the cloud does not answer or refuses; by default, it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// What is used instead when it has given up.
    #[serde(default)]
    pub fallback: Fallback,
    /// Requests that may wait for the device's processor.
    #[serde(default = "queue")]
    pub queue: usize,
    /// What happens to a request that finds this queue full.
    #[serde(default)]
    pub when_full: WhenFull,
}

impl DeviceGroup {
    /// One device that is plugged in, never gives up on the cloud and sees every image equally often.
    pub fn new(
        name: impl Into<String>,
        hardware: impl Into<Named<Processor>>,
        link: impl Into<String>,
        arrivals: Arrivals,
    ) -> Self {
        Self {
            name: name.into(),
            count: one(),
            hardware: hardware.into(),
            point: None,
            measured: BTreeMap::new(),
            rests: None,
            battery: None,
            link: link.into(),
            arrivals,
            images: ImagesSpec::default(),
            degrade: None,
            prepare: None,
            payload: None,
            answer: answer(),
            deadline: None,
            timeout: None,
            retry: None,
            fallback: Fallback::default(),
            queue: queue(),
            when_full: WhenFull::default(),
        }
    }
}

/// What it takes to prepare an appeal. The processor does it, once for each request: an appeal that the little network
/// has run for keeps the processor; one that skips the network waits in line with the runs, but is never turned away.
/// Sending again takes no preparing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Prepare {
    /// How long the processor is busy with it.
    pub time: Duration,
    /// Total power the device's processor draws meanwhile; by default, its busy power.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power: Option<Power>,
}

/// How a device tries again.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Retry {
    /// How often it is sent in all, including the first time.
    pub attempts: u8,
    /// An attempt has failed if no answer has come this long after its last bit; a later answer is dropped.
    pub after: Duration,
    /// How long it waits before the second attempt.
    #[serde(default = "no_time")]
    pub backoff: Delay,
    /// Each further wait is longer by this factor.
    #[serde(default = "twice")]
    pub factor: Factor,
    /// Each wait is shortened by a random share, up to this, so that devices do not all come back at once.
    #[serde(default = "no_share")]
    pub jitter: Share,
}

/// What is used instead of the cloud's answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fallback {
    /// The edge answer, if there is one.
    #[default]
    Edge,
    /// Nothing.
    None,
}

/// What happens to a request that finds the processor's queue full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WhenFull {
    /// It is rejected.
    #[default]
    Reject,
    /// It is sent up without an edge answer; under `local-only` it is rejected anyway.
    Appeal,
}

/// Which images a device sees.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum ImagesSpec {
    /// Each equally likely.
    #[default]
    Random,
    /// One after the other, each device from the first.
    InOrder,
    /// Some classes more often: weights by class; a class that is not listed has weight 1.
    Classes(ClassWeights),
    /// From one mixture of classes at the start of a run to another at its end.
    Drift {
        /// Weights at the start.
        from: ClassWeights,
        /// Weights at the end.
        to: ClassWeights,
    },
}

/// Weights by class; a class that is not listed has weight 1.
pub type ClassWeights = BTreeMap<u8, f64>;

impl ImagesSpec {
    /// Whether every image is equally likely.
    pub fn is_random(&self) -> bool {
        *self == Self::Random
    }
}

fn one() -> u32 {
    1
}

fn queue() -> usize {
    16
}

fn answer() -> DataSize {
    DataSize::new(200.0)
}

fn no_time() -> Delay {
    Delay::new(0.0)
}

fn twice() -> Factor {
    Factor::new(2.0)
}

fn no_share() -> Share {
    Share::new(0.0)
}
