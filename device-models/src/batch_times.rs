//! Measured times of the batches of one network.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::FigureError;
use crate::units::Duration;

/// How long batches of given numbers of inputs took: linear between these, flat below the first, and in proportion beyond
/// the last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "BTreeMap<u32, Duration>", into = "BTreeMap<u32, Duration>")]
#[schemars(with = "BTreeMap<u32, Duration>")]
pub struct BatchTimes(
    /// At least one.
    BTreeMap<u32, Duration>,
);

impl TryFrom<BTreeMap<u32, Duration>> for BatchTimes {
    type Error = FigureError;

    fn try_from(batches: BTreeMap<u32, Duration>) -> Result<Self, FigureError> {
        let mut times = batches.iter();
        match times.next() {
            None => return Err(FigureError::new("the time of at least one batch is needed")),
            Some((0, _)) => return Err(FigureError::new("a batch has at least one input")),
            Some(_) => {}
        }
        let mut pairs = batches.iter().zip(times);
        match pairs.find(|((_, less), (_, more))| more.get() / less.get() < 0.5) {
            Some(((small, _), (large, _))) => Err(FigureError::new(format_args!(
                "{large} inputs take less than half the time of {small}; is a unit wrong?"
            ))),
            None => Ok(Self(batches)),
        }
    }
}

impl From<BatchTimes> for BTreeMap<u32, Duration> {
    fn from(BatchTimes(batches): BatchTimes) -> Self {
        batches
    }
}

impl BatchTimes {
    /// Seconds of a batch of `inputs`, which may be a fraction.
    pub fn seconds(&self, inputs: f64) -> f64 {
        let point = |(size, time): (&u32, &Duration)| (f64::from(*size), time.get());
        let points: Vec<(f64, f64)> = self.0.iter().map(point).collect();
        let (first, last) = (points[0], points[points.len() - 1]);
        if inputs <= first.0 {
            return first.1;
        }
        if inputs >= last.0 {
            return last.1 * inputs / last.0;
        }
        let above = points.partition_point(|(size, _)| *size < inputs);
        let ((x0, t0), (x1, t1)) = (points[above - 1], points[above]);
        t0 + (t1 - t0) * (inputs - x0) / (x1 - x0)
    }

    /// The largest batch that was measured.
    pub fn largest(&self) -> usize {
        self.0.last_key_value().map_or(0, |(size, _)| *size as usize)
    }
}
