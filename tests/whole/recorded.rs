//! Answers that were recorded elsewhere, in place of networks.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use analysis::{Outcome, RequestRecord};
use inference::Score;
use scenarios::answers::{Evaluator, Observation};
use scenarios::experiment::{Point, Study};
use scenarios::policies::{Calibration, Way};
use tests::{Records, networks, read, records_of, small_scenario};

use crate::program::{appealsim, told};

/// What the small scenario's networks are charged for, whoever answers.
const CHARGED: &str = "little-as-if: 500 kMAC, big-as-if: {macs: 11 MMAC, layers: 14}";

fn study(networks: &str, policies: &[&str], edits: &[(&str, &str)]) -> Study {
    let lines: Vec<String> = policies.iter().map(|policy| format!("  - {policy}")).collect();
    let mut all = vec![
        ("  - appealnet: {delta: 0.5}", lines.join("\n")),
        ("{little: fmnist-little, big: fmnist-big}", format!("{{{networks}}}")),
    ];
    all.extend(edits.iter().map(|(old, new)| (*old, (*new).to_owned())));
    let all: Vec<(&str, &str)> = all.iter().map(|(old, new)| (*old, new.as_str())).collect();
    let text = small_scenario(&all);
    Study::load(&read(&text).0, true).unwrap_or_else(|e| panic!("{e}\n{text}"))
}

/// Runs all policies of a point.
fn run(point: &Point) -> Vec<Records> {
    let calibration = point.plan.calibration_images(&point.networks, 2);
    let build = |spec: &scenarios::policies::PolicySpec| spec.build(&Calibration::on(&calibration)).unwrap();
    point.plan.policies.iter().map(|spec| records_of(&point.networks, &point.plan, &build(spec), 0)).collect()
}

/// A table of what one of the shipped networks answers to each image, with or without the right classes.
fn record(folder: &Path, name: &str, way: Way, labelled: bool) -> String {
    let mut evaluator = Evaluator::new(networks());
    let scores: Vec<Score> = Score::all().filter(|score| way == Way::LITTLE || !score.needs_predictor()).collect();
    let mut text = "class".to_owned();
    scores.iter().for_each(|score| write!(text, ",{}", score.column()).unwrap());
    text += if labelled { ",label\n" } else { "\n" };
    for image in 0..networks().data.len() {
        let answer = evaluator.answer(way, &Observation::clear(image as u32));
        write!(text, "{}", answer.class).unwrap();
        scores.iter().for_each(|score| write!(text, ",{}", answer.scores.get(*score).unwrap()).unwrap());
        if labelled {
            write!(text, ",{}", networks().data.label(image)).unwrap();
        }
        text.push('\n');
    }
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

/// Where an answer comes from changes nothing: recorded answers give the same requests, joules and thresholds as the
/// networks that gave them, with their images or without.
#[test]
fn what_was_recorded_is_as_good_as_the_networks_that_gave_it() {
    let policies = [
        "appealnet: {accuracy-gain: 80 %}",
        "confidence: {score: margin, appeal-rate: 20 %}",
        "random: {appeal-rate: 30 %}",
        "oracle",
    ];
    let home = tempfile::tempdir().unwrap();
    let live = study(&format!("little: fmnist-little, big: fmnist-big, {CHARGED}"), &policies, &[]);
    let expected = run(&live.points[0]);
    assert!(expected.iter().all(|records| records.requests.len() > 50));
    let little = record(home.path(), "little.csv", Way::LITTLE, true);
    let big = record(home.path(), "big.csv", Way::BIG, true);
    let bare = record(home.path(), "bare.csv", Way::BIG, false);
    for networks in [
        format!("little: {{answers: {little}}}, big: {{answers: {big}}}, {CHARGED}"),
        format!("little: fmnist-little, big: {{answers: {bare}}}, {CHARGED}"),
        format!("little: {{answers: {little}}}, big: fmnist-big, {CHARGED}"),
    ] {
        let recorded = study(&networks, &policies, &[]);
        for (ours, theirs) in run(&recorded.points[0]).iter().zip(&expected) {
            assert_eq!(ours.requests, theirs.requests, "{networks}");
            assert_eq!(ours.devices, theirs.devices, "{networks}");
        }
    }
}

/// A table of five samples over and over: rightness by model, tokens of each, bytes of the question.
fn routed(folder: &Path, rows: usize) -> String {
    let samples = [
        "1,1,10,100,1000,0.9",
        "0,1,30,300,2000,0.2",
        "1,0,20,200,3000,0.8",
        "0,0,20,200,2000,0.3",
        "1,1,20,200,2500,0.95",
    ];
    let mut text = "small_right,large_right,small_tokens,large_tokens,prompt_bytes,router\n".to_owned();
    samples.iter().cycle().take(rows).for_each(|row| text += &format!("{row}\n"));
    let path = folder.join("routed.csv");
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn models(table: &str) -> String {
    format!(
        "little: {{answers: {table}, columns: {{right: small_right, work: small_tokens, bytes: prompt_bytes, q: router}}}}, \
         big: {{answers: {table}, columns: {{right: large_right, work: large_tokens}}}}, \
         little-as-if: 100 MMAC, big-as-if: 10 GMAC"
    )
}

/// Each sample takes the device and the server what its own tokens say, and sends its own bytes.
#[test]
fn samples_take_what_was_recorded_of_them() {
    let home = tempfile::tempdir().unwrap();
    let table = routed(home.path(), 65);
    let edits = [
        ("    payload: 40 kB\n", "    images: in-order\n"),
        ("cloud: {hardware: t4}", "cloud: {hardware: t4, batch: {max: 4, wait: 400 ms}}"),
    ];
    let study = study(&models(&table), &["appealnet: {delta: 0.5}"], &edits);
    let point = &study.points[0];
    let [local, offload, routed] = &run(point)[..] else { panic!("three policies") };
    let takes = point.plan.groups[0].processor.time(&point.plan.works[0].work).as_nanos() as f64;
    let (mut checked, mut seen) = (0, [0; 5]);
    for r in &local.requests {
        let kind = r.image as usize % 5;
        seen[kind] += 1;
        assert_eq!(
            (r.correct(), r.big_right),
            ([true, false, true, false, true][kind], [true, true, false, false, true][kind])
        );
        let (Some(start), Some(done)) = (r.edge_start, r.edge_done) else { continue };
        let expected = takes * [0.5, 1.5, 1.0, 1.0, 1.0][kind];
        assert!((done as f64 - start as f64 - expected).abs() <= 1.0, "{kind}: {} of {expected}", done - start);
        checked += 1;
    }
    assert!(checked > 50 && seen.iter().all(|times| *times > 10), "{seen:?}");
    // Results come from the samples with an odd number.
    assert!(local.requests.iter().all(|r| r.image % 2 == 1));
    let mut batches: BTreeMap<u64, Vec<&RequestRecord>> = BTreeMap::new();
    for r in offload.requests.iter().filter(|r| r.outcome == Outcome::Cloud) {
        assert_eq!(r.uplink_bytes, [1000, 2000, 3000, 2000, 2500][r.image as usize % 5]);
        batches.entry(r.cloud_start.unwrap()).or_default().push(r);
    }
    // What its samples take on average.
    let mut mixed = 0;
    for batch in batches.values() {
        let efforts: Vec<f64> = batch.iter().map(|r| [0.5, 1.5, 1.0, 1.0, 1.0][r.image as usize % 5]).collect();
        let serves = point.plan.tiers[0].server.time(&point.plan.works[1].work, batch.len()).as_nanos() as f64;
        let expected = serves * efforts.iter().sum::<f64>() / batch.len() as f64;
        let took = batch[0].cloud_done.unwrap() - batch[0].cloud_start.unwrap();
        assert!(batch.iter().all(|r| r.batch == Some(batch.len() as u32)), "{batch:?}");
        assert!((took as f64 - expected).abs() <= 1.0, "{efforts:?}: {took} of {expected}");
        mixed += usize::from(efforts.iter().any(|effort| *effort != efforts[0]));
    }
    assert!(batches.len() > 10 && mixed > 5, "{} batches, {mixed} of them mixed", batches.len());
    // The router of the table decides, and a stand-in for a class does not tell what is right.
    assert!(routed.requests.iter().all(|r| r.appealed == [false, true, false, true, false][r.image as usize % 5]));
    let labels: Vec<u8> = (0..4).map(|image| point.networks.data.label(image)).collect();
    assert_eq!(labels, [0, 0, 1, 1]);
}

/// In a table with one model's classes, the column that is named for another model says what is right of that one.
#[test]
fn a_column_that_is_named_counts_for_more_than_one_that_is_there() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("shared.csv");
    let rows = "label,class,q,large\ncat,cat,0.9,0\ndog,cat,0.2,1\ncat,cat,0.7,1\ndog,dog,0.8,0\n";
    fs::write(&path, rows).unwrap();
    let path = path.display();
    let networks = format!(
        "little: {{answers: {path}}}, big: {{answers: {path}, columns: {{right: large}}}}, \
         little-as-if: 1 MMAC, big-as-if: 9 MMAC"
    );
    let study = study(&networks, &["appealnet: {delta: 0.5}"], &[]);
    let mut evaluator = Evaluator::new(&study.points[0].networks);
    let mut right = |way| (0..4).map(|image| evaluator.is_right(way, &Observation::clear(image))).collect::<Vec<_>>();
    assert_eq!(right(Way::LITTLE), [true, false, true, true]);
    assert_eq!(right(Way::BIG), [false, true, true, false]);
}

/// The whole way of a table from the command line: judged, run, shown.
#[test]
fn a_table_of_two_models_is_evaluated_and_run() {
    let home = tempfile::tempdir().unwrap();
    let table = routed(home.path(), 400);
    let text = small_scenario(&[
        ("{little: fmnist-little, big: fmnist-big}", &format!("{{{}}}", models(&table))),
        ("    payload: 40 kB\n", ""),
        ("  - appealnet: {delta: 0.5}", "  - appealnet: {gain-share: 90 %}\n  - random: {appeal-rate: 20 %}"),
        ("seed: 1", "seed: 1\nreplications: 2"),
    ]);
    fs::write(home.path().join("scenario.yaml"), text).unwrap();
    let evaluated = told(home.path(), &["evaluate", "scenario.yaml"]);
    assert!(evaluated.contains("little of routed.csv") && evaluated.contains("| q |"), "{evaluated}");
    // There are no features to find neighbours by, and no max softmax to know classes by.
    assert!(!evaluated.contains("nearest") && !evaluated.contains("class-aware"), "{evaluated}");
    let cut =
        appealsim(home.path(), &["cuts", "little", "--in", "scenario.yaml"]).assert().failure().get_output().clone();
    let cut = String::from_utf8(cut.stderr).unwrap();
    assert!(cut.contains("'little' is a table of answers"), "{cut}");
    let shown = told(home.path(), &["run", "scenario.yaml", "--out", "here"]);
    assert!(shown.contains("appealnet"), "{shown}");
    let page = fs::read_to_string(home.path().join("here/report.html")).unwrap();
    assert!(page.contains("big of routed.csv") && !page.contains("data:image/png"));
}

#[test]
fn tables_that_cannot_be_are_refused_by_name_and_row() {
    let home = tempfile::tempdir().unwrap();
    let refused = |little: &str, big: &str, networks: &str, edits: &[(&str, &str)]| {
        fs::write(home.path().join("little.csv"), little).unwrap();
        fs::write(home.path().join("big.csv"), big).unwrap();
        let networks = format!("{{{networks}}}");
        let mut all = vec![("{little: fmnist-little, big: fmnist-big}", networks.as_str())];
        all.extend_from_slice(edits);
        fs::write(home.path().join("scenario.yaml"), small_scenario(&all)).unwrap();
        let output = appealsim(home.path(), &["run", "scenario.yaml"]).assert().code(2).get_output().clone();
        let text = String::from_utf8(output.stderr).unwrap();
        text.replace("\n  │ ", " ").split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let both = "little: {answers: little.csv}, big: {answers: big.csv}, little-as-if: 1 MMAC, big-as-if: 9 MMAC";
    let good = "right,q\n1,0.5\n0,0.4\n1,0.9\n";
    let of = |little: &str, big: &str| refused(little, big, both, &[]);
    let told = of("q\n0.5\n0.4\n", good);
    assert!(told.contains("little.csv does not say which answers are right: it has q"), "{told}");
    let told = of("right,q\n1,0.5\n0,1.4\n", good);
    assert!(told.contains("column 'q' has 1.4 in row 2, which is not from 0 to 1"), "{told}");
    let told = of(good, "right\n1\n0\n");
    assert!(told.contains("big.csv: it has 2 rows, but little.csv has 3"), "{told}");
    let told = of("id,right,q\na,1,0.5\nb,1,0.4\n", "id,right\na,1\nc,0\n");
    assert!(told.contains("id 'c' in row 2, where little.csv has 'b'"), "{told}");
    let told = of("label,class,right,q\n1,1,1,0.5\n1,0,1,0.4\n0,0,1,0.2\n", good);
    assert!(told.contains("row 2 has label '1', class '0' and 1 under right, which does not fit"), "{told}");
    let told = of("right,q,bytes\n1,0.5,10\n0,0.4,20\n1,0.9,30\n", good);
    assert!(told.contains("was recorded sample by sample, as `bytes`, and would not be used"), "{told}");
    let skewed = ("    payload: 40 kB\n", "    payload: 40 kB\n    images: {classes: {0: 2}}\n");
    let told = refused(good, good, both, &[skewed]);
    assert!(told.contains("there are no classes: of these samples nothing is known but right and wrong"), "{told}");
    let told = of("class,q\n1,0.5\n0,0.4\n", good);
    assert!(told.contains("little.csv has the classes answered, but not the right ones"), "{told}");
    let told = of("right\n1\n0\n", "right\n1\n0\n");
    assert!(told.contains("network 'little' has no q, which a predictor head gives"), "{told}");
    let told = refused(good, good, &both.replace(", big-as-if: 9 MMAC", ""), &[]);
    assert!(told.contains("what an answer of 'big' takes was recorded nowhere"), "{told}");
    assert!(told.contains("give cloud.measured.big, or big-as-if beside it"), "{told}");
    let told = refused(good, good, &both.replace("answers: little.csv", "answers: little.csv, columns: {q: qq}"), &[]);
    assert!(told.contains("unknown column of little.csv 'qq'") && told.contains("did you mean 'q'?"), "{told}");
    let told =
        refused(good, good, &both.replace("answers: little.csv", "answers: little.csv, columns: {rigt: q}"), &[]);
    assert!(told.contains("a table of answers has no 'rigt': did you mean 'right'?"), "{told}");
    let told = refused(good, good, both, &[("    payload: 40 kB\n", "")]);
    assert!(told.contains("there are no images whose size could be sent"), "{told}");
    let degraded = ("    payload: 40 kB\n", "    payload: 40 kB\n    degrade: {noise: 0.3}\n");
    let told = refused(good, good, both, &[degraded]);
    assert!(told.contains("what 'little of little.csv' answers to degraded images was not recorded"), "{told}");
    let mixed = "little: fmnist-little, big: {answers: big.csv}, big-as-if: 9 MMAC";
    let told = refused(good, "class\n1\n", mixed, &[]);
    assert!(told.contains("big.csv: it has 1 rows, but 'fashion-mnist' has 10000 images"), "{told}");
    let cut = ("  - appealnet: {delta: 0.5}", "  - split: {after: 3}");
    let told = refused(good, good, both, &[cut]);
    assert!(told.contains("split") && told.contains("big"), "{told}");
}
