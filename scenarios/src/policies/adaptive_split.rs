use analysis::Role;
use inference::Coding;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cuts::{Cuts, Which};
use super::split::is_usual;
use super::{Channel, Decider, Decision, Goal, Outlines, Recipe, Rule, Strategy, View};

/// Cut a network between device and cloud where the request takes least time or energy, by what the device knows of its
/// channel (after Krouka et al., PIMRC 2021).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AdaptiveSplit {
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

impl AdaptiveSplit {
    fn cuts(&self) -> Cuts {
        Cuts { network: self.network, coding: self.coding }
    }
}

impl Recipe for AdaptiveSplit {
    const NAME: &'static str = "adaptive-split";
    const NEEDS: Option<&'static str> = Some("what for, such as adaptive-split: {for: energy}");

    fn label(&self) -> String {
        format!("adaptive-split for {}{}", self.goal, self.cuts().told())
    }

    fn role(&self) -> Role {
        Role::Method
    }

    fn strategy(&self, networks: &Outlines) -> Strategy {
        self.cuts().anywhere(networks)
    }

    fn decider(&self, _: Option<f64>) -> Decider {
        Decider::Rule(Box::new(*self))
    }
}

/// The device decides anew before each step, so what it learns meanwhile counts.
impl Rule for AdaptiveSplit {
    fn decide(&self, view: &View) -> Decision {
        self.goal.decide(view, Channel::Known)
    }
}
