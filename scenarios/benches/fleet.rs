//! How many requests a second one core simulates, from a thousand devices to a million, with summaries alone and with every
//! request written as Parquet: `cargo bench -p scenarios --bench fleet`.
//!
//! Network answers come from memory, as they do once every image has been seen. Each line is one run on one thread; the
//! networks are asked beforehand and do not count.

use std::path::Path;
use std::time::Instant;

use analysis::ByteCounter;
use analysis::tables::{self, RunKey};
use scenarios::experiment::Study;
use scenarios::policies::Calibration;
use scenarios::source::Source;
use scenarios::world::Run;

/// Devices, and how long they are simulated so that each line makes some 24 million requests.
const SIZES: [(u64, &str); 4] =
    [(1_000, "24000 min"), (10_000, "2400 min"), (100_000, "240 min"), (1_000_000, "24 min")];

fn main() {
    println!("{:>9} {:>12} {:>12} {:>14} {:>14}", "devices", "requests", "ns each", "requests/s", "MiB at most");
    let mut slowest_over_fastest: (f64, f64) = (0.0, f64::INFINITY);
    for (devices, duration) in SIZES {
        let study = fleet(devices, duration);
        let (requests, seconds) = simulate(&study, |_| {});
        let each = seconds / requests as f64 * 1e9;
        slowest_over_fastest = (slowest_over_fastest.0.max(each), slowest_over_fastest.1.min(each));
        let rate = requests as f64 / seconds;
        println!("{devices:>9} {requests:>12} {each:>12.0} {rate:>14.0} {:>14}", peak_mebibytes());
    }
    let (slowest, fastest) = slowest_over_fastest;
    println!("slowest over fastest: {:.2}", slowest / fastest);

    let study = fleet(10_000, "500 min");
    let mut bytes = ByteCounter::default();
    let mut table = tables::requests(&RunKey::default()).begin(&mut bytes).expect("a table begins");
    let mut rows = Vec::new();
    let (requests, seconds) = simulate(&study, |record| {
        rows.push(record);
        if rows.len() == 1 << 16 {
            table.rows(&rows).expect("rows are written");
            rows.clear();
        }
    });
    table.rows(&rows).expect("rows are written");
    table.finish().expect("a table ends");
    println!(
        "every request written, 10000 devices: {:.0} requests/s, {:.1} bytes a row",
        requests as f64 / seconds,
        bytes.bytes() as f64 / requests as f64
    );
}

/// The fleet scenario with so many devices, and a cell and a cloud that grow with them.
fn fleet(devices: u64, duration: &str) -> Study {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("files/fleet.yaml");
    let settings = [
        format!("duration={duration}"),
        format!("devices.camera.count={devices}"),
        format!("links.lte.cell={} kbps", devices * 20),
        format!("cloud.servers={}", (devices / 2500).max(1)),
    ];
    let source = Source::read(&file, &settings).unwrap_or_else(|e| panic!("{e}"));
    let study = Study::load(&source, true).unwrap_or_else(|e| panic!("{e}"));
    study.learn(2);
    study
}

/// Requests of one run, and the seconds it took.
fn simulate(study: &Study, mut take: impl FnMut(analysis::RequestRecord)) -> (u64, f64) {
    let point = &study.points[0];
    let images = point.plan.calibration_images(&point.networks, 2);
    let policy = point.plan.policies[0].build(&Calibration::on(&images)).unwrap_or_else(|e| panic!("{e}"));
    let run = Run { plan: &point.plan, networks: &point.networks, policy: &policy, replication: 0 };
    let (begun, mut requests) = (Instant::now(), 0);
    run.run(&mut |record, _| {
        requests += 1;
        take(record);
    });
    (requests, begun.elapsed().as_secs_f64())
}

/// The most memory the process has held; 0 where the system does not say.
fn peak_mebibytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}
