//! Stopping by what matters to the choice: a candidate's end is known, or it cannot beat what is known already.
//!
//! A candidate's rival is the best one so far that costs no more. One that is worse than a cheaper one is of no use,
//! whatever accuracy is worth; one that is cheaper than all that are better may be. So the front of accuracy against
//! cost loses nothing by this.

use super::{Decision, Ending, Stopper, Trial};
use crate::engine::{Engine, Verdict};
use crate::error::CurveError;
use crate::forecaster::Forecaster;

/// Stops a candidate by a forecast of its end.
#[derive(Clone, Debug)]
pub struct Forecasting {
    engine: Forecaster,
    cost: f64,
    /// Cost and end of each candidate that can be chosen.
    known: Vec<(f64, f64)>,
}

impl Forecasting {
    /// A stopper with this engine.
    pub fn new(engine: Forecaster) -> Self {
        Self { engine, cost: 0.0, known: Vec::new() }
    }
}

impl Stopper for Forecasting {
    fn name(&self) -> &'static str {
        "forecast"
    }

    fn begin(&mut self, cost: f64) {
        self.engine.reset();
        self.cost = cost;
        let rivals = self.known.iter().filter(|&&(known, _)| known <= cost).map(|&(_, end)| end);
        self.engine.set_rival(rivals.reduce(f64::max));
    }

    fn observe(&mut self, value: f64) -> Result<Decision, CurveError> {
        let verdict = self.engine.observe(value)?;
        let Some(prediction) = self.engine.prediction() else {
            return Ok(Decision::Continue);
        };
        Ok(match verdict {
            Verdict::Converged => Decision::Predict(prediction.value),
            Verdict::Beaten => Decision::Abandon(prediction.value),
            Verdict::Continue | Verdict::DoesNotFit(_) => Decision::Continue,
        })
    }

    fn end(&mut self, trial: &Trial) {
        if trial.ending != Ending::Abandoned {
            self.known.push((self.cost, trial.estimate));
        }
    }
}
