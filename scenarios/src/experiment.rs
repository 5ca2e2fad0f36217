//! A whole experiment: every point of the sweep, every policy, every replication, on all cores, into one result folder.
//!
//! Runs are independent: each is a unit that writes files of its own, and its digest last. They go to a pool of
//! blocking threads and finish in any order; whatever is computed from all of them is first put in the order of the
//! scenario file. Nothing a run computes depends on how many others run in parallel, on which machine of a cluster
//! makes it, or on whether the experiment was interrupted.

mod assemble;
mod budget;
mod by_image;
mod digester;
mod estimate;
mod figure;
mod figures;
mod findings;
mod front;
mod judge;
mod latencies;
mod made_once;
mod merge;
mod one;
mod outcomes;
mod overload;
mod provenance;
mod readings;
mod responses;
mod rounds;
mod sampling;
mod study;
#[cfg(test)]
mod tests;
mod troubles;
mod warmup;

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use analysis::{
    Contents, FolderError, Interrupted, Manifest, Outbox, ResultsFolder, RunDigest, Start, SummaryRecord, writer,
};
use sim_core::Time;
use tokio::sync::Semaphore;
use tokio::task::{JoinError, JoinSet, spawn_blocking};

use crate::identity::Identity;
use crate::plan::Plan;
use crate::policies::{Calibration, Policy, Unreachable};
use crate::schema::Replications;
use one::run_one;
use rounds::wanted;
use sampling::Sampled;

pub use estimate::{Estimate, estimate};
pub use figures::{Figures, Observed, Scope, Uncertain};
pub use judge::judge;
pub use merge::{MergeError, merge};
pub use outcomes::outcome_share;
pub use rounds::{RunId, Shard};
pub use study::{Point, Study};

/// How to run, as opposed to what: only `requests`, `trace` and `shard` change what is written.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the result goes.
    pub out: PathBuf,
    /// Runs at a time.
    pub jobs: usize,
    /// Which part of the runs to make.
    pub shard: Shard,
    /// What to do about an earlier result or start in that place.
    pub start: Start,
    /// Whether to write every request, or only summaries.
    pub requests: bool,
    /// Devices whose timeline to write, from the first run of every policy.
    pub trace: Vec<u32>,
}

impl Options {
    /// The whole experiment on all cores, every request written, into a folder that must not hold a result yet.
    pub fn new(out: impl Into<PathBuf>) -> Self {
        Self {
            out: out.into(),
            jobs: std::thread::available_parallelism().map_or(1, usize::from),
            shard: Shard::ALL,
            start: Start::default(),
            requests: true,
            trace: Vec::new(),
        }
    }
}

/// The outcome of an experiment.
#[derive(Debug)]
pub struct Report {
    /// The figures.
    pub manifest: Manifest,
    /// Where the result is.
    pub folder: PathBuf,
}

/// Why an experiment ended without a result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExperimentError {
    /// The policy of that index has a target that cannot be reached.
    #[error("{why}")]
    Unreachable {
        /// Number of the point.
        point: usize,
        /// Index in the scenario's list.
        policy: usize,
        /// What was asked for and what can be reached.
        why: Unreachable,
    },
    /// The result cannot be written.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// Some runs are complete, and then writing failed.
    #[error("{why}; {complete} runs are complete: free disk space and resume with --resume")]
    Full {
        /// The file system's error.
        why: FolderError,
        /// Runs that are complete.
        complete: usize,
    },
    /// The runs could not be started or were lost.
    #[error("a run was lost: {0}")]
    Lost(String),
    /// The caller wanted no more.
    #[error("interrupted; {}", match complete { 0 => "nothing was written".to_owned(), n => format!("{n} runs are complete: resume with --resume") })]
    Interrupted {
        /// Runs that are complete.
        complete: usize,
    },
}

/// Progress of an experiment.
#[derive(Clone, Copy, Debug)]
pub enum Progress {
    /// A round of runs begins.
    Runs {
        /// Runs of this round.
        todo: u64,
        /// Runs that are complete already.
        done: u64,
    },
    /// A run is complete.
    RunDone,
}

/// A point with its policies, ready to run.
struct Prepared {
    /// Number of the point.
    number: usize,
    /// The plan, its warm-up known.
    plan: Plan,
    policies: Vec<Arc<Policy>>,
    /// What is left to chance in the choice of images; none if there will be no interval.
    sampled: Option<Arc<Sampled>>,
}

/// Runs everything `study` asks for, or the part of it that `options` selects, unless `interrupted` is over before;
/// [`std::future::pending`] never is.
///
/// # Errors
/// See [`ExperimentError`]; there is then no result, but complete runs are kept and can be resumed.
pub fn run(
    study: &Arc<Study>,
    options: &Options,
    progress: impl Fn(Progress),
    interrupted: impl Future<Output = ()>,
) -> Result<Report, ExperimentError> {
    let Options { out, shard, requests, trace, start, .. } = options;
    let contents = Contents {
        name: study.scenario.name.clone(),
        fingerprint: study.fingerprint.to_string(),
        part: shard.part(),
        requests: *requests,
        traces: trace.clone(),
    };
    if start.interrupted == Interrupted::Resume
        && let Some(manifest) = complete_already(study, options)
    {
        return Ok(Report { manifest, folder: out.clone() });
    }
    let folder = Arc::new(ResultsFolder::open(out, contents, *start)?);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(options.jobs.max(1) + 2)
        .enable_all()
        .build()
        .map_err(|e| ExperimentError::Lost(e.to_string()))?;
    let done = runtime.block_on(async {
        tokio::select! {
            done = run_all(study, &folder, options, &progress) => done,
            () = interrupted => Err(ExperimentError::Interrupted { complete: folder.complete_runs().len() }),
        }
    });
    // After a failure or an interruption, do not wait for runs still under way.
    folder.abandon();
    runtime.shutdown_background();
    let (manifest, runs) = done?;
    let manifest = assemble::finish(&folder, manifest, runs)?;
    Ok(Report { manifest, folder: folder.target().to_owned() })
}

/// The result, if it is complete already and there is nothing to do.
fn complete_already(study: &Study, options: &Options) -> Option<Manifest> {
    let manifest = Manifest::read(&options.out).ok()?;
    let traces = options.out.join(one::TRACES).is_dir();
    holds_all(&manifest, traces, study, options).then_some(manifest)
}

/// Whether a result, with or without timelines, is of the same experiment and part and holds the tables asked for.
fn holds_all(there: &Manifest, traces: bool, study: &Study, options: &Options) -> bool {
    there.fingerprint == study.fingerprint.to_string()
        && there.shard == options.shard.part()
        && there.requests_written == options.requests
        && (traces || options.trace.is_empty())
}

/// Runs with their summaries.
type Runs = Vec<(RunId, SummaryRecord)>;

/// Prepares the points, then makes rounds of runs until no more are wanted.
async fn run_all(
    study: &Arc<Study>,
    folder: &Arc<ResultsFolder>,
    options: &Options,
    progress: &impl Fn(Progress),
) -> Result<(Manifest, Runs), ExperimentError> {
    let rule = study.scenario.replications;
    let mut done = resumed(folder)?;
    let prepared = prepare(study, options).await?;
    let mut manifest = assemble::begin(study, options.shard, options.requests)?;
    for point in prepared.iter() {
        assemble::enter(&mut manifest, &study.points[point.number], point);
    }
    let (outbox, writing) = writer(folder.clone());
    let writing = spawn_blocking(move || writing.run());
    let made = loop {
        let todo = missing(&rule, options.shard, &prepared, &done);
        if todo.is_empty() {
            break Ok(());
        }
        progress(Progress::Runs { todo: todo.len() as u64, done: done.len() as u64 });
        match round(study, &prepared, todo, options, &outbox, progress).await {
            Ok(mut runs) => done.append(&mut runs),
            Err(error) => {
                // Whatever runs still under way would write is no longer wanted.
                outbox.stop();
                break Err(error);
            }
        }
    };
    drop(outbox);
    match writing.await.map_err(lost)? {
        // If runs failed because of the disk, report that.
        Err(why) => match folder.complete_runs().len() {
            0 => Err(why.into()),
            complete => Err(ExperimentError::Full { why, complete }),
        },
        Ok(()) => made.map(|()| (manifest, done)),
    }
}

/// The complete runs of an earlier start.
fn resumed(folder: &ResultsFolder) -> Result<Runs, ExperimentError> {
    folder
        .complete_runs()
        .iter()
        .map(|file| read_digest(file).map(|digest| (run_of(&digest), digest.summary)))
        .collect()
}

/// Reads the digest of a run.
fn read_digest(file: &Path) -> Result<RunDigest, ExperimentError> {
    RunDigest::read(file).map_err(|e| ExperimentError::Lost(e.to_string()))
}

fn run_of(digest: &RunDigest) -> RunId {
    let SummaryRecord { point, replication, .. } = digest.summary;
    RunId { point: point as usize, policy: digest.policy_number, replication }
}

/// Calibrates the policies of every point of this part, and detects the warm-up where that is asked for.
async fn prepare(study: &Arc<Study>, options: &Options) -> Result<Arc<Vec<Prepared>>, ExperimentError> {
    let (study, jobs, shard) = (study.clone(), options.jobs, options.shard);
    let rule = study.scenario.replications;
    let most = match rule {
        Replications::Fixed(number) => number,
        Replications::Until(_) => 1,
    };
    let prepared = spawn_blocking(move || {
        let here = |number: &usize| (0..most).any(|replication| shard.has(&rule, *number, replication));
        let points = (0..study.points.len()).filter(here).map(|number| {
            let point = &study.points[number];
            let images = point.plan.calibration_images(&point.networks, jobs);
            let calibration = Calibration::on(&images);
            let built = point.plan.policies.iter().enumerate().map(|(policy, spec)| {
                let built = spec.build(&calibration).map(Arc::new);
                built.map_err(|why| ExperimentError::Unreachable { point: number, policy, why })
            });
            let policies: Vec<Arc<Policy>> = built.collect::<Result<_, _>>()?;
            let mut plan = point.plan.clone();
            if plan.detect_warmup {
                plan.warmup = warmup::detect(&plan, &point.networks, &policies, jobs).since(Time::ZERO);
            }
            let intervals = !matches!(rule, Replications::Fixed(0 | 1));
            let sampled = intervals.then(|| study.image_sampling(point, &images, jobs));
            Ok(Prepared { number, plan, policies, sampled })
        });
        let points = points.collect::<Result<Vec<_>, ExperimentError>>()?;
        study.learn(jobs);
        Ok(points)
    });
    prepared.await.map_err(lost)?.map(Arc::new)
}

/// Runs that are wanted and not yet made; all policies of a replication stay together, since they see the same images.
fn missing(rule: &Replications, shard: Shard, prepared: &[Prepared], done: &Runs) -> Vec<RunId> {
    let mut made: BTreeMap<usize, Vec<(&RunId, &SummaryRecord)>> = BTreeMap::new();
    for (run, summary) in done {
        made.entry(run.point).or_default().push((run, summary));
    }
    let mut todo = Vec::new();
    for (place, Prepared { number, policies, .. }) in prepared.iter().enumerate() {
        let here = made.get(number).map_or(&[][..], Vec::as_slice);
        let summaries: Vec<&SummaryRecord> = here.iter().map(|(_, summary)| *summary).collect();
        for replication in 0..wanted(rule, policies.len(), &summaries) {
            if !shard.has(rule, *number, replication) {
                continue;
            }
            for policy in 0..policies.len() {
                let run = RunId { point: *number, policy, replication };
                if !here.iter().any(|(made, _)| **made == run) {
                    todo.push((replication, place, run));
                }
            }
        }
    }
    todo.sort_by_key(|(replication, place, run)| (*replication, *place, run.policy));
    todo.into_iter().map(|(_, _, run)| run).collect()
}

/// Makes runs, `jobs` at a time.
async fn round(
    study: &Arc<Study>,
    prepared: &Arc<Vec<Prepared>>,
    todo: Vec<RunId>,
    options: &Options,
    outbox: &Outbox,
    progress: &impl Fn(Progress),
) -> Result<Runs, ExperimentError> {
    let permits = Arc::new(Semaphore::new(options.jobs.max(1)));
    let (mut tasks, mut runs) = (JoinSet::new(), Vec::with_capacity(todo.len()));
    let mut precomputed = VecDeque::new();
    for run in todo {
        precompute(study, run, options.jobs, &mut precomputed).await?;
        let permit = permits.clone().acquire_owned().await.map_err(|e| ExperimentError::Lost(e.to_string()))?;
        let (study, prepared, outbox) = (study.clone(), prepared.clone(), outbox.clone());
        let options = options.clone();
        tasks.spawn_blocking(move || {
            let made = run_one(&study, &prepared, run, &options, &outbox);
            drop(permit);
            made.map(|summary| (run, summary))
        });
        while let Some(made) = tasks.try_join_next() {
            runs.push(made.map_err(lost)??);
            progress(Progress::RunDone);
        }
    }
    while let Some(made) = tasks.join_next().await {
        runs.push(made.map_err(lost)??);
        progress(Progress::RunDone);
    }
    Ok(runs)
}

/// Replications whose answers are expected to be in memory at a time.
const KEPT: usize = 2;

/// Asks for the answers to the degraded images of a run beforehand, if that is worthwhile and has not just been done: of
/// earlier ones, memory may have forgotten what it was told. Runs that need them begin later, or would ask for the same.
async fn precompute(
    study: &Arc<Study>,
    run: RunId,
    threads: usize,
    precomputed: &mut VecDeque<Identity>,
) -> Result<(), ExperimentError> {
    let Some(images) = study.points[run.point].degraded(run.replication) else { return Ok(()) };
    if precomputed.contains(&images) {
        return Ok(());
    }
    precomputed.truncate(KEPT - 1);
    precomputed.push_front(images);
    let study = study.clone();
    spawn_blocking(move || study.points[run.point].precompute(run.replication, threads)).await.map_err(lost)
}

fn lost(error: JoinError) -> ExperimentError {
    ExperimentError::Lost(error.to_string())
}

fn to_io(error: impl std::error::Error + Send + Sync + 'static) -> std::io::Error {
    std::io::Error::other(error)
}

/// The default folder for results.
pub fn default_folder(name: &str, shard: Shard) -> PathBuf {
    let part = if shard == Shard::ALL { String::new() } else { format!(".shard-{}-of-{}", shard.number, shard.of) };
    Path::new("results").join(format!("{name}{part}"))
}
