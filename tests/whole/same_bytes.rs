//! The same file and seed give the same bytes, however the experiment is run.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use analysis::{Frame, read_table};
use assert_cmd::Command;
use tests::small_scenario;

/// Every file of a result, by its path in the folder.
pub fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
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
    assert_eq!(one.len(), 3 + 3 * 3 * 2, "manifest, summary, report, and requests, devices and digest of each run");
    let afresh = run(home.path(), "afresh", &["--no-memory"]);
    assert!(one == afresh, "different bytes with and without memory");
}

#[test]
fn another_seed_gives_other_bytes() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("scenario.yaml"), small_scenario(&[("duration: 20 s", "duration: 5 s")])).unwrap();
    let one = run(home.path(), "one", &[]);
    let other = run(home.path(), "other", &["--set", "seed=2"]);
    assert!(one["summary.parquet"] != other["summary.parquet"]);
}

/// Every column of every table of a run in which much goes wrong, each as a number that any change of any value changes. A
/// change here is a change of the model, of a random stream, of the order of events or of a figure, and must be
/// intended; the laws and the worked examples say what is right. The policies do not look at scores, so that other
/// kernels change only what follows from scores and classes.
#[test]
fn no_figure_of_any_table_has_changed() {
    let home = tempfile::tempdir().unwrap();
    let text = small_scenario(&[
        ("rtt: 20 ms", "rtt: {median: 20 ms, p95: 45 ms}\n    loss: 2 %\n    cell: 8 Mbps"),
        (
            "payload: 40 kB",
            "payload: 40 kB\n    timeout: 90 ms\n    deadline: 60 ms\n    battery: 50 J\n    degrade: {noise: 0.1}",
        ),
        ("duration: 20 s", "duration: 20 s\nwarmup: 2 s\nreplications: 2"),
        (
            "- local-only\n  - offload-all\n  - appealnet: {delta: 0.5}",
            "- random: {appeal-rate: 40 %}\n  - offload-all",
        ),
        ("policies:", "sweep:\n  - {set: links.wifi.loss, to: [2 %, 10 %]}\npolicies:"),
    ]);
    fs::write(home.path().join("scenario.yaml"), text).unwrap();
    let written = run(home.path(), "here", &[]);
    let mut told = String::new();
    for table in ["requests", "devices", "summary"] {
        let parts = written.keys().filter(|name| name.starts_with(table) && name.ends_with(".parquet"));
        let frames: Vec<Frame> =
            parts.map(|name| read_table(&home.path().join("here").join(name), None).unwrap()).collect();
        let rows: usize = frames.iter().map(Frame::len).sum();
        told += &format!("{table}: {rows} rows\n");
        let values: Vec<Vec<serde_json::Value>> =
            frames.iter().flat_map(|frame| (0..frame.len()).map(|row| frame.row(row))).collect();
        for (number, name) in frames[0].names().iter().enumerate() {
            let column: Vec<String> = values.iter().map(|row| row[number].to_string()).collect();
            told += &format!("  {:016x} {name}\n", fnv(&column.join("\n")));
        }
    }
    insta::assert_snapshot!(told);
}

/// A hash that is the same everywhere: FNV-1a.
fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
