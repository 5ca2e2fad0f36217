use analysis::Role;
use inference::Coding;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cuts::{Cuts, Which, is_usual};
use super::{Channel, Decider, Decision, Goal, Outlines, Recipe, Rule, Strategy, View};

/// Cut a network between device and cloud, at the same place for every request: after a number of steps, or where a
/// typical request takes least time or energy (Kang et al., Neurosurgeon, ASPLOS 2017).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "SplitFields", into = "SplitFields")]
#[schemars(with = "SplitFields")]
pub struct Split {
    cuts: Cuts,
    place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    After(usize),
    Least(Goal),
}

/// A cut; of `after` and `for` one is given.
#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct SplitFields {
    /// The steps that the device runs: 0 sends the input, all of them keep the device's answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<usize>,
    /// What a typical request should take least of.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    goal: Option<Goal>,
    /// The network that is cut; by default, the one in the cloud.
    #[serde(default, skip_serializing_if = "Which::is_usual")]
    network: Which,
    /// How what crosses the cut is sent; by default, as it is.
    #[serde(default, skip_serializing_if = "is_usual")]
    coding: Coding,
}

impl TryFrom<SplitFields> for Split {
    type Error = &'static str;

    fn try_from(SplitFields { after, goal, network, coding }: SplitFields) -> Result<Self, Self::Error> {
        let place = match (after, goal) {
            (Some(step), None) => Place::After(step),
            (None, Some(goal)) => Place::Least(goal),
            _ => return Err("give either `after`, a number of steps, or `for`: latency or energy"),
        };
        Ok(Self { cuts: Cuts { network, coding }, place })
    }
}

impl From<Split> for SplitFields {
    fn from(Split { cuts: Cuts { network, coding }, place }: Split) -> Self {
        let (after, goal) = match place {
            Place::After(step) => (Some(step), None),
            Place::Least(goal) => (None, Some(goal)),
        };
        Self { after, goal, network, coding }
    }
}

impl Recipe for Split {
    const NAME: &'static str = "split";
    const NEEDS: Option<&'static str> = Some("after or for, such as split: {after: 4} or split: {for: energy}");

    fn label(&self) -> String {
        let place = match self.place {
            Place::After(step) => format!("after {step}"),
            Place::Least(goal) => format!("for {goal}"),
        };
        format!("split {place}{}", self.cuts.told())
    }

    fn role(&self) -> Role {
        Role::Method
    }

    fn strategy(&self, networks: &Outlines) -> Strategy {
        match self.place {
            Place::After(step) => self.cuts.after(step, networks),
            Place::Least(_) => self.cuts.anywhere(networks),
        }
    }

    fn decider(&self, _: Option<f64>) -> Decider {
        match self.place {
            Place::After(_) => Decider::Nothing,
            Place::Least(goal) => Decider::Rule(Box::new(Typically(goal))),
        }
    }
}

/// What is typical does not depend on the request, so the cut is the same for all.
struct Typically(Goal);

impl Rule for Typically {
    fn decide(&self, view: &View) -> Decision {
        self.0.decide(view, Channel::Typical)
    }
}
