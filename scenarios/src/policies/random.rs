use super::{Calibration, Decision, Evidence, Policy, Unreachable};
use crate::schema::Target;

/// Sends up a random share: what any score must beat.
pub struct Random {
    threshold: f64,
}

impl Random {
    pub fn new(target: Target, calibration: &Calibration) -> Result<Self, Unreachable> {
        let threshold = match target {
            // Chance is uniform, so the share below a threshold is the threshold: nothing to calibrate.
            Target::AppealRate(share) => share.get(),
            target => calibration.threshold(target, |sample| sample.chance)?,
        };
        Ok(Self { threshold })
    }
}

impl Policy for Random {
    fn threshold(&self) -> Option<f64> {
        Some(self.threshold)
    }

    fn decide(&self, evidence: &Evidence) -> Decision {
        if evidence.chance >= self.threshold { Decision::Keep } else { Decision::Appeal }
    }
}
