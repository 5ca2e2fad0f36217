//! Time and energy of a network on a device.
//!
//! t = overhead + Σ over layers (layer overhead + max(MACs / throughput of its kind, bytes / bandwidth)), E = (busy − idle) · t
//!
//! A roofline (Williams, Waterman & Patterson, CACM 2009) for each layer, plus the cost of starting it. Throughputs are
//! what layers of a kind sustain, not the processor's peak: 3×3 convolutions reach more of it than 1×1 ones, and
//! depthwise ones mostly wait for memory. Left out: caches (each layer reads its input and weights from memory), layers
//! that run in parallel, heat, and precisions other than the one the figures were measured with.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::Span;

use crate::rest::Rest;
use crate::units::{Bandwidth, Delay, Factor, Power, Throughput};
use crate::work::{LayerKind, LayerWork, Work};

/// A processor that runs one network at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Processor {
    /// Multiply-accumulates a second that convolutions sustain, and every layer whose kind has no figure of its own.
    pub throughput: Throughput,
    /// The same of 1×1 convolutions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointwise: Option<Throughput>,
    /// The same of depthwise convolutions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depthwise: Option<Throughput>,
    /// The same of fully connected layers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dense: Option<Throughput>,
    /// Bytes a second between memory and processor; without it, no layer waits for memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bandwidth: Option<Bandwidth>,
    /// Time a call takes before the first layer.
    #[serde(default = "no_time")]
    pub overhead: Delay,
    /// Time it takes to start a layer.
    #[serde(default = "no_time")]
    pub layer_overhead: Delay,
    /// Power drawn while it waits, awake.
    pub idle: Power,
    /// Total power drawn while a network runs.
    pub busy: Power,
    /// The states it enters when it has nothing to do, one after the other; by default, it idles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rests: Vec<Rest>,
    /// Settings of clock and cores by name, chosen with a device's `point`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub points: BTreeMap<String, OperatingPoint>,
}

/// A setting of clock and cores: what it changes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OperatingPoint {
    /// Factor on the processor's throughputs.
    pub speed: Factor,
    /// Total power drawn while a network runs.
    pub busy: Power,
    /// Power drawn while it waits, awake; by default, that of the processor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle: Option<Power>,
}

fn no_time() -> Delay {
    Delay::new(0.0)
}

impl Processor {
    /// How long `work` takes; at least a nanosecond.
    pub fn time(&self, work: &Work) -> Span {
        Span::from_secs_up(self.overhead.get() + work.layers.iter().map(|layer| self.layer_time(layer)).sum::<f64>())
    }

    /// Seconds that a layer takes.
    fn layer_time(&self, layer: &LayerWork) -> f64 {
        let throughput = match layer.kind {
            LayerKind::Pointwise => self.pointwise,
            LayerKind::Depthwise => self.depthwise,
            LayerKind::Dense => self.dense,
            LayerKind::Convolution | LayerKind::Other => None,
        };
        let arithmetic = layer.macs / throughput.unwrap_or(self.throughput).get();
        let memory = self.bandwidth.map_or(0.0, |bandwidth| layer.bytes / bandwidth.get());
        self.layer_overhead.get() + arithmetic.max(memory)
    }

    /// The processor at one of its points.
    pub fn at(&self, point: &OperatingPoint) -> Self {
        let faster = |throughput: Throughput| Throughput::new(throughput.get() * point.speed.get());
        let slower = |delay: Delay| Delay::new(delay.get() / point.speed.get());
        Self {
            throughput: faster(self.throughput),
            pointwise: self.pointwise.map(faster),
            depthwise: self.depthwise.map(faster),
            dense: self.dense.map(faster),
            overhead: slower(self.overhead),
            layer_overhead: slower(self.layer_overhead),
            idle: point.idle.unwrap_or(self.idle),
            busy: point.busy,
            points: BTreeMap::new(),
            ..self.clone()
        }
    }

    /// Watts that running a network adds to idling.
    pub fn extra_power(&self) -> f64 {
        (self.busy.get() - self.idle.get()).max(0.0)
    }

    /// Watts drawn while waiting at a depth of rest; none means awake.
    pub fn waiting_power(&self, depth: Option<usize>) -> f64 {
        depth.and_then(|depth| self.rests.get(depth)).map_or(self.idle, |rest| rest.power).get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn processor(yaml: &str) -> Processor {
        serde_yaml::from_str(yaml).unwrap()
    }

    /// Each layer waits for whichever of arithmetic and memory takes longer.
    #[test]
    fn a_layer_is_bound_by_arithmetic_or_by_memory() {
        let p = processor(
            "{throughput: 1 GMAC/s, pointwise: 0.5 GMAC/s, bandwidth: 1 GB/s, overhead: 1 ms, layer-overhead: 10 us, idle: 1 W, busy: 2 W}",
        );
        let layer = |kind, macs, bytes| LayerWork { kind, macs, bytes };
        let work = Work {
            layers: vec![
                layer(LayerKind::Convolution, 2e6, 1e6),
                layer(LayerKind::Pointwise, 2e6, 1e6),
                layer(LayerKind::Depthwise, 1e3, 3e6),
                layer(LayerKind::Other, 0.0, 1e6),
            ],
        };
        let expected = 1e-3 + 4.0 * 10e-6 + 2e-3 + 4e-3 + 3e-3 + 1e-3;
        assert!((p.time(&work).as_secs() - expected).abs() < 1e-9);
    }

    /// Half the clock takes twice the time where arithmetic is the bottleneck.
    #[test]
    fn a_point_changes_speed_and_power() {
        let p = processor(
            "{throughput: 1 GMAC/s, overhead: 1 ms, idle: 1 W, busy: 4 W, points: {slow: {speed: 50 %, busy: 2 W}}}",
        );
        let work = Work { layers: vec![LayerWork { kind: LayerKind::Dense, macs: 1e6, bytes: 0.0 }] };
        let slow = p.at(&p.points["slow"]);
        assert_eq!(slow.time(&work).as_nanos(), 2 * p.time(&work).as_nanos());
        assert_eq!((slow.busy.get(), slow.idle.get(), slow.extra_power()), (2.0, 1.0, 1.0));
    }
}
