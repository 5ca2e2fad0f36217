//! What engines that predict the end of a curve have in common.

use crate::error::CurveError;

/// Looks at a curve point by point, and says when it need not be followed any further.
pub trait Engine {
    /// Takes the next value.
    ///
    /// # Errors
    /// If the value is not finite, or the curve has ended.
    fn observe(&mut self, value: f64) -> Result<Verdict, CurveError>;

    /// What the last point will be, by the points seen; `None` while there is nothing to say.
    fn prediction(&self) -> Option<Prediction>;

    /// Forgets the curve, for the next one.
    fn reset(&mut self);
}

/// What an engine makes of the points so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It needs more points.
    Continue,
    /// The prediction will not change much: training can stop.
    Converged,
    /// The curve will not get as far as the one to be beaten: training can stop.
    Beaten,
    /// The curve is not of a kind that the engine can predict: training should go on, and be measured.
    DoesNotFit(Misfit),
}

/// Why a curve does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// The search for a fit did not end, or what it found is not finite.
    NoFit,
    /// The fit leads to the highest level that is allowed, so the curve does not say where it leads.
    AtBound,
    /// One of the latest points is far from where all points before it led.
    Surprise,
    /// The curve wanders from every formula, and not as single measurements deviate from it.
    Wanders,
}

/// What the value at the last point will be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    /// The value.
    pub value: f64,
    /// Where a measurement there will be, as often as the engine's level says; `None` if it knows no uncertainty.
    pub interval: Option<Interval>,
    /// The family of curves that it is by.
    pub family: &'static str,
}

/// From a lower to an upper end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub lower: f64,
    /// The upper end.
    pub upper: f64,
}

impl Interval {
    /// Whether a value is within.
    pub fn contains(&self, value: f64) -> bool {
        (self.lower..=self.upper).contains(&value)
    }

    /// Half of its width.
    pub fn half_width(&self) -> f64 {
        0.5 * (self.upper - self.lower)
    }
}

/// The values of a curve that an engine has seen, and how many there will be.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    values: Vec<f64>,
    last: usize,
}

impl Seen {
    /// # Errors
    /// If a curve would have fewer than two points.
    pub(crate) fn new(last: usize) -> Result<Self, CurveError> {
        if last < 2 {
            return Err(CurveError::TooShort { points: last });
        }
        Ok(Self { values: Vec::with_capacity(last), last })
    }

    /// # Errors
    /// If the value is not finite, or the curve has ended.
    pub(crate) fn push(&mut self, value: f64) -> Result<(), CurveError> {
        if self.values.len() == self.last {
            return Err(CurveError::PastTheEnd { last: self.last });
        }
        if !value.is_finite() {
            return Err(CurveError::NotFinite { point: self.values.len() + 1, found: value });
        }
        self.values.push(value);
        Ok(())
    }

    pub(crate) fn values(&self) -> &[f64] {
        &self.values
    }

    pub(crate) fn points(&self) -> usize {
        self.values.len()
    }

    pub(crate) fn last(&self) -> usize {
        self.last
    }

    pub(crate) fn clear(&mut self) {
        self.values.clear();
    }
}
