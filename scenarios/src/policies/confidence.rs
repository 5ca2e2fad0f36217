use device_models::units::Share;
use inference::Scores;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Calibration, Decision, Evidence, Policy, Ranking, Recipe, Rule, Unreachable, keep_from};
use crate::schema::{OneOrMore, Target, TargetFields};

/// A confidence score and its threshold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "ConfidenceFields", into = "ConfidenceFields")]
#[schemars(with = "ConfidenceFields")]
pub struct Confidence {
    /// Which score.
    pub score: Score,
    /// Its threshold.
    pub target: Target,
}

/// How sure the little network is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Score {
    /// The largest class probability.
    MaxSoftmax,
    /// The largest minus the second largest.
    Margin,
    /// One minus the normalised entropy of the class probabilities.
    Entropy,
}

/// As a file writes it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ConfidenceFields {
    /// Which score.
    #[schemars(with = "OneOrMore<Score>")]
    score: Score,
    /// Keep scores at or above this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "OneOrMore<Share>")]
    delta: Option<Share>,
    /// Reach this share of the way from the little network's accuracy to the big one's (AccI).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "OneOrMore<Share>")]
    accuracy_gain: Option<Share>,
    /// Reach this accuracy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "OneOrMore<Share>")]
    accuracy: Option<Share>,
    /// Send up this share of requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "OneOrMore<Share>")]
    appeal_rate: Option<Share>,
}

/// Keeps an answer when the little network is sure of it: the baseline AppealNet is measured against.
struct Confident {
    score: Score,
    threshold: f64,
}

impl Recipe for Confidence {
    fn label(&self) -> String {
        format!("{} {}", self.score.name(), self.target)
    }

    fn target(&self) -> Option<Target> {
        Some(self.target)
    }

    fn rule(&self) -> Option<Rule> {
        Some(Rule { ranking: Ranking::Confidence(self.score), target: self.target })
    }

    fn build(&self, calibration: &Calibration) -> Result<Box<dyn Policy>, Unreachable> {
        let threshold = calibration.threshold(self.target, Ranking::Confidence(self.score))?;
        Ok(Box::new(Confident { score: self.score, threshold }))
    }
}

impl Policy for Confident {
    fn threshold(&self) -> Option<f64> {
        Some(self.threshold)
    }

    fn decide(&self, evidence: &mut Evidence) -> Decision {
        keep_from(self.threshold, evidence.little.map(|answer| self.score.read(&answer.scores)))
    }
}

impl Score {
    /// As a scenario file writes it.
    pub fn name(self) -> &'static str {
        match self {
            Score::MaxSoftmax => "max-softmax",
            Score::Margin => "margin",
            Score::Entropy => "entropy",
        }
    }

    /// The score of an answer.
    pub fn read(self, scores: &Scores) -> f32 {
        match self {
            Score::MaxSoftmax => scores.max_softmax,
            Score::Margin => scores.margin,
            Score::Entropy => scores.certainty,
        }
    }
}

impl TryFrom<ConfidenceFields> for Confidence {
    type Error = String;

    fn try_from(fields: ConfidenceFields) -> Result<Self, String> {
        let ConfidenceFields { score, delta, accuracy_gain, accuracy, appeal_rate } = fields;
        let target = TargetFields { delta, accuracy_gain, accuracy, appeal_rate }.try_into()?;
        Ok(Self { score, target })
    }
}

impl From<Confidence> for ConfidenceFields {
    fn from(confidence: Confidence) -> Self {
        let TargetFields { delta, accuracy_gain, accuracy, appeal_rate } = confidence.target.into();
        Self { score: confidence.score, delta, accuracy_gain, accuracy, appeal_rate }
    }
}
