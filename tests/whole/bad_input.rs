//! Bad input gets an error that shows the line, the allowed values and the nearest name. The texts are snapshots: a
//! change to one is a change users see.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use tests::small_scenario;

/// The error of `appealsim validate` for a scenario with these settings applied. Every such error exits with 2.
fn told(home: &Path, text: &str, settings: &[&str]) -> String {
    fs::write(home.join("scenario.yaml"), text).unwrap();
    let mut command = Command::cargo_bin("appealsim-under-test").unwrap();
    command.current_dir(home).args(["validate", "scenario.yaml"]);
    for setting in settings {
        command.args(["--set", setting]);
    }
    let output = command.assert().code(2).get_output().clone();
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

/// One snapshot for all edits of the small scenario, each under a heading.
fn told_of_all(edits: &[(&str, &str, &str)]) -> String {
    let home = tempfile::tempdir().unwrap();
    let tell = |(what, old, new): &(&str, &str, &str)| {
        format!("== {what}\n{}\n", told(home.path(), &small_scenario(&[(old, new)]), &[]))
    };
    edits.iter().map(tell).collect()
}

#[test]
fn misspelt_and_unknown_names() {
    let told = told_of_all(&[
        ("a misspelt key", "duration: 20 s", "durration: 20 s"),
        ("a misspelt key further in", "    payload: 40 kB", "    paylaod: 40 kB"),
        ("a key of an inline preset", "hardware: t4", "hardware: {throughput: 1 TMAC/s, launch: 1 ms, lunch: 1 ms}"),
        ("an unknown preset", "hardware: raspberry-pi-4", "hardware: rasberry-pi-4"),
        ("a preset of another kind", "radio: wifi", "radio: t4"),
        ("an unknown policy", "- offload-all", "- ofload-all"),
        ("an unknown score", "appealnet: {delta: 0.5}", "confidence: {score: softmax, delta: 0.5}"),
        ("an unknown link", "link: wifi", "link: wify"),
        ("an unknown network", "little: fmnist-little", "little: fmnist-litle"),
        ("a network's file that is not there", "little: fmnist-little", "little: nothere.yaml"),
        ("an unknown name of one character", "link: wifi", "link: w"),
        ("an unknown data set", "seed: 1", "dataset: fashion-mnst"),
        ("a missing key", "    link: wifi\n", ""),
        ("an unknown point", "    link: wifi", "    point: 1-cor\n    link: wifi"),
        (
            "an unknown event",
            "devices:\n  - name: camera\n    count: 3\n    hardware: raspberry-pi-4\n    link: wifi\n    arrivals: {poisson: 2 /s}",
            "events: {passer-by: {poisson: 1 /s}}\ndevices:\n  - name: camera\n    hardware: raspberry-pi-4\n    link: wifi\n    \
             arrivals: {seen: {event: passerby}}",
        ),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn impossible_values() {
    let told = told_of_all(&[
        ("a unit of another dimension", "uplink: 18.9 Mbps", "uplink: 18.9 MB"),
        ("no unit", "duration: 20 s", "duration: 20"),
        ("a unit in another spelling", "rtt: 20 ms", "rtt: 20 msec"),
        ("a unit that is not a misspelling", "raspberry-pi-4", "{throughput: 1 GMAC/s, idle: 2 W, busy: 6 MW}"),
        ("a zero rate", "poisson: 2 /s", "poisson: 0 /s"),
        ("a negative rate", "uplink: 18.9 Mbps", "uplink: -1 Mbps"),
        ("a duration of zero", "duration: 20 s", "duration: 0 s"),
        ("a duration that rounds to zero", "duration: 20 s", "duration: 0.1 ns"),
        ("a round trip longer than the clock runs", "rtt: 20 ms", "rtt: 600000 d"),
        ("a threshold out of range", "delta: 0.5", "delta: 1.5"),
        ("a percentage without its sign", "{delta: 0.5}", "{appeal-rate: 20}"),
        ("a policy without its threshold", "appealnet: {delta: 0.5}", "appealnet"),
        ("a seed that is too large", "seed: 1", "seed: 99999999999999999999999"),
        ("a count that is too large", "count: 3", "count: 99999999999"),
        ("a class by its name", "payload: 40 kB", "images: {classes: {Shirt: 3}}"),
        ("a number as a name", "name: small", "name: 5"),
        ("two thresholds", "delta: 0.5", "delta: 0.5, accuracy: 90 %"),
        ("no threshold", "{delta: 0.5}", "{}"),
        ("the same policy twice", "- offload-all", "- local-only"),
        ("no devices", "count: 3", "count: 0"),
        ("more devices than fit", "count: 3", "count: 4000000000"),
        ("more requests than fit", "duration: 20 s", "duration: 100000 d"),
        ("more runs than are allowed", "seed: 1", "replications: 4000000000"),
        ("an interval of zero width", "seed: 1", "replications: {figure: energy, within: 0 %}"),
        ("an unknown figure", "seed: 1", "replications: {figure: energie, within: 5 %}"),
        ("a cap below the least", "seed: 1", "replications: {figure: energy, within: 5 %, at-least: 9, at-most: 3}"),
        ("an axis without values", "seed: 1", "sweep: [{set: links.wifi.uplink}]"),
        ("an axis with an unknown path", "seed: 1", "sweep: [{set: links.wify.uplink, to: [1 Mbps]}]"),
        ("an axis with a bad value", "seed: 1", "sweep: [{set: links.wifi.uplink, to: [1 Mbps, 0 Mbps]}]"),
        ("an axis over a field that cannot vary", "seed: 1", "sweep: [{set: replications, to: [1, 2]}]"),
        ("a range in two units", "seed: 1", "sweep: [{set: duration, range: {from: 1 s, to: 1 min, steps: 3}}]"),
        ("a bad threshold in a list", "delta: 0.5", "delta: [0.5, 1.5]"),
        ("every packet lost", "rtt: 20 ms", "rtt: 20 ms\n    loss: 100 %"),
        ("an unknown distribution", "rtt: 20 ms", "rtt: {gama: {mean: 20 ms, shape: 2}}"),
        ("a shape of zero", "rtt: 20 ms", "rtt: {gamma: {mean: 20 ms, shape: 0}}"),
        ("gaps of zero", "{poisson: 2 /s}", "{renewal: 0 s}"),
        ("too much noise", "payload: 40 kB", "degrade: {noise: 2.5}"),
        ("a degradation of no kind", "payload: 40 kB", "degrade: {share: 0.5}"),
        ("a p95 below the median", "rtt: 20 ms", "rtt: {median: 20 ms, p95: 10 ms}"),
        ("a warm-up as long as the run", "duration: 20 s", "duration: 20 s\nwarmup: 20 s"),
        ("a time limit below the round trip", "payload: 40 kB", "timeout: 15 ms"),
        ("more jitter than period", "{poisson: 2 /s}", "{periodic: {every: 1 s, jitter: 2 s}}"),
        ("less power busy than idle", "raspberry-pi-4", "{throughput: 1 GMAC/s, idle: 2 W, busy: 1 W}"),
        ("less than one in flight", "raspberry-pi-4", "{throughput: 1 GMAC/s, in-flight: 50 %, idle: 1 W, busy: 2 W}"),
        ("a carbon intensity in another spelling", "seed: 1", "grid: 400 gCO2/kWh"),
        ("a carbon intensity without its unit", "seed: 1", "grid: 400"),
        ("a carbon intensity of one place", "seed: 1", "grid: {devices: 400 g/kWh}"),
        ("a carbon intensity below 0", "seed: 1", "grid: -4 g/kWh"),
        ("a name that is not a file name", "name: small", "name: a/b"),
        ("a name reserved by Windows", "name: small", "name: nul"),
        ("an empty name", "name: camera", "name: ' '"),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn impossible_worlds() {
    let fading = "{fading: {way: [{after: 0 s, distance: 9 m}, {after: 0 s, distance: 8 m}], snr: 20 dB, at: 9 m, \
                  exponent: 3, coherence: 9 ms, bandwidth: 1 MHz}}";
    let followed = "{fading: {way: [{after: 0 s, distance: 9 m}], snr: 20 dB, at: 9 m, exponent: 3, coherence: 9 ms, \
                    bandwidth: 1 MHz, power-control: {at-reference: 9 mW, most: 90 mW, compensation: 80 %, \
                    amplifier: [{sends: 90 mW, draws: 9 W}]}}}";
    let told = told_of_all(&[
        ("a retry with a single attempt", "payload: 40 kB", "retry: {attempts: 1, after: 1 s}"),
        ("waits that get shorter", "payload: 40 kB", "retry: {attempts: 2, after: 1 s, factor: 50 %}"),
        ("an attempt shorter than the round trip", "payload: 40 kB", "retry: {attempts: 2, after: 15 ms}"),
        ("an event seen through another", "devices:", "events: {a: {seen: {event: b}}}\ndevices:"),
        (
            "no more servers than are always on",
            "hardware: t4",
            "hardware: t4, scale: {most: 1, waiting: 2, cold-start: 1 s, cool-down: 1 s}",
        ),
        ("an empty curve", "hardware: t4", "hardware: {curve: {macs: 1 GMAC, batches: {}}}"),
        (
            "two ways to give the speed",
            "hardware: t4",
            "hardware: {throughput: 1 TMAC/s, launch: 1 ms, curve: {macs: 1 GMAC, batches: {1: 1 ms}}}",
        ),
        ("bursts shorter than a packet", "rtt: 20 ms", "rtt: 20 ms\n    loss: {share: 1 %, burst: 0.5}"),
        ("a way whose times do not increase", "uplink: 18.9 Mbps", &format!("uplink: {fading}")),
        ("a base station that follows a device", "downlink: 40 Mbps", &format!("downlink: {followed}")),
        ("an amplifier that draws more than its radio", "uplink: 18.9 Mbps", &format!("uplink: {followed}")),
        ("an edge without servers", "rtt: 20 ms", "rtt: 20 ms\n    edge: {hardware: cpu-8, servers: 0, rtt: 1 ms}"),
        (
            "an edge that asks the cloud for what it knows",
            "rtt: 20 ms",
            "rtt: 20 ms\n    edge: {hardware: cpu-8, rtt: 1 ms, policy: {confidence: {score: margin, delta: 0.5}}}",
        ),
        (
            "an edge with nothing to keep",
            "rtt: 20 ms",
            "rtt: 20 ms\n    edge: {hardware: cpu-8, rtt: 1 ms, network: fmnist-little, policy: offload-all}",
        ),
        (
            "an edge whose threshold is not given",
            "rtt: 20 ms",
            "rtt: 20 ms\n    edge: {hardware: cpu-8, rtt: 1 ms, network: fmnist-little, policy: {appealnet: {appeal-rate: 20 %}}}",
        ),
        (
            "a policy of an edge that there is not",
            "rtt: 20 ms",
            "rtt: 20 ms\n    edge: {hardware: cpu-8, rtt: 1 ms, network: fmnist-little, policy: apealnet}",
        ),
        (
            "an edge farther away than the cloud",
            "rtt: 20 ms",
            "rtt: 20 ms\n    edge: {hardware: cpu-8, rtt: 30 ms, network: fmnist-little}",
        ),
        (
            "an edge with a network that the scenario has not",
            "rtt: 20 ms",
            "rtt: 20 ms\n    edge: {hardware: cpu-8, rtt: 1 ms, network: litle}",
        ),
        ("a loss of all answers", "- offload-all", "- auto-split: {memory: 64 kB, accuracy-drop: 1}"),
        ("more servers than fit", "hardware: t4", "hardware: t4, servers: 1000000000000"),
        ("more layers than fit", "fmnist-little,", "fmnist-little, little-as-if: {macs: 1 MMAC, layers: 4000000000},"),
        ("an unknown fallback", "payload: 40 kB", "fallback: egde"),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn empty_lists_and_broken_yaml() {
    let home = tempfile::tempdir().unwrap();
    let scenario = small_scenario(&[]);
    let devices = scenario.find("  - name: camera").unwrap()..scenario.find("links:").unwrap();
    let policies = scenario.find("  - local-only").unwrap()..scenario.len();
    let without = |range: std::ops::Range<usize>| {
        let (before, after) = (&scenario[..range.start - 1], &scenario[range.end..]);
        format!("{before} []\n{after}")
    };
    let cases = [
        ("an empty device list", without(devices)),
        ("an empty policy list", without(policies)),
        (
            "text in place of a list",
            small_scenario(&[("  - local-only\n  - offload-all\n  - appealnet: {delta: 0.5}", "  local-only")]),
        ),
        ("not YAML", small_scenario(&[("seed: 1", "seed: [1")])),
        ("a key twice", small_scenario(&[("seed: 1", "seed: 1\nseed: 2")])),
        ("an empty file", String::new()),
        ("only comments", "# to be written\n".to_owned()),
        ("a list at the top", "- name: small\n- seed: 1\n".to_owned()),
        ("a word", "small\n".to_owned()),
        ("two documents", format!("{scenario}---\n{scenario}")),
        ("tabs", small_scenario(&[("  wifi:\n    radio: wifi", "  wifi:\n\tradio: wifi")])),
        ("a blank that is not a space", small_scenario(&[("    rtt: 20 ms", "\u{a0}   rtt: 20 ms")])),
        (
            "a tag",
            small_scenario(&[
                ("seed: 1", "seed: !!int 1\ncloud: !big {hardware: t4}"),
                ("cloud: {hardware: t4}\n", ""),
            ]),
        ),
        ("a merge of a number", small_scenario(&[("cloud: {hardware: t4}", "cloud: {<<: 3, hardware: t4}")])),
        (
            "two merges",
            small_scenario(&[("seed: 1", "x-a: &a {}"), ("{hardware: t4}", "{<<: *a, <<: *a, hardware: t4}")]),
        ),
        (
            "aliases without end",
            (1..9).fold(format!("x-0: &a0 [{}]\n", "1, ".repeat(9)), |text, n| {
                format!("{text}x-{n}: &a{n} [{}]\n", format!("*a{}, ", n - 1).repeat(9))
            }) + &scenario,
        ),
        ("a control character", small_scenario(&[("name: small", "name: \u{1b}[31msmall")])),
        ("an unknown alias", small_scenario(&[("cloud: {hardware: t4}", "cloud: *nobody")])),
        (
            "an unknown key in a merge",
            small_scenario(&[
                ("seed: 1", "x-cloud: &cloud {hardware: t4, colour: blue}"),
                ("cloud: {hardware: t4}", "cloud: {<<: *cloud}"),
            ]),
        ),
    ];
    let told: String =
        cases.iter().map(|(what, text)| format!("== {what}\n{}\n", told(home.path(), text, &[]))).collect();
    insta::assert_snapshot!(told);
}

/// However long a line, a value or a name is, its error message fits on a screen.
#[test]
fn messages_fit() {
    let home = tempfile::tempdir().unwrap();
    let long = "x".repeat(100_000);
    let words = "word ".repeat(20_000);
    let flow = small_scenario(&[("seed: 1", "")]).replace("name: small", &format!("name: small  # {words}"));
    let many: String = (0..1000).map(|n| format!("  link-{n}: *wifi\n")).collect();
    let cases = [
        small_scenario(&[("name: small", &format!("name: {long}"))]),
        small_scenario(&[("name: camera", &format!("name: {long}"))]),
        small_scenario(&[("seed: 1", &format!("{long}: 1"))]),
        small_scenario(&[("seed: 1", &format!("seed: {long}"))]),
        small_scenario(&[("seed: 1", &format!("seed: {words}"))]),
        small_scenario(&[("rtt: 20 ms", &format!("rtt: 20 {long}"))]),
        small_scenario(&[("little: fmnist-little", &format!("little: {long}"))]),
        small_scenario(&[("radio: wifi", &format!("radio: {words}"))]),
        small_scenario(&[("- local-only", &format!("- {long}"))]),
        small_scenario(&[("hardware: raspberry-pi-4", &format!("colour: [{words}], hardware: [{long}"))]),
        small_scenario(&[("  wifi:\n", &format!("  {long}:\n"))]),
        small_scenario(&[
            ("links:\n  wifi:\n", "links:\n  wifi: &wifi\n"),
            ("cloud:", &format!("{many}cloud:")),
            ("link: wifi", "link: wify-link"),
        ]),
        flow.replace("hardware: t4", &format!("hardware: t4, colour: blue, size: {long}")),
    ];
    for scenario in cases {
        let told = told(home.path(), &scenario, &[]);
        assert!(told.chars().count() < 4000, "{} characters: {told}", told.chars().count());
    }
    for setting in
        [format!("seed={long}"), format!("{long}=1"), format!("devices.{long}.count=1"), format!("seed=[{long}")]
    {
        let told = told(home.path(), &small_scenario(&[]), &[&setting]);
        assert!(told.chars().count() < 4000, "{} characters: {told}", told.chars().count());
    }
}

/// Files may come from any editor.
#[test]
fn encodings_are_read_or_named() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("scenario.yaml");
    let validate = || {
        let mut command = Command::cargo_bin("appealsim-under-test").unwrap();
        command.current_dir(home.path()).args(["validate", "scenario.yaml"]);
        command
    };
    let text = small_scenario(&[("seed: 1", "seed: 1  # déjà vu"), ("rtt: 20 ms", "rtt: 20000 µs")]);
    let windows = text.replace('\n', "\r\n");
    for good in [text.as_bytes(), &[b"\xef\xbb\xbf", windows.as_bytes()].concat()] {
        fs::write(&path, good).unwrap();
        validate().assert().success();
    }
    let sixteen: Vec<u8> = "\u{feff}".chars().chain(text.chars()).flat_map(|c| (c as u16).to_le_bytes()).collect();
    let latin: Vec<u8> = text.chars().map(|c| c as u8).collect();
    let told: String = [sixteen, latin]
        .iter()
        .map(|bytes| {
            fs::write(&path, bytes).unwrap();
            String::from_utf8(validate().assert().code(2).get_output().stderr.clone()).unwrap()
        })
        .collect();
    insta::assert_snapshot!(told);
}

/// Fields that several groups share are written once, under a key that is ignored.
#[test]
fn anchors_have_a_place() {
    let text = small_scenario(&[
        (
            "seed: 1",
            "x-base: &base {hardware: raspberry-pi-4, link: wifi, payload: 40 kB}\nx-fast: &fast {<<: *base, payload: 4 kB}",
        ),
        ("    hardware: raspberry-pi-4\n    link: wifi\n", "    <<: *fast\n"),
        ("    payload: 40 kB\n", ""),
    ]);
    let (_, scenario) = tests::read(&text);
    let (_, plain) = tests::read(&small_scenario(&[("payload: 40 kB", "payload: 4 kB")]));
    assert_eq!(serde_json::to_value(&scenario).unwrap(), serde_json::to_value(&plain).unwrap());
    let schema: serde_json::Value = serde_json::from_str(&scenarios::schema::json_schema()).unwrap();
    assert!(schema["patternProperties"]["^x-"].is_object(), "editors know it");
}

#[test]
fn settings_that_lead_nowhere() {
    let home = tempfile::tempdir().unwrap();
    let settings = [
        "devices.camra.count=5",
        "devices.camera.count=many",
        "devices.camera.cuont=5",
        "devices.camera.count",
        "links.wifi.uplink=3 Mb",
        "seed.x=1",
        "x-shared.a=1",
        "devices.camera.degrade.noise=0.2",
        "policies.2.appealnet.accuracy-gain=90 %",
        "policies.7=oracle",
    ];
    let tell = |setting: &&str| format!("== {setting}\n{}\n", told(home.path(), &small_scenario(&[]), &[setting]));
    let told: String = settings.iter().map(tell).collect();
    insta::assert_snapshot!(told);
}

/// The shipped files, cut short or changed, and the errors about them.
#[test]
fn damaged_files() {
    let home = tempfile::tempdir().unwrap();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../inference");
    let read = |name: &str| fs::read(shipped.join(name)).unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(home.path().join(name), bytes).unwrap();
    let (images, labels) = ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz");
    let (image_bytes, label_bytes) =
        (read(&format!("data/fashion-mnist/{images}")), read(&format!("data/fashion-mnist/{labels}")));
    let weights = read("networks/fmnist-little.safetensors");
    fs::create_dir(home.path().join("data")).unwrap();
    write("net.yaml", &read("networks/fmnist-little.yaml"));
    write("other.yaml", &read("networks/fmnist-big.yaml"));
    write("other.safetensors", &weights);
    write("broken.yaml", b"name: x\nextractor: [conv: {out: 0}]\n");
    write("net.safetensors", &weights);

    let little = |name: &str| small_scenario(&[("little: fmnist-little", &format!("little: {name}"))]);
    let dataset = small_scenario(&[("seed: 1", "dataset: data")]);
    let mut text = String::new();
    let mut tell = |what: &str, scenario: &str| {
        text += &format!("== {what}\n{}\n", told(home.path(), scenario, &[]));
    };
    tell("weights of another network", &little("other.yaml"));
    tell("an impossible architecture", &little("broken.yaml"));
    write("net.safetensors", &weights[..weights.len() / 2]);
    tell("weights cut short", &little("net.yaml"));
    write("net.safetensors", b"");
    tell("an empty file of weights", &little("net.yaml"));
    let mut infinite = weights.clone();
    let end = infinite.len() - 4;
    infinite[end..].copy_from_slice(&f32::INFINITY.to_le_bytes());
    write("net.safetensors", &infinite);
    tell("weights that are not finite", &little("net.yaml"));
    fs::remove_file(home.path().join("net.safetensors")).unwrap();
    tell("no weights", &little("net.yaml"));
    tell("no images", &dataset);
    write(&format!("data/{images}"), &image_bytes[..image_bytes.len() / 2]);
    write(&format!("data/{labels}"), &label_bytes);
    tell("images cut short", &dataset);
    write(&format!("data/{images}"), &label_bytes);
    tell("labels for images", &dataset);
    insta::assert_snapshot!(text);
}

/// All policies of a replication are in one part.
#[test]
fn an_experiment_has_no_more_parts_than_replications() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("scenario.yaml"), small_scenario(&[("seed: 1", "replications: 2")])).unwrap();
    let run = |shard: &str| {
        let mut command = Command::cargo_bin("appealsim-under-test").unwrap();
        command.current_dir(home.path()).args(["run", "scenario.yaml", "--dry-run", "--shard", shard]);
        command
    };
    run("2/2").assert().success();
    let told = String::from_utf8(run("3/100").assert().code(1).get_output().stderr.clone()).unwrap();
    assert!(told.contains("--shard 3/100: that is more parts than it can be divided into (at most 2)"), "{told}");
}

#[test]
fn a_file_that_is_not_there() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("quickstart.yaml"), "").unwrap();
    let mut command = Command::cargo_bin("appealsim-under-test").unwrap();
    let output =
        command.current_dir(home.path()).args(["run", "quickstrat.yaml"]).assert().code(2).get_output().clone();
    let told = String::from_utf8(output.stderr).unwrap();
    insta::assert_snapshot!(told);
}

/// The big network has no predictor head, so it gives no q; but it does give the confidence scores.
#[test]
fn a_policy_needs_a_network_that_gives_its_score() {
    let home = tempfile::tempdir().unwrap();
    let headless = small_scenario(&[("little: fmnist-little", "little: fmnist-big")]);
    let told = told(home.path(), &headless, &[]);
    assert!(told.contains("policies[2].appealnet: network 'little' has no q, which a predictor head"), "{told}");
    let confident = headless.replace("appealnet: {delta", "confidence: {score: [max-softmax, margin, entropy], delta");
    fs::write(home.path().join("scenario.yaml"), confident).unwrap();
    let mut command = Command::cargo_bin("appealsim-under-test").unwrap();
    command.current_dir(home.path()).args(["validate", "scenario.yaml"]).assert().success();
}

#[test]
fn an_unreachable_target_is_an_error() {
    let home = tempfile::tempdir().unwrap();
    let text = small_scenario(&[("delta: 0.5", "accuracy: 99.9 %"), ("  - local-only\n", "")]);
    fs::write(home.path().join("scenario.yaml"), text).unwrap();
    for command in ["run", "validate"] {
        let told = refused(home.path(), command);
        // No snapshot: the figure at its end depends on the last bits of the kernels, and so on the processor.
        assert!(told.contains("no threshold reaches accuracy 99.9 %") && told.contains("policies[1]"), "{told}");
        assert!(!home.path().join("results/small").exists(), "nothing was written");
    }
}

/// What a command says of the scenario that it does not accept.
fn refused(home: &Path, command: &str) -> String {
    let mut program = Command::cargo_bin("appealsim-under-test").unwrap();
    let output = program.current_dir(home).args([command, "scenario.yaml"]).assert().code(2).get_output().clone();
    String::from_utf8(output.stderr).unwrap()
}

/// Where a run stops at the first, a check tells of all; and of each once, however many points of a sweep it is wrong at.
#[test]
fn every_unreachable_target_is_told() {
    let home = tempfile::tempdir().unwrap();
    let policies =
        "  - appealnet: {accuracy: 99.9 %}\n  - offload-all\n  - confidence: {score: margin, accuracy: 99.8 %}";
    let sweep = "sweep: [{set: links.wifi.uplink, to: [1 Mbps, 2 Mbps]}]\nseed: 1";
    let text =
        small_scenario(&[("  - appealnet: {delta: 0.5}", policies), ("  - offload-all\n", ""), ("seed: 1", sweep)]);
    fs::write(home.path().join("scenario.yaml"), text).unwrap();
    let told = refused(home.path(), "validate");
    for target in ["99.9 %", "99.8 %"] {
        let wrong = format!("no threshold reaches accuracy {target}");
        assert_eq!(told.matches(&wrong).count(), 1, "{told}");
    }
    assert!(told.contains("(at links.wifi.uplink=1 Mbps)") && !told.contains("2 Mbps)"), "{told}");
    assert!(!refused(home.path(), "run").contains("99.8 %"), "a run stops at the first");
}
