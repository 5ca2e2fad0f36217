//! How the requests of some runs ended, in shares of all.

use analysis::{Outcome, SummaryRecord};

/// Smallest share of requests ending in trouble that is worth reporting.
pub const WORTH_REPORTING: f64 = 0.01;

/// The share of all requests in some runs that ended in this way; none if there were no requests.
pub fn outcome_share(runs: &[&SummaryRecord], outcome: Outcome) -> Option<f64> {
    let requests: u64 = runs.iter().map(|run| run.requests).sum();
    let ended: u64 = runs.iter().map(|run| run.outcomes[outcome as usize]).sum();
    (requests > 0).then(|| ended as f64 / requests as f64)
}

/// The share of all requests in some runs that ended without an answer.
pub fn lost(runs: &[&SummaryRecord]) -> f64 {
    [Outcome::Rejected, Outcome::TimedOut, Outcome::Refused, Outcome::DeviceDead]
        .into_iter()
        .filter_map(|outcome| outcome_share(runs, outcome))
        .fold(0.0, |sum, share| sum + share)
}
