//! A training from file to weights.

mod predictor;

use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};

use rand::RngExt;
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64;

use super::checkpoint::Checkpoint;
use super::curve::{Epoch, Outcome, Stage};
use super::field::{Exposure, Field};
use super::objective::Objective;
use super::optimizer::{OneCycle, Sgd};
use super::parallel::{on_each, share_out};
use super::recipe::{Classify, Knowledge, LeaveOut, Recipe, TrainOn};
use super::start::first_weights;
use super::statistics::absorb;
use super::step::{Chunk, Images, Tally, run_chunk, run_predictors};
use super::stream;
use super::teacher::{Question, Teacher};
use crate::Error;
use crate::architecture::{Architecture, Estimates};
use crate::dataset::{Dataset, Part};
use crate::graph::Layout;
use crate::network::Network;
use crate::ops::{Purpose, Tape};
use crate::program::Scratch;
use crate::weights::{Weights, replace_file};

/// Trains as `recipe` says with `threads` threads (their number affects only the time); `progress` is called after
/// every epoch and may stop the training.
///
/// After every epoch a checkpoint is written beside the output; the same training resumes from there when it is started
/// again, and ends with the same weights as if it had never stopped.
///
/// # Errors
/// If a file cannot be read or written or does not fit, or `progress` stopped it.
pub fn train(
    recipe: &Recipe,
    threads: usize,
    mut progress: impl FnMut(&Epoch) -> ControlFlow<()>,
) -> Result<Outcome, Error> {
    let architecture = Architecture::read(&recipe.network)?;
    let data = Dataset::read(&recipe.dataset, Path::new(""), Part::Training)?;
    let data = if architecture.input.channels == 3 { data.in_colour() } else { data };
    let (height, width, channels) = data.extent();
    let input = architecture.input;
    if (input.height, input.width, input.channels) != (height, width, channels) {
        let wanted = data.fitted(&recipe.dataset, architecture.input_shape());
        let advice = wanted.map_or(String::new(), |dataset| format!("; dataset: {dataset} makes them fit"));
        let what = format!("'{}' does not take images of {height}×{width}×{channels}{advice}", architecture.name);
        return Err(Error::recipe(&recipe.network, what));
    }
    let refused = |what| Err(Error::recipe(&recipe.network, what));
    let data = data.labelled_for(&architecture.classes);
    let data = data.map_err(|what| Error::recipe(&recipe.network, format!("does not fit the images: {what}")))?;
    let graph = architecture.graph()?;
    let stage = recipe.joint.as_ref().map(|_| Stage::Joint).or(recipe.predictor.as_ref().map(|_| Stage::Predictor));
    if let Some(stage) = stage.filter(|_| graph.exits().iter().all(|exit| exit.predictor.is_none())) {
        return refused(format!("{} trains predictor heads, and this network has none", stage.name()));
    }
    if let Err(what) = check_outputs(recipe, &architecture) {
        return refused(what);
    }
    let exits = graph.exits().len();
    let exit_weights = match &recipe.exit_weights[..] {
        [] => vec![1.0; exits],
        given if given.len() == exits => given.to_vec(),
        given => {
            let what =
                format!("exit-weights has {} numbers; this network has {exits} exits, its end included", given.len());
            return refused(what);
        }
    };
    let held_out = recipe.held_out_of(data.len());
    if let Some(class) = recipe.classes.iter().find(|class| **class >= data.classes()) {
        return refused(format!("classes: there is no class {class}; the images have {}", data.classes()));
    }
    let known = |index: &usize| recipe.classes.is_empty() || recipe.classes.contains(&usize::from(data.label(*index)));
    let taken = |index: &usize| recipe.leave_out.is_none_or(|LeaveOut { part, of }| index % of != part);
    let (trained_on, measured_on): (Vec<usize>, Vec<usize>) =
        ((0..held_out.start).filter(taken).filter(known).collect(), held_out.filter(known).collect());
    if measured_on.is_empty() {
        return refused("classes: no image that is held out is of them".to_owned());
    }
    let weights = first_weights(recipe, &architecture)?;
    let mut session = Session {
        layout: Layout::new(&graph, Purpose::Training),
        field: Field { degrade: recipe.degrade, seed: recipe.seed },
        teacher: Teacher::silent(data.len(), data.classes()),
        trained_on,
        measured_on,
        seed: recipe.seed,
        exit_weights,
        threads: threads.max(1),
        training: named(recipe, &architecture, &data)?,
        checkpoint: Checkpoint::path(&recipe.output),
        left_off: None,
        curve: Vec::new(),
        architecture,
        weights,
        data,
    };
    let steps = [recipe.classify.as_ref(), recipe.joint.as_ref().map(|joint| &joint.steps)];
    let batches =
        steps.into_iter().flatten().map(|how| how.batch).chain(recipe.predictor.as_ref().map(|how| how.batch));
    if let Some(batch) = batches.into_iter().find(|batch| *batch > session.trained_on.len()) {
        let what = format!("a batch of {batch} is more than the {} training images", session.trained_on.len());
        return Err(Error::recipe(Path::new(&recipe.dataset.folder), what));
    }
    if let Some(folder) = recipe.output.parent() {
        std::fs::create_dir_all(folder).map_err(|e| Error::io(folder, e))?;
    }
    session.resume();
    if let Some(classify) = &recipe.classify {
        session.stage(Stage::Classify, classify, Objective::Classify, Trained::Whole, &mut progress)?;
    }
    if let Some(joint) = &recipe.joint {
        let question = Question {
            big: &joint.big,
            variants: session.field.variants(),
            losses: joint.knows == Knowledge::White,
            probabilities: joint.distil > 0.0,
        };
        session.teacher = Teacher::ask(question, &session.data, &session.field, session.threads)?;
        let objective = match joint.train_on {
            TrainOn::Loss => Objective::Appeal { beta: joint.beta, cross_entropy: joint.cross_entropy },
            TrainOn::Outcome => Objective::Outcome,
        };
        let trained = if joint.frozen { Trained::Predictors } else { Trained::Joint { distil: joint.distil } };
        session.stage(Stage::Joint, &joint.steps, objective, trained, &mut progress)?;
    }
    if let Some(predictor) = &recipe.predictor {
        session.predictors(predictor, &mut progress)?;
    }
    let held_out = session.curve.last().map_or(0.0, |last| last.held_out_accuracy);
    let notes = [
        ("seed", recipe.seed.to_string()),
        ("held-out-accuracy", format!("{held_out:.4}")),
        ("trained-with", format!("appealsim {}", env!("CARGO_PKG_VERSION"))),
    ];
    session.weights.write(&recipe.output, &session.architecture, &notes)?;
    session.leave_architecture(recipe)?;
    // Left in place, it would only be ignored.
    let _ = std::fs::remove_file(&session.checkpoint);
    Ok(Outcome { output: recipe.output.clone(), curve: session.curve })
}

/// Whether the outputs of all predictors are what each stage trains.
fn check_outputs(recipe: &Recipe, architecture: &Architecture) -> Result<(), String> {
    let early = architecture.exits.iter().filter_map(|exit| exit.predictor.as_ref());
    let estimates: Vec<Estimates> = early.chain(&architecture.predictor).map(|predictor| predictor.estimates).collect();
    if recipe.joint.is_some() && estimates.contains(&Estimates::Both) {
        return Err("joint trains predictors of q alone: 'estimates: both' needs the stage 'predictor'".to_owned());
    }
    match recipe.predictor.as_ref().map(|predictor| predictor.train_on.estimates()) {
        Some(Estimates::Q) if estimates.contains(&Estimates::Both) => {
            Err("a predictor with 'estimates: both' needs 'train-on: both'".to_owned())
        }
        Some(Estimates::Both) if estimates.contains(&Estimates::Q) => {
            Err("train-on: both needs predictors with 'estimates: both'".to_owned())
        }
        _ => Ok(()),
    }
}

/// What identifies a training: its recipe and the contents of all files that it names.
fn named(recipe: &Recipe, architecture: &Architecture, data: &Dataset) -> Result<String, Error> {
    #[derive(Serialize)]
    struct Training<'a> {
        recipe: &'a Recipe,
        architecture: String,
        data: u64,
        start: Option<u64>,
        big: Vec<u64>,
        predictor_big: Vec<u64>,
    }
    let contents = |path: &PathBuf| std::fs::read(path).map(|bytes| xxh3_64(&bytes)).map_err(|e| Error::io(path, e));
    let big = |paths: Option<&Vec<PathBuf>>| paths.into_iter().flatten().map(contents).collect::<Result<_, _>>();
    let training = Training {
        recipe,
        architecture: architecture.fingerprint(),
        data: data.fingerprint(),
        start: recipe.start.as_ref().map(contents).transpose()?,
        big: big(recipe.joint.as_ref().map(|joint| &joint.big))?,
        predictor_big: big(recipe.predictor.as_ref().map(|predictor| &predictor.big))?,
    };
    serde_json::to_string(&training).map_err(|e| Error::recipe(&recipe.output, e.to_string()))
}

/// The existing checkpoint at the path where a training would write its own, if there is one.
pub fn checkpoint_of(recipe: &Recipe) -> Option<PathBuf> {
    Some(Checkpoint::path(&recipe.output)).filter(|path| path.exists())
}

struct Session {
    architecture: Architecture,
    /// The network, laid out for training.
    layout: Layout,
    weights: Weights,
    data: Dataset,
    field: Field,
    teacher: Teacher,
    trained_on: Vec<usize>,
    measured_on: Vec<usize>,
    seed: u64,
    /// How much the loss of each exit counts.
    exit_weights: Vec<f32>,
    threads: usize,
    /// What distinguishes this training from any other.
    training: String,
    checkpoint: PathBuf,
    /// State of the optimiser of the stage that an interrupted training was in.
    left_off: Option<Vec<f32>>,
    curve: Vec<Epoch>,
}

/// How much of the network a stage trains.
#[derive(Clone, Copy)]
enum Trained {
    /// Extractor and approximators.
    Whole,
    /// Everything; the approximators learn this share from the big network.
    Joint { distil: f32 },
    /// The predictor heads.
    Predictors,
}

/// A chunk's own buffers.
struct Worker {
    tape: Tape,
    scratch: Scratch,
    gradients: Vec<f32>,
    tally: Tally,
}

impl Session {
    /// A network is found by its architecture file, with the weights beside it: copies the file there if it is missing.
    fn leave_architecture(&self, recipe: &Recipe) -> Result<(), Error> {
        let beside = recipe.output.with_extension("yaml");
        if beside.exists() {
            return Ok(());
        }
        let text = std::fs::read(&recipe.network).map_err(|e| Error::io(&recipe.network, e))?;
        replace_file(&beside, &text)
    }

    fn resume(&mut self) {
        if let Some(checkpoint) = Checkpoint::read(&self.checkpoint, &self.training, &self.weights) {
            self.weights = checkpoint.weights;
            self.curve = checkpoint.curve;
            self.left_off = Some(checkpoint.optimizer);
        }
    }

    fn stage(
        &mut self,
        stage: Stage,
        how: &Classify,
        objective: Objective,
        trained: Trained,
        progress: &mut impl FnMut(&Epoch) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let done = self.done(stage);
        let steps = self.trained_on.len() / how.batch;
        let rate = OneCycle { peak: how.rate, steps: steps * how.epochs };
        let mut optimizer = Sgd::new(&self.layout.graph, rate, how.weight_decay);
        if let Some(velocity) = self.left_off(stage) {
            optimizer.resume(velocity, steps * done);
        }
        let chunks = how.batch / how.chunk;
        let mut workers: Vec<Worker> = (0..chunks)
            .map(|_| Worker {
                tape: Tape::default(),
                scratch: Scratch::default(),
                gradients: vec![0.0; self.layout.graph.slots().parameters()],
                tally: Tally::default(),
            })
            .collect();
        // The parts that are not trained run as they will in use.
        let frozen = match trained {
            Trained::Predictors => Some(Network::new(&self.architecture, &self.weights)?),
            Trained::Whole | Trained::Joint { .. } => None,
        };
        let frozen = frozen.as_ref();
        let graph = &self.layout.graph;
        let heads = graph.exits().iter().filter_map(|exit| exit.predictor);
        let predictors: Vec<Range<usize>> = heads.map(|head| graph.parameters_of(head)).collect();
        for epoch in done..how.epochs {
            let mut order = self.trained_on.clone();
            shuffle(&mut order, &mut stream(self.seed, stage.name(), epoch, 0));
            let mut sum = Tally::default();
            for batch in order.chunks_exact(how.batch) {
                let step = Step { stage, epoch, how, objective, trained, frozen };
                self.gradients(batch, step, &mut workers);
                let mut gradient = vec![0.0; self.layout.graph.slots().parameters()];
                for worker in &mut workers {
                    let share = 1.0 / how.batch as f32;
                    gradient.iter_mut().zip(&worker.gradients).for_each(|(sum, part)| *sum += part * share);
                    sum.add(worker.tally);
                    absorb(&mut self.weights.statistics, &mut worker.tape, chunks);
                }
                match frozen {
                    Some(_) => optimizer.step_on(&predictors, &mut self.weights.parameters, &gradient),
                    None => optimizer.step(&mut self.weights.parameters, &gradient),
                }
            }
            let images = (steps * how.batch) as f64;
            self.curve.push(Epoch {
                stage,
                number: epoch + 1,
                of: how.epochs,
                loss: sum.loss / images,
                train_accuracy: sum.right as f64 / images,
                held_out_accuracy: self.held_out_accuracy()?,
                mean_q: sum.q / images,
            });
            self.report(optimizer.velocity(), progress)?;
        }
        Ok(())
    }

    /// How many epochs of a stage are done.
    fn done(&self, stage: Stage) -> usize {
        self.curve.iter().filter(|epoch| epoch.stage == stage).count()
    }

    /// The state of the optimiser where an interrupted training left off, if that was in this stage.
    fn left_off(&mut self, stage: Stage) -> Option<Vec<f32>> {
        self.left_off.take_if(|_| self.curve.last().is_some_and(|last| last.stage == stage))
    }

    /// Keeps the result of an epoch and the optimiser's state after it, and reports it.
    fn report(&self, optimizer: &[f32], progress: &mut impl FnMut(&Epoch) -> ControlFlow<()>) -> Result<(), Error> {
        let checkpoint =
            Checkpoint { weights: self.weights.clone(), optimizer: optimizer.to_vec(), curve: self.curve.clone() };
        checkpoint.write(&self.checkpoint, &self.training)?;
        match self.curve.last().map(progress) {
            Some(ControlFlow::Break(())) => Err(Error::Interrupted { checkpoint: self.checkpoint.clone() }),
            _ => Ok(()),
        }
    }

    /// Fills each worker with the gradients of its chunk.
    fn gradients(&self, batch: &[usize], step: Step, workers: &mut [Worker]) {
        let jobs: Vec<_> = workers.iter_mut().zip(batch.chunks_exact(step.how.chunk)).collect();
        share_out(jobs, self.threads, |(worker, images)| {
            let Worker { tape, scratch, gradients, tally } = worker;
            let mut pixels = vec![0.0; self.architecture.input_shape().len()];
            let normalise = &self.architecture.normalise;
            let mut x = tape.take(self.layout.extent(0), images.len());
            let mut told = Images::default();
            let variant = step.epoch % self.field.variants();
            let exposure = match step.stage {
                Stage::Classify => Exposure::Epoch(step.epoch),
                Stage::Joint | Stage::Predictor => Exposure::Variant(variant),
            };
            for (place, &index) in images.iter().enumerate() {
                let mut random = stream(self.seed, step.stage.name(), step.epoch, index + 1);
                let image = self.field.image(&self.data, exposure, index);
                step.how.augment.apply(image.view(), &normalise.mean, &normalise.deviation, &mut random, &mut pixels);
                x.lay(place, &pixels);
                let (big, probabilities) = self.teacher.of(variant, index);
                told.push(self.data.label(index), big, probabilities);
            }
            if let Trained::Joint { distil } = step.trained {
                told.distil = distil;
            }
            gradients.fill(0.0);
            let chunk = Chunk { x, images: &told, exit_weights: &self.exit_weights };
            let parameters = &self.weights.parameters;
            *tally = match step.frozen {
                Some(network) => {
                    run_predictors(&self.layout, parameters, network, chunk, step.objective, tape, scratch, gradients)
                }
                None => run_chunk(&self.layout, parameters, chunk, step.objective, tape, gradients),
            };
        });
    }

    fn held_out_accuracy(&self) -> Result<f64, Error> {
        let network = Network::new(&self.architecture, &self.weights)?;
        let images = self.measured_on.len() as f64;
        let right = on_each(0..self.measured_on.len(), self.threads, |number, scratch| {
            let index = self.measured_on[number];
            let image = self.field.image(&self.data, Exposure::HeldOut, index);
            network.run(image.view(), scratch).class == self.data.label(index)
        });
        Ok(right.into_iter().filter(|right| *right).count() as f64 / images)
    }
}

/// What is the same for all chunks of a step.
#[derive(Clone, Copy)]
struct Step<'a> {
    stage: Stage,
    epoch: usize,
    how: &'a Classify,
    objective: Objective,
    trained: Trained,
    /// The network as it answers, if only its predictors are trained.
    frozen: Option<&'a Network>,
}

/// Fisher and Yates.
fn shuffle(order: &mut [usize], random: &mut Xoshiro256PlusPlus) {
    for last in (1..order.len()).rev() {
        order.swap(last, random.random_range(0..=last));
    }
}
