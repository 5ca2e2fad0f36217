//! Timelines in Chrome's trace-event format, for viewers such as Perfetto: simulated time, one process per device and
//! one for the cloud, and requests as arrows from the device through the cloud and back.

use std::collections::BTreeMap;

use inference::Score;
use serde_json::{Value, json};

use crate::records::{Outcome, RequestRecord};

/// A device to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct TracedDevice {
    /// Its number.
    pub number: u32,
    /// Its name for users: `camera.3`.
    pub name: String,
    /// The states of its radio and the nanosecond each began, in order.
    pub radio: Vec<(u64, &'static str)>,
}

const CLOUD: u32 = 1;
const REQUESTS: u32 = 1;
const PROCESSOR: u32 = 2;
const RADIO: u32 = 3;
const UPLINK: u32 = 4;
const DOWNLINK: u32 = 5;
/// Further rows of a processor that works on several requests at once.
const PIPELINE: u32 = 6;

/// The trace of `devices` over a run that ended at `end`; `requests` are theirs, in order of arrival.
pub fn chrome_trace(devices: &[TracedDevice], requests: &[RequestRecord], end: u64) -> String {
    let mut events = vec![name("process_name", CLOUD, 0, "cloud")];
    for device in devices {
        let process = process(device.number);
        events.push(name("process_name", process, 0, &device.name));
        for (thread, what) in [
            (REQUESTS, "requests"),
            (PROCESSOR, "processor"),
            (RADIO, "radio"),
            (UPLINK, "uplink"),
            (DOWNLINK, "downlink"),
        ] {
            events.push(name("thread_name", process, thread, what));
        }
        let ends = device.radio.iter().skip(1).map(|(begun, _)| *begun).chain([end]);
        for ((begun, state), ended) in device.radio.iter().zip(ends) {
            events.push(slice(process, RADIO, state, *begun, ended, json!({})));
        }
    }
    let mut processors: BTreeMap<u32, Rows> = BTreeMap::new();
    for request in requests {
        events.extend(of_request(request, end, processors.entry(request.device).or_default()));
    }
    events.extend(batches(requests));
    json!({ "displayTimeUnit": "ms", "traceEvents": events }).to_string() + "\n"
}

/// Rows of slices that may overlap, which a viewer cannot draw in one: until when each is taken.
#[derive(Default)]
struct Rows(Vec<u64>);

impl Rows {
    /// Takes the first row that is free at `from`, until `to`, and returns its number; `added` learns of a new one.
    fn take(&mut self, from: u64, to: u64, added: impl FnOnce(usize)) -> usize {
        let row = self.0.iter().position(|taken_until| *taken_until <= from).unwrap_or_else(|| {
            self.0.push(0);
            added(self.0.len() - 1);
            self.0.len() - 1
        });
        self.0[row] = to;
        row
    }
}

fn process(device: u32) -> u32 {
    device + 10
}

/// Microseconds, as the format requires.
fn micros(nanos: u64) -> Value {
    json!(nanos as f64 / 1e3)
}

fn name(kind: &str, process: u32, thread: u32, name: &str) -> Value {
    json!({ "ph": "M", "name": kind, "pid": process, "tid": thread, "args": { "name": name } })
}

fn slice(process: u32, thread: u32, name: &str, from: u64, to: u64, args: Value) -> Value {
    json!({ "ph": "X", "name": name, "pid": process, "tid": thread, "ts": micros(from), "dur": micros(to - from), "args": args })
}

/// A piece of the arrow that follows a request: it starts (`s`), continues (`t`) and ends (`f`) in slices.
fn arrow(step: &str, process: u32, thread: u32, at: u64, request: u32) -> Value {
    json!({ "ph": step, "bp": "e", "cat": "request", "name": "request", "id": request, "pid": process, "tid": thread, "ts": micros(at) })
}

fn of_request(r: &RequestRecord, end: u64, processor: &mut Rows) -> Vec<Value> {
    let (process, title) = (process(r.device), format!("request {}: {}", r.request, r.outcome.name()));
    let about = json!({
        "image": r.image, "label": r.label, "edge class": r.edge_class, "cloud class": r.cloud_class,
        "q": r.scores.get(Score::Q), "energy, J": r.energy.total(),
    });
    // Lives of requests overlap, so they are drawn as asynchronous events.
    let life = |step: &str, at: u64| json!({ "ph": step, "cat": "life", "name": title, "id": r.request, "pid": process, "tid": REQUESTS, "ts": micros(at), "args": about });
    let mut events = vec![life("b", r.arrival), life("e", r.end.unwrap_or(end))];
    let mut first = "s";
    let until = |from: u64, to: Option<u64>| to.or(r.end).unwrap_or(end).max(from);
    let mut step = |events: &mut Vec<Value>, thread, from, to: Option<u64>, name: &str| {
        let to = until(from, to);
        events.push(slice(process, thread, name, from, to, json!({ "request": r.request })));
        if r.appealed {
            events.push(arrow(std::mem::replace(&mut first, "t"), process, thread, from + (to - from) / 2, r.request));
        }
    };
    let mut row = |events: &mut Vec<Value>, from, to| {
        let thread = |row: usize| if row == 0 { PROCESSOR } else { PIPELINE + row as u32 - 1 };
        let added = |row: usize| {
            if row > 0 {
                events.push(name("thread_name", process, thread(row), &format!("processor {}", row + 1)));
            }
        };
        thread(processor.take(from, until(from, to), added))
    };
    if let Some(from) = r.edge_start {
        let thread = row(&mut events, from, r.edge_done);
        step(&mut events, thread, from, r.edge_done, &format!("request {}", r.request));
    }
    if let Some(from) = r.prepare_start {
        let thread = row(&mut events, from, r.prepare_done);
        step(&mut events, thread, from, r.prepare_done, &format!("prepares request {}", r.request));
    }
    if let Some(from) = r.send_start {
        step(&mut events, UPLINK, from, r.send_done, &format!("request {}", r.request));
    }
    if let (Some(from), Some(to)) = (r.answer_arrival, r.end)
        && r.outcome == Outcome::Cloud
    {
        events.push(slice(
            process,
            DOWNLINK,
            &format!("request {}", r.request),
            from,
            to,
            json!({ "request": r.request }),
        ));
        events.push(arrow("f", process, DOWNLINK, from + (to - from) / 2, r.request));
    }
    events
}

/// The batches these requests were in; overlapping ones get rows of their own.
fn batches(requests: &[RequestRecord]) -> Vec<Value> {
    let mut batches: Vec<(u64, u64, u32, Vec<u32>)> = Vec::new();
    for r in requests {
        let (Some(from), Some(to)) = (r.cloud_start, r.cloud_done) else { continue };
        match batches.iter_mut().find(|batch| (batch.0, batch.1) == (from, to)) {
            Some(batch) => batch.3.push(r.request),
            None => batches.push((from, to, r.batch.unwrap_or(1), vec![r.request])),
        }
    }
    batches.sort();
    let (mut events, mut rows) = (Vec::new(), Rows::default());
    for (from, to, size, inside) in batches {
        let thread = |row: usize| row as u32 + 1;
        let row = rows.take(from, to, |row| {
            events.push(name("thread_name", CLOUD, thread(row), &format!("batches {}", thread(row))));
        });
        let thread = thread(row);
        events.push(slice(CLOUD, thread, &format!("batch of {size}"), from, to, json!({ "requests": inside })));
        let middle = from + (to - from) / 2;
        events.extend(inside.iter().map(|request| arrow("t", CLOUD, thread, middle, *request)));
    }
    events
}

#[cfg(test)]
mod tests;
