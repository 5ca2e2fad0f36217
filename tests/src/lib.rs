//! What the tests of the whole share: a small scenario to vary, and the networks loaded once.

use std::path::PathBuf;
use std::sync::OnceLock;

use analysis::{DeviceRecord, Moment, OfferedLoad, RequestRecord};
use scenarios::plan::{NetworkPair, Plan, load_networks, resolve};
use scenarios::policies::Policy;
use scenarios::schema::Scenario;
use scenarios::source::Source;
use scenarios::world::Run;

/// A small scenario; `edits` replace pieces of its text.
///
/// # Panics
/// If a piece to replace is not there.
pub fn small_scenario(edits: &[(&str, &str)]) -> String {
    let mut text = include_str!("small.yaml").to_owned();
    for (old, new) in edits {
        assert!(text.contains(old), "there is no '{old}' to replace");
        text = text.replacen(old, new, 1);
    }
    text
}

/// The shipped networks and data set, which remember their answers over all tests of a process.
pub fn networks() -> &'static NetworkPair {
    static MINDS: OnceLock<NetworkPair> = OnceLock::new();
    MINDS.get_or_init(|| {
        let (source, scenario) = read(&small_scenario(&[]));
        load_networks(&scenario, &source, true).unwrap_or_else(|e| panic!("{e}"))
    })
}

/// A scenario's text as a plan.
///
/// # Panics
/// If the scenario is not a good one.
pub fn plan(text: &str) -> Plan {
    let (source, scenario) = read(text);
    resolve(&scenario, &source, networks()).unwrap_or_else(|e| panic!("{e}\n{text}"))
}

/// All that a run leaves behind.
pub struct Records {
    /// A row a request, in order of arrival.
    pub requests: Vec<RequestRecord>,
    /// A row a device.
    pub devices: Vec<DeviceRecord>,
    /// Share of the time the cloud's servers worked.
    pub cloud_busy: f64,
    /// Cloud and batteries over time.
    pub timeline: Vec<Moment>,
    /// What processors, links and servers were asked to do.
    pub loads: Vec<OfferedLoad>,
}

/// Runs a policy for a replication and keeps everything.
pub fn records(plan: &Plan, policy: &dyn Policy, replication: u32) -> Records {
    let mut requests = Vec::new();
    let run = Run { plan, networks: networks(), precomputed: None, policy, replication };
    let end = run.run(&mut |record, _| requests.push(record));
    Records { requests, devices: end.devices, cloud_busy: end.cloud_busy, timeline: end.timeline, loads: end.loads }
}

/// A scenario's text, read.
///
/// # Panics
/// If it is not a good one.
pub fn read(text: &str) -> (Source, Scenario) {
    let source = Source::parse("test.yaml", text.to_owned(), PathBuf::new(), &[]).unwrap_or_else(|e| panic!("{e}"));
    let scenario = source.scenario().unwrap_or_else(|e| panic!("{e}\n{text}"));
    (source, scenario)
}
