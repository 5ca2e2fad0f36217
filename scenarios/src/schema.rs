//! The format of scenario files. These types are its only definition: the JSON Schema is generated from them.

mod conditions;
mod device;
mod named;
mod networks;
mod reference;
mod replications;
mod servers;
mod sweep;

use std::collections::BTreeMap;

use device_models::units::{Delay, Duration};
use device_models::{Arrivals, AsIf, Grid, Loss, Radio, RandomTime, RateModel, Transport};
use inference::DatasetSpec;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::policies::Written;
use crate::problem::Problem;

pub use conditions::Conditions;
pub use device::{ClassWeights, DeviceGroup, Fallback, ImagesSpec, Prepare, Retry, WhenFull};
pub use named::Named;
pub use networks::{Integers, NetworkSpec, Networks, Widths};
pub use reference::reference;
pub use replications::{Figure, Replications, Until, Warmup};
pub use servers::{BatchSpec, CloudSpec, EdgeSpec, Outages, Scale};
pub use sweep::{Axis, Settings, Spacing, ValueRange, points};

/// A scenario: devices, links, a cloud, a pair of networks, and the policies to compare.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(extend("patternProperties" = {"^x-": {}}))]
pub struct Scenario {
    /// Name of the results: letters, digits, `-`, `_` and `.`.
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
    /// `fashion-mnist`, which ships, or a folder: IDX files, CIFAR's binary files, or a folder of images for each
    /// class. With options, `{folder: photos, resize: 28x28, grey: true}`.
    #[serde(default = "fashion_mnist")]
    pub dataset: DatasetSpec,
    /// The pair of networks, and any others.
    pub networks: Networks,
    /// Groups of identical devices.
    pub devices: Vec<DeviceGroup>,
    /// Events that several devices may see, by name, for `arrivals: {seen: ...}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub events: BTreeMap<String, Arrivals>,
    /// Links by name.
    pub links: BTreeMap<String, LinkSpec>,
    /// The cloud.
    pub cloud: CloudSpec,
    /// The carbon intensity of the electricity, for devices and servers alike or for each:
    /// `{devices: 400 g/kWh, servers: 30 g/kWh}`. With it, results have the CO2 of a request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grid: Option<Grid>,
    /// What thresholds are calibrated on, always from the calibration half; by default, what the devices see. Another
    /// setting shows the effect of a shift between calibration and use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibrate_on: Option<Conditions>,
    /// What is compared. A list in place of a single value stands for one policy per entry.
    pub policies: Vec<Written>,
    /// What is varied; everything is run for every combination.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sweep: Vec<Axis>,
}

/// What connects devices to the cloud.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LinkSpec {
    /// The devices' radio: a preset, or its figures.
    pub radio: Named<Radio>,
    /// The rate one device can send at: constant, or changing for each device independently.
    pub uplink: RateModel,
    /// The rate one device can receive at.
    pub downlink: RateModel,
    /// The rate all devices on the link can send at together, shared equally; without it, they do not affect each
    /// other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cell: Option<RateModel>,
    /// Whether what devices receive takes part of the cell's capacity as well, by its time on the air, as on a Wi-Fi
    /// channel.
    #[serde(default, skip_serializing_if = "is_false")]
    pub half_duplex: bool,
    /// Round trip to the cloud: a duration, `{median: 20 ms, p95: 45 ms}`, or a distribution by its name.
    pub rtt: RandomTime,
    /// Probability that a packet is lost and sent again, or the share lost in bursts.
    #[serde(default = "no_loss")]
    pub loss: Loss,
    /// The protocol that carries appeals and answers: a preset, or its figures. By default `warm`: a connection that is
    /// kept, and starts slowly after a pause.
    #[serde(default = "warm")]
    pub transport: Named<Transport>,
    /// Servers at the link's end, which appeals reach first; by default, none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edge: Option<EdgeSpec>,
}

impl Scenario {
    /// A scenario with nothing but this in it: devices, links and policies are still to be added.
    pub fn new(name: impl Into<String>, duration: Duration, networks: Networks, cloud: CloudSpec) -> Self {
        Self {
            name: name.into(),
            seed: one(),
            duration,
            warmup: no_warmup(),
            replications: one_replication(),
            dataset: fashion_mnist(),
            networks,
            devices: Vec::new(),
            events: BTreeMap::new(),
            links: BTreeMap::new(),
            cloud,
            grid: None,
            calibrate_on: None,
            policies: Vec::new(),
            sweep: Vec::new(),
        }
    }

    /// Adds a policy, given as a file writes it: `local-only`, `appealnet: {delta: 0.5}`.
    ///
    /// # Errors
    /// If it is not YAML. Whether there is such a policy is known when the scenario is read.
    pub fn compare(&mut self, policy: &str) -> Result<(), Problem> {
        let place = format!("policies[{}]", self.policies.len());
        // YAML of its own accord would have a tag name the policy.
        let value: Value = serde_yaml::from_str(policy).map_err(|e| Problem::new(&place, e.to_string()))?;
        self.policies.push(Written(value));
        Ok(())
    }
}

/// A network that a scenario names.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedNetwork {
    /// Where it is named first.
    pub place: String,
    /// What policies call it.
    pub name: String,
    /// The network.
    pub spec: NetworkSpec,
    /// What to charge instead of its own work, if anything.
    pub as_if: Option<AsIf>,
}

impl Scenario {
    /// The networks it names, each once: the one on the devices, the one in the cloud, the others by name, and those that
    /// servers at the ends of links name for themselves, in the order of their links. (Networks of two names are two,
    /// even if they are the same.)
    pub fn named_networks(&self) -> Vec<NamedNetwork> {
        let named = self.networks.iter().map(|(name, spec)| NamedNetwork {
            place: format!("networks.{name}"),
            name: name.to_owned(),
            spec: spec.clone(),
            as_if: self.networks.as_if.get(name).copied(),
        });
        let mut named: Vec<NamedNetwork> = named.collect();
        for (link, spec) in &self.links {
            if let Some(name) = spec.edge.as_ref().and_then(|edge| edge.network.as_deref())
                && network_of(&named, name).is_none()
            {
                let (place, spec) = (format!("links.{link}.edge.network"), name.into());
                named.push(NamedNetwork { place, name: name.to_owned(), spec, as_if: None });
            }
        }
        named
    }
}

/// The place of a network in a list, by its name there, or else by what it is, as it is (where two are the same, the
/// latter).
pub fn network_of(networks: &[NamedNetwork], name: &str) -> Option<usize> {
    let by_name = networks.iter().position(|network| network.name == name);
    by_name.or_else(|| networks.iter().rposition(|network| network.spec == name.into()))
}

impl LinkSpec {
    /// A link without losses, over connections that are kept, whose devices do not affect each other.
    pub fn new(radio: impl Into<Named<Radio>>, uplink: RateModel, downlink: RateModel, rtt: RandomTime) -> Self {
        Self {
            radio: radio.into(),
            uplink,
            downlink,
            cell: None,
            half_duplex: false,
            rtt,
            loss: no_loss(),
            transport: warm(),
            edge: None,
        }
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

fn nothing() -> Delay {
    Delay::new(0.0)
}

fn is_false(value: &bool) -> bool {
    !value
}

fn no_loss() -> Loss {
    Loss::NONE
}

fn warm() -> Named<Transport> {
    "warm".into()
}

fn fashion_mnist() -> DatasetSpec {
    DatasetSpec::plain(inference::dataset::FASHION_MNIST)
}

#[cfg(test)]
mod tests;

/// The JSON Schema of a scenario file, for editors.
pub fn json_schema() -> String {
    let schema = schemars::schema_for!(Scenario);
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}
