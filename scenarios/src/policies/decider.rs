//! What decides about requests: rules, which see what a device knows, and bounds, which know the truth.

use super::{Decision, Ranking, View, Way};

/// Decides from what a device knows.
pub trait Rule: Send + Sync {
    /// Chooses among what the view offers.
    fn decide(&self, view: &View) -> Decision;
}

/// Decides with what no device can know: how well a policy could do at best.
pub trait Bound: Send + Sync {
    /// As [`Rule::decide`], but with the truth.
    fn decide(&self, view: &View, truth: &mut Truth) -> Decision;

    /// What is gained by sending a request up; if only some may go, those with the highest go first.
    fn worth(&self, truth: &mut Truth) -> f64;
}

/// Tells which ways lead to the right answer to a request.
pub type Truth<'a> = dyn FnMut(Way) -> bool + 'a;

/// What decides under a policy.
pub enum Decider {
    /// There is nothing to choose.
    Nothing,
    /// A rule.
    Rule(Box<dyn Rule>),
    /// A bound.
    Bound(Box<dyn Bound>),
}

impl Decider {
    /// Chooses among what the view offers. Only a bound ever asks for the truth.
    pub fn decide(&self, view: &View, truth: &mut Truth) -> Decision {
        match self {
            Self::Nothing => view.keep(),
            Self::Rule(rule) => rule.decide(view),
            Self::Bound(bound) => bound.decide(view, truth),
        }
    }
}

/// Keeps an answer that ranks at or above a threshold, and refers all others; what has no score is referred.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    /// What answers are ranked by.
    pub ranking: Ranking,
    /// The lowest score that is kept.
    pub at: f64,
}

impl Rule for Threshold {
    fn decide(&self, view: &View) -> Decision {
        let score = match self.ranking {
            Ranking::Chance => Some(view.chance()),
            Ranking::Score(score) => view.answer().and_then(|kept| kept.answer().scores.get(score)).map(f64::from),
        };
        if score.is_some_and(|score| score >= self.at) { view.keep() } else { view.refer() }
    }
}
