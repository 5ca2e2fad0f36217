use analysis::Role;
use inference::Coding;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cuts::{Cuts, Which};
use super::split::is_usual;
use super::{Bound, Decider, Decision, Goal, Outlines, Recipe, Strategy, Truth, View};

/// Cut a network where the request takes least time or energy, knowing the rate at this very moment: a bound on
/// adaptive-split, not a real policy.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SplitOracle {
    /// What a request should take least of.
    #[serde(rename = "for")]
    goal: Goal,
    /// The network that is cut; by default, the one in the cloud.
    #[serde(default, skip_serializing_if = "Which::is_usual")]
    network: Which,
    /// How what crosses the cut is sent; by default, as it is.
    #[serde(default, skip_serializing_if = "is_usual")]
    coding: Coding,
}

impl SplitOracle {
    fn cuts(&self) -> Cuts {
        Cuts { network: self.network, coding: self.coding }
    }
}

impl Recipe for SplitOracle {
    const NAME: &'static str = "split-oracle";
    const NEEDS: Option<&'static str> = Some("what for, such as split-oracle: {for: energy}");

    fn label(&self) -> String {
        format!("split-oracle for {}{}", self.goal, self.cuts().told())
    }

    fn role(&self) -> Role {
        Role::Bound
    }

    fn strategy(&self, networks: &Outlines) -> Strategy {
        self.cuts().anywhere(networks)
    }

    fn decider(&self, _: Option<f64>) -> Decider {
        Decider::Bound(Box::new(*self))
    }
}

impl Bound for SplitOracle {
    fn decide(&self, view: &View, truth: &mut Truth) -> Decision {
        self.goal.decide(view, truth.channel())
    }

    /// Nothing: it sends up for what that takes, whichever answer is right.
    fn worth(&self, _: bool, _: bool) -> f64 {
        0.0
    }
}
