//! Policies that do not ship: defined here, named in a scenario, and found in tables, sentences and pictures, with no
//! other file knowing of them.

use std::fs;
use std::future::pending;
use std::path::Path;
use std::sync::Arc;

use analysis::{
    ImageShare, ImageSums, Interrupted, Interval, Manifest, RUNS, Role, Row, RunDigest, Start, read_table, runs_in,
};
use device_models::units::Share;
use scenarios::experiment::{Options, RunId, Shard, Study, merge, run};
use scenarios::policies::{Catalogue, Decider, Decision, Outlines, Recipe, Rule, Strategy, StrategyError, View};
use scenarios::source::{InputError, Source};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tests::small_scenario;

/// Sends up at random, but only while nothing waits to be sent.
#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Unhurried {
    /// The share that is sent up while nothing waits.
    share: Share,
}

impl Recipe for Unhurried {
    const NAME: &'static str = "unhurried";
    const NEEDS: Option<&'static str> = Some("a share, such as unhurried: {share: 50 %}");

    fn label(&self) -> String {
        format!("unhurried {}", self.share)
    }

    fn role(&self) -> Role {
        Role::Method
    }

    fn strategy(&self, _: &Outlines) -> Result<Strategy, StrategyError> {
        Ok(Strategy::answer_or_appeal())
    }

    fn decider(&self, _: Option<f64>) -> Decider {
        Decider::Rule(Box::new(*self))
    }
}

impl Rule for Unhurried {
    fn decide(&self, view: &View) -> Decision {
        let busy = view.situation().sending > 0;
        if busy || view.chance() >= self.share.get() { view.keep() } else { view.refer() }
    }
}

fn source(text: String) -> Source {
    let catalogue = Catalogue::standard().with::<Unhurried>();
    Source::parse("own.yaml", text, ".".into(), &[]).unwrap().with_policies(catalogue)
}

#[test]
fn a_policy_of_one_s_own_runs_from_a_scenario_to_tables_and_pictures() {
    let own = ("  - appealnet: {delta: 0.5}", "  - unhurried: {share: [30 %, 0.6]}");
    let text = small_scenario(&[own, ("duration: 20 s", "duration: 20 s\nreplications: 2")]);
    let study = Arc::new(Study::load(&source(text), true).unwrap());
    let home = tempfile::tempdir().unwrap();
    let options = Options {
        out: home.path().join("result"),
        jobs: 2,
        shard: Shard::ALL,
        start: Start { interrupted: Interrupted::Discard, replace: false },
        requests: true,
        trace: Vec::new(),
    };
    let report = run(&study, &options, |_| (), pending()).unwrap();
    let point = &report.manifest.points[0];
    let rows = &point.comparison.rows;
    let names: Vec<(&str, Role)> = rows.iter().map(|row| (row.policy.as_str(), row.role)).collect();
    assert_eq!(names[2..], [("unhurried 30 %", Role::Method), ("unhurried 60 %", Role::Method)]);
    let appeals = |row: usize| rows[row].appeal_rate.unwrap().mean;
    assert!(0.0 < appeals(2) && appeals(2) < appeals(3) && appeals(3) < 1.0, "{} {}", appeals(2), appeals(3));
    let told = point.comparison.findings.join("\n");
    assert!(told.contains("Against offload-all, unhurried 60 % spends"), "{told}");
    let page = fs::read_to_string(options.out.join("report.html")).unwrap();
    assert!(page.contains("unhurried 30 %"));
    let summary = read_table(&options.out.join("summary.parquet"), None).unwrap();
    let written = (0..summary.len()).filter(|row| summary.text(*row, "policy").unwrap() == "unhurried 60 %").count();
    assert_eq!((summary.len(), written), (8, 2));
    let run = RunId { point: 0, policy: 3, replication: 1 };
    let requests = read_table(&options.out.join(run.file("requests", "parquet")), None).unwrap();
    assert_eq!(requests.text(0, "policy").as_deref(), Some("unhurried 60 %"));
}

/// Whoever writes a policy need not say that it looks at its device: it is seen to. The runs then say how its figures vary
/// from image to image: what the requests with each image came to adds up to what all of them did, and intervals are
/// wider than the simulation's alone. Parts of the experiment, merged, say the same as the whole.
#[test]
fn how_a_policy_of_one_s_own_varies_with_the_images_is_found_out() {
    let own = ("  - appealnet: {delta: 0.5}", "  - unhurried: {share: 60 %}\n  - appealnet: {appeal-rate: 20 %}");
    // All devices begin with the same images, some forty of them, so that these matter more than anything else.
    let in_order = ("payload: 40 kB", "payload: 40 kB\n    images: in-order");
    let text = small_scenario(&[own, in_order, ("duration: 20 s", "duration: 20 s\nreplications: 4")]);
    let study = Arc::new(Study::load(&source(text), true).unwrap());
    let home = tempfile::tempdir().unwrap();
    let made = |name: &str, shard: Shard| {
        let options = Options { shard, jobs: 2, ..Options::new(home.path().join(name)) };
        run(&study, &options, |_| (), pending()).unwrap();
        options.out
    };
    let whole = made("whole", Shard::ALL);
    let manifest = Manifest::read(&whole).unwrap();
    let point = &manifest.points[0];
    assert!(point.image_sampling.as_ref().unwrap().is_of_runs());
    for file in runs_in(&whole.join(RUNS)) {
        let RunDigest { summary, images, .. } = RunDigest::read(&file).unwrap();
        let sum = |read: fn(&ImageSums) -> f64| images.iter().map(read).sum::<f64>() / summary.requests as f64;
        let close = |a: f64, b: Option<f64>| assert!((a - b.unwrap()).abs() < 1e-9, "{a}, not {b:?}");
        close(sum(|images| images.requests as f64), Some(1.0));
        close(sum(|images| images.joules), summary.energy);
        close(sum(|images| images.appealed as f64), summary.appeal_rate);
        close(sum(|images| images.uplink_bytes as f64), summary.uplink_bytes);
    }
    let wider = |row: &Row| {
        let Interval { half_width, simulation, .. } = row.accuracy.unwrap();
        half_width > simulation
    };
    assert!(point.comparison.rows.iter().all(wider));
    let parts = [1, 2].map(|number| made(&format!("part{number}"), Shard { number, of: 2 }));
    let merged = home.path().join("merged");
    merge(&parts, &merged, Start::default()).unwrap();
    let text = |folder: &Path| fs::read_to_string(folder.join("manifest.json")).unwrap();
    assert!(text(&merged) == text(&whole), "merged parts differ from the whole");
}

/// The same policies without the one that looks around: images decide alone, and nothing is kept of single ones.
#[test]
fn where_images_decide_alone_runs_are_not_asked() {
    let own = ("  - appealnet: {delta: 0.5}", "  - split: {network: little, after: 3}\n  - oracle");
    let text = small_scenario(&[own, ("duration: 20 s", "duration: 2 s\nreplications: 2")]);
    let home = tempfile::tempdir().unwrap();
    let options = Options { jobs: 2, ..Options::new(home.path().join("result")) };
    let report = run(&Arc::new(Study::load(&source(text), true).unwrap()), &options, |_| (), pending()).unwrap();
    let sampling = report.manifest.points[0].image_sampling.as_ref().unwrap();
    assert!(!sampling.is_of_runs());
    // The split answers as the little network does, wherever that runs.
    let accuracies = [0, 2].map(ImageShare::Accuracy);
    assert_eq!(sampling.covariance(accuracies[0], accuracies[0]), sampling.covariance(accuracies[1], accuracies[1]));
    let digests = runs_in(&options.out.join(RUNS));
    assert!(digests.iter().all(|file| !fs::read_to_string(file).unwrap().contains("\"images\"")));
}

/// What is wrong in it is told with its place, and what it is called with those that ship.
#[test]
fn mistakes_in_a_policy_of_one_s_own_are_told_as_in_any_other() {
    let told = |line: &str| {
        let text = small_scenario(&[("  - appealnet: {delta: 0.5}", line)]);
        source(text).scenario().unwrap_err()
    };
    for (line, what) in [
        ("  - unhurried: {share: 130 %}", "policies[2].unhurried.share: '130 %'"),
        ("  - unhurried: {shares: 30 %}", "policies[2].unhurried.shares: unknown key 'shares'"),
        ("  - unhurried", "policies[2]: 'unhurried' needs more than its name"),
    ] {
        let told = told(line).to_string();
        assert!(told.contains(what), "{told}");
    }
    let InputError::Scenario { problem, .. } = told("  - unhurryed") else { panic!("it is in the scenario") };
    assert_eq!(problem.nearest.as_deref(), Some("unhurried"));
    assert!(problem.allowed.iter().any(|name| name == "appealnet"), "{problem:?}");
}
