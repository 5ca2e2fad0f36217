use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// The confidence of an interval unless another is asked for.
const CONFIDENCE: f64 = 0.95;

/// A mean, and how far it may be from what it estimates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// How far it may be off; none if there was a single observation.
    pub uncertainty: Option<Uncertainty>,
}

/// The uncertainty of an estimate: its variance, and how well that is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Uncertainty {
    /// The variance of the mean, that is, the square of its standard error.
    pub variance: f64,
    /// Degrees of freedom of the variance; infinite if it is known.
    pub freedom: f64,
}

impl Estimate {
    /// Half the width of the 95 % interval by Student's t.
    pub fn half_width(&self) -> Option<f64> {
        self.half_width_at(CONFIDENCE)
    }

    /// Half the width of the interval that contains the true value with probability `confidence`.
    pub fn half_width_at(&self, confidence: f64) -> Option<f64> {
        let Uncertainty { variance, freedom } = self.uncertainty?;
        Some(quantile_of_t(freedom, 0.5 + confidence / 2.0) * variance.sqrt())
    }

    /// The probability of a mean at least this far from 0 if the true value were 0.
    pub fn p_value(&self) -> Option<f64> {
        let Uncertainty { variance, freedom } = self.uncertainty?;
        if variance == 0.0 {
            return Some(if self.mean == 0.0 { 1.0 } else { 0.0 });
        }
        let away = self.mean.abs() / variance.sqrt();
        Some(2.0 * with_freedom(freedom, |t| t.sf(away), |normal| normal.sf(away)))
    }

    /// The same mean with another, independent source of error whose variance is known.
    #[must_use]
    pub fn with_variance(self, variance: f64) -> Self {
        let other = Uncertainty { variance, freedom: f64::INFINITY };
        Self { uncertainty: self.uncertainty.map(|own| own.and(other)), ..self }
    }
}

impl Uncertainty {
    /// The error of a sum with independent errors. Its degrees of freedom are those of Welch (1947) and Satterthwaite
    /// (1946).
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let variance = self.variance + other.variance;
        let spread = self.variance.powi(2) / self.freedom + other.variance.powi(2) / other.freedom;
        let freedom = if variance > 0.0 { variance.powi(2) / spread } else { self.freedom.min(other.freedom) };
        Self { variance, freedom }
    }
}

/// Degrees of freedom from which on Student's t is taken as the normal distribution, which it then is to five digits.
const MANY: f64 = 1e5;

fn quantile_of_t(freedom: f64, p: f64) -> f64 {
    with_freedom(freedom, |t| t.inverse_cdf(p), |normal| normal.inverse_cdf(p))
}

/// A figure of Student's t, or of the normal distribution where that is the same.
fn with_freedom(freedom: f64, t: impl Fn(StudentsT) -> f64, normal: impl Fn(Normal) -> f64) -> f64 {
    match StudentsT::new(0.0, 1.0, freedom) {
        Ok(distribution) if freedom < MANY => t(distribution),
        _ => normal(Normal::standard()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(mean: f64, variance: f64, freedom: f64) -> Estimate {
        Estimate { mean, uncertainty: Some(Uncertainty { variance, freedom }) }
    }

    /// From any table of t: 2.776 at 97.5 % and 4 degrees of freedom, 4.604 at 99.5 %; 1.960 of the normal distribution.
    #[test]
    fn intervals_are_student_s() {
        let half = |freedom, confidence| estimate(0.0, 4.0, freedom).half_width_at(confidence).unwrap();
        assert!((half(4.0, 0.95) - 2.0 * 2.776_445).abs() < 1e-5);
        assert!((half(4.0, 0.99) - 2.0 * 4.604_095).abs() < 1e-5);
        assert!((half(f64::INFINITY, 0.95) - 2.0 * 1.959_964).abs() < 1e-5);
        assert_eq!(Estimate { mean: 1.0, uncertainty: None }.half_width(), None);
    }

    /// Fractions of a degree, as sums of errors have them, and so many that the distribution is as good as normal.
    #[test]
    fn the_better_a_variance_is_known_the_narrower_the_interval() {
        let half = |freedom| estimate(0.0, 1.0, freedom).half_width().unwrap();
        let halves = [0.5, 1.0, 1.5, 4.0, 30.0, 1e3, 1e4, 9.9e4, 1e5, f64::INFINITY].map(half);
        assert!(halves.windows(2).all(|pair| pair[0] >= pair[1] - 1e-6), "{halves:?}");
        assert!((halves[1] - 12.706_205).abs() < 1e-4 && (halves[7] - 1.959_964).abs() < 1e-4, "{halves:?}");
    }

    /// An interval contains 0 exactly if the probability exceeds what it leaves out.
    #[test]
    fn a_mean_as_far_as_its_half_width_has_a_probability_of_a_twentieth() {
        let at = |mean| estimate(mean, 1.0, 4.0).p_value().unwrap();
        assert!((at(2.776_445) - 0.05).abs() < 1e-6 && (at(-2.776_445) - 0.05).abs() < 1e-6);
        assert_eq!(at(0.0), 1.0);
        assert_eq!(estimate(0.0, 0.0, 4.0).p_value(), Some(1.0));
        assert_eq!(estimate(-1.0, 0.0, 4.0).p_value(), Some(0.0));
    }

    /// Variances 3 (6 degrees of freedom) and 1 (2): (3 + 1)² / (9/6 + 1/2) = 8. With a known one: (3 + 1)² / (9/6).
    #[test]
    fn errors_add_as_welch_has_it() {
        let three = Uncertainty { variance: 3.0, freedom: 6.0 };
        let both = three.and(Uncertainty { variance: 1.0, freedom: 2.0 });
        assert_eq!(both, Uncertainty { variance: 4.0, freedom: 8.0 });
        let known = Estimate { mean: 5.0, uncertainty: Some(three) }.with_variance(1.0);
        assert_eq!(known.uncertainty.unwrap().variance, 4.0);
        assert!((known.uncertainty.unwrap().freedom - 16.0 / 1.5).abs() < 1e-12);
        let none = Uncertainty { variance: 0.0, freedom: 3.0 };
        assert_eq!(none.and(Uncertainty { variance: 0.0, freedom: f64::INFINITY }), none);
    }

    /// Two standard errors of 3 from 0 are 6, which chance exceeds in 4.55 % of all cases if the errors are known.
    #[test]
    fn the_distance_is_counted_in_standard_errors() {
        let p = estimate(6.0, 9.0, f64::INFINITY).p_value().unwrap();
        assert!((p - 0.045_500).abs() < 1e-6, "{p}");
        assert_eq!(Estimate { mean: 6.0, uncertainty: None }.p_value(), None);
        assert_eq!(Estimate { mean: 6.0, uncertainty: None }.with_variance(1.0).uncertainty, None);
    }
}
