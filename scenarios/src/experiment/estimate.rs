//! Estimates what an experiment will take, before it is started.

use std::time::Instant;

use analysis::ByteCounter;
use analysis::tables::{self, RunKey};
use sim_core::Span;

use super::ExperimentError;
use super::study::Study;
use crate::plan::Plan;
use crate::policies::Calibration;
use crate::schema::Replications;
use crate::world::Run;

/// Approximate number of requests of a pilot run.
const PILOT: f64 = 20_000.0;

/// The estimate.
#[derive(Clone, Copy, Debug)]
pub struct Estimate {
    /// Points of the sweep.
    pub points: usize,
    /// Runs; at most this many if their number is determined along the way.
    pub runs: u64,
    /// Requests of all runs.
    pub requests: f64,
    /// Core seconds, from pilot runs on this computer.
    pub core_seconds: f64,
    /// Bytes on disk.
    pub bytes: f64,
}

/// Runs each policy briefly at the first point and extrapolates.
///
/// # Errors
/// If a policy has a target that cannot be reached.
pub fn estimate(study: &Study, jobs: usize) -> Result<Estimate, ExperimentError> {
    let replications = match study.scenario.replications {
        Replications::Fixed(number) => number,
        Replications::Until(until) => until.at_most,
    };
    let mut whole =
        Estimate { points: study.points.len(), runs: study.most_runs(), requests: 0.0, core_seconds: 0.0, bytes: 0.0 };
    let Some(first) = study.points.first() else { return Ok(whole) };
    let images = first.plan.calibration_images(&first.networks, jobs);
    let calibration = Calibration::on(&images);
    let (mut seconds, mut bytes, mut made) = (0.0, 0.0, 0.0);
    for (policy, spec) in first.plan.policies.iter().enumerate() {
        let unreachable = |why| ExperimentError::Unreachable { point: 0, policy, why };
        let policy = spec.build(&calibration).map_err(unreachable)?;
        let plan = pilot(&first.plan);
        let mut rows = Vec::new();
        let begun = Instant::now();
        let run = Run { plan: &plan, networks: &first.networks, policy: &policy, replication: 0 };
        run.run(&mut |record, _| rows.push(record));
        let mut counter = ByteCounter::default();
        let written = tables::requests(&RunKey::default()).write(&rows, &mut counter);
        written.map_err(|e| ExperimentError::Lost(e.to_string()))?;
        seconds += begun.elapsed().as_secs_f64();
        bytes += counter.bytes() as f64;
        made += rows.len() as f64;
    }
    let per_request = if made > 0.0 { (seconds / made, bytes / made) } else { (0.0, 0.0) };
    for point in &study.points {
        whole.requests += point.plan.expected_requests() * point.plan.policies.len() as f64 * f64::from(replications);
    }
    whole.core_seconds = whole.requests * per_request.0;
    whole.bytes = whole.requests * per_request.1;
    Ok(whole)
}

/// The beginning of a run, as long as it takes for about [`PILOT`] requests.
fn pilot(plan: &Plan) -> Plan {
    let share = (PILOT / plan.expected_requests()).min(1.0);
    Plan { duration: Span::from_secs(plan.duration.as_secs() * share), ..plan.clone() }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::source::Source;

    /// Two points, two policies and three replications with a device.
    fn study(arrivals: &str, duration: &str) -> Study {
        let text = format!(
            "
name: estimate
duration: {duration}
replications: 3
networks: {{little: fmnist-little, big: fmnist-big}}
devices: [{{name: node, hardware: raspberry-pi-4, link: wire, arrivals: {arrivals}}}]
links: {{wire: {{radio: ethernet, uplink: 100 Mbps, downlink: 1 Mbps, rtt: 10 ms}}}}
cloud: {{hardware: t4}}
sweep: [{{set: links.wire.uplink, to: [100 Mbps, 200 Mbps]}}]
policies: [local-only, offload-all]
"
        );
        let source = Source::parse("estimate.yaml", text, PathBuf::new(), &[]).unwrap();
        Study::load(&source, true).unwrap()
    }

    /// Five requests a second make 50,000 in 10,000 s, of which a pilot takes the first 4,000 s; a run of 500 requests
    /// is its own pilot.
    #[test]
    fn a_pilot_is_the_beginning_of_a_long_run() {
        let seconds = |duration: &str| pilot(&study("{poisson: 5 /s}", duration).points[0].plan).duration.as_secs();
        assert!((seconds("10000 s") - 4_000.0).abs() < 1e-6, "{}", seconds("10000 s"));
        assert_eq!(seconds("100 s"), 100.0);
    }

    /// Twelve runs of 500 requests, each of which takes as many bytes as in the tables of the two runs that are made.
    #[test]
    fn bytes_are_those_of_all_requests() {
        let study = study("{poisson: 5 /s}", "100 s");
        let first = &study.points[0];
        let (mut rows, mut bytes) = (0, 0);
        for spec in &first.plan.policies {
            let policy = &spec.build(&Calibration::NONE).unwrap();
            let run = Run { plan: &first.plan, networks: &first.networks, policy, replication: 0 };
            let mut records = Vec::new();
            run.run(&mut |record, _| records.push(record));
            let mut table = Vec::new();
            tables::requests(&RunKey::default()).write(&records, &mut table).unwrap();
            (rows, bytes) = (rows + records.len(), bytes + table.len());
        }
        assert!(rows > 800 && bytes > 20 * rows, "{bytes} bytes for {rows} requests");
        let told = estimate(&study, 1).unwrap();
        assert_eq!((told.points, told.runs, told.requests), (2, 12, 6_000.0));
        assert!((told.bytes - 6_000.0 * bytes as f64 / rows as f64).abs() < 1.0, "{told:?}");
        assert!(told.core_seconds > 0.0, "{told:?}");
    }

    /// Nothing arrives until noon: a pilot shows neither times nor bytes.
    #[test]
    fn a_pilot_without_requests_says_nothing() {
        let told = estimate(&study("{daily: [0 /s, 1 /s]}", "100 s"), 1).unwrap();
        assert_eq!((told.runs, told.core_seconds, told.bytes), (12, 0.0, 0.0));
    }
}
