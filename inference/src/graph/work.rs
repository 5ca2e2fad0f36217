//! What a network costs, node by node, from its facts alone.

use super::{Fact, Graph, Purpose};
use crate::ops::{Role, Tail};

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
    /// Bits of weights and biases, normalisation folded in.
    pub weight_bits: u64,
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
            read_bits: inputs.iter().map(|input| input.bits()).sum(),
            written_bits: output.bits(),
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

impl Graph {
    /// The costs of everything that runs on a device, in the order of the nodes of a graph that is not fused.
    ///
    /// Normalisation and rectifiers are part of the layer that they are fused with. A sum is a layer of its own even
    /// where it is fused here: few devices' software does that.
    pub(crate) fn layer_costs(&self) -> Vec<LayerCost> {
        let heads = self.heads(Purpose::Inference);
        let last = |head: usize| heads.iter().rposition(|of| *of == head).unwrap_or(head);
        let step = |node: usize| (0..last(heads[node])).filter(|other| last(heads[*other]) == *other).count();
        let mut places: Vec<Option<usize>> = Vec::new();
        let mut layers: Vec<LayerCost> = Vec::new();
        for (index, node) in self.nodes().iter().enumerate() {
            let head = heads[index];
            match node.op.tail().filter(|_| head != index) {
                Some(Tail::Affine) => {
                    // It becomes the bias, if there is none.
                    let tensors = self.nodes[head].op.tensors(&self.inputs(head));
                    let biased = tensors.iter().any(|tensor| matches!(tensor.role, Role::Vector(_)));
                    if let Some(layer) = places[head].filter(|_| !biased) {
                        let output = self.fact(index + 1);
                        layers[layer].weight_bits += output.shape.channels as u64 * output.format.bits();
                    }
                    places.push(None);
                }
                Some(Tail::Rectifier) => places.push(None),
                Some(Tail::Sum) | None => {
                    let cost = node.op.cost(&self.inputs(index), self.fact(index + 1));
                    places.push(cost.map(|_| layers.len()));
                    layers.extend(cost.map(|cost| LayerCost { step: step(index), ..cost }));
                }
            }
        }
        layers
    }
}
