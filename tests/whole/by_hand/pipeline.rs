//! A processor that takes the next request before the last one is done: the little network takes 200 ms, and the next
//! request may enter after 50.

use analysis::{Outcome, RequestRecord};

use super::{by_hand, close, run};

/// The device with four requests in flight, and more.
fn piped(device: &str) -> [(&'static str, String); 2] {
    [
        ("{throughput: 10 MMAC/s,", "{throughput: 10 MMAC/s, in-flight: 4,".to_owned()),
        ("payload: 40 kB", format!("payload: 40 kB\n    {device}")),
    ]
}

fn run_piped(arrivals: &str, policy: &str, device: &str) -> tests::Records {
    let edits = piped(device);
    let edits: Vec<(&str, &str)> = edits.iter().map(|(old, new)| (*old, new.as_str())).collect();
    run(&by_hand(arrivals, policy, &edits))
}

/// Milliseconds of the run.
fn millis(stamp: Option<u64>) -> Option<u64> {
    stamp.map(|stamp| stamp / 1_000_000)
}

fn edge_stamps(requests: &[RequestRecord]) -> Vec<[Option<u64>; 2]> {
    requests.iter().map(|r| [r.edge_start, r.edge_done].map(millis)).collect()
}

/// The second one enters at once, since the first has had its 50 ms; the third waits until 1.11 s. Each answer comes
/// 200 ms after its request entered. Entering takes two watts more than idling, for 50 ms: 0.1 J.
#[test]
fn three_requests_are_in_it_at_once() {
    let run = run_piped("1 1.06 1.07", "local-only", "queue: 5");
    assert_eq!(edge_stamps(&run.requests), [[1000, 1200], [1060, 1260], [1110, 1310]].map(|stamps| stamps.map(Some)));
    for (record, (took, queue)) in run.requests.iter().zip([(200, 0.0), (200, 0.0), (240, 0.04)]) {
        assert_eq!((record.outcome, record.end.unwrap() - record.arrival), (Outcome::Edge, took * 1_000_000));
        let parts = record.parts().unwrap();
        assert!(close(parts.queue, queue) && close(parts.compute, 0.2), "{parts:?}");
        assert!(close(record.energy.compute, 0.1), "{record:?}");
    }
    let device = &run.devices[0];
    assert!(close(device.energy.compute, 0.3) && close(device.energy.idle, 10.0), "{device:?}");
    assert!(close(device.processor_busy, 0.15 / 10.0), "{device:?}");
}

/// Twenty requests a second, each entering for 50 ms, are a load of 1, all that it can do: none waits. Without the
/// pipeline, it would be four times too much.
#[test]
fn it_keeps_up_with_a_rate_of_one_in_each_interval() {
    let edits = piped("queue: 5");
    let mut edits: Vec<(&str, &str)> = edits.iter().map(|(old, new)| (*old, new.as_str())).collect();
    edits.push(("{times: {file: arrivals.csv, end: stop}}", "{periodic: {every: 50 ms}}"));
    let run = run(&by_hand("1", "local-only", &edits));
    assert!(run.requests.len() >= 199 && run.requests.iter().all(|r| r.edge_start.is_none_or(|at| at == r.arrival)));
    let load = run.loads.iter().find(|load| load.server == "the camera's processor").unwrap();
    assert!(close(load.times, 1.0), "{load:?}");
}

/// One may wait. The third finds the place taken at 1.02 s and is turned away; the fourth finds it free at 1.06 s.
#[test]
fn its_queue_is_for_those_that_wait_to_enter() {
    let requests = run_piped("1 1.01 1.02 1.06", "local-only", "queue: 1").requests;
    let outcomes: Vec<Outcome> = requests.iter().map(|r| r.outcome).collect();
    assert_eq!(outcomes, [Outcome::Edge, Outcome::Edge, Outcome::Rejected, Outcome::Edge]);
    let entered: Vec<_> = requests.iter().map(|r| millis(r.edge_start)).collect();
    assert_eq!(entered, [Some(1000), Some(1050), None, Some(1100)]);
}

/// With a patience of 120 ms, the first has given up within the pipeline, at 1.12 s, and its answer is of no use; the
/// third would enter at 1.1 s but gives up at 1.13, within as well. What they took is booked to them.
#[test]
fn what_has_given_up_still_passes_through() {
    let requests = run_piped("1 1.01 1.01", "local-only", "queue: 5\n    timeout: 120 ms").requests;
    for (record, (entered, ended)) in requests.iter().zip([(1000, 1120), (1050, 1130), (1100, 1130)]) {
        assert_eq!(record.outcome, Outcome::TimedOut);
        assert_eq!([record.edge_start, record.edge_done, record.end].map(millis), [Some(entered), None, Some(ended)]);
    }
    // The third was entering until 1.15 s: also after it had given up.
    assert!(requests.iter().all(|r| close(r.energy.compute, 0.1)), "{requests:?}");
}

/// The first is decided at 1.2 s, while the third is entering, from 1.16 to 1.21 s; it is then prepared until 1.24 s,
/// which keeps the fourth, of 1.215 s, from entering. Sending takes 40 ms and the rest 31.
#[test]
fn an_appeal_waits_in_line_to_be_prepared() {
    let requests = run_piped("1 1.16 1.215", "appealnet: {delta: 1}", "queue: 5\n    prepare: {time: 30 ms}").requests;
    assert_eq!(edge_stamps(&requests), [[1000, 1200], [1160, 1360], [1240, 1440]].map(|stamps| stamps.map(Some)));
    let first = &requests[0];
    let stamps = [first.prepare_start, first.prepare_done, first.send_start, first.end].map(millis);
    assert_eq!(stamps, [1210, 1240, 1240, 1311].map(Some));
    let parts = first.parts().unwrap();
    assert!(close(parts.queue, 0.01) && close(parts.prepare, 0.03) && close(parts.radio, 0.0), "{parts:?}");
    assert!(close(parts.total(), 0.311) && close(first.energy.prepare, 0.06), "{first:?}");
    assert!(close(first.energy.compute, 0.1), "{first:?}");
}

/// It sleeps 100 ms after the pipeline is empty, at 1.2 and at 2.3 s: after the first request has entered, at 1.05 s, it
/// would sleep through its answer. Asleep it draws nothing; waking takes 50 ms at its idle watt.
#[test]
fn it_rests_once_the_pipeline_is_empty() {
    let rests = "rests: [{name: sleep, after: 100 ms, power: 0 W, wake: 50 ms, wake-power: 1 W}]";
    let run = run_piped("1.05 2 2.1", "local-only", rests);
    // Woken at 1.05 and at 2 s; awake still at 2.1 s.
    let expected = [[1100, 1300], [2050, 2250], [2100, 2300]].map(|stamps| stamps.map(Some));
    assert_eq!(edge_stamps(&run.requests), expected);
    // Awake until 0.1 s, from 1.05 to 1.4 and from 2 to 2.4 s.
    assert!(close(run.devices[0].energy.idle, 0.1 + 0.35 + 0.4), "{:?}", run.devices[0]);
}

/// A watt until 1 s, three until 1.05, one until 1.06, three until 1.08 s: 1.22 J. The battery is empty then, with one
/// request within the pipeline and one entering, for 20 ms. Nothing is drawn afterwards, though their answers would have
/// come and the processor would have gone to rest, in which it draws a watt as ever.
#[test]
fn a_dead_device_loses_what_is_within() {
    let rests = "rests: [{name: sleep, after: 100 ms, power: 1 W, wake: 0 s, wake-power: 1 W}]";
    let run = run_piped("1 1.06 1.07", "local-only", &format!("queue: 5\n    battery: 1.22 J\n    {rests}"));
    assert_eq!(millis(run.devices[0].died), Some(1080));
    for (record, joules) in run.requests.iter().zip([0.1, 0.04, 0.0]) {
        assert_eq!((record.outcome, record.edge_done, millis(record.end)), (Outcome::DeviceDead, None, Some(1080)));
        assert!((record.energy.compute - joules).abs() < 1e-8, "{record:?}");
    }
    assert_eq!(run.requests[2].edge_start, None);
    assert!((run.devices[0].energy.total() - 1.22).abs() < 1e-8, "{:?}", run.devices[0]);
}
