use std::path::PathBuf;
use std::sync::Arc;

use crate::experiment::{self, ExperimentError, Options, Progress, Report};
use crate::plan::{Minds, Plan, load_minds, resolve};
use crate::source::{Problem, Source};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use inference::Calls;
use serde_json::json;

use super::{Failure, ScenarioArgs};

#[derive(Args)]
pub struct RunArgs {
    #[command(flatten)]
    scenario: ScenarioArgs,
    /// Where the result goes [default: results/NAME].
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Runs at a time; changes no result [default: one a core].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Run the kernels for every request, also for images seen before; changes no result.
    #[arg(long)]
    no_memory: bool,
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
}

pub fn run(args: &RunArgs) -> Result<String, Failure> {
    let source = Source::read(&args.scenario.file, &args.scenario.set)?;
    let scenario = source.scenario()?;
    let minds = load_minds(&scenario, &source, !args.no_memory)?;
    let plan = resolve(&scenario, &source, &minds)?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let options = Options {
        out: args.out.clone().unwrap_or_else(|| experiment::default_folder(&plan.name)),
        jobs: args.jobs.map_or(cores, usize::from),
    };
    let describe = serde_json::to_value(&scenario).map_err(|e| Failure::Failed(e.to_string()))?;
    let (plan, minds) = (Arc::new(plan), Arc::new(minds));
    let bar = progress_line();
    let report = experiment::run(plan.clone(), minds.clone(), describe, &options, |progress| match progress {
        Progress::Runs(runs) => {
            bar.set_style(bar_style());
            bar.set_length(runs);
        }
        Progress::RunDone => bar.inc(1),
    });
    bar.finish_and_clear();
    let report = report.map_err(|error| match error {
        ExperimentError::Unreachable { policy, why } => {
            Failure::Input(source.report(Problem::new(format!("policies[{policy}]"), why.to_string())))
        }
        error => error.into(),
    })?;
    Ok(if args.json { as_json(&report, &minds) } else { as_text(&plan, &report, &minds) })
}

/// Drawn on a terminal only; becomes a bar when the number of runs is known.
fn progress_line() -> ProgressBar {
    let line = ProgressBar::new_spinner();
    line.set_message("calibrating thresholds");
    line.tick();
    line
}

fn bar_style() -> ProgressStyle {
    let style = ProgressStyle::with_template("[{bar:30}] {pos}/{len} runs, {eta} to go");
    style.unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn as_text(plan: &Plan, report: &Report, minds: &Minds) -> String {
    let replications = match plan.replications {
        1 => "one replication, so no intervals".to_owned(),
        n => format!("{n} replications, ± is the 95 % interval over them"),
    };
    let (devices, little, big) = (plan.devices(), minds.little.network(), minds.big.network());
    let (little_calls, big_calls) = minds.calls();
    let called = |calls: Calls| format!("{} images run, {} answered from memory", calls.run, calls.remembered);
    format!(
        "{}: {devices} devices, {} simulated, {replications}\n\n{}\n{}: {}\n{}: {}\nresults: {}\n",
        plan.name,
        plan.duration,
        report.comparison,
        little.name(),
        called(little_calls),
        big.name(),
        called(big_calls),
        report.folder.display(),
    )
}

fn as_json(report: &Report, minds: &Minds) -> String {
    let (little, big) = minds.calls();
    let report = json!({
        "results": report.folder,
        "policies": report.comparison.rows,
        "findings": report.comparison.findings,
        "kernel_calls": { "little": little.run, "big": big.run },
        "answers_from_memory": { "little": little.remembered, "big": big.remembered },
    });
    format!("{report:#}\n")
}
