use analysis::Role;
use device_models::units::Share;
use inference::Score;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cuts::CutsFor;
use super::{
    Criterion, Decider, NotOneTarget, OneOrMore, Outlines, Ranking, Recipe, Strategy, StrategyError, Target,
    TargetFields, Threshold, appeals,
};

/// Keep what the little network is sure of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "ConfidenceFields", into = "ConfidenceFields")]
#[schemars(with = "ConfidenceFields")]
pub struct Confidence {
    /// Which score.
    score: Score,
    /// Its threshold.
    target: Target,
    split: Option<CutsFor>,
}

/// As a file writes it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ConfidenceFields {
    /// Which score.
    #[schemars(with = "OneOrMore<Score>")]
    score: Score,
    /// Where a network is cut for what is sent up; by default, the input is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    split: Option<CutsFor>,
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

/// The baseline that a learned score is measured against.
impl Recipe for Confidence {
    const NAME: &'static str = "confidence";
    const NEEDS: Option<&'static str> = Some(
        "a score and one of delta, accuracy-gain, accuracy, appeal-rate, such as confidence: {score: max-softmax, appeal-rate: 20 %}",
    );

    fn family(&self) -> String {
        self.score.name().to_owned()
    }

    fn label(&self) -> String {
        format!("{} {}{}", self.family(), self.target, appeals::told(self.split.as_ref()))
    }

    fn role(&self) -> Role {
        Role::Rival
    }

    fn strategy(&self, networks: &Outlines) -> Result<Strategy, StrategyError> {
        if self.score.needs_predictor() {
            networks.check_little_predictor()?;
        }
        appeals::strategy(self.split.as_ref(), networks)
    }

    fn criterion(&self) -> Option<Criterion> {
        Some(Criterion { ranking: Ranking::Score(self.score), target: self.target })
    }

    fn decider(&self, threshold: Option<f64>) -> Decider {
        let rule = |at| appeals::decider(self.split.as_ref(), Threshold { ranking: Ranking::Score(self.score), at });
        threshold.map_or(Decider::Nothing, rule)
    }
}

impl TryFrom<ConfidenceFields> for Confidence {
    type Error = NotOneTarget;

    fn try_from(fields: ConfidenceFields) -> Result<Self, NotOneTarget> {
        let ConfidenceFields { score, split, delta, accuracy_gain, accuracy, appeal_rate } = fields;
        let target = TargetFields { delta, accuracy_gain, accuracy, appeal_rate }.try_into()?;
        Ok(Self { score, target, split })
    }
}

impl From<Confidence> for ConfidenceFields {
    fn from(confidence: Confidence) -> Self {
        let TargetFields { delta, accuracy_gain, accuracy, appeal_rate } = confidence.target.into();
        Self { score: confidence.score, split: confidence.split, delta, accuracy_gain, accuracy, appeal_rate }
    }
}
