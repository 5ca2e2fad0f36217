//! What a threshold is to reach, and why it may be out of reach.

use std::fmt;

use device_models::units::Share;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A threshold, given directly or by what it should reach on the calibration half; exactly one of these.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "TargetFields", into = "TargetFields")]
#[schemars(with = "TargetFields")]
pub enum Target {
    /// Keep scores at or above this.
    Delta(Share),
    /// This share of the way from the little network's accuracy to the big one's.
    AccuracyGain(Share),
    /// This accuracy.
    Accuracy(Share),
    /// This share of requests sent up.
    AppealRate(Share),
}

/// As a file writes it.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct TargetFields {
    /// Keep scores at or above this.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "OneOrMore<Share>")]
    pub delta: Option<Share>,
    /// Reach this share of the way from the little network's accuracy to the big one's (AccI).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "OneOrMore<Share>")]
    pub accuracy_gain: Option<Share>,
    /// Reach this accuracy.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "OneOrMore<Share>")]
    pub accuracy: Option<Share>,
    /// Send up this share of requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "OneOrMore<Share>")]
    pub appeal_rate: Option<Share>,
}

/// No target is given, or several are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("give exactly one of delta, accuracy-gain, accuracy, appeal-rate")]
pub struct NotOneTarget;

impl TryFrom<TargetFields> for Target {
    type Error = NotOneTarget;

    fn try_from(fields: TargetFields) -> Result<Self, NotOneTarget> {
        let TargetFields { delta, accuracy_gain, accuracy, appeal_rate } = fields;
        let given = [
            delta.map(Target::Delta),
            accuracy_gain.map(Target::AccuracyGain),
            accuracy.map(Target::Accuracy),
            appeal_rate.map(Target::AppealRate),
        ];
        let mut given = given.into_iter().flatten();
        match (given.next(), given.next()) {
            (Some(target), None) => Ok(target),
            _ => Err(NotOneTarget),
        }
    }
}

impl From<Target> for TargetFields {
    fn from(target: Target) -> Self {
        let none = Self::default();
        match target {
            Target::Delta(share) => Self { delta: Some(share), ..none },
            Target::AccuracyGain(share) => Self { accuracy_gain: Some(share), ..none },
            Target::Accuracy(share) => Self { accuracy: Some(share), ..none },
            Target::AppealRate(share) => Self { appeal_rate: Some(share), ..none },
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Target::Delta(share) => write!(f, "delta {}", share.get()),
            Target::AccuracyGain(share) => write!(f, "accuracy-gain {} %", percent(*share)),
            Target::Accuracy(share) => write!(f, "accuracy {} %", percent(*share)),
            Target::AppealRate(share) => write!(f, "appeal-rate {} %", percent(*share)),
        }
    }
}

/// In per cent, without the digits that come from binary fractions.
fn percent(share: Share) -> f64 {
    (share.get() * 1e8).round() / 1e6
}

/// A target that no threshold reaches.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Unreachable {
    /// The target is too high.
    #[error("no threshold reaches {target} on the calibration half; the most that can be reached is {most:.2} %")]
    TooMuch {
        /// What was asked for.
        target: Target,
        /// What can be reached, per cent.
        most: f64,
    },
    /// A share of appeals was asked for, but equal scores go up together, so that only much smaller and much larger
    /// shares are possible.
    #[error(
        "{target} cannot be sent up: scores tie, and on the calibration half a threshold sends up either {below} % or \
         {above} %; ask for one of these or choose another score"
    )]
    Ties {
        /// What was asked for.
        target: Target,
        /// The nearest possible share below it, per cent.
        below: f64,
        /// The nearest possible share above it, per cent.
        above: f64,
    },
    /// There is nothing to find a threshold on.
    #[error("no threshold can be found for {target}: there are no calibration images")]
    NoImages {
        /// What was asked for.
        target: Target,
    },
    /// A share of a gain was asked for, but there is no gain.
    #[error(
        "{target} has no meaning: on the calibration half the big network is right on {big:.2} % and the little one on \
         {little:.2} %, so there is no gain to take a share of; set 'accuracy: X %' or 'appeal-rate: Y %' instead"
    )]
    NoGain {
        /// What was asked for.
        target: Target,
        /// What the little network gets right, per cent.
        little: f64,
        /// What the big network gets right, per cent.
        big: f64,
    },
}

/// How the JSON Schema expresses that a list stands for one policy per entry; lists are expanded before anything is
/// read.
#[derive(JsonSchema)]
#[serde(untagged)]
pub enum OneOrMore<T> {
    /// One value.
    One(T),
    /// One policy per value.
    More(Vec<T>),
}
