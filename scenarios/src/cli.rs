//! The command line: parses, calls, prints.

mod evaluate;
mod presets;
mod run;
mod train;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::experiment::ExperimentError;
use crate::plan::{load_minds, resolve};
use crate::source::{InputError, Source};
use clap::{Args, Parser, Subcommand};
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};

/// What edge/cloud collaborative inference costs and gains, with networks that really run.
#[derive(Parser)]
#[command(version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a scenario file and compare its policies.
    Run(run::RunArgs),
    /// Check a scenario file without running it.
    Validate(ScenarioArgs),
    /// Say how well each score of a scenario's little network tells which of its answers will do.
    Evaluate(evaluate::EvaluateArgs),
    /// Print the JSON Schema of scenario files, for editors.
    Schema,
    /// List the presets, or show one with the source of every figure.
    Presets(presets::PresetsArgs),
    /// Train a network as a training file says.
    Train(train::TrainArgs),
}

/// A scenario file and what is laid over it.
#[derive(Args)]
struct ScenarioArgs {
    /// The scenario file.
    file: PathBuf,
    /// Lay a value over the file: devices.camera.count=500, policies.2.appealnet.delta=0.7.
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
}

/// Why a command failed: what was asked for is wrong (exit code 2), or it could not be done (exit code 1).
enum Failure {
    Input(InputError),
    Failed(String),
    /// Ctrl-C (exit code 130).
    Interrupted,
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Run(args) => run::run(&args),
        Command::Validate(args) => validate(&args),
        Command::Evaluate(args) => evaluate::run(&args),
        Command::Schema => Ok(crate::schema::json_schema()),
        Command::Presets(args) => presets::presets(&args),
        Command::Train(args) => train::train(&args),
    };
    match result {
        Ok(text) => said(&text),
        Err(Failure::Input(error)) => {
            eprint!("{}", rendered(&error));
            ExitCode::from(2)
        }
        Err(Failure::Failed(why)) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
        Err(Failure::Interrupted) => {
            eprintln!("interrupted; nothing was written");
            ExitCode::from(130)
        }
    }
}

/// Prints what a command has to say. A reader that has seen enough and left is no failure.
fn said(text: &str) -> ExitCode {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            eprintln!("error: cannot print: {error}");
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}

fn validate(args: &ScenarioArgs) -> Result<String, Failure> {
    let source = Source::read(&args.file, &args.set)?;
    let scenario = source.scenario()?;
    let plan = resolve(&scenario, &source, &load_minds(&scenario, &source, true)?)?;
    let runs = plan.policies.len() as u64 * u64::from(plan.replications);
    let (file, devices, policies) = (args.file.display(), plan.devices(), plan.policies.len());
    Ok(format!("{file}: fine; {devices} devices, {policies} policies, {runs} runs of {}\n", plan.duration))
}

/// An error with the lines it is about; colours only on a terminal.
fn rendered(error: &dyn Diagnostic) -> String {
    let on_terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let theme = if on_terminal { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let mut text = String::new();
    let handler = GraphicalReportHandler::new_themed(theme).with_width(100);
    match handler.render_report(&mut text, error) {
        Ok(()) => text,
        Err(_) => format!("error: {error}\n"),
    }
}

impl From<InputError> for Failure {
    fn from(error: InputError) -> Self {
        Self::Input(error)
    }
}

impl From<ExperimentError> for Failure {
    fn from(error: ExperimentError) -> Self {
        match error {
            ExperimentError::Interrupted => Self::Interrupted,
            error => Self::Failed(error.to_string()),
        }
    }
}
