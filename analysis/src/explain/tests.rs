//! Requests written down by hand, with every line of their explanation.

use inference::Scores;

use super::*;
use crate::parts::EnergyParts;
use crate::records::{Outcome, RequestRecord, Tier};
use crate::tables::{RunKey, requests};

/// A millisecond in nanoseconds.
const MS: u64 = 1_000_000;

/// Its arrival: two seconds into the run.
const ARRIVAL: u64 = 2_000 * MS;

/// The explanation of request `number` of `rows`.
fn explained(rows: &[RequestRecord], number: u64, threshold: Option<f64>) -> Option<String> {
    explained_under(rows, number, &PolicyEntry { threshold, ..PolicyEntry::default() })
}

/// The same, with what else the result says of the policy.
fn explained_under(rows: &[RequestRecord], number: u64, policy: &PolicyEntry) -> Option<String> {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("requests.parquet");
    let key = RunKey { policy: "appealnet q 0.4".into(), replication: 2 };
    requests(&key).write(rows, std::fs::File::create(&path).unwrap()).unwrap();
    explain(&path, number, policy).unwrap()
}

fn lines(row: &RequestRecord) -> Vec<String> {
    let text = explained(std::slice::from_ref(row), 0, None).unwrap();
    text.lines().map(|line| line.trim_start().to_owned()).filter(|line| !line.is_empty()).collect()
}

/// A request that the cloud answers, and that waits for everything on the way.
fn appeal() -> RequestRecord {
    let at = |ms: u64| Some(ARRIVAL + ms * MS);
    let scores = [("q", 0.125), ("max-softmax", 0.5), ("margin", 0.25), ("entropy", 0.375)]
        .iter()
        .fold(Scores::default(), |scores, (name, value)| scores.with(Score::named(name).unwrap(), *value));
    RequestRecord {
        request: 1,
        device: 7,
        image: 15,
        label: 5,
        big_right: true,
        outcome: Outcome::Cloud,
        measured: true,
        appealed: true,
        radio: Some("idle"),
        attempts: 1,
        tier: Some(Tier::Cloud),
        batch: Some(6),
        edge_class: Some(3),
        cloud_class: Some(5),
        answer: Some(5),
        in_time: Some(true),
        scores,
        arrival: ARRIVAL,
        edge_start: at(4),
        edge_done: at(24),
        send_start: at(124),
        send_done: at(204),
        cloud_arrival: at(214),
        cloud_start: at(219),
        cloud_done: at(249),
        answer_arrival: at(259),
        end: at(261),
        uplink_bytes: 40_000,
        energy: EnergyParts {
            compute: 0.001,
            promotion: 0.002,
            transmit: 0.004,
            tail: 0.003,
            ..EnergyParts::default()
        },
        ..RequestRecord::default()
    }
}

/// It waits 4 ms for the processor, 124 - 24 = 100 ms for the radio and 219 - 214 = 5 ms for the batch. 40 kB, or
/// 320 kbit, in 204 - 124 = 80 ms are 4 Mbps. Its joules add up to 10 mJ.
#[test]
fn an_appeal_is_told_stage_by_stage() {
    let other = RequestRecord { request: 0, arrival: MS, ..RequestRecord::default() };
    let text = explained(&[other.clone(), appeal()], 1, Some(0.4)).unwrap();
    let expected = "request 1 of appealnet q 0.4, replication 2: image 15 (class 5), seen by device 7

       0.000 ms  arrives, 2 s into the run
       4.000 ms  the little network begins, after waiting 4 ms for the processor
      24.000 ms  it answers class 3, wrongly; q 0.1250, max softmax 0.5000, margin 0.2500, certainty 0.3750
      24.000 ms  the policy appeals (threshold 0.4000)
     124.000 ms  the radio begins to send it, after waiting 100 ms for the radio to connect; it was idle (radio: idle)
     204.000 ms  its last bit is sent: 40000 B at 4 Mbps
     214.000 ms  it reaches the cloud
     219.000 ms  a batch of 6 begins, after waiting 5 ms for a full batch or a server
     249.000 ms  the big network answers class 5, rightly
     259.000 ms  the answer reaches the device's link
     261.000 ms  answered by the cloud: class 5, rightly, in time

energy, without idling: 10 mJ
         1 mJ   10 %  running the little network
         2 mJ   20 %  connecting the radio
         4 mJ   40 %  sending
         3 mJ   30 %  the radio staying connected afterwards
";
    assert_eq!(text, expected);
    assert_eq!(explained(&[other, appeal()], 2, None), None, "there are two requests, 0 and 1");
}

/// The servers at its link's end take it at 206 ms and pass it on 4 ms later; had they kept it, they would have answered.
#[test]
fn servers_at_the_link_s_end_have_their_own_lines() {
    let at = |ms: u64| Some(ARRIVAL + ms * MS);
    let passed_on =
        RequestRecord { edge_server_arrival: at(206), passed_on: at(210), edge_server_class: Some(2), ..appeal() };
    let told = lines(&passed_on);
    assert!(told.contains(&"206.000 ms  it reaches the servers at its link's end".to_owned()), "{told:?}");
    let passed = "210.000 ms  they answer class 2, wrongly, and pass it on to the cloud all the same";
    assert!(told.contains(&passed.to_owned()), "{told:?}");
    let kept = lines(&RequestRecord { tier: Some(Tier::EdgeServer), ..appeal() });
    assert!(kept.contains(&"249.000 ms  they answer class 5, rightly".to_owned()), "{kept:?}");
    let answered = "261.000 ms  answered by the servers at its link's end: class 5, rightly, in time";
    assert!(kept.contains(&answered.to_owned()), "{kept:?}");
}

/// What did not wait happens at once; without a threshold, none is told.
#[test]
fn a_kept_answer_is_told_and_nothing_of_a_radio() {
    let kept = RequestRecord {
        request: 0,
        label: 5,
        degradation: Some(("noise", 0.1)),
        little_right: true,
        outcome: Outcome::Edge,
        edge_class: Some(5),
        answer: Some(5),
        in_time: Some(false),
        scores: Scores::default().with(Score::Q, 0.75),
        arrival: 90 * MS,
        edge_start: Some(90 * MS),
        edge_done: Some(90 * MS + 2_000),
        end: Some(90 * MS + 2_000),
        energy: EnergyParts { compute: 2.5, receive: 7.5, ..EnergyParts::default() },
        ..RequestRecord::default()
    };
    assert_eq!(
        lines(&kept),
        [
            "request 0 of appealnet q 0.4, replication 2: image 0 (class 5), with noise, seen by device 0",
            "0.000 ms  arrives, 90 ms into the run",
            "0.000 ms  the little network begins, at once",
            "0.002 ms  it answers class 5, rightly; q 0.7500",
            "0.002 ms  the policy keeps the answer",
            "0.002 ms  answered at the edge: class 5, rightly, too late",
            "energy, without idling: 10 J",
            "2.5 J   25 %  running the little network",
            "7.5 J   75 %  receiving",
        ]
    );
}

/// Prepared from 24 to 54 ms after its arrival, it waits 70 ms more for the radio. Without the little network, it waits
/// for the processor first. Three of the 13 mJ are for preparing it.
#[test]
fn an_appeal_that_is_prepared_tells_when() {
    let at = |ms: u64| Some(ARRIVAL + ms * MS);
    let energy = EnergyParts { prepare: 0.003, ..appeal().energy };
    let prepared = RequestRecord { request: 0, prepare_start: at(24), prepare_done: at(54), energy, ..appeal() };
    let told = lines(&prepared);
    assert_eq!(
        told[5..8],
        [
            "24.000 ms  the device begins to prepare it, at once",
            "54.000 ms  it is ready to be sent",
            "124.000 ms  the radio begins to send it, after waiting 70 ms for the radio to connect; it was idle (radio: idle)",
        ]
    );
    assert!(told.contains(&"3 mJ   23 %  preparing it to be sent".to_owned()), "{told:?}");
    let direct = RequestRecord { edge_start: None, edge_done: None, edge_class: None, ..prepared };
    assert_eq!(lines(&direct)[2], "24.000 ms  the device begins to prepare it, after waiting 24 ms for the processor");
}

/// Of the 80 ms that 40 kB took, 20 ms passed without a bit: 320,000 bits in 60 ms.
#[test]
fn pauses_are_told_with_the_rate_they_reduce() {
    let told = lines(&RequestRecord { request: 0, send_pauses: 20 * MS, ..appeal() });
    let expected = "204.000 ms  its last bit is sent: 40000 B at 5.33 Mbps, besides 20 ms in which its connection was \
                    opened or waited for acknowledgements";
    assert!(told.contains(&expected.to_owned()), "{told:?}");
}

/// Of the 43,000 bytes, 3,000 were lost and sent again, for which they arrive 230 ms late; and the answer waits 40 ms
/// until a radio in discontinuous reception listens. A radio that is active receives it at once.
#[test]
fn losses_and_a_radio_that_sleeps_are_told() {
    let at = |ms: u64| Some(ARRIVAL + ms * MS);
    let lossy = RequestRecord {
        request: 0,
        uplink_bytes: 43_000,
        resent_bytes: 3_000,
        recovery: 230 * MS,
        cloud_arrival: at(444),
        cloud_start: at(449),
        cloud_done: at(479),
        answer_arrival: at(489),
        receive_start: at(529),
        end: at(531),
        ..appeal()
    };
    let told = lines(&lossy);
    for line in [
        "204.000 ms  its last bit is sent: 43000 B at 4.3 Mbps, 3000 B of them again after losses",
        "204.000 ms  it will arrive 230 ms later than without losses, until these are noticed and mended",
        "489.000 ms  the answer reaches the device's link",
        "529.000 ms  the radio begins to receive it, after waiting 40 ms for the radio to listen, to connect, or to receive \
         others",
    ] {
        assert!(told.contains(&line.to_owned()), "there is no '{line}' in {told:#?}");
    }
    let awake = lines(&RequestRecord { receive_start: at(489), ..lossy });
    assert!(awake.contains(&"489.000 ms  the radio begins to receive it, at once".to_owned()), "{awake:#?}");
}

/// Cut after some steps, or run to its end on the device, the network is not the little one.
#[test]
fn a_cut_is_told() {
    let cut = |steps| lines(&RequestRecord { request: 0, cut: Some(steps), edge_class: None, ..appeal() });
    let line = |steps| format!("24.000 ms  the network is cut after {steps}; what crosses there is sent up");
    assert!(cut(1).contains(&line("1 step")) && cut(13).contains(&line("13 steps")), "{:#?}", cut(13));
    assert!(!cut(0).iter().any(|line| line.contains("is cut")), "the input is sent");
    let whole = RequestRecord { way: Some(1), outcome: Outcome::Edge, appealed: false, cut: None, ..appeal() };
    for told in [cut(13), lines(&RequestRecord { request: 0, ..whole })] {
        assert!(told.contains(&"1 mJ   10 %  running the device's part of the network".to_owned()), "{told:#?}");
        assert!(told[2].starts_with("4.000 ms  the device's part of the network begins"), "{told:#?}");
    }
    // An answer before what is cut, or several segments on the input, are those of more than one network or exit.
    let appealed = RequestRecord { request: 0, cut: Some(3), ..appeal() };
    let stages = RequestRecord { request: 0, cut: None, segments: 3, ..appeal() };
    for record in [appealed, stages] {
        let told = lines(&record);
        assert!(told[2].starts_with("4.000 ms  what its policy runs on the device begins"), "{told:#?}");
    }
}

/// A threshold on probabilities stands beside a probability: with a slope of 2, the odds of 3 to 1 of a max softmax of
/// 0.75 become 9 to 1. The scores of the first stage are not those of the answer.
#[test]
fn stages_are_told_with_the_probability_that_is_compared() {
    let stage = |name: &str, slope| Stage { name: name.into(), score: "max-softmax".into(), slope, offset: 0.0 };
    let policy = PolicyEntry {
        threshold: Some(0.95),
        stages: vec![stage("exit 0 of little", 1.0), stage("little", 2.0)],
        ..PolicyEntry::default()
    };
    let scores = Scores::default().with(Score::named("max-softmax").unwrap(), 0.75);
    let told = |segments| {
        let row = RequestRecord { request: 0, segments, scores, ..appeal() };
        explained_under(&[row], 0, &policy).unwrap()
    };
    let second = told(2);
    for line in [
        "24.000 ms  not sure enough before: exit 0 of little: right with a probability below 0.9500\n",
        "24.000 ms  little answers class 3, wrongly; max softmax 0.7500\n",
        "24.000 ms  the policy appeals (by its max softmax right with probability 0.9000, threshold 0.9500)\n",
    ] {
        assert!(second.contains(line), "there is no '{line}' in {second}");
    }
    let first = told(1);
    assert!(!first.contains("before:") && first.contains("exit 0 of little answers class 3"), "{first}");
    assert!(first.contains("right with probability 0.7500"), "{first}");
}

/// 80 kB in two attempts: how much of it the last one sent is not known, so no rate is told. The second attempt began
/// 500 ms after the arrival and waited 10 ms.
#[test]
fn a_second_attempt_is_told_without_a_rate() {
    let again = RequestRecord {
        request: 0,
        radio: Some("tail"),
        attempts: 2,
        tier: Some(Tier::EdgeServer),
        retried: Some(ARRIVAL + 500 * MS),
        send_start: Some(ARRIVAL + 510 * MS),
        send_done: Some(ARRIVAL + 590 * MS),
        cloud_arrival: Some(ARRIVAL + 600 * MS),
        cloud_start: Some(ARRIVAL + 600 * MS),
        cloud_done: None,
        answer_arrival: None,
        end: Some(ARRIVAL + 900 * MS),
        uplink_bytes: 80_000,
        outcome: Outcome::TimedOutEdge,
        answer: Some(3),
        in_time: None,
        ..appeal()
    };
    assert_eq!(
        lines(&again)[5..13],
        [
            "500.000 ms  the previous attempt has failed; attempt 2 begins",
            "510.000 ms  the radio begins to send it, after waiting 10 ms for the radio, which was sending something else \
             (radio: tail)",
            "590.000 ms  its last bit is sent: 80000 B in 2 attempts",
            "600.000 ms  it reaches the servers at its link's end",
            "600.000 ms  a batch of 6 begins, at once",
            "900.000 ms  gives up on the cloud, and takes the edge answer: class 3, wrongly",
            "energy, without idling: 10 mJ",
            "1 mJ   10 %  running the little network",
        ]
    );
}

/// Sent up without running the little network: it waits for the radio from its arrival.
#[test]
fn without_the_little_network_the_radio_is_waited_for_from_the_arrival() {
    let direct = RequestRecord {
        request: 0,
        edge_start: None,
        edge_done: None,
        edge_class: None,
        radio: Some("promoting"),
        ..appeal()
    };
    let lines = lines(&direct);
    assert_eq!(
        lines[2],
        "124.000 ms  the radio begins to send it, after waiting 124 ms for the radio, which was connecting already (radio: \
         promoting)"
    );
    assert!(!lines.iter().any(|line| line.contains("little network begins") || line.contains("the policy")));
}

#[test]
fn every_end_has_its_words() {
    let ended = |outcome: Outcome, answer: Option<u8>| {
        let end = (outcome != Outcome::Unfinished).then_some(ARRIVAL + 30 * MS);
        let bare = RequestRecord { request: 0, label: 5, arrival: ARRIVAL, outcome, answer, end, ..Default::default() };
        lines(&bare)[2].clone()
    };
    let words = [
        (Outcome::Edge, Some(5), "30.000 ms  answered at the edge: class 5, rightly"),
        (Outcome::Cloud, Some(4), "30.000 ms  answered by the cloud: class 4, wrongly"),
        (
            Outcome::TimedOutEdge,
            Some(4),
            "30.000 ms  gives up on the cloud, and takes the edge answer: class 4, wrongly",
        ),
        (Outcome::TimedOut, None, "30.000 ms  gives up without an answer"),
        (
            Outcome::RefusedEdge,
            Some(5),
            "30.000 ms  is refused by the cloud, and takes the edge answer: class 5, rightly",
        ),
        (Outcome::Refused, None, "30.000 ms  is refused by the cloud, and has no answer"),
        (Outcome::Rejected, None, "30.000 ms  rejected: the device's queue is full"),
        (Outcome::DeviceDead, None, "30.000 ms  lost: the device's battery is empty"),
        (Outcome::Unfinished, None, "still under way when the run ended"),
    ];
    for (outcome, answer, words) in words {
        assert_eq!(ended(outcome, answer), words);
    }
}
