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

/// Keep what the predictor head expects to be right: q(1|x) >= delta (Li et al., DAC 2021).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "AppealNetFields", into = "AppealNetFields")]
#[schemars(with = "AppealNetFields")]
pub struct AppealNet {
    /// Its threshold.
    target: Target,
    split: Option<CutsFor>,
}

/// As a file writes it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct AppealNetFields {
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

impl Recipe for AppealNet {
    const NAME: &'static str = "appealnet";
    const NEEDS: Option<&'static str> =
        Some("one of delta, accuracy-gain, accuracy, appeal-rate, such as appealnet: {appeal-rate: 20 %}");

    fn title(&self) -> String {
        "AppealNet".to_owned()
    }

    fn label(&self) -> String {
        format!("{} {}{}", self.family(), self.target, appeals::told(self.split.as_ref()))
    }

    fn role(&self) -> Role {
        Role::Method
    }

    fn strategy(&self, networks: &Outlines) -> Result<Strategy, StrategyError> {
        networks.check_little_predictor()?;
        appeals::strategy(self.split.as_ref(), networks)
    }

    fn criterion(&self) -> Option<Criterion> {
        Some(Criterion { ranking: Ranking::Score(Score::Q), target: self.target })
    }

    fn decider(&self, threshold: Option<f64>) -> Decider {
        let rule = |at| appeals::decider(self.split.as_ref(), Threshold { ranking: Ranking::Score(Score::Q), at });
        threshold.map_or(Decider::Nothing, rule)
    }
}

impl TryFrom<AppealNetFields> for AppealNet {
    type Error = NotOneTarget;

    fn try_from(fields: AppealNetFields) -> Result<Self, NotOneTarget> {
        let AppealNetFields { split, delta, accuracy_gain, accuracy, appeal_rate } = fields;
        let target = TargetFields { delta, accuracy_gain, accuracy, appeal_rate }.try_into()?;
        Ok(Self { target, split })
    }
}

impl From<AppealNet> for AppealNetFields {
    fn from(appealnet: AppealNet) -> Self {
        let TargetFields { delta, accuracy_gain, accuracy, appeal_rate } = appealnet.target.into();
        Self { split: appealnet.split, delta, accuracy_gain, accuracy, appeal_rate }
    }
}
