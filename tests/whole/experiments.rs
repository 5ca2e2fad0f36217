//! Whole experiments: sweeps, interruptions, parts.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command as Process, Stdio};
use std::time::Duration;

use analysis::{Contents, RequestRecord, is_ours};
use assert_cmd::Command;
use scenarios::answers::Observation;
use scenarios::policies::Calibration;
use scenarios::world::{Run, Sink};
use serde_json::Value;
use tests::{networks, plan, small_scenario};

use crate::program::appealsim;
use crate::same_bytes::files;

const SWEPT: [(&str, &str); 2] = [
    ("duration: 20 s", "duration: 5 s\nreplications: 2"),
    (
        "policies:",
        "sweep:\n  - {set: links.wifi.uplink, to: [2 Mbps, 18.9 Mbps]}\n  - {set: devices.camera.count, range: {from: 2, to: 4, steps: 2}}\npolicies:",
    ),
];

fn home_with(text: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("scenario.yaml"), text).unwrap();
    home
}

/// Runs the scenario and returns the files of its result.
fn result(home: &Path, out: &str, more: &[&str]) -> BTreeMap<String, Vec<u8>> {
    appealsim(home, &["run", "scenario.yaml", "--out", out]).args(more).assert().success();
    files(&home.join(out))
}

fn json(home: &Path, arguments: &[&str]) -> Value {
    let output = appealsim(home, arguments).arg("--json").assert().success().get_output().stdout.clone();
    serde_json::from_slice(&output).unwrap()
}

fn told(command: &mut Command, code: i32) -> String {
    String::from_utf8(command.assert().code(code).get_output().stderr.clone()).unwrap()
}

#[test]
fn a_sweep_runs_every_combination() {
    let home = home_with(&small_scenario(&SWEPT));
    let report = json(home.path(), &["run", "scenario.yaml"]);
    let points = report["points"].as_array().unwrap();
    let settings: Vec<&Value> = points.iter().map(|point| &point["settings"]).collect();
    assert_eq!(settings.len(), 4);
    assert_eq!(settings[1], &serde_json::json!(["2 Mbps", "4"]));
    assert_eq!(points[3]["values"], serde_json::json!([18.9e6, 4.0]));
    assert_eq!((&points[0]["devices"], &points[3]["devices"]), (&2.into(), &4.into()));
    let energy = |point: usize| points[point]["comparison"]["rows"][1]["energy_j"]["mean"].as_f64().unwrap();
    assert!(energy(0) > energy(2), "a slower uplink keeps the radio on for longer");
    // The same axes from the command line are the same experiment.
    let bytes = files(&home.path().join("results/small"));
    fs::write(home.path().join("scenario.yaml"), small_scenario(&SWEPT[..1])).unwrap();
    let axes = ["--sweep", "links.wifi.uplink=2 Mbps,18.9 Mbps", "--sweep", "devices.camera.count=2,4"];
    let again = result(home.path(), "again", &axes);
    let tables = |files: &BTreeMap<String, Vec<u8>>| -> BTreeMap<String, Vec<u8>> {
        files.iter().filter(|(name, _)| name.ends_with(".parquet")).map(|(n, b)| (n.clone(), b.clone())).collect()
    };
    assert!(tables(&bytes) == tables(&again));
}

/// Each point has its own provenance: the presets and networks that it names, not those in the file.
#[test]
fn every_point_has_its_own_provenance() {
    let home = home_with(&small_scenario(&[("duration: 20 s", "duration: 2 s")]));
    let axes = [
        "--sweep",
        "devices.camera.hardware=raspberry-pi-4,raspberry-pi-5",
        "--sweep",
        "networks.little=fmnist-little,fmnist-field-little",
    ];
    let files = result(home.path(), "whole", &axes);
    let manifest: Value = serde_json::from_slice(&files["manifest.json"]).unwrap();
    let of = |point: usize| {
        let place = manifest["points"][point]["provenance"].as_u64().unwrap() as usize;
        let provenance = &manifest["provenances"][place];
        let names = provenance["presets"].as_array().unwrap().iter().map(|figure| figure["name"].as_str().unwrap());
        let boards: Vec<&str> = names.filter_map(|name| name.split_once('.')).map(|(preset, _)| preset).collect();
        let board = boards.into_iter().find(|name| name.starts_with("raspberry")).unwrap().to_owned();
        (board, provenance["little"]["name"].as_str().unwrap().to_owned())
    };
    let found: Vec<(String, String)> = (0..4).map(of).collect();
    let expected = ["raspberry-pi-4", "raspberry-pi-5"].into_iter().flat_map(|board| {
        ["fmnist-little", "fmnist-field-little"].map(|network| (board.to_owned(), network.to_owned()))
    });
    assert_eq!(found, expected.collect::<Vec<_>>());
    // The page shows its own point, and so does one that is drawn for another point.
    let page = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    assert!(page(&files["report.html"]).contains("Little network fmnist-little:"));
    assert!(page(&files["report.html"]).contains("figures of presets are those of point 0 (devices.camera.hardware"));
    let last = fs::read(home.path().join("whole/report.html")).unwrap();
    assert!(!page(&last).contains("raspberry-pi-5."));
    appealsim(home.path(), &["report", "whole", "--point", "3"]).assert().success();
    let last = page(&fs::read(home.path().join("whole/report.html")).unwrap());
    assert!(last.contains("Little network fmnist-field-little:") && last.contains("raspberry-pi-5."));
}

#[test]
fn thresholds_alone_ask_no_network_again() {
    let home = home_with(&small_scenario(&SWEPT[..1]));
    let once = json(home.path(), &["run", "scenario.yaml"])["kernel_calls"].clone();
    let axis = ["run", "scenario.yaml", "--out", "swept", "--sweep", "policies.2.appealnet.delta=0.1,0.3,0.5,0.7,0.9"];
    assert_eq!(json(home.path(), &axis)["kernel_calls"], once);
    // A list of thresholds is one policy per threshold.
    fs::write(home.path().join("scenario.yaml"), small_scenario(&[SWEPT[0], ("delta: 0.5", "delta: [0.1, 0.5, 0.9]")]))
        .unwrap();
    let listed = json(home.path(), &["run", "scenario.yaml", "--out", "listed"]);
    assert_eq!(listed["kernel_calls"], once);
    assert_eq!(listed["points"][0]["comparison"]["rows"].as_array().unwrap().len(), 5);
}

#[test]
fn replications_continue_until_the_interval_is_narrow() {
    let rule = "duration: 60 s\nreplications: {figure: energy, within: 20 %, at-least: 2, at-most: 60}";
    let home = home_with(&small_scenario(&[("duration: 20 s", rule), ("delta: 0.5", "delta: 0.4")]));
    let report = json(home.path(), &["run", "scenario.yaml"]);
    let replications = report["points"][0]["replications"].as_u64().unwrap();
    assert!((3..60).contains(&replications), "{replications}");
    for row in report["points"][0]["comparison"]["rows"].as_array().unwrap() {
        let (mean, half) = (row["energy_j"]["mean"].as_f64().unwrap(), row["energy_j"]["half_width"].as_f64().unwrap());
        assert!(half <= 0.2 * mean, "{row}");
    }
}

/// A crowd of a hundred arrives in the first second, and each takes 90 ms, so the queue is empty after 9 s; from then
/// on one arrives every half second and never waits. The detected warm-up leaves out the crowd and little more.
#[test]
fn a_warm_up_is_detected() {
    let text = small_scenario(&[
        ("duration: 20 s", "duration: 300 s\nwarmup: detect"),
        ("fmnist-little,", "fmnist-little, little-as-if: 9 MMAC,"),
        ("count: 3", "count: 1"),
        ("hardware: raspberry-pi-4", "hardware: {throughput: 100 MMAC/s, idle: 1 W, busy: 2 W}"),
        ("{poisson: 2 /s}", "{times: {file: crowd.csv, end: stop}}"),
        ("payload: 40 kB", "queue: 1000000"),
        ("  - offload-all\n", ""),
        ("delta: 0.5", "delta: 0.2"),
    ]);
    let home = home_with(&text);
    let crowd = (0..100).map(|number| f64::from(number) * 0.01);
    let later = (20..600).map(|number| f64::from(number) * 0.5);
    let stamps: String = crowd.chain(later).map(|seconds| format!("{seconds}\n")).collect();
    fs::write(home.path().join("crowd.csv"), stamps).unwrap();
    let report = json(home.path(), &["run", "scenario.yaml", "--summaries-only"]);
    let warmup = report["points"][0]["warmup_s"].as_f64().unwrap();
    // MSER-5 takes five requests together that arrived in different stretches: 2.5 s.
    assert!((0.9..=12.6).contains(&warmup), "{warmup}");
}

/// While the cloud cannot be reached, appeals are lost, and devices fall back on the edge answer after their time
/// limit. The share lost is the share of time it is out of reach. The cloud's cost is its price times its time.
#[test]
fn an_outage_loses_its_share() {
    let home = home_with(&small_scenario(&[
        ("duration: 20 s", "duration: 2000 s\nreplications: 4"),
        ("payload: 40 kB", "payload: 4 kB\n    timeout: 1 s"),
        (
            "{hardware: t4}",
            "{hardware: t4, price-per-hour: 0.9, outages: {up-for: {exponential: 9 s}, down-for: {exponential: 3 s}}}",
        ),
        ("delta: 0.5", "delta: 1"),
    ]));
    appealsim(home.path(), &["run", "scenario.yaml", "--out", "here"]).assert().success();
    appealsim(home.path(), &["export", "here", "--out", "summary.ndjson"]).assert().success();
    let text = fs::read_to_string(home.path().join("summary.ndjson")).unwrap();
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let lost = |row: &Value| row["ended_timed_out_edge"].as_f64().unwrap() / row["requests"].as_f64().unwrap();
    let shares: sim_core::Moments = rows.iter().filter(|row| row["policy"] == "appealnet delta 1").map(lost).collect();
    let estimate = shares.estimate().unwrap();
    assert!((estimate.mean - 0.25).abs() < 3.0 * estimate.half_width().unwrap(), "{estimate:?}");
    for row in &rows {
        let requests = row["requests"].as_f64().unwrap();
        let cost = row["cloud_cost_per_request"].as_f64().unwrap() * requests;
        assert!((cost - 0.9 * 2000.0 / 3600.0).abs() < 1e-9, "{cost}");
        // One T4: 30 W all the time, 40 W more while it is busy.
        let busy = row["cloud_busy"].as_f64().unwrap();
        let energy = row["cloud_energy_per_request_j"].as_f64().unwrap() * requests;
        assert!((energy / 2000.0 - 30.0 - 40.0 * busy).abs() < 1e-6, "{energy} J at {busy}");
    }
}

/// Nothing arrives in a nanosecond, but that is a valid result, too.
#[test]
fn a_run_of_a_nanosecond_is_a_run() {
    let home = home_with(&small_scenario(&[("duration: 20 s", "duration: 1 ns")]));
    let report = json(home.path(), &["run", "scenario.yaml"]);
    assert!(report["points"][0]["comparison"]["rows"][0]["accuracy"].is_null());
}

#[test]
fn a_dry_run_estimates_and_runs_nothing() {
    let home = home_with(&small_scenario(&SWEPT));
    let output = appealsim(home.path(), &["run", "scenario.yaml", "--dry-run"]).assert().success();
    let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    // 4 points, 3 policies, 2 replications; 2 or 4 devices with 2 requests a second for 5 s.
    assert!(text.contains("4 points, 24 runs, about 720 requests"), "{text}");
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
}

/// Killed again and again at arbitrary moments and resumed, an experiment ends with the same bytes as an uninterrupted
/// one.
#[cfg(unix)]
#[test]
fn an_experiment_survives_being_killed() {
    let home = home_with(&small_scenario(&[SWEPT[1], ("duration: 20 s", "duration: 60 s\nreplications: 4")]));
    let undisturbed = result(home.path(), "undisturbed", &[]);
    let program = assert_cmd::cargo::cargo_bin("appealsim-under-test");
    let (mut kills, mut resumed, mut wait) = (0, 0, 60u64);
    loop {
        let mut child = Process::new(&program)
            .current_dir(home.path())
            .args(["run", "scenario.yaml", "--out", "killed", "--resume"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // From long before the first run is complete to far into the runs, in steps unrelated to the length of a run.
        std::thread::sleep(Duration::from_millis(wait));
        wait = wait * 3 / 2 + 17;
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success());
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
        resumed += u32::from(home.path().join(".killed.partial/runs").exists());
        assert!(!home.path().join("killed").exists() || home.path().join("killed/manifest.json").exists());
    }
    assert!(kills >= 2 && resumed >= 1, "killed {kills} times, {resumed} times with complete runs");
    assert!(files(&home.path().join("killed")) == undisturbed, "the bytes differ from an uninterrupted run's");
    // Resuming a complete result does nothing, and gives the same.
    assert!(result(home.path(), "killed", &["--resume"]) == undisturbed);
}

#[test]
fn an_interrupted_experiment_is_not_lost_by_mistake() {
    let home = home_with(&small_scenario(&SWEPT));
    let complete = result(home.path(), "whole", &[]);
    // What an interruption leaves: some complete runs, and half a file.
    let partial = home.path().join(".here.partial");
    for (name, bytes) in complete.iter().filter(|(name, _)| name.contains("/point=0/")) {
        fs::create_dir_all(partial.join(name).parent().unwrap()).unwrap();
        fs::write(partial.join(name), bytes).unwrap();
    }
    let manifest: Value = serde_json::from_slice(&complete["manifest.json"]).unwrap();
    let contents = Contents {
        fingerprint: manifest["fingerprint"].as_str().unwrap().to_owned(),
        requests: true,
        ..Contents::default()
    };
    fs::write(home.path().join(".here.lock"), contents.note()).unwrap();
    fs::write(partial.join("requests/point=0/half.parquet.tmp"), b"PAR1").unwrap();
    let run = |more: &[&str]| {
        let mut command = appealsim(home.path(), &["run", "scenario.yaml", "--out", "here"]);
        command.args(more);
        command
    };
    let error = told(&mut run(&[]), 1);
    assert!(error.contains("left 6 complete runs; resume it with --resume, or discard them with --restart"), "{error}");
    let error = told(&mut run(&["--resume", "--set", "seed=7"]), 1);
    assert!(error.contains("6 complete runs of another scenario"), "{error}");
    // Nor may a merge take its place.
    let mut merge = appealsim(home.path(), &["merge", "other", "--out", "here"]);
    result(home.path(), "other", &["--set", "seed=7"]);
    assert!(told(&mut merge, 1).contains("6 complete runs of another scenario"));
    fs::remove_dir_all(home.path().join("other")).unwrap();
    assert!(result(home.path(), "here", &["--resume"]) == complete);
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 3, "the scenario and two results");
}

#[test]
fn a_folder_has_one_writer_at_a_time() {
    let home = home_with(&small_scenario(&SWEPT[..1]));
    fs::write(home.path().join(".here.lock"), "").unwrap();
    let lock = fs::File::open(home.path().join(".here.lock")).unwrap();
    lock.lock().unwrap();
    let error = told(&mut appealsim(home.path(), &["run", "scenario.yaml", "--out", "here"]), 1);
    assert!(error.contains("another appealsim is writing here"), "{error}");
}

/// The disk is full: complete runs stay, and once there is room, the experiment can be resumed.
#[cfg(unix)]
#[test]
fn a_full_disk_loses_no_complete_run() {
    let home = home_with(&small_scenario(&SWEPT));
    let complete = result(home.path(), "whole", &[]);
    let largest = |part: &str| complete.iter().filter(|(n, _)| n.contains(part)).map(|(_, b)| b.len()).max().unwrap();
    assert!(largest("point=3") > largest("point=0"), "the later files are larger");
    let program = assert_cmd::cargo::cargo_bin("appealsim-under-test");
    // Blocks of 512 bytes; the first points' files fit, the largest do not.
    let blocks = largest("point=3").div_ceil(512) - 1;
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" run scenario.yaml --out full --jobs 1");
    let output = Process::new("sh").args(["-c", &script]).arg(&program).current_dir(home.path()).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("cannot write full/") && error.contains("--resume"), "{error}");
    assert!(!home.path().join("full").exists());
    assert!(result(home.path(), "full", &["--resume"]) == complete);
}

/// Room for a thousand records.
struct Small(u32);

impl Sink for Small {
    type Error = &'static str;

    fn take(&mut self, _: RequestRecord, _: &Observation) -> Result<(), &'static str> {
        assert!(self.0 < 1000, "nothing may come after it failed");
        self.0 += 1;
        if self.0 < 1000 { Ok(()) } else { Err("full") }
    }
}

/// A run of nineteen years, too long to wait for, ends at the first record that is not taken.
#[test]
fn a_sink_that_fails_stops_its_run() {
    let plan = plan(&small_scenario(&[("duration: 20 s", "duration: 7000 d")]));
    let policy = plan.policies[1].build(&Calibration::NONE).unwrap();
    let run = Run { plan: &plan, networks: networks(), policy: &policy, replication: 0 };
    let mut sink = Small(0);
    assert_eq!(run.run_into(&[], &mut sink).err(), Some("full"));
    assert_eq!(sink.0, 1000);
}

/// At the end of a run, all requests under way leave at once.
#[test]
fn a_sink_that_fails_at_the_end_fails_the_run() {
    let plan = plan(&small_scenario(&[("duration: 20 s", "duration: 400 s"), ("uplink: 18.9 Mbps", "uplink: 1 bps")]));
    let policy = plan.policies[1].build(&Calibration::NONE).unwrap();
    let run = Run { plan: &plan, networks: networks(), policy: &policy, replication: 0 };
    let mut sink = Small(0);
    assert_eq!(run.run_into(&[], &mut sink).err(), Some("full"));
}

/// The same from outside: runs of nineteen years on a disk with hardly any room. Those that write stop at the first
/// rows that do not fit, and the others with them.
#[cfg(unix)]
#[test]
fn a_full_disk_stops_all_runs() {
    let home = home_with(&small_scenario(&[("duration: 20 s", "duration: 7000 d\nreplications: 4")]));
    let program = assert_cmd::cargo::cargo_bin("appealsim-under-test");
    let script = "trap '' XFSZ; ulimit -f 100; exec \"$0\" run scenario.yaml --out full --jobs 2";
    let output = Process::new("sh").args(["-c", script]).arg(&program).current_dir(home.path()).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("cannot write full/requests/point=0/"), "{error}");
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1, "nothing is complete, and nothing is left behind");
}

/// A result is not lost to a typing error, and files that users put beside it never are.
#[test]
fn a_finished_result_is_not_lost_by_mistake() {
    let home = home_with(&small_scenario(&[("duration: 20 s", "duration: 2 s\nreplications: 2")]));
    let first = result(home.path(), "here", &["--trace", "camera.0"]);
    assert!(first.keys().all(|name| is_ours(Path::new(name))), "{:?}", first.keys());
    fs::write(home.path().join("here/notes.txt"), "what I saw").unwrap();
    let run = |more: &[&str]| {
        let mut command = appealsim(home.path(), &["run", "scenario.yaml", "--out", "here"]);
        command.args(more);
        command
    };
    let same = |there: &BTreeMap<String, Vec<u8>>| {
        let mut files = files(&home.path().join("here"));
        assert_eq!(files.remove("notes.txt").unwrap(), b"what I saw");
        files == *there
    };
    for (other, word) in [
        (&["--set", "seed=2"][..], "'small' from another file, settings"),
        (&["--set", "name=other"], "another experiment, 'small'"),
        (&["--set", "seed=2", "--restart"], "--replace"),
        (&["--set", "seed=2", "--resume"], "--replace"),
        (&["--shard", "1/2"], "the whole of this experiment, not part 1/2"),
        (&["--summaries-only", "--trace", "0"], "every request of this experiment"),
        (&[], "timelines of this experiment"),
    ] {
        let error = told(&mut run(other), 1);
        assert!(error.contains(word) && error.contains("--out") && error.contains("--replace"), "{other:?}: {error}");
        assert!(same(&first), "{other:?}");
    }
    run(&["--trace", "camera.0"]).assert().success();
    assert!(same(&first), "running the same again gives the same bytes");
    run(&["--set", "seed=2", "--replace"]).assert().success();
    let second = result(home.path(), "there", &["--set", "seed=2"]);
    assert!(same(&second));

    for part in ["1/2", "2/2"] {
        appealsim(home.path(), &["run", "scenario.yaml", "--shard", part]).assert().success();
    }
    let merge = ["merge", "results/small.shard-1-of-2", "results/small.shard-2-of-2", "--out", "here"];
    let error = told(&mut appealsim(home.path(), &merge), 1);
    assert!(error.contains("'small' from another file") && same(&second), "{error}");
    appealsim(home.path(), &merge).arg("--replace").assert().success();
    assert!(!same(&second));
    let here =
        appealsim(&home.path().join("here"), &["run", "../scenario.yaml", "--out", ".", "--replace"]).assert().code(1);
    assert!(String::from_utf8_lossy(&here.get_output().stderr).contains("current directory"));
}

#[test]
fn parts_make_the_whole() {
    // Two boards, so that a part's points come from another one first.
    let swept = "sweep:\n  - {set: links.wifi.uplink, to: [2 Mbps, 18.9 Mbps]}\n  - {set: devices.camera.hardware, to: [raspberry-pi-4, raspberry-pi-5]}\npolicies:";
    let home = home_with(&small_scenario(&[SWEPT[0], ("policies:", swept)]));
    let whole = result(home.path(), "whole", &[]);
    for part in ["3/3", "1/3", "2/3", "1/3"] {
        appealsim(home.path(), &["run", "scenario.yaml", "--shard", part]).assert().success();
    }
    let parts: Vec<String> = (1..=3).map(|number| format!("results/small.shard-{number}-of-3")).collect();
    let merge = |parts: &[&str]| {
        let mut command = appealsim(home.path(), &["merge", "--out", "merged"]);
        command.args(parts);
        command
    };
    let error = told(&mut merge(&[&parts[2], &parts[0]]), 1);
    // Of 4 points with 2 replications of 3 policies, the second part has the second, fifth and eighth replication.
    assert!(error.contains("9 of 24 runs are missing; the first is point 0"), "{error}");
    merge(&[&parts[2], &parts[0], &parts[1], &parts[0]]).assert().success();
    assert!(files(&home.path().join("merged")) == whole, "the merged parts differ from the whole");

    appealsim(home.path(), &["run", "scenario.yaml", "--shard", "2/3", "--set", "seed=9", "--out", "other"])
        .assert()
        .success();
    let error = told(&mut merge(&[&parts[0], "other"]), 1);
    assert!(error.contains("not part of the same experiment"), "{error}");
    appealsim(home.path(), &["run", "scenario.yaml", "--shard", "4/3"]).assert().code(2);
}
