//! What a policy is before anything has been calibrated.

use analysis::Role;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Decider, Outlines, Ranking, SplitWanted, Strategy, StrategyError, SureEnough, Target, Threshold};

/// A policy as a scenario file specifies it: the type's fields are what the file writes behind its name.
pub trait Recipe: Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static {
    /// Its name in scenario files.
    const NAME: &'static str;

    /// What it needs besides its name, if it needs anything.
    const NEEDS: Option<&'static str> = None;

    /// Its kind, whatever its options.
    fn family(&self) -> String {
        Self::NAME.to_owned()
    }

    /// Its name in results: its kind, and what tells it from others of that kind.
    fn label(&self) -> String {
        match self.criterion() {
            Some(Criterion { target, .. }) => format!("{} {target}", self.family()),
            None => self.family(),
        }
    }

    /// What sentences call its kind.
    fn title(&self) -> String {
        self.family()
    }

    /// What it is in a comparison.
    fn role(&self) -> Role;

    /// What a request may take, where these are the networks.
    ///
    /// # Errors
    /// If they are not those it needs.
    fn strategy(&self, networks: &Outlines) -> Result<Strategy, StrategyError>;

    /// By what it keeps answers, if it keeps those above a threshold.
    fn criterion(&self) -> Option<Criterion> {
        None
    }

    /// By what it keeps the first answer that is sure enough, if it keeps that. Then this decides, and
    /// [`decider`](Recipe::decider) is not asked.
    fn sure_enough(&self) -> Option<SureEnough> {
        None
    }

    /// What is to be planned for it: where a network is cut, and in how many bits it is computed before. The plan then
    /// takes the place of its strategy.
    fn split_wanted(&self) -> Option<SplitWanted> {
        None
    }

    /// What decides, given the threshold of its criterion.
    fn decider(&self, threshold: Option<f64>) -> Decider {
        let rule = self.criterion().zip(threshold).map(|(Criterion { ranking, .. }, at)| Threshold { ranking, at });
        rule.map_or(Decider::Nothing, |rule| Decider::Rule(Box::new(rule)))
    }
}

/// What answers are ranked by, and what a threshold on it is to reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Criterion {
    /// What answers are ranked by; those below the threshold are referred.
    pub ranking: Ranking,
    /// What the threshold is to reach.
    pub target: Target,
}

impl Criterion {
    /// The threshold, if it can be told without looking at any image.
    pub fn given(&self) -> Option<f64> {
        match (self.ranking, self.target) {
            (_, Target::Delta(delta)) => Some(delta.get()),
            // Chance is uniform, so the share below a threshold is the threshold.
            (Ranking::Chance, Target::AppealRate(share)) => Some(share.get()),
            _ => None,
        }
    }
}
