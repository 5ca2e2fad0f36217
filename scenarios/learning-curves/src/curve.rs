//! A learning curve as it was measured.

use crate::error::CurveError;

/// Values at points 1, 2, 3, ..., evenly spaced; at least two, all finite.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    values: Vec<f64>,
}

impl Curve {
    /// A curve of these values.
    ///
    /// # Errors
    /// If there are fewer than two, or one is not finite.
    pub fn new(values: Vec<f64>) -> Result<Self, CurveError> {
        if values.len() < 2 {
            return Err(CurveError::TooShort { points: values.len() });
        }
        match values.iter().position(|value| !value.is_finite()) {
            Some(at) => Err(CurveError::NotFinite { point: at + 1, found: values[at] }),
            None => Ok(Self { values }),
        }
    }

    /// A curve of (epoch, value) pairs, the first at epoch `every` and the others as far apart.
    ///
    /// # Errors
    /// As [`new`](Self::new), and if the epochs have a hole, are out of order or start late.
    pub fn at_epochs(points: &[(f64, f64)], every: f64) -> Result<Self, CurveError> {
        let is_spacing = every.is_finite() && every > 0.0;
        CurveError::unless(is_spacing, "the spacing of points", "a finite number above 0", every)?;
        for (at, &(found, _)) in points.iter().enumerate() {
            let expected = (at + 1) as f64 * every;
            // Epochs are often added up or written with few digits.
            let is_there = (found - expected).abs() < 0.01 * every;
            if !is_there {
                return Err(CurveError::Hole { point: at + 1, expected, found, every });
            }
        }
        Self::new(points.iter().map(|&(_, value)| value).collect())
    }

    /// Its values.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// How many points it has.
    pub fn points(&self) -> usize {
        self.values.len()
    }

    /// Its last value.
    pub fn last(&self) -> f64 {
        self.values[self.values.len() - 1]
    }
}
