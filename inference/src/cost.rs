//! The cost of a network's layers, from the architecture alone.

use crate::kernels::Shape;
use crate::layers::{Layer, Layers};

/// How a layer uses a processor: kinds that differ in how much of it they keep busy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerKind {
    /// Dense convolution with a window larger than one pixel.
    Convolution,
    /// Dense convolution of single pixels.
    Pointwise,
    /// Convolution of each channel by itself.
    Depthwise,
    /// Fully connected.
    Dense,
    /// Anything without multiplications: pooling, additions.
    Other,
}

/// The cost of a layer for one image; values are 4 bytes, normalisation is folded in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerCost {
    /// How it uses a processor.
    pub kind: LayerKind,
    /// Multiply-accumulates.
    pub macs: u64,
    /// Bytes of weights and biases.
    pub weight_bytes: u64,
    /// Bytes of activations read.
    pub read_bytes: u64,
    /// Bytes of activations written.
    pub written_bytes: u64,
}

/// The total cost of one pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Multiply-accumulates.
    pub macs: u64,
    /// Bytes of folded weights, 4 per value.
    pub weight_bytes: u64,
    /// Bytes of all activations written, 4 per value.
    pub activation_bytes: u64,
}

impl Cost {
    /// The sum over layers.
    pub fn of(layers: &[LayerCost]) -> Self {
        layers.iter().fold(Self::default(), |sum, layer| Self {
            macs: sum.macs + layer.macs,
            weight_bytes: sum.weight_bytes + layer.weight_bytes,
            activation_bytes: sum.activation_bytes + layer.written_bytes,
        })
    }
}

/// The costs of everything that runs, in order; averages that the predictor reads come before its own layers.
pub fn network_costs(layers: &Layers) -> Vec<LayerCost> {
    let depths = layers.predictor.iter().flat_map(|predictor| &predictor.depths);
    let averages: Vec<Layer> = depths.map(|(_, extent)| Layer::GlobalAverage(*extent)).collect();
    let (body, predictor) = (layers.extractor.iter().flatten(), layers.predictor.iter().flat_map(|head| &head.layers));
    layer_costs(body.chain([&layers.approximator]).chain(&averages).chain(predictor))
}

/// The costs of layers that follow each other.
fn layer_costs<'a>(layers: impl Iterator<Item = &'a Layer>) -> Vec<LayerCost> {
    let mut costs: Vec<LayerCost> = Vec::new();
    for layer in layers {
        let cost = |kind, input: Shape, macs: u64, weights: u64| LayerCost {
            kind,
            macs,
            weight_bytes: 4 * weights,
            read_bytes: 4 * input.len() as u64,
            written_bytes: 4 * layer.output().shape.len() as u64,
        };
        match layer {
            Layer::Conv { kernel, .. } => {
                let kind = if kernel.kernel == 1 { LayerKind::Pointwise } else { LayerKind::Convolution };
                costs.push(cost(kind, kernel.input.shape, kernel.macs(), kernel.weights() as u64));
            }
            Layer::Depthwise { kernel, .. } => {
                costs.push(cost(LayerKind::Depthwise, kernel.input.shape, kernel.macs(), kernel.weights() as u64));
            }
            Layer::Dense { kernel, .. } => {
                let (macs, weights) = (kernel.inputs * kernel.outputs, (kernel.inputs + 1) * kernel.outputs);
                costs.push(cost(LayerKind::Dense, Shape::flat(kernel.inputs), macs as u64, weights as u64));
            }
            // Folded into the convolution before it, whose bias it becomes.
            Layer::Norm { kernel, .. } => {
                if let Some(before) = costs.last_mut() {
                    before.weight_bytes += 4 * kernel.extent.shape.channels as u64;
                }
            }
            Layer::MaxPool(kernel) => costs.push(cost(LayerKind::Other, kernel.input.shape, 0, 0)),
            Layer::GlobalAverage(input) => costs.push(cost(LayerKind::Other, input.shape, 0, 0)),
            Layer::Residual { body, shortcut, .. } => {
                costs.extend(layer_costs(body.iter()));
                costs.extend(layer_costs(shortcut.iter()));
                let sum = cost(LayerKind::Other, layer.output().shape, 0, 0);
                costs.push(LayerCost { read_bytes: 2 * sum.written_bytes, ..sum });
            }
        }
    }
    costs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::architecture::Architecture;

    fn costs(predictor: &str) -> Vec<LayerCost> {
        let text = format!(
            "{{name: small, input: {{channels: 1, height: 8, width: 6}}, normalise: {{mean: [0], deviation: [1]}}, \
             classes: 3, extractor: [conv: {{out: 4}}, separable: {{out: 5, stride: 2}}, global-average-pool], \
             predictor: {{{predictor}}}}}"
        );
        network_costs(&Layers::of(&Architecture::parse(&text, "test").unwrap()))
    }

    /// By hand: 9·1·4 weights at 48 pixels, 9·4 and 4·5 at 12, then dense layers.
    #[test]
    fn costs_are_those_of_the_arithmetic() {
        let costs = costs("sees: features, hidden: 7");
        let macs: Vec<u64> = costs.iter().map(|cost| cost.macs).collect();
        assert_eq!(macs, [9 * 4 * 48, 9 * 4 * 12, 4 * 5 * 12, 0, 5 * 3, 5 * 7, 7]);
        assert_eq!(costs[0].weight_bytes, 4 * (9 * 4 + 4));
        assert_eq!(costs[1].read_bytes, 4 * 48 * 4);
        assert_eq!(Cost::of(&costs).macs, macs.iter().sum::<u64>());
    }

    #[test]
    fn what_a_predictor_reads_of_earlier_blocks_costs_too() {
        let (without, with) = (costs("sees: features, hidden: 7"), costs("sees: features, hidden: 7, depths: [0]"));
        let average = with[5];
        assert_eq!((average.kind, average.read_bytes, average.written_bytes), (LayerKind::Other, 4 * 48 * 4, 4 * 4));
        assert_eq!(with.len(), without.len() + 1);
        assert_eq!(with[6].macs, (5 + 4) * 7);
    }
}
