//! Random scenarios of every kind: each key of a scenario file that has to do with a run is there in some of them.

use std::sync::OnceLock;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::Value;

const POLICIES: &str = "
policies:
  - local-only
  - offload-all
  - appealnet: {delta: 0.7}
  - appealnet: {delta: 0}
  - appealnet: {delta: 1}
  - confidence: {score: max-softmax, delta: 0.8}
  - confidence: {score: margin, delta: 0.6}
  - confidence: {score: entropy, delta: 0.6}
  - random: {appeal-rate: 30 %}
  - oracle
";

// Their places in the list.
pub const LOCAL_ONLY: usize = 0;
pub const OFFLOAD_ALL: usize = 1;
pub const DELTA_ZERO: usize = 3;
pub const DELTA_ABOVE_ALL: usize = 4;
pub const ORACLE: usize = 9;
/// The first of those that cut a network.
pub const SPLITS: usize = 10;

const CODINGS: [&str; 7] = [
    "{float: 16, compress: true}",
    "float32",
    "float16",
    "4",
    "8",
    "{bits: 3, scale: channel}",
    "{bits: 5, scale: tensor, compress: true}",
];

const HARDWARE: [&str; 7] = [
    "raspberry-pi-4",
    "cortex-m4",
    "{throughput: 5 MMAC/s, idle: 10 mW, busy: 200 mW}",
    "{throughput: 40 MMAC/s, idle: 10 mW, busy: 300 mW, bandwidth: 90 MB/s, points: {slow: {speed: 50 %, \
     bandwidth: 80 %, busy: 120 mW, idle: 8 mW}}}\n    \
     point: slow",
    "{throughput: 80 MMAC/s, pointwise: 30 MMAC/s, depthwise: 9 MMAC/s, dense: 20 MMAC/s, bandwidth: 40 MB/s, \
     overhead: 2 ms, layer-overhead: 100 us, idle: 500 mW, busy: 3 W}",
    "{throughput: 90 MMAC/s, bandwidth: 1 MB/s, on-chip: 20 kB, integers: 2, idle: 200 mW, busy: 2 W}",
    "{throughput: 4 MMAC/s, in-flight: 3.5, idle: 50 mW, busy: 1 W}",
];
const RESTS: &str = "[{name: sleep, after: 100 ms, power: 1 mW, wake: 70 ms, wake-power: 300 mW}, \
                     {name: off, after: 1 s, power: 0 W, wake: 400 ms, wake-power: 2 W}]";
const BATTERIES: [&str; 7] = [
    "1 J",
    "20 J",
    "10 kJ",
    "{capacity: 40 J, usable: 50 %, drain: 100 mW}",
    "{capacity: 9 J, harvest: [300 mW, 5 W]}",
    "{capacity: 12 J, efficiency: 80 %, harvest: [100 mW, 2 W]}",
    "{capacity: 3 J, drain: 20 mW, harvest: [6 W, 0 W, 1 W]}",
];
const IMAGES: [&str; 4] = ["random", "in-order", "{classes: {3: 5, 7: 0}}", "{drift: {from: {}, to: {0: 9}}}"];
const DEGRADE: [&str; 3] = ["{noise: 0.3}", "{share: 0.4, blur: 2, occlusion: 0.5}", "{share: 0.5, low-light: 0.6}"];
const RETRIES: [&str; 3] = [
    "{attempts: 4, after: 250 ms, backoff: 100 ms, jitter: 50 %}",
    "{attempts: 3, after: 45 ms}",
    "{attempts: 5, after: 80 ms, backoff: 20 ms, factor: 3}",
];
const RADIOS: [&str; 6] = [
    "wifi",
    "lte",
    "3g",
    "5g-nsa",
    "ethernet",
    "{idle: 5 mW, promotion: 150 ms, promotion-power: 800 mW, active: 900 mW, per-bit-up: 200 nJ/bit, \
     per-bit-down: 30 nJ/bit, fitted-up: 3 Mbps, fitted-down: 5 Mbps, paging: 600 ms, \
     tail: [{name: short, for: 20 ms, power: 700 mW}, {for: 200 ms, power: 300 mW, cycle: 50 ms}, \
     {for: 300 ms, power: 90 mW, cycle: 160 ms, promotion: 40 ms, promotion-power: 400 mW}]}",
];
const FADING: &str = "{fading: {way: [{after: 0 s, distance: 40 m}, {after: 4 s, distance: 900 m}], offset: random, \
                      snr: 25 dB, at: 100 m, exponent: 3.5, line-of-sight: 2, coherence: 30 ms, bandwidth: 2 MHz, most: 15 Mbps}}";
const LTE_FADING: &str = "{fading: {way: [{after: 0 s, distance: 40 m}, {after: 4 s, distance: 900 m}], snr: 25 dB, at: 100 m, \
                          exponent: 3.5, coherence: 30 ms, bandwidth: 2 MHz, efficiency: 40 %, most-per-hertz: 2 bps/Hz, \
                          least-snr: -10 dB, power-control: {at-reference: 10 mW, most: 200 mW, \
                          compensation: 80 %, amplifier: [{sends: 1 mW, draws: 20 mW}, {sends: 200 mW, draws: 1.6 W}]}}}";
const ROUND_TRIPS: [&str; 10] = [
    "20 ms",
    "{median: 30 ms, p95: 120 ms}",
    "{constant: 15 ms}",
    "{exponential: 25 ms}",
    "{normal: {mean: 30 ms, deviation: 10 ms}}",
    "{lognormal: {median: 12 ms, p95: 90 ms}}",
    "{gamma: {mean: 40 ms, shape: 3}}",
    "{weibull: {scale: 25 ms, shape: 1.5}}",
    "{pareto: {least: 10 ms, shape: 2.5}}",
    "{empirical: {values: [10 ms, 40 ms, 0 s], weights: [3, 1, 1]}}",
];
const TRANSPORTS: [&str; 8] = [
    "ideal",
    "ideal",
    "warm",
    "tcp",
    "tcp-tls-1.3",
    "quic-0rtt",
    "{round-trips: 2, initial-window: 1, idle-reset: false, keep-alive: 800 ms}",
    "{initial-window: 3, min-rto: 20 ms}",
];
const EDGES: [&str; 5] = [
    "{hardware: {layers: {throughput: 90 MMAC/s, pointwise: 40 MMAC/s, layer-overhead: 1 ms}}, rtt: 4 ms, queue: 1, \
     prepare: 3 ms}",
    "{hardware: cpu-8, servers: 2, batch: {max: 3, wait: 5 ms}, rtt: {median: 5 ms, p95: 40 ms}, price-per-hour: 0.2}",
    "{hardware: cpu-8, rtt: 3 ms, network: fmnist-little}",
    "{hardware: cpu-8, rtt: 3 ms, network: fmnist-little, policy: {confidence: {score: margin, delta: 0.9}}}",
    "{hardware: cpu-8, rtt: 3 ms, network: fmnist-little, prepare: 2 ms, policy: {random: {appeal-rate: 50 %}}}",
];
const MEASURED: [&str; 3] = [
    "",
    "    measured: {little: {time: 12 ms, power: 20 W}}\n",
    "    measured: {little: {time: 9 ms, energy: 90 mJ}}\n",
];
const SCALE: &str = "{most: 6, waiting: 1, cold-start: {exponential: 500 ms}, cool-down: 300 ms}";
const OUTAGES: &str = "{up-for: {exponential: 3 s}, down-for: 1 s}";

/// A folder with recordings to play: packets that could be sent, rates, and arrivals.
fn recordings() -> &'static str {
    static WRITTEN: OnceLock<()> = OnceLock::new();
    let folder = concat!(env!("CARGO_TARGET_TMPDIR"), "/random-scenarios");
    WRITTEN.get_or_init(|| {
        std::fs::create_dir_all(folder).unwrap();
        for (name, text) in [
            ("packets.trace", "3\n3\n20\n21\n22\n180\n300\n300\n300\n410\n"),
            ("rates.csv", "0, 2000000\n1.5, 0\n2.25, 9000000\n7, 400000\n"),
            ("directions.csv", "time,down,up\n0,9,2\n1500,4,0\n2000,6,5\n"),
            ("arrivals.txt", "0.1\n0.15\n0.9\n2.2\n2.2\n3\n"),
            ("visits.csv", "door,at\n1,100\n2,350\n1,1900\n3,4000\n"),
        ] {
            // Renamed into place, so that another process never reads half of it.
            let own = format!("{folder}/{}-{name}", std::process::id());
            std::fs::write(&own, text).unwrap();
            std::fs::rename(own, format!("{folder}/{name}")).unwrap();
        }
    });
    folder
}

/// One of several forms of a key.
fn one_of<T: Into<String>>(forms: impl IntoIterator<Item = T>) -> impl Strategy<Value = String> {
    select(forms.into_iter().map(Into::into).collect::<Vec<String>>())
}

/// The line of a key that is there with this probability, in one of several forms.
fn perhaps(chance: f64, key: &'static str, forms: &'static [&str]) -> impl Strategy<Value = String> {
    let line = select(forms).prop_map(move |form| format!("    {key}: {form}\n"));
    prop::option::weighted(chance, line).prop_map(Option::unwrap_or_default)
}

fn arrivals() -> impl Strategy<Value = String> {
    let recorded = |file: &str, how: &str| format!("{{times: {{file: {}/{file}, {how}}}}}", recordings());
    let drawn = [
        "{poisson: 2 /s}",
        "{poisson: 12 /s}",
        "{renewal: {gamma: {mean: 400 ms, shape: 0.4}}}",
        "{periodic: {every: 300 ms, jitter: 200 ms}}",
        "{bursts: {calm: 0 /s, calm-for: 1 s, busy: 20 /s, busy-for: 500 ms}}",
        "{daily: [3 /s, 1 /s]}",
        "{seen: {event: passer-by, by: 70 %, after: {uniform: {from: 0 s, to: 900 ms}}}}",
        "{seen: {event: bell}}",
    ];
    let recorded = [
        recorded("arrivals.txt", "end: loop, offset: random"),
        recorded("arrivals.txt", "end: stop"),
        recorded("visits.csv", "column: at, time-unit: ms, offset: start"),
    ];
    one_of(drawn.into_iter().map(String::from).chain(recorded))
}

/// A group of devices that are on one of `links` links.
fn group(links: usize) -> impl Strategy<Value = String> {
    let place = (1u32..5, one_of(HARDWARE), 0..links, arrivals(), 0usize..5);
    let device = (
        perhaps(0.5, "battery", &BATTERIES),
        perhaps(0.3, "rests", &[RESTS]),
        perhaps(0.75, "images", &IMAGES),
        perhaps(0.2, "degrade", &DEGRADE),
    );
    let sent = (
        perhaps(0.8, "payload", &["5 kB", "5 kB", "300 B", "20 kB"]),
        perhaps(0.3, "answer", &["4 kB"]),
        perhaps(0.8, "deadline", &["100 ms", "20 ms", "2 s"]),
        perhaps(0.5, "timeout", &["70 ms", "400 ms", "3 s"]),
        perhaps(0.4, "retry", &RETRIES),
        perhaps(0.3, "fallback", &["none", "none", "edge"]),
        perhaps(0.3, "when-full", &["appeal", "appeal", "reject"]),
        perhaps(0.4, "prepare", &["{time: 30 ms}", "{time: 4 ms, power: 7 W}"]),
    );
    (place, device, sent).prop_map(|((count, hardware, link, arrivals, queue), device, sent)| {
        let device = [device.0, device.1, device.2, device.3].concat();
        let sent = [sent.0, sent.1, sent.2, sent.3, sent.4, sent.5, sent.6, sent.7].concat();
        format!(
            "    count: {count}\n    hardware: {hardware}\n    link: link-{link}\n    arrivals: {arrivals}\n    \
             queue: {queue}\n{device}{sent}"
        )
    })
}

fn link() -> impl Strategy<Value = String> {
    let wandering = "{lognormal: {median: 2 Mbps, p95: 9 Mbps, correlation: 1 s, every: 7 ms}}";
    let trace = |file: &str, how: &str| format!("{{trace: {{file: {}/{file}, {how}}}}}", recordings());
    let uplinks = [
        "300 kbps",
        "18.9 Mbps",
        "{gilbert-elliott: {good: 9 Mbps, good-for: 1 s, bad: 0 bps, bad-for: 500 ms}}",
        wandering,
        FADING,
        LTE_FADING,
    ];
    let traces = [
        trace("packets.trace", "end: loop, offset: random"),
        trace("rates.csv", "end: hold"),
        trace("directions.csv", "column: up, unit: Mbps, time-unit: ms, offset: start"),
    ];
    let alone = one_of(uplinks.into_iter().map(String::from).chain(traces));
    let cells = ["500 kbps", "5 Mbps", "{markov: [{rate: 5 Mbps, for: 1 s}, {rate: 0 bps, for: 300 ms}]}", wandering];
    // In a cell, a device's own rate is constant.
    let cell = || {
        (one_of(["300 kbps", "18.9 Mbps"]), one_of(cells))
            .prop_map(|(uplink, cell)| format!("{uplink}\n    cell: {cell}"))
    };
    let downlinks = ["1 Mbps", "{lognormal: {median: 1 Mbps, p95: 2 Mbps, correlation: 1 s, every: 1 ms}}", FADING];
    // So it is where both directions share the cell.
    let both_ways =
        (cell(), one_of(["1 Mbps", "40 Mbps"])).prop_map(|(up, down)| (format!("{up}\n    half-duplex: true"), down));
    let rates = prop_oneof![4 => (alone, one_of(downlinks)), 2 => (cell(), one_of(downlinks)), 1 => both_ways];
    let parts = (
        one_of(RADIOS),
        rates,
        one_of(ROUND_TRIPS),
        perhaps(0.7, "loss", &["5 %", "{share: 4 %, burst: 6}"]),
        perhaps(0.8, "transport", &TRANSPORTS),
        perhaps(0.3, "edge", &EDGES),
    );
    parts.prop_map(|(radio, (uplink, downlink), rtt, loss, transport, edge)| {
        format!(
            "    radio: {radio}\n    uplink: {uplink}\n    downlink: {downlink}\n    rtt: {rtt}\n{loss}{transport}{edge}"
        )
    })
}

fn cloud() -> impl Strategy<Value = String> {
    let servers = (
        one_of([
            "t4",
            "{throughput: 50 MMAC/s, launch: 1 ms, idle: 20 W, busy: 70 W}",
            "{curve: {macs: 90 MMAC, batches: {1: 10 ms, 2: 15 ms, 4: 22 ms}}}",
        ]),
        1usize..3,
        1usize..5,
        one_of(["", ", wait: 20 ms"]),
    );
    let keys = (
        perhaps(0.2, "queue", &["1"]),
        perhaps(0.25, "scale", &[SCALE]),
        perhaps(0.25, "outages", &[OUTAGES]),
        perhaps(0.3, "price-per-hour", &["0.35"]),
        perhaps(0.3, "prepare", &["15 ms"]),
    );
    (servers, keys).prop_map(|((hardware, servers, largest, wait), keys)| {
        format!(
            "cloud:\n    hardware: {hardware}\n    servers: {servers}\n    batch: {{max: {largest}{wait}}}\n{}",
            [keys.0, keys.1, keys.2, keys.3, keys.4].concat()
        )
    })
}

/// Policies that cut one of these networks, each its own; none if no network can be cut.
fn splits(networks: &'static [&'static str]) -> BoxedStrategy<String> {
    if networks.is_empty() {
        return Just(String::new()).boxed();
    }
    let goal = || select(vec!["latency", "energy"]);
    let cut = move || (select(networks), select(CODINGS.to_vec()));
    let parts = ((0usize..6, cut()), (goal(), cut()), (goal(), cut()), (goal(), cut()), (goal(), cut()));
    let written = |((after, fixed), typical, adaptive, bound, appeals)| {
        let of = |(network, coding): (&str, &str)| format!("network: {network}, coding: {coding}}}\n");
        let for_goal = |name: &str, (goal, cut)| format!("  - {name}: {{for: {goal}, {}", of(cut));
        format!("  - split: {{after: {after}, {}", of(fixed))
            + &for_goal("split", typical)
            + &for_goal("adaptive-split", adaptive)
            + &for_goal("split-oracle", bound)
            + &for_goal("appealnet: {delta: 0.7, split", appeals).replace("}\n", "}}\n")
    };
    parts.prop_map(written).boxed()
}

/// Random scenarios: slow and fast devices that may sleep, every radio, crowded cells, lossy links, small queues,
/// batteries that run empty during the run, impatient devices, busy clouds; several groups on several links.
pub fn any_scenario() -> impl Strategy<Value = String> {
    let top = (
        any::<u32>(),
        one_of(["", "warmup: 1 s\n", "grid: 400 g/kWh\n", "grid: {devices: 400 g/kWh, servers: 30 g/kWh}\n"]),
        one_of([
            "",
            ", little-as-if: 2 MMAC",
            ", little-as-if: {macs: 1 MMAC, weights: 90 kB, activations: 50 kB, layers: 9}",
        ]),
        one_of(["", ", big-as-if: 90 MMAC"]),
        (cloud(), one_of(MEASURED)),
    );
    // The steps of a network are not known if it is charged as another.
    let top = top.prop_flat_map(|top| {
        let can_be_cut: &[&str] = match (top.2.is_empty(), top.3.is_empty()) {
            (true, true) => &["little", "big"],
            (true, false) => &["little"],
            (false, true) => &["big"],
            (false, false) => &[],
        };
        (Just(top), splits(can_be_cut))
    });
    let parts = (1usize..3)
        .prop_flat_map(|links| (prop::collection::vec(link(), links), prop::collection::vec(group(links), 1..3)));
    (top, parts).prop_map(|(((seed, warmup, little, big, (cloud, measured)), splits), (links, groups))| {
        // What was measured as a whole cannot be cut.
        let on_devices = if little.is_empty() { "" } else { measured.as_str() };
        let in_the_cloud =
            if big.is_empty() || measured.is_empty() { "" } else { "    measured: {big: {1: 9 ms, 4: 21 ms}}\n" };
        let cloud = cloud + in_the_cloud;
        let groups: Vec<String> =
            (0..).zip(groups).map(|(n, group): (u32, _)| format!("  - name: group-{n}\n{group}{on_devices}")).collect();
        let links: Vec<String> = (0..).zip(links).map(|(n, link): (u32, _)| format!("  link-{n}:\n{link}")).collect();
        format!(
            "name: random\nseed: {seed}\nduration: 10 s\n{warmup}\
             networks: {{little: fmnist-little, big: fmnist-big{little}{big}}}\n\
             events: {{passer-by: {{poisson: 5 /s}}, bell: {{periodic: {{every: 900 ms}}}}}}\n\
             devices:\n{}links:\n{}{cloud}{POLICIES}{splits}",
            groups.concat(),
            links.concat()
        )
    })
}

/// Definitions of the schema that do not change a single run, or that policies here have in one form only.
const NOT_OF_A_RUN: &[&str] = &[
    "AppealNet",
    "AutoSplit",
    "Axis",
    "Cascade",
    "Conditions",
    "Confidence",
    "Dataset",
    "EarlyExit",
    "Figure",
    "Fit",
    "Images",
    "NetworkInIntegers",
    "OneOrMore",
    "OneOrMore2",
    "Policy",
    "Random",
    "Replications",
    "Score",
    "Spacing",
    "Target",
    "Unsure",
    "Until",
    "ValueRange",
    "Warmup",
];

/// Every key and every choice of the schema is in some random scenario, so that a new one is not forgotten here.
#[test]
fn random_scenarios_know_every_key() {
    let mut runner = TestRunner::deterministic();
    let texts: Vec<String> = (0..1_000).map(|_| any_scenario().new_tree(&mut runner).unwrap().current()).collect();
    let schema: Value = serde_json::from_str(&scenarios::schema::json_schema()).unwrap();
    for (definition, found) in schema["$defs"].as_object().unwrap() {
        if NOT_OF_A_RUN.contains(&definition.as_str()) {
            continue;
        }
        for word in words(found) {
            assert!(texts.iter().any(|text| text.contains(&word)), "'{word}' of {definition} is in none of them");
        }
    }
}

/// How a file writes the keys and the choices of a definition.
fn words(definition: &Value) -> Vec<String> {
    let keys = |of: &Value| -> Vec<String> {
        of["properties"]
            .as_object()
            .into_iter()
            .flat_map(|fields| fields.keys())
            .map(|key| format!("{key}: "))
            .collect()
    };
    let mut words = keys(definition);
    for choice in ["oneOf", "anyOf"].into_iter().filter_map(|of| definition[of].as_array()).flatten() {
        words.extend(keys(choice));
        words.extend(choice["properties"].as_object().into_iter().flat_map(|fields| fields.values()).flat_map(keys));
        words.extend(choice["const"].as_str().map(|value| format!(": {value}")));
    }
    words
}
