use inference::Scores;

use super::{Calibration, Decision, Evidence, Policy, Unreachable, keep_from};
use crate::schema::{Confidence, Score};

/// Keeps an answer when the little network is sure of it: the baseline AppealNet is measured against.
pub struct Confident {
    score: fn(&Scores) -> f32,
    threshold: f64,
}

impl Confident {
    pub fn new(confidence: Confidence, calibration: &Calibration) -> Result<Self, Unreachable> {
        let score: fn(&Scores) -> f32 = match confidence.score {
            Score::MaxSoftmax => |scores| scores.max_softmax,
            Score::Margin => |scores| scores.margin,
            Score::Entropy => |scores| scores.certainty,
        };
        let threshold = calibration.threshold(confidence.target, |sample| f64::from(score(&sample.little.scores)))?;
        Ok(Self { score, threshold })
    }
}

impl Policy for Confident {
    fn threshold(&self) -> Option<f64> {
        Some(self.threshold)
    }

    fn decide(&self, evidence: &Evidence) -> Decision {
        keep_from(self.threshold, evidence.little.map(|answer| (self.score)(&answer.scores)))
    }
}
