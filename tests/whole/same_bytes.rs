//! The same file and seed give the same bytes, however the experiment is run.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use assert_cmd::Command;
use scenarios::policies::Calibration;
use tests::{plan, records, small_scenario};

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

/// The order and the stamps of everything, under a policy whose decisions do not depend on kernels: a change here is a
/// change of the model, of a random stream or of the order of events, and must be intended. The laws complement it.
#[test]
fn the_trajectory_is_unchanged() {
    let text = small_scenario(&[
        ("rtt: 20 ms", "rtt: {median: 20 ms, p95: 45 ms}\n    loss: 2 %\n    cell: 8 Mbps"),
        ("payload: 40 kB", "payload: 40 kB\n    timeout: 90 ms\n    battery: 50 J"),
        ("- local-only\n  - offload-all", "- random: {appeal-rate: 40 %}\n  - offload-all"),
    ]);
    let plan = plan(&text);
    let policy = plan.policies[0].build(&Calibration::new(|| [])).unwrap();
    let run = records(&plan, &*policy, 0);
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    let mut mix = |word: u64| {
        for byte in word.to_le_bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    for request in &run.requests {
        mix(u64::from(request.device) << 32 | u64::from(request.image));
        mix(request.outcome as u64);
        request.stamps().chain(request.end).for_each(&mut mix);
        mix(request.uplink_bytes);
    }
    assert_eq!(format!("{} requests, {hash:016x}", run.requests.len()), "120 requests, b6a87a587b3aad9e");
}
