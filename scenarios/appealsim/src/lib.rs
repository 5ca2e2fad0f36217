//! The program `appealsim`: parses the command line, calls the library, prints.
//!
//! Everything that knows of a terminal is here: arguments, progress, how an error is shown. What a command does is in
//! the library `scenarios`.

mod chosen;
mod compare;
mod evaluate;
mod explain;
mod export;
mod images;
mod merge;
mod plot;
mod presets;
mod problem;
mod profile;
mod reference;
mod report;
mod run;
mod summary;
mod train;
mod validate;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand};
use scenarios::experiment::{ExperimentError, Study};
use scenarios::source::{InputError, Source, printable};

use problem::rendered;

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
    /// Check a scenario file without running it, and describe what its recordings contain.
    Validate(ScenarioArgs),
    /// Measure how well each score of a scenario's little network separates its right answers from its wrong ones.
    Evaluate(evaluate::EvaluateArgs),
    /// Print the JSON Schema of scenario files, for editors.
    Schema,
    /// List the presets, or show one with the source of every figure.
    Presets(presets::PresetsArgs),
    /// Time the networks on this computer, and print its figures as a scenario's hardware.
    Profile(profile::ProfileArgs),
    /// Print how the models compare with published measurements.
    Validation,
    /// Train a network from a training file.
    Train(train::TrainArgs),
}

/// A scenario file and the values that override it.
#[derive(Args)]
struct ScenarioArgs {
    /// The scenario file.
    file: PathBuf,
    /// Override a value of the file: devices.camera.count=500, policies.2.appealnet.accuracy-gain=80%.
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Add an axis to the file's sweep: links.wifi.uplink=1Mbps,3Mbps.
    #[arg(long, value_name = "PATH=VALUE,...")]
    sweep: Vec<String>,
}

/// Why a command failed: the input is wrong (exit code 2), or the command could not be carried out (exit code 1).
enum Failure {
    Input(InputError),
    Failed(String),
    /// Ctrl-C (exit code 130), and what is kept of the work.
    Interrupted(String),
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
        Command::Profile(args) => profile::profile(&args),
        Command::Validation => scenarios::validation::validation().map_err(Failure::Failed),
        Command::Train(args) => train::train(&args),
    };
    match result {
        Ok(text) => said(&text),
        Err(Failure::Input(error)) => {
            eprint!("{}", rendered(&error));
            ExitCode::from(2)
        }
        Err(Failure::Failed(why)) => {
            eprintln!("error: {}", printable(&why));
            ExitCode::FAILURE
        }
        Err(Failure::Interrupted(what)) => {
            eprintln!("{what}");
            ExitCode::from(130)
        }
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

/// Prints a command's output. A reader that closes the pipe early is not an error.
fn said(text: &str) -> ExitCode {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            eprintln!("error: cannot print: {error}");
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}

impl ScenarioArgs {
    /// The file with all settings applied.
    fn source(&self) -> Result<Source, InputError> {
        let mut source = Source::read(&self.file, &self.set)?;
        source.sweep_also(&self.sweep)?;
        Ok(source)
    }

    fn study(&self, memory: bool) -> Result<Study, InputError> {
        Study::load(&self.source()?, memory)
    }
}

/// Writes a file the user asked for by name.
fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, bytes).map_err(|e| Failure::Failed(format!("cannot write {}: {e}", path.display())))
}

impl From<InputError> for Failure {
    fn from(error: InputError) -> Self {
        Self::Input(error)
    }
}

impl From<ExperimentError> for Failure {
    fn from(error: ExperimentError) -> Self {
        match error {
            ExperimentError::Interrupted { .. } => Self::Interrupted(error.to_string()),
            error => Self::Failed(error.to_string()),
        }
    }
}
