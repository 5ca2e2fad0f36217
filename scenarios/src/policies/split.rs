use analysis::Role;
use inference::{Coding, CutName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cuts::{Cuts, is_usual, told};
use super::{Channel, Decider, Decision, Goal, NetworkName, Outlines, Recipe, Rule, Strategy, StrategyError, View};

/// Cut a network between device and cloud, at the same place for every request: after a number of steps, or where a
/// typical request takes least time or energy (Kang et al., Neurosurgeon, ASPLOS 2017).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "SplitFields", into = "SplitFields")]
#[schemars(with = "SplitFields")]
pub struct Split {
    place: Place,
    network: NetworkName,
    coding: Coding,
}

#[derive(Clone, Debug, PartialEq)]
enum Place {
    After(CutName),
    Least(Goal),
}

/// A cut; of `after` and `for` one is given.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct SplitFields {
    /// What the device runs: so many steps, or up to a layer, as `appealsim cuts` names it. 0 sends the input, all steps
    /// keep the device's answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<CutName>,
    /// What a typical request should take least of.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    goal: Option<Goal>,
    /// The network that is cut; by default, `big`.
    #[serde(default = "NetworkName::big", skip_serializing_if = "NetworkName::is_big")]
    network: NetworkName,
    /// How what crosses the cut is sent; by default, as it is.
    #[serde(default, skip_serializing_if = "is_usual")]
    coding: Coding,
}

impl TryFrom<SplitFields> for Split {
    type Error = &'static str;

    fn try_from(SplitFields { after, goal, network, coding }: SplitFields) -> Result<Self, Self::Error> {
        let place = match (after, goal) {
            (Some(cut), None) => Place::After(cut),
            (None, Some(goal)) => Place::Least(goal),
            _ => return Err("give either `after`, a number of steps or a layer, or `for`: latency or energy"),
        };
        Ok(Self { place, network, coding })
    }
}

impl From<Split> for SplitFields {
    fn from(Split { place, network, coding }: Split) -> Self {
        let (after, goal) = match place {
            Place::After(cut) => (Some(cut), None),
            Place::Least(goal) => (None, Some(goal)),
        };
        Self { after, goal, network, coding }
    }
}

impl Recipe for Split {
    const NAME: &'static str = "split";
    const NEEDS: Option<&'static str> = Some("after or for, such as split: {after: 4} or split: {for: energy}");

    fn label(&self) -> String {
        let place = match &self.place {
            Place::After(cut) => format!("after {cut}"),
            Place::Least(goal) => format!("for {goal}"),
        };
        format!("split {place}{}", told(&self.network, self.coding))
    }

    fn role(&self) -> Role {
        Role::Method
    }

    fn strategy(&self, networks: &Outlines) -> Result<Strategy, StrategyError> {
        let network = networks.find(&self.network)?;
        let cuts = Cuts { network, coding: self.coding };
        Ok(match &self.place {
            Place::After(cut) => cuts.after(networks.cut(network, cut)?, networks),
            Place::Least(_) => cuts.anywhere(networks),
        })
    }

    fn decider(&self, _: Option<f64>) -> Decider {
        match &self.place {
            Place::After(_) => Decider::Nothing,
            Place::Least(goal) => Decider::Rule(Box::new(Typically(*goal))),
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
