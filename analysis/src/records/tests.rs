//! Records written down by hand, with what they come to.

use super::*;
use crate::measures::Excess;

/// A second in nanoseconds; the examples take seconds, so that sums are whole numbers.
const S: u64 = 1_000_000_000;

/// Arrives at 100 s. Each stage takes another time: 1 s in the queue, 2 s in the little network, 4 s until the radio
/// sends, 8 s of sending, 16 s to the cloud, 32 s in its queue, 64 s in a batch, 128 s back, 256 s of receiving.
fn appeal() -> RequestRecord {
    let after = |seconds: u64| Some((100 + seconds) * S);
    RequestRecord {
        label: 3,
        outcome: Outcome::Cloud,
        appealed: true,
        answer: Some(3),
        arrival: 100 * S,
        edge_start: after(1),
        edge_done: after(3),
        send_start: after(7),
        send_done: after(15),
        cloud_arrival: after(31),
        cloud_start: after(63),
        cloud_done: after(127),
        answer_arrival: after(255),
        end: after(511),
        ..RequestRecord::default()
    }
}

fn near(told: LatencyParts, expected: LatencyParts) {
    for ((name, told), (_, expected)) in told.named().iter().zip(expected.named()) {
        assert!((told - expected).abs() < 1e-9, "{name}: {told} s, not {expected} s");
    }
}

/// The network's part is the way there and the way back: 16 s + 128 s.
#[test]
fn each_stage_of_an_appeal_has_its_part() {
    let parts = appeal().parts().unwrap();
    let expected = LatencyParts {
        queue: 1.0,
        compute: 2.0,
        prepare: 0.0,
        radio: 4.0,
        connection: 0.0,
        uplink: 8.0,
        edge_server: 0.0,
        network: 144.0,
        cloud_prepare: 0.0,
        cloud_queue: 32.0,
        cloud: 64.0,
        downlink: 256.0,
        in_vain: 0.0,
    };
    near(parts, expected);
    assert!((appeal().latency().unwrap() - 511.0).abs() < 1e-9);
}

/// Of the 16 s to the cloud it spends 5 s at its link's end, from 20 s to 25 s: 5 s and 6 s on its way there and on,
/// besides the 128 s back.
#[test]
fn what_is_passed_on_was_with_an_edge_server() {
    let (reached, passed_on) = (Some(120 * S), Some(125 * S));
    let record = RequestRecord { edge_server_arrival: reached, passed_on, edge_server_class: Some(2), ..appeal() };
    let parts = record.parts().unwrap();
    assert_eq!([parts.edge_server, parts.network, parts.total()], [5.0, 5.0 + 6.0 + 128.0, 511.0]);
    let mut again = record;
    again.forget_attempt();
    assert_eq!((again.edge_server_arrival, again.passed_on, again.edge_server_class), (None, None, None));
}

/// Being prepared takes the 2 s of the 4 before it is sent in which the radio is not yet waited for. Without the little
/// network, the processor is waited for from the arrival until it begins to prepare.
#[test]
fn being_prepared_is_a_stage_of_its_own() {
    let prepared = RequestRecord { prepare_start: Some(103 * S), prepare_done: Some(105 * S), ..appeal() };
    let parts = prepared.parts().unwrap();
    assert_eq!([parts.queue, parts.compute, parts.prepare, parts.radio, parts.total()], [1.0, 2.0, 2.0, 2.0, 511.0]);
    let direct = RequestRecord { edge_start: None, edge_done: None, ..prepared.clone() };
    let parts = direct.parts().unwrap();
    assert_eq!([parts.queue, parts.compute, parts.prepare, parts.radio, parts.total()], [3.0, 0.0, 2.0, 2.0, 511.0]);
    // The second attempt, 1 s after it was ready, needs no preparing.
    let again = RequestRecord { retried: Some(106 * S), ..prepared.clone() };
    let parts = again.parts().unwrap();
    assert_eq!([parts.prepare, parts.in_vain, parts.radio, parts.total()], [2.0, 1.0, 1.0, 511.0]);
    // It gives up 1 s after it began to be prepared.
    let given_up = RequestRecord {
        outcome: Outcome::TimedOutEdge,
        prepare_done: None,
        end: Some(104 * S),
        arrival: 100 * S,
        edge_start: prepared.edge_start,
        edge_done: prepared.edge_done,
        prepare_start: prepared.prepare_start,
        answer: Some(3),
        ..RequestRecord::default()
    };
    let parts = given_up.parts().unwrap();
    assert_eq!([parts.compute, parts.prepare, parts.in_vain, parts.total()], [2.0, 0.0, 1.0, 4.0]);
}

/// Of the 32 s between its arrival in the cloud and its batch, it is prepared for 7.
#[test]
fn being_prepared_in_the_cloud_is_no_waiting() {
    let parts = RequestRecord { cloud_ready: Some(138 * S), ..appeal() }.parts().unwrap();
    assert_eq!([parts.network, parts.cloud_prepare, parts.cloud_queue, parts.total()], [144.0, 7.0, 25.0, 511.0]);
}

/// In a pipeline, others have entered since: it waits 2 s more for the processor, which then prepares it for 1 s.
#[test]
fn waiting_to_be_prepared_is_part_of_the_queue() {
    let parts =
        RequestRecord { prepare_start: Some(105 * S), prepare_done: Some(106 * S), ..appeal() }.parts().unwrap();
    assert_eq!([parts.queue, parts.compute, parts.prepare, parts.radio, parts.total()], [3.0, 2.0, 1.0, 1.0, 511.0]);
}

/// Of the 8 s of sending, 3 s passed without a bit. While it is still sending when it gives up, all of it was in vain.
#[test]
fn pauses_are_the_connection_s_part_of_sending() {
    let paused = RequestRecord { send_pauses: 3 * S, ..appeal() };
    let parts = paused.parts().unwrap();
    assert_eq!([parts.connection, parts.uplink, parts.total()], [3.0, 5.0, 511.0]);
    let given_up = RequestRecord {
        outcome: Outcome::TimedOutEdge,
        send_done: None,
        cloud_arrival: None,
        cloud_start: None,
        cloud_done: None,
        answer_arrival: None,
        end: Some(112 * S),
        ..paused
    };
    let parts = given_up.parts().unwrap();
    assert_eq!([parts.connection, parts.uplink, parts.in_vain, parts.total()], [0.0, 0.0, 5.0, 12.0]);
}

/// The second attempt begins 5 s after the little network was done, which were in vain, and waits 2 s for the radio.
#[test]
fn a_failed_attempt_was_in_vain() {
    let again = RequestRecord { retried: Some(108 * S), send_start: Some(110 * S), ..appeal() };
    let expected = LatencyParts {
        queue: 1.0,
        compute: 2.0,
        prepare: 0.0,
        radio: 2.0,
        connection: 0.0,
        uplink: 5.0,
        edge_server: 0.0,
        network: 144.0,
        cloud_prepare: 0.0,
        cloud_queue: 32.0,
        cloud: 64.0,
        downlink: 256.0,
        in_vain: 5.0,
    };
    near(again.parts().unwrap(), expected);
}

/// It gives up 85 s after its arrival, while it waits in the cloud's queue since 31 s: 54 s in vain. Its edge answer
/// came by no downlink, even if the cloud's was on its way.
#[test]
fn the_wait_for_an_answer_that_did_not_come_was_in_vain() {
    let given_up = RequestRecord {
        outcome: Outcome::TimedOutEdge,
        cloud_start: None,
        cloud_done: None,
        answer_arrival: None,
        end: Some(185 * S),
        ..appeal()
    };
    let until_there = LatencyParts {
        queue: 1.0,
        compute: 2.0,
        radio: 4.0,
        uplink: 8.0,
        network: 16.0,
        in_vain: 54.0,
        ..LatencyParts::default()
    };
    near(given_up.parts().unwrap(), until_there);
    let just_missed = RequestRecord { outcome: Outcome::TimedOutEdge, ..appeal() };
    let parts = just_missed.parts().unwrap();
    assert_eq!((parts.downlink, parts.in_vain), (0.0, 256.0));
}

/// Without the little network the radio is waited for from the arrival: 7 s.
#[test]
fn what_skips_the_little_network_waits_for_the_radio_alone() {
    let direct = RequestRecord { edge_start: None, edge_done: None, ..appeal() };
    let parts = direct.parts().unwrap();
    assert_eq!((parts.queue, parts.compute, parts.radio), (0.0, 0.0, 7.0));
    assert_eq!(parts.total(), 511.0);
}

#[test]
fn only_an_answer_has_a_latency_and_can_be_right() {
    let none = RequestRecord { outcome: Outcome::TimedOut, answer: None, ..appeal() };
    assert_eq!((none.latency(), none.parts(), none.correct()), (None, None, false));
    assert!(appeal().correct());
    assert!(!RequestRecord { answer: Some(4), ..appeal() }.correct());
    let running = RequestRecord { end: None, ..appeal() };
    assert_eq!((running.latency(), running.parts()), (None, None));
}

#[test]
fn stamps_come_in_the_order_of_the_journey() {
    let prepared = RequestRecord { prepare_start: Some(103 * S), prepare_done: Some(104 * S), ..appeal() };
    let again = RequestRecord { retried: Some(105 * S), ..prepared };
    let seconds: Vec<u64> = again.stamps().map(|stamp| stamp / S - 100).collect();
    assert_eq!(seconds, [0, 1, 3, 3, 4, 5, 7, 15, 31, 63, 127, 255]);
}

/// What belongs to the request, and not to its last attempt, stays.
#[test]
fn a_failed_attempt_leaves_only_what_it_cost() {
    let mut record = RequestRecord {
        attempts: 1,
        prepare_start: Some(103 * S),
        prepare_done: Some(104 * S),
        tier: Some(Tier::EdgeServer),
        batch: Some(2),
        send_pauses: 4,
        cloud_ready: Some(140 * S),
        cloud_class: Some(9),
        uplink_bytes: 500,
        ..appeal()
    };
    record.forget_attempt();
    let expected = RequestRecord {
        send_start: None,
        send_done: None,
        cloud_arrival: None,
        cloud_start: None,
        cloud_done: None,
        answer_arrival: None,
        attempts: 1,
        prepare_start: Some(103 * S),
        prepare_done: Some(104 * S),
        uplink_bytes: 500,
        ..appeal()
    };
    assert_eq!(record, expected);
}

#[test]
fn names_of_outcomes_and_tiers() {
    let names: Vec<&str> = Outcome::ALL.iter().map(|outcome| outcome.name()).collect();
    let expected = [
        "edge",
        "cloud",
        "timed-out-edge",
        "timed-out",
        "refused-edge",
        "refused",
        "rejected",
        "device-dead",
        "unfinished",
    ];
    assert_eq!(names, expected);
    // Counts by outcome are kept in this order.
    assert!(Outcome::ALL.iter().enumerate().all(|(place, outcome)| *outcome as usize == place));
    assert_eq!((Tier::Cloud.name(), Tier::EdgeServer.name()), ("cloud", "edge-server"));
}

#[test]
fn the_heaviest_load_is_the_largest_multiple() {
    let load = |server: &str, times| OfferedLoad { server: server.into(), times, excess: Excess::Waits };
    let loads = vec![load("a", 0.4), load("b", 1.5), load("c", 0.9), load("d", 1.5)];
    let summary = SummaryRecord { loads, ..SummaryRecord::default() };
    assert_eq!(summary.heaviest_load().unwrap().server, "b", "the first of those with as much");
    assert_eq!(SummaryRecord::default().heaviest_load(), None);
}
