use analysis::Role;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cuts::CutsFor;
use super::{Bound, Decider, Decision, Outlines, Recipe, Strategy, StrategyError, Truth, View};

/// Cut a network where the request takes least time or energy, knowing the rate at this very moment: a bound on
/// adaptive-split, not a real policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct SplitOracle(CutsFor);

impl Recipe for SplitOracle {
    const NAME: &'static str = "split-oracle";
    const NEEDS: Option<&'static str> = Some("what for, such as split-oracle: {for: energy}");

    fn label(&self) -> String {
        format!("split-oracle {}", self.0.told())
    }

    fn role(&self) -> Role {
        Role::Bound
    }

    fn strategy(&self, networks: &Outlines) -> Result<Strategy, StrategyError> {
        Ok(self.0.cuts(networks)?.anywhere(networks))
    }

    fn decider(&self, _: Option<f64>) -> Decider {
        Decider::Bound(Box::new(self.clone()))
    }
}

impl Bound for SplitOracle {
    fn decide(&self, view: &View, truth: &mut Truth) -> Decision {
        self.0.goal.decide(view, truth.channel())
    }

    /// Nothing: it sends up for what that takes, whichever answer is right.
    fn worth(&self, _: bool, _: bool) -> f64 {
        0.0
    }
}
