//! Answers to a radio that does not listen all the time.

use analysis::{Outcome, RequestRecord};
use rand::RngExt;
use scenarios::plan::entity;
use sim_core::{Moments, Span, Streams};

use super::{BASE, by_hand, close, run};

/// Connecting takes 100 ms at two watts. After a transfer it listens for 20 ms, and then for a second once in 400 ms;
/// while idle, once in two seconds.
const RADIO: &str = "radio:
      {idle: 100 mW, promotion: 100 ms, promotion-power: 2 W, active: 1 W, per-bit-up: 0 nJ/bit,
       per-bit-down: 0 nJ/bit, paging: 2 s,
       tail: [{for: 20 ms, power: 500 mW}, {for: 1 s, power: 200 mW, cycle: 400 ms}]}";

fn requests(arrivals: &str, edits: &[(&str, &str)]) -> Vec<RequestRecord> {
    let radio = &BASE[BASE.find("radio:").unwrap()..BASE.find("    uplink").unwrap()];
    let seeded = format!("duration: 10 s\nseed: {}", seed());
    let edits = [&[(radio.trim_end(), RADIO), ("duration: 10 s", &seeded)], edits].concat();
    run(&by_hand(arrivals, "offload-all", &edits)).requests
}

/// The first seed with which the first attempt's answer waits for more than half a cycle, and the second one's for
/// less.
fn seed() -> u64 {
    let waits = |seed: &u64| (0.5..0.9).contains(&drawn(*seed, 0)) && (0.1..0.4).contains(&drawn(*seed, 1));
    (1..).find(waits).unwrap()
}

/// What is drawn for an attempt of the first request: the part of a cycle after which the radio listens next.
fn drawn(seed: u64, attempt: u64) -> f64 {
    Streams::new(seed, 0).open("drx", entity(0, 0) | attempt << 56).random()
}

/// The same of the first attempt.
fn part() -> f64 {
    drawn(seed(), 0)
}

/// Nanoseconds after a second.
fn ended(request: &RequestRecord) -> u64 {
    request.end.unwrap() - 1_000_000_000
}

const MS: u64 = 1_000_000;

/// Connected at 1.1 s, sent by 1.14 s, and answered at the link by 1.17 s, 30 ms later: the radio listens for the first
/// 20 of these. It takes a part of 400 ms until it listens again, and a millisecond to receive. The wait costs what the
/// tail does, and the tail begins anew after it; at 3 s, it is idle again.
#[test]
fn a_late_answer_waits_until_the_radio_listens() {
    let waits = Span::from_secs(0.4 * part());
    let request = &requests("1", &[])[0];
    assert_eq!(request.answer_arrival, Some(1_170 * MS), "as it reaches the link");
    assert_eq!(ended(request), 170 * MS + waits.as_nanos() + MS);
    assert_eq!(request.receive_start, request.end.map(|end| end - MS));
    let tail = 0.02 * 0.5 + (0.01 + waits.as_secs()) * 0.2 + 0.02 * 0.5 + 1.0 * 0.2;
    assert!(close(request.energy.tail, tail) && close(request.energy.receive, 0.001), "{request:?}, not {tail} J");
    // One that comes within the 20 ms is received at once: each way takes 2 ms instead of 10.
    let early = &requests("1", &[("rtt: 20 ms", "rtt: 4 ms")])[0];
    assert_eq!(ended(early), (140 + 2 + 10 + 2 + 1) * MS);
}

/// Each way takes two seconds: at 5.15 s the radio has long been idle. It hears the page after a part of two seconds,
/// and has to connect to receive the answer.
#[test]
fn an_idle_radio_is_paged() {
    let waits = Span::from_secs(2.0 * part()).as_nanos();
    let request = &requests("1", &[("rtt: 20 ms", "rtt: 4 s")])[0];
    assert_eq!(ended(request), 4_150 * MS + waits + 100 * MS + MS);
    assert!(close(request.energy.promotion, 2.0 * 0.2), "{request:?}");
}

/// The phase, of 100 ms, ends at 1.26 s, before the radio listens: it has to connect then.
#[test]
fn what_a_waiting_answer_finds_is_the_phase_it_is_heard_in() {
    let waits = Span::from_secs(0.4 * part()).as_nanos();
    let request = &requests("1", &[("for: 1 s,", "for: 100 ms,")])[0];
    assert_eq!(ended(request), 170 * MS + waits + 100 * MS + MS);
}

/// It would listen after 200 ms at the earliest, or after a second while idle. Something to send wakes it before, and
/// it receives what waits for it as it becomes active: at once from the tail, and after connecting from idle, for which
/// the second request pays.
#[test]
fn what_is_sent_wakes_the_radio_for_the_answers_that_wait() {
    let from_tail = requests("1 1.2", &[]);
    assert_eq!((ended(&from_tail[0]), from_tail[1].send_start), (201 * MS, Some(1_200 * MS)));
    let from_idle = requests("1 5.2", &[("rtt: 20 ms", "rtt: 4 s"), ("duration: 10 s", "duration: 9 s")]);
    assert_eq!((ended(&from_idle[0]), from_idle[1].send_start), (4_301 * MS, Some(5_300 * MS)));
    assert!(close(from_idle[0].energy.promotion, 0.2) && close(from_idle[1].energy.promotion, 0.2));
}

/// Sent by 1.04 s, the first one's answer waits from 1.07 s on, in a phase from which connecting takes 100 ms. The
/// second request, of 1.1 s, wakes the radio and gives up after 60 ms, as the first one has: nothing is sent, but as
/// the radio is ready, at 1.2 s, it hears of the answer. So the tail that follows is the first one's again.
#[test]
fn a_radio_that_was_woken_in_vain_hears_of_answers_too() {
    let edits = [
        ("payload: 40 kB", "payload: 40 kB\n    timeout: 60 ms"),
        ("promotion: 100 ms, promotion-power: 2 W", "promotion: 0 s, promotion-power: 0 W"),
        ("cycle: 400 ms", "cycle: 400 ms, promotion: 100 ms, promotion-power: 2 W"),
    ];
    let requests = requests("1 1.1", &edits);
    assert!(requests.iter().all(|request| request.outcome == Outcome::TimedOut), "{requests:?}");
    let (first, second) = (requests[0].energy, requests[1].energy);
    let tail = 0.02 * 0.5 + 0.04 * 0.2 + 0.02 * 0.5 + 1.0 * 0.2;
    assert!(close(first.receive, 0.001) && close(first.tail, tail) && first.promotion == 0.0, "{first:?}");
    assert!(close(second.promotion, 0.2) && second.tail == 0.0 && requests[1].uplink_bytes == 0, "{second:?}");
}

/// The device does not know of the answer until the radio hears it. The first attempt's comes to the link 30 ms after
/// its last bit and waits for at least 200 ms more, the second one's for at most 160: an attempt that may take 195 ms
/// fails the first time, and its answer is dropped when the radio becomes active to send the second. Another one that
/// may take a millisecond more than the wait is not given up.
#[test]
fn an_attempt_may_be_given_up_while_its_answer_waits() {
    let limit = |after: u64| format!("payload: 40 kB\n    retry: {{attempts: 2, after: {after} ms}}\n    timeout: 3 s");
    let impatient = &requests("1", &[("payload: 40 kB", &limit(195))])[0];
    assert_eq!((impatient.outcome, impatient.attempts), (Outcome::Cloud, 2));
    assert_eq!((impatient.retried, impatient.answer_arrival), (Some(1_335 * MS), Some((1_335 + 40 + 30) * MS)));
    let waits = Span::from_secs(0.4 * drawn(seed(), 1)).as_nanos();
    assert_eq!((ended(impatient), impatient.downlink_bytes), ((335 + 40 + 30) * MS + waits + MS, 200));
    let waits = Span::from_secs(0.4 * part()).as_nanos() / MS;
    let patient = &requests("1", &[("payload: 40 kB", &limit(30 + waits + 1))])[0];
    assert_eq!((patient.outcome, patient.attempts), (Outcome::Cloud, 1));
}

/// A battery that is empty before the radio listens: a watt of the processor, and of the radio 0.1 J while idle, 0.2 J
/// to connect, 0.04 to send, and then 0.01 J and 0.2 W.
#[test]
fn a_device_may_die_while_an_answer_waits() {
    let until_then = 1.18 + 0.1 + 0.2 + 0.04 + 0.01 + 0.02 * 0.2;
    assert!(close(until_then, 1.534));
    let battery = ("payload: 40 kB", "payload: 40 kB\n    battery: 1.534 J");
    let request = &requests("1", &[battery])[0];
    assert_eq!((request.outcome, request.answer_arrival), (Outcome::DeviceDead, Some(1_170 * MS)));
    assert!(request.end.unwrap().abs_diff(1_180 * MS) <= 1, "{request:?}");
}

/// Half a cycle on average, between none and all of it, and the same for a request under any policy: here the second
/// runs its little network first, for 200 ms. Five standard errors of the mean of 200 are allowed.
#[test]
fn answers_wait_for_half_a_cycle() {
    let edits = [
        ("{times: {file: arrivals.csv, end: stop}}", "{periodic: {every: 3 s}}"),
        ("duration: 10 s", "duration: 600 s"),
    ];
    let radio = &BASE[BASE.find("radio:").unwrap()..BASE.find("    uplink").unwrap()];
    let waits = |policy: &str| -> Vec<u64> {
        let plan = by_hand("1", policy, &[&[(radio.trim_end(), RADIO)], &edits[..]].concat());
        let answered = run(&plan).requests.into_iter().filter(|r| r.outcome == Outcome::Cloud);
        answered.map(|r| r.end.unwrap() - r.answer_arrival.unwrap() - MS).collect()
    };
    let found = waits("offload-all");
    let seconds: Moments = found.iter().map(|nanos| *nanos as f64 * 1e-9).collect();
    let error = 0.4 / (12.0 * found.len() as f64).sqrt();
    assert!(found.len() >= 199 && (seconds.mean() - 0.2).abs() < 5.0 * error, "{} s", seconds.mean());
    assert!(found.iter().all(|wait| *wait <= 400 * MS) && found.iter().any(|wait| *wait > 380 * MS));
    assert!(found.iter().any(|wait| *wait < 20 * MS));
    assert_eq!(waits("appealnet: {delta: 1}"), found);
}
