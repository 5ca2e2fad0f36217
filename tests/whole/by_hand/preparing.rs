//! What it takes to prepare an appeal, on the device and in the cloud.

use analysis::{Outcome, RequestRecord, Tier};

use super::{by_hand, close, run};

const APPEALS: &str = "appealnet: {delta: 1}";

fn device(rest: &str) -> (&'static str, String) {
    ("payload: 40 kB", format!("payload: 40 kB\n    {rest}"))
}

/// How each ended, and after how many milliseconds.
fn ends(requests: &[RequestRecord]) -> Vec<(Outcome, u64)> {
    requests.iter().map(|r| (r.outcome, (r.end.unwrap() - r.arrival) / 1_000_000)).collect()
}

/// Milliseconds from a request's arrival.
fn after(request: &RequestRecord, stamp: Option<u64>) -> Option<u64> {
    stamp.map(|stamp| (stamp - request.arrival) / 1_000_000)
}

/// The first one runs until 1.2 s, is prepared until 1.22 s and sent by 1.26 s; its answer takes 31 ms more. The second
/// one has the processor from 1.22 s on, until 1.44 s. Four watts are three more than idling.
#[test]
fn an_appeal_keeps_the_processor_until_it_is_prepared() {
    let (old, new) = device("prepare: {time: 20 ms, power: 4 W}");
    let run = run(&by_hand("1 1.05", APPEALS, &[(old, &new)]));
    assert_eq!(ends(&run.requests), [(Outcome::Cloud, 291), (Outcome::Cloud, 461)]);
    let [first, second] = &run.requests[..] else { panic!("{:?}", run.requests) };
    let stamps =
        |r: &RequestRecord| [r.edge_done, r.prepare_start, r.prepare_done, r.send_start].map(|at| after(r, at));
    assert_eq!(stamps(first), [200, 200, 220, 220].map(Some));
    assert_eq!(stamps(second), [370, 370, 390, 390].map(Some));
    for (record, queue) in [(first, 0.0), (second, 0.17)] {
        assert!(close(record.energy.compute, 0.4) && close(record.energy.prepare, 0.06), "{record:?}");
        let parts = record.parts().unwrap();
        assert!([(parts.queue, queue), (parts.prepare, 0.02), (parts.radio, 0.0)].iter().all(|(a, b)| close(*a, *b)));
    }
    assert!(close(run.devices[0].processor_busy, 0.44 / 10.0), "{:?}", run.devices[0]);
    let spent = run.devices[0].energy;
    assert!(close(spent.compute, 0.8) && close(spent.prepare, 0.12) && close(spent.idle, 10.0), "{spent:?}");
}

/// Without the little network, appeals wait for the processor, for as long as it takes, and for the radio. Preparing
/// takes two watts more than idling, as a run would.
#[test]
fn appeals_wait_to_be_prepared_however_short_the_queue_is() {
    let (old, new) = device("prepare: {time: 20 ms}\n    queue: 0");
    let run = run(&by_hand("1 1.005", "offload-all", &[(old, &new)]));
    assert_eq!(ends(&run.requests), [(Outcome::Cloud, 91), (Outcome::Cloud, 126)]);
    for (record, (queue, radio)) in run.requests.iter().zip([(0.0, 0.0), (0.015, 0.02)]) {
        assert!(record.energy.compute == 0.0 && close(record.energy.prepare, 0.04), "{record:?}");
        let parts = record.parts().unwrap();
        assert!(close(parts.queue, queue) && close(parts.prepare, 0.02) && close(parts.radio, radio), "{parts:?}");
    }
}

/// The first one's run ends at 1.2 s. The two that found no place in the queue were appealed instead, and are prepared
/// by 1.22 and 1.24 s; sending takes 40 ms each, and the rest 31 ms.
#[test]
fn what_overflows_is_prepared_when_the_run_is_done() {
    let (old, new) = device("prepare: {time: 20 ms}\n    queue: 0\n    when-full: appeal");
    let requests = run(&by_hand("1 1.1 1.15", "appealnet: {delta: 0}", &[(old, &new)])).requests;
    assert_eq!(ends(&requests), [(Outcome::Edge, 200), (Outcome::Cloud, 191), (Outcome::Cloud, 181)]);
    assert_eq!(requests[1..].iter().map(|r| after(r, r.prepare_start)).collect::<Vec<_>>(), [Some(100), Some(70)]);
    assert!(requests.iter().all(|r| r.appealed == r.edge_start.is_none()));
}

/// It loses its patience, of 250 ms, while it is prepared, from 200 to 300 ms: that is finished, and nothing is sent.
/// One that waits until then is not prepared at all.
#[test]
fn a_request_that_has_given_up_is_not_prepared() {
    let (old, new) = device("prepare: {time: 100 ms}\n    timeout: 250 ms");
    let request = &run(&by_hand("1", APPEALS, &[(old, &new)])).requests[0];
    assert_eq!((ends(std::slice::from_ref(request)), request.attempts), (vec![(Outcome::TimedOutEdge, 250)], 0));
    assert!(request.prepare_start.is_some() && request.prepare_done.is_none() && request.appealed, "{request:?}");
    assert!(request.radio.is_none() && request.uplink_bytes == 0 && close(request.energy.prepare, 0.2), "{request:?}");
    let (old, new) = device("prepare: {time: 300 ms}\n    timeout: 250 ms");
    let requests = run(&by_hand("1 1.01", "offload-all", &[(old, &new)])).requests;
    assert_eq!(ends(&requests), [(Outcome::TimedOut, 250); 2]);
    assert!(close(requests[0].energy.prepare, 0.6) && requests[1].energy.prepare == 0.0, "{requests:?}");
    assert_eq!(requests.iter().map(|r| r.prepare_start.is_some()).collect::<Vec<_>>(), [true, false]);
}

/// Sent from 20 to 60 ms after its arrival, it has failed at 160 ms, and is sent again at 210 ms: at once.
#[test]
fn a_second_attempt_needs_no_preparing() {
    let (old, new) =
        device("prepare: {time: 20 ms}\n    retry: {attempts: 2, after: 100 ms, backoff: 50 ms}\n    timeout: 1 s");
    let out = ("launch: 5 ms}", "launch: 5 ms}, outages: {up-for: 0 s, down-for: 1 d}");
    let request = &run(&by_hand("1", "offload-all", &[(old, &new), out])).requests[0];
    assert_eq!((request.attempts, request.uplink_bytes), (2, 80_000));
    let stamps = [request.prepare_done, request.retried, request.send_start].map(|at| after(request, at));
    assert_eq!(stamps, [20, 210, 210].map(Some));
    assert!(close(request.energy.prepare, 0.04), "{request:?}");
}

/// The processor sleeps after 100 ms, and takes 50 ms at two watts to wake up: a watt more than idling.
#[test]
fn a_processor_that_sleeps_is_woken_to_prepare() {
    let (old, new) = device(
        "prepare: {time: 20 ms}\n    rests: [{name: sleep, after: 100 ms, power: 0 W, wake: 50 ms, wake-power: 2 W}]",
    );
    let run = run(&by_hand("1", "offload-all", &[(old, &new)]));
    let request = &run.requests[0];
    assert_eq!((after(request, request.prepare_start), after(request, request.prepare_done)), (Some(50), Some(70)));
    assert!(request.energy.compute == 0.0 && close(request.energy.prepare, 0.05 + 0.04), "{request:?}");
    // Asleep from 0.1 to 1 s, and again 100 ms after 1.07 s.
    assert!(close(run.devices[0].energy.idle, 0.1 + 0.17), "{:?}", run.devices[0]);
}

/// Two cameras' requests reach the cloud after 50 ms and are prepared at the same time, in 7 ms. The server takes 10 ms
/// for each. With no room to wait, the second one is refused when it is ready; and servers at the link's end, 2 ms
/// away, that have no room forward it then, 8 ms further to the cloud, which prepares it again.
#[test]
fn a_tier_prepares_all_requests_at_once() {
    let cameras = ("count: 1", "count: 2");
    let ends_with = |cloud: &str, edge: &str| {
        let cloud = format!("launch: 5 ms}}, prepare: 7 ms{cloud}");
        let edits = [cameras, ("launch: 5 ms}", &cloud), ("rtt: 20 ms", edge)];
        run(&by_hand("1", "offload-all", &edits)).requests
    };
    let waits = ends_with("", "rtt: 20 ms");
    assert_eq!(ends(&waits), [(Outcome::Cloud, 78), (Outcome::Cloud, 88)]);
    assert_eq!(waits.iter().map(|r| after(r, r.cloud_arrival)).collect::<Vec<_>>(), [Some(50); 2]);
    assert_eq!(waits.iter().map(|r| after(r, r.cloud_start)).collect::<Vec<_>>(), [Some(57), Some(67)]);
    for (record, queue) in waits.iter().zip([0.0, 0.01]) {
        let parts = record.parts().unwrap();
        assert_eq!(after(record, record.cloud_ready), Some(57));
        assert!(close(parts.cloud_prepare, 0.007) && close(parts.cloud_queue, queue), "{record:?}");
    }
    let refused = ends_with(", queue: 0", "rtt: 20 ms");
    assert_eq!(ends(&refused), [(Outcome::Cloud, 78), (Outcome::Refused, 67)]);
    let edge =
        "rtt: 20 ms\n    edge: {hardware: {throughput: 1 GMAC/s, launch: 9 ms}, rtt: 4 ms, queue: 0, prepare: 3 ms}";
    let forwarded = ends_with("", edge);
    assert_eq!(forwarded.iter().map(|r| r.tier).collect::<Vec<_>>(), [Some(Tier::EdgeServer), Some(Tier::Cloud)]);
    // 40 + 2 + 3 + 10 + 2 + 1 ms; 40 + 2 + 3 + 8 + 7 + 10 + 10 + 1 ms.
    assert_eq!(ends(&forwarded), [(Outcome::Cloud, 58), (Outcome::Cloud, 81)]);
    let there = [forwarded[1].cloud_arrival, forwarded[1].cloud_ready].map(|stamp| after(&forwarded[1], stamp));
    assert_eq!(there, [53, 60].map(Some));
}
