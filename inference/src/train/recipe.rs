//! The training file.

mod predictor;

use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Augment;
use crate::Error;
use crate::dataset::{Dataset, DatasetSpec, Part};
use crate::degrade::Degrade;
pub use predictor::PredictorSteps;

/// What to train, on what, how. Paths are relative to the file; they are not serialized, since a training is identified
/// by the contents of the files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Recipe {
    /// Architecture to train.
    #[serde(skip_serializing)]
    pub network: PathBuf,
    /// The training images: a folder with IDX files, CIFAR's binary files or a folder for each class, and what is done
    /// to them, as in a scenario.
    #[serde(skip_serializing)]
    pub dataset: DatasetSpec,
    /// Share of the training images used only for measuring.
    pub held_out: f64,
    /// Training images that are left out, for networks whose answers to them should not be memorised.
    #[serde(default)]
    pub leave_out: Option<LeaveOut>,
    /// Classes, by number, that the network is trained and measured on; all by default. Of few, a specialist comes of it:
    /// its answers to anything else are worth nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<usize>,
    /// How images are degraded, in training and for those held out; not at all by default.
    #[serde(default)]
    pub degrade: Option<Degrade>,
    /// How much the loss of each exit counts, earliest first and that of the end last; each counts 1 by default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exit_weights: Vec<f32>,
    /// Seed of all random numbers.
    pub seed: u64,
    /// Where the weights go.
    #[serde(skip_serializing)]
    pub output: PathBuf,
    /// Weights to start from; random ones by default.
    #[serde(default, skip_serializing)]
    pub start: Option<PathBuf>,
    /// Training of extractor and approximator on the labels.
    #[serde(default)]
    pub classify: Option<Classify>,
    /// Training of the predictor heads, and by default of everything else, after that.
    #[serde(default)]
    pub joint: Option<Joint>,
    /// Training of the predictor heads alone, after that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predictor: Option<PredictorSteps>,
}

/// One of several equal parts of the training images, dealt out like cards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeaveOut {
    /// Which part, from 0.
    pub part: usize,
    /// The number of parts.
    pub of: usize,
}

/// Plain training by cross-entropy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Classify {
    /// Passes through the training images.
    pub epochs: usize,
    /// Images per step; a multiple of `chunk`.
    pub batch: usize,
    /// Images that share batch statistics.
    #[serde(default = "chunk")]
    pub chunk: usize,
    /// Highest learning rate.
    pub rate: f32,
    /// Weight decay.
    pub weight_decay: f32,
    /// Alterations of the images.
    #[serde(default)]
    pub augment: Augment,
}

/// Training of the predictor heads: AppealNet's joint training, or one of its variants. The head of each exit learns
/// from the answers of that exit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Joint {
    /// How to step; its cross-entropy is weighted below.
    pub steps: Classify,
    /// β: what keeping an image at the edge is worth; used only by `train-on: loss`.
    #[serde(default = "beta")]
    pub beta: f32,
    /// What joint training knows about the big network.
    #[serde(rename = "box", default)]
    pub knows: Knowledge,
    /// Weights of the big network, with its architecture beside it; needed in a white box and to train on the outcome.
    /// Several were each trained with a part of the images left out (see [`LeaveOut`]), and answer for that part.
    #[serde(default, skip_serializing)]
    pub big: Vec<PathBuf>,
    /// Weight of the plain cross-entropy of the approximator, added to the loss.
    #[serde(default)]
    pub cross_entropy: f32,
    /// What the predictor learns from.
    #[serde(default)]
    pub train_on: TrainOn,
    /// Leaves extractor and approximators unchanged and trains only the predictors. They have nothing in common then, and
    /// the weights of exits are not used.
    #[serde(default)]
    pub frozen: bool,
    /// How much the approximator learns from the big network's probabilities instead of the labels, 0 to 1.
    #[serde(default)]
    pub distil: f32,
}

/// What joint training knows about the big network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Knowledge {
    /// ℓ(f0, y) is computed, on the image before augmentation.
    #[default]
    White,
    /// The big network is assumed to be always right: ℓ(f0, y) = 0.
    Black,
}

/// What the predictor head learns from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrainOn {
    /// AppealNet's loss, q·ℓ(f1, y) + (1 − q)·ℓ(f0, y) − β·log q.
    #[default]
    Loss,
    /// The outcome itself, by logistic regression: will the edge answer do, that is, is the little network right or
    /// the big one wrong as well? The approximator then learns from its cross-entropy alone.
    Outcome,
}

fn beta() -> f32 {
    0.3
}

fn chunk() -> usize {
    32
}

impl Recipe {
    /// Reads a training file; its paths become relative to the working folder.
    ///
    /// # Errors
    /// If the file cannot be read or its contents are invalid.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|e| Error::io(path, e))?;
        let deserializer = serde_yaml::Deserializer::from_str(&text);
        let mut recipe: Self = serde_yaml::with::singleton_map_recursive::deserialize(deserializer)
            .map_err(|e| Error::recipe(path, e.to_string()))?;
        recipe.check().map_err(|what| Error::recipe(path, what))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let joint = recipe.joint.iter_mut().flat_map(|joint| &mut joint.big);
        let big = joint.chain(recipe.predictor.iter_mut().flat_map(|predictor| &mut predictor.big));
        recipe.dataset.folder = folder.join(&recipe.dataset.folder).display().to_string();
        let paths = [&mut recipe.network, &mut recipe.output];
        for path in paths.into_iter().chain(&mut recipe.start).chain(big) {
            *path = folder.join(&*path);
        }
        Ok(recipe)
    }

    /// Which of `images` training images are held out: the last ones, whatever the seed, so that all trainings on the
    /// same images with the same share can be compared on them.
    pub fn held_out_of(&self, images: usize) -> Range<usize> {
        let held_out = (images as f64 * self.held_out).round() as usize;
        images - held_out..images
    }

    /// The images that are held out, unaltered.
    ///
    /// # Errors
    /// If the training images cannot be read, or are so few that none is held out.
    pub fn held_out_images(&self) -> Result<Dataset, Error> {
        let data = Dataset::read(&self.dataset, Path::new(""), Part::Training)?;
        let held_out = self.held_out_of(data.len());
        if held_out.is_empty() {
            let what = format!("of {} training images, held-out: {} leaves none", data.len(), self.held_out);
            return Err(Error::data(&data.name, what));
        }
        Ok(data.only(held_out))
    }

    fn check(&self) -> Result<(), String> {
        if !(self.held_out > 0.0 && self.held_out < 1.0) {
            return Err("held-out must lie between 0 and 1".into());
        }
        if self.leave_out.is_some_and(|LeaveOut { part, of }| part >= of || of < 2) {
            return Err("leave-out: part runs from 0 to of - 1, of at least 2".into());
        }
        if let Some(Err((field, what))) = self.degrade.map(|degrade| degrade.check()) {
            return Err(format!("degrade.{field}: {what}"));
        }
        let counts = |weight: &f32| *weight >= 0.0 && weight.is_finite();
        let none = self.exit_weights.iter().all(|weight| *weight == 0.0) && !self.exit_weights.is_empty();
        if none || !self.exit_weights.iter().all(counts) {
            return Err("exit-weights must be at least 0, and one of them above".into());
        }
        let later = self.joint.is_some() || self.predictor.is_some();
        if self.classify.is_none() && !(later && self.start.is_some()) {
            return Err("without classify there must be joint or predictor, and weights to start from".into());
        }
        let steps =
            [self.classify.as_ref().map(|c| ("classify", c)), self.joint.as_ref().map(|j| ("joint.steps", &j.steps))];
        for (place, steps) in steps.into_iter().flatten() {
            let Classify { epochs, batch, chunk, rate, .. } = *steps;
            if epochs == 0 || batch == 0 || chunk < 2 || !batch.is_multiple_of(chunk) {
                return Err(format!("{place}: epochs at least 1, chunk at least 2, batch a multiple of chunk"));
            }
            if !(rate > 0.0 && rate.is_finite()) {
                return Err(format!("{place}: rate must be above 0"));
            }
        }
        if let Some(joint) = &self.joint {
            if !(joint.beta > 0.0 && joint.beta.is_finite()) {
                return Err("joint.beta must be above 0".into());
            }
            let in_the_dark = joint.knows == Knowledge::Black && joint.train_on == TrainOn::Loss && joint.distil == 0.0;
            if joint.big.is_empty() && !in_the_dark {
                return Err("joint.big is needed for all but train-on: loss in a black box".into());
            }
            if !(0.0..=1.0).contains(&joint.distil) {
                return Err("joint.distil must lie between 0 and 1".into());
            }
        }
        if let Some(predictor) = &self.predictor {
            predictor.check(self.degrade.is_some())?;
        }
        Ok(())
    }
}
