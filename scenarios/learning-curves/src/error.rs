//! What can be wrong with what this crate is given.

/// Why a curve, a setting or a table of candidates is refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CurveError {
    /// A value that is infinite or no number.
    #[error("point {point}: a value must be a finite number, not {found}")]
    NotFinite {
        /// The point, from 1.
        point: usize,
        /// What was found.
        found: f64,
    },
    /// A value that was said to be impossible.
    #[error("point {point}: {found} is out of range, which is from {least} to {largest}")]
    OutOfRange {
        /// The point, from 1.
        point: usize,
        /// What was found.
        found: f64,
        /// The least value.
        least: f64,
        /// The largest value.
        largest: f64,
    },
    /// A curve of fewer than two points.
    #[error("a curve has at least 2 points, not {points}")]
    TooShort {
        /// How many points there are.
        points: usize,
    },
    /// Points that are not evenly spaced.
    #[error(
        "point {point} should be at epoch {expected}, but is at {found}: points must be {every} apart, without holes"
    )]
    Hole {
        /// The point, from 1.
        point: usize,
        /// The epoch it should be at.
        expected: f64,
        /// The epoch it is at.
        found: f64,
        /// Epochs between points.
        every: f64,
    },
    /// A point after the last one that is predicted.
    #[error("the curve ends at point {last}, and there is another")]
    PastTheEnd {
        /// The last point.
        last: usize,
    },
    /// A setting out of its range.
    #[error("{setting} must be {allowed}, not {found}")]
    Setting {
        /// Which one.
        setting: &'static str,
        /// What it may be.
        allowed: &'static str,
        /// What it is.
        found: f64,
    },
    /// A table without candidates.
    #[error("there are no candidates to choose from")]
    NoCandidates,
    /// A candidate whose curve is longer or shorter than the first one's.
    #[error("candidate {candidate}: its curve has {points} points, that of candidate 0 has {expected}")]
    Length {
        /// The candidate, from 0.
        candidate: usize,
        /// Points of its curve.
        points: usize,
        /// Points of the first candidate's.
        expected: usize,
    },
    /// A cost that is infinite or no number.
    #[error("candidate {candidate}: its cost must be a finite number, not {found}")]
    Cost {
        /// The candidate, from 0.
        candidate: usize,
        /// What was found.
        found: f64,
    },
    /// An order that does not name every candidate once.
    #[error("the order must name each of the {candidates} candidates once")]
    Order {
        /// How many candidates there are.
        candidates: usize,
    },
}

impl CurveError {
    /// Nothing, if a setting is as it must be.
    ///
    /// # Errors
    /// If it is not.
    pub(crate) fn unless(
        is_allowed: bool,
        setting: &'static str,
        allowed: &'static str,
        found: f64,
    ) -> Result<(), Self> {
        if is_allowed { Ok(()) } else { Err(Self::Setting { setting, allowed, found }) }
    }
}
