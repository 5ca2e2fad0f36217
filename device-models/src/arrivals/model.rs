//! Arrivals in scenario files.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ArrivalProcess, Recording, Sighting, TimesEnd, TimesFile};
use crate::error::FigureError;
use crate::random_time::RandomTime;
use crate::rate::TraceOffset;
use crate::recorded::RecordingError;
use crate::units::{Delay, Duration, Frequency, FrequencyFromZero, Quantity, Share};

/// How often something happens, 0 allowed, per second.
pub type PossibleFrequency = Quantity<FrequencyFromZero>;

/// When requests arrive at a device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Arrivals {
    /// At random, at this mean rate.
    Poisson(Frequency),
    /// Regularly, starting at a random moment in the first period.
    Periodic {
        /// The period.
        every: Duration,
        /// Each arrival is delayed by up to this, uniformly.
        #[serde(default = "no_time")]
        jitter: Delay,
    },
    /// With gaps drawn from a distribution.
    Renewal(RandomTime),
    /// At random, in alternating calm and busy spells.
    Bursts(Bursts),
    /// At random, at a rate that follows the time of day.
    Daily(Vec<PossibleFrequency>),
    /// When something happens that other devices notice, too: an entry of the scenario's `events`.
    Seen(Seen),
    /// At the times of a recording.
    Times(TimesFile),
}

/// Calm and busy spells.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Bursts {
    /// Rate in a calm spell.
    pub calm: PossibleFrequency,
    /// Mean length of a calm spell.
    pub calm_for: Duration,
    /// Rate in a busy spell.
    pub busy: Frequency,
    /// Mean length of a busy spell.
    pub busy_for: Duration,
}

/// Something that several devices notice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Seen {
    /// Which of the scenario's `events`.
    pub event: String,
    /// The share of them that a device notices, each device on its own.
    #[serde(default = "all")]
    pub by: Share,
    /// How long after the event; by default, at once.
    #[serde(default = "at_once")]
    pub after: RandomTime,
}

impl Arrivals {
    /// Checks the figures against each other, looks up `events` by name, and loads a recording with `load`.
    ///
    /// # Errors
    /// What is wrong.
    pub fn resolve(
        &self,
        load: impl FnOnce(&TimesFile) -> Result<Recording, RecordingError>,
        events: &BTreeMap<String, ArrivalProcess>,
    ) -> Result<ArrivalProcess, FigureError> {
        match self {
            Self::Periodic { every, jitter } if jitter.get() > every.get() => {
                Err(FigureError::of("periodic.jitter", format!("must not exceed the period ({every})")))
            }
            Self::Renewal(gap) if gap.mean() <= 0.0 => Err(FigureError::of("renewal", "the mean gap must be above 0")),
            Self::Daily(rates) if rates.iter().all(|rate| rate.get() == 0.0) => {
                Err(FigureError::of("daily", "give rates for equal parts of the day, one of them above 0"))
            }
            Self::Seen(Seen { event, by, after }) => {
                // An event's number is its place among the names, so that it does not depend on which devices see it.
                let place = events.iter().enumerate().find(|(_, (name, _))| *name == event);
                let Some((number, (_, process))) = place else {
                    return Err(FigureError::of("seen.event", format!("there is no event '{event}' in 'events'")));
                };
                if by.get() == 0.0 {
                    return Err(FigureError::of("seen.by", "a device that notices none of them has no requests"));
                }
                let sighting =
                    Sighting { event: process.clone(), number: number as u64, by: by.get(), after: after.clone() };
                Ok(ArrivalProcess::Seen(Box::new(sighting)))
            }
            Self::Times(times) => {
                if times.offset == TraceOffset::Random && times.end == TimesEnd::Stop {
                    return Err(FigureError::of("times", "a random offset goes with a recording that is looped"));
                }
                let recording = load(times).map_err(|e| FigureError::of("times", e))?;
                if times.end == TimesEnd::Loop && !recording.can_loop() {
                    let what =
                        "no time passes between these arrivals, so nothing says when they come again; say `end: stop`";
                    return Err(FigureError::of("times.end", what));
                }
                Ok(ArrivalProcess::Times(recording, times.end, times.offset))
            }
            drawn => Ok(ArrivalProcess::Drawn(drawn.clone())),
        }
    }
}

fn no_time() -> Delay {
    Delay::new(0.0)
}

fn at_once() -> RandomTime {
    RandomTime::constant(no_time())
}

fn all() -> Share {
    Share::new(1.0)
}
