use super::{Calibration, Decision, Evidence, Policy, Unreachable, keep_from};
use crate::schema::Target;

/// Keeps an answer when the predictor head says q(1|x) >= delta (Li et al., DAC 2021).
pub struct AppealNet {
    delta: f64,
}

impl AppealNet {
    pub fn new(target: Target, calibration: &Calibration) -> Result<Self, Unreachable> {
        let delta = calibration.threshold(target, |sample| sample.little.scores.q.map_or(0.0, f64::from))?;
        Ok(Self { delta })
    }
}

impl Policy for AppealNet {
    fn threshold(&self) -> Option<f64> {
        Some(self.delta)
    }

    fn decide(&self, evidence: &Evidence) -> Decision {
        keep_from(self.delta, evidence.little.and_then(|answer| answer.scores.q))
    }
}
