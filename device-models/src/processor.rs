//! Time and energy of a network on a device.
//!
//! t is that of its layers, one after the other (see `roofline.rs`), E = (busy − idle) · t
//!
//! A processor that gives each layer a part of its chip takes the next input before the last one is done. With n inputs
//! `in-flight`, the next one may enter after t / n, and each answer still comes after t. Busy power is drawn while an
//! input enters, so E = (busy − idle) · t / n: at the full rate of n / t, that is busy power throughout. n is one figure
//! for all networks, though it differs between them: a network with one slow layer lets the others wait, and one that
//! does not fit on the chip is loaded part by part and takes no second input at all.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::Span;

use crate::rest::Rest;
use crate::roofline::Roofline;
use crate::units::{Bandwidth, DataSize, Delay, Factor, Power, Throughput};
use crate::work::Work;

/// A processor that runs one network at a time, on one input or, in a pipeline, on several.
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
    /// Bytes of weights that stay on the chip. Then only weights beyond these are read through `bandwidth`, and
    /// activations never are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_chip: Option<DataSize>,
    /// Time a call takes before the first layer.
    #[serde(default = "no_time")]
    pub overhead: Delay,
    /// Time it takes to start a layer.
    #[serde(default = "no_time")]
    pub layer_overhead: Delay,
    /// How many times as fast as these throughputs layers in integers of 8 bits or fewer are; by default 1.
    #[serde(default = "unchanged", skip_serializing_if = "is_unchanged")]
    pub integers: Factor,
    /// Inputs that are in it at once when it is kept busy, at least 1: how long each takes, times how many it takes a
    /// second. The next one may enter after that part of the time; by default, when the last one is done.
    #[serde(default = "unchanged", skip_serializing_if = "is_unchanged")]
    pub in_flight: Factor,
    /// Power drawn while it waits, awake.
    pub idle: Power,
    /// Total power drawn while a network runs; in a pipeline, until the next input may enter.
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
    /// Factor on its bandwidth; by default 1, since memory slows down less than arithmetic where the clock is lower or
    /// fewer cores run.
    #[serde(default = "unchanged", skip_serializing_if = "is_unchanged")]
    pub bandwidth: Factor,
    /// Total power drawn while a network runs.
    pub busy: Power,
    /// Power drawn while it waits, awake; by default, that of the processor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle: Option<Power>,
}

fn no_time() -> Delay {
    Delay::new(0.0)
}

fn unchanged() -> Factor {
    Factor::new(1.0)
}

fn is_unchanged(factor: &Factor) -> bool {
    factor.get() == 1.0
}

impl Processor {
    /// How long `work` takes; at least a nanosecond.
    pub fn time(&self, work: &Work) -> Span {
        Span::from_secs_up(self.roofline().seconds(work, 1.0))
    }

    /// How long after an input the next one may enter; at least a nanosecond, and the whole [`time`](Self::time) without
    /// a pipeline.
    pub fn interval(&self, work: &Work) -> Span {
        Span::from_secs_up(self.roofline().seconds(work, 1.0) / self.in_flight.get())
    }

    /// Seconds that layers take, whatever else there is: those of the parts of a network add up, with `overhead` and what
    /// is [read](Self::reading), to its [`time`](Self::time).
    pub fn layers(&self, layers: &Work) -> f64 {
        self.roofline().layers(layers, 1.0)
    }

    /// Seconds that a network waits for those of its weights that do not stay on the chip, if any do.
    pub fn reading(&self, weights: f64) -> f64 {
        self.roofline().reading(weights)
    }

    /// Whether it takes the next input before the last one is done.
    pub fn is_pipelined(&self) -> bool {
        self.in_flight.get() > 1.0
    }

    fn roofline(&self) -> Roofline {
        let Self { throughput, pointwise, depthwise, dense, bandwidth, on_chip, .. } = *self;
        let Self { overhead, layer_overhead, integers, .. } = *self;
        Roofline { throughput, pointwise, depthwise, dense, bandwidth, on_chip, overhead, layer_overhead, integers }
    }

    /// The processor at one of its points.
    pub fn at(&self, point: &OperatingPoint) -> Self {
        let faster = |throughput: Throughput| Throughput::new(throughput.get() * point.speed.get());
        let slower = |delay: Delay| Delay::new(delay.get() / point.speed.get());
        let at_bandwidth = |bandwidth: Bandwidth| Bandwidth::new(bandwidth.get() * point.bandwidth.get());
        Self {
            throughput: faster(self.throughput),
            pointwise: self.pointwise.map(faster),
            depthwise: self.depthwise.map(faster),
            dense: self.dense.map(faster),
            bandwidth: self.bandwidth.map(at_bandwidth),
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
    use crate::work::{LayerKind, LayerWork};

    fn processor(yaml: &str) -> Processor {
        serde_yaml::from_str(yaml).unwrap()
    }

    /// Half the clock takes twice the time where arithmetic is the bottleneck.
    #[test]
    fn a_point_changes_speed_and_power() {
        let p = processor(
            "{throughput: 1 GMAC/s, overhead: 1 ms, idle: 1 W, busy: 4 W, points: {slow: {speed: 50 %, busy: 2 W}}}",
        );
        let work = Work {
            layers: vec![LayerWork { kind: LayerKind::Dense, macs: 1e6, bytes: 0.0, weights: 0.0, integers: false }],
        };
        let slow = p.at(&p.points["slow"]);
        assert_eq!(slow.time(&work).as_nanos(), 2 * p.time(&work).as_nanos());
        assert_eq!((slow.busy.get(), slow.idle.get(), slow.extra_power()), (2.0, 1.0, 1.0));
    }

    /// A million MACs at a thousand million a second take 1 ms. With four inputs in flight, another may enter every
    /// 250 µs; at half the speed, every 500.
    #[test]
    fn a_pipeline_takes_inputs_more_often_than_it_is_done() {
        let figures = "throughput: 1 GMAC/s, idle: 1 W, busy: 4 W, points: {slow: {speed: 50 %, busy: 2 W}}";
        let work = Work {
            layers: vec![LayerWork { kind: LayerKind::Dense, macs: 1e6, bytes: 0.0, weights: 0.0, integers: false }],
        };
        let micros = |p: &Processor| [p.time(&work), p.interval(&work)].map(|span| span.as_nanos() / 1_000);
        let (plain, piped) = (processor(&format!("{{{figures}}}")), processor(&format!("{{{figures}, in-flight: 4}}")));
        assert_eq!((micros(&plain), micros(&piped)), ([1_000, 1_000], [1_000, 250]));
        assert_eq!(micros(&piped.at(&piped.points["slow"])), [2_000, 500]);
    }

    /// A layer of 6 M MACs and 4 MB takes 6 ms of arithmetic, one of 2 M MACs and 4 MB takes 4 ms of memory. Half the
    /// speed at 80 % of the bandwidth makes that 12 and 5 ms; without a factor of its own, memory stays at 4 ms.
    #[test]
    fn a_point_changes_bandwidth_by_a_factor_of_its_own() {
        let p = processor(
            "{throughput: 1 GMAC/s, bandwidth: 1 GB/s, idle: 1 W, busy: 4 W, points:
              {slow: {speed: 50 %, busy: 2 W}, starved: {speed: 50 %, bandwidth: 80 %, busy: 2 W}}}",
        );
        let layer = |macs| LayerWork { kind: LayerKind::Convolution, macs, bytes: 4e6, weights: 0.0, integers: false };
        let work = Work { layers: vec![layer(6e6), layer(2e6)] };
        let millis = |p: &Processor| p.time(&work).as_secs() * 1e3;
        let expected = [(&p, 10.0), (&p.at(&p.points["slow"]), 16.0), (&p.at(&p.points["starved"]), 17.0)];
        for (processor, millis_by_hand) in expected {
            assert!((millis(processor) - millis_by_hand).abs() < 1e-5, "{}", millis(processor));
        }
    }

    #[test]
    fn power_depends_on_what_it_does() {
        let p = processor(
            "{throughput: 1 GMAC/s, idle: 1 W, busy: 4 W, rests: [{name: sleep, after: 1 s, power: 100 mW, wake: 5 ms,
              wake-power: 2 W}], points: {low: {speed: 200 %, busy: 3 W, idle: 500 mW}}}",
        );
        assert_eq!((p.extra_power(), p.is_pipelined()), (3.0, false));
        assert_eq!([None, Some(0), Some(1)].map(|depth| p.waiting_power(depth)), [1.0, 0.1, 1.0]);
        let low = p.at(&p.points["low"]);
        assert_eq!((low.extra_power(), low.waiting_power(None), low.points.len()), (2.5, 0.5, 0));
        // A processor that is said to draw less while busy adds nothing.
        assert_eq!(Processor { busy: Power::new(0.5), ..p }.extra_power(), 0.0);
        assert!(processor("{throughput: 1 GMAC/s, in-flight: 2, idle: 1 W, busy: 1 W}").is_pipelined());
    }

    /// Twice the speed doubles every throughput and halves what starting takes.
    #[test]
    fn a_point_changes_every_figure_of_speed() {
        let p = processor(
            "{throughput: 1 GMAC/s, pointwise: 2 GMAC/s, depthwise: 3 GMAC/s, dense: 4 GMAC/s, bandwidth: 1 GB/s,
              overhead: 2 ms, layer-overhead: 4 ms, idle: 1 W, busy: 4 W,
              points: {fast: {speed: 2, bandwidth: 3, busy: 9 W}}}",
        );
        let fast = p.at(&p.points["fast"]);
        let throughputs = [Some(fast.throughput), fast.pointwise, fast.depthwise, fast.dense];
        assert_eq!(throughputs.map(|figure| figure.unwrap().get()), [2e9, 4e9, 6e9, 8e9]);
        assert_eq!(fast.bandwidth.unwrap().get(), 3e9);
        assert_eq!([fast.overhead, fast.layer_overhead].map(Delay::get), [1e-3, 2e-3]);
        // What is as usual is not written.
        let written = serde_json::to_value(&p).unwrap();
        assert!(written.get("in-flight").is_none() && written["points"]["fast"]["bandwidth"] == "3");
        let piped = processor("{throughput: 1 GMAC/s, in-flight: 2, idle: 1 W, busy: 1 W}");
        assert_eq!(serde_json::to_value(&piped).unwrap()["in-flight"], "2");
    }
}
