//! Which requests a device answers itself, and which it sends up.
//!
//! A policy is a small type in a file of its own: what a scenario file can specify, and what it does. Adding one takes
//! that file and its lines in the list [`PolicySpec`].

mod appealnet;
mod calibration;
mod confidence;
mod curve;
mod local_only;
mod offload_all;
mod oracle;
mod random;
mod ranking;

use std::fmt;

use crate::schema::Target;
use inference::Answer;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use appealnet::AppealNet;
pub use calibration::{Calibration, Sample, Unreachable};
pub use confidence::{Confidence, Score};
pub use curve::{Curve, Missed, Ranked};
pub use random::Random;
pub use ranking::Ranking;

/// The list of all policies, as scenario files name them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum PolicySpec {
    /// Keep everything.
    LocalOnly,
    /// Send everything, without running the little network.
    OffloadAll,
    /// Keep what the predictor head expects to be right: q >= delta.
    Appealnet(AppealNet),
    /// Keep what the little network is sure of.
    Confidence(Confidence),
    /// Send a random share.
    Random(Random),
    /// Send what the little network gets wrong and the big one right. It knows the labels: a bound, not a real policy.
    Oracle,
}

impl PolicySpec {
    fn recipe(&self) -> &dyn Recipe {
        match self {
            Self::LocalOnly => &local_only::LocalOnly,
            Self::OffloadAll => &offload_all::OffloadAll,
            Self::Appealnet(appealnet) => appealnet,
            Self::Confidence(confidence) => confidence,
            Self::Random(random) => random,
            Self::Oracle => &oracle::Oracle,
        }
    }

    /// What kind of policy it is, whatever its threshold.
    pub fn family(&self) -> String {
        match self.target() {
            Some(target) => self.to_string().trim_end_matches(&target.to_string()).trim_end().to_owned(),
            None => self.to_string(),
        }
    }

    /// The target of its threshold, if it has one.
    pub fn target(&self) -> Option<Target> {
        self.recipe().target()
    }

    /// The rule by which it keeps answers, if it has one.
    pub fn rule(&self) -> Option<Rule> {
        self.recipe().rule()
    }

    /// Makes the policy; `calibration` yields the calibration half when a threshold has to be found.
    ///
    /// # Errors
    /// If no threshold reaches what is asked for.
    pub fn build(&self, calibration: &Calibration) -> Result<Box<dyn Policy>, Unreachable> {
        self.recipe().build(calibration)
    }
}

/// The policy's name in results.
impl fmt::Display for PolicySpec {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.recipe().label())
    }
}

/// A policy as a scenario file specifies it.
trait Recipe {
    /// Its name in results; the target comes last.
    fn label(&self) -> String;

    /// The target of its threshold, if it has one.
    fn target(&self) -> Option<Target> {
        None
    }

    /// The rule by which it keeps answers, if it has one.
    fn rule(&self) -> Option<Rule> {
        None
    }

    /// The policy itself.
    fn build(&self, calibration: &Calibration) -> Result<Box<dyn Policy>, Unreachable>;
}

/// A policy that keeps the answers that rank at or above a threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// What answers are ranked by.
    pub ranking: Ranking,
    /// What its threshold is to reach.
    pub target: Target,
}

/// What happens to a request once the device has looked at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The edge answer is the answer.
    Keep,
    /// The request goes to the cloud.
    Appeal,
}

/// What a policy may base its decision on.
pub struct Evidence<'a> {
    /// The little network's answer, if it ran.
    pub little: Option<&'a Answer>,
    /// Draws a number in [0, 1) that belongs to this request, the same under every policy.
    pub chance: &'a dyn Fn() -> f64,
    /// Whether the little and the big network are right: only for bounds, since no device can know this.
    pub hindsight: &'a mut dyn FnMut() -> Hindsight,
}

/// What is known in hindsight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hindsight {
    /// Whether the little network is right.
    pub little_right: bool,
    /// Whether the big network is right.
    pub big_right: bool,
}

/// A rule that decides request by request.
pub trait Policy: Send + Sync {
    /// Whether the device runs its little network before it decides.
    fn asks_little(&self) -> bool {
        true
    }

    /// Whether it ever sends anything up.
    fn may_appeal(&self) -> bool {
        true
    }

    /// The score at which it keeps an answer, if it has one.
    fn threshold(&self) -> Option<f64> {
        None
    }

    /// Keep or appeal.
    fn decide(&self, evidence: &mut Evidence) -> Decision;
}

/// Keeps what scores at least `threshold`; what has no score is sent up.
fn keep_from(threshold: f64, score: Option<f32>) -> Decision {
    match score {
        Some(score) if f64::from(score) >= threshold => Decision::Keep,
        _ => Decision::Appeal,
    }
}

#[cfg(test)]
mod tests;
