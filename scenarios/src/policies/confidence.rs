use analysis::Role;
use inference::Score;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cuts::CutsFor;
use super::{
    Criterion, Decider, OneOrMore, Outlines, Ranking, Recipe, Strategy, StrategyError, Threshold, WithTarget, appeals,
};

/// Keep what the little network is sure of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Confidence {
    /// Which score.
    #[schemars(with = "OneOrMore<Score>")]
    score: Score,
    /// Where a network is cut for what is sent up; by default, the input is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    split: Option<CutsFor>,
}

/// The baseline that a learned score is measured against.
impl Recipe for WithTarget<Confidence> {
    const NAME: &'static str = "confidence";
    const NEEDS: Option<&'static str> =
        Some("a score and a target, such as confidence: {score: max-softmax, accuracy-gain: 90 %}");

    fn family(&self) -> String {
        self.options.score.name().to_owned()
    }

    fn label(&self) -> String {
        format!("{} {}{}", self.family(), self.target, appeals::told(self.options.split.as_ref()))
    }

    fn role(&self) -> Role {
        Role::Rival
    }

    fn strategy(&self, networks: &Outlines) -> Result<Strategy, StrategyError> {
        networks.check_little(self.options.score)?;
        appeals::strategy(self.options.split.as_ref(), networks)
    }

    fn criterion(&self) -> Option<Criterion> {
        Some(Criterion { ranking: Ranking::Score(self.options.score), target: self.target })
    }

    fn decider(&self, threshold: Option<f64>) -> Decider {
        let threshold = threshold.map(|at| Threshold { ranking: Ranking::Score(self.options.score), at });
        threshold.map_or(Decider::Nothing, |rule| appeals::decider(self.options.split.as_ref(), rule))
    }
}
