//! Detects when a point has warmed up.
//!
//! A pilot run of each policy yields the mean latency of the requests that arrived in each of many short stretches;
//! MSER-5 (White, Cobb & Spratt, 2000) chooses how many of those to drop so that the mean of the rest is most precise.
//! The latest such moment over all policies applies to all of them, so that they are measured over the same requests.

use std::sync::Arc;

use sim_core::{Time, mser5};

use crate::plan::{NetworkPair, Plan};
use crate::policies::Policy;
use crate::world::Run;

/// Stretches of a pilot.
const STRETCHES: usize = 2_000;

/// The moment from which requests count.
pub fn detect(plan: &Plan, networks: &NetworkPair, policies: &[Arc<dyn Policy>], threads: usize) -> Time {
    let share = policies.len().div_ceil(threads.max(1)).max(1);
    std::thread::scope(|scope| {
        let parts: Vec<_> = policies
            .chunks(share)
            .map(|part| scope.spawn(move || part.iter().map(|policy| settles(plan, networks, &**policy)).max()))
            .collect();
        // A panic in a run is a bug: propagate it.
        let settled = parts.into_iter().filter_map(|part| part.join().unwrap_or_else(|e| std::panic::resume_unwind(e)));
        settled.max().unwrap_or(Time::ZERO)
    })
}

fn settles(plan: &Plan, networks: &NetworkPair, policy: &dyn Policy) -> Time {
    let end = plan.duration.as_nanos();
    let stretch = |nanos: u64| (u128::from(nanos) * STRETCHES as u128 / u128::from(end.max(1))) as usize;
    let mut sums = vec![(0.0, 0u64); STRETCHES];
    let run = Run { plan, networks, precomputed: None, policy, replication: 0 };
    run.run(&mut |record, _| {
        if let Some(latency) = record.latency() {
            let (sum, count) = &mut sums[stretch(record.arrival).min(STRETCHES - 1)];
            *sum += latency;
            *count += 1;
        }
    });
    let seen: Vec<(usize, f64)> = sums
        .iter()
        .enumerate()
        .filter(|(_, (_, count))| *count > 0)
        .map(|(at, (sum, n))| (at, sum / *n as f64))
        .collect();
    let means: Vec<f64> = seen.iter().map(|(_, mean)| *mean).collect();
    let first = seen.get(mser5(&means)).map_or(0, |(at, _)| *at);
    Time::from_nanos((u128::from(end) * first as u128 / STRETCHES as u128) as u64)
}
