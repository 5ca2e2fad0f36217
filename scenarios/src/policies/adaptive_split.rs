use analysis::Role;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cuts::CutsFor;
use super::{Channel, Decider, Decision, Outlines, Recipe, Rule, Strategy, StrategyError, View};

/// Cut a network between device and cloud where the request takes least time or energy, by what the device knows of its
/// channel (after Krouka et al., PIMRC 2021).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct AdaptiveSplit(CutsFor);

impl Recipe for AdaptiveSplit {
    const NAME: &'static str = "adaptive-split";
    const NEEDS: Option<&'static str> = Some("what for, such as adaptive-split: {for: energy}");

    fn label(&self) -> String {
        format!("adaptive-split {}", self.0.told())
    }

    fn role(&self) -> Role {
        Role::Method
    }

    fn strategy(&self, networks: &Outlines) -> Result<Strategy, StrategyError> {
        Ok(self.0.cuts(networks)?.anywhere(networks))
    }

    fn decider(&self, _: Option<f64>) -> Decider {
        Decider::Rule(Box::new(self.clone()))
    }
}

/// The device decides anew before each step, so what it learns meanwhile counts.
impl Rule for AdaptiveSplit {
    fn decide(&self, view: &View) -> Decision {
        self.0.goal.decide(view, Channel::Known)
    }
}
