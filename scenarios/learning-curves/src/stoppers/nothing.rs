//! Training everything to the end: what the others are compared with.

use super::{Decision, Stopper, Trial};
use crate::error::CurveError;

/// Stops nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoStopping;

impl Stopper for NoStopping {
    fn name(&self) -> &'static str {
        "no stopping"
    }

    fn begin(&mut self, _: f64) {}

    fn observe(&mut self, _: f64) -> Result<Decision, CurveError> {
        Ok(Decision::Continue)
    }

    fn end(&mut self, _: &Trial) {}
}
