//! An engine that knows how uncertain it is.
//!
//! The published engine has one formula and stops when its predictions stop moving. Predictions can agree and be wrong
//! together, as on a noisy curve, and they can move although nothing is at stake. This engine asks instead what the points
//! leave possible:
//!
//! 1. Every curve of every [family](crate::families) is judged by how well each point was forecast from the points before
//!    it. What is left is a set of curves with probabilities, and so a distribution of the last point.
//! 2. It stops when the curve's end is known to within a tolerance: the interval is narrow.
//! 3. It stops when the interval is below a rival: more training would not change the choice.
//! 4. It says that a curve does not fit if a point is far from what the points before led to, or if the curve wanders from
//!    every formula. The interval is wider by how far it may yet wander; where it is narrow all the same, that does no
//!    harm.
//!
//! Two uncertainties must not be confused. A *measurement* at the last point deviates from the curve as all of them do,
//! and no amount of points makes [its interval](crate::Prediction::interval) narrower than that; whether to stop depends
//! on the *curve* ([`Forecaster::curve`]).
//!
//! The interval is as good as its assumptions: that the curve is of one of the families or wanders from it to either side,
//! that measurements deviate independently and equally at all points, and that training goes on as it is. It knows
//! nothing of a learning rate that will be lowered at epoch 15, and does not expect a network to overfit.

use crate::engine::{Engine, Interval, Misfit, Prediction, Seen, Verdict};
use crate::error::CurveError;
use crate::families::FAMILIES;
use crate::mixture::Mixture;
use crate::posterior::Posterior;

/// How probable a point must be that is no surprise: once in ten thousand points there is one all the same.
const SURPRISE: f64 = 1e-4;
/// For how many points a surprise matters, itself included.
const MEMORY: usize = 3;
/// Before this many points nothing surprises.
const EARLY: usize = 4;
/// How probable it must be that a curve wanders for it not to fit.
const CONVINCED: f64 = 0.9;

/// When a forecaster stops.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Aim {
    /// How often the intervals are to hold, from 0 to 1.
    pub level: f64,
    /// Half the width of the curve's interval at which training stops, in the unit of the values.
    pub tolerance: f64,
    /// How many points there must be for a prediction.
    pub first: usize,
    /// The least and the largest value that is possible.
    pub range: (f64, f64),
}

impl Default for Aim {
    /// Accuracies in per cent, to within one point nine times in ten.
    fn default() -> Self {
        Self { level: 0.9, tolerance: 1.0, first: 4, range: (0.0, 100.0) }
    }
}

/// The engine.
///
/// ```
/// use learning_curves::published::NOISY;
/// use learning_curves::{Aim, Engine, Forecaster};
///
/// let mut engine = Forecaster::new(40, Aim::default())?;
/// for &measured in &NOISY[..20] {
///     engine.observe(measured)?;
/// }
/// let interval = engine.prediction().unwrap().interval.unwrap();
/// assert!(interval.contains(NOISY[39]));
/// # Ok::<(), learning_curves::CurveError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Forecaster {
    aim: Aim,
    rival: Option<f64>,
    /// Before any point, for the next curve.
    prior: Posterior,
    seen: Seen,
    posterior: Posterior,
    /// The latest point that was a surprise.
    surprised_at: Option<usize>,
    forecast: Option<(Prediction, Interval)>,
}

impl Forecaster {
    /// An engine for curves of so many points.
    ///
    /// # Errors
    /// If a curve would have fewer than two points, or a setting is out of range.
    pub fn new(last: usize, aim: Aim) -> Result<Self, CurveError> {
        let (least, largest) = aim.range;
        CurveError::unless(aim.level > 0.0 && aim.level < 1.0, "the level", "above 0 and below 1", aim.level)?;
        CurveError::unless(aim.tolerance >= 0.0, "the tolerance", "at least 0", aim.tolerance)?;
        let is_range = (largest - least).is_finite() && largest > least;
        CurveError::unless(is_range, "the largest value", "finite, and above the least", largest)?;
        let seen = Seen::new(last)?;
        let prior = Posterior::new(last);
        let posterior = prior.clone();
        Ok(Self { aim, rival: None, prior, seen, posterior, surprised_at: None, forecast: None })
    }

    /// Has it stop once the interval of the curve's end is below this value.
    pub fn set_rival(&mut self, rival: Option<f64>) {
        self.rival = rival;
    }

    /// Where the curve itself will be at the last point, apart from how measurements deviate from it.
    pub fn curve(&self) -> Option<Interval> {
        self.forecast.map(|(_, curve)| curve)
    }

    /// The families, with how probable each one is.
    pub fn families(&self) -> Vec<(&'static str, f64)> {
        let weights = self.posterior.families();
        FAMILIES.iter().map(|family| family.name()).zip(weights).collect()
    }

    fn in_range(&self, value: f64) -> f64 {
        (value - self.aim.range.0) / self.width()
    }

    fn in_unit(&self, value: f64) -> f64 {
        self.aim.range.0 + value.clamp(0.0, 1.0) * self.width()
    }

    fn width(&self) -> f64 {
        self.aim.range.1 - self.aim.range.0
    }

    fn is_surprising(&self, value: f64) -> bool {
        let point = self.seen.points();
        if point <= EARLY {
            return false;
        }
        let below = self.posterior.measurement(point).below(value);
        below.min(1.0 - below) < 0.5 * SURPRISE
    }

    fn look_ahead(&self) -> (Prediction, Interval) {
        let last = self.seen.last();
        let tail = 0.5 * (1.0 - self.aim.level);
        // A hundredth of a percentage point.
        let precision = 1e-4;
        let interval = |mixture: &Mixture| Interval {
            lower: self.in_unit(mixture.quantile(tail, precision)),
            upper: self.in_unit(mixture.quantile(1.0 - tail, precision)),
        };
        let curve = self.posterior.curve(last);
        let measurement = self.posterior.measurement(last);
        let weights = self.posterior.families();
        let likeliest = (0..FAMILIES.len()).max_by(|&left, &right| weights[left].total_cmp(&weights[right]));
        let prediction = Prediction {
            value: self.in_unit(curve.quantile(0.5, precision)),
            interval: Some(interval(&measurement)),
            family: likeliest.map_or("", |family| FAMILIES[family].name()),
        };
        (prediction, interval(&curve))
    }

    fn verdict(&self, curve: Interval) -> Verdict {
        if self.surprised_at.is_some_and(|at| self.seen.points() < at + MEMORY) {
            Verdict::DoesNotFit(Misfit::Surprise)
        } else if curve.half_width() <= self.aim.tolerance {
            Verdict::Converged
        } else if self.rival.is_some_and(|rival| curve.upper < rival) {
            Verdict::Beaten
        } else if self.posterior.wanders() > CONVINCED {
            Verdict::DoesNotFit(Misfit::Wanders)
        } else {
            Verdict::Continue
        }
    }
}

impl Engine for Forecaster {
    fn observe(&mut self, value: f64) -> Result<Verdict, CurveError> {
        let (least, largest) = self.aim.range;
        if value < least || value > largest {
            return Err(CurveError::OutOfRange { point: self.seen.points() + 1, found: value, least, largest });
        }
        self.seen.push(value)?;
        let part = self.in_range(value);
        if self.is_surprising(part) {
            self.surprised_at = Some(self.seen.points());
        }
        self.posterior.observe(part);
        if self.seen.points() < self.aim.first {
            return Ok(Verdict::Continue);
        }
        let (prediction, curve) = self.look_ahead();
        self.forecast = Some((prediction, curve));
        Ok(self.verdict(curve))
    }

    fn prediction(&self) -> Option<Prediction> {
        self.forecast.map(|(prediction, _)| prediction)
    }

    fn reset(&mut self) {
        self.seen.clear();
        self.posterior.clone_from(&self.prior);
        self.surprised_at = None;
        self.forecast = None;
        self.rival = None;
    }
}
