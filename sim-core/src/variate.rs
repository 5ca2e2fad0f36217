//! Random variables by their usual names and parameters.

use rand::RngExt;
use rand_distr::{Distribution, Exp1, Gamma, LogNormal, Normal, Pareto, Uniform, Weibull};

use crate::random::Stream;

/// z(0.95) of the standard normal distribution.
const Z95: f64 = 1.644_853_626_951_472_2;

/// A random variable with checked parameters. Values have the unit of the parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Variate(Kind);

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Constant(f64),
    Uniform(Uniform<f64>, [f64; 2]),
    Exponential(f64),
    Normal(Normal<f64>),
    LogNormal(LogNormal<f64>, f64),
    Gamma(Gamma<f64>, f64),
    Weibull(Weibull<f64>, f64),
    Pareto(Pareto<f64>, [f64; 2]),
    Empirical(Table),
}

/// Values and the share of the draws up to each.
#[derive(Clone, Debug, PartialEq)]
struct Table {
    values: Vec<f64>,
    shares: Vec<f64>,
}

/// Invalid parameters of a distribution.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ParameterError(String);

impl ParameterError {
    /// The error, with this reason.
    pub fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

fn unless(wrong: bool, what: impl Into<String>) -> Result<(), ParameterError> {
    if wrong { Err(ParameterError(what.into())) } else { Ok(()) }
}

fn positive(name: &str, value: f64) -> Result<(), ParameterError> {
    unless(!(value > 0.0 && value.is_finite()), format!("{name} must be above 0, not {value}"))
}

/// rand_distr's errors; the parameters were checked already, so there are none.
fn refused(error: impl std::fmt::Display) -> ParameterError {
    ParameterError(error.to_string())
}

impl Variate {
    /// Always `value`.
    ///
    /// # Errors
    /// If it is not finite.
    pub fn constant(value: f64) -> Result<Self, ParameterError> {
        unless(!value.is_finite(), format!("a constant must be finite, not {value}"))?;
        Ok(Self(Kind::Constant(value)))
    }

    /// Uniform from `from` up to `to`.
    ///
    /// # Errors
    /// If `from` is not below `to`, or one is not finite.
    pub fn uniform(from: f64, to: f64) -> Result<Self, ParameterError> {
        unless(!(from < to && (to - from).is_finite()), format!("from ({from}) must lie below to ({to})"))?;
        Ok(Self(Kind::Uniform(Uniform::new(from, to).map_err(refused)?, [from, to])))
    }

    /// Exponential: the time until something that may happen at any moment.
    ///
    /// # Errors
    /// If the mean is not above 0.
    pub fn exponential(mean: f64) -> Result<Self, ParameterError> {
        positive("the mean", mean)?;
        Ok(Self(Kind::Exponential(mean)))
    }

    /// Normal.
    ///
    /// # Errors
    /// If the mean is not finite or the deviation below 0.
    pub fn normal(mean: f64, deviation: f64) -> Result<Self, ParameterError> {
        unless(!(mean.is_finite() && deviation >= 0.0 && deviation.is_finite()), "the deviation must not be below 0")?;
        Normal::new(mean, deviation).map(Kind::Normal).map(Self).map_err(refused)
    }

    /// Log-normal by two of its quantiles: half the values are below `median`, 95 % below `p95`.
    ///
    /// # Errors
    /// If the median is not above 0 or `p95` lies below it.
    pub fn lognormal(median: f64, p95: f64) -> Result<Self, ParameterError> {
        positive("the median", median)?;
        unless(!(p95 >= median && p95.is_finite()), format!("p95 ({p95}) must not lie below the median ({median})"))?;
        let sigma = (p95 / median).ln() / Z95;
        let mean = median * (sigma * sigma / 2.0).exp();
        Ok(Self(Kind::LogNormal(LogNormal::new(median.ln(), sigma).map_err(refused)?, mean)))
    }

    /// Gamma; the squared coefficient of variation is 1/`shape`.
    ///
    /// # Errors
    /// If the mean or the shape is not above 0.
    pub fn gamma(mean: f64, shape: f64) -> Result<Self, ParameterError> {
        positive("the mean", mean)?;
        positive("the shape", shape)?;
        Ok(Self(Kind::Gamma(Gamma::new(shape, mean / shape).map_err(refused)?, mean)))
    }

    /// Weibull; a `shape` below 1 has a long tail, 1 is exponential, above 1 ages.
    ///
    /// # Errors
    /// If the scale or the shape is not above 0.
    pub fn weibull(scale: f64, shape: f64) -> Result<Self, ParameterError> {
        positive("the scale", scale)?;
        positive("the shape", shape)?;
        let mean = scale * statrs::function::gamma::gamma(1.0 + 1.0 / shape);
        Ok(Self(Kind::Weibull(Weibull::new(scale, shape).map_err(refused)?, mean)))
    }

    /// Pareto: P(X > x) = (`least`/x)^`shape`. Its mean is infinite up to a shape of 1, its variance up to 2.
    ///
    /// # Errors
    /// If the least value or the shape is not above 0.
    pub fn pareto(least: f64, shape: f64) -> Result<Self, ParameterError> {
        positive("the least value", least)?;
        positive("the shape", shape)?;
        Ok(Self(Kind::Pareto(Pareto::new(least, shape).map_err(refused)?, [least, shape])))
    }

    /// One of these values, each with its weight.
    ///
    /// # Errors
    /// If there are none, a value is not finite, or the weights are negative or add up to nothing.
    pub fn empirical(weighted: impl IntoIterator<Item = (f64, f64)>) -> Result<Self, ParameterError> {
        let (values, weights): (Vec<f64>, Vec<f64>) = weighted.into_iter().unzip();
        unless(!values.iter().all(|value| value.is_finite()), "values must be finite")?;
        unless(!weights.iter().all(|weight| *weight >= 0.0), "weights must not be below 0")?;
        let total: f64 = weights.iter().sum();
        unless(!(total > 0.0 && total.is_finite()), "at least one value needs a weight above 0")?;
        let mut sum = 0.0;
        let shares = weights.iter().map(|weight| {
            sum += weight;
            sum / total
        });
        Ok(Self(Kind::Empirical(Table { shares: shares.collect(), values })))
    }

    /// Draws a value.
    pub fn sample(&self, random: &mut Stream) -> f64 {
        match &self.0 {
            Kind::Constant(value) => *value,
            Kind::Uniform(uniform, _) => uniform.sample(random),
            Kind::Exponential(mean) => {
                let unit: f64 = Exp1.sample(random);
                unit * mean
            }
            Kind::Normal(normal) => normal.sample(random),
            Kind::LogNormal(lognormal, _) => lognormal.sample(random),
            Kind::Gamma(gamma, _) => gamma.sample(random),
            Kind::Weibull(weibull, _) => weibull.sample(random),
            Kind::Pareto(pareto, _) => pareto.sample(random),
            Kind::Empirical(Table { values, shares }) => {
                let drawn: f64 = random.random();
                values[shares.partition_point(|share| *share <= drawn).min(values.len() - 1)]
            }
        }
    }

    /// Its mean; infinite for some.
    pub fn mean(&self) -> f64 {
        match &self.0 {
            Kind::Uniform(_, [from, to]) => (from + to) / 2.0,
            Kind::Normal(normal) => normal.mean(),
            Kind::Pareto(_, [least, shape]) if *shape > 1.0 => least * shape / (shape - 1.0),
            Kind::Pareto(..) => f64::INFINITY,
            Kind::Constant(mean)
            | Kind::Exponential(mean)
            | Kind::LogNormal(_, mean)
            | Kind::Gamma(_, mean)
            | Kind::Weibull(_, mean) => *mean,
            Kind::Empirical(Table { values, shares }) => {
                let before = std::iter::once(&0.0).chain(shares);
                values.iter().zip(shares).zip(before).map(|((value, share), before)| value * (share - before)).sum()
            }
        }
    }

    /// The lower bound of its values; infinitely low for some.
    pub fn least(&self) -> f64 {
        match &self.0 {
            Kind::Constant(value) => *value,
            Kind::Uniform(_, [from, _]) => *from,
            Kind::Pareto(_, [least, _]) => *least,
            Kind::Exponential(_) | Kind::LogNormal(..) | Kind::Gamma(..) | Kind::Weibull(..) => 0.0,
            Kind::Normal(_) => f64::NEG_INFINITY,
            Kind::Empirical(Table { values, .. }) => values.iter().copied().fold(f64::INFINITY, f64::min),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Streams;
    use crate::statistics::Moments;

    /// Each with its mean, variance and median, by their closed forms.
    fn all() -> Vec<(Variate, [f64; 3])> {
        // Γ(1 + 1/1.5) and Γ(1 + 2/1.5), from a table.
        let (gamma_1, gamma_2) = (0.902_745, 1.190_639);
        let sigma = (45.0f64 / 20.0).ln() / Z95;
        let skewed = 20.0 * (sigma * sigma / 2.0).exp();
        vec![
            (Variate::constant(3.0).unwrap(), [3.0, 0.0, 3.0]),
            (Variate::uniform(-1.0, 5.0).unwrap(), [2.0, 3.0, 2.0]),
            (Variate::exponential(2.0).unwrap(), [2.0, 4.0, 2.0 * 2f64.ln()]),
            (Variate::normal(4.0, 2.0).unwrap(), [4.0, 4.0, 4.0]),
            (Variate::lognormal(20.0, 45.0).unwrap(), [skewed, skewed * skewed * (sigma * sigma).exp_m1(), 20.0]),
            (Variate::gamma(3.0, 1.0).unwrap(), [3.0, 9.0, 3.0 * 2f64.ln()]),
            (
                Variate::weibull(2.0, 1.5).unwrap(),
                [2.0 * gamma_1, 4.0 * (gamma_2 - gamma_1 * gamma_1), 2.0 * 2f64.ln().powf(1.0 / 1.5)],
            ),
            (Variate::pareto(1.0, 3.5).unwrap(), [3.5 / 2.5, 3.5 / (2.5 * 2.5 * 1.5), 2f64.powf(1.0 / 3.5)]),
            // E[X²] = (1 + 3 · 4 + 100) / 5.
            (Variate::empirical([(1.0, 1.0), (2.0, 3.0), (10.0, 1.0)]).unwrap(), [3.4, 113.0 / 5.0 - 3.4 * 3.4, 2.0]),
        ]
    }

    #[test]
    fn means_and_medians_are_what_the_parameters_say() {
        const DRAWS: usize = 100_000;
        for (entity, (variate, [mean, variance, median])) in all().into_iter().enumerate() {
            assert!((variate.mean() - mean).abs() < 1e-5 * mean, "{variate:?}: {} not {mean}", variate.mean());
            let mut random = Streams::new(3, 0).open("variate", entity as u64);
            let mut drawn: Vec<f64> = (0..DRAWS).map(|_| variate.sample(&mut random)).collect();
            let found = drawn.iter().copied().collect::<Moments>().mean();
            // Five standard errors of the mean.
            let within = 5.0 * (variance / DRAWS as f64).sqrt();
            assert!(within < 0.02 * mean, "{variate:?}: {within} is too wide");
            assert!((found - mean).abs() <= within, "{variate:?}: {found} not {mean}");
            drawn.sort_by(f64::total_cmp);
            assert!(drawn[0] >= variate.least(), "{variate:?}");
            // Five standard deviations of the share below the median.
            let spread = (5.0 * (0.25 * DRAWS as f64).sqrt()) as usize;
            let (low, high) = (drawn[DRAWS / 2 - spread], drawn[DRAWS / 2 + spread]);
            assert!(low <= median && median <= high, "{variate:?}: {median} not between {low} and {high}");
        }
    }

    #[test]
    fn p95_and_shape_are_what_they_say() {
        let mut random = Streams::new(4, 0).open("variate", 0);
        let lognormal = Variate::lognormal(20.0, 45.0).unwrap();
        let below = (0..50_000).filter(|_| lognormal.sample(&mut random) < 45.0).count() as f64 / 50_000.0;
        assert!((below - 0.95).abs() < 5.0 * (0.95f64 * 0.05 / 50_000.0).sqrt(), "{below}");
        let gamma = Variate::gamma(2.0, 4.0).unwrap();
        let moments: Moments = (0..50_000).map(|_| gamma.sample(&mut random)).collect();
        assert!((moments.variance().unwrap() - 1.0).abs() < 0.05, "mean² / shape");
    }

    #[test]
    fn impossible_parameters_are_errors() {
        for wrong in [
            Variate::constant(f64::NAN),
            Variate::uniform(2.0, 2.0),
            Variate::exponential(0.0),
            Variate::normal(0.0, -1.0),
            Variate::lognormal(20.0, 10.0),
            Variate::gamma(1.0, 0.0),
            Variate::weibull(-1.0, 1.0),
            Variate::pareto(1.0, f64::INFINITY),
            Variate::empirical([]),
            Variate::empirical([(1.0, 0.0)]),
        ] {
            assert!(wrong.is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn the_limits_of_parameters_are_allowed() {
        for right in [
            Variate::normal(-3.0, 0.0),
            Variate::lognormal(20.0, 20.0),
            Variate::uniform(-2.0, -1.0),
            Variate::empirical([(1.0, 0.0), (2.0, 1e-9)]),
        ] {
            assert!(right.is_ok(), "{right:?}");
        }
        for wrong in [
            Variate::constant(f64::INFINITY),
            Variate::uniform(3.0, 2.0),
            Variate::uniform(f64::MIN, f64::MAX),
            Variate::exponential(f64::INFINITY),
            Variate::exponential(f64::NAN),
            Variate::normal(f64::NAN, 1.0),
            Variate::normal(0.0, f64::INFINITY),
            Variate::lognormal(0.0, 1.0),
            Variate::lognormal(1.0, f64::INFINITY),
            Variate::gamma(0.0, 1.0),
            Variate::weibull(1.0, 0.0),
            Variate::pareto(0.0, 1.0),
            Variate::empirical([(f64::NAN, 1.0)]),
            Variate::empirical([(1.0, 2.0), (1.0, -1.0)]),
            Variate::empirical([(1.0, f64::INFINITY)]),
        ] {
            assert!(wrong.is_err(), "{wrong:?}");
        }
        for (wrong, why) in [
            (Variate::gamma(2.0, -1.0), "the shape must be above 0, not -1"),
            (Variate::constant(f64::NAN), "a constant must be finite, not NaN"),
            (Variate::uniform(3.0, 2.0), "from (3) must lie below to (2)"),
            (Variate::normal(0.0, -1.0), "the deviation must not be below 0"),
            (Variate::lognormal(20.0, 10.0), "p95 (10) must not lie below the median (20)"),
            (Variate::empirical([(1.0, -1.0)]), "weights must not be below 0"),
            (Variate::empirical([]), "at least one value needs a weight above 0"),
        ] {
            assert_eq!(wrong.unwrap_err().to_string(), why);
        }
    }

    #[test]
    fn bounds_and_means_by_hand() {
        let pareto = |shape| Variate::pareto(2.0, shape).unwrap();
        assert_eq!((pareto(1.0).mean(), pareto(0.5).mean(), pareto(2.0).mean()), (f64::INFINITY, f64::INFINITY, 4.0));
        let table = Variate::empirical([(5.0, 1.0), (3.0, 3.0)]).unwrap();
        let all = [
            (Variate::constant(3.0).unwrap(), 3.0),
            (Variate::uniform(-1.0, 5.0).unwrap(), -1.0),
            (Variate::exponential(2.0).unwrap(), 0.0),
            (Variate::normal(4.0, 2.0).unwrap(), f64::NEG_INFINITY),
            (pareto(3.0), 2.0),
            (table.clone(), 3.0),
        ];
        assert!(all.iter().all(|(variate, least)| variate.least() == *least));
        assert_eq!(table.mean(), 3.5);
    }
}
