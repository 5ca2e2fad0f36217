//! A result written down by hand, and what charts and page show of it.

mod ahead;
mod figures;
mod page;
mod results;
mod sweeps;

use super::{PolicyView, Results};
use crate::comparison::{Comparison, Interval, Row};
use crate::digest::{PERCENTILES, SCORE_BINS, ScoreHistogram};
use crate::manifest::{Manifest, PointEntry};
use crate::parts::{EnergyParts, LatencyParts};
use crate::role::Role;

fn interval(mean: f64, half_width: Option<f64>) -> Option<Interval> {
    Some(Interval { half_width, ..Interval::point(mean) })
}

/// A policy with its accuracy and half its interval, joules per request, and the share kept.
fn row(policy: &str, accuracy: f64, half_width: Option<f64>, energy: f64, kept: f64) -> Row {
    let family = policy.split(' ').next().unwrap();
    let role = match family {
        "local-only" => Role::Local,
        "offload-all" => Role::Offload,
        "max-softmax" => Role::Rival,
        _ => Role::Method,
    };
    Row {
        policy: policy.to_owned(),
        family: family.to_owned(),
        role,
        pareto: true,
        accuracy: interval(accuracy, half_width),
        appeal_rate: interval(1.0 - kept, None),
        kept: interval(kept, None),
        energy_j: interval(energy, None),
        ..Row::default()
    }
}

/// Five policies of four families; all but max-softmax are on the front.
fn rows() -> Vec<Row> {
    vec![
        row("local-only", 0.90, Some(0.01), 0.002, 1.0),
        row("offload-all", 0.95, Some(0.005), 0.2, 0.0),
        row("appealnet 0.9", 0.94, Some(0.0025), 0.05, 0.7),
        row("appealnet 0.5", 0.92, None, 0.02, 0.85),
        Row { pareto: false, ..row("max-softmax 0.9", 0.93, None, 0.06, 0.6) },
    ]
}

/// The latency at some percentiles; the others are absent.
fn percentiles(known: &[(f64, f64)]) -> Vec<Option<f64>> {
    let seconds = |percent: &f64| known.iter().find(|(other, _)| other == percent).map(|(_, seconds)| *seconds);
    PERCENTILES.iter().map(seconds).collect()
}

/// Counts in some bins; the others are empty.
fn bins(counts: &[(usize, u64)]) -> Vec<u64> {
    let mut bins = vec![0; SCORE_BINS];
    counts.iter().for_each(|(bin, count)| bins[*bin] = *count);
    bins
}

fn histogram(score: &str, right: &[(usize, u64)], wrong: &[(usize, u64)]) -> ScoreHistogram {
    ScoreHistogram { score: score.to_owned(), right: bins(right), wrong: bins(wrong) }
}

fn view(row: Row) -> PolicyView {
    PolicyView {
        row,
        latency: LatencyParts::default(),
        percentiles: percentiles(&[]),
        energy: EnergyParts::default(),
        scores: Vec::new(),
        timeline: Vec::new(),
        cuts: crate::cuts::Cuts::default(),
        gallery: Vec::new(),
    }
}

/// A result of one point.
fn results(policies: Vec<PolicyView>) -> Results {
    let comparison =
        Comparison { rows: policies.iter().map(|view| view.row.clone()).collect(), ..Comparison::default() };
    let points = vec![PointEntry { comparison, ..PointEntry::default() }];
    Results { manifest: Manifest { points, ..Manifest::default() }, point: 0, policies }
}
