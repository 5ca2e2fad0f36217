//! Random lengths of time as written in files.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{self, MapAccess, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sim_core::{ParameterError, Span, Stream, Variate};

use crate::error::FigureError;
use crate::shape::{self, Shaped};
use crate::units::{Delay, Duration};

/// A length of time that is constant or drawn anew each time, from a distribution given by its usual parameters:
/// `20 ms`, `{median: 20 ms, p95: 45 ms}`, `{gamma: {mean: 20 ms, shape: 4}}`.
///
/// Values below 0 (a normal distribution always has some) count as 0.
#[derive(Clone, Debug, PartialEq)]
pub struct RandomTime {
    written: Written,
    variate: Variate,
}

/// As written in a file.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
enum Written {
    /// Always the same.
    Constant(Delay),
    /// Log-normal by two of its quantiles: skewed to the right, as round trips are.
    LogNormal(Quantiles),
    /// Another distribution by its name.
    Named(Named),
}

/// A log-normal distribution by two of its quantiles.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Quantiles {
    /// Half are shorter.
    median: Duration,
    /// 95 % are shorter.
    p95: Duration,
}

/// A distribution by its name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
enum Named {
    /// Always the same.
    Constant(Delay),
    /// Uniform between two bounds.
    Uniform {
        /// The shortest.
        from: Delay,
        /// The longest.
        to: Duration,
    },
    /// Exponential, the time until something that may happen at any moment; its mean.
    Exponential(Duration),
    /// Normal.
    Normal {
        /// Mean.
        mean: Duration,
        /// Standard deviation.
        deviation: Delay,
    },
    /// Log-normal.
    Lognormal(Quantiles),
    /// Gamma.
    Gamma {
        /// Mean.
        mean: Duration,
        /// The larger, the more regular: 1 is exponential.
        shape: f64,
    },
    /// Weibull.
    Weibull {
        /// 63 % are shorter.
        scale: Duration,
        /// Below 1, a long tail; 1 is exponential; above 1, the hazard grows with time.
        shape: f64,
    },
    /// Pareto: P(longer than t) = (least/t)^shape.
    Pareto {
        /// The shortest.
        least: Duration,
        /// The smaller, the heavier the tail.
        shape: f64,
    },
    /// One of a table of measured values.
    Empirical {
        /// The values.
        values: Vec<Delay>,
        /// How often each occurs; equally often by default.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        weights: Vec<f64>,
    },
}

impl Written {
    fn variate(&self) -> Result<Variate, ParameterError> {
        match self {
            Written::Constant(value) => Variate::constant(value.get()),
            Written::LogNormal(quantiles) => quantiles.variate(),
            Written::Named(named) => named.variate(),
        }
    }
}

impl Quantiles {
    fn variate(self) -> Result<Variate, ParameterError> {
        // Reported here, where the figures still have their units.
        let Quantiles { median, p95 } = self;
        if p95.get() < median.get() {
            return Err(ParameterError::new(format!("p95 ({p95}) must not lie below the median ({median})")));
        }
        Variate::lognormal(median.get(), p95.get())
    }
}

impl Named {
    fn variate(&self) -> Result<Variate, ParameterError> {
        match self {
            Named::Constant(value) => Variate::constant(value.get()),
            Named::Uniform { from, to } if from.get() >= to.get() => {
                Err(ParameterError::new(format!("from ({from}) must lie below to ({to})")))
            }
            Named::Uniform { from, to } => Variate::uniform(from.get(), to.get()),
            Named::Exponential(mean) => Variate::exponential(mean.get()),
            Named::Normal { mean, deviation } => Variate::normal(mean.get(), deviation.get()),
            Named::Lognormal(quantiles) => quantiles.variate(),
            Named::Gamma { mean, shape } => Variate::gamma(mean.get(), *shape),
            Named::Weibull { scale, shape } => Variate::weibull(scale.get(), *shape),
            Named::Pareto { least, shape } => Variate::pareto(least.get(), *shape),
            Named::Empirical { values, weights } if !weights.is_empty() && weights.len() != values.len() => {
                let what = format!("{} values but {} weights", values.len(), weights.len());
                Err(ParameterError::new(what))
            }
            Named::Empirical { values, weights } => {
                let weights = weights.iter().copied().chain(std::iter::repeat(1.0));
                Variate::empirical(values.iter().map(|value| value.get()).zip(weights))
            }
        }
    }
}

impl RandomTime {
    /// Always `time`.
    pub fn constant(time: Delay) -> Self {
        // A `Delay` is finite, so that a constant cannot be refused.
        let written = Written::Constant(time);
        let variate = written.variate().unwrap_or_else(|e| unreachable!("{e}"));
        Self { written, variate }
    }

    /// Draws one.
    pub fn sample(&self, random: &mut Stream) -> Span {
        match self.written {
            Written::Constant(time) => time.span(),
            _ => Span::from_secs(self.variate.sample(random)),
        }
    }

    /// The least it can be.
    pub fn least(&self) -> Span {
        Span::from_secs(self.variate.least())
    }

    /// Its mean in seconds, with values below 0 not counted as 0; infinite for the heaviest tails.
    pub fn mean(&self) -> f64 {
        self.variate.mean()
    }
}

impl Serialize for RandomTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.written.serialize(serializer)
    }
}

impl Shaped for Written {
    fn expected(f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a duration such as '20 ms', {median: 20 ms, p95: 45 ms}, or a distribution by its name")
    }

    fn of_figure(text: &str) -> Result<Self, FigureError> {
        Delay::parse(text).map(Self::Constant)
    }

    fn of_map<'de, A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        let fields = serde_json::Map::deserialize(MapAccessDeserializer::new(map))?;
        let by_quantiles = ["median", "p95"].iter().any(|key| fields.contains_key(*key));
        let fields = serde_json::Value::Object(fields);
        let written = if by_quantiles {
            Quantiles::deserialize(fields).map(Self::LogNormal)
        } else {
            Named::deserialize(fields).map(Self::Named)
        };
        written.map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for RandomTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written: Written = shape::read(deserializer)?;
        let variate = written.variate().map_err(de::Error::custom)?;
        Ok(Self { written, variate })
    }
}

impl JsonSchema for RandomTime {
    fn schema_name() -> Cow<'static, str> {
        "RandomTime".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Written::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use sim_core::{Moments, Streams};

    use super::*;

    fn read(json: &str) -> Result<RandomTime, String> {
        serde_json::from_str(json).map_err(|e| e.to_string())
    }

    #[test]
    fn every_form_is_read_and_written_and_has_its_mean() {
        let forms = [
            (r#""20 ms""#, 0.020),
            (r#"{"median":"20 ms","p95":"45 ms"}"#, 0.0226),
            (r#"{"constant":"20 ms"}"#, 0.020),
            (r#"{"uniform":{"from":"10 ms","to":"40 ms"}}"#, 0.025),
            (r#"{"exponential":"20 ms"}"#, 0.020),
            (r#"{"normal":{"mean":"20 ms","deviation":"2 ms"}}"#, 0.020),
            (r#"{"lognormal":{"median":"20 ms","p95":"45 ms"}}"#, 0.0226),
            (r#"{"gamma":{"mean":"20 ms","shape":0.5}}"#, 0.020),
            (r#"{"weibull":{"scale":"20 ms","shape":1.0}}"#, 0.020),
            (r#"{"pareto":{"least":"20 ms","shape":3.0}}"#, 0.030),
            (r#"{"empirical":{"values":["10 ms","40 ms"],"weights":[2.0,1.0]}}"#, 0.020),
            (r#"{"empirical":{"values":["10 ms","40 ms"]}}"#, 0.025),
        ];
        for (entity, (json, mean)) in forms.into_iter().enumerate() {
            let time = read(json).unwrap();
            assert_eq!(serde_json::to_string(&time).unwrap(), json);
            let mut random = Streams::new(1, 0).open("test", entity as u64);
            let drawn: Moments = (0..40_000).map(|_| time.sample(&mut random).as_secs()).collect();
            let estimate = drawn.estimate().unwrap();
            let within = 3.0 * estimate.half_width().unwrap() + 1e-4 * mean;
            assert!((estimate.mean - mean).abs() < within, "{json}: {estimate:?} not {mean}");
            assert!((time.mean() - mean).abs() < 0.002 * mean, "{json}: {} not {mean}", time.mean());
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let told = |json| read(json).unwrap_err();
        assert!(told(r#"{"median":"20 ms","p95":"10 ms"}"#).contains("p95 (10 ms) must not lie below the median"));
        assert!(told(r#"{"uniform":{"from":"3 s","to":"2 s"}}"#).contains("from (3 s) must lie below to (2 s)"));
        assert!(told(r#"{"gamma":{"mean":"2 s","shape":0}}"#).contains("the shape must be above 0"));
        assert!(told(r#"{"empirical":{"values":["2 s"],"weights":[1,2]}}"#).contains("1 values but 2 weights"));
        assert!(told(r#"{"exponental":"2 s"}"#).contains("unknown variant `exponental`"));
        assert!(told(r#"{"median":"2 s","p99":"3 s"}"#).contains("p99"));
        assert!(told("20").contains("'20' lacks its unit"));
        assert!(told("[]").contains("expected a duration such as"));
    }

    #[test]
    fn the_shortest_is_known() {
        let least = |json| read(json).unwrap().least();
        assert_eq!(least(r#""20 ms""#), Span::from_secs(0.02));
        assert_eq!(least(r#"{"uniform":{"from":"10 ms","to":"40 ms"}}"#), Span::from_secs(0.01));
        assert_eq!(least(r#"{"normal":{"mean":"20 ms","deviation":"2 ms"}}"#), Span::ZERO);
        assert_eq!(least(r#"{"pareto":{"least":"20 ms","shape":3}}"#), Span::from_secs(0.02));
        let constant = RandomTime::constant(Delay::new(0.5));
        let mut random = Streams::new(1, 0).open("test", 0);
        let before = random.clone();
        assert_eq!(
            (constant.sample(&mut random), constant.least(), constant.mean()),
            (Span::from_secs(0.5), Span::from_secs(0.5), 0.5)
        );
        assert_eq!(random, before, "a constant takes no chance");
    }

    /// A bound or a quantile may not be passed, but equal quantiles are a constant in all but name.
    #[test]
    fn the_limits_of_figures_are_allowed() {
        assert!(read(r#"{"median":"20 ms","p95":"20 ms"}"#).is_ok());
        assert!(
            read(r#"{"uniform":{"from":"2 s","to":"2 s"}}"#)
                .unwrap_err()
                .contains("from (2 s) must lie below to (2 s)")
        );
        assert!(read(r#"{"empirical":{"values":["2 s","3 s"],"weights":[1,0]}}"#).is_ok());
        assert!(read(r#"{"p95":"2 s"}"#).unwrap_err().contains("median"));
    }
}
