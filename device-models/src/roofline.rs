//! How long the layers of a network take on a processor, one after the other.
//!
//! t(n) = overhead + Σ over layers (layer overhead + n · max(MACs / throughput of its kind, bytes / bandwidth))
//!
//! or, where weights are kept on the chip,
//! overhead + Σ (layer overhead + n · MACs / throughput) + n · (weights − on chip)⁺ / bandwidth.
//!
//! A roofline (Williams, Waterman & Patterson, CACM 2009) for each layer, plus the cost of starting it, which a batch
//! of n inputs pays once. Throughputs are what layers of a kind sustain, not the processor's peak: 3×3 convolutions
//! reach more of it than 1×1 ones, and depthwise ones mostly wait for memory. Left out: caches (each layer reads its
//! input and weights from memory, for every input of a batch), layers that run in parallel, heat, and
//! precisions other than the one the figures were measured with, except that `integers` says how much faster integers are
//! multiplied. Fewer than 8 bits are multiplied as 8, and only move fewer bytes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::units::{Bandwidth, DataSize, Delay, Factor, Throughput};
use crate::work::{LayerKind, LayerWork, Work};

/// What layers sustain, and what starting them costs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Roofline {
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
    /// Bytes of weights that stay on the chip. Then only weights beyond these are read through `bandwidth`, for every
    /// input, and activations never are.
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

impl Roofline {
    /// Seconds that `inputs` of them take together.
    pub fn seconds(&self, work: &Work, inputs: f64) -> f64 {
        self.overhead.get() + self.layers(work, inputs) + inputs * self.reading(work.weights())
    }

    /// Seconds that layers take, whatever else there is.
    pub fn layers(&self, work: &Work, inputs: f64) -> f64 {
        work.layers.iter().map(|layer| self.layer_overhead.get() + inputs * self.layer_seconds(layer)).sum()
    }

    /// Seconds that an input waits for those of a network's weights that do not stay on the chip, if any do.
    pub fn reading(&self, weights: f64) -> f64 {
        self.moving(self.on_chip.map_or(0.0, |on_chip| (weights - on_chip.get()).max(0.0)))
    }

    /// Seconds that bytes take between memory and processor.
    fn moving(&self, bytes: f64) -> f64 {
        self.bandwidth.map_or(0.0, |bandwidth| bytes / bandwidth.get())
    }

    /// Seconds that a layer takes for one input, once it has started.
    fn layer_seconds(&self, layer: &LayerWork) -> f64 {
        let throughput = match layer.kind {
            LayerKind::Pointwise => self.pointwise,
            LayerKind::Depthwise => self.depthwise,
            LayerKind::Dense => self.dense,
            LayerKind::Convolution | LayerKind::Other => None,
        };
        let faster = if layer.integers { self.integers.get() } else { 1.0 };
        let arithmetic = layer.macs / (throughput.unwrap_or(self.throughput).get() * faster);
        if self.on_chip.is_some() { arithmetic } else { arithmetic.max(self.moving(layer.bytes)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures() -> Roofline {
        serde_yaml::from_str(
            "{throughput: 1 GMAC/s, pointwise: 0.5 GMAC/s, bandwidth: 1 GB/s, overhead: 1 ms, layer-overhead: 10 us}",
        )
        .unwrap()
    }

    /// 2 M MACs at 1 G a second, the same of a pointwise layer at half of that, 3 MB and 1 MB at 1 GB a second.
    fn work() -> Work {
        let layer = |kind, macs, bytes| LayerWork { kind, macs, bytes, weights: 0.0, integers: false };
        Work {
            layers: vec![
                layer(LayerKind::Convolution, 2e6, 1e6),
                layer(LayerKind::Pointwise, 2e6, 1e6),
                layer(LayerKind::Depthwise, 1e3, 3e6),
                layer(LayerKind::Other, 0.0, 1e6),
            ],
        }
    }

    /// Each layer waits for whichever of arithmetic and memory takes longer: 2 + 4 + 3 + 1 ms.
    #[test]
    fn a_layer_is_bound_by_arithmetic_or_by_memory() {
        assert!((figures().seconds(&work(), 1.0) - (1e-3 + 4.0 * 10e-6 + 10e-3)).abs() < 1e-12);
    }

    /// Two layers of 3 MB of weights each: 4 MB stay, and 2 MB at 0.5 GB/s take 4 ms for each input, after 5 ms of
    /// arithmetic. Activations are never moved; without room on the chip, each layer takes as long as its 9 MB do.
    #[test]
    fn weights_that_do_not_fit_on_the_chip_are_read_again() {
        let layer = LayerWork { kind: LayerKind::Convolution, macs: 2.5e6, bytes: 9e6, weights: 3e6, integers: false };
        let work = Work { layers: vec![layer; 2] };
        let seconds = |on_chip: &str, inputs| {
            let text = format!("{{throughput: 1 GMAC/s, bandwidth: 0.5 GB/s{on_chip}}}");
            serde_yaml::from_str::<Roofline>(&text).unwrap().seconds(&work, inputs)
        };
        for (on_chip, inputs, expected) in [
            (", on-chip: 4 MB", 1.0, 9e-3),
            (", on-chip: 4 MB", 3.0, 27e-3),
            (", on-chip: 8 MB", 1.0, 5e-3),
            ("", 1.0, 36e-3),
        ] {
            assert!((seconds(on_chip, inputs) - expected).abs() < 1e-12, "{on_chip}: {}", seconds(on_chip, inputs));
        }
    }

    /// In integers a million MACs take a third of a millisecond instead of one; half a megabyte at 1 GB/s takes half a
    /// millisecond, whatever it holds.
    #[test]
    fn integers_are_multiplied_faster_but_moved_alike() {
        let roofline: Roofline =
            serde_yaml::from_str("{throughput: 1 GMAC/s, bandwidth: 1 GB/s, integers: 3}").unwrap();
        let micros = |integers, bytes| {
            let layer = LayerWork { kind: LayerKind::Convolution, macs: 1e6, bytes, weights: 0.0, integers };
            (roofline.seconds(&Work { layers: vec![layer] }, 1.0) * 1e6).round()
        };
        assert_eq!([micros(false, 0.0), micros(true, 0.0), micros(true, 5e5)], [1000.0, 333.0, 500.0]);
    }

    /// Eight inputs take eight times those 10 ms, and the call and its four layers are started once.
    #[test]
    fn a_batch_starts_its_layers_once() {
        assert!((figures().seconds(&work(), 8.0) - (1e-3 + 4.0 * 10e-6 + 80e-3)).abs() < 1e-12);
    }

    /// A million MACs of each kind, at a figure of its own if it has one: 1, 1/2, 1/4 and 1/5 ms, and 1 ms of the rest.
    #[test]
    fn each_kind_of_layer_has_its_throughput() {
        let all = "{throughput: 1 GMAC/s, pointwise: 2 GMAC/s, depthwise: 4 GMAC/s, dense: 5 GMAC/s}";
        let roofline: Roofline = serde_yaml::from_str(all).unwrap();
        let kinds =
            [LayerKind::Convolution, LayerKind::Pointwise, LayerKind::Depthwise, LayerKind::Dense, LayerKind::Other];
        let micros = kinds.map(|kind| {
            let work = Work { layers: vec![LayerWork { kind, macs: 1e6, bytes: 5e6, weights: 0.0, integers: false }] };
            (roofline.seconds(&work, 1.0) * 1e6).round()
        });
        assert_eq!(micros, [1000.0, 500.0, 250.0, 200.0, 1000.0]);
    }
}
