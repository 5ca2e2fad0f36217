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

    fn deviation(&self) -> f64 {
        let mean = self.mean();
        let variance = |part: &Normal| part.weight * (part.deviation.powi(2) + (part.mean - mean).powi(2));
        self.parts.iter().map(variance).sum::<f64>().sqrt()
    }

    /// How probable a value of at most x is.
    pub(crate) fn below(&self, x: f64) -> f64 {
        self.parts.iter().map(|part| part.weight * normal_below((x - part.mean) / part.deviation)).sum()
    }

    /// The value that is not exceeded with a probability, to within `precision`.
    ///
    /// By false position, halving the weight of an end that stays (the Illinois method), between the farthest that any
    /// distribution with this mean and deviation can have it (Cantelli's inequality).
    pub(crate) fn quantile(&self, probability: f64, precision: f64) -> f64 {
        let (mean, deviation) = (self.mean(), self.deviation());
        let odds = (probability / (1.0 - probability)).sqrt();
        let mut lower = (mean - deviation / odds - precision, -probability);
        let mut upper = (mean + deviation * odds + precision, 1.0 - probability);
        let mut moved_up = None;
        while upper.0 - lower.0 > precision {
            let x = lower.0 + (upper.0 - lower.0) * lower.1 / (lower.1 - upper.1);
            // So as to close in from both sides.
            let x = x.clamp(lower.0 + 0.4 * precision, upper.0 - 0.4 * precision);
            let excess = self.below(x) - probability;
            if excess < 0.0 {
                lower = (x, excess);
                if moved_up == Some(true) {
                    upper.1 *= 0.5;
                }
            } else {
                upper = (x, excess);
                if moved_up == Some(false) {
                    lower.1 *= 0.5;
                }
            }
            moved_up = Some(excess < 0.0);
        }
        0.5 * (lower.0 + upper.0)
    }
}

/// The standard normal distribution function, to 1.5e-7: Abramowitz & Stegun, 26.2.19.
fn normal_below(z: f64) -> f64 {
    let x = z.abs();
    let series = 1.0
        + x * (0.049_867_347
            + x * (0.021_141_006_1
                + x * (0.003_277_626_3 + x * (0.000_038_003_6 + x * (0.000_048_890_6 + x * 0.000_005_383)))));
    let tail = 0.5 * series.powi(-16);
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
