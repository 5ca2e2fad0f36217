use analysis::Role;
use inference::Score;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cuts::CutsFor;
use super::{Criterion, Decider, Outlines, Ranking, Recipe, Strategy, StrategyError, Threshold, WithTarget, appeals};

/// Keep what the predictor head expects to be right: q(1|x) >= delta (Li et al., DAC 2021).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AppealNet {
    /// Where a network is cut for what is sent up; by default, the input is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    split: Option<CutsFor>,
}

impl Recipe for WithTarget<AppealNet> {
    const NAME: &'static str = "appealnet";
    const NEEDS: Option<&'static str> =
        Some("a target such as appealnet: {accuracy-gain: 90 %} or {appeal-rate: 20 %}");

    fn title(&self) -> String {
        "AppealNet".to_owned()
    }

    fn label(&self) -> String {
        format!("{} {}{}", self.family(), self.target, appeals::told(self.options.split.as_ref()))
    }

    fn role(&self) -> Role {
        Role::Method
    }

    fn strategy(&self, networks: &Outlines) -> Result<Strategy, StrategyError> {
        networks.check_little(Score::Q)?;
        appeals::strategy(self.options.split.as_ref(), networks)
    }

    fn criterion(&self) -> Option<Criterion> {
        Some(Criterion { ranking: Ranking::Score(Score::Q), target: self.target })
    }

    fn decider(&self, threshold: Option<f64>) -> Decider {
        let threshold = threshold.map(|at| Threshold { ranking: Ranking::Score(Score::Q), at });
        threshold.map_or(Decider::Nothing, |rule| appeals::decider(self.options.split.as_ref(), rule))
    }
}
