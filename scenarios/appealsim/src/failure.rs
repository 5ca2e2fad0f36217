//! How a command fails.

use std::process::ExitCode;

use scenarios::experiment::ExperimentError;
use scenarios::source::{InputError, printable};

use crate::problem::rendered;

/// Why a command failed: the input is wrong (exit code 2), or the command could not be carried out (exit code 1).
pub enum Failure {
    Input(Vec<InputError>),
    Failed(String),
    /// Ctrl-C (exit code 130), and what is kept of the work.
    Interrupted(String),
}

impl Failure {
    /// Tells it on standard error; returns the exit code that goes with it.
    pub fn told(&self) -> ExitCode {
        match self {
            Self::Input(errors) => {
                errors.iter().for_each(|error| eprint!("{}", rendered(error)));
                ExitCode::from(2)
            }
            Self::Failed(why) => {
                eprintln!("error: {}", printable(why));
                ExitCode::FAILURE
            }
            Self::Interrupted(what) => {
                eprintln!("{what}");
                ExitCode::from(130)
            }
        }
    }
}

impl From<InputError> for Failure {
    fn from(error: InputError) -> Self {
        Self::Input(vec![error])
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
