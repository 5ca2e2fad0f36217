//! The program `appealsim`: parses the command line, calls the library, prints.
//!
//! Everything that knows of a terminal is here: arguments, progress, how an error is shown. What a command does is in
//! the library `scenarios`.

mod chosen;
mod compare;
mod cuts;
mod evaluate;
mod explain;
mod export;
mod failure;
mod images;
mod merge;
mod network;
mod output;
mod plan_split;
mod plot;
mod predict_curve;
mod presets;
mod problem;
mod profile;
mod reference;
mod report;
mod run;
mod scenario;
mod summary;
mod train;
mod validate;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use failure::Failure;
use output::said;
use scenario::ScenarioArgs;

/// Simulates edge/cloud collaborative inference, with networks that really run.
#[derive(Parser)]
#[command(name = "appealsim", bin_name = "appealsim", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a scenario file and compare its policies.
    Run(run::RunArgs),
    /// Merge the parts of an experiment that `run --shard` made.
    Merge(merge::MergeArgs),
    /// Print a result's tables again.
    Summary(summary::SummaryArgs),
    /// Compare two results, policy by policy; paired if they share their random numbers.
    Compare(compare::CompareArgs),
    /// Explain one request: what waited for what, and where each joule went.
    Explain(explain::ExplainArgs),
    /// Write a result's table as CSV or JSON lines.
    Export(export::ExportArgs),
    /// Write a result's report again, as one self-contained page.
    Report(report::ReportArgs),
    /// Write a chart of a result as SVG or PNG.
    Plot(plot::PlotArgs),
    /// Check a scenario file, and describe what its recordings contain. Splits are planned, and the networks are run on the
    /// calibration half, so that targets that cannot be reached are found; nothing is simulated but what targets that are
    /// budgets (energy, battery, late) need to be found.
    Validate(ScenarioArgs),
    /// Measure how well each score of a scenario's little network separates its right answers from its wrong ones.
    Evaluate(evaluate::EvaluateArgs),
    /// Print the JSON Schema of scenario files, for editors.
    Schema,
    /// List the presets and the networks that ship, or show a preset with the source of every figure.
    Presets(presets::PresetsArgs),
    /// List where a network can be cut between device and cloud, and what a cut takes.
    Cuts(cuts::CutsArgs),
    /// Plan where to cut a network, and in how many bits to compute it before, within a device's memory.
    PlanSplit(plan_split::PlanSplitArgs),
    /// Time the networks on this computer, and print its figures as a scenario's hardware.
    Profile(profile::ProfileArgs),
    /// Print how the models compare with published measurements.
    Validation,
    /// Train a network from a training file.
    Train(train::TrainArgs),
    /// Predict where a learning curve ends, point by point as it comes in, and when training could have stopped.
    PredictCurve(predict_curve::PredictCurveArgs),
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Run(args) => run::run(&args),
        Command::Merge(args) => merge::merge(&args),
        Command::Summary(args) => summary::summary(&args),
        Command::Compare(args) => compare::compare(&args),
        Command::Explain(args) => explain::explain(&args),
        Command::Export(args) => export::export(&args),
        Command::Report(args) => report::report(&args),
        Command::Plot(args) => plot::plot(&args),
        Command::Validate(args) => validate::validate(&args),
        Command::Evaluate(args) => evaluate::run(&args),
        Command::Schema => Ok(scenarios::schema::json_schema()),
        Command::Presets(args) => presets::presets(&args),
        Command::Cuts(args) => cuts::cuts(&args),
        Command::PlanSplit(args) => plan_split::plan_split(&args),
        Command::Profile(args) => profile::profile(&args),
        Command::Validation => scenarios::validation::validation().map_err(|e| Failure::Failed(e.to_string())),
        Command::Train(args) => train::train(&args),
        Command::PredictCurve(args) => predict_curve::predict_curve(&args),
    };
    match result {
        Ok(text) => said(&text),
        Err(failure) => failure.told(),
    }
}

/// The reference of all commands as a Markdown page.
pub fn reference() -> String {
    reference::commands(Cli::command())
}

/// The reference of all presets as a Markdown page.
pub fn preset_reference() -> String {
    presets::reference()
}
