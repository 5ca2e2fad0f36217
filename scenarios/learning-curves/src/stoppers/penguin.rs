//! Stopping as published: each candidate for itself, once its prediction has converged.

use super::{Decision, Stopper, Trial};
use crate::engine::{Engine, Verdict};
use crate::error::CurveError;
use crate::penguin::Penguin;

/// Stops a candidate when the published engine's predictions of it agree.
#[derive(Clone, Debug)]
pub struct Predicting {
    engine: Penguin,
}

impl Predicting {
    /// A stopper with this engine.
    pub fn new(engine: Penguin) -> Self {
        Self { engine }
    }
}

impl Stopper for Predicting {
    fn name(&self) -> &'static str {
        "PENGUIN"
    }

    fn begin(&mut self, _: f64) {
        self.engine.reset();
    }

    fn observe(&mut self, value: f64) -> Result<Decision, CurveError> {
        let verdict = self.engine.observe(value)?;
        Ok(match self.engine.prediction() {
            Some(prediction) if verdict == Verdict::Converged => Decision::Predict(prediction.value),
            _ => Decision::Continue,
        })
    }

    fn end(&mut self, _: &Trial) {}
}
