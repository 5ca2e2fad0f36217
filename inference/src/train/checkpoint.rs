//! What a training needs to resume after an interruption: weights, the optimiser's state, and the epochs so far.
//!
//! Random numbers are keyed by stage, epoch and image, so there is no other state, and an interrupted training ends
//! with the same weights as an uninterrupted one.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};

use super::curve::{Epoch, Stage};
use super::optimizer::AdamW;
use crate::error::{Error, WeightsError};
use crate::weights::{Weights, replace_file};

/// The metadata entry that identifies the training.
const ENTRY: &str = "appealsim-training";

/// A training at the end of an epoch.
pub struct Checkpoint {
    /// The weights.
    pub weights: Weights,
    /// The optimiser's state: a velocity or moments of each parameter.
    pub optimizer: Vec<f32>,
    /// The epochs so far, over all stages.
    pub curve: Vec<Epoch>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    training: String,
    curve: Vec<Epoch>,
}

impl Checkpoint {
    /// The path of the checkpoint of a training to `output`.
    pub fn path(output: &Path) -> PathBuf {
        output.with_extension("checkpoint")
    }

    /// Writes it; `training` identifies what is being trained, so that only the same training resumes from it.
    pub fn write(&self, path: &Path, training: &str) -> Result<(), Error> {
        let entry = Entry { training: training.to_owned(), curve: self.curve.clone() };
        let origin = path.display().to_string();
        let entry = serde_json::to_string(&entry).map_err(|e| WeightsError::Notes(e).at(&origin))?;
        let parts = [
            ("parameters", &self.weights.parameters),
            ("statistics", &self.weights.statistics),
            ("optimizer", &self.optimizer),
        ];
        let parts =
            parts.map(|(name, values)| (name, values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>()));
        let views = parts.iter().map(|(name, bytes)| {
            let view = TensorView::new(Dtype::F32, vec![bytes.len() / 4], bytes);
            view.map(|view| (*name, view))
        });
        let bytes = views
            .collect::<Result<Vec<_>, _>>()
            .and_then(|views| safetensors::serialize(views, Some(HashMap::from([(ENTRY.to_owned(), entry)]))))
            .map_err(|e| WeightsError::NotWritten(e).at(&origin))?;
        replace_file(path, &bytes)
    }

    /// Reads the checkpoint at `path`, if there is one of the same training and these lengths.
    pub fn read(path: &Path, training: &str, like: &Weights) -> Option<Self> {
        let bytes = std::fs::read(path).ok()?;
        let (_, header) = SafeTensors::read_metadata(&bytes).ok()?;
        let entry: Entry = serde_json::from_str(header.metadata().as_ref()?.get(ENTRY)?).ok()?;
        let file = SafeTensors::deserialize(&bytes).ok()?;
        let values = |name: &str, length: usize| {
            let (words, _) = file.tensor(name).ok()?.data().as_chunks::<4>();
            let values: Vec<f32> = words.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
            (values.len() == length).then_some(values)
        };
        if entry.training != training {
            return None;
        }
        let parameters = values("parameters", like.parameters.len())?;
        let statistics = values("statistics", like.statistics.len())?;
        let each = match entry.curve.last()?.stage {
            Stage::Classify | Stage::Joint => 1,
            Stage::Predictor => AdamW::MOMENTS,
        };
        let optimizer = values("optimizer", each * like.parameters.len())?;
        Some(Self { weights: Weights { parameters, statistics }, optimizer, curve: entry.curve })
    }
}
