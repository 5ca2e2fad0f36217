//! The stage that trains predictors after everything else.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::train::Target;

/// Training of the predictor heads of a network that otherwise stays as it is, on what each of them reads of the training
/// images (post hoc, as in Narasimhan et al., NeurIPS 2022). Images are not augmented, and each is run once. The head of
/// each exit learns from the answers of that exit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PredictorSteps {
    /// Weights of the big network, with the architecture beside them under the same name and `yaml`. Several were each
    /// trained with a part of the images left out (see [`LeaveOut`](super::LeaveOut)), and answer for that part.
    #[serde(skip_serializing)]
    pub big: Vec<PathBuf>,
    /// What the predictors learn.
    #[serde(default)]
    pub train_on: Target,
    /// Passes through the training images.
    pub epochs: usize,
    /// Images per step, which share batch statistics.
    pub batch: usize,
    /// Highest learning rate.
    pub rate: f32,
    /// Weight decay: the share of a weight that a step at rate 1 would take off.
    pub weight_decay: f32,
    /// How many times each image is degraded anew; the epochs take turns with these draws.
    #[serde(default = "one")]
    pub draws: usize,
}

fn one() -> usize {
    1
}

impl PredictorSteps {
    /// Whether it can be done, with images that are `degraded` or not.
    pub(super) fn check(&self, degraded: bool) -> Result<(), String> {
        if self.big.is_empty() {
            return Err("predictor.big is needed: its answers say what an appeal gains".into());
        }
        if self.epochs == 0 || self.batch < 2 {
            return Err("predictor: epochs at least 1, batch at least 2".into());
        }
        if !(self.rate > 0.0 && self.rate.is_finite()) {
            return Err("predictor.rate must be above 0".into());
        }
        if !(self.weight_decay >= 0.0 && self.weight_decay.is_finite()) {
            return Err("predictor.weight-decay must be at least 0".into());
        }
        match (self.draws, degraded) {
            (0, _) => Err("predictor.draws must be at least 1".into()),
            (2.., false) => Err("predictor.draws: without degrade, all draws of an image are the same".into()),
            _ => Ok(()),
        }
    }
}
