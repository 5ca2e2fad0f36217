//! A network's pass over one input as it was measured on a board, in place of a model of its processor.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::Span;

use crate::error::FigureError;
use crate::processor::Processor;
use crate::units::{Duration, Energy, Power};

/// What a pass took.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MeasuredPass {
    /// From the input to the answer.
    pub time: Duration,
    /// All that the board's processor spent meanwhile, what it would have spent idling included; by default, its busy power
    /// times the time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub energy: Option<Energy>,
    /// The same as a power.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power: Option<Power>,
}

impl MeasuredPass {
    /// How long it takes.
    pub fn span(&self) -> Span {
        self.time.span()
    }

    /// How long after an input the next one may enter on `processor`: after that part of the time that its figures say.
    pub fn interval(&self, processor: &Processor) -> Span {
        Span::from_nanos((self.span().as_nanos() as f64 / processor.in_flight.get()).round().max(1.0) as u64)
    }

    /// Watts beyond idling on `processor`, until the next input may enter.
    ///
    /// # Errors
    /// If energy and power are given both, or come to less than idling.
    pub fn extra_power(&self, processor: &Processor) -> Result<f64, FigureError> {
        let (figure, watts) = match (self.energy, self.power) {
            (None, None) => return Ok(processor.extra_power()),
            (Some(_), Some(_)) => return Err(FigureError::new("give energy or power, not both")),
            (Some(energy), None) => ("energy", energy.get() * processor.in_flight.get() / self.time.get()),
            (None, Some(power)) => ("power", power.get()),
        };
        let extra = watts - processor.idle.get();
        if extra < 0.0 {
            let idle = processor.idle;
            return Err(FigureError::of(figure, format_args!("comes to {watts:.3} W, which is below idling ({idle})")));
        }
        Ok(extra)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pass(yaml: &str) -> MeasuredPass {
        serde_yaml::from_str(yaml).unwrap()
    }

    /// On a processor that draws 2 W idle and 5 W busy.
    #[test]
    fn a_pass_draws_what_was_measured_or_what_the_processor_does() {
        let processor: Processor = serde_yaml::from_str("{throughput: 1 GMAC/s, idle: 2 W, busy: 5 W}").unwrap();
        let extra = |yaml| pass(yaml).extra_power(&processor);
        assert_eq!(extra("{time: 10 ms}"), Ok(3.0));
        assert!((extra("{time: 10 ms, energy: 60 mJ}").unwrap() - 4.0).abs() < 1e-9);
        assert_eq!(extra("{time: 10 ms, power: 3 W}"), Ok(1.0));
        assert!(extra("{time: 10 ms, power: 1 W}").unwrap_err().to_string().contains("below idling"));
        assert!(extra("{time: 10 ms, power: 3 W, energy: 1 J}").is_err());
        assert_eq!(pass("{time: 10 ms}").span(), Span::from_secs(0.01));
        assert_eq!(pass("{time: 10 ms}").interval(&processor), Span::from_secs(0.01));
    }

    /// Two inputs are in it at once: the next enters after 5 ms, and a pass still takes what was measured.
    #[test]
    fn in_a_pipeline_passes_overlap() {
        let pipeline = "{throughput: 1 GMAC/s, idle: 2 W, busy: 5 W, in-flight: 2}";
        let pipeline: Processor = serde_yaml::from_str(pipeline).unwrap();
        let measured = pass("{time: 10 ms, energy: 60 mJ}");
        assert_eq!(measured.interval(&pipeline), Span::from_secs(0.005));
        assert!((measured.extra_power(&pipeline).unwrap() - 10.0).abs() < 1e-9);
    }
}
