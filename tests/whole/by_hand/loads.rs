//! The load offered to everything that serves, and what happens to more than it can do.

use std::collections::BTreeMap;

use analysis::Excess;
use scenarios::plan::Plan;

use super::{by_hand, run};

/// Five requests in the ten seconds of a run.
const FIVE: &str = "1 2 3 4 5";

fn loads(plan: &Plan) -> BTreeMap<String, (f64, Excess)> {
    // Loads are told to a millionth, because they are quotients.
    let told = |times: f64| (times * 1e6).round() / 1e6;
    run(plan).loads.into_iter().map(|load| (load.server, (told(load.times), load.excess))).collect()
}

fn check(plan: &Plan, expected: &[(&str, f64, Excess)]) {
    let expected: BTreeMap<_, _> =
        expected.iter().map(|(server, times, excess)| ((*server).to_owned(), (*times, *excess))).collect();
    assert_eq!(loads(plan), expected);
}

const PROCESSOR: &str = "the camera's processor";
const UPLINK: &str = "the camera's uplink over wire";
const DOWNLINK: &str = "the camera's downlink over wire";

/// In ten seconds, five times 200 ms on the processor, 40 ms on the uplink, 1 ms on the downlink and 10 ms in the
/// cloud.
#[test]
fn loads_are_what_is_asked_over_what_can_be_done() {
    let waits = |cloud: f64| {
        let up = [(UPLINK, 0.02, Excess::Waits), (DOWNLINK, 0.0005, Excess::Waits)];
        [(PROCESSOR, 0.1, Excess::Waits), up[0], up[1], ("the cloud", cloud, Excess::Waits)]
    };
    check(&by_hand(FIVE, "appealnet: {delta: 1}", &[]), &waits(0.005));
    check(&by_hand(FIVE, "offload-all", &[]), &waits(0.005)[1..]);
    check(&by_hand(FIVE, "local-only", &[]), &waits(0.005)[..1]);
    // Two servers that take four images in 40 ms can do twice as much, and four of them, of which two are always on,
    // four times.
    let batches = "launch: 5 ms}, servers: 2, batch: {max: 4, wait: 1 ms}";
    check(&by_hand(FIVE, "offload-all", &[("launch: 5 ms}", batches)]), &waits(0.0025)[1..]);
    let scaled = "launch: 5 ms}, servers: 2, scale: {most: 4, waiting: 9, cold-start: 1 s, cool-down: 1 s}";
    check(&by_hand(FIVE, "offload-all", &[("launch: 5 ms}", scaled)]), &waits(0.00125)[1..]);
}

/// Preparing each of five appeals takes the processor 20 ms more, or all that it is asked for.
#[test]
fn preparing_appeals_is_load_of_the_processor() {
    let prepare = ("payload: 40 kB", "payload: 40 kB\n    prepare: {time: 20 ms}");
    for (policy, load) in
        [("appealnet: {delta: 1}", Some(0.11)), ("offload-all", Some(0.01)), ("local-only", Some(0.1))]
    {
        let loads = loads(&by_hand(FIVE, policy, &[prepare]));
        assert_eq!(loads.get(PROCESSOR).copied(), load.map(|load| (load, Excess::Waits)), "{policy}");
    }
}

/// Bits that are lost and sent again are asked of the uplink, too.
#[test]
fn lost_packets_are_load() {
    let plan = by_hand(FIVE, "offload-all", &[("rtt: 20 ms", "rtt: 20 ms\n    loss: 40 %")]);
    let bytes: u64 = run(&plan).requests.iter().map(|r| r.uplink_bytes).sum();
    let times = loads(&plan)[UPLINK].0;
    assert!(bytes > 5 * 40_000 && (times - bytes as f64 * 8.0 / 10.0 / 8e6).abs() < 2e-6, "{times}, {bytes} bytes");
}

/// Where the rate follows the time of day, what came in the run is what was asked. A battery of 2.05 J is empty after
/// as many seconds, in which the uplink could have sent 1.02 s · 8 Mbps and a second's 4 Mbps.
#[test]
fn loads_are_those_of_this_run_and_of_a_device_s_life() {
    let edits =
        [("{times: {file: arrivals.csv, end: stop}}", "{daily: [1 /s, 0 /s]}"), ("40 kB", "40 kB\n    queue: 99")];
    let plan = by_hand(FIVE, "local-only", &edits);
    let came = run(&plan).requests.len() as f64;
    assert!(came != 10.0 && came != 5.0, "the number of requests should differ from what one may expect");
    assert!((loads(&plan)[PROCESSOR].0 - came * 0.2 / 10.0).abs() < 1e-6, "{came}");
    let rates = ("uplink: 8 Mbps", "uplink: {trace: {file: rates.csv}}");
    // Of three cameras, each has an uplink of its own.
    for count in ["count: 1", "count: 3"] {
        let edits = [rates, ("count: 1", count), ("40 kB", "40 kB\n    battery: 2.05 J")];
        let plan = by_hand("1", "offload-all", &edits);
        let (times, expected) = (loads(&plan)[UPLINK].0, 0.32 / (1.02 * 8.0 + 4.0));
        assert!((times - expected).abs() < 1e-6, "{times}, not {expected}");
    }
}

/// Where devices give up, or have no room, the excess is gone; where they wait, it waits; and what an edge server has
/// no room for goes on to the cloud.
#[test]
fn excess_waits_or_is_given_up_or_goes_on() {
    let excess = |policy: &str, edits: &[(&str, &str)], server: &str| loads(&by_hand(FIVE, policy, edits))[server].1;
    let device = |rest: &'static str| ("payload: 40 kB", rest);
    let patience = device("payload: 40 kB\n    timeout: 3 s");
    for server in [PROCESSOR, UPLINK, DOWNLINK] {
        assert_eq!(excess("appealnet: {delta: 1}", &[patience], server), Excess::GivesUp, "{server}");
    }
    assert_eq!(excess("appealnet: {delta: 1}", &[patience], "the cloud"), Excess::Waits);
    assert_eq!(excess("offload-all", &[("launch: 5 ms}", "launch: 5 ms}, queue: 3")], "the cloud"), Excess::GivesUp);
    // With as much room as there are requests, the processor's queue turns none away.
    assert_eq!(excess("local-only", &[device("queue: 5")], PROCESSOR), Excess::Waits);
    assert_eq!(excess("local-only", &[device("queue: 4")], PROCESSOR), Excess::GivesUp);
    // Three cameras have three queues, and three times as many requests.
    let three = ("count: 1", "count: 3");
    assert_eq!(excess("local-only", &[three, device("queue: 5")], PROCESSOR), Excess::Waits);
    assert_eq!(excess("local-only", &[three, device("queue: 4")], PROCESSOR), Excess::GivesUp);
    let overflows = device("queue: 4\n    when-full: appeal");
    assert_eq!(excess("appealnet: {delta: 1}", &[overflows], PROCESSOR), Excess::GoesOn);
    assert_eq!(excess("local-only", &[overflows], PROCESSOR), Excess::GivesUp);
    let edge =
        ("rtt: 20 ms", "rtt: 20 ms\n    edge: {hardware: {throughput: 1 GMAC/s, launch: 20 ms}, rtt: 4 ms, queue: 4}");
    let plan = by_hand(FIVE, "offload-all", &[edge]);
    // Each takes 20 ms there, and none reaches the cloud.
    assert_eq!(loads(&plan)["the edge of wire"], (0.01, Excess::GoesOn));
    assert!(!loads(&plan).contains_key("the cloud"));
}

/// Two groups of cameras: each asks the cell of its own link, and the excess is given up where all of a cell's devices
/// give up.
#[test]
fn a_cell_is_asked_by_its_own_devices() {
    let other = |link: &str, rest: &str| {
        format!(
            "  - {{name: other, count: 3, hardware: {{throughput: 10 MMAC/s, idle: 1 W, busy: 3 W}}, link: {link},
     arrivals: {{times: {{file: arrivals.csv, end: stop}}}}, payload: 40 kB{rest}}}
links:"
        )
    };
    let radio = "radio: ethernet, uplink: 8 Mbps, downlink: 1.6 Mbps, rtt: 20 ms, cell: 2 Mbps";
    let clouds = format!("  air: {{{radio}}}\ncloud: ");
    let cell = ("rtt: 20 ms", "rtt: 20 ms\n    cell: 4 Mbps");
    let patience = ("payload: 40 kB", "payload: 40 kB\n    timeout: 3 s");
    let loads = |link: &str, rest: &str| {
        let other = other(link, rest);
        loads(&by_hand(FIVE, "offload-all", &[cell, patience, ("cloud: ", &clouds), ("links:", &other)]))
    };
    // Five transfers of 320 kbit in ten seconds, of one camera or of three.
    let apart = loads("air", "");
    assert_eq!((apart["the cell of wire"], apart["the cell of air"]), ((0.04, Excess::GivesUp), (0.24, Excess::Waits)));
    let together = loads("wire", "");
    assert_eq!(together["the cell of wire"], (0.16, Excess::Waits));
    assert!(!together.contains_key("the cell of air"));
    assert_eq!(loads("wire", ", timeout: 3 s")["the cell of wire"], (0.16, Excess::GivesUp));
}
