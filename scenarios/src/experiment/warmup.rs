//! Detects when a point has warmed up.
//!
//! A pilot run of each policy, which is not measured, yields the mean latency of the requests that arrived in each of
//! many short stretches; MSER-5 (White, Cobb & Spratt, 2000) chooses how many of those to drop so that the mean of the
//! rest is most precise. The latest such moment over all policies applies to all of them, so that they are measured
//! over the same requests.

use std::sync::Arc;

use sim_core::{Span, Time, mser5};

use crate::answers::Networks;
use crate::plan::Plan;
use crate::policies::Policy;
use crate::world::Run;

/// Replication of the pilots: none that is measured gets as far, so that a cut made to suit a pilot suits no figure.
pub const PILOT: u32 = u32::MAX;

/// Stretches of a pilot.
const STRETCHES: usize = 2_000;

/// The moment from which requests count.
pub fn detect(plan: &Plan, networks: &Networks, policies: &[Arc<Policy>], threads: usize) -> Time {
    let share = policies.len().div_ceil(threads.max(1)).max(1);
    std::thread::scope(|scope| {
        let parts: Vec<_> = policies
            .chunks(share)
            .map(|part| scope.spawn(move || part.iter().map(|policy| settles(plan, networks, policy)).max()))
            .collect();
        // A panic in a run is a bug: propagate it.
        let settled = parts.into_iter().filter_map(|part| part.join().unwrap_or_else(|e| std::panic::resume_unwind(e)));
        settled.max().unwrap_or(Time::ZERO)
    })
}

fn settles(plan: &Plan, networks: &Networks, policy: &Policy) -> Time {
    let mut stretches = Stretches::new(plan.duration);
    let run = Run { plan, networks, policy, replication: PILOT };
    run.run(&mut |record, _| {
        if let Some(latency) = record.latency() {
            stretches.add(record.arrival, latency);
        }
    });
    stretches.settled()
}

/// Latencies by the stretch of the run in which their requests arrived.
struct Stretches {
    end: u64,
    /// Sum and number in each.
    sums: Vec<(f64, u64)>,
}

impl Stretches {
    fn new(duration: Span) -> Self {
        Self { end: duration.as_nanos().max(1), sums: vec![(0.0, 0); STRETCHES] }
    }

    fn add(&mut self, arrival: u64, latency: f64) {
        let at = (u128::from(arrival) * STRETCHES as u128 / u128::from(self.end)) as usize;
        let (sum, count) = &mut self.sums[at.min(STRETCHES - 1)];
        *sum += latency;
        *count += 1;
    }

    /// The beginning of the first stretch that counts. Stretches in which nothing arrived say nothing.
    fn settled(&self) -> Time {
        let seen: Vec<(usize, f64)> = self
            .sums
            .iter()
            .enumerate()
            .filter(|(_, (_, count))| *count > 0)
            .map(|(at, (sum, n))| (at, sum / *n as f64))
            .collect();
        let means: Vec<f64> = seen.iter().map(|(_, mean)| *mean).collect();
        let first = seen.get(mser5(&means)).map_or(0, |(at, _)| *at);
        Time::from_nanos((u128::from(self.end) * first as u128 / STRETCHES as u128) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run of 2,000 s: stretches of a second. Requests arrive in every second one: one that takes 9 s in each of the
    /// first 600 s, and three that take 0.9 to 1.1 s in those that follow. MSER-5 takes five stretches together, so the
    /// first 300 of the 1,000 in which anything arrived are dropped: those before second 600.
    #[test]
    fn what_comes_before_a_run_has_settled_is_cut() {
        let mut stretches = Stretches::new(Span::from_secs(2_000.0));
        for second in (0..2_000).step_by(2) {
            let latencies = if second < 600 { &[9.0][..] } else { &[0.9, 1.0, 1.1] };
            latencies.iter().for_each(|latency| stretches.add(second * 1_000_000_000 + 5, *latency));
        }
        // What arrives at the very end belongs to the last stretch.
        stretches.add(2_000_000_000_000, 1.0);
        assert_eq!(stretches.settled(), Time::from_nanos(600_000_000_000));
        assert_eq!(Stretches::new(Span::from_secs(10.0)).settled(), Time::ZERO, "nothing arrived");
    }
}
