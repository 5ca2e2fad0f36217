//! The loss of a chunk and its gradient.

use std::sync::Arc;

use super::objective::{Big, Objective};
use super::pass::Pass;
use crate::graph::{Layout, Value};
use crate::kernels::Activation;
use crate::network::Network;
use crate::ops::Tape;
use crate::program::Scratch;
use crate::scores::{log_softmax, sigmoid};

/// Sums over the images of a chunk.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub loss: f64,
    pub right: usize,
    pub q: f64,
}

impl Tally {
    /// Adds another chunk.
    pub fn add(&mut self, other: Self) {
        self.loss += other.loss;
        self.right += other.right;
        self.q += other.q;
    }
}

/// Images that are processed together.
pub struct Chunk<'a> {
    /// Normalised pixels.
    pub x: Activation,
    /// Their labels and the big network's results.
    pub images: &'a Images,
    /// How much the loss of each exit counts, earliest first.
    pub exit_weights: &'a [f32],
}

/// The labels of a chunk's images and the big network's results on them.
#[derive(Clone, Debug, Default)]
pub struct Images {
    /// Their classes.
    pub labels: Vec<u8>,
    /// The big network's results on them.
    pub big: Vec<Big>,
    /// Its class probabilities, image after image; empty if they are not used.
    pub probabilities: Vec<f32>,
    /// How much the approximator learns from those instead of the labels, 0 to 1.
    pub distil: f32,
}

impl Images {
    /// Adds an image.
    pub fn push(&mut self, label: u8, big: Big, probabilities: &[f32]) {
        self.labels.push(label);
        self.big.push(big);
        self.probabilities.extend_from_slice(probabilities);
    }

    /// The probability that the approximator should give to `class` of image `index`.
    fn target(&self, index: usize, class: usize, classes: usize) -> f32 {
        let hard = if class == usize::from(self.labels[index]) { 1.0 } else { 0.0 };
        match self.probabilities.get(index * classes + class) {
            Some(soft) => hard + self.distil * (soft - hard),
            None => hard,
        }
    }
}

/// Runs a chunk forward and backward: gradients (of the sum over its images) are added to `gradients`.
///
/// Every exit has its loss, and their weighted sum is what is minimised (BranchyNet, Teerapittayanon et al. 2016). A
/// predictor learns from the answers of its own exit; an exit without one learns to classify, whatever the objective. What
/// is right, and q, are those of the last exit.
pub fn run_chunk(
    layout: &Layout,
    parameters: &[f32],
    chunk: Chunk,
    objective: Objective,
    tape: &mut Tape,
    gradients: &mut [f32],
) -> Tally {
    let Chunk { x, images: known, exit_weights } = chunk;
    let exits = layout.graph.exits().iter().map(|exit| {
        let predictor = exit.predictor.filter(|_| !matches!(objective, Objective::Classify));
        (exit.logits, predictor.map(|predictor| predictor.unit))
    });
    let exits: Vec<(Value, Option<Value>)> = exits.collect();
    let wanted: Vec<Value> = exits.iter().flat_map(|(logits, unit)| [*logits].into_iter().chain(*unit)).collect();
    let pass = Pass::new(layout, 0, &wanted);
    let made = pass.forward(parameters, x, &wanted, tape);
    let mut made: Vec<Activation> = made.into_iter().map(Arc::unwrap_or_clone).collect();
    let mut rest = made.iter_mut();
    let mut next = || rest.next().expect("what is wanted is made");
    let mut tally = Tally::default();
    for ((_, unit), weight) in exits.into_iter().zip(exit_weights) {
        let (logits, units) = (next(), unit.map(|_| next()));
        let objective = if units.is_some() { objective } else { Objective::Classify };
        let exit = pull_heads(objective, *weight, known, logits, units);
        tally = Tally { loss: tally.loss + exit.loss, ..exit };
    }
    pass.backward(parameters, wanted.into_iter().zip(made), gradients, tape);
    tally
}

/// Runs a chunk through a network that stays as it is, and trains only its predictor heads, each on what it sees. What is
/// right, and q, are those of the last exit.
#[expect(clippy::too_many_arguments, reason = "run_chunk's, and the network with its scratch")]
pub fn run_predictors(
    layout: &Layout,
    parameters: &[f32],
    network: &Network,
    chunk: Chunk,
    objective: Objective,
    tape: &mut Tape,
    scratch: &mut Scratch,
    gradients: &mut [f32],
) -> Tally {
    let Chunk { x, images: known, .. } = chunk;
    let mut made = Vec::new();
    for exit in layout.graph.exits() {
        let seen = exit.predictor.map(|head| tape.take(layout.extent(head.seen), x.images()));
        made.push((seen, tape.take(layout.extent(exit.logits), x.images())));
    }
    for image in 0..x.images() {
        network.seen(&x, image, scratch, |exit, s, l| {
            let (seen, logits) = &mut made[exit];
            seen.iter_mut().zip(s).for_each(|(seen, s)| seen.copy_image(image, s, 0));
            logits.copy_image(image, l, 0);
        });
    }
    tape.give(x);
    let mut tally = Tally::default();
    for (exit, (seen, mut logits)) in layout.graph.exits().iter().zip(made) {
        let loss = match exit.predictor.zip(seen) {
            Some((head, seen)) => {
                let pass = Pass::new(layout, head.seen, &[head.unit]);
                let made = pass.forward(parameters, seen, &[head.unit], tape).swap_remove(0);
                let mut units = Arc::unwrap_or_clone(made);
                let exit = pull_heads(objective, 1.0, known, &mut logits, Some(&mut units));
                pass.backward(parameters, [(head.unit, units)].into_iter(), gradients, tape);
                tally = Tally { loss: tally.loss, ..exit };
                exit.loss
            }
            None => {
                tally = Tally { loss: tally.loss, ..pull_heads(Objective::Classify, 1.0, known, &mut logits, None) };
                0.0
            }
        };
        tally.loss += loss;
        tape.give(logits);
    }
    tally
}

/// Loss of a chunk at these outputs of an exit's heads, which are replaced by its derivatives; all times `weight`.
fn pull_heads(
    objective: Objective,
    weight: f32,
    known: &Images,
    logits: &mut Activation,
    mut units: Option<&mut Activation>,
) -> Tally {
    let mut tally = Tally::default();
    let classes = logits.extent().shape.channels;
    let mut logs = vec![0.0; classes];
    for (i, label) in known.labels.iter().enumerate() {
        let label = usize::from(*label);
        let logits = &mut logits.image_mut(i)[..classes];
        log_softmax(logits, &mut logs);
        let right = logs.iter().all(|l| *l <= logs[label]);
        let little: f32 = logs.iter().enumerate().map(|(class, log)| -known.target(i, class, classes) * log).sum();
        let unit = units.as_ref().map_or(0.0, |units| units.image(i)[0]);
        let pull = objective.pull(little, right, known.big[i], unit);
        tally.add(Tally {
            loss: f64::from(weight * pull.loss),
            right: usize::from(right),
            q: f64::from(sigmoid(unit)),
        });
        if let Some(units) = &mut units {
            units.image_mut(i)[0] = weight * pull.predictor;
        }
        for (class, (d, log)) in logits.iter_mut().zip(&logs).enumerate() {
            *d = weight * pull.approximator * (log.exp() - known.target(i, class, classes));
        }
    }
    tally
}

#[cfg(test)]
mod tests {
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
                let expected: f64 =
                    gradients[range.clone()].iter().zip(&direction).map(|(g, d)| f64::from(g * d)).sum();
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
        Trial::new(SMALL, Objective::Gain).check(|_| true);
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
        let text = format!(
            "{SMALL}exits: [{{after: 4, head: []}}]
"
        );
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
        let text = format!(
            "{SMALL}exits: [{{after: 4, head: [], predictor: {{sees: features}}}}]
"
        );
        for favoured in ["exits.0.approximator.bias", "approximator.bias"] {
            let mut trial = Trial::new(&text, Objective::Outcome);
            trial.images.big.iter_mut().for_each(|big| big.right = true);
            let slots = trial.layout.graph.slots();
            let slot = |name: &str| slots.iter().find(|slot| slot.name == name).unwrap().range();
            let mut parameters = vec![0.0; slots.parameters()];
            parameters[slot(favoured).start] = 1.0;
            let mut gradients = vec![0.0; parameters.len()];
            trial.run(&parameters, &mut gradients);
            for (unit, own) in [
                ("exits.0.predictor.out.bias", "exits.0.approximator.bias"),
                ("predictor.out.bias", "approximator.bias"),
            ] {
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
            for slot in with.layout.graph.slots().iter().filter(|slot| !matches!(slot.tensor.role, Role::Statistic(_)))
            {
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
            let text =
                format!("{}{extractor}predictor{}", head.trim_end(), tail.replace("hidden", "depths: [1], hidden"));
            Trial::new(&text, Objective::Appeal { beta: 0.3, cross_entropy: 0.5 }).check(|_| true);
        }
    }
}
