//! Devices that give up: what is under way for them runs its course, and nothing new begins.

use analysis::Outcome;

use super::{by_hand, close, run};

/// The second and the third request lose their patience, of 250 ms, at 1.26 and 1.27 s: one on the processor, which
/// runs on until 1.4 s, and one in the queue, which is skipped. So the fourth one, of 1.38 s, has the processor at
/// once.
#[test]
fn a_request_that_has_given_up_is_not_run() {
    let edits = [("payload: 40 kB", "payload: 40 kB\n    timeout: 250 ms")];
    let run = run(&by_hand("1 1.01 1.02 1.38", "local-only", &edits));
    let told =
        run.requests.iter().map(|r| (r.outcome, (r.end.unwrap() - r.arrival) / 1_000_000, r.edge_start.is_some()));
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            (Outcome::Edge, 200, true),
            (Outcome::TimedOut, 250, true),
            (Outcome::TimedOut, 250, false),
            (Outcome::Edge, 220, true),
        ]
    );
    // Two watts more than idling, for 200 ms each.
    for (request, joules) in run.requests.iter().zip([0.4, 0.4, 0.0, 0.4]) {
        assert!(close(request.energy.compute, joules), "{request:?}");
    }
    assert!(close(run.devices[0].processor_busy, 0.6 / 10.0), "{:?}", run.devices[0]);
}

/// It takes half a second to connect, and the device waits for 300 ms: nothing is sent. The request that woke the radio
/// pays for connecting, and for the tail that follows.
#[test]
fn a_request_that_has_given_up_is_not_sent() {
    let edits = [
        ("promotion: 0 s, promotion-power: 0 W", "promotion: 500 ms, promotion-power: 2 W"),
        ("tail: [{for: 1 ms, power: 0 W}]", "tail: [{for: 2 s, power: 500 mW}]"),
        ("payload: 40 kB", "payload: 40 kB\n    timeout: 300 ms"),
    ];
    let run = run(&by_hand("1", "offload-all", &edits));
    let request = &run.requests[0];
    assert_eq!((request.outcome, request.attempts, request.uplink_bytes), (Outcome::TimedOut, 1, 0), "{request:?}");
    assert!(request.send_start.is_none() && close(request.energy.transmit, 0.0), "{request:?}");
    assert!(close(request.energy.promotion, 1.0) && close(request.energy.tail, 1.0), "{request:?}");
}

/// Each first attempt has failed 140 ms after the arrival. The next one would begin 200 ms or two seconds later, but the
/// device waits for no more than 300 ms in all. After two seconds, the record of the first request has left: the second
/// one has come meanwhile.
#[test]
fn a_request_that_has_given_up_is_not_sent_again() {
    for backoff in ["200 ms", "2 s"] {
        let retry = format!(
            "payload: 40 kB\n    timeout: 300 ms\n    retry: {{attempts: 3, after: 100 ms, backoff: {backoff}}}"
        );
        let out = ("launch: 5 ms}", "launch: 5 ms}, outages: {up-for: 0 s, down-for: 1 d}");
        let run = run(&by_hand("1 2", "offload-all", &[out, ("payload: 40 kB", &retry)]));
        assert_eq!(run.requests.len(), 2);
        for (request, end) in run.requests.iter().zip([1_300_000_000, 2_300_000_000]) {
            let sent = (request.attempts, request.uplink_bytes);
            assert_eq!((request.outcome, sent), (Outcome::TimedOut, (1, 40_000)), "{request:?}");
            assert_eq!((request.end, request.retried), (Some(end), None));
        }
    }
}

/// An answer that comes too late is received and paid for, but changes nothing else: sent by 1.04 s, back at 1.07 s.
#[test]
fn a_late_answer_changes_nothing() {
    let edits = [("payload: 40 kB", "payload: 40 kB\n    timeout: 45 ms"), ("per-bit-down: 0", "per-bit-down: 1000")];
    let run = run(&by_hand("1", "offload-all", &edits));
    let request = &run.requests[0];
    assert_eq!((request.outcome, request.answer), (Outcome::TimedOut, None));
    assert_eq!((request.end, request.send_done), (Some(1_045_000_000), Some(1_040_000_000)));
    assert_eq!((request.cloud_arrival, request.answer_arrival, request.cloud_class), (None, None, None), "{request:?}");
    // 1,600 bits of a microjoule each.
    assert!(close(request.energy.receive, 0.0016) && request.downlink_bytes == 200, "{request:?}");
}
