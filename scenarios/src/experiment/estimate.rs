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
    let calibration = Calibration::new(|| study.calibration(first, jobs));
    let (mut seconds, mut bytes, mut made) = (0.0, 0.0, 0.0);
    for (policy, spec) in first.plan.policies.iter().enumerate() {
        let unreachable = |why| ExperimentError::Unreachable { point: 0, policy, why };
        let policy = spec.build(&calibration).map_err(unreachable)?;
        let share = (PILOT / first.plan.expected_requests()).min(1.0);
        let duration = Span::from_secs(first.plan.duration.as_secs() * share);
        let plan = Plan { duration, ..first.plan.clone() };
        let mut rows = Vec::new();
        let begun = Instant::now();
        let run = Run { plan: &plan, networks: &first.networks, precomputed: None, policy: &*policy, replication: 0 };
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
