//! The learning curve of a training.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The stage of a training.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Learning the labels.
    Classify,
    /// Training the predictor head, alone or with everything else.
    Joint,
    /// Training the predictor heads alone, on what they read of images that are run once.
    Predictor,
}

impl Stage {
    /// As named in training files.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Classify => "classify",
            Stage::Joint => "joint",
            Stage::Predictor => "predictor",
        }
    }
}

/// The result of an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// What was trained.
    pub stage: Stage,
    /// Its number, counted from 1 in its stage.
    pub number: usize,
    /// Number of epochs of the stage.
    pub of: usize,
    /// Mean loss over the training images.
    pub loss: f64,
    /// Share of the (altered) training images the approximator got right.
    pub train_accuracy: f64,
    /// Share of the held-out images it got right.
    pub held_out_accuracy: f64,
    /// Mean q over the training images, once predictors are trained.
    pub mean_q: f64,
}

/// The result of a training.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Where the weights are.
    pub output: PathBuf,
    /// Every epoch, in order.
    pub curve: Vec<Epoch>,
}
