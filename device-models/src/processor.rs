//! Time and energy of a network on a device.
//!
//! t = overhead + MACs / throughput, E = (busy − idle) · t
//!
//! The throughput is what a network of this kind sustains, not the processor's peak. Left out: memory traffic, other
//! precisions, clock scaling, heat. A network that moves far more bytes for each MAC than the one the throughput was
//! measured with is slower than this says.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::Span;

use crate::units::{Delay, Macs, Power, Throughput};

/// A processor that runs one network at a time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Processor {
    /// Sustained multiply-accumulates a second.
    pub throughput: Throughput,
    /// Time a call takes before the first of them.
    #[serde(default = "no_time")]
    pub overhead: Delay,
    /// Drawn all the time.
    pub idle: Power,
    /// Drawn, all in all, while a network runs.
    pub busy: Power,
}

fn no_time() -> Delay {
    Delay::new(0.0)
}

/// What a network asks of a processor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Work {
    /// Multiply-accumulates for one input.
    pub macs: Macs,
}

impl Processor {
    /// How long `work` takes; at least a nanosecond.
    pub fn time(&self, work: Work) -> Span {
        Span::from_secs_up(self.overhead.get() + work.macs.get() / self.throughput.get())
    }

    /// Watts that running a network adds to idling.
    pub fn extra_power(&self) -> f64 {
        (self.busy.get() - self.idle.get()).max(0.0)
    }
}
