//! Gradients against slopes, and losses by hand.

use super::*;
use crate::architecture::Architecture;
use crate::ops::Purpose;
use crate::weights::Role;

const SMALL: &str = "
name: small
input: {channels: 2, height: 6, width: 5}
normalise: {mean: [0, 0], deviation: [1, 1]}
classes: 3
extractor:
  - conv: {out: 4}
  - separable: {out: 5, stride: 2}
  - residual: {out: 5}
  - residual: {out: 6, stride: 2}
  - global-average-pool
  - dense: {out: 7}
predictor: {sees: features, hidden: 4}
";

/// Numbers in [-1, 1) that look random.
fn numbers(count: usize, salt: usize) -> Vec<f32> {
    let number = |i| ((i + 1) as f64 * (salt as f64 + 0.618_033_988_749_895) * 7.13).fract() as f32 * 2.0 - 1.0;
    (0..count).map(number).collect()
}

struct Trial {
    layout: Layout,
    x: Activation,
    images: Images,
    objective: Objective,
    exit_weights: Vec<f32>,
}

impl Trial {
    fn new(text: &str, objective: Objective) -> Self {
        let architecture = Architecture::parse(text, "test").unwrap();
        let mut images = Images { distil: 0.4, ..Images::default() };
        for i in 0..6 {
            let big = Big { loss: 0.1 * i as f32, right: i % 4 != 0 };
            images.push((i % 3) as u8, big, &[0.2, 0.5, 0.3]);
        }
        let layout = Layout::new(&architecture.graph().unwrap(), Purpose::Training);
        let mut x = Activation::zeros(layout.extent(0), 6);
        let each = layout.extent(0).shape.len();
        let pixels = numbers(6 * each, 1);
        pixels.chunks_exact(each).enumerate().for_each(|(image, pixels)| x.lay(image, pixels));
        let exit_weights = vec![1.0; layout.graph.exits().len()];
        Self { layout, x, images, objective, exit_weights }
    }

    /// With the losses of its exits counted so.
    fn weighing(self, exit_weights: &[f32]) -> Self {
        Self { exit_weights: exit_weights.to_vec(), ..self }
    }

    fn run(&self, parameters: &[f32], gradients: &mut [f32]) -> Tally {
        let chunk = Chunk { x: self.x.clone(), images: &self.images, exit_weights: &self.exit_weights };
        run_chunk(&self.layout, parameters, chunk, self.objective, &mut Tape::default(), gradients)
    }

    fn tally(&self, parameters: &[f32]) -> Tally {
        self.run(parameters, &mut vec![0.0; parameters.len()])
    }

    fn loss(&self, parameters: &[f32], gradients: &mut [f32]) -> f64 {
        self.run(parameters, gradients).loss
    }

    /// Along a direction within each tensor, the gradient must be the slope of the loss.
    fn check(&self, wanted: impl Fn(&str) -> bool) {
        let parameters = numbers(self.layout.graph.slots().parameters(), 2);
        let mut gradients = vec![0.0; parameters.len()];
        self.loss(&parameters, &mut gradients);
        let slots = self.layout.graph.slots().iter();
        let trainable = slots.filter(|slot| !matches!(slot.tensor.role, Role::Statistic(_)));
        for slot in trainable.filter(|slot| wanted(&slot.name)) {
            let range = slot.at..slot.at + slot.tensor.len();
            let direction = numbers(range.len(), 3);
            let expected: f64 = gradients[range.clone()].iter().zip(&direction).map(|(g, d)| f64::from(g * d)).sum();
            let moved = |step: f32| {
                let mut moved = parameters.clone();
                moved[range.clone()].iter_mut().zip(&direction).for_each(|(p, d)| *p += step * d);
                self.loss(&moved, &mut vec![0.0; parameters.len()])
            };
            // Long steps cross kinks of the rectifiers and short ones are lost in rounding: one of these does
            // neither.
            let slopes = [3e-3, 1e-3, 3e-4, 1e-4].map(|step| (moved(step) - moved(-step)) / f64::from(2.0 * step));
            let allowed = 0.02 * expected.abs() + 0.01;
            let agrees = slopes.iter().any(|slope| (slope - expected).abs() < allowed);
            assert!(agrees, "{}: slopes {slopes:?}, gradient {expected}", slot.name);
        }
    }
}

#[test]
fn gradients_are_slopes() {
    Trial::new(SMALL, Objective::Classify).check(|name| !name.starts_with("predictor"));
    Trial::new(SMALL, Objective::Outcome).check(|_| true);
    Trial::new(SMALL, Objective::Appeal { beta: 0.3, cross_entropy: 0.5 }).check(|_| true);
}

/// The gradient of inputs read at several depths reaches every block.
#[test]
fn gradients_of_a_predictor_that_reads_several_depths() {
    let text = SMALL.replace("sees: features,", "sees: features, depths: [0, 1, 3],");
    Trial::new(&text, Objective::Outcome).check(|_| true);
    Trial::new(&text, Objective::Appeal { beta: 0.3, cross_entropy: 0.5 }).check(|_| true);
}

/// Early exits, one with a predictor of its own: what they learn reaches the blocks that they share with the rest.
#[test]
fn gradients_of_networks_with_exits() {
    let exits = "
exits:
  - {after: 0, head: [global-average-pool]}
  - {after: 2, head: [conv: {out: 3}, flatten], predictor: {sees: features, depths: [1], hidden: 2}}
";
    let text = format!("{SMALL}{exits}");
    Trial::new(&text, Objective::Classify).check(|name| !name.contains("predictor"));
    Trial::new(&text, Objective::Outcome).check(|_| true);
    Trial::new(&text, Objective::Appeal { beta: 0.3, cross_entropy: 0.5 }).check(|_| true);
    let weights = [0.5, 2.0, 0.25];
    Trial::new(&text, Objective::Appeal { beta: 0.3, cross_entropy: 0.5 }).weighing(&weights).check(|_| true);
}

/// An early exit and the end, all of whose weights are 0, give each of three classes a third, and q is a half: of six
/// images, each exit has a loss of 6·ln 3 for the classes, and one that asks whether it will do 6·ln 2 more. So with
/// weights of 3 and 0.5 the loss is 3·6·ln 3 + 0.5·6·(ln 3 + ln 2).
#[test]
fn the_losses_of_exits_are_weighed() {
    let text = format!("{SMALL}exits: [{{after: 4, head: []}}]\n");
    let trial = Trial::new(&text, Objective::Outcome).weighing(&[3.0, 0.5]);
    let loss = trial.tally(&vec![0.0; trial.layout.graph.slots().parameters()]).loss;
    let (three, two) = (3f64.ln(), 2f64.ln());
    assert!((loss - (3.0 * 6.0 * three + 0.5 * 6.0 * (three + two))).abs() < 1e-4, "{loss}");
}

/// With all of its outputs at 0 by weights of 0, q is a half wherever it is asked for. Where the big network is always
/// right, whether the answer will do is whether it is right: of six images with labels 0, 1, 2, 0, 1, 2, an exit
/// whose bias favours class 0 is right on two, and one that favours no class, by the rule for ties, on all. The
/// derivative by the bias of a predictor's unit is the sum of q - target: 6/2 - 2 = 1 and 6/2 - 6 = -3.
#[test]
fn q_of_an_exit_learns_from_the_answers_of_that_exit() {
    let text = format!("{SMALL}exits: [{{after: 4, head: [], predictor: {{sees: features}}}}]\n");
    for favoured in ["exits.0.approximator.bias", "approximator.bias"] {
        let mut trial = Trial::new(&text, Objective::Outcome);
        trial.images.big.iter_mut().for_each(|big| big.right = true);
        let slots = trial.layout.graph.slots();
        let slot = |name: &str| slots.iter().find(|slot| slot.name == name).unwrap().range();
        let mut parameters = vec![0.0; slots.parameters()];
        parameters[slot(favoured).start] = 1.0;
        let mut gradients = vec![0.0; parameters.len()];
        trial.run(&parameters, &mut gradients);
        for (unit, own) in
            [("exits.0.predictor.out.bias", "exits.0.approximator.bias"), ("predictor.out.bias", "approximator.bias")]
        {
            let expected = if own == favoured { 1.0 } else { -3.0 };
            assert_eq!(gradients[slot(unit).start], expected, "{unit} where {favoured} is 1");
        }
    }
}

/// A predictor that normalises what it reads.
#[test]
fn gradients_of_a_predictor_that_normalises() {
    let text = SMALL.replace("sees: features,", "sees: features, norm: true,");
    Trial::new(&text, Objective::Outcome).check(|_| true);
}

/// An early exit whose weights are 0 gives each of three classes a third. It learns to classify, whatever else is
/// learnt, so that it adds ln 3 for each of six images to the loss, and nothing to what is right.
#[test]
fn the_loss_of_an_exit_is_added() {
    for objective in [Objective::Classify, Objective::Appeal { beta: 0.3, cross_entropy: 0.5 }] {
        let with = Trial::new(&format!("{SMALL}exits: [{{after: 4, head: []}}]\n"), objective);
        let without = Trial::new(SMALL, objective);
        let parameters = numbers(without.layout.graph.slots().parameters(), 2);
        let mut all = vec![0.0; with.layout.graph.slots().parameters()];
        for slot in with.layout.graph.slots().iter().filter(|slot| !matches!(slot.tensor.role, Role::Statistic(_))) {
            let same = without.layout.graph.slots().iter().find(|other| other.name == slot.name);
            assert_eq!(same.is_none(), slot.name.starts_with("exits.0."));
            same.into_iter().for_each(|same| all[slot.range()].copy_from_slice(&parameters[same.range()]));
        }
        let (with, without) = (with.tally(&all), without.tally(&parameters));
        assert!((with.loss - without.loss - 6.0 * 3f64.ln()).abs() < 1e-4, "{with:?}, {without:?}");
        assert_eq!((with.right, with.q), (without.right, without.q));
    }
}

/// A predictor that reads scores does not train them: its own gradient is exact nevertheless.
#[test]
fn gradients_of_a_predictor_that_reads_scores() {
    let text = SMALL.replace("sees: features", "sees: features-and-scores");
    Trial::new(&text, Objective::Outcome).check(|name| name.starts_with("predictor"));
}

/// LeNet's shape, groups, gaps, uneven windows and padding, and what is joined with earlier blocks.
#[test]
fn gradients_of_networks_of_every_kind() {
    let lenet = "
  - conv: {out: 3, padding: 0, bias: true, norm: false, activation: tanh}
  - average-pool
  - flatten
  - dense: {out: 7, activation: sigmoid}
";
    let grouped = "
  - conv: {out: 4, dilation: 2, groups: 2}
  - conv: {out: 4, kernel: [2, 3], padding: [1, 0, 1, 2], stride: [2, 1], norm: false, bias: true}
  - depthwise: {padding: [0, 1, 2, 1], activation: none}
  - add: 1
  - concat: [2, 1]
  - pool: {kind: max, kernel: 3, stride: 1, padding: 1}
  - pad: [1, 0]
  - norm
  - activation: tanh
  - global-max-pool
";
    for extractor in [lenet, grouped] {
        let (head, tail) = (SMALL.split("  - conv").next().unwrap(), SMALL.split("predictor").last().unwrap());
        let text = format!("{}{extractor}predictor{}", head.trim_end(), tail.replace("hidden", "depths: [1], hidden"));
        Trial::new(&text, Objective::Appeal { beta: 0.3, cross_entropy: 0.5 }).check(|_| true);
    }
}
