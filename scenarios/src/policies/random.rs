use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Calibration, Decision, Evidence, Policy, Ranking, Recipe, Rule, Unreachable};
use crate::schema::Target;

/// Sends up a random share of the requests.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Random {
    /// Its share.
    pub target: Target,
}

/// Sends up a random share: the baseline that any score must beat.
struct Draw {
    threshold: f64,
}

impl Recipe for Random {
    fn label(&self) -> String {
        format!("random {}", self.target)
    }

    fn target(&self) -> Option<Target> {
        Some(self.target)
    }

    fn rule(&self) -> Option<Rule> {
        let target = match self.target {
            // Chance is uniform, so the share below a threshold is the threshold: nothing to calibrate.
            Target::AppealRate(share) => Target::Delta(share),
            target => target,
        };
        Some(Rule { ranking: Ranking::Chance, target })
    }

    fn build(&self, calibration: &Calibration) -> Result<Box<dyn Policy>, Unreachable> {
        let threshold = self.rule().map_or(Ok(0.0), |rule| calibration.threshold(rule.target, rule.ranking))?;
        Ok(Box::new(Draw { threshold }))
    }
}

impl Policy for Draw {
    fn threshold(&self) -> Option<f64> {
        Some(self.threshold)
    }

    fn decide(&self, evidence: &mut Evidence) -> Decision {
        if (evidence.chance)() >= self.threshold { Decision::Keep } else { Decision::Appeal }
    }
}
