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

/// A scenario in which requests end in every way: retried, given up, refused, rejected, lost with a battery.
const ADVERSE: &str = "
name: adverse
seed: 1
duration: 20 s
warmup: 2 s
replications: 2
networks: {little: fmnist-little, big: fmnist-big}
devices:
  - name: camera
    count: 3
    hardware: {throughput: 5 MMAC/s, idle: 2.7 W, busy: 6.4 W}
    link: wifi
    arrivals: {bursts: {calm: 1 /s, calm-for: 2 s, busy: 8 /s, busy-for: 2 s}}
    payload: 40 kB
    timeout: 200 ms
    deadline: 150 ms
    battery: {capacity: 50 J, drain: 50 mW, harvest: [0.5 W]}
    degrade: {noise: 0.02}
    retry: {attempts: 3, after: 40 ms, backoff: 5 ms}
    queue: 1
  - name: sensor
    count: 2
    hardware: raspberry-pi-4
    link: lte
    arrivals: {poisson: 2 /s}
    payload: 20 kB
    battery: {capacity: 1 kJ, harvest: [10 W]}
links:
  wifi:
    radio: wifi
    uplink: 18.9 Mbps
    downlink: 40 Mbps
    rtt: {median: 20 ms, p95: 45 ms}
    loss: 2 %
    cell: 12 Mbps
    edge: {hardware: {throughput: 10 GMAC/s, launch: 20 ms, idle: 5 W, busy: 15 W}, rtt: 4 ms, queue: 1, price-per-hour: 1}
  lte: {radio: lte, uplink: 5 Mbps, downlink: 20 Mbps, rtt: 40 ms}
cloud:
  hardware: {throughput: 10 GMAC/s, launch: 90 ms, idle: 5 W, busy: 15 W}
  price-per-hour: 2
  batch: {max: 4, wait: 3 ms}
  queue: 1
  scale: {most: 3, waiting: 0, cold-start: 500 ms, cool-down: 1 s}
sweep:
  - {set: links.wifi.loss, to: [2 %, 10 %]}
policies:
  - random: {appeal-rate: 40 %}
  - offload-all
";

/// Every column of every table of a run in which much goes wrong, each as a number that any change of any value changes. A
/// change here is a change of the model, of a random stream, of the order of events or of a figure, and must be
/// intended; the laws and the worked examples say what is right. The policies do not look at scores, so that other
/// kernels change only what follows from scores and classes.
#[test]
fn no_figure_of_any_table_has_changed() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("scenario.yaml"), ADVERSE).unwrap();
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
    // What is kept of each run beside its tables, part by part.
    let mut parts: BTreeMap<String, String> = BTreeMap::new();
    for bytes in written.iter().filter(|(name, _)| name.starts_with("runs/")).map(|(_, bytes)| bytes) {
        let digest: BTreeMap<String, serde_json::Value> = serde_json::from_slice(bytes).unwrap();
        digest.into_iter().for_each(|(name, value)| *parts.entry(name).or_default() += &format!("{value}\n"));
    }
    told += "digests\n";
    parts.iter().for_each(|(name, values)| told += &format!("  {:016x} {name}\n", fnv(values)));
    insta::assert_snapshot!(told);
}

/// A hash that is the same everywhere: FNV-1a.
fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
