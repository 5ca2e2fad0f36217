//! Merges the parts of an experiment, made anywhere in any order: the result is the same as that of an undivided run.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use analysis::{Contents, Manifest, PointEntry, RUNS, ReadError, ResultsFolder, Start, SummaryRecord, runs_in};

use super::rounds::{RunId, wanted};
use super::{ExperimentError, Report, assemble, read_digest, run_of};
use crate::schema::{Scenario, points};

/// Why parts cannot be merged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// A folder is not a result.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A folder is a result of something else.
    #[error("{folder} is not part of the same experiment as {first}: {why}")]
    Other {
        /// The folder.
        folder: String,
        /// What it was compared with.
        first: String,
        /// What differs.
        why: &'static str,
    },
    /// Two parts have the same run with different bytes.
    #[error("{a} and {b} differ, although they are the same run of the same experiment")]
    Disagree {
        /// One file.
        a: PathBuf,
        /// The other.
        b: PathBuf,
    },
    /// Some runs are in none of the parts.
    #[error("{missing} of {all} runs are missing; the first is {first}")]
    Missing {
        /// How many.
        missing: usize,
        /// Of how many.
        all: usize,
        /// One of them.
        first: String,
    },
    /// The result cannot be made.
    #[error(transparent)]
    Failed(#[from] ExperimentError),
}

/// A run found in one of the parts.
struct Found {
    part: PathBuf,
    id: RunId,
    summary: SummaryRecord,
}

/// Merges parts into `out`. The same part may be given twice; all runs must be there.
///
/// # Errors
/// See [`MergeError`]; there is then no result.
pub fn merge(parts: &[PathBuf], out: &Path, start: Start) -> Result<Report, MergeError> {
    let manifests: Vec<Manifest> = parts.iter().map(|part| Manifest::read(part)).collect::<Result<_, _>>()?;
    let Some(first) = manifests.first() else {
        return Err(ExperimentError::Lost("no parts".into()).into());
    };
    for (part, manifest) in parts.iter().zip(&manifests) {
        let other =
            |why| MergeError::Other { folder: part.display().to_string(), first: parts[0].display().to_string(), why };
        if manifest.fingerprint != first.fingerprint {
            return Err(other("scenario, networks, images or program differ"));
        }
        if manifest.requests_written != first.requests_written {
            return Err(other("one holds every request, the other only summaries"));
        }
    }
    let runs = found(parts)?;
    let scenario: Scenario = serde_json::from_value(first.scenario.clone())
        .map_err(|e| ExperimentError::Lost(format!("scenario of the manifest: {e}")))?;
    let entries = entries(&manifests, &scenario, &runs)?;
    let contents = Contents {
        name: first.name.clone(),
        fingerprint: first.fingerprint.clone(),
        part: None,
        requests: first.requests_written,
        traces: Vec::new(),
    };
    let folder = ResultsFolder::open(out, contents, start).map_err(ExperimentError::from)?;
    for run in runs.values() {
        copy(&folder, run, first.requests_written).map_err(ExperimentError::from)?;
    }
    let mut manifest = Manifest { shard: None, points: Vec::new(), provenances: Vec::new(), ..first.clone() };
    for (part, entry) in entries {
        let provenance = part.provenance(entry).map_or(0, |provenance| manifest.enter_provenance(provenance));
        manifest.points.push(PointEntry { provenance, ..entry.clone() });
    }
    let summaries = runs.into_values().map(|run| (run.id, run.summary)).collect();
    let manifest = assemble::finish(&folder, manifest, summaries)?;
    Ok(Report { manifest, folder: out.to_owned() })
}

/// Every run of every part, once.
fn found(parts: &[PathBuf]) -> Result<BTreeMap<RunId, Found>, MergeError> {
    let mut runs: BTreeMap<RunId, Found> = BTreeMap::new();
    for part in parts {
        for file in runs_in(&part.join(RUNS)) {
            let digest = read_digest(&file)?;
            let run = Found { part: part.clone(), id: run_of(&digest), summary: digest.summary };
            match runs.get(&run.id) {
                None => drop(runs.insert(run.id, run)),
                Some(other) => agree(other, &run)?,
            }
        }
    }
    Ok(runs)
}

fn agree(a: &Found, b: &Found) -> Result<(), MergeError> {
    for name in files_of(a.id, true) {
        let (a, b) = (a.part.join(&name), b.part.join(&name));
        if fs::read(&a).ok() != fs::read(&b).ok() {
            return Err(MergeError::Disagree { a, b });
        }
    }
    Ok(())
}

/// The entry of every point, from a manifest that has it, if all its runs are there.
fn entries<'a>(
    manifests: &'a [Manifest],
    scenario: &Scenario,
    runs: &BTreeMap<RunId, Found>,
) -> Result<Vec<(&'a Manifest, &'a PointEntry)>, MergeError> {
    let all = points(&scenario.sweep).map_err(|p| ExperimentError::Lost(p.what))?.len();
    let of =
        |manifest: &'a Manifest| manifest.points.iter().map(move |entry| (entry.point as usize, (manifest, entry)));
    let known: BTreeMap<usize, (&Manifest, &PointEntry)> = manifests.iter().rev().flat_map(of).collect();
    let (mut entries, mut missing, mut expected) = (Vec::new(), Vec::new(), 0);
    for number in 0..all {
        let entry = known.get(&number).copied();
        let policies = entry.map_or(scenario.policies.len(), |(_, entry)| entry.policies.len());
        let at = |point| RunId { point, policy: 0, replication: 0 };
        let here: Vec<&SummaryRecord> = runs.range(at(number)..at(number + 1)).map(|(_, run)| &run.summary).collect();
        for replication in 0..wanted(&scenario.replications, policies, &here) {
            for policy in 0..policies {
                let run = RunId { point: number, policy, replication };
                expected += 1;
                if !runs.contains_key(&run) {
                    missing.push(run);
                }
            }
        }
        entries.extend(entry);
    }
    match missing.first() {
        None => Ok(entries),
        Some(first) => Err(MergeError::Missing {
            missing: missing.len(),
            all: expected,
            first: format!("point {}, policy {}, replication {}", first.point, first.policy, first.replication),
        }),
    }
}

/// The files of a run, its digest last.
fn files_of(run: RunId, requests: bool) -> Vec<String> {
    let mut files = vec![run.file("devices", "parquet"), run.file(RUNS, "json")];
    if requests {
        files.insert(0, run.file("requests", "parquet"));
    }
    files
}

fn copy(folder: &ResultsFolder, run: &Found, requests: bool) -> Result<(), analysis::FolderError> {
    for name in files_of(run.id, requests) {
        folder.write(&name, |to| -> io::Result<()> {
            io::copy(&mut fs::File::open(run.part.join(&name))?, to)?;
            Ok(())
        })?;
    }
    Ok(())
}
