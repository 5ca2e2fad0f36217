//! The published engine: PEng4NN, later PENGUIN (Rorabaugh, Caíno-Lores, Johnston, Taufer; arXiv 2101.04185, and IEEE
//! TPDS 2022), as its code has it (github.com/TauferLab/PENGUIN).
//!
//! After every point, F(x) = a − b^(c − x) is fitted to all points so far, x = 1, 2, 3, ..., and the prediction is F at
//! the last point. Training stops once the last N = 3 predictions are within t = 0.5 of their median, and the newest is
//! above 0 and at most 100. Values are accuracies in per cent; the bounds of a presume that.
//!
//! What the paper leaves open is as in the code: a fit that is not found, or not finite, is no prediction, and earlier
//! ones stay; if a is within 0.01 of its upper bound, earlier ones are forgotten. Two things differ. The code's first fit
//! is to two points, for three parameters, as its loop leaves out the newest point; here `first_fit` is the paper's
//! C_min = 3 by default. And a search may take 1,000 evaluations, where the SciPy of today gives up after 300: the
//! published predictions of a flat curve need 340.

use crate::engine::{Engine, Misfit, Prediction, Seen, Verdict};
use crate::error::CurveError;
use crate::least_squares::{Bounds, Fit, Model, fit};

/// When the published engine fits and stops. The default is what was published.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// C_min: how many points the first fit is to.
    pub first_fit: usize,
    /// N: how many predictions must agree.
    pub window: usize,
    /// t: how far they may be from their median, in the unit of the values.
    pub tolerance: f64,
    /// How often a search may evaluate the curve.
    pub evaluations: usize,
}

impl Default for Rule {
    fn default() -> Self {
        Self { first_fit: 3, window: 3, tolerance: 0.5, evaluations: 1_000 }
    }
}

/// The published engine.
///
/// ```
/// use learning_curves::{Engine, Penguin, Rule, Verdict};
///
/// // A measurement every half epoch, of twenty epochs.
/// let mut engine = Penguin::new(40, Rule::default())?;
/// let measured = [9.68, 14.91, 17.29, 19.50, 20.97, 22.67, 23.36, 24.20];
/// let verdicts: Vec<Verdict> = measured.iter().map(|&value| engine.observe(value)).collect::<Result<_, _>>()?;
/// assert_eq!(verdicts.iter().position(|&verdict| verdict == Verdict::Converged), Some(7));
/// assert!((engine.prediction().unwrap().value - 25.712).abs() < 0.001);
/// # Ok::<(), learning_curves::CurveError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Penguin {
    rule: Rule,
    seen: Seen,
    /// The latest predictions, at most a window of them.
    predictions: Vec<f64>,
    fitted: Option<Fit<3>>,
}

impl Penguin {
    /// An engine for curves of so many points.
    ///
    /// # Errors
    /// If a curve would have fewer than two points, or the rule has a setting that is out of range.
    pub fn new(last: usize, rule: Rule) -> Result<Self, CurveError> {
        let count = "at least 1";
        CurveError::unless(rule.first_fit >= 1, "the points of the first fit", count, rule.first_fit as f64)?;
        CurveError::unless(rule.window >= 1, "the predictions that must agree", count, rule.window as f64)?;
        CurveError::unless(rule.tolerance >= 0.0, "the tolerance", "at least 0", rule.tolerance)?;
        Ok(Self { rule, seen: Seen::new(last)?, predictions: Vec::new(), fitted: None })
    }

    /// The fit to the points so far, if one was found.
    pub fn fitted(&self) -> Option<&Fit<3>> {
        self.fitted.as_ref()
    }

    fn at_the_end(&self, fit: &Fit<3>) -> f64 {
        PublishedCurve.value(self.seen.last() as f64, &fit.parameters)
    }

    fn agree(&self) -> bool {
        let mut sorted = self.predictions.clone();
        sorted.sort_by(f64::total_cmp);
        let median = 0.5 * (sorted[(sorted.len() - 1) / 2] + sorted[sorted.len() / 2]);
        sorted.iter().all(|prediction| (prediction - median).abs() <= self.rule.tolerance)
    }
}

impl Engine for Penguin {
    fn observe(&mut self, value: f64) -> Result<Verdict, CurveError> {
        self.seen.push(value)?;
        if self.seen.points() < self.rule.first_fit {
            return Ok(Verdict::Continue);
        }
        let found = fit(&PublishedCurve, &BOUNDS, START, self.seen.values(), self.rule.evaluations);
        self.fitted = found.ok().filter(|fit| self.at_the_end(fit).is_finite());
        let Some(fit) = self.fitted else {
            return Ok(Verdict::DoesNotFit(Misfit::NoFit));
        };
        if fit.parameters[0] >= HIGHEST_LEVEL - 0.01 {
            self.predictions.clear();
            return Ok(Verdict::DoesNotFit(Misfit::AtBound));
        }
        let newest = self.at_the_end(&fit);
        if self.predictions.len() == self.rule.window {
            self.predictions.remove(0);
        }
        self.predictions.push(newest);
        let is_accuracy = newest > 0.0 && newest <= 100.0;
        let stops = self.predictions.len() == self.rule.window && self.agree() && is_accuracy;
        Ok(if stops { Verdict::Converged } else { Verdict::Continue })
    }

    fn prediction(&self) -> Option<Prediction> {
        let fit = self.fitted.as_ref()?;
        Some(Prediction { value: self.at_the_end(fit), interval: None, family: "a - b^(c - x)" })
    }

    fn reset(&mut self) {
        self.seen.clear();
        self.predictions.clear();
        self.fitted = None;
    }
}

/// F(x) = a − b^(c − x), with the parameters a, b, c.
pub(crate) struct PublishedCurve;

const HIGHEST_LEVEL: f64 = 200.0;
pub(crate) const START: [f64; 3] = [10.0, 1.001, 100.0];
pub(crate) const BOUNDS: Bounds<3> = Bounds::of([0.5, 1.0, 0.0], [HIGHEST_LEVEL, f64::INFINITY, f64::INFINITY]);

impl Model<3> for PublishedCurve {
    fn value(&self, x: f64, &[a, b, c]: &[f64; 3]) -> f64 {
        a - b.powf(c - x)
    }

    fn gradient(&self, x: f64, &[_, b, c]: &[f64; 3]) -> [f64; 3] {
        let power = b.powf(c - x);
        [1.0, -power * (c - x) / b, -power * b.ln()]
    }
}
