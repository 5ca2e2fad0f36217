//! The same file and seed give the same bytes, however they are computed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use assert_cmd::Command;
use tests::small_scenario;

/// Every file of a result, by its path in the folder.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().display().to_string();
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found
}

fn run(home: &Path, out: &str, extra: &[&str]) -> BTreeMap<String, Vec<u8>> {
    let mut command = Command::cargo_bin("appealsim-under-test").unwrap();
    command.current_dir(home).args(["run", "scenario.yaml", "--out", out]).args(extra).assert().success();
    files(&home.join(out))
}

#[test]
fn threads_and_memory_change_no_byte() {
    let home = tempfile::tempdir().unwrap();
    let text = small_scenario(&[("duration: 20 s", "duration: 5 s\nreplications: 2")]);
    fs::write(home.path().join("scenario.yaml"), text).unwrap();
    let one = run(home.path(), "one", &["--jobs", "1"]);
    let two = run(home.path(), "two", &["--jobs", "2"]);
    assert_eq!(one.keys().collect::<Vec<_>>(), two.keys().collect::<Vec<_>>());
    assert!(one == two, "different bytes at one and two jobs");
    assert_eq!(one.len(), 3 + 3 * 2, "manifest, summary, devices, and a file of requests a run");

    let mut afresh = run(home.path(), "afresh", &["--no-memory"]);
    let mut one = one;
    let calls = |files: &mut BTreeMap<String, Vec<u8>>| {
        let manifest: serde_json::Value = serde_json::from_slice(&files.remove("manifest.json").unwrap()).unwrap();
        manifest["networks"]["little"].clone()
    };
    let (with, without) = (calls(&mut one), calls(&mut afresh));
    assert!(one == afresh, "different bytes with and without memory");
    assert!(with["answers_from_memory"].as_u64().unwrap() > 0);
    assert_eq!(without["answers_from_memory"], 0);
    let asked = |calls: &serde_json::Value| {
        calls["kernel_calls"].as_u64().unwrap() + calls["answers_from_memory"].as_u64().unwrap()
    };
    assert_eq!(asked(&with), asked(&without), "the same questions either way");
}

#[test]
fn another_seed_gives_other_bytes() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("scenario.yaml"), small_scenario(&[("duration: 20 s", "duration: 5 s")])).unwrap();
    let one = run(home.path(), "one", &[]);
    let other = run(home.path(), "other", &["--set", "seed=2"]);
    assert!(one["summary.parquet"] != other["summary.parquet"]);
}
