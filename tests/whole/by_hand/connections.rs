//! What opening a connection, starting slowly and noticing losses add to a transfer.
//!
//! An appeal of 43.8 kB is 30 packets, which take 1.46 ms each at 8 Mbps; a round trip takes 20 ms. A window of ten
//! takes 14.6 ms, and its first packet is acknowledged at 21.46 ms: a pause of 6.86 ms, then the other twenty.

use scenarios::plan::Plan;

use super::{BASE, by_hand, close, run};

const WITHOUT_PAUSE: f64 = 43.8;
const PAUSE: f64 = 6.86;

/// The base scenario with appeals of 30 packets and this transport.
fn plan(arrivals: &str, transport: &str, edits: &[(&str, &str)]) -> Plan {
    let transport = format!("transport: {transport}");
    let own = [("payload: 40 kB", "payload: 43.8 kB"), ("transport: ideal", transport.as_str())];
    by_hand(arrivals, "offload-all", &[&own, edits].concat())
}

/// Milliseconds that sending took, request by request.
fn sending(plan: &Plan) -> Vec<f64> {
    let took = |from: Option<u64>, to: Option<u64>| (to.unwrap() - from.unwrap()) as f64 / 1e6;
    run(plan).requests.iter().map(|request| took(request.send_start, request.send_done)).collect()
}

fn check(found: &[f64], expected: &[f64]) {
    let same = found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5);
    assert!(same, "{found:?} ms, not {expected:?} ms");
}

/// Requests at 1, 1.5, 1.6 and 9 s. The second is answered by 1.6 s if its transfer is fast, and soon after otherwise.
#[test]
fn a_connection_is_opened_and_starts_slowly() {
    let arrivals = "1 1.5 1.6 9";
    let (slow, fast) = (WITHOUT_PAUSE + PAUSE, WITHOUT_PAUSE);
    let sending = |transport: &str| sending(&plan(arrivals, transport, &[]));
    check(&sending("ideal"), &[fast; 4]);
    // The third comes within a round trip and the timeout, so it goes on with a window of twenty.
    check(&sending("warm"), &[slow, slow, fast, slow]);
    check(&sending("{initial-window: 10, idle-reset: false}"), &[slow, fast, fast, fast]);
    // One round trip or two are taken each time, or only after more than the five seconds a connection is kept.
    check(&sending("tcp"), &[20.0 + slow; 4]);
    check(&sending("tcp-tls-1.3"), &[40.0 + slow; 4]);
    check(&sending("quic-0rtt"), &[slow; 4]);
    let kept = "{round-trips: 2, initial-window: 10, idle-reset: false, keep-alive: 5 s}";
    check(&sending(kept), &[40.0 + slow, fast, fast, 40.0 + slow]);
    // Windows of one, two, four, eight and the other fifteen: 1.46 ms and 2.92 ms and so on are sent in 21.46 ms each.
    // The third follows the second at once.
    let slow = fast + [1.0, 2.0, 4.0, 8.0].map(|packets| 21.46 - packets * 1.46).iter().sum::<f64>();
    check(&sending("{initial-window: 1}"), &[slow, slow, fast, slow]);
}

/// The rate falls from 8 to 4 Mbps while a burst is under way: the pause before it stays, and what is sent takes
/// longer.
#[test]
fn a_burst_follows_the_rate() {
    // At 1.02 s the rate is 0, and 4 Mbps from 1.05 s on. The second burst begins at 1.05 s instead of 1.02146 s.
    let edits = [("uplink: 8 Mbps", "uplink: {trace: {file: rates.csv, end: hold}}")];
    check(&sending(&plan("1", "warm", &edits)), &[50.0 + 2.0 * 20.0 * 1.46]);
}

/// The radio stays active while it waits for acknowledgements, and sends nothing.
#[test]
fn pauses_cost_the_radio_s_time_and_no_bits() {
    let radio = "radio: {idle: 0 W, promotion: 0 s, promotion-power: 0 W, active: 1 W, per-bit-up: 100 nJ/bit,
              per-bit-down: 50 nJ/bit, tail: [{for: 1 ms, power: 0 W}]}";
    let (start, end) = (BASE.find("radio:").unwrap(), BASE.find("    uplink").unwrap());
    let edits = [
        (BASE[start..end].trim_end(), radio),
        ("downlink: 1.6 Mbps", "downlink: 16 Mbps"),
        ("answer: 200 B", "answer: 43.8 kB"),
    ];
    let bits = 43_800.0 * 8.0;
    for battery in ["count: 1", "count: 1\n    battery: 1 kJ"] {
        let edits = [&edits[..], &[("count: 1", battery)]].concat();
        let run = run(&plan("1", "tcp", &edits));
        let energy = run.requests[0].energy;
        let transmit = (20.0 + WITHOUT_PAUSE + PAUSE) * 1e-3 + bits * 100e-9;
        // Received at 16 Mbps, packets take 0.73 ms each: ten, a pause until 20.73 ms, and twenty.
        let receive = (20.73 + 20.0 * 0.73) * 1e-3 + bits * 50e-9;
        assert!(close(energy.transmit, transmit) && close(energy.receive, receive), "{energy:?}");
        assert_eq!((run.requests[0].uplink_bytes, run.requests[0].downlink_bytes), (43_800, 43_800));
        assert_eq!(run.requests[0].send_pauses, 26_860_000);
    }
}

/// Two devices begin together in a cell of 8 Mbps, with round trips of 60 ms. Their first ten packets take 29.2 ms, and
/// the first of these is acknowledged at 62.92 ms; the other twenty take 58.4 ms.
#[test]
fn pauses_leave_a_cell_to_others() {
    let cell = [("count: 1", "count: 2"), ("rtt: 20 ms", "rtt: 60 ms\n    cell: 8 Mbps")];
    check(&sending(&plan("1", "warm", &cell)), &[62.92 + 58.4; 2]);
    // With windows of 25, the first two bursts take 73 ms, longer than a round trip: no pause at all.
    check(&sending(&plan("1", "{initial-window: 25}", &cell)), &[2.0 * WITHOUT_PAUSE; 2]);
}

/// On a Wi-Fi channel, an answer takes the air from those who send. One device sends 40 ms from 1 s on, and its answer
/// of 40 kB at 16 Mbps begins at 1.07 s and takes 20 ms alone. The other one sends from 1.06 s on: for 10 ms alone,
/// then it shares the air until 1.11 s, when the answer is through and it has 10 ms left.
#[test]
fn both_directions_share_the_air() {
    let second = "
  - name: other
    count: 1
    hardware: {throughput: 10 MMAC/s, idle: 1 W, busy: 3 W}
    link: wire
    arrivals: {seen: {event: first, after: {constant: 60 ms}}}
    payload: 40 kB
    answer: 1 B
events: {first: {times: {file: arrivals.csv, end: stop}}}
links:";
    let edits = |half_duplex: &'static str| {
        [
            ("\nlinks:", second),
            ("downlink: 1.6 Mbps", "downlink: 16 Mbps\n    cell: 8 Mbps"),
            ("rtt: 20 ms", half_duplex),
            ("answer: 200 B", "answer: 40 kB"),
        ]
    };
    let ends = |half_duplex| {
        let run = run(&by_hand("1", "offload-all", &edits(half_duplex)));
        let other = run.requests.iter().find(|request| request.device == 1).unwrap();
        [run.requests[0].end, other.send_done].map(|at| at.unwrap() as f64 / 1e6 - 1_000.0)
    };
    check(&ends("rtt: 20 ms"), &[90.0, 100.0]);
    check(&ends("rtt: 20 ms\n    half-duplex: true"), &[110.0, 120.0]);
}

/// It gives up 60 ms after its arrival: 20 ms were spent opening the connection, 14.6 ms on ten packets, and what follows
/// is a pause of 6.86 ms, over by then, and 18.54 ms of sending. After 41 ms, only the opening is over.
#[test]
fn pauses_that_are_not_over_do_not_count() {
    let pauses = |timeout: &'static str| {
        let run = run(&plan("1", "tcp", &[("answer: 200 B", timeout)]));
        run.requests[0].send_pauses as f64 / 1e6
    };
    check(&[pauses("answer: 200 B\n    timeout: 60 ms")], &[26.86]);
    check(&[pauses("answer: 200 B\n    timeout: 41 ms")], &[20.0]);
}

/// A device that opens a connection for every appeal keeps its uplink for longer than its bits take.
#[test]
fn pauses_are_load() {
    let loads = run(&plan("1 2 3 4 5", "tcp", &[])).loads;
    let uplink = loads.iter().find(|load| load.server == "the camera's uplink over wire").unwrap();
    assert!(close(uplink.times, 5.0 * (20.0 + WITHOUT_PAUSE + PAUSE) / 10_000.0), "{uplink:?}");
}
