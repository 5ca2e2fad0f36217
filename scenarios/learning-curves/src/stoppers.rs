//! Rules that decide, while candidates are trained one after the other, which of them to stop early.

mod forecast;
mod halving;
mod median;
mod nothing;
mod penguin;

pub use forecast::Forecasting;
pub use halving::SuccessiveHalving;
pub use median::MedianStopping;
pub use nothing::NoStopping;
pub use penguin::Predicting;

use crate::error::CurveError;

/// Watches candidates, and stops some of them.
pub trait Stopper {
    /// What it is called.
    fn name(&self) -> &'static str;

    /// The next candidate is about to be trained; it costs so much to use.
    fn begin(&mut self, cost: f64);

    /// The candidate's next value.
    ///
    /// # Errors
    /// If the value is not one that the rule can deal with.
    fn observe(&mut self, value: f64) -> Result<Decision, CurveError>;

    /// The candidate's training has ended.
    fn end(&mut self, trial: &Trial);
}

/// What to do with a candidate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Decision {
    /// Train it on.
    Continue,
    /// Stop, as it is known well enough where it will end.
    Predict(f64),
    /// Stop, as it is not worth it; it might have ended about here.
    Abandon(f64),
}

/// A candidate that has been trained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trial {
    /// Which one, as an index into the candidates.
    pub candidate: usize,
    /// How many points of its curve were seen.
    pub points: usize,
    /// Where its curve ends, as far as is known.
    pub estimate: f64,
    /// How its training ended.
    pub ending: Ending,
}

/// How the training of a candidate ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With the last point, which was measured.
    Measured,
    /// Early, with a prediction of the last point.
    Predicted,
    /// Early, because it was not worth it: it cannot be chosen.
    Abandoned,
}
