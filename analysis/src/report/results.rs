use std::path::Path;

use crate::comparison::Row;
use crate::cuts::Cuts;
use crate::digest::{RunDigest, ScoreHistogram, Specimen, TimelineStep};
use crate::folder::{RUNS, runs_at};
use crate::manifest::{Manifest, PointEntry, ReadError};
use crate::parts::{EnergyParts, LatencyParts};

/// A result as charts need it: the comparison at every point, and all policies of one point in detail.
pub struct Results {
    /// What ran.
    pub manifest: Manifest,
    /// Number of the point that is shown in detail.
    pub point: usize,
    /// Its policies.
    pub policies: Vec<PolicyView>,
}

/// A policy over all its replications.
pub struct PolicyView {
    /// Its figures.
    pub row: Row,
    /// Mean parts of the latency.
    pub latency: LatencyParts,
    /// Latency at [`crate::PERCENTILES`], mean over replications; absent if any replication lacks it.
    pub percentiles: Vec<Option<f64>>,
    /// Mean energy per request, without idling.
    pub energy: EnergyParts,
    /// Scores, counted over all replications.
    pub scores: Vec<ScoreHistogram>,
    /// Cloud and batteries over time, mean over replications.
    pub timeline: Vec<TimelineStep>,
    /// Where its requests were cut, counted over all replications.
    pub cuts: Cuts,
    /// Requests to look at.
    pub gallery: Vec<Specimen>,
}

impl Results {
    /// Reads a result; `point` is shown in detail.
    ///
    /// # Errors
    /// If the folder is not a result, or has no such point.
    pub fn read(folder: &Path, point: usize) -> Result<Self, ReadError> {
        Self::of(Manifest::read(folder)?, folder, point)
    }

    /// The same with a given manifest; the digests are in `folder`.
    ///
    /// # Errors
    /// If a digest cannot be read, or there is no such point.
    pub fn of(manifest: Manifest, folder: &Path, point: usize) -> Result<Self, ReadError> {
        let not = |why: String| ReadError::NotAResult { folder: folder.display().to_string(), why };
        let Some(entry) = manifest.points.get(point) else {
            return Err(not(format!("there is no point {point}, only 0 to {}", manifest.points.len().max(1) - 1)));
        };
        let files = runs_at(&folder.join(RUNS).join(format!("point={}", entry.point)));
        let digests: Result<Vec<_>, _> = files.iter().map(|file| RunDigest::read(file)).collect();
        let digests = digests.map_err(|e| not(e.to_string()))?;
        let policies = views(entry, &digests);
        Ok(Self { manifest, point, policies })
    }

    /// The point that is shown in detail.
    pub fn entry(&self) -> &PointEntry {
        &self.manifest.points[self.point]
    }

    /// The policies that are shown where all would be too many: those without a target, and of those that differ in their targets alone the one
    /// whose target is nearest to an accuracy gain of 90 %, or the first.
    pub fn shown(&self) -> Vec<&PolicyView> {
        const MANY: usize = 9;
        if self.policies.len() <= MANY {
            return self.policies.iter().collect();
        }
        let distance = |view: &PolicyView| view.row.gain_asked.map_or(f64::INFINITY, |gain| (gain - 0.9).abs());
        let mut shown: Vec<&PolicyView> = Vec::new();
        for view in &self.policies {
            match shown.iter_mut().find(|other| other.row.variant() == view.row.variant()) {
                Some(other) if distance(view) < distance(other) => *other = view,
                Some(_) => {}
                None => shown.push(view),
            }
        }
        shown
    }
}

fn views(entry: &PointEntry, digests: &[RunDigest]) -> Vec<PolicyView> {
    let view = |(number, row): (usize, &Row)| {
        let runs: Vec<&RunDigest> = digests.iter().filter(|digest| digest.policy_number == number).collect();
        let count = runs.len() as u64;
        let (mut latency, mut energy) = (LatencyParts::default(), EnergyParts::default());
        for run in &runs {
            latency += run.latency;
            energy += run.energy;
        }
        let mut cuts = Cuts::default();
        runs.iter().filter_map(|run| run.cuts.as_ref()).for_each(|more| cuts.merge(more));
        let percentiles = (0..crate::PERCENTILES.len())
            .map(|at| {
                let all: Option<Vec<f64>> = runs.iter().map(|run| run.percentiles.get(at).copied().flatten()).collect();
                all.filter(|all| !all.is_empty()).map(|all| all.iter().sum::<f64>() / all.len() as f64)
            })
            .collect();
        PolicyView {
            row: row.clone(),
            latency: latency.shared_by(count),
            percentiles,
            energy: energy.shared_by(count),
            scores: summed(&runs),
            timeline: averaged(&runs),
            cuts,
            gallery: runs.iter().flat_map(|run| run.gallery.iter().cloned()).collect(),
        }
    };
    entry.comparison.rows.iter().enumerate().map(view).collect()
}

fn summed(runs: &[&RunDigest]) -> Vec<ScoreHistogram> {
    let mut sums: Vec<ScoreHistogram> = Vec::new();
    for histogram in runs.iter().flat_map(|run| &run.scores) {
        match sums.iter_mut().find(|sum| sum.score == histogram.score) {
            None => sums.push(histogram.clone()),
            Some(sum) => {
                sum.right.iter_mut().zip(&histogram.right).for_each(|(sum, count)| *sum += count);
                sum.wrong.iter_mut().zip(&histogram.wrong).for_each(|(sum, count)| *sum += count);
            }
        }
    }
    sums
}

fn averaged(runs: &[&RunDigest]) -> Vec<TimelineStep> {
    let Some(first) = runs.first() else { return Vec::new() };
    let n = runs.len() as f64;
    let mean = |at: usize, read: &dyn Fn(&TimelineStep) -> f64| {
        runs.iter().filter_map(|run| run.timeline.get(at)).map(read).sum::<f64>() / n
    };
    let moment = |(at, moment): (usize, &TimelineStep)| TimelineStep {
        until_s: moment.until_s,
        cloud_busy: mean(at, &|m| m.cloud_busy),
        cloud_waiting: mean(at, &|m| m.cloud_waiting),
        battery: moment.battery.map(|_| mean(at, &|m| m.battery.unwrap_or(0.0))),
    };
    first.timeline.iter().enumerate().map(moment).collect()
}
