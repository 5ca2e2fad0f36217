//! A training from file to weights.

use std::path::{Path, PathBuf};

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use xxhash_rust::xxh3::xxh3_64;

use super::initial::initial_weights;
use super::optimizer::Optimizer;
use super::parallel::{on_each, share_out};
use super::pass::Tape;
use super::recipe::{Classify, Knowledge, Recipe, TrainOn};
use super::step::{Big, Chunk, Objective, Tally, run_chunk};
use crate::Error;
use crate::architecture::Architecture;
use crate::dataset::Dataset;
use crate::layers::{Layer, Layers};
use crate::network::Network;
use crate::weights::Weights;

/// New running statistics = 0.9 · old + 0.1 · those of a batch, spread over its chunks.
const STATISTICS_MOMENTUM: f32 = 0.1;

/// What an epoch came to.
#[derive(Clone, Copy, Debug)]
pub struct Epoch {
    /// `classify` or `joint`.
    pub stage: &'static str,
    /// Counted from 1 in its stage.
    pub number: usize,
    /// Epochs of the stage.
    pub of: usize,
    /// Mean loss over the training images.
    pub loss: f64,
    /// Share of the (altered) training images the approximator got right.
    pub train_accuracy: f64,
    /// Share of the held-out images it got right.
    pub held_out_accuracy: f64,
    /// Mean q over the training images, in joint training.
    pub mean_q: f64,
}

/// What a training left behind.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Where the weights lie.
    pub output: PathBuf,
    /// The last epoch.
    pub last: Epoch,
}

/// Trains as `recipe` says with `threads` threads (their number changes nothing but the time); `progress` hears of
/// every epoch.
///
/// # Errors
/// If a file cannot be read or written or does not fit.
pub fn train(recipe: &Recipe, threads: usize, mut progress: impl FnMut(&Epoch)) -> Result<Outcome, Error> {
    let architecture = Architecture::read(&recipe.network)?;
    let data = Dataset::read_idx("training images", &recipe.dataset, "train")?;
    let (height, width, channels) = data.extent();
    let input = architecture.input;
    if (input.height, input.width, input.channels) != (height, width, channels) {
        let what = format!("'{}' does not take images of {height}×{width}×{channels}", architecture.name);
        return Err(Error::Architecture { origin: recipe.network.display().to_string(), what });
    }
    let held_out = (data.len() as f64 * recipe.held_out).round() as usize;
    let trained_on = data.len() - held_out;
    let mut session = Session {
        weights: initial_weights(&architecture, &mut stream(recipe.seed, "initial", 0, 0)),
        layers: Layers::of(&architecture),
        big: vec![Big::default(); data.len()],
        architecture,
        data,
        trained_on,
        seed: recipe.seed,
        threads: threads.max(1),
    };
    let mut last = session.stage("classify", &recipe.classify, Objective::Classify, &mut progress)?;
    if let Some(joint) = &recipe.joint {
        if let Some(path) = &joint.big {
            session.ask_big(path, joint.knows)?;
        }
        let objective = match joint.train_on {
            TrainOn::Loss => Objective::Appeal { beta: joint.beta, cross_entropy: joint.cross_entropy },
            TrainOn::Outcome => Objective::Outcome,
        };
        last = session.stage("joint", &joint.steps, objective, &mut progress)?;
    }
    let notes = [
        ("seed", recipe.seed.to_string()),
        ("held-out-accuracy", format!("{:.4}", last.held_out_accuracy)),
        ("trained-with", format!("appealsim {}", env!("CARGO_PKG_VERSION"))),
    ];
    session.weights.write(&recipe.output, &session.architecture, &notes)?;
    Ok(Outcome { output: recipe.output.clone(), last })
}

struct Session {
    architecture: Architecture,
    layers: Layers,
    weights: Weights,
    data: Dataset,
    /// The first images are trained on, the rest are held out.
    trained_on: usize,
    big: Vec<Big>,
    seed: u64,
    threads: usize,
}

impl Session {
    fn stage(
        &mut self,
        stage: &'static str,
        how: &Classify,
        objective: Objective,
        progress: &mut impl FnMut(&Epoch),
    ) -> Result<Epoch, Error> {
        let steps = self.trained_on / how.batch;
        let mut optimizer = Optimizer::new(&self.layers, how.rate, how.weight_decay, steps * how.epochs);
        let chunks = how.batch / how.chunk;
        let mut workers: Vec<(Tape, Vec<f32>, Tally)> =
            (0..chunks).map(|_| (Tape::default(), vec![0.0; self.layers.parameters], Tally::default())).collect();
        let mut last = None;
        for epoch in 0..how.epochs {
            let mut order: Vec<usize> = (0..self.trained_on).collect();
            shuffle(&mut order, &mut stream(self.seed, stage, epoch, 0));
            let mut sum = Tally::default();
            for batch in order.chunks_exact(how.batch) {
                self.gradients(batch, how, objective, stage, epoch, &mut workers);
                let mut gradient = vec![0.0; self.layers.parameters];
                for (tape, part, tally) in &mut workers {
                    let share = 1.0 / how.batch as f32;
                    gradient.iter_mut().zip(part.iter()).for_each(|(sum, part)| *sum += part * share);
                    sum.loss += tally.loss;
                    sum.right += tally.right;
                    sum.q += tally.q;
                    self.absorb_moments(tape, how.chunk, chunks);
                }
                optimizer.step(&mut self.weights.parameters, &gradient);
            }
            let images = (steps * how.batch) as f64;
            let report = Epoch {
                stage,
                number: epoch + 1,
                of: how.epochs,
                loss: sum.loss / images,
                train_accuracy: sum.right as f64 / images,
                held_out_accuracy: self.held_out_accuracy(),
                mean_q: sum.q / images,
            };
            progress(&report);
            last = Some(report);
        }
        last.ok_or_else(|| Error::recipe(Path::new(stage), "no epochs"))
    }

    /// Fills each worker with the gradients of its chunk.
    fn gradients(
        &self,
        batch: &[usize],
        how: &Classify,
        objective: Objective,
        stage: &str,
        epoch: usize,
        workers: &mut [(Tape, Vec<f32>, Tally)],
    ) {
        let jobs: Vec<_> = workers.iter_mut().zip(batch.chunks_exact(how.chunk)).collect();
        share_out(jobs, self.threads, |((tape, gradients, tally), images)| {
            let each = self.architecture.input_shape().len();
            let normalise = &self.architecture.normalise;
            let mut x = tape.take(images.len() * each);
            let (mut labels, mut big) = (Vec::new(), Vec::new());
            for (&index, x) in images.iter().zip(x.chunks_exact_mut(each)) {
                let mut random = stream(self.seed, stage, epoch, index + 1);
                let image = self.data.image(index);
                how.augment.apply(image, &normalise.mean, &normalise.deviation, &mut random, x);
                labels.push(self.data.label(index));
                big.push(self.big[index]);
            }
            gradients.fill(0.0);
            let chunk = Chunk { x, labels: &labels, big: &big };
            *tally = run_chunk(&self.layers, &self.weights.parameters, chunk, objective, tape, gradients);
        });
    }

    fn absorb_moments(&mut self, tape: &mut Tape, images: usize, chunks: usize) {
        let keep = STATISTICS_MOMENTUM / chunks as f32;
        let pixels: Vec<(usize, usize)> = self.layers.iter().flat_map(norms).collect();
        for (at, moments) in tape.moments.drain(..) {
            let c = moments.mean.len();
            let pixels = pixels.iter().find(|(statistics, _)| *statistics == at).map_or(1, |(_, pixels)| *pixels);
            let samples = (images * pixels) as f32;
            let unbiased = samples / (samples - 1.0).max(1.0);
            let (mean, variance) = self.weights.statistics[at..at + 2 * c].split_at_mut(c);
            for i in 0..c {
                mean[i] += keep * (moments.mean[i] - mean[i]);
                variance[i] += keep * (moments.variance[i] * unbiased - variance[i]);
            }
        }
    }

    fn held_out_accuracy(&self) -> f64 {
        let network = Network::new(&self.architecture, &self.weights);
        let range = self.trained_on..self.data.len();
        let images = range.len() as f64;
        let right = on_each(range, self.threads, |index, scratch| {
            network.run(self.data.image(index), scratch).class == self.data.label(index)
        });
        right.into_iter().filter(|right| *right).count() as f64 / images
    }

    /// Runs the big network over the unaltered training images.
    fn ask_big(&mut self, path: &Path, knows: Knowledge) -> Result<(), Error> {
        let architecture = Architecture::read(&path.with_extension("yaml"))?;
        let weights = Weights::read(path, &architecture)?;
        let network = Network::new(&architecture, &weights);
        let (data, white) = (&self.data, knows == Knowledge::White);
        self.big = on_each(0..data.len(), self.threads, |index, scratch| {
            let (image, label) = (data.image(index), data.label(index));
            let right = network.run(image, scratch).class == label;
            let loss = if white { network.loss(image, label, scratch) } else { 0.0 };
            Big { loss, right }
        });
        Ok(())
    }
}

/// Offset of the statistics and number of pixels of each normalisation.
fn norms(layer: &Layer) -> Vec<(usize, usize)> {
    match layer {
        Layer::Norm { shape, statistics, .. } => vec![(*statistics, shape.pixels())],
        Layer::Residual { body, shortcut, .. } => body.iter().chain(shortcut).flat_map(norms).collect(),
        _ => Vec::new(),
    }
}

/// Fisher and Yates.
fn shuffle(order: &mut [usize], random: &mut Xoshiro256PlusPlus) {
    for last in (1..order.len()).rev() {
        order.swap(last, random.random_range(0..=last));
    }
}

/// The random stream for one purpose.
fn stream(seed: u64, purpose: &str, epoch: usize, entity: usize) -> Xoshiro256PlusPlus {
    let mut key = purpose.as_bytes().to_vec();
    key.extend([seed, epoch as u64, entity as u64].into_iter().flat_map(u64::to_le_bytes));
    Xoshiro256PlusPlus::seed_from_u64(xxh3_64(&key))
}
