//! Cloud servers that run batches.
//!
//! t(n) = max(launch, n · MACs / throughput)
//!
//! Small batches are bound by launching kernels, large ones by arithmetic; the published curves have that knee
//! (NVIDIA DeepLearningExamples, ResNet-50). Left out: copying inputs to the accelerator, other precisions, contention.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::Span;

use crate::processor::Work;
use crate::units::{Delay, Power, Throughput};

/// A server that runs one batch at a time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Server {
    /// Multiply-accumulates a second in large batches.
    pub throughput: Throughput,
    /// The least a batch takes.
    pub launch: Delay,
    /// Drawn all the time; 0 if it is not to be counted.
    #[serde(default = "nothing")]
    pub idle: Power,
    /// Drawn, all in all, while a batch runs.
    #[serde(default = "nothing")]
    pub busy: Power,
}

fn nothing() -> Power {
    Power::new(0.0)
}

impl Server {
    /// How long a batch of `size` inputs takes; at least a nanosecond.
    pub fn time(&self, work: Work, size: usize) -> Span {
        let arithmetic = size as f64 * work.macs.get() / self.throughput.get();
        Span::from_secs_up(arithmetic.max(self.launch.get()))
    }

    /// Joules of `servers` of them that were busy for `busy` server seconds in all, over `seconds`.
    pub fn energy(&self, servers: usize, busy: f64, seconds: f64) -> f64 {
        let extra = (self.busy.get() - self.idle.get()).max(0.0);
        self.idle.get() * servers as f64 * seconds + extra * busy
    }
}
