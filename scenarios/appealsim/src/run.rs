use std::cell::Cell;
use std::path::PathBuf;
use std::sync::Arc;

use analysis::{Interrupted, Start, counted};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::failure::Failure;
use crate::scenario::{ScenarioArgs, not_reached};
use scenarios::answers::Calls;
use scenarios::experiment::{self, ExperimentError, Options, Progress, Report, Shard, Study, default_folder, estimate};
use scenarios::policies::Way;
use scenarios::source::Source;

#[derive(Args)]
pub struct RunArgs {
    #[command(flatten)]
    scenario: ScenarioArgs,
    /// The folder for the result [default: results/NAME].
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Number of runs in parallel; does not change results [default: one per core].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Estimate the number of runs, the time and the disk space, and simulate no more than the beginning of a run of each
    /// policy for that. Splits are planned, and thresholds calibrated or found within their budgets, as for a run; that may
    /// take minutes.
    #[arg(long)]
    dry_run: bool,
    /// Resume an interrupted run; the result has the same bytes as that of an uninterrupted one.
    #[arg(long, conflicts_with = "restart")]
    resume: bool,
    /// Discard an interrupted run and start over.
    #[arg(long)]
    restart: bool,
    /// Replace a finished result in that folder, even one of another experiment; files that appealsim did not write are
    /// kept.
    #[arg(long)]
    replace: bool,
    /// Run only part I of N; `appealsim merge` merges the parts.
    #[arg(long, value_name = "I/N", value_parser = shard)]
    shard: Option<Shard>,
    /// Do not write the table of requests, only summaries, devices and the report.
    #[arg(long)]
    summaries_only: bool,
    /// Write timelines of these devices for Perfetto, from each policy's first run: numbers, or GROUP.NUMBER.
    #[arg(long, value_name = "DEVICE", value_delimiter = ',')]
    trace: Vec<String>,
    /// Run the networks for every request, even on images seen before; does not change results.
    #[arg(long)]
    no_memory: bool,
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
}

fn shard(text: &str) -> Result<Shard, String> {
    let parts = text.split_once('/').and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
    match parts {
        Some((number, of)) if (1..=of).contains(&number) => Ok(Shard { number, of }),
        _ => Err("write I/N with I from 1 to N, such as 1/4".into()),
    }
}

pub fn run(args: &RunArgs) -> Result<String, Failure> {
    let source = args.scenario.source()?;
    let bar = progress_line();
    let study = Arc::new(Study::load(&source, !args.no_memory)?);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let shard = args.shard.unwrap_or(Shard::ALL);
    let most = Shard::most(&study.scenario.replications, study.points.len());
    if u64::from(shard.of) > most {
        let parts = if most == 1 { "it cannot be divided" } else { "that is more parts than it can be divided into" };
        return Err(Failure::Failed(format!(
            "--shard {}/{}: {parts} (at most {most}), since all policies run together on the same images",
            shard.number, shard.of
        )));
    }
    let options = Options {
        out: args.out.clone().unwrap_or_else(|| default_folder(&study.scenario.name, shard)),
        jobs: args.jobs.map_or(cores, usize::from),
        shard,
        start: Start {
            interrupted: match (args.resume, args.restart) {
                (true, _) => Interrupted::Resume,
                (_, true) => Interrupted::Discard,
                _ => Interrupted::Refuse,
            },
            replace: args.replace,
        },
        requests: !args.summaries_only,
        trace: traced(&args.trace, &study)?,
    };
    let tell = |error| failure_of(error, &study, &source);
    bar.set_message("calibrating thresholds");
    bar.tick();
    if args.dry_run {
        return Ok(estimate_text(&estimate(&study, options.jobs).map_err(tell)?, &options));
    }
    let under_way = Cell::new(false);
    let progress = |progress| match progress {
        Progress::Runs { todo, done } => {
            if !under_way.replace(true) {
                bar.set_style(bar_style());
            }
            bar.set_length(done + todo);
            bar.set_position(done);
        }
        Progress::RunDone => bar.inc(1),
    };
    let report = experiment::run(&study, &options, progress, ctrl_c());
    bar.finish_and_clear();
    let report = report.map_err(tell)?;
    let called = called(&study);
    Ok(if args.json { as_json(&report, &called) } else { as_text(&report, &called) })
}

/// Over once Ctrl-C is pressed.
async fn ctrl_c() {
    if tokio::signal::ctrl_c().await.is_err() {
        // It cannot be noticed here, so it ends the process as usual.
        std::future::pending::<()>().await;
    }
}

/// The numbers of the devices to trace, given by number or by group and number within it.
fn traced(names: &[String], study: &Study) -> Result<Vec<u32>, Failure> {
    let Some(plan) = study.points.first().map(|point| &point.plan) else { return Ok(Vec::new()) };
    let find = |name: &String| {
        let number = match name.rsplit_once('.') {
            None => name.parse().ok(),
            Some((group, number)) => plan.groups.iter().find(|g| g.name == group).and_then(|group| {
                number.parse().ok().filter(|number| *number < group.count).map(|number: u32| group.first + number)
            }),
        };
        number.filter(|number| *number < plan.devices()).ok_or_else(|| {
            let groups: Vec<String> =
                plan.groups.iter().map(|g| format!("{0}.0 to {0}.{1}", g.name, g.count - 1)).collect();
            Failure::Failed(format!("--trace {name}: no such device, only {}", groups.join(", ")))
        })
    };
    names.iter().map(find).collect()
}

/// An error with the lines of the file it refers to, if any.
fn failure_of(error: ExperimentError, study: &Study, source: &Source) -> Failure {
    let ExperimentError::Unreachable { point, policy, why } = error else { return error.into() };
    not_reached(study, source, point, policy, &why).into()
}

/// Shown on a terminal only; becomes a progress bar once the number of runs is known.
fn progress_line() -> ProgressBar {
    let line = ProgressBar::new_spinner();
    line.set_message("loading networks, planning splits, keeping budgets");
    line.tick();
    line
}

fn bar_style() -> ProgressStyle {
    let style = ProgressStyle::with_template("[{bar:30}] {pos}/{len} runs, {eta} to go");
    style.unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// How often the networks of all points ran.
#[derive(Default)]
struct Called {
    /// Each network by its name, in the order of the points.
    networks: Vec<(String, Calls)>,
    /// All networks on the devices.
    little: Calls,
    /// All networks in the cloud.
    big: Calls,
}

fn called(study: &Study) -> Called {
    let mut called = Called::default();
    let mut seen: Vec<*const scenarios::answers::Networks> = Vec::new();
    for point in &study.points {
        if seen.contains(&Arc::as_ptr(&point.networks)) {
            continue;
        }
        seen.push(Arc::as_ptr(&point.networks));
        called.little += point.networks.calls(Way::LITTLE);
        called.big += point.networks.calls(Way::BIG);
        for way in point.networks.ways() {
            let calls = point.networks.calls(way);
            let name = point.networks.of(way).name();
            match called.networks.iter_mut().find(|(other, _)| other == name) {
                Some((_, sum)) => *sum += calls,
                None => called.networks.push((name.to_owned(), calls)),
            }
        }
    }
    called
}

fn estimate_text(estimate: &experiment::Estimate, options: &Options) -> String {
    let experiment::Estimate { points, runs, requests, core_seconds, bytes } = *estimate;
    let (runs, requests) = (runs / u64::from(options.shard.of), requests / f64::from(options.shard.of));
    let seconds = core_seconds / f64::from(options.shard.of) / options.jobs as f64;
    let time = match seconds {
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 5400.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    };
    let disk = match bytes / f64::from(options.shard.of) {
        _ if !options.requests => "little disk".to_owned(),
        b if b < 1e6 => format!("{:.0} kB of disk", b / 1e3),
        b if b < 1e9 => format!("{:.0} MB of disk", b / 1e6),
        b => format!("{:.1} GB of disk", b / 1e9),
    };
    let (jobs, out) = (options.jobs, options.out.display());
    format!(
        "{}, {}, about {requests:.0} requests\n\
         about {time} with {jobs} runs in parallel, and {disk}, in {out}; nothing was run\n",
        counted(points, "point", "points"),
        counted(runs as usize, "run", "runs"),
    )
}

fn as_text(report: &Report, called: &Called) -> String {
    let (folder, manifest) = (report.folder.display(), &report.manifest);
    let line = |(name, calls): &(String, Calls)| {
        if calls.looked_up > 0 {
            return format!("{name}: {} looked up\n", counted(calls.looked_up as usize, "answer", "answers"));
        }
        let run = counted(calls.run as usize, "image", "images");
        format!("{name}: {run} run, {} answered from memory\n", calls.remembered)
    };
    let networks: String = called.networks.iter().map(line).collect();
    format!("{}\n{networks}results: {folder}, to look at: {folder}/report.html\n", manifest.told())
}

fn as_json(report: &Report, called: &Called) -> String {
    let (little, big) = (called.little, called.big);
    let report = json!({
        "results": report.folder,
        "axes": report.manifest.axes,
        "points": report.manifest.points,
        "findings": report.manifest.findings_told(),
        "kernel_calls": { "little": little.run, "big": big.run },
        "answers_from_memory": { "little": little.remembered, "big": big.remembered },
    });
    format!("{report:#}\n")
}
