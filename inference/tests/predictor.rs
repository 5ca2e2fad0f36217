//! The stage that trains predictors after everything else.

mod stripes;

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use inference::train::{Epoch, Recipe, Stage, train};
use inference::{Architecture, Network, Score, Scratch, Weights};
use stripes::{NETWORK, write_images};

const STEPS: &str = "epochs: 10, batch: 32, weight-decay: 0.001, rate";

/// A folder with images and a network whose predictor normalises what it reads.
fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    write_images(home.path(), 1);
    fs::write(home.path().join("tiny.yaml"), NETWORK.replace("depths: [0],", "norm: true,")).unwrap();
    home
}

/// The training to `name.safetensors` that has these lines in its file.
fn recipe(home: &Path, name: &str, lines: &str) -> Recipe {
    let text = format!("network: tiny.yaml\ndataset: .\nheld-out: 0.2\nseed: 7\noutput: {name}.safetensors\n{lines}\n");
    let path = home.join("recipe.yaml");
    fs::write(&path, text).unwrap();
    Recipe::read(&path).unwrap()
}

/// Trains without a stop.
fn run(recipe: &Recipe, threads: usize) -> Vec<Epoch> {
    train(recipe, threads, |_| ControlFlow::Continue(())).unwrap().curve
}

/// A network that has learnt `lines` more than what training files have in common, on the labels.
fn learn_labels(home: &Path, name: &str, lines: &str) {
    run(&recipe(home, name, &format!("classify: {{{STEPS}: 0.1}}\n{lines}")), 2);
}

fn weights(home: &Path, name: &str) -> Weights {
    let architecture = Architecture::read(&home.join("tiny.yaml")).unwrap();
    Weights::read(&home.join(name).with_extension("safetensors"), &architecture).unwrap()
}

/// Of a network with 16 features and 10 classes, the predictor has 40 inputs with 2 numbers each for their normalisation,
/// and 8 hidden units. Nothing but its parameters and the statistics of its inputs changes, at any number of threads.
#[test]
fn only_predictors_change() {
    let home = home();
    learn_labels(home.path(), "start", "");
    let lines = format!(
        "start: start.safetensors\ndegrade: {{share: 0.5, noise: 0.2, blur: 1}}\n\
         predictor: {{{STEPS}: 0.03, draws: 2, big: [start.safetensors, start.safetensors]}}"
    );
    let (one, two) = (recipe(home.path(), "one", &lines), recipe(home.path(), "two", &lines));
    let (curve, again) = (run(&one, 1), run(&two, 2));
    assert_eq!(curve, again);
    assert!(fs::read(&one.output).unwrap() == fs::read(&two.output).unwrap());

    let (before, after) = (weights(home.path(), "start"), weights(home.path(), "one"));
    let (inputs, units) = (16 + 2 * 10 + 4, 8);
    let parameters = before.parameters.len() - (2 * inputs + inputs * units + units + units + 1);
    let statistics = before.statistics.len() - 2 * inputs;
    assert_eq!(before.parameters[..parameters], after.parameters[..parameters]);
    assert_eq!(before.statistics[..statistics], after.statistics[..statistics]);
    assert_ne!(before.parameters[parameters..], after.parameters[parameters..]);
    assert_ne!(before.statistics[statistics..], after.statistics[statistics..]);

    let numbers: Vec<usize> = curve.iter().map(|epoch| epoch.number).collect();
    assert!(curve.iter().all(|epoch| epoch.stage == Stage::Predictor && epoch.of == 10));
    assert_eq!(numbers, (1..=10).collect::<Vec<_>>());
    assert!(curve.iter().all(|epoch| epoch.held_out_accuracy == curve[0].held_out_accuracy));
    // Both networks are one and the same, so that an appeal gains nothing: q is a half.
    let last = curve.last().unwrap();
    assert!(last.loss < 0.01 && last.loss < curve[0].loss && (last.mean_q - 0.5).abs() < 0.02, "{curve:?}");
}

/// The little network knows six classes of ten and the big one five, so that there are classes that both, one or none
/// of them gets right. What an appeal gains is 1 where the big one alone is right, -1 where the little one alone is, and 0
/// otherwise. Trained on the gain, or on whether each network is right, q tells these three kinds apart. Trained on the outcome, it is near 1 for all that need
/// not be sent up, whether sending them up does harm or not.
#[test]
fn the_gain_orders_images_by_what_an_appeal_gains() {
    let home = home();
    learn_labels(home.path(), "little", "classes: [0, 1, 2, 5, 6, 7]");
    learn_labels(home.path(), "big", "classes: [0, 1, 2, 3, 4]");
    let (alone, both, neither, big_alone) = ([5, 6, 7], [0, 1, 2], [8, 9], [3, 4]);
    let given = fs::read_to_string(home.path().join("tiny.yaml")).unwrap();
    let q_of = |target: &str| {
        let estimates = if target == "both" { "hidden: 8, estimates: both" } else { "hidden: 8" };
        fs::write(home.path().join("tiny.yaml"), given.replace("hidden: 8", estimates)).unwrap();
        let steps = "epochs: 40, batch: 32, weight-decay: 0.001, rate: 0.03, big: [big.safetensors]";
        let lines = format!("start: little.safetensors\npredictor: {{{steps}, train-on: {target}}}");
        let recipe = recipe(home.path(), target, &lines);
        run(&recipe, 2);
        let network = Network::load(&format!("{target}.yaml"), home.path()).unwrap();
        let (images, mut scratch) = (recipe.held_out_images().unwrap(), Scratch::default());
        let mut mean = |classes: &[u8]| {
            let of: Vec<usize> = (0..images.len()).filter(|image| classes.contains(&images.label(*image))).collect();
            let q =
                of.iter().map(|image| network.run(images.image(*image), &mut scratch).scores.get(Score::Q).unwrap());
            q.sum::<f32>() / of.len() as f32
        };
        (mean(&alone), mean(&both), mean(&neither), mean(&big_alone))
    };
    for target in ["gain", "both"] {
        let (keep, same, futile, appeal) = q_of(target);
        assert!(keep > 0.85 && appeal < 0.15, "{target}: {keep}, {appeal}");
        assert!((same - 0.5).abs() < 0.15 && (futile - 0.5).abs() < 0.15, "{target}: {same}, {futile}");
    }
    let (keep, same, futile, appeal) = q_of("outcome");
    assert!(keep > 0.85 && same > 0.85 && futile > 0.85 && appeal < 0.15, "{keep}, {same}, {futile}, {appeal}");
}

/// Stopped in any stage and started again, a training ends with the weights of one that was not stopped.
#[test]
fn an_interrupted_training_ends_with_the_same_bytes() {
    let home = home();
    learn_labels(home.path(), "big", "");
    let lines = format!(
        "classify: {{{STEPS}: 0.1}}\njoint: {{steps: {{{STEPS}: 0.05}}, train-on: outcome, big: [big.safetensors]}}\n\
         predictor: {{{STEPS}: 0.03, big: [big.safetensors]}}"
    );
    let recipe = recipe(home.path(), "weights", &lines);
    let curve = run(&recipe, 2);
    assert_eq!(curve.len(), 30);
    let undisturbed = fs::read(&recipe.output).unwrap();
    for stop in [8, 10, 20, 24, 30] {
        fs::remove_file(&recipe.output).unwrap();
        let mut heard = 0;
        let error = train(&recipe, 1, |_| {
            heard += 1;
            if heard == stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert!(error.unwrap_err().to_string().contains("resumes from it") && !recipe.output.exists());
        let mut resumed = 0;
        let outcome = train(&recipe, 2, |_| {
            resumed += 1;
            ControlFlow::Continue(())
        });
        assert_eq!((resumed, outcome.unwrap().curve), (30 - stop, curve.clone()));
        assert!(fs::read(&recipe.output).unwrap() == undisturbed, "stopped after {stop} epochs");
    }
}

/// The files of the big networks are part of what a training is: with another one there, it does not resume.
#[test]
fn a_training_with_another_big_network_begins_again() {
    let home = home();
    learn_labels(home.path(), "big", "");
    let lines = format!("start: big.safetensors\npredictor: {{{STEPS}: 0.03, big: [teacher.safetensors]}}");
    let recipe = recipe(home.path(), "weights", &lines);
    let taught_by = |name: &str| fs::copy(home.path().join(name), home.path().join("teacher.safetensors")).unwrap();
    let epochs_after = |teacher: &str| {
        fs::copy(home.path().join("tiny.yaml"), home.path().join("teacher.yaml")).unwrap();
        taught_by("big.safetensors");
        let stop = |epoch: &Epoch| if epoch.number == 4 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        train(&recipe, 1, stop).unwrap_err();
        taught_by(teacher);
        let mut heard = 0;
        train(&recipe, 1, |_| {
            heard += 1;
            ControlFlow::Continue(())
        })
        .unwrap();
        heard
    };
    learn_labels(home.path(), "other", "classes: [0, 1, 2]");
    assert_eq!((epochs_after("big.safetensors"), epochs_after("other.safetensors")), (6, 10));
}

/// From a network without a predictor, or with another one, comes everything else; the predictor is the one that a
/// training without a start begins with. From the same network comes the predictor, too.
#[test]
fn a_start_may_lack_the_predictor() {
    let home = home();
    let other = fs::read_to_string(home.path().join("tiny.yaml")).unwrap();
    let headless: String =
        other.lines().filter(|line| !line.starts_with("predictor")).map(|l| format!("{l}\n")).collect();
    for (name, text) in
        [("none", headless), ("wider", other.replace("hidden: 8", "hidden: 9")), ("same", other.clone())]
    {
        fs::write(home.path().join("tiny.yaml"), text).unwrap();
        learn_labels(home.path(), name, "");
    }
    fs::write(home.path().join("tiny.yaml"), &other).unwrap();
    let mut predictors = Vec::new();
    for start in ["none", "wider", "same"] {
        // So small a rate that nothing moves.
        let steps = "epochs: 1, batch: 32, weight-decay: 0, rate: 1e-30, big: [same.safetensors]";
        let lines = format!("start: {start}.safetensors\npredictor: {{{steps}}}");
        run(&recipe(home.path(), "from", &lines), 1);
        let (from, begun) = (weights(home.path(), "from"), answers(home.path(), start));
        assert_eq!(answers(home.path(), "from"), begun, "from {start}");
        predictors.push(out(&from));
    }
    assert_eq!(predictors[0], predictors[1]);
    assert_eq!(predictors[2], out(&weights(home.path(), "same")));
    assert_ne!(predictors[0], predictors[2]);
}

/// The last tensors are the 8 weights and the bias of the predictor's output; these are the weights.
fn out(weights: &Weights) -> Vec<f32> {
    let end = weights.parameters.len() - 1;
    weights.parameters[end - 8..end].to_vec()
}

/// Class and max softmax on every tenth image.
fn answers(home: &Path, name: &str) -> Vec<(u8, Option<f32>)> {
    let network = Network::load(&format!("{name}.yaml"), home).unwrap();
    let images = recipe(home, "unused", "classify: {epochs: 1, batch: 32, rate: 1, weight-decay: 0}").held_out_images();
    let (images, mut scratch) = (images.unwrap(), Scratch::default());
    let softmax = Score::named("max-softmax").unwrap();
    let answers = (0..images.len()).step_by(10).map(|image| network.run(images.image(image), &mut scratch));
    answers.map(|answer| (answer.class, answer.scores.get(softmax))).collect()
}

/// Only predictors may differ from the network that weights are taken from, and that network has to be known.
#[test]
fn a_start_of_another_network_is_an_error() {
    let home = home();
    learn_labels(home.path(), "start", "");
    let given = fs::read_to_string(home.path().join("tiny.yaml")).unwrap();
    let lines = format!("start: start.safetensors\npredictor: {{{STEPS}: 0.03, big: [start.safetensors]}}");
    let told = |from: &str, to: &str| {
        fs::write(home.path().join("tiny.yaml"), given.replace(from, to)).unwrap();
        train(&recipe(home.path(), "odd", &lines), 1, |_| ControlFlow::Continue(())).unwrap_err().to_string()
    };
    let said = told("out: 16", "out: 15");
    assert!(
        said.contains("start.safetensors: 'tiny' cannot start from 'tiny'") && said.contains("extractor"),
        "{said}"
    );
    assert!(told("mean: [0.3]", "mean: [0.4]").contains("their normalise does"));
    let exit = "global-average-pool]\nexits: [{after: 0, head: [global-average-pool]}]\n";
    assert!(told("global-average-pool]\n", exit).contains("their list of exits does"));
    fs::remove_file(home.path().join("start.yaml")).unwrap();
    let said = told("hidden: 8", "hidden: 9");
    assert!(said.contains("start.safetensors: these weights were made for another network"), "{said}");
}

#[test]
fn impossible_stages_are_errors() {
    let home = home();
    let good = "big: [b], epochs: 1, batch: 32, rate: 0.1, weight-decay: 0";
    let told = |stage: &str, lines: &str| {
        let text =
            format!("network: n\ndataset: d\nheld-out: 0.1\nseed: 1\noutput: o\n{lines}predictor: {{{stage}}}\n");
        let path = home.path().join("odd.yaml");
        fs::write(&path, text).unwrap();
        Recipe::read(&path).map(|_| ()).map_err(|error| error.to_string())
    };
    let start = "start: s\n";
    assert_eq!(told(good, start), Ok(()));
    assert_eq!(told(&format!("{good}, draws: 2"), "start: s\ndegrade: {share: 0.5, blur: 1}\n"), Ok(()));
    let cases = [
        (good.to_owned(), "", "weights to start from"),
        (good.replace("[b]", "[]"), start, "predictor.big is needed"),
        (good.replace("big: [b],", ""), start, "big"),
        (good.replace("epochs: 1", "epochs: 0"), start, "epochs at least 1"),
        (good.replace("batch: 32", "batch: 1"), start, "batch at least 2"),
        (good.replace("rate: 0.1", "rate: .inf"), start, "predictor.rate must be above 0"),
        (good.replace("decay: 0", "decay: -1"), start, "predictor.weight-decay must be at least 0"),
        (format!("{good}, draws: 0"), start, "predictor.draws must be at least 1"),
        (format!("{good}, draws: 2"), start, "all draws of an image are the same"),
        (format!("{good}, train-on: loss"), start, "loss"),
        (format!("{good}, chunk: 32"), start, "chunk"),
    ];
    for (stage, lines, expected) in cases {
        let said = told(&stage, lines).unwrap_err();
        assert!(said.contains("odd.yaml") && said.contains(expected), "{stage}: {said}");
    }

    learn_labels(home.path(), "start", "");
    let lines = |batch: usize| {
        format!(
            "start: start.safetensors\npredictor: {{{}}}",
            good.replace("32", &batch.to_string()).replace("[b]", "[start.safetensors]")
        )
    };
    let fails =
        |batch| train(&recipe(home.path(), "odd", &lines(batch)), 1, |_| ControlFlow::Continue(())).unwrap_err();
    assert!(fails(481).to_string().contains("a batch of 481 is more than the 480 training images"));
    let text = fs::read_to_string(home.path().join("tiny.yaml")).unwrap();
    fs::write(home.path().join("tiny.yaml"), text.replace("hidden: 8", "hidden: 8, estimates: both")).unwrap();
    assert!(fails(32).to_string().contains("a predictor with 'estimates: both' needs 'train-on: both'"));
    let headless: Vec<&str> = text.lines().filter(|line| !line.starts_with("predictor")).collect();
    fs::write(home.path().join("tiny.yaml"), headless.join("\n")).unwrap();
    assert!(fails(32).to_string().contains("predictor trains predictor heads, and this network has none"));
}
