//! What decides about requests: rules, which see what a device knows, and bounds, which know the truth.

use super::{Answered, Channel, Decision, Draw, Ranking, Upward, View, Way};

/// Decides from what a device knows.
pub trait Rule: Send + Sync {
    /// Chooses among what the view offers.
    fn decide(&self, view: &View) -> Decision;
}

/// Decides with what no device can know: how well a policy could do at best.
pub trait Bound: Send + Sync {
    /// As [`Rule::decide`], but with the truth.
    fn decide(&self, view: &View, truth: &mut Truth) -> Decision;

    /// What is gained by sending a request up, if its answer is right or not, and that to an appeal; if only some may go,
    /// those with the highest go first.
    fn worth(&self, kept_is_right: bool, appeal_is_right: bool) -> f64;
}

/// Tells what leads to the right answer to a request.
pub struct Truth<'a> {
    offload: &'a dyn Fn(usize) -> Way,
    is_right: &'a mut dyn FnMut(Way) -> bool,
}

impl<'a> Truth<'a> {
    /// The truth, from whether each way leads to the right answer, and how the first tier on the request's path answers
    /// the offload of a number. If that tier is full, another one may have to answer; not even a bound knows that.
    pub(crate) fn new(offload: &'a dyn Fn(usize) -> Way, is_right: &'a mut dyn FnMut(Way) -> bool) -> Self {
        Self { offload, is_right }
    }

    /// The channel as it is at this very moment.
    pub fn channel(&self) -> Channel {
        Channel::Drawn(Draw::known())
    }

    /// Whether an answer is right.
    pub fn of(&mut self, answered: &Answered) -> bool {
        (self.is_right)(answered.way())
    }

    /// Whether an offload would be answered rightly.
    pub fn of_offload(&mut self, up: Upward) -> bool {
        (self.is_right)((self.offload)(up.number()))
    }
}

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
