//! From runs to a result: the manifest, the summary table, the report.

use std::collections::BTreeMap;
use std::io::Write;

use analysis::{
    ChanceEntry, Comparison, ImageSampling, Manifest, PointEntry, RUNS, ResultsFolder, SCHEMA_VERSION, SummaryRecord,
    report, tables,
};

use super::figures::Scope;
use super::judge::judge;
use super::rounds::{RunId, Shard};
use super::sampling::from_runs::FromRuns;
use super::study::{Point, Study};
use super::{ExperimentError, Prepared, read_digest, to_io};
use crate::plan::Chance;

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
pub fn enter(manifest: &mut Manifest, point: &Point, prepared: &Prepared) {
    let Prepared { number, plan, policies, sampled } = prepared;
    let policies =
        point.plan.policies.iter().zip(policies).map(|(spec, policy)| spec.entry(policy, &point.plan.outlines));
    let provenance = manifest.enter_provenance(&point.provenance);
    let Chance { requests, observations, channels } = point.chance;
    manifest.points.push(PointEntry {
        point: *number as u32,
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
        warmup_s: plan.warmup.as_secs(),
        extrapolated: plan.extrapolated(),
        replications: 0,
        policies: policies.collect(),
        image_sampling: sampled.as_ref().map(|sampled| sampled.sampling.clone()),
        comparison: Comparison::default(),
    });
}

/// Fills in how the figures of a point vary with the images, as its runs say.
fn ask_runs(
    folder: &ResultsFolder,
    sampling: &mut ImageSampling,
    point: u32,
    policies: usize,
    runs: &[(RunId, SummaryRecord)],
) -> Result<(), ExperimentError> {
    let mut replications: BTreeMap<u32, Vec<RunId>> = BTreeMap::new();
    for (run, _) in runs.iter().filter(|(run, _)| run.point == point as usize) {
        replications.entry(run.replication).or_default().push(*run);
    }
    let mut from_runs = FromRuns::new(policies);
    for runs in replications.values().filter(|runs| runs.len() == policies) {
        let digest = |run: &RunId| {
            let file = folder.partial().join(run.file(RUNS, "json"));
            let digest = read_digest(&file)?;
            match digest.images.is_empty() && digest.summary.requests > 0 {
                true => Err(ExperimentError::Lost(format!("{}: it says nothing of single images", file.display()))),
                false => Ok(digest),
            }
        };
        from_runs.add(&runs.iter().map(digest).collect::<Result<Vec<_>, _>>()?);
    }
    from_runs.complete(sampling);
    Ok(())
}

/// Fills in what the runs say, writes the summary table and finishes the folder.
pub fn finish(
    folder: &ResultsFolder,
    mut manifest: Manifest,
    mut runs: Vec<(RunId, SummaryRecord)>,
) -> Result<Manifest, ExperimentError> {
    runs.sort_by_key(|(run, _)| *run);
    for entry in &mut manifest.points {
        let policies = entry.policies.len();
        if let Some(sampling) = entry.image_sampling.as_mut().filter(|sampling| sampling.is_of_runs()) {
            ask_runs(folder, sampling, entry.point, policies, &runs)?;
        }
    }
    let summaries: Vec<SummaryRecord> = runs.into_iter().map(|(_, summary)| summary).collect();
    let grid_is_known = summaries.iter().any(|summary| summary.grid.is_some());
    let table = tables::summary(&manifest.axes, grid_is_known);
    folder.write("summary.parquet", |to| table.write(&summaries, to).map_err(to_io))?;
    judge(&mut manifest, &summaries, Scope::Whole)?;
    if !manifest.points.is_empty() {
        let results =
            report::Results::of(manifest, folder.partial(), 0).map_err(|e| ExperimentError::Lost(e.to_string()))?;
        folder.write("report.html", |to| to.write_all(report::page(&results).as_bytes()))?;
        manifest = results.manifest;
    }
    folder.finish(&manifest.to_text())?;
    Ok(manifest)
}
