//! A whole experiment: every policy, every replication, on all cores, into one result folder.
//!
//! Runs are independent, so they go to a pool of blocking threads and come back in any order; everything written is put
//! in the order of the scenario file first. Nothing a run computes depends on how many run beside it.

mod findings;
mod manifest;
mod summary;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use analysis::tables::{self, Keyed};
use analysis::{Comparison, DeviceRecord, FolderError, ResultsFolder, SummaryRecord};
use tokio::task::{JoinSet, spawn_blocking};

use crate::plan::{Minds, Plan};
use crate::policies::{Calibration, Policy, Unreachable};
use crate::world;
use summary::{comparison, summarise};

pub use manifest::manifest;

/// How to run, as opposed to what: nothing here changes a result.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the result goes.
    pub out: PathBuf,
    /// Runs at a time.
    pub jobs: usize,
}

/// What an experiment came to.
#[derive(Debug)]
pub struct Report {
    /// The figures for people.
    pub comparison: Comparison,
    /// Where the result lies.
    pub folder: PathBuf,
}

/// Why an experiment ended without a result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExperimentError {
    /// The policy of that index asks for what cannot be reached.
    #[error("{why}")]
    Unreachable {
        /// Index in the scenario's list.
        policy: usize,
        /// What was asked and what can be had.
        why: Unreachable,
    },
    /// The result cannot be written.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The runs could not be started or were lost.
    #[error("a run was lost: {0}")]
    Lost(String),
    /// Somebody pressed Ctrl-C.
    #[error("interrupted; nothing was written")]
    Interrupted,
}

/// What is told while an experiment runs.
#[derive(Clone, Copy, Debug)]
pub enum Progress {
    /// So many runs are to come.
    Runs(u64),
    /// One is done.
    RunDone,
}

/// The policies of a plan, in its order.
type Policies = Vec<Arc<dyn Policy>>;

/// What is left of a run once its requests are written.
struct Finished {
    policy: usize,
    replication: u32,
    summary: SummaryRecord,
    devices: Vec<Keyed<DeviceRecord>>,
}

/// Runs everything `plan` asks for. `describe` is the scenario as it was run, for the manifest.
///
/// # Errors
/// See [`ExperimentError`]; there is then no result.
pub fn run(
    plan: Arc<Plan>,
    minds: Arc<Minds>,
    describe: serde_json::Value,
    options: &Options,
    progress: impl Fn(Progress),
) -> Result<Report, ExperimentError> {
    let folder = Arc::new(ResultsFolder::create(&options.out)?);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        // The pool of blocking threads is what limits the runs at a time.
        .max_blocking_threads(options.jobs.max(1))
        .enable_all()
        .build()
        .map_err(|e| ExperimentError::Lost(e.to_string()))?;
    let done = runtime.block_on(async {
        tokio::select! {
            done = run_all(&plan, &minds, &folder, options.jobs, &progress) => done,
            _ = tokio::signal::ctrl_c() => Err(ExperimentError::Interrupted),
        }
    });
    // After a failure or an interruption, runs still under way are not waited for, and can write nothing more.
    if done.is_err() {
        folder.abandon();
    }
    runtime.shutdown_background();
    let (policies, mut done) = done?;
    let thresholds: Vec<Option<f64>> = policies.iter().map(|policy| policy.threshold()).collect();
    done.sort_by_key(|run| (run.policy, run.replication));
    let summaries: Vec<SummaryRecord> = done.iter().map(|run| run.summary.clone()).collect();
    let devices: Vec<Keyed<DeviceRecord>> = done.into_iter().flat_map(|run| run.devices).collect();
    folder.write("summary.parquet", |to| tables::summary().write(&summaries, to).map_err(to_io))?;
    folder.write("devices.parquet", |to| tables::devices().write(&devices, to).map_err(to_io))?;
    let comparison = comparison(&plan, &summaries);
    let manifest = manifest(&plan, &minds, describe, &thresholds, &comparison);
    let folder = Arc::into_inner(folder).ok_or_else(|| ExperimentError::Lost("its folder is still in use".into()))?;
    Ok(Report { comparison, folder: folder.finish(&manifest)? })
}

fn build_policies(plan: &Plan, minds: &Minds, jobs: usize) -> Result<Policies, ExperimentError> {
    let calibration = Calibration::new(|| minds.calibration(plan.seed, jobs, |number| plan.degrade_of(number)));
    let built = plan.policies.iter().enumerate().map(|(policy, spec)| {
        spec.build(&calibration).map(Arc::from).map_err(|why| ExperimentError::Unreachable { policy, why })
    });
    built.collect()
}

/// Builds the policies, then runs everything; the pool of blocking threads runs `jobs` at a time.
async fn run_all(
    plan: &Arc<Plan>,
    minds: &Arc<Minds>,
    folder: &Arc<ResultsFolder>,
    jobs: usize,
    progress: &impl Fn(Progress),
) -> Result<(Policies, Vec<Finished>), ExperimentError> {
    let lost = |e: tokio::task::JoinError| ExperimentError::Lost(e.to_string());
    let policies = {
        let (plan, minds) = (plan.clone(), minds.clone());
        spawn_blocking(move || build_policies(&plan, &minds, jobs)).await.map_err(lost)??
    };
    progress(Progress::Runs(policies.len() as u64 * u64::from(plan.replications)));
    let mut tasks = JoinSet::new();
    for replication in 0..plan.replications {
        for (number, policy) in policies.iter().enumerate() {
            let (plan, minds, folder) = (plan.clone(), minds.clone(), folder.clone());
            let policy = policy.clone();
            tasks.spawn_blocking(move || run_one(&plan, &minds, &*policy, number, replication, &folder));
        }
    }
    let mut runs = Vec::new();
    while let Some(run) = tasks.join_next().await {
        runs.push(run.map_err(lost)??);
        progress(Progress::RunDone);
    }
    Ok((policies, runs))
}

fn run_one(
    plan: &Plan,
    minds: &Minds,
    policy: &dyn Policy,
    number: usize,
    replication: u32,
    folder: &ResultsFolder,
) -> Result<Finished, ExperimentError> {
    let label = plan.policies[number].to_string();
    let records = world::run(plan, minds, policy, &label, replication);
    let summary = summarise(plan, policy, &label, replication, &records);
    let file = format!("requests/{number:02}-{replication:04}.parquet");
    folder.write(&file, |to| tables::requests().write(&records.requests, to).map_err(to_io))?;
    Ok(Finished { policy: number, replication, summary, devices: records.devices })
}

fn to_io(error: impl std::error::Error + Send + Sync + 'static) -> std::io::Error {
    std::io::Error::other(error)
}

/// Where results go unless somebody says otherwise.
pub fn default_folder(name: &str) -> PathBuf {
    Path::new("results").join(name)
}
