//! What a layer costs on a device.

use super::{Fact, Format};

/// The cost of a layer for one image, and what decides how busy it keeps a processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerCost {
    /// The step of the network that does it: the node of [`Network::graph`](crate::Network::graph).
    pub step: usize,
    /// Multiply-accumulates, those with padding counted; 0 for pooling, sums and the like.
    pub macs: u64,
    /// Pixels of the input that one output reads.
    pub window: usize,
    /// Whether an output reads one of several channels only.
    pub depthwise: bool,
    /// Pixels of the output: how often a weight is used.
    pub pixels: usize,
    /// Bits of weights and biases, normalisation folded in; of the scales, too, where weights are integers.
    pub weight_bits: u64,
    /// Whether its products are those of integers.
    pub integers: bool,
    /// Bits of activations read.
    pub read_bits: u64,
    /// Bits of activations written.
    pub written_bits: u64,
}

impl LayerCost {
    /// A layer that reads its inputs and writes its output, without weights.
    pub(crate) fn moving(inputs: &[Fact], output: Fact) -> Self {
        Self {
            step: 0,
            macs: 0,
            window: 1,
            depthwise: false,
            pixels: output.shape.pixels(),
            weight_bits: 0,
            integers: false,
            read_bits: inputs.iter().map(|input| input.bits()).sum(),
            written_bits: output.bits(),
        }
    }

    /// A layer that uses each of so many weights once for every pixel of its output, and adds a number to each channel
    /// if it has a `bias`.
    pub(crate) fn weighted(inputs: &[Fact], output: Fact, weights: usize, bias: bool) -> Self {
        let values = weights + if bias { output.shape.channels } else { 0 };
        Self {
            macs: (output.shape.pixels() * weights) as u64,
            weight_bits: values as u64 * Format::F32.bits(),
            ..Self::moving(inputs, output)
        }
    }

    /// The same layer with weights stored like this, of so many output channels. Integers need a scale and a bias for
    /// each of these.
    pub(crate) fn stored(self, weights: Format, channels: usize) -> Self {
        match weights {
            Format::F32 => self,
            Format::Integer(_) => {
                let count = self.macs / self.pixels as u64;
                let scales = channels as u64 * 2 * Format::F32.bits();
                Self { weight_bits: count * weights.bits() + scales, integers: true, ..self }
            }
        }
    }
}

/// The total cost of one pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Multiply-accumulates.
    pub macs: u64,
    /// Bits of folded weights.
    pub weight_bits: u64,
    /// Bits of all activations written.
    pub activation_bits: u64,
}

impl Cost {
    /// The sum over layers.
    pub fn of(layers: &[LayerCost]) -> Self {
        layers.iter().fold(Self::default(), |sum, layer| Self {
            macs: sum.macs + layer.macs,
            weight_bits: sum.weight_bits + layer.weight_bits,
            activation_bits: sum.activation_bits + layer.written_bits,
        })
    }
}
