//! Requests written down by hand, with every slice and arrow of their timeline. Stamps are nanoseconds, the format's
//! times microseconds: 2,500 ns are 2.5.

use super::*;

/// Events of a trace.
fn events(devices: &[TracedDevice], requests: &[RequestRecord], end: u64) -> Vec<Value> {
    let trace: Value = serde_json::from_str(&chrome_trace(devices, requests, end)).unwrap();
    trace["traceEvents"].as_array().unwrap().clone()
}

/// Process, thread, name, begin and length of each slice.
fn slices(events: &[Value]) -> Vec<(u64, u64, String, f64, f64)> {
    let slice = |event: &Value| {
        let name = event["name"].as_str().unwrap().to_owned();
        let number = |key: &str| event[key].as_u64().unwrap();
        (number("pid"), number("tid"), name, event["ts"].as_f64().unwrap(), event["dur"].as_f64().unwrap())
    };
    events.iter().filter(|event| event["ph"] == "X").map(slice).collect()
}

/// Step, process, thread and time of each piece of the arrow of request `id`, by time.
fn arrow_of(events: &[Value], id: u32) -> Vec<(String, u64, u64, f64)> {
    let piece = |event: &Value| {
        let step = event["ph"].as_str().unwrap().to_owned();
        (step, event["pid"].as_u64().unwrap(), event["tid"].as_u64().unwrap(), event["ts"].as_f64().unwrap())
    };
    let of_it = events.iter().filter(|event| event["cat"] == "request" && event["id"] == id);
    let mut pieces: Vec<_> = of_it.map(piece).collect();
    pieces.sort_by(|a, b| a.3.total_cmp(&b.3));
    pieces
}

/// When the life of request `id` begins and ends.
fn life_of(events: &[Value], id: u32) -> Vec<(String, f64)> {
    let of_it = events.iter().filter(|event| event["cat"] == "life" && event["id"] == id);
    of_it.map(|event| (event["ph"].as_str().unwrap().to_owned(), event["ts"].as_f64().unwrap())).collect()
}

fn camera() -> TracedDevice {
    TracedDevice { number: 2, name: "camera.2".into(), radio: vec![(0, "idle"), (2_500, "active")] }
}

fn appeal() -> RequestRecord {
    RequestRecord {
        request: 7,
        device: 2,
        appealed: true,
        outcome: Outcome::Cloud,
        arrival: 1_000,
        edge_start: Some(1_200),
        edge_done: Some(2_000),
        prepare_start: Some(2_000),
        prepare_done: Some(2_400),
        send_start: Some(2_500),
        send_done: Some(4_000),
        cloud_start: Some(5_000),
        cloud_done: Some(6_000),
        batch: Some(3),
        answer_arrival: Some(7_000),
        end: Some(7_500),
        ..RequestRecord::default()
    }
}

/// Device 2 is process 12, the cloud process 1; rows are 2 for the processor, 3 for the radio, 4 for the uplink and 5
/// for the downlink. Arrows are in the middle of slices: (1.2 + 2) / 2 = 1.6, (2 + 2.4) / 2 = 2.2, (2.5 + 4) / 2 =
/// 3.25, 5.5 and
/// 7.25.
#[test]
fn an_appeal_is_drawn_stage_by_stage() {
    let events = events(&[camera()], &[appeal()], 10_000);
    let slice = |process, thread, name: &str, from, length| (process, thread, name.to_owned(), from, length);
    assert_eq!(
        slices(&events),
        [
            slice(12, 3, "idle", 0.0, 2.5),
            slice(12, 3, "active", 2.5, 7.5),
            slice(12, 2, "request 7", 1.2, 0.8),
            slice(12, 2, "prepares request 7", 2.0, 0.4),
            slice(12, 4, "request 7", 2.5, 1.5),
            slice(12, 5, "request 7", 7.0, 0.5),
            slice(1, 1, "batch of 3", 5.0, 1.0),
        ]
    );
    let piece = |step: &str, process, thread, at| (step.to_owned(), process, thread, at);
    assert_eq!(
        arrow_of(&events, 7),
        [
            piece("s", 12, 2, 1.6),
            piece("t", 12, 2, 2.2),
            piece("t", 12, 4, 3.25),
            piece("t", 1, 1, 5.5),
            piece("f", 12, 5, 7.25)
        ]
    );
    assert_eq!(life_of(&events, 7), [("b".to_owned(), 1.0), ("e".to_owned(), 7.5)]);
    let names: Vec<(u64, u64, &str)> = events
        .iter()
        .filter(|event| event["ph"] == "M")
        .map(|event| {
            let name = event["args"]["name"].as_str().unwrap();
            (event["pid"].as_u64().unwrap(), event["tid"].as_u64().unwrap(), name)
        })
        .collect();
    assert_eq!(
        names,
        [
            (1, 0, "cloud"),
            (12, 0, "camera.2"),
            (12, 1, "requests"),
            (12, 2, "processor"),
            (12, 3, "radio"),
            (12, 4, "uplink"),
            (12, 5, "downlink"),
            (1, 1, "batches 1"),
        ]
    );
}

/// What is under way when the run ends, at 10 µs, is drawn until then; a kept answer has no arrow.
#[test]
fn a_request_that_is_cut_off_lasts_until_the_end() {
    let cut = RequestRecord {
        request: 8,
        outcome: Outcome::Unfinished,
        send_start: Some(8_500),
        send_done: None,
        cloud_start: None,
        cloud_done: None,
        answer_arrival: None,
        end: None,
        ..appeal()
    };
    let kept = RequestRecord { request: 9, appealed: false, outcome: Outcome::Edge, send_start: None, ..cut.clone() };
    let kept = RequestRecord { end: kept.edge_done, prepare_start: None, ..kept };
    let events = events(&[], &[cut, kept], 10_000);
    let uplink: Vec<_> = slices(&events).into_iter().filter(|slice| slice.1 == 4).collect();
    assert_eq!(uplink, [(12, 4, "request 8".to_owned(), 8.5, 1.5)]);
    assert_eq!(life_of(&events, 8), [("b".to_owned(), 1.0), ("e".to_owned(), 10.0)]);
    assert_eq!(life_of(&events, 9), [("b".to_owned(), 1.0), ("e".to_owned(), 2.0)]);
    assert_eq!((arrow_of(&events, 8).len(), arrow_of(&events, 9).len()), (3, 0));
}

/// An answer that came too late for the device is not drawn as received.
#[test]
fn only_the_cloud_s_answers_come_down() {
    let late = RequestRecord { outcome: Outcome::TimedOutEdge, ..appeal() };
    assert!(slices(&events(&[], &[late], 10_000)).iter().all(|slice| slice.1 != 5));
}

/// A processor with a pipeline: request 1 enters before request 0 is done and has a row of its own, request 2 enters at
/// the end of request 0, and request 3 has given up within. Another device's processor is drawn in its first row.
#[test]
fn runs_that_overlap_have_rows_of_their_own() {
    let run = |request, device, from, done| RequestRecord {
        request,
        device,
        edge_start: Some(from),
        edge_done: done,
        end: Some(9_000),
        ..RequestRecord::default()
    };
    let requests = [
        run(0, 2, 1_000, Some(3_000)),
        run(1, 2, 2_000, Some(4_000)),
        run(2, 2, 3_000, Some(5_000)),
        run(3, 2, 3_500, None),
        run(4, 7, 3_000, Some(4_000)),
    ];
    let events = events(&[], &requests, 10_000);
    let drawn: Vec<_> =
        slices(&events).into_iter().map(|(process, row, _, from, took)| (process, row, from, took)).collect();
    assert_eq!(drawn, [(12, 2, 1.0, 2.0), (12, 6, 2.0, 2.0), (12, 2, 3.0, 2.0), (12, 7, 3.5, 5.5), (17, 2, 3.0, 1.0)]);
    let rows: Vec<_> = events.iter().filter(|event| event["ph"] == "M" && event["pid"] == 12).collect();
    assert_eq!(rows.iter().map(|row| &row["args"]["name"]).collect::<Vec<_>>(), ["processor 2", "processor 3"]);
}

/// Requests 0 and 1 share a batch, request 2's overlaps with it and has a row of its own, request 3's begins when the
/// first ends and is in the first row again.
#[test]
fn batches_that_overlap_have_rows_of_their_own() {
    let batch = |request, from, to, size| RequestRecord {
        request,
        cloud_start: Some(from),
        cloud_done: Some(to),
        batch: Some(size),
        ..RequestRecord::default()
    };
    let requests =
        [batch(0, 5_000, 6_000, 2), batch(1, 5_000, 6_000, 2), batch(2, 5_500, 7_000, 1), batch(3, 6_000, 6_500, 1)];
    let events = events(&[], &requests, 10_000);
    assert_eq!(
        slices(&events),
        [
            (1, 1, "batch of 2".to_owned(), 5.0, 1.0),
            (1, 2, "batch of 1".to_owned(), 5.5, 1.5),
            (1, 1, "batch of 1".to_owned(), 6.0, 0.5),
        ]
    );
    let inside: Vec<&Value> =
        events.iter().filter(|event| event["ph"] == "X").map(|event| &event["args"]["requests"]).collect();
    assert_eq!(inside, [&json!([0, 1]), &json!([2]), &json!([3])]);
}
