//! Recorded rates and arrivals, as the program uses them.

use std::fs;
use std::path::{Path, PathBuf};

use analysis::{RequestRecord, read_stamps, read_table};
use assert_cmd::Command;
use scenarios::plan::{Plan, resolve};
use scenarios::policies::Calibration;
use scenarios::source::Source;
use tests::{networks, records};

/// A device whose radio takes no time, on a link with nothing else to wait for.
const SCENARIO: &str = "
name: recorded
duration: 30 s
networks: {little: fmnist-little, big: fmnist-big}
devices:
  - {name: cam, hardware: raspberry-pi-4, link: lte, arrivals: {times: {file: once.csv, end: stop}}, payload: 20 kB}
links:
  lte:
    radio: {idle: 0 W, promotion: 0 s, promotion-power: 0 W, active: 1 W, per-bit-up: 0 nJ/bit, per-bit-down: 0 nJ/bit,
      tail: [{for: 1 ms, power: 0 W}]}
    uplink: 1 Gbps
    downlink: 1 Gbps
    rtt: 1 ms
cloud: {hardware: {throughput: 100 TMAC/s, launch: 1 ms}}
policies: [offload-all]
";

/// A folder with the scenario and files beside it.
fn home(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("scenario.yaml"), SCENARIO).unwrap();
    fs::write(home.path().join("once.csv"), "0\n").unwrap();
    for (name, bytes) in files {
        fs::write(home.path().join(name), bytes).unwrap();
    }
    home
}

fn appealsim(home: &Path, verb: &str, settings: &[&str]) -> Command {
    let mut command = Command::cargo_bin("appealsim-under-test").unwrap();
    command.current_dir(home).args([verb, "scenario.yaml"]);
    settings.iter().for_each(|setting| {
        command.args(["--set", setting]);
    });
    command
}

/// The output of a command that succeeds.
fn printed(home: &Path, verb: &str, settings: &[&str]) -> String {
    let output = appealsim(home, verb, settings).assert().success().get_output().clone();
    String::from_utf8(output.stdout).unwrap()
}

/// The plan of the scenario in `home` under these settings, or what is wrong with it.
fn planned(home: &Path, settings: &[&str]) -> Result<Plan, String> {
    let settings: Vec<String> = settings.iter().map(|setting| (*setting).to_owned()).collect();
    let source = Source::parse("scenario.yaml", SCENARIO.to_owned(), home.to_owned(), &settings).unwrap();
    resolve(&source.scenario().unwrap(), &source, networks()).map_err(|e| e.to_string())
}

/// The error of a plan that cannot be made.
fn refused(home: &Path, settings: &[&str]) -> String {
    planned(home, settings).map(drop).unwrap_err()
}

/// The requests of a run.
fn requests(home: &Path, settings: &[&str]) -> Vec<RequestRecord> {
    let plan = planned(home, settings).unwrap();
    let policy = plan.policies[0].build(&Calibration::NONE).unwrap();
    records(&plan, &policy, 0).requests
}

/// How long the first request's transfer takes over a recorded uplink, seconds.
fn sending(home: &Path, uplink: &str) -> f64 {
    let setting = format!("links.lte.uplink={{trace: {{{uplink}}}}}");
    let request = &requests(home, &[&setting])[0];
    (request.send_done.unwrap() - request.send_start.unwrap()) as f64 / 1e9
}

/// Nine packets can be sent when a round begins and one when it ends, after 100 ms. 1,500 kB are 997.3 packets of 1,504
/// bytes: 99 rounds, and 8 of the 9 packets with which the next begins.
#[test]
fn packets_at_stamp_0_of_a_looped_trace_count_in_every_round() {
    let trace = "0\n".repeat(9) + "100\n";
    let home = home(&[("zeros.trace", trace.as_bytes()), ("once.csv", b"10\n")]);
    let settings = ["links.lte.uplink={trace: {file: zeros.trace}}", "devices.cam.payload=1500 kB"];
    printed(home.path(), "run", &settings);
    let frame = read_table(&home.path().join("results/recorded/requests/point=0/00-0000.parquet"), None).unwrap();
    assert_eq!(frame.count(0, "send_start_ns"), Some(10_000_000_000));
    let done = frame.number(0, "send_done_ns").unwrap() / 1e9;
    assert!((done - 19.9).abs() < 1e-5, "{done}");
}

/// 20 kB take 1.6 s at 100 kbit/s, however a file expresses that this is the rate for the first ten seconds.
#[test]
fn the_first_rate_counts_whatever_precedes_it() {
    let files: [(&str, &[u8]); 9] = [
        ("bom.csv", b"\xef\xbb\xbf0,100 kbps\r\n10,10 Mbps\r\n20,10 Mbps\r\n"),
        ("unit.csv", b"0 s,100 kbps\n10,10 Mbps\n20,10 Mbps\n"),
        ("comment.csv", b"# recorded on the bus\nseconds,rate\n0,100 kbps\n10,10 Mbps\n"),
        ("units.csv", b"time_ms,bandwidth_kbps\n0,100\n10000,10000\n"),
        ("bytes.csv", b"time,rate (kB/s)\n0,12.5\n10,1250\n"),
        ("excel.csv", b"\xef\xbb\xbft (s);rate (Mbit/s)\r\n0;0,1\r\n10;10\r\n"),
        ("epoch.csv", b"timestamp,rate\n1582824615,100 kbps\n1582824625,10 Mbps\n"),
        ("epoch-ms.csv", b"epoch_ms,rate_bps\n1582824615000,100000\n1582824625000,10000000\n"),
        ("dates.csv", b"when\tMbps\n2020-02-27 17:30:15\t0.1\n2020-02-27 17:30:25\t10\n"),
    ];
    let home = home(&files);
    for (name, _) in files {
        let took = sending(home.path(), &format!("file: {name}"));
        assert!((took - 1.6).abs() < 1e-6, "{name}: {took}");
    }
}

/// Columns separated by blanks have no unit; the scenario may give it.
#[test]
fn a_unit_is_stated_and_not_guessed() {
    let home = home(&[("cooked.txt", b"0.0\t1.25\n0.5\t2.5\n"), ("odd.csv", b"time,rate [kbqs]\n0,1\n")]);
    let told = refused(home.path(), &["links.lte.uplink={trace: {file: cooked.txt}}"]);
    assert!(told.contains("cooked.txt, line 1: nothing says in which unit the rates are: say `unit: Mbps`"), "{told}");
    assert!((sending(home.path(), "file: cooked.txt, unit: Mbps") - 0.128).abs() < 1e-6);
    let told = refused(home.path(), &["links.lte.uplink={trace: {file: odd.csv}}"]);
    assert!(told.contains("the unit 'kbqs' is not known; allowed for a rate are bps, kbps"), "{told}");
    let told = refused(home.path(), &["links.lte.uplink={trace: {file: cooked.txt, unit: MBPS}}"]);
    assert!(told.contains("`unit: MBPS` may be bits or bytes"), "{told}");
}

/// Arrivals of a file, seconds.
fn arrivals(home: &Path, times: &str) -> Vec<f64> {
    let setting = format!("devices.cam.arrivals={{times: {{{times}, end: stop}}}}");
    requests(home, &[&setting]).iter().map(|request| request.arrival as f64 / 1e9).collect()
}

#[test]
fn arrivals_come_as_they_were_recorded() {
    let files: [(&str, &[u8], &[f64]); 5] = [
        ("bom.csv", b"\xef\xbb\xbf1.0\r\n5.0\r\n", &[1.0, 5.0]),
        ("epoch.csv", b"t,ctx\n1700158623.979960,4808\n1700158624.031960,3180\n", &[0.0, 0.052]),
        ("ms.csv", b"# a doorbell\n\narrival_ms;who\n1000;a\n2500,5;b\n", &[1.0, 2.5005]),
        ("iso.txt", b"2024-05-17T08:30:00Z\n2024-05-17T08:30:01.5Z\n", &[0.0, 1.5]),
        ("own.txt", b"3.2\n3.9\n", &[3.2, 3.9]),
    ];
    let home = home(&files.map(|(name, bytes, _)| (name, bytes)));
    for (name, _, expected) in files {
        assert_eq!(arrivals(home.path(), &format!("file: {name}")), expected, "{name}");
    }
}

/// A Parquet file as another program wrote it.
fn fixture(name: &str) -> (PathBuf, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("whole/fixtures").join(name);
    let text = path.display().to_string();
    (path, text)
}

/// Columns of many types, written by pandas 2, polars 1 and DuckDB 1, give the same few arrivals.
#[test]
fn arrivals_are_read_from_columns_of_many_types() {
    let home = home(&[]);
    let dated: &[f64] = &[0.0, 1.0, 2.5];
    let cases: [(&str, &str, &[f64]); 16] = [
        ("pandas", "t", &[0.6, 1.5, 4.0]),
        ("pandas", "t_ms", &[1.0, 1.5, 4.0]),
        ("pandas", "when", dated),
        ("pandas-times", "zoned", dated),
        ("pandas-times", "since", dated),
        ("polars", "small", &[1.0, 2.0, 4.0]),
        ("polars", "large_us", &[1.0, 2.0, 4.0]),
        ("polars", "when", dated),
        ("polars", "since", &[1.0, 2.0, 4.0]),
        ("polars-others", "text", dated),
        ("duckdb", "t", &[1.0, 4.0]),
        ("duckdb", "price", &[1.5, 4.25]),
        ("duckdb", "fine", &[1.5, 4.25]),
        ("duckdb", "micros", &[0.0, 2.5]),
        ("duckdb", "zoned", &[0.0, 2.5]),
        ("duckdb", "huge", &[1.0, 4.0]),
    ];
    for (name, column, expected) in cases {
        let (_, path) = fixture(&format!("{name}.parquet"));
        assert_eq!(arrivals(home.path(), &format!("file: '{path}', column: {column}")), expected, "{name}, {column}");
    }
    // Columns of instants and durations are known by their types, and not passed over for a first one of numbers.
    let temporal = |name: &str| read_stamps(fixture(name).0.as_ref(), None).unwrap().temporal;
    assert_eq!(temporal("pandas.parquet"), ["when"]);
    assert_eq!(temporal("polars.parquet"), ["when", "since"]);
    // Whatever the file's name; without a column named, the first is read.
    fs::copy(fixture("pandas.parquet").0, home.path().join("visits.dat")).unwrap();
    assert_eq!(arrivals(home.path(), "file: visits.dat"), [0.6, 1.5, 4.0]);
}

#[test]
fn columns_that_hold_no_stamps_are_refused_by_what_they_hold() {
    let home = home(&[("text.parquet", b"1\n2\n")]);
    for (name, column, why) in [
        ("polars-others", "holes", "column 'holes' has no value in row 2"),
        ("polars-others", "day", "column 'day' holds days without a time of day"),
        ("polars-others", "clock", "column 'clock' holds times of day without a date"),
        ("duckdb", "flag", "column 'flag' holds booleans"),
        ("pandas", "x", "it has no column 'x', only t, t_ms, when"),
        ("pandas-coarse", "coarse", "row 1: 1700158600 as float32 is only accurate to 8"),
    ] {
        let (_, path) = fixture(&format!("{name}.parquet"));
        let told =
            refused(home.path(), &[&format!("devices.cam.arrivals={{times: {{file: '{path}', column: {column}}}}}")]);
        assert!(told.contains(why), "{told}");
    }
    let told = refused(home.path(), &["devices.cam.arrivals={times: {file: text.parquet}}"]);
    assert!(told.contains("is named like a Parquet file, but is not one"), "{told}");
    let (_, path) = fixture("pandas.parquet");
    let told = refused(home.path(), &[&format!("links.lte.uplink={{trace: {{file: '{path}'}}}}")]);
    assert!(told.contains("it is Parquet, and a text is read here"), "{told}");
    let (_, path) = fixture("pandas.parquet");
    let times = format!("devices.cam.arrivals={{times: {{file: '{path}', column: when, time-unit: ms}}}}");
    assert!(refused(home.path(), &[&times]).contains("leave `time-unit` out"));
}

#[test]
fn validate_describes_recordings() {
    let visits: String = (1..=1204).map(|visit| format!("{}\n", visit * 3)).collect();
    let home = home(&[("visits.csv", visits.as_bytes()), ("down.csv", b"0,8 Mbps\n30,2 Mbps\n60,0 bps\n")]);
    let settings = [
        "devices.cam.arrivals={times: {file: visits.csv}}",
        "devices.cam.count=2",
        "duration=10 min",
        "links.lte.downlink={trace: {file: down.csv}}",
    ];
    let told = printed(home.path(), "validate", &settings);
    // The arrival at 600 s is too late for a run of ten minutes.
    assert!(
        told.contains("cam.arrivals: visits.csv: 1,204 arrivals over 3,612 s, 0.333 /s; about 398 requests in a run\n"),
        "{told}"
    );
    assert!(told.contains("lte.downlink: down.csv: 3 rows over 90 s, 3.33 Mbps on average\n"), "{told}");
}

/// It is not an error if nothing arrives: arrivals are random, and devices may only stand by. It is reported by
/// `validate` and after a run.
#[test]
fn a_run_without_requests_is_reported() {
    let home = home(&[("late.csv", b"400\n500\n")]);
    let settings = ["devices.cam.arrivals={times: {file: late.csv}}"];
    let told = printed(home.path(), "validate", &settings);
    assert!(told.contains("no requests in a run, which ends after 30 s: the first comes at 6.667 min"), "{told}");
    let told = printed(home.path(), "run", &settings);
    assert!(told.contains("No request arrived in 30 s, so there is nothing to compare."), "{told}");
    assert!(!told.contains("offload-all"), "an empty table:\n{told}");
    printed(home.path(), "run", &[settings[0], "name=dry"]);
    appealsim(home.path(), "run", &settings).arg("--dry-run").assert().success();
}
