use super::estimate::{Estimate, Uncertainty};

/// A ratio of two means that vary together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    /// The mean above the line, and its variance.
    pub above: (f64, f64),
    /// The mean below the line, and its variance.
    pub below: (f64, f64),
    /// The covariance of the two means.
    pub covariance: f64,
    /// Degrees of freedom of these variances; infinite if they are known.
    pub freedom: f64,
}

impl Ratio {
    /// The ratio, and half the width of the interval that contains its true value with probability `confidence`, by
    /// Fieller's theorem (1954). None if the mean below the line may be 0, as the ratio then has no bounds.
    pub fn fieller(&self, confidence: f64) -> (f64, Option<f64>) {
        let ((a, var_a), (b, var_b), cov) = (self.above, self.below, self.covariance);
        let ratio = a / b;
        let t = Estimate { mean: 0.0, uncertainty: Some(Uncertainty { variance: 1.0, freedom: self.freedom }) };
        let t2 = t.half_width_at(confidence).map_or(f64::INFINITY, |t| t * t);
        // The ratios r for which a − r·b is within t standard errors of 0: a quadratic inequality in r.
        let (square, linear, constant) = (b * b - t2 * var_b, a * b - t2 * cov, a * a - t2 * var_a);
        let root = (linear * linear - square * constant).max(0.0).sqrt();
        if square <= 0.0 {
            return (ratio, None);
        }
        let (low, high) = ((linear - root) / square, (linear + root) / square);
        (ratio, Some((high - low) / 2.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Streams;
    use rand::RngExt;

    /// a = 2 ± 0.1, b = 4 ± 0.2, independent, known variances, t = 1.95996: square 16 − 3.8415·0.04 = 15.84634, linear 8,
    /// constant 4 − 3.8415·0.01 = 3.961585; root √(64 − 15.84634·3.961585) = √1.223379 = 1.106065; so 1.106065/15.84634
    /// on either side of 8/15.84634.
    #[test]
    fn fieller_s_interval_by_hand() {
        let ratio = Ratio { above: (2.0, 0.01), below: (4.0, 0.04), covariance: 0.0, freedom: f64::INFINITY };
        let (mean, half) = ratio.fieller(0.95);
        assert_eq!(mean, 0.5);
        assert!((half.unwrap() - 0.069_799).abs() < 1e-5, "{half:?}");
        // If below is known, the interval is that of the mean above, divided by it.
        let known = Ratio { below: (4.0, 0.0), ..ratio };
        assert!((known.fieller(0.95).1.unwrap() - 1.959_964 * 0.1 / 4.0).abs() < 1e-6);
        // Two means that always have the same ratio leave no doubt about it.
        let same = Ratio { above: (2.0, 0.01), below: (4.0, 0.04), covariance: 0.02, freedom: 3.0 };
        assert!(same.fieller(0.95).1.unwrap() < 1e-7, "{:?}", same.fieller(0.95));
    }

    #[test]
    fn a_ratio_to_what_may_be_nothing_has_no_bounds() {
        let ratio = Ratio { above: (1.0, 0.01), below: (1.0, 0.3), covariance: 0.0, freedom: f64::INFINITY };
        assert_eq!(ratio.fieller(0.95), (1.0, None));
    }

    /// Of 2,000 intervals, each from five pairs whose mean below the line has a relative error of 10 %, 95 % contain the
    /// true ratio: a standard error is half a point, and the longer side is taken for both.
    #[test]
    fn intervals_cover_the_true_ratio() {
        let mut random = Streams::new(1, 0).open("ratio", 0);
        let mut normal = || (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0;
        let n = 5.0;
        let holds = (0..2_000).filter(|_| {
            let pairs: Vec<(f64, f64)> = (0..5)
                .map(|_| {
                    let common = normal();
                    (0.5 + 0.1 * common + 0.1 * normal(), 1.0 + 0.2 * common + 0.1 * normal())
                })
                .collect();
            let mean = |f: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(f).sum::<f64>() / n;
            let (a, b) = (mean(&|p| p.0), mean(&|p| p.1));
            let over = |f: &dyn Fn(&(f64, f64)) -> f64| mean(f) / (n - 1.0);
            let (var_a, var_b) = (over(&|p| (p.0 - a).powi(2)), over(&|p| (p.1 - b).powi(2)));
            let covariance = over(&|p| (p.0 - a) * (p.1 - b));
            let ratio = Ratio { above: (a, var_a), below: (b, var_b), covariance, freedom: n - 1.0 };
            let (mean, half) = ratio.fieller(0.95);
            half.is_none_or(|half| (mean - 0.5).abs() <= half)
        });
        let share = holds.count() as f64 / 2_000.0;
        assert!((0.94..=0.98).contains(&share), "{share}");
    }

    /// Means that vary together: square 16 − 3.8415 · 0.04 = 15.84634, linear 8 − 3.8415 · 0.01 = 7.961585, constant
    /// 3.961585; the root of 63.386836 − 62.776623 is 0.781162. On either side of 7.961585/15.84634 lies 0.049296.
    #[test]
    fn what_varies_together_varies_less_in_proportion() {
        let ratio = Ratio { above: (2.0, 0.01), below: (4.0, 0.04), covariance: 0.01, freedom: f64::INFINITY };
        let (mean, half) = ratio.fieller(0.95);
        assert!(mean == 0.5 && (half.unwrap() - 0.049_296).abs() < 1e-5, "{half:?}");
    }
}
