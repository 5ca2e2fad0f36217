//! `appealsim`: runs scenario files.

use std::process::ExitCode;

fn main() -> ExitCode {
    appealsim::main()
}
