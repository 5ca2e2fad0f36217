//! Requests written down by hand, and every figure of their digest, worked out in the comments.

use std::path::PathBuf;
use std::sync::OnceLock;

use analysis::{DeviceRecord, Excess, Known, OfferedLoad, Percentile, TimelineStep};
use inference::Scores;

use super::*;
use crate::experiment::Study;
use crate::source::Source;
use crate::world::Trace;

/// A millisecond in nanoseconds.
const MS: u64 = 1_000_000;

/// The second point of a sweep over a rate.
fn point() -> &'static Point {
    static STUDY: OnceLock<Study> = OnceLock::new();
    let load = || {
        let text = "
name: digest
grid: {devices: 360 g/kWh, servers: 36 g/kWh}
duration: 10 s
networks: {little: fmnist-little, big: fmnist-big}
devices: [{name: node, hardware: raspberry-pi-4, link: wire, arrivals: {poisson: 1 /s}}]
links: {wire: {radio: ethernet, uplink: 1 Mbps, downlink: 1 Mbps, rtt: 10 ms}}
cloud: {hardware: t4}
sweep: [{set: links.wire.uplink, to: [1 Mbps, 2 Mbps]}]
policies: [local-only]
";
        let source = Source::parse("digest.yaml", text.to_owned(), PathBuf::new(), &[]).unwrap();
        Study::load(&source, true).unwrap()
    };
    &STUDY.get_or_init(load).points[1]
}

/// The end of a run of nothing.
fn run_end() -> RunEnd {
    RunEnd {
        devices: Vec::new(),
        cloud_busy: 0.0,
        cloud_servers: 0.0,
        edge_busy: None,
        cloud_energy: 0.0,
        cloud_cost: None,
        loads: Vec::new(),
        questions: vec![0, 0],
        timeline: Vec::new(),
        trace: Trace::default(),
    }
}

/// The digest of a run of ten seconds with these requests; pictures are the image's number, three times.
fn digest(requests: &[RequestRecord], end: &RunEnd) -> RunDigest {
    let mut digester = Digester::new(Span::from_nanos(10_000 * MS), Spread::default());
    let picture = |observation: &Observation| vec![observation.image as u8; 3];
    requests.iter().for_each(|r| digester.add(r, &Observation::clear(r.image), Some(&picture)));
    let id = RunId { point: 1, policy: 2, replication: 4 };
    digester.finish(id, point(), "appealnet q 0.4", Some(0.4), end)
}

fn summary(requests: &[RequestRecord]) -> SummaryRecord {
    digest(requests, &run_end()).summary
}

/// A request whose stamps are milliseconds after its arrival, one second into the run.
fn stamped(request: u32, outcome: Outcome, stamps: [Option<u64>; 9], end: Option<u64>) -> RequestRecord {
    let at = stamps.map(|stamp| stamp.map(|ms| (1_000 + ms) * MS));
    RequestRecord {
        request,
        image: request,
        label: 5,
        outcome,
        measured: true,
        arrival: 1_000 * MS,
        edge_start: at[0],
        edge_done: at[1],
        retried: at[2],
        send_start: at[3],
        send_done: at[4],
        cloud_arrival: at[5],
        cloud_start: at[6],
        cloud_done: at[7],
        answer_arrival: at[8],
        end: end.map(|ms| (1_000 + ms) * MS),
        ..RequestRecord::default()
    }
}

fn joules(compute: f64, transmit: f64, receive: f64, promotion: f64, tail: f64) -> EnergyParts {
    EnergyParts { compute, transmit, receive, promotion, tail, ..EnergyParts::default() }
}

fn scores(named: &[(&str, f32)]) -> Scores {
    let with = |scores: Scores, (name, value): &(&str, f32)| scores.with(Score::named(name).unwrap(), *value);
    named.iter().fold(Scores::default(), with)
}

/// Twelve measured requests, one or more of each outcome, and one of the warm-up.
fn dozen() -> Vec<RequestRecord> {
    let (no, s) = (None, Some::<u64>);
    vec![
        // Of the warm-up: only its joules count, as booked to a request.
        RequestRecord {
            measured: false,
            little_right: true,
            big_right: true,
            appealed: true,
            attempts: 4,
            edge_class: Some(5),
            answer: Some(5),
            in_time: Some(true),
            scores: scores(&[("q", 0.5), ("max-softmax", 0.5)]),
            uplink_bytes: 9_999,
            energy: joules(1.0, 6.0, 2.0, 3.0, 8.0),
            ..stamped(0, Outcome::Cloud, [s(0), s(20), no, s(25), s(85), s(95), s(102), s(132), s(143)], s(146))
        },
        RequestRecord {
            little_right: true,
            big_right: true,
            edge_class: Some(5),
            answer: Some(5),
            in_time: Some(true),
            scores: scores(&[("q", 0.97), ("max-softmax", 0.99), ("margin", 0.91)]),
            energy: joules(1.0, 0.0, 0.0, 0.0, 0.0),
            ..stamped(1, Outcome::Edge, [s(10), s(30), no, no, no, no, no, no, no], s(30))
        },
        RequestRecord {
            edge_class: Some(3),
            answer: Some(3),
            in_time: Some(true),
            scores: scores(&[("q", 0.75), ("max-softmax", 0.81), ("margin", 0.41)]),
            energy: joules(1.0, 0.0, 0.0, 0.0, 0.0),
            ..stamped(2, Outcome::Edge, [s(4), s(24), no, no, no, no, no, no, no], s(24))
        },
        RequestRecord {
            big_right: true,
            appealed: true,
            attempts: 1,
            edge_class: Some(3),
            cloud_class: Some(5),
            answer: Some(5),
            in_time: Some(true),
            scores: scores(&[("q", 0.12), ("max-softmax", 0.51)]),
            uplink_bytes: 1_000,
            energy: joules(1.0, 6.0, 2.0, 3.0, 4.0),
            ..stamped(3, Outcome::Cloud, [s(0), s(20), no, s(25), s(85), s(95), s(102), s(132), s(143)], s(146))
        },
        RequestRecord {
            little_right: true,
            big_right: true,
            appealed: true,
            attempts: 1,
            edge_class: Some(5),
            cloud_class: Some(5),
            answer: Some(5),
            in_time: Some(false),
            scores: scores(&[("q", 0.37), ("max-softmax", 0.56)]),
            uplink_bytes: 1_000,
            energy: joules(1.0, 6.0, 2.0, 0.0, 4.0),
            ..stamped(4, Outcome::Cloud, [s(7), s(27), no, s(28), s(78), s(90), s(118), s(158), s(167)], s(171))
        },
        RequestRecord {
            appealed: true,
            attempts: 2,
            edge_class: Some(3),
            cloud_class: Some(4),
            answer: Some(4),
            in_time: Some(false),
            scores: scores(&[("q", 0.02), ("max-softmax", 0.31)]),
            uplink_bytes: 2_100,
            energy: joules(1.0, 12.0, 2.0, 3.0, 4.0),
            ..stamped(5, Outcome::Cloud, [s(0), s(20), s(320), s(322), s(352), s(360), s(360), s(395), s(401)], s(422))
        },
        RequestRecord {
            little_right: true,
            big_right: true,
            appealed: true,
            attempts: 2,
            edge_class: Some(5),
            answer: Some(5),
            in_time: Some(false),
            scores: scores(&[("q", 0.37), ("max-softmax", 0.66)]),
            uplink_bytes: 2_000,
            energy: joules(1.0, 12.0, 0.0, 3.0, 4.0),
            ..stamped(6, Outcome::TimedOutEdge, [s(0), s(20), s(220), s(226), s(300), no, no, no, no], s(500))
        },
        RequestRecord {
            big_right: true,
            appealed: true,
            attempts: 3,
            in_time: Some(false),
            uplink_bytes: 3_000,
            energy: joules(0.0, 18.0, 0.0, 3.0, 12.0),
            ..stamped(7, Outcome::TimedOut, [no, no, s(600), s(610), no, no, no, no, no], s(900))
        },
        RequestRecord {
            big_right: true,
            appealed: true,
            attempts: 1,
            edge_class: Some(3),
            answer: Some(3),
            in_time: Some(true),
            scores: scores(&[("q", 0.12), ("max-softmax", 0.46)]),
            uplink_bytes: 1_000,
            energy: joules(1.0, 6.0, 0.0, 0.0, 4.0),
            ..stamped(8, Outcome::RefusedEdge, [s(0), s(20), no, s(20), s(86), s(93), no, no, no], s(107))
        },
        RequestRecord {
            big_right: true,
            appealed: true,
            attempts: 2,
            in_time: Some(false),
            uplink_bytes: 2_000,
            energy: joules(0.0, 12.0, 0.0, 0.0, 4.0),
            ..stamped(9, Outcome::Refused, [no, no, s(100), s(100), s(160), s(170), no, no, no], s(190))
        },
        RequestRecord { big_right: true, in_time: Some(false), ..stamped(10, Outcome::Rejected, [None; 9], s(0)) },
        RequestRecord {
            energy: joules(3.0, 0.0, 0.0, 0.0, 0.0),
            ..stamped(11, Outcome::DeviceDead, [s(5), no, no, no, no, no, no, no, no], s(9))
        },
        // Cut off by the end of the run while it was sent.
        RequestRecord {
            little_right: true,
            big_right: true,
            appealed: true,
            attempts: 1,
            edge_class: Some(5),
            scores: scores(&[("q", 1.0), ("max-softmax", 0.91)]),
            uplink_bytes: 500,
            energy: joules(2.0, 12.0, 0.0, 6.0, 0.0),
            ..stamped(12, Outcome::Unfinished, [s(0), s(20), no, s(25), no, no, no, no, no], no)
        },
    ]
}

/// The devices of that run. Those with a battery: one empty after 9 s, one after 6 s, one that would last 100 s. They
/// spent 120 + 90 + 7 + 3 = 220 J, and 7 + 4 + 2 = 13 requests arrived at them.
fn devices() -> Vec<DeviceRecord> {
    let life = |seconds, known| Some(BatteryLife { seconds: Some(seconds), known });
    let device = |requests, compute, idle, life| DeviceRecord {
        requests,
        energy: EnergyParts { compute, idle, ..EnergyParts::default() },
        life,
        ..DeviceRecord::default()
    };
    vec![
        device(7, 50.0, 70.0, life(9.0, Known::Seen)),
        device(4, 80.0, 10.0, life(6.0, Known::Seen)),
        device(0, 0.0, 7.0, life(100.0, Known::Extrapolated)),
        device(2, 1.0, 2.0, None),
    ]
}

fn bins(counts: &[(usize, u64)]) -> Vec<u64> {
    let mut bins = vec![0; SCORE_BINS];
    counts.iter().for_each(|(bin, count)| bins[*bin] = *count);
    bins
}

fn near(told: impl Into<Option<f64>>, expected: f64, what: &str) {
    let told = told.into().unwrap_or_else(|| panic!("no {what}"));
    assert!((told - expected).abs() < 1e-9, "{what}: {told}, not {expected}");
}

/// - Of the twelve, eleven ended. Right are requests 1, 3, 4 and 6. Of the same eleven images, the little network has
///   1, 4 and 6 right, and the big one 1, 3, 4, 6, 7, 8, 9 and 10. AccI is (4 - 3) / (8 - 3) = 0.2.
/// - Sent up are 3, 4, 5, 6, 7, 8, 9 and 12: eight of twelve, in 1 + 1 + 2 + 2 + 3 + 1 + 2 + 1 = 13 attempts, with
///   1,000 + 1,000 + 2,100 + 2,000 + 3,000 + 1,000 + 2,000 + 500 = 12,600 bytes, 1,050 per request.
/// - Without an answer are 7, 9, 10, 11 and 12. A deadline have 1 to 10, and late are 4, 5, 6, 7, 9 and 10.
/// - The servers spent 65 J and 0.26 for the 13 requests that arrived, the one of the warm-up among them.
#[test]
fn shares_are_of_the_right_requests() {
    let end = RunEnd {
        devices: devices(),
        cloud_busy: 0.41,
        cloud_servers: 1.42,
        edge_busy: Some(0.43),
        cloud_energy: 65.0,
        cloud_cost: Some(0.26),
        loads: vec![OfferedLoad { server: "the cloud".into(), times: 0.44, excess: Excess::GivesUp }],
        questions: vec![45, 46],
        timeline: vec![TimelineStep { until_s: 10.0, cloud_busy: 0.47, cloud_waiting: 4.8, battery: Some(0.49) }],
        trace: Trace::default(),
    };
    let digest = digest(&dozen(), &end);
    assert_eq!((digest.policy_number, digest.questions), (2, vec![45, 46]));
    assert_eq!(digest.timeline, end.timeline);
    let summary = digest.summary;
    // 156 J of twelve requests, and 5 J for each: 0.1 mg for a joule of a device, 0.01 mg for one of a server.
    near(summary.co2(), 13e-4, "CO2 of the devices");
    near(summary.servers_co2(), 5e-5, "CO2 of the servers");
    assert_eq!((summary.point, summary.policy.as_str(), summary.replication), (1, "appealnet q 0.4", 4));
    assert_eq!((summary.settings, summary.setting_values), (vec!["2 Mbps".to_owned()], vec![Some(2e6)]));
    assert_eq!((summary.threshold, summary.requests), (Some(0.4), 12));
    assert_eq!(summary.outcomes, [2, 3, 1, 1, 1, 1, 1, 1, 1]);
    near(summary.accuracy, 4.0 / 11.0, "accuracy");
    near(summary.little_accuracy, 3.0 / 11.0, "the little network's accuracy");
    near(summary.big_accuracy, 8.0 / 11.0, "the big network's accuracy");
    near(summary.accuracy_gain, 0.2, "AccI");
    near(summary.appeal_rate, 8.0 / 12.0, "appeal rate");
    near(summary.attempts, 13.0 / 8.0, "attempts per appeal");
    near(summary.uplink_bytes, 1_050.0, "bytes per request");
    near(summary.unanswered, 5.0 / 12.0, "unanswered");
    near(summary.deadline_misses, 0.6, "late");
    assert_eq!((summary.latency_p50, summary.latency_p95, summary.latency_p99), (None, None, None), "too few");
    assert_eq!((summary.batteries, summary.batteries_empty), (3, 2));
    assert_eq!(summary.first_battery_empty, Some(6.0));
    assert_eq!(summary.battery_life, Some(BatteryLife { seconds: Some(9.0), known: Known::Seen }));
    assert_eq!((summary.cloud_busy, summary.cloud_servers, summary.edge_busy), (0.41, 1.42, Some(0.43)));
    near(summary.cloud_energy, 5.0, "the servers' energy per request");
    near(summary.cloud_cost, 0.02, "the servers' cost per request");
    assert_eq!(summary.loads, end.loads);
}

/// Joules of the twelve: 12 of computing, 84 of sending, 6 of receiving, 18 of connecting and 36 of tails, each divided
/// by twelve, although only seven were answered. Together they are 156 J; with the 20 J of the warm-up's request, 176
/// of the devices' 220 J are booked to requests and 44 J are shared.
#[test]
fn energy_is_per_request_whether_answered_or_not() {
    let digest = digest(&dozen(), &RunEnd { devices: devices(), ..run_end() });
    let expected = joules(1.0, 7.0, 0.5, 1.5, 3.0);
    for ((part, told), (_, expected)) in digest.energy.named().iter().zip(expected.named()) {
        near(*told, expected, part);
    }
    near(digest.summary.energy, 13.0, "energy per request");
    near(digest.shared_energy_j, 44.0, "shared energy");
}

/// Milliseconds of the seven that were answered, 1 to 6 and 8:
///
/// | part | 1 | 2 | 3 | 4 | 5 | 6 | 8 | mean |
/// |---|---|---|---|---|---|---|---|---|
/// | device queue | 10 | 4 | 0 | 7 | 0 | 0 | 0 | 3 |
/// | little network | 20 | 20 | 20 | 20 | 20 | 20 | 20 | 20 |
/// | radio | | | 5 | 1 | 2 | 6 | 0 | 2 |
/// | uplink | | | 60 | 50 | 30 | 74 | 66 | 40 |
/// | network | | | 10 + 11 | 12 + 9 | 8 + 6 | | 7 | 9 |
/// | cloud queue | | | 7 | 28 | 0 | | | 5 |
/// | cloud | | | 30 | 40 | 35 | | | 15 |
/// | downlink | | | 3 | 4 | 21 | | | 4 |
/// | in vain | | | | | 300 | 200 + 200 | 14 | 102 |
#[test]
fn the_parts_of_the_latency_are_means_over_answers() {
    let told = digest(&dozen(), &run_end()).latency;
    let means = [
        ("device queue", 0.003),
        ("little network", 0.020),
        ("prepare", 0.0),
        ("radio wait", 0.002),
        ("connection", 0.0),
        ("uplink", 0.040),
        ("edge server", 0.0),
        ("network", 0.009),
        ("cloud prepare", 0.0),
        ("cloud queue", 0.005),
        ("cloud", 0.015),
        ("downlink", 0.004),
        ("in vain", 0.102),
    ];
    for ((part, told), (name, expected)) in told.named().iter().zip(means) {
        assert_eq!(*part, name);
        near(*told, expected, part);
    }
}

/// Twenty bins: a score of 0.97 is in bin 19, one of exactly 0.75 in bin 15, and 1 in the last. Right edge answers have
/// 1, 4, 6 and 12, though that was not finished; wrong ones 2, 3, 5 and 8. Only 1 and 2 have a margin, none a
/// certainty. Whatever the score, 0.3 is in bin 6.
#[test]
fn scores_are_counted_by_whether_the_edge_answer_was_right() {
    let histogram = |score: &str, right: &[(usize, u64)], wrong: &[(usize, u64)]| ScoreHistogram {
        score: score.to_owned(),
        right: bins(right),
        wrong: bins(wrong),
    };
    assert_eq!(
        digest(&dozen(), &run_end()).scores,
        [
            histogram("q", &[(19, 2), (7, 2)], &[(15, 1), (2, 2), (0, 1)]),
            histogram("max_softmax", &[(19, 1), (11, 1), (13, 1), (18, 1)], &[(16, 1), (10, 1), (6, 1), (9, 1)]),
            histogram("margin", &[(18, 1)], &[(8, 1)]),
        ]
    );
    for score in Score::all() {
        let one = RequestRecord { scores: Scores::default().with(score, 0.3), ..dozen()[1].clone() };
        assert_eq!(digest(&[one], &run_end()).scores, [histogram(score.column(), &[(6, 1)], &[])]);
    }
}

/// Kept rightly is 1, kept wrongly 2; the cloud had 3 right where the edge was wrong, and 4 was sent in vain. 5, which
/// both had wrong, and all others are examples of nothing. The bytes 1, 1, 1 are AQEB in base 64.
#[test]
fn examples_are_of_their_kind() {
    let gallery = digest(&dozen(), &run_end()).gallery;
    let specimen = |kind, request: u32, png: &str, edge, cloud_class, scores| Specimen {
        kind,
        request,
        image: request,
        png: png.to_owned(),
        label: 5,
        edge_class: Some(edge),
        cloud_class,
        scores,
    };
    assert_eq!(
        gallery,
        [
            specimen(
                SpecimenKind::KeptRightly,
                1,
                "AQEB",
                5,
                None,
                scores(&[("q", 0.97), ("max-softmax", 0.99), ("margin", 0.91)])
            ),
            specimen(
                SpecimenKind::KeptWrongly,
                2,
                "AgIC",
                3,
                None,
                scores(&[("q", 0.75), ("max-softmax", 0.81), ("margin", 0.41)])
            ),
            specimen(
                SpecimenKind::AppealedRightly,
                3,
                "AwMD",
                3,
                Some(5),
                scores(&[("q", 0.12), ("max-softmax", 0.51)])
            ),
            specimen(
                SpecimenKind::AppealedInVain,
                4,
                "BAQE",
                5,
                Some(5),
                scores(&[("q", 0.37), ("max-softmax", 0.56)])
            ),
        ]
    );
}

/// The first six of a kind are kept, however many there are, and kinds do not take each other's places.
#[test]
fn six_examples_of_each_kind_are_kept() {
    let many = |record: &RequestRecord, from: u32| -> Vec<RequestRecord> {
        (from..from + 8).map(|request| RequestRecord { request, ..record.clone() }).collect()
    };
    let requests = [many(&dozen()[4], 100), many(&dozen()[1], 200)].concat();
    let told: Vec<(SpecimenKind, u32)> =
        digest(&requests, &run_end()).gallery.iter().map(|specimen| (specimen.kind, specimen.request)).collect();
    let kept = (200..206).map(|request| (SpecimenKind::KeptRightly, request));
    let in_vain = (100..106).map(|request| (SpecimenKind::AppealedInVain, request));
    assert_eq!(told, kept.chain(in_vain).collect::<Vec<_>>());
    let mut without = Digester::new(Span::from_nanos(10_000 * MS), Spread::default());
    without.add(&dozen()[1], &Observation::clear(1), None);
    let id = RunId { point: 0, policy: 0, replication: 1 };
    assert!(without.finish(id, point(), "local-only", None, &run_end()).gallery.is_empty());
}

/// AccI needs a big network that is better: not one that is as good, and not one that is worse.
#[test]
fn there_is_no_gain_where_the_big_network_is_no_better() {
    let both = |little_right, big_right| RequestRecord { little_right, big_right, ..dozen()[1].clone() };
    assert_eq!(summary(&[both(true, true), both(false, false)]).accuracy_gain, None);
    assert_eq!(summary(&[both(true, false), both(false, false)]).accuracy_gain, None);
    // Both are answered rightly, of which the little network had none right and the big one half: 1 / 0.5.
    let gain = summary(&[both(false, true), both(false, false)]).accuracy_gain;
    near(gain, 2.0, "AccI beyond the big network");
}

#[test]
fn a_run_without_requests_has_no_figures() {
    let digest = digest(&[], &RunEnd { cloud_energy: 5.0, cloud_cost: Some(1.0), ..run_end() });
    let summary = digest.summary;
    let shares = [
        summary.accuracy,
        summary.little_accuracy,
        summary.big_accuracy,
        summary.accuracy_gain,
        summary.appeal_rate,
        summary.energy,
        summary.unanswered,
        summary.deadline_misses,
        summary.uplink_bytes,
        summary.attempts,
        summary.first_battery_empty,
        summary.cloud_energy,
        summary.cloud_cost,
    ];
    assert_eq!(shares, [None; 13]);
    assert_eq!((summary.requests, summary.batteries, summary.battery_life), (0, 0, None));
    assert!(digest.scores.is_empty() && digest.percentiles.iter().all(Option::is_none));
}

/// Kept answers that took this long.
fn answered_after(counts: &[(u32, u64)]) -> Vec<RequestRecord> {
    let one = |ms: u64| RequestRecord {
        answer: Some(5),
        ..stamped(0, Outcome::Edge, [Some(0), Some(ms), None, None, None, None, None, None, None], Some(ms))
    };
    counts.iter().flat_map(|(count, ms)| (0..*count).map(|_| one(*ms))).collect()
}

/// A thousand answers, of which the r-th from below (from 0) takes
///
/// | r | ms |
/// |---|---|
/// | 0 to 489 | 10 |
/// | 490 to 509 | 20 |
/// | 510 to 944 | 30 |
/// | 945 to 954 | 40 |
/// | 955 to 984 | 50 |
/// | 985 to 994 | 60 |
/// | 995 to 999 | 70 |
///
/// The p-quantile is the answer at place 999 p: the median at 499.5 (20 ms; p49 and p51 are at 489.5 and 509.5, on the
/// edges), p94 at 939.1 (30 ms), p95 at 949.1 (40 ms), p96 at 959.0 (50 ms), p98 at 979.0 (50 ms) and p99 at 989.0
/// (60 ms). Beyond 99.5 and 99.9 % there are fewer than ten.
#[test]
fn percentiles_are_those_they_are_named_by() {
    let counts = [(490, 10), (20, 20), (435, 30), (10, 40), (30, 50), (10, 60), (5, 70)];
    let digest = digest(&answered_after(&counts), &run_end());
    // The sketch is accurate to half a per cent.
    let near = |told: Option<Percentile>, ms: f64| match told {
        Some(Percentile::Exactly(seconds)) => {
            assert!((seconds / (ms * 1e-3) - 1.0).abs() < 0.006, "{seconds}: {ms} ms")
        }
        other => panic!("{other:?}, not {ms} ms"),
    };
    near(digest.summary.latency_p50, 20.0);
    near(digest.summary.latency_p95, 40.0);
    near(digest.summary.latency_p99, 60.0);
    assert_eq!(digest.summary.unanswered, Some(0.0));
    for (percent, told) in PERCENTILES.iter().zip(&digest.percentiles) {
        let ms = match *percent {
            percent if percent < 50.0 => 10.0,
            50.0 => 20.0,
            percent if percent < 95.0 => 30.0,
            95.0 => 40.0,
            97.5 | 98.0 => 50.0,
            99.0 => 60.0,
            _ => {
                assert_eq!(*told, None, "{percent} %");
                continue;
            }
        };
        near(told.map(Percentile::Exactly), ms);
    }
}

/// Twenty answers, and eighty requests that arrived at 2, 2.1, ... 9.9 s and are under way at 10 s: their ages are 0.1,
/// 0.2, ... 8 s. The median is at place 49.5, which falls on the thirtieth of these ages, 3 s. If the eighty had been
/// given up, it would be on one that never ends: the longest that is known is then the answers' 10 ms.
#[test]
fn the_age_of_what_is_under_way_is_its_time_until_the_end() {
    let waiting = |outcome: Outcome| -> Vec<RequestRecord> {
        let one = |k: u64| RequestRecord {
            arrival: (2_000 + 100 * k) * MS,
            ..stamped(0, outcome, [None; 9], (outcome != Outcome::Unfinished).then_some(9_000))
        };
        [answered_after(&[(20, 10)]), (0..80).map(one).collect()].concat()
    };
    let median = |outcome: Outcome| digest(&waiting(outcome), &run_end()).summary.latency_p50;
    let Some(Percentile::AtLeast(seconds)) = median(Outcome::Unfinished) else { panic!("not a bound") };
    assert!((seconds / 3.0 - 1.0).abs() < 0.006, "{seconds} s");
    for outcome in [Outcome::TimedOut, Outcome::Refused, Outcome::Rejected, Outcome::DeviceDead] {
        assert_eq!(median(outcome), Some(Percentile::Never(0.01)), "{}", outcome.name());
    }
    assert_eq!(digest(&waiting(Outcome::Unfinished), &run_end()).summary.unanswered, Some(0.8));
    assert!(digest(&waiting(Outcome::Unfinished), &run_end()).percentiles.iter().skip(11).all(Option::is_none));
}

/// Of a run of ten seconds: cut after 4 steps at 2 s, bin 6, at 1 Mbps, bin 18; answered by the whole network on the
/// device at 5 s, bin 15. A request that the device rejected was cut nowhere, nor was one that was sent up to the
/// servers' own network; one of the warm-up is not counted.
#[test]
fn cuts_are_counted_where_a_policy_cuts() {
    let at = |seconds: u64, outcome, cut: Option<u16>, uplink_rate| RequestRecord {
        measured: true,
        arrival: seconds * 1_000 * MS,
        outcome,
        appealed: cut.is_some(),
        cut,
        uplink_rate,
        ..RequestRecord::default()
    };
    let requests = [
        at(2, Outcome::Cloud, Some(4), Some(1e6)),
        at(5, Outcome::Edge, None, Some(2e3)),
        at(5, Outcome::Rejected, None, None),
        RequestRecord { appealed: true, ..at(6, Outcome::Cloud, None, None) },
        RequestRecord { measured: false, ..at(0, Outcome::Cloud, Some(4), Some(1e6)) },
    ];
    let digest = |digester: Digester| {
        let mut digester = digester;
        requests.iter().for_each(|r| digester.add(r, &Observation::clear(r.image), None));
        digester.finish(RunId { point: 1, policy: 2, replication: 4 }, point(), "split", None, &run_end())
    };
    let new = || Digester::new(Span::from_nanos(10_000 * MS), Spread::default());
    let with = digest(new().with_cuts());
    let counted = |bin, cut| analysis::cuts::CutCount { bin, cut, requests: 1 };
    let cuts = with.cuts.unwrap();
    assert_eq!(cuts.over_time, [counted(6, Some(4)), counted(15, None)]);
    assert_eq!(cuts.over_rate, [counted(9, None), counted(18, Some(4))]);
    assert_eq!(with.summary.cuts, [(Some(4), 1), (None, 1)]);
    let without = digest(new());
    assert!(without.cuts.is_none() && without.summary.cuts.is_empty());
}
