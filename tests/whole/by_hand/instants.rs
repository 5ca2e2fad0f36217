//! Two things at the same instant: whatever ends, ends before anything new needs its place; what waited, waited for
//! everything that could have come; and a limit is not exceeded by what takes exactly that long.

use analysis::{Outcome, RequestRecord};

use super::{by_hand, run};

fn requests(arrivals: &str, policy: &str, edits: &[(&str, &str)]) -> Vec<RequestRecord> {
    run(&by_hand(arrivals, policy, edits)).requests
}

/// How each ended, and after how many milliseconds.
fn ends(requests: &[RequestRecord]) -> Vec<(Outcome, u64)> {
    requests.iter().map(|r| (r.outcome, (r.end.unwrap() - r.arrival) / 1_000_000)).collect()
}

/// 10 ms to send.
const SMALL: (&str, &str) = ("payload: 40 kB", "payload: 10 kB");

/// An answer takes 40 + 10 + 10 + 10 + 1 ms; it is at the link after 70.
#[test]
fn an_answer_at_the_last_moment_counts() {
    for (limit, outcome) in [
        ("payload: 40 kB\n    timeout: 71 ms", Outcome::Cloud),
        ("payload: 40 kB\n    timeout: 70999999 ns", Outcome::TimedOut),
        ("payload: 40 kB\n    retry: {attempts: 2, after: 30 ms}\n    timeout: 75 ms", Outcome::Cloud),
        ("payload: 40 kB\n    retry: {attempts: 2, after: 29999999 ns}\n    timeout: 75 ms", Outcome::TimedOut),
    ] {
        let requests = requests("1", "offload-all", &[("payload: 40 kB", limit)]);
        assert_eq!(requests[0].outcome, outcome, "{limit}: {:?}", requests[0]);
    }
}

/// A watt empties the battery after two and a half seconds, just when the little network is done.
#[test]
fn a_battery_that_lasts_until_the_answer_was_enough() {
    let edits = [
        ("little-as-if: 2 MMAC", "little-as-if: 2.5 MMAC"),
        ("busy: 3 W", "busy: 1 W"),
        ("payload: 40 kB", "payload: 40 kB\n    battery: 2.5 J"),
    ];
    let run = run(&by_hand("2.25 2.75", "local-only", &edits));
    assert_eq!(ends(&run.requests), [(Outcome::Edge, 250), (Outcome::DeviceDead, 0)]);
    assert_eq!(run.devices[0].died, Some(2_500_000_000));
}

/// The cloud is out of reach from 1.05 to 2.05 s: what reaches it as that begins is lost, and what does as it ends is
/// not.
#[test]
fn an_outage_begins_and_ends_before_what_comes_then() {
    let outages = ("launch: 5 ms}", "launch: 5 ms}, outages: {up-for: 1.05 s, down-for: 1 s}");
    let requests =
        requests("1 2 2.1", "offload-all", &[outages, ("payload: 40 kB", "payload: 40 kB\n    timeout: 3 s")]);
    assert_eq!(ends(&requests), [(Outcome::TimedOut, 3000), (Outcome::Cloud, 71), (Outcome::Cloud, 71)]);
}

/// The processor is done with the first request, after 200 ms, when the second one comes and finds no queue; the cloud,
/// 30 ms after the first arrived, when the second one reaches it, 10 ms later.
#[test]
fn what_ends_makes_room_for_what_comes() {
    let processor = requests("1 1.2", "local-only", &[("payload: 40 kB", "queue: 0")]);
    assert_eq!(ends(&processor), [(Outcome::Edge, 200), (Outcome::Edge, 200)]);
    let cloud = requests("1 1.01", "offload-all", &[SMALL, ("launch: 5 ms}", "launch: 5 ms}, queue: 0")]);
    assert_eq!(ends(&cloud), [(Outcome::Cloud, 41), (Outcome::Cloud, 41)]);
}

/// The first request has waited in the cloud for 10 ms when the second one reaches it; both take 20 ms. The answers
/// come at the same instant, and are received one after the other.
#[test]
fn a_batch_waits_for_what_comes_as_its_wait_ends() {
    let batches = ("launch: 5 ms}", "launch: 5 ms}, batch: {max: 4, wait: 10 ms}");
    let both = requests("1 1.01", "offload-all", &[SMALL, batches]);
    assert_eq!(both.iter().map(|r| r.batch).collect::<Vec<_>>(), [Some(2); 2]);
    assert_eq!(ends(&both), [(Outcome::Cloud, 61), (Outcome::Cloud, 52)]);
}

/// The first answer comes after 71 ms or, with half a second to connect, after 571; the first phase of the radio's tail
/// takes 40 ms more. The processor falls asleep at 1 s, and again a second after its answer at 2.2 s.
#[test]
fn what_comes_as_a_rest_begins_wakes_nothing() {
    let radio = ("promotion: 0 s", "promotion: 500 ms");
    let tail = (
        "tail: [{for: 1 ms, power: 0 W}]",
        "tail: [{for: 40 ms, power: 0 W}, {for: 1 s, power: 0 W, promotion: 300 ms}]",
    );
    let awake = requests("1 1.611", "offload-all", &[radio, tail]);
    assert_eq!(ends(&awake), [(Outcome::Cloud, 571), (Outcome::Cloud, 71)]);
    let later = requests("1 1.611000001", "offload-all", &[radio, tail]);
    assert_eq!(ends(&later), [(Outcome::Cloud, 571), (Outcome::Cloud, 371)]);
    let sleeps = "rests: [{name: sleep, after: 1 s, power: 0 W, wake: 500 ms, wake-power: 1 W}]\n    payload: 40 kB";
    let sleeps = [("payload: 40 kB", sleeps)];
    // The first one wakes it up, too.
    assert_eq!(ends(&requests("1.5 3.2", "local-only", &sleeps)), [(Outcome::Edge, 700), (Outcome::Edge, 200)]);
    let later = requests("1.5 3.200000001", "local-only", &sleeps);
    assert_eq!(ends(&later), [(Outcome::Edge, 700), (Outcome::Edge, 700)]);
}
