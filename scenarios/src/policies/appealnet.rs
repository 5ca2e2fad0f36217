use analysis::Role;
use inference::Score;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Criterion, Outlines, Ranking, Recipe, Strategy, Target};

/// Keep what the predictor head expects to be right: q(1|x) >= delta (Li et al., DAC 2021).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct AppealNet {
    /// Its threshold.
    target: Target,
}

impl Recipe for AppealNet {
    const NAME: &'static str = "appealnet";
    const NEEDS: Option<&'static str> =
        Some("one of delta, accuracy-gain, accuracy, appeal-rate, such as appealnet: {appeal-rate: 20 %}");

    fn title(&self) -> String {
        "AppealNet".to_owned()
    }

    fn role(&self) -> Role {
        Role::Method
    }

    fn strategy(&self, _: &Outlines) -> Strategy {
        Strategy::answer_or_appeal()
    }

    fn criterion(&self) -> Option<Criterion> {
        Some(Criterion { ranking: Ranking::Score(Score::Q), target: self.target })
    }
}
