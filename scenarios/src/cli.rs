//! The command line: parses, calls, prints.

mod presets;
mod run;
mod train;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};
use scenarios::experiment::ExperimentError;
use scenarios::source::{InputError, Source};

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
        Command::Schema => {
            print!("{}", scenarios::schema::json_schema());
            Ok(())
        }
        Command::Presets(args) => presets::presets(&args),
        Command::Train(args) => train::train(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
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

fn validate(args: &ScenarioArgs) -> Result<(), Failure> {
    let source = Source::read(&args.file, &args.set)?;
    let (plan, _) = scenarios::plan::resolve(&source.scenario()?, &source, true)?;
    let runs = plan.policies.len() as u64 * u64::from(plan.replications);
    let (file, devices, policies) = (args.file.display(), plan.devices(), plan.policies.len());
    println!("{file}: fine; {devices} devices, {policies} policies, {runs} runs of {}", plan.duration);
    Ok(())
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
