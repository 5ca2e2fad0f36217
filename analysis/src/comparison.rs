//! The figures for display: one row per policy.

mod appeals;
mod cuts;
mod equal_accuracy;
mod front;
mod notes;
mod reading;
mod shown;
mod table;
mod text;

use serde::{Deserialize, Serialize};

use crate::cuts::Cut;
use crate::pairing::Pairing;
use crate::role::Role;

pub use equal_accuracy::EqualAccuracy;
pub(crate) use front::on_the_front;
pub use reading::{Interval, Reading};
pub(crate) use shown::{ACCURACY, CO2, ENERGY_PER_REQUEST, LATE, LATENCY_P95, Shown};
pub(crate) use text::aligned;
pub use text::filled;

/// A policy's figures; one that was never observed is absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The policy, as the scenario file writes it.
    pub policy: String,
    /// What kind of policy it is, whatever its threshold: `appealnet`, `max-softmax`.
    pub family: String,
    /// Its name without its target, which policies share that differ in nothing else; if it is empty, its family is that.
    #[serde(default)]
    pub variant: String,
    /// What it is in a comparison.
    pub role: Role,
    /// The accuracy gain that its threshold is to reach, if that is its target: 0.9.
    #[serde(default)]
    pub gain_asked: Option<f64>,
    /// Whether no other policy is certainly better in accuracy or energy and certainly no worse in the other; the
    /// oracle, not a real policy, is left out.
    pub pareto: bool,
    /// Its threshold after calibration.
    pub threshold: Option<f64>,
    /// Share answered correctly.
    pub accuracy: Option<Interval>,
    /// AccI: where the accuracy lies between the little network's (0) and the big one's (1).
    pub accuracy_gain: Option<Interval>,
    /// Share sent up.
    pub appeal_rate: Option<Interval>,
    /// What it sent up, by which of the networks is right about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appealed: Option<Pairing>,
    /// Share answered by servers at the ends of links, if there are any: what is sent up but for what they pass on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_edge_servers: Option<f64>,
    /// Share for which the policy used the edge answer by choice. The rest was not only sent up: it may also have been
    /// rejected, lost with a battery or be unfinished.
    pub kept: Option<Interval>,
    /// Share that had not ended when the run did; the accuracy leaves it out.
    pub unfinished: Option<f64>,
    /// Joules per request, without idling.
    pub energy_j: Option<Interval>,
    /// Median latency of all requests, seconds; those without an answer count as later than every answer.
    pub latency_p50_s: Option<Reading>,
    /// 95th percentile.
    pub latency_p95_s: Option<Reading>,
    /// 99th percentile.
    pub latency_p99_s: Option<Reading>,
    /// Share not answered by the deadline.
    pub deadline_misses: Option<Interval>,
    /// Bytes sent per request.
    pub uplink_bytes: Option<Interval>,
    /// Seconds until half of the batteries are empty.
    pub battery_life_s: Option<Reading>,
    /// Shares of the requests by where they were cut, if it cuts a network.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cuts: Vec<(Cut, f64)>,
    /// Whether it chooses where.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub chooses_cuts: bool,
    /// Cost of the cloud per request.
    pub cloud_cost: Option<Interval>,
    /// Grams of CO2 per request for the devices' energy, if the carbon intensity of the grid is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub co2_g: Option<Interval>,
    /// The same with that of the servers' energy, if it is counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub co2_with_servers_g: Option<Interval>,
}

/// What every threshold of a family would come to on the evaluation images: not only those of the scenario.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FamilyCurve {
    /// What its policies share but for their targets.
    pub variant: String,
    /// Share sent up, accuracy, joules per request.
    pub points: Vec<(f64, f64, f64)>,
    /// The least and the largest share that runs sent up: beyond these, joules are extrapolated.
    pub observed: (f64, f64),
}

impl Row {
    /// What it shares with policies that differ from it in their target alone.
    pub fn variant(&self) -> &str {
        if self.variant.is_empty() { &self.family } else { &self.variant }
    }
}

/// All policies of an experiment side by side, and the findings in words.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// One row per policy, in the order of the scenario file.
    pub rows: Vec<Row>,
    /// Sentences.
    pub findings: Vec<String>,
    /// What the two networks get right; none where no policy chooses between them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pairing: Option<Pairing>,
    /// What any threshold of a family would come to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub curves: Vec<FamilyCurve>,
    /// Methods and rivals where they are equally accurate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub equal: Vec<EqualAccuracy>,
}

impl Comparison {
    /// Whether no request was observed under any policy.
    pub fn is_empty(&self) -> bool {
        self.rows.iter().all(|row| row.appeal_rate.is_none())
    }
}
