use std::fmt;

use device_models::units::Share;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A policy: which requests the devices answer themselves, and which they send up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum PolicySpec {
    /// Keep everything.
    LocalOnly,
    /// Send everything, without running the little network.
    OffloadAll,
    /// Keep what the predictor head thinks will do: q >= delta.
    Appealnet(Target),
    /// Keep what the little network is sure of.
    Confidence(Confidence),
    /// Send a random share.
    Random(Target),
    /// Send what the little network gets wrong and the big one right. Knows the label: a bound, not a policy.
    Oracle,
}

/// A threshold, given outright or by what it should reach on the calibration half; exactly one of these.
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

/// A confidence score and its threshold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "ConfidenceFields", into = "ConfidenceFields")]
#[schemars(with = "ConfidenceFields")]
pub struct Confidence {
    /// Which score.
    pub score: Score,
    /// Its threshold.
    pub target: Target,
}

/// How sure the little network is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Score {
    /// The largest class probability.
    MaxSoftmax,
    /// The largest minus the second largest.
    Margin,
    /// One minus the normalised entropy of the class probabilities.
    Entropy,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct TargetFields {
    /// Keep scores at or above this.
    #[serde(skip_serializing_if = "Option::is_none")]
    delta: Option<Share>,
    /// Reach this share of the way from the little network's accuracy to the big one's (AccI).
    #[serde(skip_serializing_if = "Option::is_none")]
    accuracy_gain: Option<Share>,
    /// Reach this accuracy.
    #[serde(skip_serializing_if = "Option::is_none")]
    accuracy: Option<Share>,
    /// Send up this share of requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    appeal_rate: Option<Share>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ConfidenceFields {
    /// Which score.
    score: Score,
    /// Keep scores at or above this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delta: Option<Share>,
    /// Reach this share of the way from the little network's accuracy to the big one's (AccI).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    accuracy_gain: Option<Share>,
    /// Reach this accuracy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    accuracy: Option<Share>,
    /// Send up this share of requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    appeal_rate: Option<Share>,
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

impl TryFrom<ConfidenceFields> for Confidence {
    type Error = String;

    fn try_from(fields: ConfidenceFields) -> Result<Self, String> {
        let ConfidenceFields { score, delta, accuracy_gain, accuracy, appeal_rate } = fields;
        let target = TargetFields { delta, accuracy_gain, accuracy, appeal_rate }.try_into()?;
        Ok(Self { score, target })
    }
}

impl From<Confidence> for ConfidenceFields {
    fn from(confidence: Confidence) -> Self {
        let TargetFields { delta, accuracy_gain, accuracy, appeal_rate } = confidence.target.into();
        Self { score: confidence.score, delta, accuracy_gain, accuracy, appeal_rate }
    }
}

impl Score {
    /// As a scenario file has it.
    pub fn name(self) -> &'static str {
        match self {
            Score::MaxSoftmax => "max-softmax",
            Score::Margin => "margin",
            Score::Entropy => "entropy",
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

/// Without the digits that come from counting in binary.
fn percent(share: Share) -> f64 {
    (share.get() * 1e8).round() / 1e6
}

/// What results call the policy.
impl fmt::Display for PolicySpec {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            PolicySpec::LocalOnly => f.write_str("local-only"),
            PolicySpec::OffloadAll => f.write_str("offload-all"),
            PolicySpec::Appealnet(target) => write!(f, "appealnet {target}"),
            PolicySpec::Confidence(Confidence { score, target }) => write!(f, "{} {target}", score.name()),
            PolicySpec::Random(target) => write!(f, "random {target}"),
            PolicySpec::Oracle => f.write_str("oracle"),
        }
    }
}
