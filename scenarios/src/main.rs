//! `appealsim`: runs scenario files.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
