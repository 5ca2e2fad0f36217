//! Training as a whole: reproducible, and it learns.

mod stripes;

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use inference::train::{Epoch, Recipe, Stage, train};
use inference::{Answer, Architecture, Network, Score, Scratch, Weights};
use stripes::{NETWORK, write_images};

fn recipe(home: &Path, output: &str) -> Recipe {
    let steps = "{epochs: 12, batch: 32, chunk: 16, rate: 0.1, weight-decay: 0.0001, augment: {crop: 1}}";
    let text = format!(
        "network: tiny.yaml\ndataset: .\nheld-out: 0.2\nseed: 7\noutput: {output}\nclassify: {steps}\n\
         joint: {{steps: {steps}, beta: 0.3, box: black, cross-entropy: 1}}\n"
    );
    let path = home.join(format!("{output}.yaml"));
    fs::write(&path, text).unwrap();
    Recipe::read(&path).unwrap()
}

#[test]
fn the_same_weights_at_one_and_two_threads() {
    let home = tempfile::tempdir().unwrap();
    write_images(home.path(), 1);
    fs::write(home.path().join("tiny.yaml"), NETWORK).unwrap();
    let mut epochs = Vec::new();
    let outcome = train(&recipe(home.path(), "one.safetensors"), 1, |epoch| {
        epochs.push(*epoch);
        ControlFlow::Continue(())
    })
    .unwrap();
    train(&recipe(home.path(), "two.safetensors"), 2, |_| ControlFlow::Continue(())).unwrap();
    let read = |name: &str| fs::read(home.path().join(name)).unwrap();
    assert!(read("one.safetensors") == read("two.safetensors"));
    assert_eq!(epochs.len(), 24);
    assert!(epochs[11].loss < epochs[0].loss / 2.0, "{epochs:?}");
    let last = outcome.curve.last().unwrap();
    assert!(last.held_out_accuracy > 0.8, "{last:?}");
    assert!(last.mean_q > 0.5, "black box, small losses: most images may stay ({last:?})");
    assert_eq!(outcome.curve, epochs);
}

/// One after another, exits of a network learn the labels: from the first, after one block, to the last.
#[test]
fn every_exit_learns() {
    let home = tempfile::tempdir().unwrap();
    write_images(home.path(), 1);
    let exits = "exits: [{after: 0, head: [conv: {out: 8, stride: 2}, global-average-pool]}, {after: 1, head: [flatten], \
                 predictor: {sees: features-and-scores}}]\n";
    fs::write(home.path().join("tiny.yaml"), format!("{NETWORK}{exits}")).unwrap();
    let recipe = recipe(home.path(), "exits.safetensors");
    train(&recipe, 2, |_| ControlFlow::Continue(())).unwrap();
    let network = Network::load("exits.yaml", home.path()).unwrap();
    let images = recipe.held_out_images().unwrap();
    let (mut right, mut scratch) = ([0; 3], Scratch::default());
    for image in 0..images.len() {
        let answers = network.begin(images.image(image), &mut scratch);
        right
            .iter_mut()
            .zip(answers)
            .for_each(|(right, answer)| *right += usize::from(answer.class == images.label(image)));
    }
    // Of 120 images in ten classes, chance gets 12 right.
    assert!(right.iter().all(|right| *right > 60), "{right:?}");
}

/// With the rest frozen, in either stage, the predictor of each exit learns from the answers of that exit, and the rest
/// does not change. The big network is the network itself: its own answer at the end always will do, being right or wrong
/// as the big network's is, so that q is near 1 there; at the early exit q is the share of answers that are right, or wrong
/// at the end as well. The weight of the early exit is 0 while the labels are learnt, so that its answers are poor.
#[test]
fn every_exit_has_a_q_of_its_own() {
    let home = tempfile::tempdir().unwrap();
    write_images(home.path(), 1);
    let exits = "exits: [{after: 0, head: [global-average-pool], predictor: {sees: features-and-scores, norm: true, hidden: 8}}]\n";
    let text = format!("{NETWORK}{exits}").replace("depths: [0],", "norm: true,");
    fs::write(home.path().join("tiny.yaml"), text).unwrap();
    let first = recipe(home.path(), "first.safetensors");
    let labels = Recipe { joint: None, exit_weights: vec![0.0, 1.0], ..first.clone() };
    train(&labels, 2, |_| ControlFlow::Continue(())).unwrap();
    let steps = "epochs: 12, batch: 32, weight-decay: 0, rate";
    for stage in [
        format!("joint: {{steps: {{{steps}: 0.1}}, frozen: true, train-on: outcome, big: [first.safetensors]}}"),
        format!("predictor: {{{steps}: 0.03, train-on: outcome, big: [first.safetensors]}}"),
    ] {
        every_exit_has_learnt(home.path(), &first, &stage);
    }
}

fn every_exit_has_learnt(home: &Path, first: &Recipe, stage: &str) {
    let text = format!(
        "network: tiny.yaml\ndataset: .\nheld-out: 0.2\nseed: 8\noutput: second.safetensors\nstart: first.safetensors\n\
         {stage}\n"
    );
    let path = home.join("recipe.yaml");
    fs::write(&path, text).unwrap();
    train(&Recipe::read(&path).unwrap(), 2, |_| ControlFlow::Continue(())).unwrap();
    let network = |name: &str| Network::load(name, home).unwrap();
    let (before, after) = (network("first.yaml"), network("second.yaml"));
    let images = first.held_out_images().unwrap();
    let (mut q, mut will_do, mut scratch) = ([0.0; 2], [0.0; 2], Scratch::default());
    for image in 0..images.len() {
        let old: Vec<Answer> = before.begin(images.image(image), &mut scratch).collect();
        let new: Vec<Answer> = after.begin(images.image(image), &mut scratch).collect();
        let right = |exit: usize| new[exit].class == images.label(image);
        for exit in 0..2 {
            assert_eq!(old[exit].scores.get(softmax()), new[exit].scores.get(softmax()), "exit {exit}, image {image}");
            q[exit] += f64::from(new[exit].scores.get(Score::Q).unwrap()) / images.len() as f64;
            will_do[exit] += f64::from(u8::from(right(exit) || !right(1))) / images.len() as f64;
        }
    }
    assert!(q[1] > 0.95 && will_do[1] > 0.999, "{q:?}, {will_do:?}");
    assert!(will_do[0] < 0.5, "the early exit learnt the labels: {will_do:?}");
    assert!((q[0] - will_do[0]).abs() < 0.1, "{q:?}, {will_do:?}");
}

fn softmax() -> Score {
    Score::named("max-softmax").unwrap()
}

/// Of the 600 images whose labels run 0, 1, …, 9, 0, … a share of 0.012 is 7.2 images: the last seven, 593 to 599.
#[test]
fn the_last_images_are_held_out_whatever_the_seed() {
    let home = tempfile::tempdir().unwrap();
    write_images(home.path(), 1);
    let mut recipe = recipe(home.path(), "some.safetensors");
    recipe.held_out = 0.012;
    for seed in [1, 2] {
        recipe.seed = seed;
        let held_out = recipe.held_out_images().unwrap();
        let labels: Vec<u8> = (0..held_out.len()).map(|image| held_out.label(image)).collect();
        assert_eq!(labels, [3, 4, 5, 6, 7, 8, 9]);
        // Stripes of classes 5 to 9 lie: the second of two rows is dark. Those of 3 and 4 stand.
        let second_row = |image: usize| (0..8).map(|column| held_out.image(image)[(1, column, 0)]).max().unwrap();
        assert!(second_row(0) >= 155 && second_row(6) < 32, "pixels and labels belong together");
    }
    recipe.held_out = 0.0001;
    assert!(recipe.held_out_images().unwrap_err().to_string().contains("of 600 training images"));
}

/// Broken off in either stage and started again, a training ends with the weights of one that was not.
#[test]
fn an_interrupted_training_ends_with_the_same_bytes() {
    let home = tempfile::tempdir().unwrap();
    write_images(home.path(), 1);
    fs::write(home.path().join("tiny.yaml"), NETWORK).unwrap();
    let go_on = |_: &Epoch| ControlFlow::Continue(());
    let recipe = recipe(home.path(), "weights.safetensors");
    train(&recipe, 2, go_on).unwrap();
    let undisturbed = fs::read(&recipe.output).unwrap();
    for (stage, number, done) in [(Stage::Classify, 5, 5), (Stage::Classify, 12, 12), (Stage::Joint, 3, 15)] {
        fs::remove_file(&recipe.output).unwrap();
        let stop = |epoch: &Epoch| match (epoch.stage, epoch.number) == (stage, number) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        };
        let error = train(&recipe, 2, stop).unwrap_err().to_string();
        assert!(error.contains("resumes from it"), "{error}");
        assert!(!recipe.output.exists());
        let mut heard = 0;
        let hear = |_: &Epoch| {
            heard += 1;
            ControlFlow::Continue(())
        };
        let outcome = train(&recipe, 1, hear).unwrap();
        assert_eq!((outcome.curve.len(), heard), (24, 24 - done));
        assert!(fs::read(&recipe.output).unwrap() == undisturbed, "broken off at {stage:?} {number}");
        assert!(!recipe.output.with_extension("checkpoint").exists());
    }
}

/// A checkpoint is of one training alone: with another image, another recipe or other weights to start from, it is passed over.
#[test]
fn a_checkpoint_of_another_training_is_not_resumed() {
    let home = tempfile::tempdir().unwrap();
    write_images(home.path(), 1);
    fs::write(home.path().join("tiny.yaml"), NETWORK).unwrap();
    let first = recipe(home.path(), "start.safetensors");
    train(&first, 2, |_| ControlFlow::Continue(())).unwrap();
    let mut again = Recipe { start: Some(first.output.clone()), ..recipe(home.path(), "weights.safetensors") };
    let other_weights = || {
        let mut bytes = fs::read(&first.output).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&first.output, bytes).unwrap();
    };
    let mut epochs_after = |change: &dyn Fn(&mut Recipe)| {
        let stop = |epoch: &Epoch| {
            if epoch.number == 3 && epoch.stage == Stage::Classify {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        train(&again, 2, stop).unwrap_err();
        change(&mut again);
        let mut heard = 0;
        let hear = |_: &Epoch| {
            heard += 1;
            ControlFlow::Continue(())
        };
        train(&again, 2, hear).unwrap();
        heard
    };
    assert_eq!(epochs_after(&|_| {}), 21);
    assert_eq!(epochs_after(&|_| write_images(home.path(), 2)), 24);
    assert_eq!(epochs_after(&|_| other_weights()), 24);
    assert_eq!(epochs_after(&|recipe| recipe.classify.as_mut().unwrap().augment.flip ^= true), 24);
}

/// Only the predictor's tensors change when the rest is frozen, and degraded images train all the same.
#[test]
fn a_frozen_network_keeps_its_answers() {
    let home = tempfile::tempdir().unwrap();
    write_images(home.path(), 1);
    fs::write(home.path().join("tiny.yaml"), NETWORK).unwrap();
    let first = recipe(home.path(), "first.safetensors");
    train(&first, 2, |_| ControlFlow::Continue(())).unwrap();
    // The architecture lies beside the weights, so that they make a network.
    assert_eq!(
        fs::read_to_string(home.path().join("first.yaml")).unwrap(),
        fs::read_to_string(&first.network).unwrap()
    );
    let text = "network: tiny.yaml\ndataset: .\nheld-out: 0.2\nseed: 8\noutput: second.safetensors\n\
                start: first.safetensors\ndegrade: {share: 0.5, noise: 0.2, blur: 1}\n\
                joint: {steps: {epochs: 2, batch: 32, chunk: 16, rate: 0.1, weight-decay: 0}, frozen: true, \
                train-on: outcome, big: [first.safetensors, first.safetensors]}\n";
    let path = home.path().join("second.yaml");
    fs::write(&path, text).unwrap();
    let second = train(&Recipe::read(&path).unwrap(), 2, |_| ControlFlow::Continue(())).unwrap();
    let architecture = Architecture::read(&first.network).unwrap();
    let read = |path| Weights::read(path, &architecture).unwrap();
    let (before, after) = (read(&first.output), read(&second.output));
    assert_eq!(before.statistics, after.statistics);
    let predictor = (16 + 8 + 2 * 10 + 4) * 8 + 8 + 8 + 1;
    let rest = before.parameters.len() - predictor;
    assert_eq!(before.parameters[..rest], after.parameters[..rest]);
    assert_ne!(before.parameters[rest..], after.parameters[rest..]);
}

/// What fits neither the images nor the network is an error before anything is trained.
#[test]
fn recipes_that_do_not_fit_are_errors() {
    let home = tempfile::tempdir().unwrap();
    write_images(home.path(), 1);
    let told = |network: String, batch: &str| {
        fs::write(home.path().join("tiny.yaml"), network).unwrap();
        let mut recipe = recipe(home.path(), "odd.safetensors");
        recipe.classify.as_mut().unwrap().batch = batch.parse().unwrap();
        train(&recipe, 1, |_| ControlFlow::Continue(())).unwrap_err().to_string()
    };
    assert!(
        told(NETWORK.replace("classes: 10", "classes: 7"), "32")
            .contains("the network has 7 classes, but the labels run up to 9")
    );
    let headless = NETWORK.lines().filter(|line| !line.starts_with("predictor")).collect::<Vec<_>>().join("\n");
    assert!(told(headless.clone(), "32").contains("predictor heads, and this network has none"));
    let early = format!("{headless}\nexits: [{{after: 1, head: [flatten], predictor: {{sees: features}}}}]\n");
    assert!(told(early, "4800").contains("more than the 480"), "a predictor at an early exit can be trained as well");
    assert!(told(NETWORK.to_owned(), "4800").contains("more than the 480 training images"));
    let mut odd = recipe(home.path(), "odd.safetensors");
    odd.exit_weights = vec![0.5, 1.0];
    let said = train(&odd, 1, |_| ControlFlow::Continue(())).unwrap_err().to_string();
    assert!(said.contains("exit-weights has 2 numbers; this network has 1 exit"), "{said}");
}

#[test]
fn impossible_recipes_are_errors() {
    let home = tempfile::tempdir().unwrap();
    let told = |text: &str| {
        let path = home.path().join("recipe.yaml");
        fs::write(&path, text).unwrap();
        Recipe::read(&path).unwrap_err().to_string()
    };
    let good = "network: n\ndataset: d\nheld-out: 0.1\nseed: 1\noutput: o\n";
    assert!(
        told(&format!("{good}classify: {{epochs: 0, batch: 32, rate: 0.1, weight-decay: 0}}"))
            .contains("epochs at least 1")
    );
    assert!(
        told(&format!("{good}classify: {{epochs: 1, batch: 33, rate: 0.1, weight-decay: 0}}"))
            .contains("multiple of chunk")
    );
    assert!(told(&format!("{good}clasify: {{}}")).contains("clasify"));
    for weights in ["[0, 0]", "[1, -1]", "[.inf]"] {
        let text =
            format!("{good}classify: {{epochs: 1, batch: 32, rate: 0.1, weight-decay: 0}}\nexit-weights: {weights}\n");
        assert!(told(&text).contains("exit-weights must be at least 0, and one of them above"), "{weights}");
    }
}
