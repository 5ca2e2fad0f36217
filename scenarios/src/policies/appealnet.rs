use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Calibration, Decision, Evidence, Policy, Ranking, Recipe, Rule, Unreachable, keep_from};
use crate::schema::Target;

/// AppealNet, and how its delta is set.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct AppealNet {
    /// Its threshold.
    pub target: Target,
}

/// Keeps an answer when the predictor head says q(1|x) >= delta (Li et al., DAC 2021).
struct Threshold {
    delta: f64,
}

impl Recipe for AppealNet {
    fn label(&self) -> String {
        format!("appealnet {}", self.target)
    }

    fn target(&self) -> Option<Target> {
        Some(self.target)
    }

    fn rule(&self) -> Option<Rule> {
        Some(Rule { ranking: Ranking::Q, target: self.target })
    }

    fn build(&self, calibration: &Calibration) -> Result<Box<dyn Policy>, Unreachable> {
        let delta = calibration.threshold(self.target, Ranking::Q)?;
        Ok(Box::new(Threshold { delta }))
    }
}

impl Policy for Threshold {
    fn threshold(&self) -> Option<f64> {
        Some(self.delta)
    }

    fn decide(&self, evidence: &mut Evidence) -> Decision {
        keep_from(self.delta, evidence.little.and_then(|answer| answer.scores.q))
    }
}
