//! What is written down is true.

use std::fs;
use std::path::Path;

use assert_cmd::Command;

fn home() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A file that is generated says what the code says; `UPDATE_DOCUMENTS=1 cargo test -p tests documents` writes it anew.
fn is_generated(path: &str, generated: &str) {
    let path = home().join(path);
    if std::env::var_os("UPDATE_DOCUMENTS").is_some() {
        fs::write(&path, generated).unwrap();
    }
    let is_so = fs::read_to_string(&path).unwrap() == generated;
    assert!(is_so, "{} is old; run: UPDATE_DOCUMENTS=1 cargo test -p tests documents", path.display());
}

#[test]
fn generated_files_say_what_the_code_says() {
    is_generated("scenarios/schema/scenario.schema.json", &scenarios::schema::json_schema());
    is_generated("docs/columns.md", &analysis::tables::document());
}

#[test]
fn shipped_scenarios_name_the_schema_and_are_fine() {
    for entry in fs::read_dir(home().join("scenarios/files")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("# yaml-language-server: $schema=../schema/scenario.schema.json\n"), "{path:?}");
        let name = path.file_stem().unwrap().to_string_lossy();
        assert!(text.contains(&format!("\nname: {name}\n")), "{path:?}");
        Command::cargo_bin("appealsim-under-test").unwrap().arg("validate").arg(&path).assert().success();
    }
}

/// Every command the README shows, run from a copy of the scenario files; the long ones are cut short.
#[test]
fn the_commands_of_the_readme_work() {
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().join("scenarios/files");
    fs::create_dir_all(&files).unwrap();
    for entry in fs::read_dir(home().join("scenarios/files")).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, files.join(path.file_name().unwrap())).unwrap();
    }
    let readme = fs::read_to_string(home().join("README.md")).unwrap();
    let mut run = 0;
    for line in readme.lines() {
        let Some(arguments) = line.trim().strip_prefix("cargo run --release -- ") else { continue };
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        let short: &[&str] = if arguments[0] == "run" {
            &["--set", "duration=5s", "--set", "warmup=0s", "--set", "replications=1"]
        } else {
            &[]
        };
        let mut command = Command::cargo_bin("appealsim-under-test").unwrap();
        command.current_dir(folder.path()).args(&arguments).args(short).assert().success();
        run += 1;
    }
    assert!(run >= 4, "the README shows only {run} commands");
}
