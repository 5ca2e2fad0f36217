//! What the layers of a network take, from the architecture alone.

use crate::kernels::Shape;
use crate::layers::Layer;

/// How a layer uses a processor: kinds that differ in how much of it they can keep busy.
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
    /// Anything that multiplies nothing: pooling, additions.
    Other,
}

/// What a layer takes for one image; values are 4 bytes, normalisation is folded in.
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

/// What one pass takes, all in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Multiply-accumulates.
    pub macs: u64,
    /// Bytes of folded weights, 4 a value.
    pub weight_bytes: u64,
    /// Bytes of all activations written, 4 a value.
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

/// The costs of layers that follow each other.
pub fn layer_costs<'a>(layers: impl Iterator<Item = &'a Layer>) -> Vec<LayerCost> {
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
