//! The predictor head's input, and the meaning of its output.

use crate::architecture::Sees;
use crate::kernels::Activation;
use crate::scores::{log_softmax, sigmoid};

/// Number of largest probabilities that a predictor with scores reads, besides logits and log-softmax.
const LARGEST: usize = 4;

impl Sees {
    /// How many values a predictor reads, given the number of features (including averages of earlier blocks).
    pub fn inputs(self, features: usize, classes: usize) -> usize {
        match self {
            Sees::Features => features,
            Sees::FeaturesAndScores => features + 2 * classes + LARGEST,
        }
    }

    /// Writes them, for one image: features and averages, and optionally logits, log-softmax and the largest
    /// probabilities.
    pub fn gather<'a>(
        self,
        features: impl Iterator<Item = &'a Activation>,
        logits: &Activation,
        image: usize,
        out: &mut Activation,
    ) {
        let classes = logits.extent().shape.channels;
        let logits = &logits.image(image)[..classes];
        let scores = features.fold(out.image_mut(image), |place, features| {
            let (place, rest) = place.split_at_mut(features.extent().shape.channels);
            features.read_vector(image, place);
            rest
        });
        if self == Sees::FeaturesAndScores {
            scores[..classes].copy_from_slice(logits);
            let (logs, largest) = scores[classes..][..classes + LARGEST].split_at_mut(classes);
            log_softmax(logits, logs);
            largest.fill(0.0);
            for log in logs.iter() {
                let mut p = log.exp();
                for place in largest.iter_mut() {
                    if p > *place {
                        std::mem::swap(&mut p, place);
                    }
                }
            }
        }
    }
}

/// q from a predictor's output: its sigmoid, kept away from 0 and 1. No prediction is certain, and a threshold of 1
/// then always appeals.
pub fn predictor_score(unit: f32) -> f32 {
    sigmoid(unit).clamp(f32::MIN_POSITIVE, 1.0 - f32::EPSILON)
}
