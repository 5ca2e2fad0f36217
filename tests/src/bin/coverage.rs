//! How often intervals contain the true value: many small experiments, each with images of its own.
//!
//! The population is the 10,000 shipped test images. Every experiment draws both of its halves from them, sets its
//! thresholds, makes its replications and prints its intervals, all by the code that every experiment runs. The true
//! value of a figure is its mean over all experiments: what such an experiment yields on average. A 95 % interval should
//! contain it in 95 % of them.
//!
//! There are two scenarios: one in which policies do the same with an image whenever they meet it, and one in which they
//! do not, so that runs are asked how figures vary with the images.
//!
//! `cargo run --release -p tests --bin coverage [EXPERIMENTS] [IMAGES OF A HALF] [images|runs]` prints the tables of
//! `docs/explanation/statistics.md`, or one of them.

use std::future::pending;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use analysis::{Interrupted, Reading, Role, Row, RunDigest, Start, SummaryRecord, runs_in};
use device_models::units::Share;
use inference::{Answer, Dataset, Score};
use ndarray::Axis;
use rand::RngExt;
use scenarios::experiment::{Figures, Options, Scope, Study, Uncertain, run};
use scenarios::plan::{load_networks, load_networks_for, resolve};
use scenarios::policies::{
    Catalogue, Decider, Decision, Offload, Outlines, Payload, Recipe, Rule, Segment, Steps, Strategy, StrategyError,
    Tail, View, Way,
};
use scenarios::schema::Figure;
use scenarios::source::Source;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::{Moments, Streams};

/// A scenario, and what its third and fourth policy are called when they are compared.
struct Case {
    name: &'static str,
    scenario: &'static str,
    apart: &'static str,
}

const CASES: [Case; 2] = [
    Case { name: "images", scenario: BY_IMAGES, apart: "appealnet less max-softmax, at AccI 75 %" },
    Case { name: "runs", scenario: BY_RUNS, apart: "unhurried less cascade" },
];

const BY_IMAGES: &str = "
name: coverage
seed: 1
duration: 100 s
replications: 5
networks: {little: fmnist-little, big: fmnist-big}
devices:
  - name: camera
    count: 4
    hardware: raspberry-pi-4
    link: wifi
    arrivals: {poisson: 1 /s}
    payload: 40 kB
    deadline: 55 ms
links:
  wifi: {radio: wifi, uplink: 18.9 Mbps, downlink: 40 Mbps, rtt: {median: 20 ms, p95: 45 ms}, loss: 0.1 %}
cloud: {hardware: t4, servers: 1, batch: {max: 8, wait: 5 ms}}
policies:
  - local-only
  - offload-all
  - appealnet: {accuracy-gain: 75 %}
  - confidence: {score: max-softmax, accuracy-gain: 75 %}
  - appealnet: {appeal-rate: 10 %}
";

/// An edge server runs a network of its own, and forwards about half of what it gets when everything is sent up. A policy
/// looks at its device's situation, and another one runs both networks on the device before it appeals.
const BY_RUNS: &str = "
name: coverage
seed: 1
duration: 100 s
replications: 5
networks: {little: fmnist-little, big: fmnist-big}
devices:
  - name: camera
    count: 4
    hardware: raspberry-pi-4
    link: wifi
    arrivals: {poisson: 1 /s}
    payload: 400 kB
    deadline: 300 ms
links:
  wifi:
    radio: wifi
    uplink: 18.9 Mbps
    downlink: 40 Mbps
    rtt: {median: 20 ms, p95: 45 ms}
    loss: 0.1 %
    edge: {hardware: {throughput: 8 MMAC/s, launch: 2 ms}, rtt: 3 ms, queue: 0, network: fmnist-little}
cloud: {hardware: t4, servers: 1, batch: {max: 8, wait: 5 ms}}
policies:
  - local-only
  - offload-all
  - unhurried: {delta: 0.9}
  - cascade: {delta: 0.9}
  - appealnet: {appeal-rate: 20 %}
";

/// Does as AppealNet does, but sends up nothing while something else is being sent.
#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Unhurried {
    /// Answers whose q is at least this are kept.
    delta: Share,
}

impl Recipe for Unhurried {
    const NAME: &'static str = "unhurried";

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
        let sure =
            view.answer().is_some_and(|kept| kept.answer().scores.get(Score::Q) >= Some(self.delta.get() as f32));
        if sure || view.situation().sending > 0 { view.keep() } else { view.refer() }
    }
}

/// Runs the big network on the device where the little one is unsure, and sends up what the two disagree about.
#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Cascade {
    /// Answers of the little network whose q is at least this are kept.
    delta: Share,
}

impl Recipe for Cascade {
    const NAME: &'static str = "cascade";

    fn role(&self) -> Role {
        Role::Method
    }

    fn strategy(&self, _: &Outlines) -> Result<Strategy, StrategyError> {
        let segment = |network| Segment { network, steps: Steps::ALL, exit: Some(network) };
        let appeal = Offload { after: 2, payload: Payload::Input, tail: Tail::Own };
        Ok(Strategy { segments: vec![segment(Way::LITTLE), segment(Way::BIG)], offloads: vec![appeal] })
    }

    fn decider(&self, _: Option<f64>) -> Decider {
        Decider::Rule(Box::new(*self))
    }
}

impl Rule for Cascade {
    fn decide(&self, view: &View) -> Decision {
        let answers: Vec<Answer> = view.answers().map(|kept| *kept.answer()).collect();
        let keeps = match &answers[..] {
            [little] => little.scores.get(Score::Q) >= Some(self.delta.get() as f32),
            [little, big] => little.class == big.class,
            _ => false,
        };
        if keeps { view.keep() } else { view.refer() }
    }
}

/// A figure of an experiment: its name, its mean, and half the widths of its intervals, whole and of the simulation alone.
type Found = (String, f64, Option<f64>, Option<f64>);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let experiments: u64 = arguments.next().map_or(Ok(1_000), |text| text.parse())?;
    let half: usize = arguments.next().map_or(Ok(1_000), |text| text.parse())?;
    let only = arguments.next();
    for case in CASES.iter().filter(|case| only.as_ref().is_none_or(|only| only == case.name)) {
        measure(case, experiments, half)?;
    }
    Ok(())
}

/// Makes the experiments of a case and prints its table.
fn measure(case: &Case, experiments: u64, half: usize) -> Result<(), Box<dyn std::error::Error>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicU64::new(0);
    let mut all: Vec<(u64, Vec<Found>)> = std::thread::scope(|scope| {
        let work = || {
            let mut found = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= experiments {
                    return Ok(found);
                }
                found.push((number, experiment(case, number, half).map_err(|e| e.to_string())?));
            }
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let joined = workers.into_iter().map(|worker| worker.join().unwrap_or_else(|e| std::panic::resume_unwind(e)));
        joined.collect::<Result<Vec<_>, String>>().map(|parts| parts.into_iter().flatten().collect())
    })?;
    all.sort_by_key(|(number, _)| *number);
    println!(
        "\n{}: {experiments} experiments with {half} images in each half; per cent of the intervals with the true value\n",
        case.name
    );
    println!("| figure | policy | whole interval | the simulation's alone |\n|---|---|---|---|");
    let names = all.first().map_or(Vec::new(), |(_, found)| found.iter().map(|(name, ..)| name.clone()).collect());
    for name in names {
        let of: Vec<&Found> = all.iter().flat_map(|(_, found)| found.iter().filter(|found| found.0 == name)).collect();
        // Nothing is learnt from what varies by less than a thousandth.
        if of.iter().all(|found| (found.1 - of[0].1).abs() <= 1e-3 * found.1.abs()) {
            continue;
        }
        let truth = of.iter().map(|found| found.1).collect::<Moments>().mean();
        let covered = |half: fn(&Found) -> Option<f64>| {
            // An interval without bounds contains everything.
            let covers = of.iter().filter(|found| half(found).is_none_or(|half| (found.1 - truth).abs() <= half));
            format!("{:.1}", covers.count() as f64 / of.len() as f64 * 100.0)
        };
        println!("| {name} | {} | {} |", covered(|found| found.2), covered(|found| found.3));
    }
    Ok(())
}

/// One experiment on halves drawn from the shipped images.
fn experiment(case: &Case, number: u64, half: usize) -> Result<Vec<Found>, Box<dyn std::error::Error>> {
    let text = case.scenario.replace("seed: 1", &format!("seed: {}", number + 1));
    let policies = Catalogue::standard().with::<Unhurried>().with::<Cascade>();
    let source = Source::parse("coverage.yaml", text, Path::new(".").to_owned(), &[])?.with_policies(policies);
    let mut study = Study::load(&source, true)?;
    let loaded = load_networks(&study.scenario, &source, true)?;
    let networks = load_networks_for(&study.scenario, &source, drawn(&loaded.data, number, half)?)?;
    study.points[0].plan = resolve(&study.scenario, &source, &networks)?;
    study.points[0].networks = Arc::new(networks);
    let folder = std::env::temp_dir().join(format!("appealsim-coverage-{}-{number}", std::process::id()));
    let options = Options {
        jobs: 1,
        start: Start { interrupted: Interrupted::Discard, replace: true },
        requests: false,
        ..Options::new(&folder)
    };
    let study = Arc::new(study);
    let report = run(&study, &options, |_| (), pending())?;
    let mut runs: Vec<SummaryRecord> = Vec::new();
    for file in runs_in(&folder.join(analysis::RUNS)) {
        runs.push(RunDigest::read(&file)?.summary);
    }
    std::fs::remove_dir_all(&folder)?;
    let entry = &report.manifest.points[0];
    let mut found: Vec<Found> = entry.comparison.rows.iter().flat_map(of_row).collect();
    let policies = &entry.policies;
    let refs: Vec<&SummaryRecord> = runs.iter().collect();
    let of = |scope| {
        let uncertain = Uncertain { images: entry.image_sampling.as_ref(), scope, ..Uncertain::default() };
        Figures::new(policies, &refs, uncertain)
    };
    let (whole, simulation) = (of(Scope::Whole)?, of(Scope::Simulation)?);
    let apart = case.apart;
    for (name, figure) in [("accuracy", Figure::Accuracy), ("appeals", Figure::AppealRate), ("energy", Figure::Energy)]
    {
        let estimate = |figures: &Figures| figures.estimate(&figures.difference(2, 3, figure)?);
        if let (Some(all), Some(alone)) = (estimate(&whole), estimate(&simulation)) {
            found.push((format!("{name} | {apart}"), all.mean, all.half_width(), alone.half_width()));
        }
    }
    if let (Some(all), Some(alone)) = (whole.difference_in_gain(2, 3), simulation.difference_in_gain(2, 3)) {
        found.push((format!("AccI | {apart}"), all.mean, all.half_width(), alone.half_width()));
    }
    if let Some(lead) = entry.image_sampling.as_ref().and_then(|images| images.leads.first()) {
        let (mean, half) = (lead.appeals - lead.rival_appeals, 1.96 * lead.variance.sqrt());
        found.push((format!("appeals at equal accuracy | {apart}"), mean, Some(half), Some(0.0)));
    }
    Ok(found)
}

/// The figures of a policy.
fn of_row(row: &Row) -> Vec<Found> {
    let seen = |reading: Option<Reading>| reading.and_then(Reading::seen);
    let figures = [
        ("accuracy", row.accuracy),
        ("AccI", row.accuracy_gain),
        ("appeals", row.appeal_rate),
        ("energy", row.energy_j),
        ("late", row.deadline_misses),
        ("sent", row.uplink_bytes),
        ("p50", seen(row.latency_p50_s)),
        ("p95", seen(row.latency_p95_s)),
    ];
    let named = figures.into_iter().filter_map(|(name, interval)| Some((name, interval?)));
    named.map(|(name, i)| (format!("{name} | {}", row.policy), i.mean, i.half_width, i.simulation)).collect()
}

/// A data set of two halves drawn from `data`, with replacement.
fn drawn(data: &Dataset, number: u64, half: usize) -> Result<Dataset, Box<dyn std::error::Error>> {
    let mut random = Streams::new(number, 0).open("coverage", 0);
    let images: Vec<usize> = (0..2 * half).map(|_| random.random_range(0..data.len())).collect();
    let pixels: Vec<_> = images.iter().map(|image| data.image(*image)).collect();
    let stacked = ndarray::stack(Axis(0), &pixels)?;
    let labels = images.iter().map(|image| data.label(*image)).collect();
    Ok(Dataset::new("drawn", stacked, labels, data.classes())?)
}
