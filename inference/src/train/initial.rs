//! Weights before the first step.

use rand_distr::{Distribution, Normal};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::architecture::Architecture;
use crate::layers::{Layer, Layers};
use crate::weights::Weights;

/// He's normal initialisation (2015) for weights, 1 for scales, 0 for biases.
pub fn initial_weights(architecture: &Architecture, random: &mut Xoshiro256PlusPlus) -> Weights {
    let layers = Layers::of(architecture);
    let mut weights = Weights { parameters: vec![0.0; layers.parameters], statistics: vec![0.0; layers.statistics] };
    for layer in layers.iter() {
        initial_layer(layer, &mut weights, random);
    }
    weights
}

fn initial_layer(layer: &Layer, weights: &mut Weights, random: &mut Xoshiro256PlusPlus) {
    match layer {
        Layer::Norm { kernel, gamma, statistics, .. } => {
            let channels = kernel.extent.shape.channels;
            weights.parameters[*gamma..][..channels].fill(1.0);
            weights.statistics[*statistics + channels..][..channels].fill(1.0);
        }
        Layer::Residual { body, shortcut, .. } => {
            body.iter().chain(shortcut).for_each(|layer| initial_layer(layer, weights, random));
        }
        layer => {
            let Some((inputs, range)) = fan_in(layer) else { return };
            let gain = if matches!(layer, Layer::Dense { .. }) { 1.0f32 } else { 2.0 };
            let spread = (gain / inputs as f32).sqrt();
            if let Ok(normal) = Normal::new(0.0, spread) {
                weights.parameters[range].iter_mut().for_each(|w| *w = normal.sample(random));
            }
        }
    }
}

/// Number of inputs of each unit of a layer, and the range of its weights.
fn fan_in(layer: &Layer) -> Option<(usize, std::ops::Range<usize>)> {
    match layer {
        Layer::Conv { kernel, weight } => {
            let inputs = kernel.kernel * kernel.kernel * kernel.input.shape.channels;
            Some((inputs, *weight..*weight + kernel.weights()))
        }
        Layer::Depthwise { kernel, weight } => {
            Some((kernel.kernel * kernel.kernel, *weight..*weight + kernel.weights()))
        }
        Layer::Dense { kernel, weight, .. } => Some((kernel.inputs, *weight..*weight + kernel.inputs * kernel.outputs)),
        Layer::Norm { .. } | Layer::MaxPool(_) | Layer::GlobalAverage(_) | Layer::Residual { .. } => None,
    }
}
