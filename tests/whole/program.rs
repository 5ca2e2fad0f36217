//! Runs the program itself.

use std::path::Path;

use assert_cmd::Command;

/// The program with its arguments, in a folder.
pub fn appealsim(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("appealsim-under-test").unwrap();
    command.current_dir(home).args(arguments);
    command
}

/// What it prints when it succeeds.
pub fn told(home: &Path, arguments: &[&str]) -> String {
    String::from_utf8(appealsim(home, arguments).assert().success().get_output().stdout.clone()).unwrap()
}
