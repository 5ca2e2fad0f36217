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
        network.begin_normalised(&x, image, scratch).heads(|exit, s, l| {
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
mod tests;
