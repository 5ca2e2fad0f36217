//! From runs to a result: the summary table, the comparison at each point, the manifest.

use std::io::Write;

use analysis::{
    ChanceEntry, Comparison, Interval, Manifest, Outcome, Percentile, PointEntry, PolicyEntry, ResultsFolder, Row,
    SCHEMA_VERSION, SummaryRecord, report, tables,
};
use sim_core::{Estimate, Moments};

use super::findings::{findings, outcome_share, over_points};
use super::readings::{of_lives, of_percentiles};
use super::rounds::{RunId, Shard};
use super::study::{Point, Study};
use super::{ExperimentError, to_io};
use crate::plan::Chance;
use crate::policies::{Policy, PolicySpec};

/// The manifest of a study before anything has run.
pub fn begin(study: &Study, shard: Shard, requests_written: bool) -> Result<Manifest, ExperimentError> {
    let unreadable = |e: String| ExperimentError::Lost(e);
    let scenario = serde_json::to_value(&study.scenario).map_err(|e| unreadable(e.to_string()))?;
    Ok(Manifest {
        program: format!("appealsim {}", env!("CARGO_PKG_VERSION")),
        schema_version: SCHEMA_VERSION,
        fingerprint: study.fingerprint.to_string(),
        name: study.scenario.name.clone(),
        seed: study.scenario.seed,
        shard: (shard != Shard::ALL).then(|| format!("{}/{}", shard.number, shard.of)),
        requests_written,
        scenario,
        axes: study.axes.clone(),
        ..Manifest::default()
    })
}

/// Adds a point to the manifest before anything has run; points of the same provenance share its entry.
pub fn enter(
    manifest: &mut Manifest,
    number: usize,
    point: &Point,
    policies: &[impl AsRef<dyn Policy>],
    warmup_s: f64,
) {
    let policies = point.plan.policies.iter().zip(policies).map(|(spec, policy)| PolicyEntry {
        policy: spec.to_string(),
        spec: serde_json::to_value(spec).unwrap_or_default(),
        threshold: policy.as_ref().threshold(),
    });
    let provenance = manifest.enter_provenance(&point.provenance);
    let Chance { requests, observations, channels } = point.chance;
    manifest.points.push(PointEntry {
        point: number as u32,
        provenance,
        chance: ChanceEntry {
            requests: requests.to_string(),
            observations: observations.to_string(),
            channels: channels.to_string(),
        },
        calibrated_on: point.calibrated_on.clone(),
        settings: point.settings.clone(),
        values: point.values.clone(),
        devices: point.plan.devices(),
        duration_s: point.plan.duration.as_secs(),
        warmup_s,
        replications: 0,
        policies: policies.collect(),
        comparison: Comparison::default(),
    });
}

/// Fills in what the runs say, writes the summary table and finishes the folder.
pub fn finish(
    folder: &ResultsFolder,
    mut manifest: Manifest,
    mut runs: Vec<(RunId, SummaryRecord)>,
) -> Result<Manifest, ExperimentError> {
    runs.sort_by_key(|(run, _)| *run);
    let summaries: Vec<SummaryRecord> = runs.into_iter().map(|(_, summary)| summary).collect();
    folder.write("summary.parquet", |to| tables::summary(&manifest.axes).write(&summaries, to).map_err(to_io))?;
    let mut points = Vec::new();
    for entry in &mut manifest.points {
        // They are sorted by point.
        let first = summaries.partition_point(|s| s.point < entry.point);
        let here: Vec<&SummaryRecord> = summaries[first..].iter().take_while(|s| s.point == entry.point).collect();
        let specs: Vec<PolicySpec> = entry
            .policies
            .iter()
            .map(|policy| serde_json::from_value(policy.spec.clone()))
            .collect::<Result<_, _>>()
            .map_err(|e| ExperimentError::Lost(format!("policies of the manifest: {e}")))?;
        entry.replications = here.iter().map(|s| s.replication + 1).max().unwrap_or(0);
        entry.comparison = comparison(&specs, &here);
        points.push((specs, here));
    }
    if points.len() > 1 {
        let points: Vec<_> = points.iter().map(|(specs, here)| (specs.as_slice(), here.clone())).collect();
        manifest.findings = over_points(&points);
    }
    if !manifest.points.is_empty() {
        let results =
            report::Results::of(manifest, folder.partial(), 0).map_err(|e| ExperimentError::Lost(e.to_string()))?;
        folder.write("report.html", |to| to.write_all(report::page(&results).as_bytes()))?;
        manifest = results.manifest;
    }
    folder.finish(&manifest.to_text())?;
    Ok(manifest)
}

/// All policies of a point side by side, with intervals over replications.
fn comparison(policies: &[PolicySpec], summaries: &[&SummaryRecord]) -> Comparison {
    let rows = policies.iter().map(|spec| {
        let label = spec.to_string();
        let runs: Vec<&SummaryRecord> = summaries.iter().copied().filter(|s| s.policy == label).collect();
        let over = |read: fn(&SummaryRecord) -> Option<f64>| {
            let values: Option<Vec<f64>> = runs.iter().map(|run| read(run)).collect();
            values.and_then(|values| Moments::from_iter(values).estimate()).map(interval)
        };
        let latency = |read: fn(&SummaryRecord) -> Option<Percentile>| {
            let percentiles: Option<Vec<Percentile>> = runs.iter().map(|run| read(run)).collect();
            percentiles.and_then(|percentiles| of_percentiles(&percentiles))
        };
        let lives: Option<Vec<_>> = runs.iter().map(|run| run.battery_life).collect();
        Row {
            family: spec.family(),
            target: spec.target().map(|target| target.to_string()),
            pareto: false,
            threshold: runs.first().and_then(|run| run.threshold),
            accuracy: over(|s| s.accuracy),
            accuracy_gain: over(|s| s.accuracy_gain),
            appeal_rate: over(|s| s.appeal_rate),
            kept: over(|s| (s.requests > 0).then(|| s.outcomes[Outcome::Edge as usize] as f64 / s.requests as f64)),
            unfinished: outcome_share(&runs, Outcome::Unfinished),
            energy_j: over(|s| s.energy),
            latency_p50_s: latency(|s| s.latency_p50),
            latency_p95_s: latency(|s| s.latency_p95),
            latency_p99_s: latency(|s| s.latency_p99),
            deadline_misses: over(|s| s.deadline_misses),
            uplink_bytes: over(|s| s.uplink_bytes),
            battery_life_s: lives.and_then(|lives| of_lives(&lives)),
            cloud_cost: over(|s| s.cloud_cost),
            policy: label,
        }
    });
    let mut rows: Vec<Row> = rows.collect();
    mark_pareto(policies, &mut rows);
    Comparison { rows, findings: findings(policies, summaries) }
}

/// Marks the policies that no other policy beats in both accuracy and energy.
fn mark_pareto(policies: &[PolicySpec], rows: &mut [Row]) {
    let places: Vec<Option<(f64, f64)>> = policies
        .iter()
        .zip(&*rows)
        .map(|(spec, row)| match (spec, row.accuracy, row.energy_j) {
            (PolicySpec::Oracle, ..) => None,
            (_, Some(accuracy), Some(energy)) => Some((accuracy.mean, energy.mean)),
            _ => None,
        })
        .collect();
    let beats = |a: (f64, f64), b: (f64, f64)| a.0 >= b.0 && a.1 <= b.1 && a != b;
    for (row, place) in rows.iter_mut().zip(&places) {
        row.pareto = place.is_some_and(|here| !places.iter().flatten().any(|other| beats(*other, here)));
    }
}

fn interval(estimate: Estimate) -> Interval {
    Interval { mean: estimate.mean, half_width: estimate.half_width }
}
