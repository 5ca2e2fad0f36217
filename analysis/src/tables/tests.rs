//! Every column holds its own field, in the unit of its name: rows whose fields all differ are written as Parquet, read
//! back, and compared column by column.

use inference::Scores;
use serde_json::{Value, json};

use super::*;
use crate::measures::{BatteryLife, Excess, Known, OfferedLoad};
use crate::pairing::Pairing;
use crate::read::{Frame, read_table};
use crate::records::{BatteryRecord, GramsPerJoule};

/// What a file with these rows holds.
fn written<R>(table: Table<R>, rows: &[R]) -> Frame {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("table.parquet");
    table.write(rows, std::fs::File::create(&path).unwrap()).unwrap();
    read_table(&path, None).unwrap()
}

/// Compares a row with what is expected: every column, in order.
fn holds(frame: &Frame, row: usize, expected: &[(&str, Value)]) {
    let names: Vec<&str> = expected.iter().map(|(name, _)| *name).collect();
    assert_eq!(frame.names(), names);
    for ((name, expected), value) in expected.iter().zip(frame.row(row)) {
        match (value.as_f64(), expected.as_f64()) {
            (Some(value), Some(expected)) => assert!((value - expected).abs() < 1e-6, "{name}: {value}"),
            _ => assert_eq!(&value, expected, "{name}"),
        }
    }
    let distinct: std::collections::BTreeSet<String> = expected.iter().map(|(_, value)| value.to_string()).collect();
    let alike = expected.iter().filter(|(_, value)| value.is_boolean() || value.is_null()).count();
    assert!(distinct.len() + alike >= expected.len(), "two columns expect the same, so a mix-up would not be seen");
}

/// A dictionary of the row's own values, so that an expectation may leave out what it does not change.
fn changed<'a>(of: &[(&'a str, Value)], to: &[(&'a str, Value)]) -> Vec<(&'a str, Value)> {
    assert!(to.iter().all(|(name, _)| of.iter().any(|(other, _)| other == name)));
    let value_of = |name: &str, value: &Value| {
        to.iter().find(|(other, _)| *other == name).map_or_else(|| value.clone(), |(_, value)| value.clone())
    };
    of.iter().map(|(name, value)| (*name, value_of(name, value))).collect()
}

fn run_key() -> RunKey {
    RunKey { policy: "a policy".into(), replication: 97 }
}

/// It takes 2.5 s from its arrival at 1,000,000,001 ns. The joules add up to 31: 1 + 2 + 4 + 8 + 16.
#[test]
fn a_request_s_columns_hold_its_fields() {
    let scores = Score::all().zip(1..).fold(Scores::default(), |all, (score, n)| all.with(score, 0.125 * n as f32));
    let full = RequestRecord {
        request: 101,
        device: 102,
        image: 103,
        label: 104,
        degradation: Some(("blur", 1.25)),
        little_right: true,
        big_right: false,
        outcome: Outcome::Cloud,
        measured: true,
        appealed: false,
        radio: Some("tail"),
        attempts: 105,
        segments: 113,
        offload: Some(114),
        cut: Some(117),
        uplink_rate: Some(9.9),
        way: Some(115),
        tier: Some(Tier::EdgeServer),
        batch: Some(106),
        edge_class: Some(107),
        edge_server_class: Some(116),
        cloud_class: Some(108),
        answer: Some(109),
        in_time: Some(true),
        scores,
        arrival: 1_000_000_001,
        edge_start: Some(1_100_000_002),
        edge_done: Some(1_200_000_003),
        prepare_start: Some(1_210_000_011),
        prepare_done: Some(1_220_000_012),
        retried: Some(1_300_000_004),
        send_start: Some(1_400_000_005),
        send_done: Some(1_500_000_006),
        edge_server_arrival: Some(1_510_000_014),
        passed_on: Some(1_520_000_015),
        cloud_arrival: Some(1_600_000_007),
        cloud_ready: Some(1_650_000_013),
        cloud_start: Some(1_700_000_008),
        cloud_done: Some(1_800_000_009),
        answer_arrival: Some(1_900_000_010),
        receive_start: Some(1_950_000_016),
        end: Some(3_500_000_001),
        send_pauses: 112,
        uplink_bytes: 110,
        resent_bytes: 118,
        recovery: 119,
        downlink_bytes: 111,
        energy: EnergyParts {
            compute: 1.0,
            prepare: 64.0,
            transmit: 2.0,
            receive: 4.0,
            promotion: 8.0,
            tail: 16.0,
            idle: 0.0,
        },
    };
    let before = [
        ("policy", json!("a policy")),
        ("replication", json!(97)),
        ("request", json!(101)),
        ("device", json!(102)),
        ("image", json!(103)),
        ("label", json!(104)),
        ("degradation", json!("blur")),
        ("degradation_strength", json!(1.25)),
        ("little_right", json!(true)),
        ("big_right", json!(false)),
        ("outcome", json!("cloud")),
        ("measured", json!(true)),
        ("appealed", json!(false)),
        ("radio", json!("tail")),
        ("attempts", json!(105)),
        ("tier", json!("edge-server")),
        ("segments", json!(113)),
        ("offload", json!(114)),
        ("cut", json!(117)),
        ("uplink_bps", json!(9.9)),
        ("way", json!(115)),
        ("edge_class", json!(107)),
        ("edge_server_class", json!(116)),
        ("cloud_class", json!(108)),
        ("answer", json!(109)),
        ("correct", json!(false)),
        ("in_time", json!(true)),
    ];
    // A column for each score of the list, whose values are an eighth, two eighths, and so on.
    let scores = Score::all().zip(1..).map(|(score, n)| (score.column(), json!(0.125 * f64::from(n))));
    let after = [
        ("arrival_ns", json!(1_000_000_001)),
        ("edge_start_ns", json!(1_100_000_002)),
        ("edge_done_ns", json!(1_200_000_003)),
        ("prepare_start_ns", json!(1_210_000_011)),
        ("prepare_done_ns", json!(1_220_000_012)),
        ("retried_ns", json!(1_300_000_004)),
        ("send_start_ns", json!(1_400_000_005)),
        ("send_done_ns", json!(1_500_000_006)),
        ("send_pauses_ns", json!(112)),
        ("edge_server_arrival_ns", json!(1_510_000_014)),
        ("passed_on_ns", json!(1_520_000_015)),
        ("cloud_arrival_ns", json!(1_600_000_007)),
        ("cloud_ready_ns", json!(1_650_000_013)),
        ("cloud_start_ns", json!(1_700_000_008)),
        ("cloud_done_ns", json!(1_800_000_009)),
        ("batch", json!(106)),
        ("answer_arrival_ns", json!(1_900_000_010)),
        ("receive_start_ns", json!(1_950_000_016)),
        ("end_ns", json!(3_500_000_001_u64)),
        ("latency_s", json!(2.5)),
        ("uplink_bytes", json!(110)),
        ("resent_bytes", json!(118)),
        ("recovery_ns", json!(119)),
        ("downlink_bytes", json!(111)),
        ("compute_j", json!(1.0)),
        ("prepare_j", json!(64.0)),
        ("transmit_j", json!(2.0)),
        ("receive_j", json!(4.0)),
        ("promotion_j", json!(8.0)),
        ("tail_j", json!(16.0)),
        ("energy_j", json!(95.0)),
    ];
    let expected: Vec<(&str, Value)> = before.into_iter().chain(scores).chain(after).collect();
    // Each yes or no alone: the columns of all the others must stay as they are.
    type Turn = fn(&mut RequestRecord);
    let flags: [(&str, Turn); 5] = [
        ("little_right", |r| r.little_right = false),
        ("big_right", |r| r.big_right = true),
        ("measured", |r| r.measured = false),
        ("appealed", |r| r.appealed = true),
        ("in_time", |r| r.in_time = Some(false)),
    ];
    let mut rows = vec![full.clone()];
    for (_, turn) in flags {
        rows.push(full.clone());
        turn(rows.last_mut().unwrap());
    }
    rows.push(RequestRecord { answer: Some(104), ..full.clone() });
    let frame = written(requests(&run_key()), &rows);
    assert_eq!(frame.len(), 7);
    holds(&frame, 0, &expected);
    for (row, (flag, _)) in flags.iter().enumerate() {
        let before = expected.iter().find(|(name, _)| name == flag).unwrap().1.as_bool().unwrap();
        assert_eq!(frame.flag(row + 1, flag), Some(!before), "{flag}");
        let others = frame.names().into_iter().filter(|name| name != flag);
        others.for_each(|name| assert_eq!(frame.flag(row + 1, &name), frame.flag(0, &name), "{flag} changes {name}"));
    }
    assert_eq!((frame.flag(6, "correct"), frame.count(6, "answer")), (Some(true), Some(104)));
}

/// What was never reached is null, not 0.
#[test]
fn what_a_request_lacks_is_null() {
    let bare = RequestRecord { request: 1, device: 2, image: 3, label: 4, arrival: 5, ..RequestRecord::default() };
    let frame = written(requests(&run_key()), &[bare]);
    let with: Vec<String> = frame
        .names()
        .into_iter()
        .zip(frame.row(0))
        .filter(|(_, value)| !value.is_null())
        .map(|(name, _)| name)
        .collect();
    assert_eq!(
        with,
        [
            "policy",
            "replication",
            "request",
            "device",
            "image",
            "label",
            "degradation",
            "little_right",
            "big_right",
            "outcome",
            "measured",
            "appealed",
            "attempts",
            "segments",
            "correct",
            "arrival_ns",
            "send_pauses_ns",
            "uplink_bytes",
            "resent_bytes",
            "recovery_ns",
            "downlink_bytes",
            "compute_j",
            "prepare_j",
            "transmit_j",
            "receive_j",
            "promotion_j",
            "tail_j",
            "energy_j"
        ]
    );
    assert_eq!(frame.text(0, "degradation").unwrap(), "none");
    assert_eq!(frame.text(0, "outcome").unwrap(), "unfinished");
    assert_eq!(frame.flag(0, "correct"), Some(false), "no answer is no right answer");
}

/// Joules in all: 1 + 2 + 4 + 8 + 16 + 32 + 64 = 127.
#[test]
fn a_device_s_columns_hold_its_fields() {
    let dead = DeviceRecord {
        device: 201,
        group: "camera".into(),
        requests: 202,
        energy: EnergyParts {
            compute: 1.0,
            prepare: 64.0,
            transmit: 2.0,
            receive: 4.0,
            promotion: 8.0,
            tail: 16.0,
            idle: 32.0,
        },
        attributed: 30.5,
        battery: Some(BatteryRecord {
            usable: 70.5,
            left: 71.5,
            harvested: 72.5,
            spilled: 73.5,
            drained: 74.5,
            lost_in_conversion: 75.5,
        }),
        died: Some(9_000_000_000),
        life: Some(BatteryLife { seconds: Some(9.0), known: Known::Seen }),
        processor_busy: 0.75,
        uplink_bytes: 203,
    };
    let outlives = DeviceRecord {
        died: None,
        life: Some(BatteryLife { seconds: Some(5000.5), known: Known::Extrapolated }),
        ..dead.clone()
    };
    let without = DeviceRecord { battery: None, died: None, life: None, ..dead.clone() };
    let expected = [
        ("policy", json!("a policy")),
        ("replication", json!(97)),
        ("device", json!(201)),
        ("group", json!("camera")),
        ("requests", json!(202)),
        ("compute_j", json!(1.0)),
        ("prepare_j", json!(64.0)),
        ("transmit_j", json!(2.0)),
        ("receive_j", json!(4.0)),
        ("promotion_j", json!(8.0)),
        ("tail_j", json!(16.0)),
        ("idle_j", json!(32.0)),
        ("energy_j", json!(127.0)),
        ("attributed_j", json!(30.5)),
        ("battery_j", json!(70.5)),
        ("battery_left_j", json!(71.5)),
        ("harvested_j", json!(72.5)),
        ("spilled_j", json!(73.5)),
        ("drained_j", json!(74.5)),
        ("conversion_j", json!(75.5)),
        ("died_ns", json!(9_000_000_000_u64)),
        ("battery_life_s", json!(9.0)),
        ("battery_life_extrapolated_s", Value::Null),
        ("battery_life_known", json!("seen")),
        ("processor_busy", json!(0.75)),
        ("uplink_bytes", json!(203)),
    ];
    let frame = written(devices(&run_key()), &[dead, outlives, without]);
    holds(&frame, 0, &expected);
    let ahead = [
        ("died_ns", Value::Null),
        ("battery_life_s", Value::Null),
        ("battery_life_extrapolated_s", json!(5000.5)),
        ("battery_life_known", json!("extrapolated")),
    ];
    holds(&frame, 1, &changed(&expected, &ahead));
    let batteries = ["battery_j", "battery_left_j", "harvested_j", "spilled_j", "drained_j", "conversion_j", "died_ns"];
    let lives = ["battery_life_s", "battery_life_extrapolated_s", "battery_life_known"];
    let none: Vec<(&str, Value)> = batteries.into_iter().chain(lives).map(|name| (name, Value::Null)).collect();
    holds(&frame, 2, &changed(&expected, &none));
}

fn summary_row() -> SummaryRecord {
    let load = |server: &str, times| OfferedLoad { server: server.into(), times, excess: Excess::Waits };
    SummaryRecord {
        point: 301,
        settings: vec!["2 Mbps".into(), "wifi".into()],
        setting_values: vec![Some(2e6), None],
        policy: "the policy".into(),
        replication: 302,
        threshold: Some(0.01),
        requests: 303,
        outcomes: [401, 402, 403, 404, 405, 406, 407, 408, 409],
        by_edge_servers: Some(399),
        accuracy: Some(0.11),
        little_accuracy: Some(0.12),
        big_accuracy: Some(0.13),
        accuracy_gain: Some(0.14),
        appeal_rate: Some(0.15),
        pairing: Pairing { both: 7.0, only_little: 1.0, only_big: 3.0, neither: 1.0 },
        appealed: Pairing { both: 2.0, only_little: 1.0, only_big: 9.0, neither: 4.0 },
        energy: Some(0.16),
        unanswered: Some(0.17),
        latency_p50: Some(Percentile::Exactly(0.18)),
        latency_p95: Some(Percentile::Exactly(0.19)),
        latency_p99: Some(Percentile::Exactly(0.20)),
        deadline_misses: Some(0.21),
        uplink_bytes: Some(0.22),
        batteries: 304,
        batteries_empty: 305,
        first_battery_empty: Some(0.23),
        battery_life: Some(BatteryLife { seconds: Some(0.24), known: Known::Seen }),
        attempts: Some(0.25),
        cloud_busy: 0.26,
        cloud_servers: 0.27,
        edge_busy: Some(0.28),
        cloud_energy: Some(0.29),
        cloud_cost: Some(0.30),
        grid: Some(GramsPerJoule { devices: 2.0, servers: 3.0 }),
        loads: vec![load("the uplink", 0.31), load("the cloud", 0.33), load("the processor", 0.32)],
        cuts: vec![(Some(1), 9)],
        responses: crate::responses::Responses::default(),
    }
}

/// The heaviest of its three loads, 0.33, is on the cloud.
#[test]
fn a_run_s_columns_hold_its_fields() {
    let expected = [
        ("point", json!(301)),
        ("links.wifi.uplink", json!("2 Mbps")),
        ("links.wifi.uplink value", json!(2e6)),
        ("links.wifi.radio", json!("wifi")),
        ("links.wifi.radio value", Value::Null),
        ("policy", json!("the policy")),
        ("replication", json!(302)),
        ("threshold", json!(0.01)),
        ("requests", json!(303)),
        ("ended_edge", json!(401)),
        ("ended_cloud", json!(402)),
        ("ended_edge_server", json!(399)),
        ("ended_timed_out_edge", json!(403)),
        ("ended_timed_out", json!(404)),
        ("ended_refused_edge", json!(405)),
        ("ended_refused", json!(406)),
        ("ended_rejected", json!(407)),
        ("ended_device_dead", json!(408)),
        ("unfinished", json!(409)),
        ("accuracy", json!(0.11)),
        ("little_accuracy", json!(0.12)),
        ("big_accuracy", json!(0.13)),
        ("accuracy_gain", json!(0.14)),
        ("appeal_rate", json!(0.15)),
        ("breakage", json!(0.125)),
        ("recovery", json!(0.75)),
        ("beneficial_appeals", json!(0.5625)),
        ("futile_appeals", json!(0.375)),
        ("harmful_appeals", json!(0.0625)),
        ("energy_per_request_j", json!(0.16)),
        ("unanswered", json!(0.17)),
        ("latency_p50_s", json!(0.18)),
        ("latency_p50_at_least_s", Value::Null),
        ("latency_p95_s", json!(0.19)),
        ("latency_p95_at_least_s", Value::Null),
        ("latency_p99_s", json!(0.20)),
        ("latency_p99_at_least_s", Value::Null),
        ("deadline_misses", json!(0.21)),
        ("uplink_bytes_per_request", json!(0.22)),
        ("batteries", json!(304)),
        ("batteries_empty", json!(305)),
        ("first_battery_empty_s", json!(0.23)),
        ("battery_life_s", json!(0.24)),
        ("battery_life_extrapolated_s", Value::Null),
        ("battery_life_known", json!("seen")),
        ("attempts_per_appeal", json!(0.25)),
        ("cloud_busy", json!(0.26)),
        ("cloud_servers", json!(0.27)),
        ("edge_busy", json!(0.28)),
        ("cloud_energy_per_request_j", json!(0.29)),
        ("cloud_cost_per_request", json!(0.30)),
        ("heaviest_load", json!(0.33)),
        ("heaviest_load_on", json!("the cloud")),
        // 0.16 J at 2 g/J; 0.29 J at 3 g/J.
        ("co2_per_request_g", json!(0.32)),
        ("cloud_co2_per_request_g", json!(0.29 * 3.0)),
    ];
    // Percentiles among requests without an answer are bounds, and a life that outlasts the run is extrapolated.
    let bounds = SummaryRecord {
        latency_p50: Some(Percentile::AtLeast(7.1)),
        latency_p95: Some(Percentile::AtLeast(7.2)),
        latency_p99: Some(Percentile::Never(7.3)),
        battery_life: Some(BatteryLife { seconds: Some(7.4), known: Known::Guessed }),
        ..summary_row()
    };
    let axes = ["links.wifi.uplink".to_owned(), "links.wifi.radio".to_owned()];
    let frame = written(summary(&axes, true), &[summary_row(), bounds, SummaryRecord::default()]);
    holds(&frame, 0, &expected);
    let bounded = [
        ("latency_p50_s", Value::Null),
        ("latency_p50_at_least_s", json!(7.1)),
        ("latency_p95_s", Value::Null),
        ("latency_p95_at_least_s", json!(7.2)),
        ("latency_p99_s", Value::Null),
        ("latency_p99_at_least_s", json!(7.3)),
        ("battery_life_s", Value::Null),
        ("battery_life_extrapolated_s", json!(7.4)),
        ("battery_life_known", json!("guessed")),
    ];
    holds(&frame, 1, &changed(&expected, &bounded));
    let nulls = frame.row(2).iter().filter(|value| value.is_null()).count();
    assert_eq!(nulls, 36, "every figure that was not observed is null, and no count is");
}

#[test]
fn an_epoch_s_columns_hold_its_fields() {
    let epoch = EpochRecord {
        stage: "joint",
        epoch: 501,
        loss: 0.5,
        train_accuracy: 0.25,
        held_out_accuracy: 0.125,
        mean_q: 0.75,
    };
    let expected = [
        ("stage", json!("joint")),
        ("epoch", json!(501)),
        ("loss", json!(0.5)),
        ("train_accuracy", json!(0.25)),
        ("held_out_accuracy", json!(0.125)),
        ("mean_q", json!(0.75)),
    ];
    holds(&written(training(), &[epoch]), 0, &expected);
}

/// A unit in a name is the unit of the values: nanoseconds, seconds, joules, as whole numbers or not.
#[test]
fn names_end_in_the_unit_of_their_type() {
    fn check<R>(table: &Table<R>) {
        for column in &table.columns {
            let stamp = matches!(column.values, Values::Count(_) | Values::MaybeCount(_));
            let measured = matches!(column.values, Values::Number(_) | Values::MaybeNumber(_));
            let ending = column.name.rsplit('_').next().unwrap();
            match ending {
                "ns" => assert!(stamp, "{}", column.name),
                "s" | "j" | "g" => assert!(measured, "{}", column.name),
                _ => {}
            }
        }
    }
    let run = RunKey::default();
    check(&requests(&run));
    check(&devices(&run));
    check(&summary(&[], true));
}
