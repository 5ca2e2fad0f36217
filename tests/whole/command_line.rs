//! The program as users run it.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use polars::prelude::{DataFrame, DataType};
use polars_io::SerReader;
use polars_io::parquet::read::ParquetReader;
use tests::small_scenario;

fn appealsim(home: &Path) -> Command {
    let mut command = Command::cargo_bin("appealsim-under-test").unwrap();
    command.current_dir(home);
    command
}

fn home_with(text: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("scenario.yaml"), text).unwrap();
    home
}

pub fn parquet(path: &Path) -> DataFrame {
    ParquetReader::new(fs::File::open(path).unwrap()).finish().unwrap()
}

#[test]
fn a_run_leaves_tables_that_fit_each_other() {
    let home = home_with(&small_scenario(&[("duration: 20 s", "duration: 5 s\nreplications: 2")]));
    let output = appealsim(home.path()).args(["run", "scenario.yaml"]).assert().success().get_output().clone();
    let text = String::from_utf8(output.stdout).unwrap();
    for word in
        ["local-only", "offload-all", "appealnet delta 0.5", "accuracy", "appeals", "results/small", "images run"]
    {
        assert!(text.contains(word), "no '{word}' in\n{text}");
    }
    let folder = home.path().join("results/small");
    let summary = parquet(&folder.join("summary.parquet"));
    assert_eq!(summary.height(), 3 * 2);
    let counted: i64 = summary.column("requests").unwrap().i64().unwrap().iter().flatten().sum();
    let mut rows = 0;
    for entry in fs::read_dir(folder.join("requests/point=0")).unwrap() {
        let file = entry.unwrap().file_name();
        assert_eq!(parquet(&folder.join("devices/point=0").join(&file)).height(), 3);
        let requests = parquet(&folder.join("requests/point=0").join(&file));
        rows += requests.height() as i64;
        assert_eq!(requests.column("policy").unwrap().dtype(), &DataType::String);
        assert_eq!(requests.column("latency_s").unwrap().dtype(), &DataType::Float64);
        assert_eq!(requests.column("arrival_ns").unwrap().dtype(), &DataType::Int64);
    }
    assert_eq!(rows, counted);
    let manifest: serde_json::Value = serde_json::from_slice(&fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["scenario"]["seed"], 1);
    assert_eq!(manifest["points"][0]["policies"][2]["threshold"], 0.5);
}

#[test]
fn json_is_for_programs() {
    let home = home_with(&small_scenario(&[("duration: 20 s", "duration: 5 s")]));
    let output = appealsim(home.path()).args(["run", "scenario.yaml", "--json", "--out", "here"]).assert().success();
    let report: serde_json::Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
    assert_eq!(report["results"], "here");
    let rows = &report["points"][0]["comparison"]["rows"];
    assert_eq!(rows.as_array().unwrap().len(), 3);
    assert_eq!(rows[1]["policy"], "offload-all");
    assert_eq!(rows[1]["appeal_rate"]["mean"], 1.0);
    assert!(rows[0]["latency_p99_s"].is_null(), "thirty requests are too few for a p99");
    // What a terminal shows below the table is at the top, whether or not there is a sweep.
    let findings = report["findings"].as_array().unwrap();
    assert!(!findings.is_empty() && report["findings"] == report["points"][0]["comparison"]["findings"], "{report}");
}

/// One of each, and a duration that has no end in minutes.
#[test]
fn one_of_a_kind_is_not_several() {
    let home = home_with(&small_scenario(&[
        ("count: 3", "count: 1"),
        ("duration: 20 s", "duration: 200 s"),
        ("  - offload-all\n", ""),
        ("  - appealnet: {delta: 0.5}\n", ""),
    ]));
    let told = |command: &str| {
        let output = appealsim(home.path()).args([command, "scenario.yaml"]).assert().success().get_output().clone();
        String::from_utf8(output.stdout).unwrap()
    };
    let text = told("validate");
    assert!(text.starts_with("scenario.yaml: valid; 1 device, 1 policy, 1 run of 200 s\n"), "{text}");
    let text = told("run");
    assert!(text.starts_with("small: 1 device, 200 s simulated, one replication"), "{text}");
}

/// A link too slow for its load: the output must say that offload-all's figures are from the few requests that made it.
#[test]
fn what_went_wrong_is_reported() {
    let home = home_with(&small_scenario(&[("uplink: 18.9 Mbps", "uplink: 100 kbps")]));
    let output = appealsim(home.path()).args(["run", "scenario.yaml"]).assert().success().get_output().clone();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("Of the requests under offload-all, ") && text.contains("when the run ended."), "{text}");
    assert!(!text.contains("Of the requests under local-only"), "{text}");
}

#[test]
fn settings_change_what_runs() {
    let home = home_with(&small_scenario(&[]));
    let output =
        appealsim(home.path()).args(["validate", "scenario.yaml", "--set", "devices.camera.count=500"]).assert();
    let text = String::from_utf8(output.success().get_output().stdout.clone()).unwrap();
    assert!(text.contains("500 devices, 3 policies"), "{text}");
}

#[test]
fn folders_that_are_no_results_are_left_alone() {
    let home = home_with(&small_scenario(&[("duration: 20 s", "duration: 1 s")]));
    fs::create_dir(home.path().join("thesis")).unwrap();
    fs::write(home.path().join("thesis/chapter-1.tex"), "").unwrap();
    let told = |out: &str| {
        let output = appealsim(home.path()).args(["run", "scenario.yaml", "--out", out]).assert().code(1);
        String::from_utf8(output.get_output().stderr.clone()).unwrap()
    };
    let told = told("thesis") + &told("scenario.yaml/below");
    insta::assert_snapshot!(told);
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 2, "nothing is left behind");
}

#[test]
fn the_program_shows_its_name_and_version() {
    let home = tempfile::tempdir().unwrap();
    let said = |argument: &str| {
        let output = appealsim(home.path()).arg(argument).assert().success();
        String::from_utf8(output.get_output().stdout.clone()).unwrap()
    };
    assert_eq!(said("--version"), concat!("appealsim ", env!("CARGO_PKG_VERSION"), "\n"));
    assert!(said("--help").contains("Usage: appealsim <COMMAND>"), "{}", said("--help"));
}

#[test]
fn presets_are_shown_with_their_sources() {
    let home = tempfile::tempdir().unwrap();
    let output = appealsim(home.path()).args(["presets", "show", "lte"]).assert().success();
    let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    assert!(text.contains("promotion-power: 1.21 W  # measured, "), "{text}");
    let output = appealsim(home.path()).args(["presets", "show", "let"]).assert().code(1);
    let text = String::from_utf8(output.get_output().stderr.clone()).unwrap();
    assert!(text.contains("did you mean 'lte'?"), "{text}");
}

/// Exits and predictors are those that the networks' files have.
#[test]
fn networks_that_ship_are_listed() {
    let home = tempfile::tempdir().unwrap();
    let output = appealsim(home.path()).args(["presets", "--find", "fmnist"]).assert().success();
    let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    for network in inference::shipped_networks() {
        assert!(text.contains(&format!("  {network} ")), "{text}");
    }
    let line =
        |name: &str| text.lines().find(|line| line.trim_start().starts_with(name)).unwrap_or_default().to_owned();
    assert!(line("fmnist-little ").contains("28×28×1, 10 classes, "), "{text}");
    assert!(line("fmnist-little ").ends_with("1 exit, with a predictor"), "{text}");
    assert!(line("fmnist-big ").ends_with("1 exit, no predictor"), "{text}");
    assert!(line("fmnist-exits ").contains(" exits, "), "{text}");
    assert!(!text.contains("radios"), "only what has the word");
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let program = assert_cmd::cargo::cargo_bin("appealsim-under-test");
    let mut child =
        std::process::Command::new(program).arg("schema").stdout(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
}

/// Ctrl-C ends a run at once and leaves nothing behind, and an earlier result as it was.
#[cfg(unix)]
#[test]
fn an_interrupted_run_leaves_nothing() {
    let home = home_with(&small_scenario(&[("duration: 20 s", "duration: 1 s")]));
    appealsim(home.path()).args(["run", "scenario.yaml", "--out", "here"]).assert().success();
    let before = fs::read(home.path().join("here/manifest.json")).unwrap();
    let program = assert_cmd::cargo::cargo_bin("appealsim-under-test");
    let mut child = std::process::Command::new(program)
        .current_dir(home.path())
        .args(["run", "scenario.yaml", "--out", "here", "--set", "duration=100 d", "--replace"])
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let partial = || fs::read_dir(home.path()).unwrap().count() > 2;
    while !partial() {
        assert!(child.try_wait().unwrap().is_none(), "it ended on its own");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    // Time for the handler to be installed; before that, the signal itself would end the run.
    std::thread::sleep(std::time::Duration::from_millis(300));
    std::process::Command::new("sh").args(["-c", &format!("kill -INT {}", child.id())]).status().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(!partial(), "something is left behind");
    assert_eq!(fs::read(home.path().join("here/manifest.json")).unwrap(), before);
}

/// `train` leaves weights that a scenario can name, the learning curve beside them, and no checkpoint.
#[test]
fn training_leaves_weights_and_their_learning_curve() {
    let home = home_with(&small_scenario(&[]));
    let idx = |name: &str, extents: &[u32], byte: fn(usize) -> u8| {
        let mut bytes = vec![0, 0, 8, extents.len() as u8];
        extents.iter().for_each(|extent| bytes.extend(extent.to_be_bytes()));
        bytes.extend((0..extents.iter().product::<u32>() as usize).map(byte));
        fs::write(home.path().join(name), bytes).unwrap();
    };
    idx("train-images-idx3-ubyte", &[120, 28, 28], |at| (at / 784 % 10 * 20 + at % 7) as u8);
    idx("train-labels-idx1-ubyte", &[120], |at| (at % 10) as u8);
    let network = "name: tiny\ninput: {channels: 1, height: 28, width: 28}\nnormalise: {mean: [0], deviation: [1]}\n\
                   classes: 10\nextractor: [conv: {out: 4, stride: 4}, global-average-pool]\n\
                   predictor: {sees: features, hidden: 4}\n";
    fs::write(home.path().join("tiny.yaml"), network).unwrap();
    let recipe = "network: tiny.yaml\ndataset: .\nheld-out: 0.2\nseed: 1\noutput: tiny.safetensors\n\
                  degrade: {noise: 0.1}\n\
                  classify: {epochs: 2, batch: 32, rate: 0.1, weight-decay: 0}\n\
                  joint: {steps: {epochs: 1, batch: 32, rate: 0.1, weight-decay: 0}, box: black}\n";
    fs::write(home.path().join("recipe.yaml"), recipe).unwrap();
    let output = appealsim(home.path()).args(["train", "recipe.yaml"]).assert().success();
    let progress = String::from_utf8(output.get_output().stderr.clone()).unwrap();
    assert!(progress.contains("classify 2/2: loss") && progress.contains("joint 1/1: loss"), "{progress}");
    let curve = fs::read(home.path().join("tiny.curve.parquet")).unwrap();
    assert!(curve.starts_with(b"PAR1") && curve.ends_with(b"PAR1"));
    assert!(!home.path().join("tiny.checkpoint").exists());
    appealsim(home.path())
        .args(["run", "scenario.yaml", "--set", "networks.little=tiny.yaml", "--set", "duration=2 s"])
        .assert()
        .success();
    appealsim(home.path()).args(["train", "recipe.yml"]).assert().code(1);
}

/// What `train` says of the images it holds out and what `evaluate` measures on them are the same. Six of the images
/// held out have another class than they look like, which no network can know: on the 96 trained on it would be right
/// more often.
#[test]
fn candidates_are_measured_on_what_their_training_holds_out() {
    let home = home_with(&small_scenario(&[]));
    let write = |name: &str, head: &[u8], bytes: Vec<u8>| {
        fs::write(home.path().join(name), [head, &bytes].concat()).unwrap();
    };
    let looks = |image: usize| (image % 10) as u8;
    let pixels = (0..120).flat_map(|image| vec![looks(image) * 25; 28 * 28]).collect();
    write("train-images-idx3-ubyte", &[0, 0, 8, 3, 0, 0, 0, 120, 0, 0, 0, 28, 0, 0, 0, 28], pixels);
    let labels = (0..120).map(|image| if image < 114 { looks(image) } else { (looks(image) + 5) % 10 }).collect();
    write("train-labels-idx1-ubyte", &[0, 0, 8, 1, 0, 0, 0, 120], labels);
    let network = "name: tiny\ninput: {channels: 1, height: 28, width: 28}\nnormalise: {mean: [0.4], deviation: [0.3]}\n\
                   classes: 10\nextractor: [conv: {out: 8, stride: 4}, global-average-pool]\n\
                   predictor: {sees: features, hidden: 4}\n";
    fs::write(home.path().join("tiny.yaml"), network).unwrap();
    let recipe = "network: tiny.yaml\ndataset: .\nheld-out: 0.2\nseed: 1\noutput: tiny.safetensors\n\
                  classify: {epochs: 30, batch: 32, rate: 0.1, weight-decay: 0}\n";
    fs::write(home.path().join("recipe.yaml"), recipe).unwrap();
    let told = |arguments: &[&str]| {
        let output = appealsim(home.path()).args(arguments).assert().success().get_output().stdout.clone();
        String::from_utf8(output).unwrap()
    };
    let trained = told(&["train", "recipe.yaml"]);
    let right: f64 = trained.split_once(": ").unwrap().1.split_once(" %").unwrap().0.parse().unwrap();
    assert!(right > 30.0 && right <= 75.0, "{trained}: 18 of the 24 at most");
    let evaluated = told(&["evaluate", "scenario.yaml", "--pair", "tiny.yaml,fmnist-big", "--held-out", "recipe.yaml"]);
    assert!(evaluated.starts_with(&format!("tiny: {right:.2} % right")), "{trained}{evaluated}");
    assert!(evaluated.contains("\non the 24 training images that recipe.yaml holds out:\n"), "{evaluated}");
    // Without it, the scenario's images are evaluated, as ever.
    let evaluated = told(&["evaluate", "scenario.yaml", "--pair", "tiny.yaml,fmnist-big"]);
    assert!(evaluated.contains("\non the 5000 images of the evaluation half of fashion-mnist:\n"), "{evaluated}");
}
