//! The median stopping rule (Golovin et al., "Google Vizier", KDD 2017) as in Optuna's `MedianPruner`, with the number
//! of points as the step: a candidate is stopped if its best value so far is below the median of what the candidates
//! that were trained to the end had at this point.

use super::{Decision, Ending, Stopper, Trial};
use crate::error::CurveError;

/// Stops candidates below the median.
#[derive(Clone, Debug)]
pub struct MedianStopping {
    startup: usize,
    warmup: usize,
    values: Vec<f64>,
    finished: Vec<Vec<f64>>,
}

impl MedianStopping {
    /// Stops nothing before `startup` candidates have been trained to the end (5 in Optuna), or before a candidate has
    /// `warmup` points (0 in Optuna).
    pub fn new(startup: usize, warmup: usize) -> Self {
        Self { startup, warmup, values: Vec::new(), finished: Vec::new() }
    }
}

impl Default for MedianStopping {
    fn default() -> Self {
        Self::new(5, 0)
    }
}

impl Stopper for MedianStopping {
    fn name(&self) -> &'static str {
        "median stopping"
    }

    fn begin(&mut self, _: f64) {
        self.values.clear();
    }

    fn observe(&mut self, value: f64) -> Result<Decision, CurveError> {
        self.values.push(value);
        let points = self.values.len();
        if self.finished.len() < self.startup || points < self.warmup {
            return Ok(Decision::Continue);
        }
        let mut others: Vec<f64> = self.finished.iter().filter_map(|curve| curve.get(points - 1)).copied().collect();
        others.sort_by(f64::total_cmp);
        let best = self.values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let is_worse = match others.len() {
            0 => false,
            count => best < 0.5 * (others[(count - 1) / 2] + others[count / 2]),
        };
        Ok(if is_worse { Decision::Abandon(value) } else { Decision::Continue })
    }

    fn end(&mut self, trial: &Trial) {
        if trial.ending == Ending::Measured {
            self.finished.push(std::mem::take(&mut self.values));
        }
    }
}
