use std::collections::BTreeMap;

use device_models::units::{DataSize, Duration};
use device_models::{Arrivals, Battery, Processor};
use inference::Degrade;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Named;

/// A group of like devices.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DeviceGroup {
    /// What results and `--set` call it.
    pub name: String,
    /// How many of them.
    #[serde(default = "one")]
    pub count: u32,
    /// Their processor: a preset, or its figures.
    pub hardware: Named<Processor>,
    /// Their battery's capacity; without it, they are plugged in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub battery: Option<Battery>,
    /// The link they are on.
    pub link: String,
    /// When requests arrive.
    pub arrivals: Arrivals,
    /// Which images it sees; by default, each of the evaluation half equally likely.
    #[serde(default, skip_serializing_if = "ImagesSpec::is_random")]
    pub images: ImagesSpec,
    /// What befalls the images it sees; by default, nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub degrade: Option<Degrade>,
    /// What an appeal sends; by default, the image's own bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<DataSize>,
    /// What the cloud sends back.
    #[serde(default = "answer")]
    pub answer: DataSize,
    /// When an answer is late; it is counted, nothing else happens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Duration>,
    /// When the device gives up on the cloud and takes the edge answer, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
    /// Requests that may wait for the device's processor; more are rejected.
    #[serde(default = "queue")]
    pub queue: usize,
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
    /// Some classes more often: weights by class; a class that is not named has 1.
    Classes(ClassWeights),
    /// From one mixture of classes at the beginning of a run to another at its end.
    Drift {
        /// Weights at the beginning.
        from: ClassWeights,
        /// Weights at the end.
        to: ClassWeights,
    },
}

/// Weights by class; a class that is not named has 1.
pub type ClassWeights = BTreeMap<u8, f64>;

impl ImagesSpec {
    fn is_random(&self) -> bool {
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
