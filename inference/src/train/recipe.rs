//! The training file.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Augment;
use crate::Error;

/// What to train, on what, how. Paths are relative to the file.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Recipe {
    /// Architecture to train.
    pub network: PathBuf,
    /// Folder with the training images in IDX format.
    pub dataset: PathBuf,
    /// Share of the training images that is only measured on.
    pub held_out: f64,
    /// Seed of everything random.
    pub seed: u64,
    /// Where the weights go.
    pub output: PathBuf,
    /// Training of extractor and approximator on the labels.
    pub classify: Classify,
    /// Joint training of extractor and both heads, after that.
    #[serde(default)]
    pub joint: Option<Joint>,
}

/// Plain training by cross-entropy.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Classify {
    /// Times through the training images.
    pub epochs: usize,
    /// Images a step; a multiple of `chunk`.
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

/// AppealNet's joint training.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Joint {
    /// How to step; its cross-entropy is weighted below.
    pub steps: Classify,
    /// β: what keeping an image at the edge is worth.
    pub beta: f32,
    /// What is known of the big network.
    #[serde(rename = "box")]
    pub knows: Knowledge,
    /// Weights of the big network, with its architecture beside it; needed in a white box and to train on the outcome.
    #[serde(default)]
    pub big: Option<PathBuf>,
    /// Weight of the plain cross-entropy of the approximator, added to the loss.
    #[serde(default)]
    pub cross_entropy: f32,
    /// What the predictor learns from.
    #[serde(default)]
    pub train_on: TrainOn,
}

/// What joint training knows of the big network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Knowledge {
    /// ℓ(f0, y) is computed, on the unaltered image.
    White,
    /// The big network is taken to be always right: ℓ(f0, y) = 0.
    Black,
}

/// What the predictor head learns from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrainOn {
    /// AppealNet's loss, q·ℓ(f1, y) + (1 − q)·ℓ(f0, y) − β·log q.
    #[default]
    Loss,
    /// The outcome itself, by logistic regression: will the edge answer do, that is, is the little network right or
    /// the big one wrong as well? The approximator then learns from its cross-entropy alone.
    Outcome,
}

fn chunk() -> usize {
    32
}

impl Recipe {
    /// Reads a training file; its paths become relative to the working folder.
    ///
    /// # Errors
    /// If the file cannot be read or says something impossible.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|e| Error::io(path, e))?;
        let deserializer = serde_yaml::Deserializer::from_str(&text);
        let mut recipe: Self = serde_yaml::with::singleton_map_recursive::deserialize(deserializer)
            .map_err(|e| Error::recipe(path, e.to_string()))?;
        recipe.check().map_err(|what| Error::recipe(path, what))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let big = recipe.joint.as_mut().and_then(|joint| joint.big.as_mut());
        for path in [&mut recipe.network, &mut recipe.dataset, &mut recipe.output].into_iter().chain(big) {
            *path = folder.join(&*path);
        }
        Ok(recipe)
    }

    fn check(&self) -> Result<(), String> {
        if !(self.held_out > 0.0 && self.held_out < 1.0) {
            return Err("held-out must lie between 0 and 1".into());
        }
        let steps = [Some(("classify", &self.classify)), self.joint.as_ref().map(|j| ("joint.steps", &j.steps))];
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
            if joint.big.is_none() && (joint.knows == Knowledge::White || joint.train_on == TrainOn::Outcome) {
                return Err("joint.big is needed in a white box and to train on the outcome".into());
            }
        }
        Ok(())
    }
}
