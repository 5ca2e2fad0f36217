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

impl TryFrom<TargetFields> for Target {
    type Error = String;

    fn try_from(fields: TargetFields) -> Result<Self, String> {
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
            _ => Err("give exactly one of delta, accuracy-gain, accuracy, appeal-rate".into()),
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
