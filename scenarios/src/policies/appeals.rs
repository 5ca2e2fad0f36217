//! How what a network on the device is not sure of is appealed.

use super::cuts::CutsFor;
use super::{Channel, Decider, Decision, Goal, Outlines, Rule, Strategy, StrategyError, Threshold, View};

/// The little network, then its answer or an appeal: its input is sent up, or what crosses a cut of a network that the
/// device begins.
pub fn strategy(split: Option<&CutsFor>, networks: &Outlines) -> Result<Strategy, StrategyError> {
    let usual = Strategy::answer_or_appeal();
    match split {
        None => Ok(usual),
        Some(split) => Ok(split.cuts(networks)?.after_all_of(usual, networks)),
    }
}

/// Keeps what is above a threshold, and appeals the rest.
pub fn decider(split: Option<&CutsFor>, threshold: Threshold) -> Decider {
    Decider::Rule(match split {
        None => Box::new(threshold),
        Some(split) => Box::new(SplitAppeals { threshold, goal: split.goal }),
    })
}

/// What tells how appeals are made in a label.
pub fn told(split: Option<&CutsFor>) -> String {
    split.map_or_else(String::new, |split| format!(", split {}", split.told()))
}

/// A threshold on the first answer; what is appealed is cut where it takes least, by what the device knows.
struct SplitAppeals {
    threshold: Threshold,
    goal: Goal,
}

impl Rule for SplitAppeals {
    fn decide(&self, view: &View) -> Decision {
        // With a second network begun, the first answer has been judged already.
        let judges = view.segments() == 1;
        match judges.then(|| self.threshold.decide(view)) {
            Some(kept @ Decision::Answer(_)) => kept,
            _ => self.goal.decide(view, Channel::Known),
        }
    }
}
