//! Asynchronous successive halving (Li et al., "A System for Massively Parallel Hyperparameter Tuning", MLSys 2020) as in
//! Optuna's `SuccessiveHalvingPruner`, with the number of points as the step: a candidate that reaches a rung, at r, ηr,
//! η²r, ... points, goes on if it is among the best 1/η of all that have reached it so far. While these are fewer than η,
//! the best one goes on.

use super::{Decision, Stopper, Trial};
use crate::error::CurveError;

/// Stops candidates at rungs.
#[derive(Clone, Debug)]
pub struct SuccessiveHalving {
    least: usize,
    factor: usize,
    /// The values with which each rung was reached.
    rungs: Vec<Vec<f64>>,
    /// The next rung of the candidate that is trained.
    next: usize,
    points: usize,
}

impl SuccessiveHalving {
    /// The first rung at `least` points (r, in Optuna `min_resource`), each further one at `factor` times as many (η, in
    /// Optuna `reduction_factor`).
    ///
    /// # Errors
    /// If the first is 0, or the second below 2.
    pub fn new(least: usize, factor: usize) -> Result<Self, CurveError> {
        CurveError::unless(least >= 1, "the points of the first rung", "at least 1", least as f64)?;
        CurveError::unless(factor >= 2, "the reduction factor", "at least 2", factor as f64)?;
        Ok(Self { least, factor, rungs: Vec::new(), next: 0, points: 0 })
    }

    /// At how many points the next rung is; `None` if that is farther than can be counted.
    fn rung_at(&self) -> Option<usize> {
        let factor = self.factor.checked_pow(u32::try_from(self.next).ok()?)?;
        self.least.checked_mul(factor)
    }

    /// Whether a value is good enough to go on from the next rung.
    fn passes(&mut self, value: f64) -> bool {
        if self.rungs.len() == self.next {
            self.rungs.push(Vec::new());
        }
        let rung = &mut self.rungs[self.next];
        rung.push(value);
        rung.sort_by(f64::total_cmp);
        let promoted = (rung.len() / self.factor).max(1);
        value >= rung[rung.len() - promoted]
    }
}

impl Stopper for SuccessiveHalving {
    fn name(&self) -> &'static str {
        "successive halving"
    }

    fn begin(&mut self, _: f64) {
        (self.next, self.points) = (0, 0);
    }

    fn observe(&mut self, value: f64) -> Result<Decision, CurveError> {
        self.points += 1;
        while self.rung_at().is_some_and(|at| self.points >= at) {
            if !self.passes(value) {
                return Ok(Decision::Abandon(value));
            }
            self.next += 1;
        }
        Ok(Decision::Continue)
    }

    fn end(&mut self, _: &Trial) {}
}
