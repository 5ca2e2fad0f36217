//! Small runs whose records are worked out by hand.

mod batteries;
mod connections;
mod energy;
mod giving_up;
mod instants;
mod listening;
mod loads;
mod pipeline;
mod preparing;
mod servers;

use std::fs;

use analysis::{Outcome, RequestRecord};
use inference::{Half, Scratch};
use scenarios::answers::Observation;
use scenarios::plan::{Plan, entity, resolve};
use scenarios::policies::{Calibration, Way};
use scenarios::source::Source;
use scenarios::world::Run;
use sim_core::{Moments, Streams};
use tests::{Records, network, networks, plan, records, small_scenario};

use crate::program::told;

/// The little network takes 200 ms, sending 40 ms, each way through the network 10 ms, the big network 10 ms per image,
/// receiving 1 ms. The radio takes no time and no energy.
const BASE: &str = "
name: by-hand
duration: 10 s
networks: {little: fmnist-little, big: fmnist-big, little-as-if: 2 MMAC, big-as-if: 10 MMAC}
devices:
  - name: camera
    count: 1
    hardware: {throughput: 10 MMAC/s, idle: 1 W, busy: 3 W}
    link: wire
    arrivals: {times: {file: arrivals.csv, end: stop}}
    payload: 40 kB
    answer: 200 B
links:
  wire:
    radio:
      {idle: 0 W, promotion: 0 s, promotion-power: 0 W, active: 0 W, per-bit-up: 0 nJ/bit, per-bit-down: 0 nJ/bit,
       tail: [{for: 1 ms, power: 0 W}]}
    uplink: 8 Mbps
    downlink: 1.6 Mbps
    rtt: 20 ms
    transport: ideal
cloud: {hardware: {throughput: 1 GMAC/s, launch: 5 ms}}
policies: [local-only]
";

/// A recorded rate that can be used in it.
const RATES: &str = "0,8 Mbps\n1.02,0 bps\n1.05,4 Mbps\n60,4 Mbps\n";

/// The base scenario with requests at these seconds on every camera, under one policy.
fn by_hand(arrivals: &str, policy: &str, edits: &[(&str, &str)]) -> Plan {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("arrivals.csv"), arrivals.replace(' ', "\n")).unwrap();
    fs::write(home.path().join("rates.csv"), RATES).unwrap();
    let mut text = BASE.replace("[local-only]", &format!("[{policy}]"));
    for (old, new) in edits {
        assert!(text.contains(old), "there is no '{old}' to replace");
        text = text.replace(old, new);
    }
    let source = Source::parse("by-hand.yaml", text, home.path().to_owned(), &[]).unwrap();
    resolve(&source.scenario().unwrap(), &source, networks()).unwrap_or_else(|e| panic!("{e}"))
}

fn run(plan: &Plan) -> Records {
    records(plan, &plan.policies[0].build(&Calibration::NONE).unwrap(), 0)
}

fn close(found: f64, expected: f64) -> bool {
    (found - expected).abs() < 1e-9
}

/// Requests count from the very end of the warm-up on, and an answer at the very deadline is in time. At the end of the
/// run, one is late already, and about two others it is not known.
#[test]
fn the_warm_up_and_the_deadline_end_at_their_instants() {
    let edits = [("answer: 200 B", "answer: 200 B\n    deadline: 200 ms"), ("10 s\n", "10 s\nwarmup: 1 s\n")];
    let records = run(&by_hand("0.999999999 2 2.1 9.7 9.75 9.8 9.85", "local-only", &edits)).requests;
    let told = |r: &RequestRecord| (r.arrival / 1_000_000, r.end.map(|end| end / 1_000_000), r.measured, r.in_time);
    assert_eq!(
        records.iter().map(told).collect::<Vec<_>>(),
        [
            (999, Some(1199), false, Some(true)),
            (2000, Some(2200), true, Some(true)),
            // It waits for the one before.
            (2100, Some(2400), true, Some(false)),
            (9700, Some(9900), true, Some(true)),
            // It began at 9.9 s and is 250 ms old at the end; those after it are 200 and 150 ms old.
            (9750, None, true, Some(false)),
            (9800, None, true, None),
            (9850, None, true, None),
        ]
    );
    assert_eq!(records[1].end.map(|end| end - records[1].arrival), Some(200_000_000));
    let at_its_end = run(&by_hand("1", "local-only", &edits)).requests;
    assert_eq!((at_its_end[0].arrival, at_its_end[0].measured), (1_000_000_000, true));
}

/// Whatever the reason there is no answer, the deadline is missed, even if the device knew that long before. The edge
/// answer that stands in is an answer. In each case there are two requests, 10 ms apart, and the second one is told.
#[test]
fn what_is_not_answered_is_late() {
    let device = |rest: &str| format!("answer: 200 B\n    deadline: 200 ms\n{rest}");
    let (plain, queue, battery) = (device(""), device("    queue: 0"), device("    battery: 2.05 J"));
    let (soon, later) = (device("    timeout: 150 ms"), device("    timeout: 190 ms"));
    let little = |macs| ("little-as-if: 2 MMAC", macs);
    let (slow, fast) = (little("little-as-if: 1 MMAC"), little("little-as-if: 0.2 MMAC"));
    let full = ("launch: 5 ms}", "launch: 5 s}, queue: 0");
    let out = ("launch: 5 ms}", "launch: 5 ms}, outages: {up-for: 0 s, down-for: 1 d}");
    let appeals = "appealnet: {delta: 1}";
    for (outcome, in_time, millis, policy, device, edits) in [
        // It waits 90 ms for the processor, which then takes 100.
        (Outcome::Edge, true, 190, "local-only", &plain, &[slow][..]),
        // It waits 30 ms for the radio; then sending, the way there, a batch of one, the way back and receiving.
        (Outcome::Cloud, true, 30 + 40 + 10 + 10 + 10 + 1, "offload-all", &plain, &[]),
        (Outcome::TimedOut, false, 150, "offload-all", &soon, &[out]),
        (Outcome::TimedOutEdge, true, 190, appeals, &later, &[out, fast]),
        // The first one has the only server for five seconds. A refusal travels back without being received.
        (Outcome::Refused, false, 30 + 40 + 10 + 10, "offload-all", &plain, &[full]),
        // It waits 10 ms for the processor, which then takes 20, and 20 ms for the radio.
        (Outcome::RefusedEdge, true, 10 + 20 + 20 + 40 + 10 + 10, appeals, &plain, &[full, fast]),
        (Outcome::Rejected, false, 0, "local-only", &queue, &[]),
        // A watt from the start empties the battery at 2.05 s.
        (Outcome::DeviceDead, false, 50, "offload-all", &battery, &[]),
    ] {
        let edits = [&[("answer: 200 B", device.as_str())], edits].concat();
        let records = run(&by_hand("1.99 2", policy, &edits)).requests;
        let last = &records[1];
        let took = last.end.map(|end| (end - last.arrival) / 1_000_000);
        assert_eq!((last.outcome, last.in_time, took), (outcome, Some(in_time), Some(millis)), "{last:?}");
    }
}

/// Five images reach the cloud at 1.05 s. Four fill a batch, which takes 40 ms; the fifth waits for the server, and
/// then takes 10 ms. The whole repeats at 3 s.
#[test]
fn a_batch_takes_the_time_of_its_size() {
    let edits = [
        ("count: 1", "count: 5"),
        ("launch: 5 ms}", "launch: 5 ms}, batch: {max: 4, wait: 5 ms}"),
        ("10 s\n", "6 s\n"),
    ];
    let run = run(&by_hand("1 3", "offload-all", &edits));
    for record in &run.requests {
        let since = |stamp: Option<u64>| stamp.map(|stamp| (stamp - record.arrival) / 1_000_000);
        let stamps = [record.send_done, record.cloud_arrival, record.cloud_start, record.cloud_done, record.end];
        let expected = match record.device {
            4 => (Some(1), [40, 50, 90, 100, 111]),
            _ => (Some(4), [40, 50, 50, 90, 101]),
        };
        assert_eq!((record.batch, stamps.map(since)), (expected.0, expected.1.map(Some)), "{record:?}");
    }
    assert_eq!(run.requests.len(), 10);
    // Sixty moments of 100 ms: in that from 1 to 1.1 s the server is busy for 50 ms, and one request waits for 40 ms.
    // No other moment knows of that, whether before or after.
    assert_eq!(run.timeline.len(), 60);
    for (number, moment) in run.timeline.iter().enumerate() {
        let (busy, waiting) = if number == 10 || number == 30 { (0.5, 0.4) } else { (0.0, 0.0) };
        assert!(close(moment.until_s, 0.1 * (number + 1) as f64), "{moment:?}");
        assert!(close(moment.cloud_busy, busy) && close(moment.cloud_waiting, waiting), "{moment:?}");
    }
    assert!(close(run.cloud_busy, 0.1 / 6.0), "{}", run.cloud_busy);
}

/// 320 kbit begin at 1 s, half of which are sent in 20 ms; nothing goes for 30 ms, and the rest takes 40 ms. Where two
/// cameras share a cell, each has a quarter sent by then, and takes 120 ms for the rest. At 3 s, it is 4 Mbps
/// throughout.
#[test]
fn a_transfer_follows_the_rate_of_its_link() {
    let rates = "{trace: {file: rates.csv}}";
    let (alone, cell) = (format!("uplink: {rates}"), format!("uplink: 8 Mbps\n    cell: {rates}"));
    for (edits, expected) in [
        (&[("uplink: 8 Mbps", alone.as_str())][..], &[90, 80][..]),
        (&[("uplink: 8 Mbps", cell.as_str()), ("count: 1", "count: 2")], &[170, 170, 160, 160]),
    ] {
        let sent = run(&by_hand("1 3", "offload-all", edits)).requests.into_iter();
        let took: Vec<f64> = sent.map(|r| (r.send_done.unwrap() - r.send_start.unwrap()) as f64 / 1e6).collect();
        // Each change of the rate falls on a whole nanosecond.
        let same = took.iter().zip(expected).all(|(took, millis)| (took - f64::from(*millis)).abs() < 1e-5);
        assert!(took.len() == expected.len() && same, "{took:?}, not {expected:?} ms");
    }
}

/// With a fifth of the packets lost, 1 / 0.8 times the payload is sent, on average, and takes as long as its bits do.
#[test]
fn what_is_lost_is_sent_again_and_counted() {
    let edits = [
        ("rtt: 20 ms", "rtt: 20 ms\n    loss: 20 %"),
        ("uplink: 18.9 Mbps", "uplink: 8 Mbps"),
        ("poisson: 2 /s", "periodic: {every: 200 ms}"),
        ("  - local-only\n", ""),
    ];
    let run = run(&plan(&small_scenario(&edits)));
    let sent: Vec<&RequestRecord> = run.requests.iter().filter(|r| r.send_done.is_some()).collect();
    let bytes: Moments = sent.iter().map(|r| r.uplink_bytes as f64).collect();
    // 28 packets, sent 35 times on average with a variance of 28 · 0.2 / 0.8² = 8.75; five standard errors of the mean
    // of at least 290 transfers are allowed.
    assert!(sent.len() >= 290, "{}", sent.len());
    let error = 40_000.0 / 28.0 * (8.75f64 / 290.0).sqrt();
    assert!((bytes.mean() - 50_000.0).abs() < 5.0 * error, "{}", bytes.mean());
    for record in sent {
        let nanos = record.send_done.unwrap() - record.send_start.unwrap();
        // At 8 Mbps a byte takes a microsecond, and the bytes are rounded.
        assert!(nanos.abs_diff(record.uplink_bytes * 1000) <= 500, "{record:?}");
    }
}

/// Two replications, or two devices, have hardly an image in common at the same place: one in 5,000 by chance.
#[test]
fn replications_and_devices_draw_their_own_images() {
    let plan = plan(&small_scenario(&[("duration: 20 s", "duration: 200 s")]));
    let policy = plan.policies[0].build(&Calibration::NONE).unwrap();
    let mut drawn: Vec<(Vec<u32>, Vec<u64>)> = Vec::new();
    for replication in 0..3 {
        let requests = records(&plan, &policy, replication).requests;
        for device in 0..3 {
            let of_device = || requests.iter().filter(|r| r.device == device);
            drawn.push((of_device().map(|r| r.image).collect(), of_device().map(|r| r.arrival).collect()));
        }
    }
    for (place, (images, arrivals)) in drawn.iter().enumerate() {
        assert!(images.len() > 300, "{}", images.len());
        for (other_images, other_arrivals) in &drawn[..place] {
            let same = images.iter().zip(other_images).filter(|(a, b)| a == b).count();
            let at_once = arrivals.iter().zip(other_arrivals).filter(|(a, b)| a == b).count();
            assert!(same <= 3 && at_once == 0, "{same} images and {at_once} arrivals are the same");
        }
    }
}

/// The same through the whole program: the rows of two replications show different images.
#[test]
fn an_experiment_s_replications_are_not_copies() {
    let home = tempfile::tempdir().unwrap();
    let text = small_scenario(&[("duration: 20 s", "duration: 20 s\nreplications: 3"), ("  - offload-all\n", "")]);
    fs::write(home.path().join("scenario.yaml"), text).unwrap();
    told(home.path(), &["run", "scenario.yaml"]);
    told(home.path(), &["export", "results/small", "--table", "requests", "--out", "requests.ndjson"]);
    let text = fs::read_to_string(home.path().join("requests.ndjson")).unwrap();
    let rows: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let images = |replication: u32| -> Vec<u64> {
        let here = |row: &&serde_json::Value| row["policy"] == "local-only" && row["replication"] == replication;
        rows.iter().filter(here).map(|row| row["image"].as_u64().unwrap()).collect()
    };
    for (one, other) in [(0, 1), (0, 2), (1, 2)] {
        let (one, other) = (images(one), images(other));
        let same = one.iter().zip(&other).filter(|(a, b)| a == b).count();
        assert!(one.len() > 60 && other.len() > 60 && same <= 3, "{same} of {}", one.len());
    }
}

/// Three requests, one after the other. Whether each network is right is asked once for each, in addition to what the
/// device and the cloud ask.
#[test]
fn answers_asked_are_counted() {
    for (policy, expected) in
        [("local-only", [3 + 3, 3]), ("offload-all", [3, 3 + 3]), ("appealnet: {delta: 1}", [6, 6])]
    {
        let plan = by_hand("1 2 3", policy, &[("payload: 40 kB", "images: in-order")]);
        let policy = plan.policies[0].build(&Calibration::NONE).unwrap();
        let run = Run { plan: &plan, networks: networks(), policy: &policy, replication: 0 };
        let mut images = Vec::new();
        assert_eq!(run.run(&mut |record, _| images.push(record.image as usize)).questions, expected);
        assert_eq!(images, networks().data.half(Half::Evaluation).take(3).collect::<Vec<_>>());
    }
}

/// What is degraded reaches both networks degraded, whether their answers are computed beforehand or not.
#[test]
fn both_networks_see_what_the_device_sees() {
    let degrade = ("payload: 40 kB", "payload: 40 kB\n    degrade: {share: 0.6, noise: 0.8, occlusion: 0.8}");
    let plan = plan(&small_scenario(&[degrade, ("delta: 0.5", "delta: 1")]));
    let (pair, replication) = (networks(), 1);
    let streams = Streams::new(plan.seed, replication.into());
    let policy = plan.policies[2].build(&Calibration::NONE).unwrap();
    for beforehand in [false, true] {
        if beforehand {
            pair.precompute(&plan.degraded_images(replication), 2);
        }
        let run = Run { plan: &plan, networks: pair, policy: &policy, replication };
        let mut numbers = [0; 3];
        let (mut degraded, mut little_differs, mut big_differs) = (0, 0, 0);
        run.run(&mut |record, _| {
            let number = &mut numbers[record.device as usize];
            let random = || streams.open("degrade", entity(record.device, *number));
            let observation = Observation::drawn(record.image, plan.groups[0].conditions.degrade.as_ref(), random);
            *number += 1;
            assert_eq!(record.degradation.is_some(), observation.degradation().is_some());
            let image = record.image as usize;
            let Some(pixels) = observation.degraded(pair.data.image(image)) else { return };
            let scratch = &mut Scratch::default();
            let mut run = |way| network(pair, way).run(pixels.view(), scratch);
            let (little, big) = (run(Way::LITTLE), run(Way::BIG));
            assert_eq!(
                (record.little_right, record.big_right),
                (little.class == record.label, big.class == record.label)
            );
            assert!(record.edge_class.is_none_or(|class| class == little.class && record.scores == little.scores));
            assert!(record.cloud_class.is_none_or(|class| class == big.class), "{record:?}");
            degraded += 1;
            little_differs +=
                u32::from(little.class != network(pair, Way::LITTLE).run(pair.data.image(image), scratch).class);
            let differs = big.class != network(pair, Way::BIG).run(pair.data.image(image), scratch).class;
            big_differs += u32::from(differs && record.cloud_class.is_some());
        });
        assert!(degraded > 40 && little_differs > 10 && big_differs > 10, "{degraded} {little_differs} {big_differs}");
    }
}
