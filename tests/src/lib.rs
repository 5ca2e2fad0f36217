//! Shared by the integration tests: a small scenario to vary, and the networks, loaded once.

pub mod left_out;

use std::path::PathBuf;
use std::sync::OnceLock;

use analysis::{DeviceRecord, OfferedLoad, RequestRecord, TimelineStep};
use inference::Network;
use scenarios::answers::Networks;
use scenarios::plan::{Group, Plan, load_networks, resolve};
use scenarios::policies::{Policy, Strategy, Way};
use scenarios::schema::Scenario;
use scenarios::source::Source;
use scenarios::world::Run;
use sim_core::Span;

/// A small scenario; `edits` replace parts of its text.
///
/// # Panics
/// If a part to replace is not there.
pub fn small_scenario(edits: &[(&str, &str)]) -> String {
    let mut text = include_str!("small.yaml").to_owned();
    for (old, new) in edits {
        assert!(text.contains(old), "there is no '{old}' to replace");
        text = text.replacen(old, new, 1);
    }
    text
}

/// The shipped networks and data set, which remember their answers across all tests of a process.
pub fn networks() -> &'static Networks {
    static NETWORKS: OnceLock<Networks> = OnceLock::new();
    NETWORKS.get_or_init(|| {
        let (source, scenario) = read(&small_scenario(&[]));
        load_networks(&scenario, &source, true).unwrap_or_else(|e| panic!("{e}"))
    })
}

/// A network of these.
///
/// # Panics
/// If its answers were recorded.
pub fn network(networks: &Networks, way: Way) -> &Network {
    networks.of(way).network().unwrap_or_else(|| panic!("{} was recorded", networks.of(way).name()))
}

/// A scenario's text as a plan.
///
/// # Panics
/// If the scenario is invalid.
pub fn plan(text: &str) -> Plan {
    let (source, scenario) = read(text);
    resolve(&scenario, &source, networks()).unwrap_or_else(|e| panic!("{e}\n{text}"))
}

/// How long the little network takes on the devices of a group.
pub fn little_takes(plan: &Plan, group: &Group) -> Span {
    plan.route(&Strategy::alone(Way::LITTLE), group).segments[0].takes
}

/// How long after a request the next one may start on them.
pub fn little_interval(plan: &Plan, group: &Group) -> Span {
    plan.route(&Strategy::alone(Way::LITTLE), group).segments[0].interval
}

/// Watts beyond idling that they draw while it runs.
pub fn little_power(group: &Group) -> f64 {
    let measured = group.measured.get(&Way::LITTLE.network());
    measured.map_or(group.processor.extra_power(), |leg| leg.extra_power)
}

/// All results of a run.
pub struct Records {
    /// One row per request, in order of arrival.
    pub requests: Vec<RequestRecord>,
    /// One row per device.
    pub devices: Vec<DeviceRecord>,
    /// Share of the time that the cloud's servers were busy.
    pub cloud_busy: f64,
    /// Cloud and batteries over time.
    pub timeline: Vec<TimelineStep>,
    /// The load offered to processors, links and servers.
    pub loads: Vec<OfferedLoad>,
}

/// Runs a policy with the shipped networks for a replication and keeps everything.
pub fn records(plan: &Plan, policy: &Policy, replication: u32) -> Records {
    records_of(networks(), plan, policy, replication)
}

/// The same with networks of the scenario's own.
pub fn records_of(networks: &Networks, plan: &Plan, policy: &Policy, replication: u32) -> Records {
    let mut requests = Vec::new();
    let run = Run { plan, networks, policy, replication };
    let end = run.run(&mut |record, _| requests.push(record));
    Records { requests, devices: end.devices, cloud_busy: end.cloud_busy, timeline: end.timeline, loads: end.loads }
}

/// A scenario's text, parsed.
///
/// # Panics
/// If it is invalid.
pub fn read(text: &str) -> (Source, Scenario) {
    let source = Source::parse("test.yaml", text.to_owned(), PathBuf::new(), &[]).unwrap_or_else(|e| panic!("{e}"));
    let scenario = source.scenario().unwrap_or_else(|e| panic!("{e}\n{text}"));
    (source, scenario)
}
