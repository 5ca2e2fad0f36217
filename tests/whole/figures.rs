//! No figure misleads: each is compared with one worked out by hand, where the obvious computation would give another.

use std::fs;
use std::path::Path;

use analysis::{BatteryLife, Known};
use scenarios::plan::Plan;
use scenarios::policies::Calibration;
use tests::{Records, little_takes, plan, records, small_scenario};

use crate::program::{appealsim, told};

/// A run of the policy of that number.
fn run(plan: &Plan, policy: usize) -> Records {
    records(plan, &plan.policies[policy].build(&Calibration::NONE).unwrap(), 0)
}

fn error(home: &Path, arguments: &[&str]) -> String {
    String::from_utf8(appealsim(home, arguments).assert().failure().get_output().stderr.clone()).unwrap()
}

/// A text without its line breaks and box-drawing characters.
fn flat(text: &str) -> String {
    text.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ")
}

fn home_with(text: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("scenario.yaml"), text).unwrap();
    home
}

/// A node that always draws one watt, with four watts of sun from 8 to 16 h.
fn solar(duration: &str, rest: &str) -> String {
    let sun = [["0 W"; 8].join(", "), ["4 W"; 8].join(", "), ["0 W"; 8].join(", ")].join(", ");
    format!(
        "name: solar
duration: {duration}
{rest}
networks: {{little: fmnist-little, big: fmnist-big}}
devices:
  - name: node
    count: 2
    hardware: {{throughput: 1 GMAC/s, idle: 1 W, busy: 1 W}}
    battery: {{capacity: 10 Wh, harvest: [{sun}]}}
    link: wire
    arrivals: {{poisson: 1 /min}}
links:
  wire: {{radio: ethernet, uplink: 1 Mbps, downlink: 1 Mbps, rtt: 10 ms}}
cloud: {{hardware: t4}}
policies: [local-only]
"
    )
}

fn lives(plan: &Plan) -> Vec<BatteryLife> {
    run(plan, 0).devices.iter().map(|device| device.life.unwrap()).collect()
}

/// The battery lasts ten hours, but the sun fills it by 10:40 and leaves it full at 16 h: it is empty at 26 h, whenever
/// the run ends.
#[test]
fn a_battery_life_does_not_depend_on_the_duration() {
    let idle = "links.wire.radio";
    for duration in ["1 h", "7 h", "12 h", "24 h", "25 h", "30 h"] {
        let mut plan = plan(&solar(duration, ""));
        plan.links[0].radio.idle = device_models::units::Power::new(0.0);
        for life in lives(&plan) {
            let hours = life.seconds.unwrap() / 3600.0;
            assert!((hours - 26.0).abs() < 1e-6, "after {duration}, without {idle}: {hours} h");
            assert_eq!(life.known, if duration == "30 h" { Known::Seen } else { Known::Extrapolated });
        }
    }
    // What is drawn during the warm-up is spent, but does not count for the extrapolation, as it does not for
    // latencies.
    let mut warm = plan(&solar("3 h", "warmup: 1 h"));
    warm.links[0].radio.idle = device_models::units::Power::new(0.0);
    assert!(lives(&warm).iter().all(|life| (life.seconds.unwrap() / 3600.0 - 26.0).abs() < 1e-6));
}

/// By day as much is harvested as is spent by night and day.
#[test]
fn a_battery_that_gets_enough_is_never_empty() {
    let text = solar("1 h", "").replace("10 Wh", "40 Wh");
    assert_eq!(lives(&plan(&text)), [BatteryLife { seconds: None, known: Known::Extrapolated }; 2]);
    let home = home_with(&text);
    let told = told(home.path(), &["run", "scenario.yaml"]);
    assert!(told.contains(" never\n") && told.contains("never (battery): over a day"), "{told}");
}

/// No requests until noon, then one every two seconds, of 0.49 s at two watts: of 20 Wh, 5.9 are spent per day, and
/// those of the fourth day after 4.6 of its 12 hours. A run of whole days shows that; a run of an hour only saw an idle
/// device.
#[test]
fn a_load_that_follows_the_hour_is_repeated_or_guessed() {
    let lives_of = |duration: &str| {
        let text = solar(duration, "")
            .replace("poisson: 1 /min", "daily: [0 /s, 0.5 /s]")
            .replace("1 GMAC/s, idle: 1 W, busy: 1 W", "1 MMAC/s, idle: 0 W, busy: 2 W");
        let start = text.find("battery: {").unwrap();
        let end = start + text[start..].find('\n').unwrap();
        let mut plan = plan(&text.replace(&text[start..end], "battery: 20 Wh"));
        plan.links[0].radio.idle = device_models::units::Power::new(0.0);
        let takes = little_takes(&plan, &plan.groups[0]).as_secs();
        (lives(&plan), 3.0 * 24.0 + 12.0 + (20.0 / (2.0 * 0.5 * takes) - 36.0))
    };
    for duration in ["24 h", "2 d"] {
        let (lives, expected) = lives_of(duration);
        for life in lives {
            let hours = life.seconds.unwrap() / 3600.0;
            assert!((hours - expected).abs() < 1.5, "{hours} h, not {expected} h");
            assert_eq!(life.known, Known::Extrapolated);
        }
    }
    for (duration, never) in [("1 h", true), ("23 h", false)] {
        let (lives, _) = lives_of(duration);
        assert!(lives.iter().all(|life| life.known == Known::Guessed && life.seconds.is_none() == never), "{lives:?}");
    }
}

/// One battery lasts half an hour, another ten: no mean is taken of the two.
#[test]
fn empty_batteries_are_reported_separately() {
    let text = "name: two
duration: 1 h
networks: {little: fmnist-little, big: fmnist-big}
devices:
  - {name: a, hardware: {throughput: 1 GMAC/s, idle: 1 W, busy: 1 W}, battery: 0.5 Wh, link: l, arrivals: {poisson: 1 /min}}
  - {name: b, count: 2, hardware: {throughput: 1 GMAC/s, idle: 1 W, busy: 1 W}, battery: 10 Wh, link: l, arrivals: {poisson: 1 /min}}
links:
  l:
    radio: {idle: 0 W, promotion: 0 s, promotion-power: 0 W, active: 0 W, per-bit-up: 0 nJ/bit, per-bit-down: 0 nJ/bit, tail: [{for: 1 ms, power: 0 W}]}
    uplink: 1 Mbps
    downlink: 1 Mbps
    rtt: 10 ms
cloud: {hardware: t4}
policies: [local-only]
";
    let home = home_with(text);
    let text = told(home.path(), &["run", "scenario.yaml"]);
    assert!(text.contains(" ~ 10.0") && text.contains("\n~: when half of the batteries"), "{text}");
    let text = flat(&text);
    let died = "Under local-only, 1 of 3 batteries were empty before the run ended, the first after 30 min.";
    assert!(text.contains(died), "{text}");
    let rows = |table: &str| -> Vec<serde_json::Value> {
        told(home.path(), &["export", "results/two", "--table", table, "--out", "out.ndjson"]);
        let text = fs::read_to_string(home.path().join("out.ndjson")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let hours =
        |row: &serde_json::Value, name: &str| row[name].as_f64().map(|seconds| (seconds / 36.0).round() / 100.0);
    let lives: Vec<_> = rows("devices")
        .iter()
        .map(|row| {
            let known = row["battery_life_known"].as_str().unwrap().to_owned();
            (hours(row, "battery_life_s"), hours(row, "battery_life_extrapolated_s"), known)
        })
        .collect();
    let ten = (None, Some(10.0), "extrapolated".to_owned());
    assert_eq!(lives, [(Some(0.5), None, "seen".to_owned()), ten.clone(), ten]);
    let summary = &rows("summary")[0];
    assert_eq!((&summary["batteries"], &summary["batteries_empty"]), (&3.into(), &1.into()));
    assert_eq!(hours(summary, "first_battery_empty_s"), Some(0.5));
    assert_eq!((hours(summary, "battery_life_s"), hours(summary, "battery_life_extrapolated_s")), (None, Some(10.0)));
}

/// A request every second that takes 1.5 s: half of the sixty take no more than 16.25 s, if those without an answer
/// count, and the cloud is named. From the forty answers alone, it would be 11 s.
#[test]
fn percentiles_under_overload_are_over_all_requests() {
    let home = home_with(
        "name: o
duration: 61 s
networks: {little: fmnist-little, big: fmnist-big}
devices:
  - {name: cam, hardware: raspberry-pi-4, link: l, arrivals: {times: {file: each.csv, end: stop}}, payload: 125 B, answer: 125 B}
links:
  l: {radio: wifi, uplink: 1 Gbps, downlink: 1 Gbps, rtt: 2 ms}
cloud: {hardware: {throughput: 100 TMAC/s, launch: 1500 ms}}
policies: [offload-all]
",
    );
    let each: String = (1..=60).map(|second| format!("{second}\n")).collect();
    fs::write(home.path().join("each.csv"), each).unwrap();
    let text = flat(&told(home.path(), &["run", "scenario.yaml"]));
    let named = "The cloud is offered 1.5 times what it can do: queues grow as long as the run lasts, and latencies";
    assert!(text.contains(named), "{text}");
    told(home.path(), &["export", "results/o", "--table", "summary", "--out", "summary.ndjson"]);
    let summary: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(home.path().join("summary.ndjson")).unwrap()).unwrap();
    let figure = |name: &str| summary[name].as_f64().unwrap_or_else(|| panic!("{name} in {summary}"));
    // The radio and the round trip add a little; a sketch is accurate to half a per cent.
    assert!((figure("latency_p50_s") / 16.25 - 1.0).abs() < 0.02, "{summary}");
    assert!((figure("unanswered") - 20.0 / 60.0).abs() < 0.02, "{summary}");
    assert!((figure("heaviest_load") - 60.0 / 61.0 * 1.5).abs() < 0.01, "{summary}");
    assert_eq!(summary["heaviest_load_on"], "the cloud");
}

/// Devices give up on most of their requests: the median request has no answer at all.
#[test]
fn a_percentile_among_those_that_gave_up_is_never() {
    let home = home_with(&small_scenario(&[
        ("uplink: 18.9 Mbps", "uplink: 500 kbps"),
        ("payload: 40 kB", "payload: 40 kB\n    timeout: 600 ms"),
        ("duration: 20 s", "duration: 2 min"),
    ]));
    let text = told(home.path(), &["run", "scenario.yaml"]);
    let row = text.lines().find(|line| line.trim_start().starts_with("offload-all")).unwrap();
    assert!(row.contains(" never "), "{text}");
    assert!(text.contains("\nnever: percentiles are over all requests"), "{text}");
    let uplink = "Under offload-all, the camera's uplink over wifi is offered 1.3 times what it can do: ";
    assert!(text.contains(uplink) && flat(&text).contains("the rest is turned away or given up on."), "{text}");
}

/// In a sweep, the affected points are counted.
#[test]
fn a_sweep_names_what_cannot_keep_up() {
    let home = home_with(&small_scenario(&[
        ("policies:", "sweep:\n  - {set: links.wifi.uplink, to: [400 kbps, 18.9 Mbps]}\npolicies:"),
        ("duration: 20 s", "duration: 60 s"),
    ]));
    let text = flat(&told(home.path(), &["run", "scenario.yaml"]));
    let named =
        "The camera's uplink over wifi is offered more than it can do at 1 of 2 points, at most 1.6 times as much:";
    assert!(text.contains(named), "{text}");
}

/// Everything that serves, each offered 0.9, 0.99 and 1.5 times what it can do; also when arrivals are random.
#[test]
fn loads_are_multiples_of_what_can_be_done() {
    let times = |text: &str, server: &str| {
        let plan = plan(text);
        let loads = run(&plan, 0).loads;
        loads.iter().find(|load| load.server == server).map_or(0.0, |load| load.times)
    };
    let base = |policy: &str, edits: &[(&str, &str)]| {
        let alone = [
            ("  - local-only\n  - offload-all\n  - appealnet: {delta: 0.5}\n", policy),
            ("radio: wifi", "radio: ethernet"),
            ("duration: 20 s", "duration: 2 min"),
        ];
        small_scenario(&[&alone, edits].concat())
    };
    let small = plan(&small_scenario(&[]));
    let takes = little_takes(&small, &small.groups[0]).as_secs();
    for load in [0.9, 0.99, 1.5] {
        // The processor: one at a time.
        let arrivals = format!("poisson: {} /s", load / takes);
        let text = base("  - local-only\n", &[("poisson: 2 /s", &arrivals), ("duration: 2 min", "duration: 2 s")]);
        let told = times(&text, "the camera's processor");
        assert!((told - load).abs() < 1e-6, "processor: {told}, not {load}");
        // An uplink of 3.2 Mbps takes ten transfers of 40 kB a second.
        let arrivals = format!("poisson: {} /s", 10.0 * load);
        let edits = [("poisson: 2 /s", arrivals.as_str()), ("uplink: 18.9 Mbps", "uplink: 3.2 Mbps")];
        let told = times(&base("  - offload-all\n", &edits), "the camera's uplink over wifi");
        assert!((told - load).abs() < 1e-3, "uplink: {told}, not {load}");
        // A cell of 9.6 Mbps for three of them.
        let edits =
            [("poisson: 2 /s", arrivals.as_str()), ("uplink: 18.9 Mbps", "uplink: 18.9 Mbps\n    cell: 9.6 Mbps")];
        let told = times(&base("  - offload-all\n", &edits), "the cell of wifi");
        assert!((told - load).abs() < 1e-3, "cell: {told}, not {load}");
        // Two servers that take four at a time in 100 ms: 80 a second, of three cameras.
        let arrivals = format!("poisson: {} /s", 80.0 / 3.0 * load);
        let servers = "hardware: {throughput: 1 TMAC/s, launch: 100 ms}, servers: 2, batch: {max: 4, wait: 10 ms}";
        let edits =
            [("poisson: 2 /s", arrivals.as_str()), ("hardware: t4", servers), ("payload: 40 kB", "payload: 1 kB")];
        let told = times(&base("  - offload-all\n", &edits), "the cloud");
        assert!((told - load).abs() < 0.005, "cloud: {told}, not {load}");
        // An edge server of ten per second before it: what finds it full is forwarded, and only counts for the cloud.
        let arrivals = format!("poisson: {} /s", 10.0 / 3.0 * load);
        let edge = "rtt: 20 ms\n    edge: {hardware: {throughput: 1 TMAC/s, launch: 100 ms}, rtt: 2 ms, queue: 4}";
        let edits = [("poisson: 2 /s", arrivals.as_str()), ("rtt: 20 ms", edge), ("payload: 40 kB", "payload: 1 kB")];
        let told = times(&base("  - offload-all\n", &edits), "the edge of wifi");
        assert!((told - load).abs() < 0.005, "edge: {told}, not {load}");
    }
}

/// Batteries that last 36 s of an hour: while it is alive, a device is offered what its arrivals and its answers make
/// of it, however many requests come after its end.
#[test]
fn what_comes_after_a_battery_s_end_is_no_load() {
    let base = "name: short
duration: 1 h
networks: {little: fmnist-little, big: fmnist-big}
devices:
  - name: node
    count: 3
    hardware: {throughput: 1 MMAC/s, idle: 1 W, busy: 1 W}
    battery: 0.01 Wh
    link: wire
    arrivals: {poisson: 0.6 /s}
    payload: 40 kB
links:
  wire:
    radio: {idle: 0 W, promotion: 0 s, promotion-power: 0 W, active: 0 W, per-bit-up: 0 nJ/bit, per-bit-down: 0 nJ/bit, tail: [{for: 1 ms, power: 0 W}]}
    uplink: 1 Mbps
    downlink: 1 Mbps
    rtt: 10 ms
cloud: {hardware: t4}
policies: [local-only, offload-all]
";
    let plan = plan(base);
    let times = |policy: usize, server: &str| {
        let records = run(&plan, policy);
        assert!(records.devices.iter().all(|device| (device.died.unwrap() as f64 * 1e-9 - 36.0).abs() < 1e-6));
        records.loads.iter().find(|load| load.server == server).map_or(0.0, |load| load.times)
    };
    let (takes, told) = (little_takes(&plan, &plan.groups[0]).as_secs(), times(0, "the node's processor"));
    assert!(takes > 0.1 && (told - 0.6 * takes).abs() < 1e-6, "{told}, not {}", 0.6 * takes);
    // 0.6 transfers of 320 kbit a second; the last few may not be begun.
    let told = times(1, "the node's uplink over wire");
    assert!((told - 0.6 * 0.32).abs() < 0.02, "{told}");
}

/// Batteries last a sixth of the run. What was lost with them does not count as kept: the share kept is that of the
/// requests answered at the edge, and none under offload-all.
#[test]
fn what_is_lost_is_not_kept() {
    let home = home_with(&small_scenario(&[
        ("payload: 40 kB", "payload: 40 kB\n    battery: 0.03 Wh"),
        ("duration: 20 s", "duration: 2 min"),
    ]));
    told(home.path(), &["run", "scenario.yaml"]);
    told(home.path(), &["plot", "results/small", "--kind", "kept", "--out", "kept.svg"]);
    let chart = fs::read_to_string(home.path().join("kept.svg")).unwrap();
    let kept = |policy: &str| -> f64 {
        let tip = chart.split("<title>").find(|tip| tip.starts_with(&format!("{policy}\n"))).unwrap();
        let (_, kept) = tip.split_once("kept at the edge ").unwrap();
        kept.split([' ', '<']).next().unwrap().parse().unwrap()
    };
    told(home.path(), &["export", "results/small", "--table", "requests", "--out", "requests.ndjson"]);
    let text = fs::read_to_string(home.path().join("requests.ndjson")).unwrap();
    let rows: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for policy in ["local-only", "offload-all", "appealnet delta 0.5"] {
        let of_policy = || rows.iter().filter(|row| row["policy"] == policy);
        let edge = of_policy().filter(|row| row["outcome"] == "edge").count();
        assert!(of_policy().any(|row| row["outcome"] == "device-dead"), "{policy}: no battery ran empty");
        let share = edge as f64 / of_policy().count() as f64 * 100.0;
        assert!((kept(policy) - share).abs() < 0.1, "{policy}: {} %, not {share} %", kept(policy));
    }
    assert_eq!(kept("offload-all"), 0.0);
}

/// The networks are swapped, so that the one in the cloud is the worse one.
#[test]
fn there_is_no_acci_if_the_cloud_is_no_better() {
    let swapped = [
        ("{little: fmnist-little, big: fmnist-big}", "{little: fmnist-big, big: fmnist-little}"),
        ("appealnet: {delta: 0.5}", "confidence: {score: margin, appeal-rate: 5 %}"),
    ];
    let home = home_with(&small_scenario(&swapped));
    let evaluated = flat(&told(home.path(), &["evaluate", "scenario.yaml"]));
    assert!(
        evaluated.contains("AccI has no meaning here: the big network is no better than the little one"),
        "{evaluated}"
    );
    assert!(!evaluated.contains("kept at AccI") && !evaluated.contains("-0.00 "), "{evaluated}");
    assert!(evaluated.contains("| won at 2 % appeals | at 5 % | at 10 % | at 20 % | best accuracy | at appeals of |"));
    let text = told(home.path(), &["run", "scenario.yaml"]);
    assert!(
        text.contains("AccI has no meaning here and is not shown: on these images the big network is right"),
        "{text}"
    );
    assert!(!text.lines().take(3).any(|line| line.contains("AccI")), "{text}");
    let gain = home_with(&small_scenario(&[
        swapped[0],
        ("appealnet: {delta: 0.5}", "confidence: {score: margin, accuracy-gain: 90 %}"),
    ]));
    let why = flat(&error(gain.path(), &["run", "scenario.yaml"]));
    assert!(
        why.contains("accuracy-gain 90 % has no meaning: on the calibration half what is sent up is right on 9"),
        "{why}"
    );
    assert!(why.contains("'gain-share: X %', 'points: Y'") && why.contains("scenario.yaml"), "{why}");
}

/// For each score, what appeals win grows to a maximum and matches the curve there; the oracle wins everything that can
/// be won with the fewest appeals.
#[test]
fn what_appeals_win_is_shown_for_every_pair() {
    let home = home_with(&small_scenario(&[]));
    let text = told(home.path(), &["evaluate", "scenario.yaml"]);
    let (kept, won) = text.split_once("Points of accuracy won").unwrap();
    assert!(kept.contains("kept at AccI 90 %"));
    let cells = |score: &str| -> Vec<f64> {
        let row = won.lines().find(|line| line.starts_with(&format!("| {score} |"))).unwrap();
        row.trim_matches('|')
            .split('|')
            .skip(1)
            .map(|cell| cell.trim().trim_end_matches(" %").parse().unwrap())
            .collect()
    };
    let oracle = cells("oracle");
    for score in ["q", "max-softmax", "margin", "entropy"] {
        let told = cells(score);
        assert!(told.iter().zip(&oracle).take(5).all(|(one, most)| one <= most), "{score}: {told:?}, {oracle:?}");
    }
    // Appealing 2 % of the images, all of which only the big network gets right, wins two points; what the oracle wins
    // at its best it wins at every larger share, up to the appeals that lose.
    assert_eq!(oracle[0], 2.0);
    assert!(oracle[5] > 2.0 && oracle[5] < 10.0 && (oracle[4] - 91.22 - oracle[5]).abs() < 0.06, "{oracle:?}");
}
