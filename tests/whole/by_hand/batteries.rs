//! Batteries: how full they are during a run, and how long they would last after it.

use std::fs;

use analysis::{BatteryLife, Known};
use tests::plan;

use super::{BASE, by_hand, close, run};
use crate::program::told;

/// Two batteries of half a watt hour and one of ten, a watt each: after half an hour of the hour, two are empty.
#[test]
fn a_battery_that_ran_empty_counts_among_the_others() {
    let text = "name: three
duration: 1 h
networks: {little: fmnist-little, big: fmnist-big}
devices:
  - {name: a, count: 2, hardware: {throughput: 1 GMAC/s, idle: 1 W, busy: 1 W}, battery: 0.5 Wh, link: l,
     arrivals: {poisson: 1 /min}}
  - {name: b, hardware: {throughput: 1 GMAC/s, idle: 1 W, busy: 1 W}, battery: 10 Wh, link: l,
     arrivals: {poisson: 1 /min}}
  - {name: mains, hardware: {throughput: 1 GMAC/s, idle: 1 W, busy: 1 W}, link: l, arrivals: {poisson: 1 /min}}
links:
  l:
    radio:
      {idle: 0 W, promotion: 0 s, promotion-power: 0 W, active: 0 W, per-bit-up: 0 nJ/bit, per-bit-down: 0 nJ/bit,
       tail: [{for: 1 ms, power: 0 W}]}
    uplink: 1 Mbps
    downlink: 1 Mbps
    rtt: 10 ms
cloud: {hardware: t4}
policies: [local-only]
";
    let plan = plan(text);
    let run = run(&plan);
    let lives: Vec<Option<BatteryLife>> = run.devices.iter().map(|device| device.life).collect();
    let hours =
        |life: &Option<BatteryLife>| life.map(|life| (life.known, (life.seconds.unwrap() / 3.6).round() / 1000.0));
    let (seen, ahead) = (Some((Known::Seen, 0.5)), Some((Known::Extrapolated, 10.0)));
    assert_eq!(lives.iter().map(hours).collect::<Vec<_>>(), [seen, seen, ahead, None]);
    // Of the three batteries' charge: two fall to nothing in half an hour, one loses a tenth in the hour.
    for moment in &run.timeline {
        let hours = moment.until_s / 3600.0;
        let expected = (2.0 * (1.0 - hours / 0.5).max(0.0) + (1.0 - hours / 10.0)) / 3.0;
        assert!(close(moment.battery.unwrap(), expected), "{moment:?}, not {expected}");
    }
    // The median of 0.5, 0.5 and 10 hours; of the one that is left it would be ten.
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("scenario.yaml"), text).unwrap();
    told(home.path(), &["run", "scenario.yaml"]);
    told(home.path(), &["export", "results/three", "--table", "summary", "--out", "summary.ndjson"]);
    let summary: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(home.path().join("summary.ndjson")).unwrap()).unwrap();
    assert_eq!(summary["battery_life_s"].as_f64().map(f64::round), Some(1800.0), "{summary}");
    assert!(summary["battery_life_extrapolated_s"].is_null(), "{summary}");
    assert_eq!((&summary["batteries"], &summary["batteries_empty"]), (&3.into(), &2.into()));
}

/// Of what the batteries give, 80 % reaches the devices. They draw a watt, and 0.4 J more for their request: 4 J by 3.6
/// s, for which a battery of 5 J gives all it has. One of 25 J gives 13 J for the 10.4 J of ten seconds; the other 12 J
/// last 12 / 1.3 s more, at 1.04 W.
#[test]
fn a_fifth_is_lost_in_conversion() {
    let ends = |capacity: &str| {
        let battery = format!("payload: 40 kB\n    battery: {{capacity: {capacity}, efficiency: 80 %}}");
        run(&by_hand("1", "local-only", &[("payload: 40 kB", &battery)])).devices[0].clone()
    };
    let small = ends("5 J");
    assert_eq!(small.died, Some(3_600_000_000));
    assert!(close(small.energy.total(), 4.0) && close(small.battery.unwrap().lost_in_conversion, 1.0), "{small:?}");
    let large = ends("25 J");
    assert!(close(large.battery.unwrap().left, 12.0) && close(large.energy.total(), 10.4), "{large:?}");
    assert!(close(large.life.unwrap().seconds.unwrap(), 10.0 + 12.0 / 1.3), "{large:?}");
}

/// Batteries of ten watt hours, at a watt. During the warm-up, an hour, a single request keeps the processor busy for
/// 2,000 s, at two watts more. After two hours 10 - 2 - 2 * 2,000 / 3,600 watt hours are left, and last as many hours.
#[test]
fn what_the_warm_up_draws_is_not_extrapolated() {
    let edits = [
        ("throughput: 10 MMAC/s", "throughput: 1000 MAC/s"),
        ("payload: 40 kB", "payload: 40 kB\n    battery: 10 Wh"),
        ("duration: 10 s", "duration: 2 h\nwarmup: 1 h"),
    ];
    let life = run(&by_hand("1", "local-only", &edits)).devices[0].life.unwrap();
    let expected = 2.0 + 10.0 - 2.0 - 2.0 * 2000.0 / 3600.0;
    let hours = life.seconds.unwrap() / 3600.0;
    assert!((hours - expected).abs() < 1e-6, "{hours}, not {expected} hours");
}

/// Nothing is drawn except from five to six o'clock: 3 kJ a day, for which two watts take 1,500 s. Of 10 kJ, 1 is left
/// after three days, which is a third of what that hour of the fourth day takes, however often the run shows it.
#[test]
fn a_battery_runs_empty_in_the_hour_that_draws_from_it() {
    assert!(BASE.contains("little-as-if: 2 MMAC"), "which takes 1,500 s");
    let once = "18000";
    let twice = "18000 104400";
    for (duration, arrivals) in [
        ("duration: 1 d", once),
        // Until the hour begins again, and until it has ended again.
        ("duration: 29 h", once),
        ("duration: 30 h", twice),
        // From the moment it begins, and after it has ended.
        ("duration: 30 h\nwarmup: 5 h", twice),
        ("duration: 30 h\nwarmup: 6 h", twice),
    ] {
        let edits = [
            (
                "throughput: 10 MMAC/s, idle: 1 W, busy: 3 W",
                "throughput: 1333.3333333333333 MAC/s, idle: 0 W, busy: 2 W",
            ),
            ("payload: 40 kB", "payload: 40 kB\n    battery: 10 kJ"),
            ("duration: 10 s", duration),
        ];
        let life = run(&by_hand(arrivals, "local-only", &edits)).devices[0].life.unwrap();
        // What an hour draws is spread over it.
        let expected = 3.0 * 24.0 + 5.0 + 1.0 / 3.0;
        let hours = life.seconds.unwrap() / 3600.0;
        assert!((hours - expected).abs() < 1e-6, "{duration}: {hours}, not {expected} hours");
        assert_eq!(life.known, Known::Guessed, "a recording that ends does not say what comes after it");
    }
}

/// Arrivals that follow the time of day are known once each of its hours was seen in full: a day from half past on is
/// not enough, half an hour more is.
#[test]
fn a_day_is_known_by_its_full_hours() {
    for (duration, known) in [("1470 min", Known::Guessed), ("1500 min", Known::Extrapolated)] {
        let edits = [
            ("{times: {file: arrivals.csv, end: stop}}", "{daily: [0 /s, 0.001 /s]}"),
            ("payload: 40 kB", "payload: 40 kB\n    battery: 100 Wh"),
            ("duration: 10 s", &format!("duration: {duration}\nwarmup: 30 min")),
        ];
        let life = run(&by_hand("1", "local-only", &edits)).devices[0].life.unwrap();
        assert_eq!(life.known, known, "{duration}");
    }
}
