//! `appealsim`: runs scenario files.

use std::process::ExitCode;

fn main() -> ExitCode {
    scenarios::cli::main()
}
