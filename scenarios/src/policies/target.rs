//! What a threshold is to reach, and why it may be out of reach.

use std::fmt;

use device_models::units::{Duration, Energy, Points, Share};
use schemars::JsonSchema;
use serde::de::{Error, MapAccess};
use serde::{Deserialize, Serialize};

/// A threshold, given directly or by what it should reach on the calibration half; exactly one of these.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "TargetFields", into = "TargetFields")]
#[schemars(with = "TargetFields")]
pub enum Target {
    /// Keep scores at or above this.
    Delta(Share),
    /// This share of the way from the accuracy of what is kept to that of what is sent up.
    AccuracyGain(Share),
    /// This share of the most that the score can gain over keeping everything.
    GainShare(Share),
    /// So much more accuracy than keeping everything.
    Points(Points),
    /// This accuracy.
    Accuracy(Share),
    /// This share of requests sent up.
    AppealRate(Share),
    /// The most accurate threshold with which a request costs the device no more than this, without idling.
    Energy(Energy),
    /// The most accurate threshold with which half of the batteries last this long.
    Battery(Duration),
    /// The most accurate threshold with which no more than this share misses its deadline.
    Late(Share),
}

/// As a file writes it.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct TargetFields {
    /// Keep scores at or above this.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "OneOrMore<Share>")]
    delta: Option<Share>,
    /// Reach this share of the way from the accuracy of the device's first answer (the little network's) to that of what is
    /// sent up (the big one's): AccI.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "OneOrMore<Share>")]
    accuracy_gain: Option<Share>,
    /// Reach this share of the most that this score can gain over keeping every answer, whichever of the networks is the
    /// better one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "OneOrMore<Share>")]
    gain_share: Option<Share>,
    /// Reach so many points of accuracy more than keeping every answer would: 1.5.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "OneOrMore<Points>")]
    points: Option<Points>,
    /// Reach this accuracy.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "OneOrMore<Share>")]
    accuracy: Option<Share>,
    /// Send up this share of requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "OneOrMore<Share>")]
    appeal_rate: Option<Share>,
    /// The most accurate threshold at which a request costs the device no more than this, idling excluded: found by running
    /// the scenario. Not for early-exit and cascade.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "OneOrMore<Energy>")]
    energy: Option<Energy>,
    /// The most accurate threshold at which half of the batteries last this long: found by running the scenario. Not for
    /// early-exit and cascade.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "OneOrMore<Duration>")]
    battery: Option<Duration>,
    /// The most accurate threshold at which no more than this share of requests misses its deadline: found by running the
    /// scenario. Not for early-exit and cascade.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "OneOrMore<Share>")]
    late: Option<Share>,
}

/// No target is given, or several are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("give exactly one of {}", TargetFields::NAMES.join(", "))]
pub struct NotOneTarget;

impl TargetFields {
    /// The names that files use.
    pub const NAMES: [&'static str; 9] =
        ["delta", "accuracy-gain", "gain-share", "points", "accuracy", "appeal-rate", "energy", "battery", "late"];

    /// Reads the value behind a name in a mapping; whether it is one of these names.
    ///
    /// # Errors
    /// If the value is none, or the name was there before.
    pub(super) fn read<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        match name {
            "delta" => fill(&mut self.delta, name, map)?,
            "accuracy-gain" => fill(&mut self.accuracy_gain, name, map)?,
            "gain-share" => fill(&mut self.gain_share, name, map)?,
            "points" => fill(&mut self.points, name, map)?,
            "accuracy" => fill(&mut self.accuracy, name, map)?,
            "appeal-rate" => fill(&mut self.appeal_rate, name, map)?,
            "energy" => fill(&mut self.energy, name, map)?,
            "battery" => fill(&mut self.battery, name, map)?,
            "late" => fill(&mut self.late, name, map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn fill<'de, T: Deserialize<'de>, A: MapAccess<'de>>(
    field: &mut Option<T>,
    name: &str,
    map: &mut A,
) -> Result<(), A::Error> {
    match field.replace(map.next_value()?) {
        Some(_) => Err(A::Error::custom(format!("duplicate field `{name}`"))),
        None => Ok(()),
    }
}

impl Target {
    /// Whether it says what may be spent, rather than what is to be reached.
    pub fn is_budget(self) -> bool {
        matches!(self, Self::Energy(_) | Self::Battery(_) | Self::Late(_))
    }
}

impl TryFrom<TargetFields> for Target {
    type Error = NotOneTarget;

    fn try_from(fields: TargetFields) -> Result<Self, NotOneTarget> {
        let TargetFields { delta, accuracy_gain, gain_share, points, accuracy, appeal_rate, energy, battery, late } =
            fields;
        let given = [
            delta.map(Target::Delta),
            accuracy_gain.map(Target::AccuracyGain),
            gain_share.map(Target::GainShare),
            points.map(Target::Points),
            accuracy.map(Target::Accuracy),
            appeal_rate.map(Target::AppealRate),
            energy.map(Target::Energy),
            battery.map(Target::Battery),
            late.map(Target::Late),
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
            Target::GainShare(share) => Self { gain_share: Some(share), ..none },
            Target::Points(points) => Self { points: Some(points), ..none },
            Target::Accuracy(share) => Self { accuracy: Some(share), ..none },
            Target::AppealRate(share) => Self { appeal_rate: Some(share), ..none },
            Target::Energy(energy) => Self { energy: Some(energy), ..none },
            Target::Battery(time) => Self { battery: Some(time), ..none },
            Target::Late(share) => Self { late: Some(share), ..none },
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Target::Delta(share) => write!(f, "delta {}", share.get()),
            Target::AccuracyGain(share) => write!(f, "accuracy-gain {} %", percent(*share)),
            Target::GainShare(share) => write!(f, "gain-share {} %", percent(*share)),
            Target::Points(points) => write!(f, "points {}", points.get()),
            Target::Accuracy(share) => write!(f, "accuracy {} %", percent(*share)),
            Target::AppealRate(share) => write!(f, "appeal-rate {} %", percent(*share)),
            Target::Energy(energy) => write!(f, "energy {energy}"),
            Target::Battery(time) => write!(f, "battery {time}"),
            Target::Late(share) => write!(f, "late {} %", percent(*share)),
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
    #[error(
        "no threshold reaches {target} on the calibration half; the most that can be reached is {most:.2}{}",
        unit(target)
    )]
    TooMuch {
        /// What was asked for.
        target: Target,
        /// What can be reached, per cent or points.
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
    /// Not even the threshold that sends up the least stays within a budget.
    #[error("no threshold keeps {target}, not even the one that sends up the least")]
    OverBudget {
        /// What was asked for.
        target: Target,
    },
    /// A budget has no meaning in a scenario.
    #[error("{target} has no meaning where no device has {missing}")]
    NothingToKeep {
        /// What was asked for.
        target: Target,
        /// What a device would need to have.
        missing: &'static str,
    },
    /// A budget was asked of a policy whose threshold is set otherwise.
    #[error(
        "what {target} takes is known only by running the scenario, and that is done for appealnet, confidence and random alone"
    )]
    OnlyByRunning {
        /// What was asked for.
        target: Target,
    },
    /// A share of a gain was asked for, but there is no gain.
    #[error(
        "{target} has no meaning: on the calibration half what is sent up is right on {referred:.2} % and what is kept on \
         {kept:.2} %, so there is no gain to take a share of; set {} instead",
        instead(target)
    )]
    NoGain {
        /// What was asked for.
        target: Target,
        /// What is right if every answer is kept, per cent.
        kept: f64,
        /// What is right if none is, or if the best are, per cent.
        referred: f64,
    },
}

fn unit(target: &Target) -> &'static str {
    if matches!(target, Target::Points(_)) { " points" } else { " %" }
}

/// Targets that have a meaning where this one has none.
fn instead(target: &Target) -> &'static str {
    match target {
        Target::GainShare(_) => "'accuracy: X %' or 'appeal-rate: Y %'",
        _ => "'gain-share: X %', 'points: Y', 'accuracy: X %' or 'appeal-rate: Y %'",
    }
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
