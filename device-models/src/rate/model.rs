//! Rates in scenario files.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{MapAccess, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sim_core::Span;

use super::{Fading, Rate, RateTrace, TraceEnd, TraceFile, TraceOffset};
use crate::error::FigureError;
use crate::recorded::RecordingError;
use crate::shape::{self, Shaped};
use crate::units::{DataRate, DataRateFromZero, Duration, Quantity};

/// A rate, 0 allowed, bits a second.
pub type PossibleRate = Quantity<DataRateFromZero>;

/// A rate over time, as a file writes it: `18.9 Mbps`, or a process by its name.
#[derive(Clone, Debug, PartialEq)]
pub enum RateModel {
    /// The same all the time.
    Constant(DataRate),
    /// One that changes.
    Changing(Changing),
}

/// A rate that changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Changing {
    /// Good and bad spells (Gilbert and Elliott); a bad rate of 0 is an outage.
    GilbertElliott(GilbertElliott),
    /// States that follow each other at random.
    Markov(Vec<RateState>),
    /// A rate that wanders around its median: log-normal, correlated over time.
    Lognormal(Wandering),
    /// A radio moving through a cell: path loss, fading, Shannon's bound.
    Fading(Fading),
    /// A recording, looped or held at its end.
    Trace(TraceFile),
}

/// Good and bad spells.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GilbertElliott {
    /// Rate in a good spell.
    pub good: DataRate,
    /// Mean length of a good spell.
    pub good_for: Duration,
    /// Rate in a bad spell.
    pub bad: PossibleRate,
    /// Mean length of a bad spell.
    pub bad_for: Duration,
}

/// A state of a Markov process.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RateState {
    /// The rate in it.
    pub rate: PossibleRate,
    /// How long it lasts on average.
    #[serde(rename = "for")]
    pub lasts: Duration,
}

/// A rate that wanders around its median.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Wandering {
    /// Half of the time it is below.
    pub median: DataRate,
    /// 95 % of the time it is below.
    pub p95: DataRate,
    /// After this long its correlation has fallen to 1/e.
    pub correlation: Duration,
    /// How often it changes.
    pub every: Duration,
}

impl RateModel {
    /// Loads the recording, if there is one, with `load`.
    ///
    /// # Errors
    /// What is wrong.
    pub fn resolve(
        &self,
        load: impl FnOnce(&TraceFile) -> Result<RateTrace, RecordingError>,
    ) -> Result<Rate, FigureError> {
        Ok(match self {
            Self::Constant(rate) => Rate::Constant(rate.get()),
            Self::Changing(Changing::GilbertElliott(g)) => {
                Rate::Markov(vec![(g.good.get(), g.good_for.get()), (g.bad.get(), g.bad_for.get())])
            }
            Self::Changing(Changing::Markov(states)) => {
                if states.len() < 2 || states.iter().all(|state| state.rate.get() == 0.0) {
                    return Err(FigureError::new("give at least two states, and one with a rate above 0"));
                }
                Rate::Markov(states.iter().map(|state| (state.rate.get(), state.lasts.get())).collect())
            }
            Self::Changing(Changing::Lognormal(wandering)) => {
                if wandering.p95.get() < wandering.median.get() {
                    let Wandering { median, p95, .. } = wandering;
                    return Err(FigureError::new(format!("p95 ({p95}) must not lie below the median ({median})")));
                }
                Rate::Wandering(*wandering)
            }
            Self::Changing(Changing::Fading(fading)) => {
                fading.check()?;
                let rate = Rate::Fading(Arc::new(fading.clone()));
                if rate.mean(Span::MAX) == 0.0 {
                    return Err(FigureError::new(
                        "nothing gets through: least-snr is above the signal-to-noise ratio all the way",
                    ));
                }
                rate
            }
            Self::Changing(Changing::Trace(trace)) => {
                if trace.offset == TraceOffset::Random && trace.end == TraceEnd::Hold {
                    return Err(FigureError::new("a random offset goes with a trace that is looped"));
                }
                Rate::Trace(Arc::new(load(trace).map_err(FigureError::new)?), trace.end, trace.offset)
            }
        })
    }
}

impl Shaped for RateModel {
    fn expected(f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(
            "a data rate such as '1 Mbps', or one that changes: gilbert-elliott, markov, lognormal, fading, trace",
        )
    }

    fn of_figure(text: &str) -> Result<Self, FigureError> {
        DataRate::parse(text).map(Self::Constant)
    }

    fn of_map<'de, A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        Changing::deserialize(MapAccessDeserializer::new(map)).map(Self::Changing)
    }
}

impl<'de> Deserialize<'de> for RateModel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        shape::read(deserializer)
    }
}

impl Serialize for RateModel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Constant(rate) => rate.serialize(serializer),
            Self::Changing(changing) => changing.serialize(serializer),
        }
    }
}

impl JsonSchema for RateModel {
    fn schema_name() -> Cow<'static, str> {
        "Rate".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        shape::either::<DataRate, Changing>(generator)
    }
}
