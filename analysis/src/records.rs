//! The rows.

use inference::Scores;
use serde::{Deserialize, Serialize};

use crate::cuts::Cut;
use crate::measures::{BatteryLife, OfferedLoad, Percentile};
use crate::pairing::Pairing;
use crate::parts::{EnergyParts, LatencyParts};
use crate::responses::Responses;

/// How a request ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// The edge answer was kept.
    Edge,
    /// The cloud answered.
    Cloud,
    /// The cloud did not answer in time; the edge answer was used instead.
    TimedOutEdge,
    /// No answer in time, and no edge answer to use instead.
    TimedOut,
    /// The cloud refused it; the edge answer was used instead.
    RefusedEdge,
    /// The cloud refused it, and there was no edge answer to use instead.
    Refused,
    /// The device's queue was full.
    Rejected,
    /// The device's battery was or became empty.
    DeviceDead,
    /// Still under way when the simulation ended.
    #[default]
    Unfinished,
}

impl Outcome {
    /// All outcomes.
    pub const ALL: [Self; 9] = [
        Self::Edge,
        Self::Cloud,
        Self::TimedOutEdge,
        Self::TimedOut,
        Self::RefusedEdge,
        Self::Refused,
        Self::Rejected,
        Self::DeviceDead,
        Self::Unfinished,
    ];

    /// Its name in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Edge => "edge",
            Self::Cloud => "cloud",
            Self::TimedOutEdge => "timed-out-edge",
            Self::TimedOut => "timed-out",
            Self::RefusedEdge => "refused-edge",
            Self::Refused => "refused",
            Self::Rejected => "rejected",
            Self::DeviceDead => "device-dead",
            Self::Unfinished => "unfinished",
        }
    }
}

/// Servers that answer appeals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// Those of the cloud.
    Cloud,
    /// Those at the end of the device's link.
    EdgeServer,
}

impl Tier {
    /// Its name in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cloud => "cloud",
            Self::EdgeServer => "edge-server",
        }
    }
}

/// One request, however it ended. Stamps are nanoseconds since the start; stamps that were never reached are absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RequestRecord {
    /// Number in order of arrival.
    pub request: u32,
    /// Number of the device, over all groups.
    pub device: u32,
    /// Index of the image in its data set.
    pub image: u32,
    /// Its class.
    pub label: u8,
    /// How the image was degraded, and how strongly.
    pub degradation: Option<(&'static str, f32)>,
    /// Whether the little network is right about it, whether or not it ran for this request.
    pub little_right: bool,
    /// Whether the big network is right about it, whether or not it ran for this request.
    pub big_right: bool,
    /// How it ended.
    pub outcome: Outcome,
    /// Whether it arrived after the warm-up; summaries count only these.
    pub measured: bool,
    /// Whether the policy sent it up.
    pub appealed: bool,
    /// What the radio was doing at that moment.
    pub radio: Option<&'static str>,
    /// How often it was sent up.
    pub attempts: u8,
    /// Segments of networks that its device ran for it.
    pub segments: u8,
    /// Number of the policy's offload that it was sent up as, if it was.
    pub offload: Option<u8>,
    /// Steps of the network that had been run when it was sent up, if that is cut between device and servers.
    pub cut: Option<u16>,
    /// Bits a second at which its device would have begun to send it when it last decided about it, if its policy cuts a
    /// network.
    pub uplink_rate: Option<f64>,
    /// Number of the network that gave the final answer, if there is one: `little`, `big`, the others.
    pub way: Option<u8>,
    /// Which servers took it, in the last attempt.
    pub tier: Option<Tier>,
    /// Requests in its batch in the cloud.
    pub batch: Option<u32>,
    /// Class by the last network, or exit of one, that answered on the device.
    pub edge_class: Option<u8>,
    /// Class by the servers at its link's end, if they passed it on.
    pub edge_server_class: Option<u8>,
    /// Class by the servers that answer it.
    pub cloud_class: Option<u8>,
    /// Class of the final answer.
    pub answer: Option<u8>,
    /// Whether the answer arrived by the deadline; absent without one.
    pub in_time: Option<bool>,
    /// Scores of the little network's answer; none of them if it did not run.
    pub scores: Scores,
    /// It arrived at the device.
    pub arrival: u64,
    /// The device began to run networks for it.
    pub edge_start: Option<u64>,
    /// The last of them was done.
    pub edge_done: Option<u64>,
    /// The device began to prepare it to be sent.
    pub prepare_start: Option<u64>,
    /// It was ready to be sent.
    pub prepare_done: Option<u64>,
    /// Its last attempt began, if that was not the first.
    pub retried: Option<u64>,
    /// The radio began to send it or to open a connection for it, in the last attempt; likewise for what follows.
    pub send_start: Option<u64>,
    /// Nanoseconds of sending in which no bit moved: the connection was opened, or waited for acknowledgements.
    pub send_pauses: u64,
    /// Its last bit was sent.
    pub send_done: Option<u64>,
    /// It reached servers at its link's end that then passed it on to the cloud.
    pub edge_server_arrival: Option<u64>,
    /// They had answered it, and passed it on.
    pub passed_on: Option<u64>,
    /// It reached the servers that answer it.
    pub cloud_arrival: Option<u64>,
    /// Servers had prepared it; none if that takes no time.
    pub cloud_ready: Option<u64>,
    /// Its batch began.
    pub cloud_start: Option<u64>,
    /// Its batch was done.
    pub cloud_done: Option<u64>,
    /// The answer reached the end of the device's link.
    pub answer_arrival: Option<u64>,
    /// The radio began to receive the answer. It need not have been the last to happen: the request may have been given up
    /// meanwhile, which ends it.
    pub receive_start: Option<u64>,
    /// It ended.
    pub end: Option<u64>,
    /// Bytes sent, including retransmissions.
    pub uplink_bytes: u64,
    /// Of the bytes that the last attempt sent to the end, those that were sent again because packets were lost.
    pub resent_bytes: u64,
    /// Nanoseconds by which these losses delayed its arrival at the servers.
    pub recovery: u64,
    /// Bytes received.
    pub downlink_bytes: u64,
    /// Energy spent on it; the idle part is always 0.
    pub energy: EnergyParts,
}

impl RequestRecord {
    /// Where its latency went, if it was answered.
    pub fn parts(&self) -> Option<LatencyParts> {
        self.answer?;
        let end = self.end?;
        let between = |from: Option<u64>, to: Option<u64>| match (from, to) {
            (Some(from), Some(to)) => to.saturating_sub(from) as f64 * 1e-9,
            _ => 0.0,
        };
        let last = self.stamps().last().unwrap_or(self.arrival);
        let done = Some(end);
        let ready = self.prepare_done.or(self.edge_done).or(Some(self.arrival));
        let by_cloud = self.outcome == Outcome::Cloud;
        // What was not sent to its last bit was in vain, pauses and all.
        let connection = self.send_done.map_or(0.0, |_| self.send_pauses as f64 * 1e-9);
        Some(LatencyParts {
            queue: between(Some(self.arrival), self.edge_start.or(self.prepare_start))
                + between(self.edge_done, self.prepare_start),
            compute: between(self.edge_start, self.edge_done),
            prepare: between(self.prepare_start, self.prepare_done),
            radio: between(self.retried.or(ready), self.send_start),
            connection,
            uplink: between(self.send_start, self.send_done) - connection,
            edge_server: between(self.edge_server_arrival, self.passed_on),
            network: between(self.send_done, self.edge_server_arrival.or(self.cloud_arrival))
                + between(self.passed_on, self.cloud_arrival)
                + between(self.cloud_done, self.answer_arrival),
            cloud_prepare: between(self.cloud_arrival, self.cloud_ready),
            cloud_queue: between(self.cloud_ready.or(self.cloud_arrival), self.cloud_start),
            cloud: between(self.cloud_start, self.cloud_done),
            downlink: if by_cloud { between(self.answer_arrival, done) } else { 0.0 },
            in_vain: between(ready, self.retried) + if by_cloud { 0.0 } else { between(Some(last), done) },
        })
    }

    /// Clears the stamps of a failed attempt when the next one is scheduled.
    pub fn forget_attempt(&mut self) {
        (self.send_start, self.send_done, self.answer_arrival) = (None, None, None);
        self.receive_start = None;
        (self.send_pauses, self.resent_bytes, self.recovery) = (0, 0, 0);
        (self.edge_server_arrival, self.passed_on, self.edge_server_class) = (None, None, None);
        (self.cloud_arrival, self.cloud_ready) = (None, None);
        (self.cloud_start, self.cloud_done) = (None, None);
        (self.tier, self.batch, self.cloud_class) = (None, None, None);
    }

    /// Whether it was answered correctly.
    pub fn correct(&self) -> bool {
        self.answer == Some(self.label)
    }

    /// From arrival to answer in seconds, if it was answered.
    pub fn latency(&self) -> Option<f64> {
        self.answer?;
        Some((self.end?.saturating_sub(self.arrival)) as f64 * 1e-9)
    }

    /// Its stamps in the order they must have.
    pub fn stamps(&self) -> impl Iterator<Item = u64> {
        let optional = [
            self.edge_start,
            self.edge_done,
            self.prepare_start,
            self.prepare_done,
            self.retried,
            self.send_start,
            self.send_done,
            self.edge_server_arrival,
            self.passed_on,
            self.cloud_arrival,
            self.cloud_ready,
            self.cloud_start,
            self.cloud_done,
            self.answer_arrival,
        ];
        [Some(self.arrival)].into_iter().chain(optional).flatten()
    }
}

/// A battery over a run, in joules. Usable plus harvested energy equals what is left, was spent, was lost in conversion
/// or by self-discharge, or found no room.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BatteryRecord {
    /// What can be drawn from it when full, as it is at the start.
    pub usable: f64,
    /// What is left of that.
    pub left: f64,
    /// Energy harvested.
    pub harvested: f64,
    /// Harvested energy that found no room.
    pub spilled: f64,
    /// Energy lost by self-discharge.
    pub drained: f64,
    /// Energy lost in conversion between the battery and the device.
    pub lost_in_conversion: f64,
}

/// One device over a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeviceRecord {
    /// Number, over all groups.
    pub device: u32,
    /// Name of its group.
    pub group: String,
    /// Requests that arrived.
    pub requests: u64,
    /// All energy spent.
    pub energy: EnergyParts,
    /// The part of it that is booked to requests.
    pub attributed: f64,
    /// Its battery, if there is one.
    pub battery: Option<BatteryRecord>,
    /// When it died, in nanoseconds, if it did.
    pub died: Option<u64>,
    /// How long its battery lasts, if there is one.
    pub life: Option<BatteryLife>,
    /// Share of the time that the processor worked for requests.
    pub processor_busy: f64,
    /// Bytes sent.
    pub uplink_bytes: u64,
}

/// One run: a point of the sweep, a policy and a replication.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SummaryRecord {
    /// Number of the point of the sweep; 0 without one.
    pub point: u32,
    /// What the point sets, axis by axis.
    pub settings: Vec<String>,
    /// The same in base units, where it is a quantity.
    pub setting_values: Vec<Option<f64>>,
    /// The policy.
    pub policy: String,
    /// Number of the replication.
    pub replication: u32,
    /// The score from which the policy keeps an answer, if it has a threshold.
    pub threshold: Option<f64>,
    /// Number of measured requests.
    pub requests: u64,
    /// Number of requests with each outcome, in the order of [`Outcome::ALL`].
    pub outcomes: [u64; Outcome::ALL.len()],
    /// Of those that the cloud or edge servers answered, how many edge servers did, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_edge_servers: Option<u64>,
    /// Share answered correctly, of those that ended.
    pub accuracy: Option<f64>,
    /// Share of the same images that the little network gets right.
    pub little_accuracy: Option<f64>,
    /// Share of the same images that the big network gets right.
    pub big_accuracy: Option<f64>,
    /// (accuracy − little) / (big − little).
    pub accuracy_gain: Option<f64>,
    /// Share sent up.
    pub appeal_rate: Option<f64>,
    /// The requests that ended, by which of the networks is right about their images.
    #[serde(default)]
    pub pairing: Pairing,
    /// Those of them that were sent up.
    #[serde(default)]
    pub appealed: Pairing,
    /// Joules per request, without idling.
    pub energy: Option<f64>,
    /// Share without an answer when the run ended.
    pub unanswered: Option<f64>,
    /// Median latency of all requests.
    pub latency_p50: Option<Percentile>,
    /// 95th percentile of the latency.
    pub latency_p95: Option<Percentile>,
    /// 99th percentile of the latency.
    pub latency_p99: Option<Percentile>,
    /// Share not answered by the deadline, of those that have one.
    pub deadline_misses: Option<f64>,
    /// Bytes sent per request.
    pub uplink_bytes: Option<f64>,
    /// Devices with a battery.
    pub batteries: u64,
    /// Those of them whose battery was empty before the run ended.
    pub batteries_empty: u64,
    /// Seconds until the first of them was empty.
    pub first_battery_empty: Option<f64>,
    /// [Median](BatteryLife::median) life of the batteries.
    pub battery_life: Option<BatteryLife>,
    /// Mean number of times an appeal was sent, including failed attempts; none without appeals.
    pub attempts: Option<f64>,
    /// Share of the time that the cloud's servers were busy.
    pub cloud_busy: f64,
    /// Mean number of the cloud's servers that were on.
    pub cloud_servers: f64,
    /// Share of the time that the servers at the ends of links were busy, if there are any.
    pub edge_busy: Option<f64>,
    /// Joules of all servers over the run, per request that arrived.
    pub cloud_energy: Option<f64>,
    /// Cost of all servers over the run, per request that arrived.
    pub cloud_cost: Option<f64>,
    /// What a joule emits, if the scenario says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grid: Option<GramsPerJoule>,
    /// Load offered to each processor, link and server.
    pub loads: Vec<OfferedLoad>,
    /// Requests by where they were cut, if the policy cuts a network; not a column of the table.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cuts: Vec<(Cut, u64)>,
    /// How the figures respond to the appeal rate; not a column of the table.
    pub responses: Responses,
}

/// Grams of CO2 for a joule.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GramsPerJoule {
    /// That a device draws.
    pub devices: f64,
    /// That a server draws.
    pub servers: f64,
}

impl SummaryRecord {
    /// Grams of CO2 for the energy of the devices, without idling, per request.
    pub fn co2(&self) -> Option<f64> {
        Some(self.energy? * self.grid?.devices)
    }

    /// Grams of CO2 for the energy of all servers, idling and all, per request that arrived.
    pub fn servers_co2(&self) -> Option<f64> {
        Some(self.cloud_energy? * self.grid?.servers)
    }

    /// The heaviest offered load, as a multiple of what can be done.
    pub fn heaviest_load(&self) -> Option<&OfferedLoad> {
        self.loads.iter().reduce(|most, load| if load.times > most.times { load } else { most })
    }
}

/// An epoch of a training.
#[derive(Clone, Debug, PartialEq)]
pub struct EpochRecord {
    /// What was trained.
    pub stage: &'static str,
    /// Counted from 1 in its stage.
    pub epoch: u64,
    /// Mean loss over the training images.
    pub loss: f64,
    /// Share of the augmented training images classified correctly.
    pub train_accuracy: f64,
    /// Share of the held-out images classified correctly.
    pub held_out_accuracy: f64,
    /// Mean q over the training images.
    pub mean_q: f64,
}

#[cfg(test)]
mod tests;
