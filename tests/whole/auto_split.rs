//! Splits that are planned, and networks in integers.

use assert_cmd::Command;
use scenarios::experiment::{Point, Study};
use scenarios::policies::{Calibration, Steps, Way};
use scenarios::schema::Scenario;
use scenarios::source::Source;
use tests::{Records, network, read, records_of, small_scenario};

/// One request at a time on a link whose rate never changes, and a server that takes next to no time.
const ALONE: [(&str, &str); 6] = [
    (
        "hardware: raspberry-pi-4",
        "hardware: {throughput: 1 GMAC/s, bandwidth: 100 MB/s, integers: 3, idle: 1 W, busy: 2 W}",
    ),
    ("count: 3", "count: 1"),
    ("arrivals: {poisson: 2 /s}", "arrivals: {periodic: {every: 1 s}}"),
    ("payload: 40 kB", "payload: 784 B"),
    ("rtt: 20 ms", "rtt: 0 s"),
    ("cloud: {hardware: t4}", "cloud: {hardware: {layers: {throughput: 10 TMAC/s}}}"),
];

fn source(networks: &str, policies: &str, uplink: &str) -> (Source, Scenario) {
    let rate = format!("uplink: {uplink}");
    let text = small_scenario(
        &[
            &ALONE[..],
            &[
                ("  - appealnet: {delta: 0.5}", policies),
                ("networks: {little: fmnist-little, big: fmnist-big}", networks),
                ("uplink: 18.9 Mbps", &rate),
            ],
        ]
        .concat(),
    );
    read(&text)
}

fn study(networks: &str, policies: &str, uplink: &str) -> Study {
    Study::load(&source(networks, policies, uplink).0, true).unwrap_or_else(|e| panic!("{e}"))
}

fn run(point: &Point, policy: usize) -> Records {
    let policy = point.plan.policies[policy].build(&Calibration::NONE).unwrap();
    records_of(&point.networks, &point.plan, &policy, 0)
}

fn mean_latency(records: &Records) -> f64 {
    let took = |r: &analysis::RequestRecord| Some(r.end? - r.arrival);
    let all: Vec<u64> = records.requests.iter().filter_map(took).collect();
    assert!(all.len() >= 18, "{}", all.len());
    all.iter().sum::<u64>() as f64 / all.len() as f64 / 1e9
}

/// The whole network in 8 bits has the answers of that network, and takes the time of products of integers.
#[test]
fn a_network_in_integers_runs_as_one() {
    let networks = "networks: {little: fmnist-little, big: fmnist-big, slim: {network: fmnist-little, bits: 8}}";
    let study = study(networks, "  - local-only: {network: slim}", "1 Mbps");
    let point = &study.points[0];
    let [floats, slim] = [0, 2].map(|policy| run(point, policy));
    let [in_floats, in_integers] = [Way::LITTLE, Way::all(3).last().unwrap()]
        .map(|way| point.plan.groups[0].processor.time(&point.plan.work(way, Steps::ALL)).as_nanos());
    assert!(in_integers < in_floats && 4 * in_integers > in_floats, "{in_integers} {in_floats}");
    assert_eq!(slim.requests.len(), floats.requests.len());
    let mut scratch = inference::Scratch::default();
    let network = network(&point.networks, Way::all(3).last().unwrap());
    for record in &slim.requests {
        assert_eq!(record.edge_done.unwrap() - record.edge_start.unwrap(), in_integers);
        let answer = network.run(point.networks.data.image(record.image as usize), &mut scratch);
        assert_eq!(record.answer, Some(answer.class));
    }
}

/// The faster the uplink, the less is planned for the device; at every rate the plan is no slower than sending the input
/// or the best cut in floats, and loses no more than it may on the images that it was measured on.
#[test]
fn a_planned_split_follows_the_rate_and_beats_what_needs_no_plan() {
    let policies = "  - split: {network: little, after: 0}\n  - split: {network: little, for: latency}\n  \
                    - auto-split: {network: little, memory: 30 kB, accuracy-drop: 2 %}\n  \
                    - auto-split: {network: little, memory: 1 MB, accuracy-drop: 2 %}";
    let mut cuts = Vec::new();
    for uplink in ["100 kbps", "10 Mbps", "1 Gbps"] {
        let study = study("networks: {little: fmnist-little, big: fmnist-big}", policies, uplink);
        let point = &study.points[0];
        let [input, floats, planned, roomy] = [2, 3, 4, 5].map(|policy| run(point, policy));
        let [of_input, of_floats, of_plan, of_roomy] = [&input, &floats, &planned, &roomy].map(mean_latency);
        assert!(of_plan <= of_input + 1e-6, "{uplink}: {of_plan} {of_input}");
        // In floats the network takes more than 30 kB.
        assert!(of_roomy <= of_floats + 1e-6, "{uplink}: {of_roomy} {of_floats}");
        cuts.push(planned.requests[0].cut);
        let data = &point.networks.data;
        let images: Vec<usize> = data.half(inference::Half::Calibration).skip(500).take(1_000).collect();
        let mut scratch = inference::Scratch::default();
        let mut right = |way: Way| {
            let network = network(&point.networks, way);
            images.iter().filter(|i| network.run(data.image(**i), &mut scratch).class == data.label(**i)).count()
        };
        let own = Way::all(3).last().unwrap();
        assert!(right(own) + 20 >= right(Way::LITTLE), "{uplink}");
        assert!(point.plan.policies[4].planned.is_some());
    }
    assert_eq!((cuts[0], cuts[2]), (None, Some(0)), "all on the device, and the input");
}

/// Groups whose plans differ are told apart from one another.
#[test]
fn groups_that_need_different_plans_are_an_error() {
    let policy = "  - auto-split: {network: little, memory: 30 kB, accuracy-drop: 2 %}";
    let edits = [
        &ALONE[..],
        &[
            ("  - appealnet: {delta: 0.5}", policy),
            ("payload: 784 B", "payload: 784 B\n  - {name: slow, hardware: {throughput: 1 MMAC/s, idle: 1 W, busy: 2 W}, link: wifi, arrivals: {periodic: {every: 1 s}}, payload: 784 B}"),
            ("uplink: 18.9 Mbps", "uplink: 100 kbps"),
        ],
    ]
    .concat();
    let error = Study::load(&read(&small_scenario(&edits)).0, true).err().map(|e| e.to_string()).unwrap_or_default();
    assert!(error.contains("'camera' would be cut") && error.contains("'slow'"), "{error}");
}

/// Bits for more layers than there are, bits out of range, and memory in which nothing fits: the last is no error, since
/// sending the input takes none.
#[test]
fn what_cannot_be_is_told() {
    let load = |networks: &str, policy: &str| {
        let text = small_scenario(&[
            ("networks: {little: fmnist-little, big: fmnist-big}", networks),
            ("  - appealnet: {delta: 0.5}", policy),
        ]);
        let source = Source::parse("test.yaml", text, ".".into(), &[]).unwrap_or_else(|e| panic!("{e}"));
        Study::load(&source, true).map_err(|e| e.to_string())
    };
    let with = |slim: &str| {
        load(&format!("networks: {{little: fmnist-little, big: fmnist-big, slim: {slim}}}"), "  - oracle")
            .err()
            .unwrap()
    };
    let many = with(&format!("{{network: fmnist-little, layers: [{}]}}", ["8"; 40].join(", ")));
    assert!(many.contains("there are bits for 40 layers, but 'fmnist-little' has"), "{many}");
    for (bits, what) in [("9", "9"), ("4/1", "1"), ("x", "'x' is no number of bits"), ("[8]", "bits from 2 to 8")] {
        let error = with(&format!("{{network: fmnist-little, bits: {bits}}}"));
        assert!(error.contains(what), "{bits}: {error}");
    }
    let both = with("{network: fmnist-little}");
    assert!(both.contains("give either `bits`"), "{both}");
    let nothing = "  - auto-split: {network: little, memory: 100 B, accuracy-drop: 2 %}";
    let study = load("networks: {little: fmnist-little, big: fmnist-big}", nothing).unwrap_or_else(|e| panic!("{e}"));
    let planned = study.points[0].plan.policies[2].planned.clone().unwrap_or_default();
    assert!(planned.starts_with("sends the input, "), "{planned}");
}

/// A network that the scenario's own policies do not fit can be planned and cut in it; what is written for it is a network
/// that a scenario names from wherever it is.
#[test]
fn what_is_planned_can_be_run() {
    let home = tempfile::tempdir().unwrap();
    let policies = "  - split: {after: 17}";
    std::fs::write(home.path().join("s.yaml"), small_scenario(&[("  - appealnet: {delta: 0.5}", policies)])).unwrap();
    let run = |words: &[&str]| {
        let mut command = Command::cargo_bin("appealsim-under-test").unwrap();
        let output = command.current_dir(home.path()).args(words).assert().success().get_output().stdout.clone();
        String::from_utf8(output).unwrap()
    };
    assert!(run(&["cuts", "fmnist-little", "--in", "s.yaml"]).contains("least latency after step"));
    let words = ["--in", "s.yaml", "--memory", "14kB", "--accuracy-drop", "50 %", "--images", "20"];
    let told = run(&[&["plan-split", "fmnist-little"], &words[..], &["--write", "planned.yaml"]].concat());
    assert!(told.contains("planned: planned.yaml"), "{told}");
    let edits = [
        ("big: fmnist-big}", "big: fmnist-big, planned: planned.yaml}"),
        ("  - appealnet: {delta: 0.5}", "  - local-only: {network: planned}"),
    ];
    std::fs::write(home.path().join("t.yaml"), small_scenario(&edits)).unwrap();
    run(&["validate", "t.yaml"]);
    // By its name in that scenario or as the file that was written, it is the same network.
    let by_name = run(&["cuts", "planned", "--in", "t.yaml"]);
    assert!(by_name.starts_with("fmnist-little") && by_name.contains("least latency after step"), "{by_name}");
    assert_eq!(run(&["cuts", "planned.yaml", "--in", "t.yaml"]), by_name);
    assert!(run(&["cuts", "planned.yaml"]).starts_with("fmnist-little: "), "without a scenario, in floats");
    let little = run(&[&["plan-split", "little"], &words[..]].concat());
    assert!(little.contains("networks: {..., planned: "), "{little}");
    let refused = |words: &[&str]| {
        let mut command = Command::cargo_bin("appealsim-under-test").unwrap();
        let output = command.current_dir(home.path()).args(words).assert().code(1).get_output().stderr.clone();
        String::from_utf8(output).unwrap()
    };
    let again = refused(&["plan-split", "planned", "--in", "t.yaml", "--memory", "14kB"]);
    assert!(again.contains("'planned' is in integers already: plan 'fmnist-little'"), "{again}");
    let misspelt = refused(&["cuts", "planed", "--in", "t.yaml"]);
    assert!(
        misspelt.contains("did you mean 'planned'? (the scenario's: little, big, planned; shipped: "),
        "{misspelt}"
    );
}
