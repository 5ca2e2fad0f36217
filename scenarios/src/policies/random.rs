use analysis::Role;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Criterion, Outlines, Ranking, Recipe, Strategy, StrategyError, Target};

/// Send a random share.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Random {
    /// Its share.
    target: Target,
}

/// The baseline that any score must beat.
impl Recipe for Random {
    const NAME: &'static str = "random";
    const NEEDS: Option<&'static str> = Some("a target, such as random: {appeal-rate: 20 %}");

    fn role(&self) -> Role {
        Role::Chance
    }

    fn strategy(&self, _: &Outlines) -> Result<Strategy, StrategyError> {
        Ok(Strategy::answer_or_appeal())
    }

    fn criterion(&self) -> Option<Criterion> {
        Some(Criterion { ranking: Ranking::Chance, target: self.target })
    }
}
