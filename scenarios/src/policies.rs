//! Which requests a device answers itself, and which it sends up.
//!
//! A policy is a small type in a file of its own. Adding one takes that file, its entry in
//! [`PolicySpec`] and its line in [`build`].

mod appealnet;
mod calibration;
mod confidence;
mod local_only;
mod offload_all;
mod oracle;
mod random;

use inference::Answer;

use crate::schema::PolicySpec;
pub use calibration::{Calibration, Sample, Unreachable};

/// What becomes of a request once the device has looked at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The edge answer is the answer.
    Keep,
    /// The cloud shall answer.
    Appeal,
}

/// What a policy may look at.
pub struct Evidence<'a> {
    /// What the little network said, if it ran.
    pub little: Option<&'a Answer>,
    /// A number in [0, 1) of this request's own, the same under every policy.
    pub chance: f64,
    /// Whether little and big network are right: for bounds, no device knows this.
    pub hindsight: &'a dyn Fn() -> Hindsight,
}

/// What is known afterwards.
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

    /// The score at which it keeps an answer, if it has one.
    fn threshold(&self) -> Option<f64> {
        None
    }

    /// Keep or appeal.
    fn decide(&self, evidence: &Evidence) -> Decision;
}

/// Makes a policy; `calibration` yields the calibration half when a threshold has to be found.
///
/// # Errors
/// If no threshold reaches what is asked for.
pub fn build(spec: &PolicySpec, calibration: &Calibration) -> Result<Box<dyn Policy>, Unreachable> {
    Ok(match spec {
        PolicySpec::LocalOnly => Box::new(local_only::LocalOnly),
        PolicySpec::OffloadAll => Box::new(offload_all::OffloadAll),
        PolicySpec::Appealnet(target) => Box::new(appealnet::AppealNet::new(*target, calibration)?),
        PolicySpec::Confidence(confidence) => Box::new(confidence::Confident::new(*confidence, calibration)?),
        PolicySpec::Random(target) => Box::new(random::Random::new(*target, calibration)?),
        PolicySpec::Oracle => Box::new(oracle::Oracle),
    })
}

/// Keeps what scores at least `threshold`; what has no score goes up.
fn keep_from(threshold: f64, score: Option<f32>) -> Decision {
    match score {
        Some(score) if f64::from(score) >= threshold => Decision::Keep,
        _ => Decision::Appeal,
    }
}
