//! Mixtures of normal distributions.

/// A normal distribution with its share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Normal {
    pub(crate) weight: f64,
    pub(crate) mean: f64,
    pub(crate) deviation: f64,
}

/// Normal distributions, the weights of which add up to 1.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mixture {
    parts: Vec<Normal>,
}

impl Mixture {
    pub(crate) fn new(parts: Vec<Normal>) -> Self {
        Self { parts }
    }

    pub(crate) fn mean(&self) -> f64 {
        self.parts.iter().map(|part| part.weight * part.mean).sum()
    }

    /// How probable a value of at most x is.
    pub(crate) fn below(&self, x: f64) -> f64 {
        self.parts.iter().map(|part| part.weight * normal_below((x - part.mean) / part.deviation)).sum()
    }

    /// The value that is not exceeded with a probability, to within `precision`.
    pub(crate) fn quantile(&self, probability: f64, precision: f64) -> f64 {
        let far = |side: f64| self.parts.iter().map(move |part| part.mean + side * 8.0 * part.deviation);
        let (mut lower, mut upper) =
            (far(-1.0).fold(f64::INFINITY, f64::min), far(1.0).fold(f64::NEG_INFINITY, f64::max));
        while upper - lower > precision {
            let middle = 0.5 * (lower + upper);
            // Between neighbouring numbers, as of very large values, there is nothing in the middle.
            if middle <= lower || middle >= upper {
                break;
            }
            if self.below(middle) < probability {
                lower = middle;
            } else {
                upper = middle;
            }
        }
        0.5 * (lower + upper)
    }
}

/// The standard normal distribution function, to 1e-7: Abramowitz & Stegun, 7.1.26, for the error function.
fn normal_below(z: f64) -> f64 {
    let x = z.abs() * std::f64::consts::FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let series =
        t * (0.254_829_592 + t * (-0.284_496_736 + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))));
    let tail = 0.5 * series * (-x * x).exp();
    if z < 0.0 { tail } else { 1.0 - tail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_normal_distribution_is_that_of_tables() {
        for (z, expected) in [(0.0, 0.5), (1.0, 0.841_344_746), (-1.959_963_985, 0.025), (3.0, 0.998_650_102)] {
            assert!((normal_below(z) - expected).abs() < 1.5e-7, "{z}");
        }
    }

    #[test]
    fn quantiles_are_where_the_distribution_has_them() {
        let part = |weight, mean, deviation| Normal { weight, mean, deviation };
        let mixture = Mixture::new(vec![part(0.25, -3.0, 0.5), part(0.75, 4.0, 2.0)]);
        assert_eq!(mixture.mean(), 2.25);
        for probability in [0.01, 0.05, 0.25, 0.5, 0.95] {
            let found = mixture.below(mixture.quantile(probability, 1e-9));
            assert!((found - probability).abs() < 1e-6, "{found}, not {probability}");
        }
    }
}
