use super::estimate::{Estimate, Uncertainty};

/// Running mean and variance (Welford, 1962).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    count: u64,
    mean: f64,
    squares: f64,
}

impl Moments {
    /// Adds an observation.
    pub fn add(&mut self, value: f64) {
        self.count += 1;
        let away = value - self.mean;
        self.mean += away / self.count as f64;
        self.squares += away * (value - self.mean);
    }

    /// Number of observations.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their mean, 0 if there are none.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Unbiased variance; none for fewer than two observations.
    pub fn variance(&self) -> Option<f64> {
        (self.count > 1).then(|| self.squares / (self.count - 1) as f64)
    }

    /// The mean and its error, for independent observations; none without observations.
    pub fn estimate(&self) -> Option<Estimate> {
        let known = |variance| Uncertainty { variance: variance / self.count as f64, freedom: (self.count - 1) as f64 };
        (self.count > 0).then(|| Estimate { mean: self.mean, uncertainty: self.variance().map(known) })
    }
}

impl FromIterator<f64> for Moments {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut moments = Self::default();
        values.into_iter().for_each(|value| moments.add(value));
        moments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// t(0.975, 4 degrees of freedom) = 2.776 (any table).
    #[test]
    fn interval_by_students_t() {
        let estimate = Moments::from_iter([1.0, 2.0, 3.0, 4.0, 5.0]).estimate().unwrap();
        assert_eq!(estimate.mean, 3.0);
        let expected = 2.776_445 * (2.5f64 / 5.0).sqrt();
        assert!((estimate.half_width().unwrap() - expected).abs() < 1e-5);
        assert_eq!(Moments::from_iter([1.0]).estimate().unwrap().half_width(), None);
        assert_eq!(Moments::default().estimate(), None);
    }

    #[test]
    fn moments_by_hand() {
        let moments = Moments::from_iter([2.0, 4.0, 9.0]);
        // Away from the mean of 5: -3, -1 and 4; (9 + 1 + 16) / 2.
        assert_eq!((moments.count(), moments.mean(), moments.variance()), (3, 5.0, Some(13.0)));
        assert_eq!((Moments::default().mean(), Moments::from_iter([4.0]).variance()), (0.0, None));
    }
}
