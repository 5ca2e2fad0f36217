//! Networks computed in integers, after training.
//!
//! [`Calibrated`] is a network of which the values were seen on calibration images. It knows its layers and what every
//! bit-width would lose in each, which is what a planner decides by, and makes the [`Network`] that runs with the
//! bit-widths it is asked for. Which values are then integers is in [`graph::stored`](crate::graph), how grids are
//! chosen in [`quantise`](crate::quantise), how integers are computed in [`kernels::integer`](crate::kernels::integer).

mod steps;

use std::path::Path;

use crate::architecture::Architecture;
use crate::dataset::{Dataset, Half};
use crate::error::{Error, QuantiseError};
use crate::graph::{BitWidths, Graph, Layout, Numbers, Stored, Value};
use crate::kernels::Shape;
use crate::model::Model;
use crate::network::Network;
use crate::ops::{Folded, Purpose};
use crate::program::Scratch;
use crate::quantise::{Bits, Grid, Rows, Seen};
use crate::weights::Weights;
pub use steps::{StepNumbers, StepWidth};

/// The largest product of a code and a weight is this times the largest weight.
const LARGEST_CODE: usize = u8::MAX as usize;

/// A network whose values were seen on calibration images.
pub struct Calibrated {
    /// As it is written.
    model: Model,
    /// As it runs.
    layout: Layout,
    layers: Vec<LayerNumbers>,
    /// What was seen of each value of the fused graph.
    seen: Vec<Seen>,
    /// The smallest and the largest number that a pixel can become.
    image: (f64, f64),
}

/// The numbers of a layer that can be computed in integers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerNumbers {
    /// The step that does it: the node of [`Network::graph`].
    pub step: usize,
    /// What its tensors are called, before the dot.
    pub name: String,
    /// How many weights it has, biases not counted.
    pub weights: usize,
    /// How many numbers it makes.
    pub activations: usize,
    /// Whether an answer is read off what it makes, which then stays in floats whatever its bit-width.
    pub answers: bool,
}

impl Calibrated {
    /// Runs the network on the first `images` images of the calibration half of `data`, or on all if there are fewer.
    ///
    /// # Errors
    /// If the architecture is invalid, there is no image, or images do not fit.
    pub fn new(architecture: &Architecture, weights: Weights, data: &Dataset, images: usize) -> Result<Self, Error> {
        Self::of(architecture.model(weights)?, data, images)
    }

    fn of(model: Model, data: &Dataset, images: usize) -> Result<Self, Error> {
        let network = Network::of(&model);
        let refuse = |source| Error::Quantise { origin: model.name.clone(), source };
        let (height, width, channels) = data.extent();
        let shape = Shape { height, width, channels };
        if shape != network.input() {
            return Err(refuse(QuantiseError::Images { images: shape, input: network.input() }));
        }
        let chosen: Vec<usize> = data.half(Half::Calibration).take(images).collect();
        if chosen.is_empty() {
            return Err(refuse(QuantiseError::NoImages));
        }
        let layout = Layout::new(&model.graph, Purpose::Inference);
        let seen = see(&network, data, &chosen);
        let layers = layers(&layout.graph);
        Ok(Self { image: model.normalise.range(), model, layout, layers, seen })
    }

    /// The same of a network [by name or path](Network::load).
    ///
    /// # Errors
    /// As [`Network::load`] and [`Calibrated::new`].
    pub fn load(name_or_path: &str, folder: &Path, data: &Dataset, images: usize) -> Result<Self, Error> {
        Self::of(Network::model(name_or_path, folder)?, data, images)
    }

    /// Its layers, in the order in which they run.
    pub fn layers(&self) -> &[LayerNumbers] {
        &self.layers
    }

    /// The mean squared error of the weights of a layer in so many bits, normalisation folded in.
    ///
    /// # Panics
    /// If there is no such layer.
    pub fn weight_error(&self, layer: usize, bits: Bits) -> f64 {
        let Folded { weights, length, .. } = self.folded(self.layers[layer].step);
        Rows::fitted(&weights, length, bits).mean_squared_error(&weights)
    }

    /// The mean squared error of what a layer makes, in so many bits, over the images seen; 0 for answers.
    ///
    /// # Panics
    /// If there is no such layer.
    pub fn activation_error(&self, layer: usize, bits: Bits) -> f64 {
        let LayerNumbers { step, answers, .. } = self.layers[layer];
        let seen = &self.seen[step + 1];
        if answers { 0.0 } else { seen.mean_squared_error(seen.fitted(bits)) }
    }

    /// The network with so many bits for the numbers of each of its [layers](Calibrated::layers); those without
    /// bit-widths are computed in floats.
    ///
    /// # Errors
    /// If there are bit-widths for more or fewer layers, or a layer sums up more products than 32 bits hold.
    pub fn network(&self, widths: &[Option<BitWidths>]) -> Result<Network, Error> {
        let refuse = |source| Error::Quantise { origin: self.model.name.clone(), source };
        if widths.len() != self.layers.len() {
            return Err(refuse(QuantiseError::Layers { given: widths.len(), layers: self.layers.len() }));
        }
        let mut steps = vec![None; self.layout.graph.nodes().len()];
        for (layer, widths) in self.layers.iter().zip(widths) {
            if let Some(widths) = widths {
                self.check_sums(layer, widths.weights).map_err(refuse)?;
            }
            steps[layer.step] = *widths;
        }
        if steps.iter().all(Option::is_none) {
            return Ok(Network::of(&self.model));
        }
        let stored = Stored::new(&self.layout.graph, steps);
        Ok(Network::stored(&self.model, &stored, &self.grids(&stored)))
    }

    /// The network with as many bits everywhere.
    ///
    /// # Errors
    /// As [`Calibrated::network`].
    pub fn uniform(&self, bits: Bits) -> Result<Network, Error> {
        self.network(&vec![Some(BitWidths::both(bits)); self.layers.len()])
    }

    /// The grid of each value that is somewhere in codes.
    fn grids(&self, stored: &Stored) -> Vec<Option<Grid>> {
        let nodes = || self.layout.graph.nodes().iter().zip(&stored.layers);
        let needed = |value: &Value| nodes().any(|(node, layer)| layer.is_some() && node.inputs.contains(value));
        let grid = |value: Value| match stored.values[value] {
            // What pixels can be is known, whatever was seen.
            _ if value == 0 => Some(Grid::over(self.image.0, self.image.1, Bits::EIGHT)),
            Numbers::Own(bits) => Some(self.seen[value].fitted(bits)),
            Numbers::Floats if needed(&value) => Some(self.seen[value].fitted(Bits::EIGHT)),
            Numbers::Of(_) | Numbers::Floats => None,
        };
        let own: Vec<Option<Grid>> = (0..stored.values.len()).map(grid).collect();
        (0..own.len()).map(|value| own[stored.origin(value)]).collect()
    }

    fn folded(&self, step: usize) -> Folded {
        let node = &self.layout.graph.nodes()[step];
        node.op.folded(self.layout.site(step), &self.model.weights).expect("layers have weights")
    }

    fn check_sums(&self, layer: &LayerNumbers, bits: Bits) -> Result<(), QuantiseError> {
        let products = self.folded(layer.step).length;
        let most = i32::MAX as usize / (LARGEST_CODE * usize::from(bits.side().unsigned_abs()));
        match products > most {
            true => Err(QuantiseError::Sums { layer: layer.name.clone(), products, bits: bits.get(), most }),
            false => Ok(()),
        }
    }
}

/// What each value of a network is on some images: once for the ranges, and once for what is in them.
fn see(network: &Network, data: &Dataset, images: &[usize]) -> Vec<Seen> {
    let mut scratch = Scratch::default();
    let mut ranges = vec![(0.0f32, 0.0f32); network.graph().nodes().len() + 1];
    for image in images {
        network.each_value(data.image(*image), &mut scratch, |value, x| {
            let (low, high) = &mut ranges[value];
            (*low, *high) = (low.min(x), high.max(x));
        });
    }
    let mut seen: Vec<Seen> = ranges.into_iter().map(|(low, high)| Seen::over(low, high)).collect();
    for image in images {
        network.each_value(data.image(*image), &mut scratch, |value, x| seen[value].add(x));
    }
    seen
}

fn layers(graph: &Graph) -> Vec<LayerNumbers> {
    let answers: Vec<Value> = graph.exits().iter().flat_map(|exit| exit.values()).collect();
    let layers = graph.nodes().iter().enumerate().filter(|(_, node)| node.op.is_layer());
    let numbers = layers.map(|(step, node)| {
        let tensors = node.op.tensors(&graph.inputs(step));
        LayerNumbers {
            step,
            name: node.name.clone(),
            weights: tensors[0].len(),
            activations: graph.fact(step + 1).shape.len(),
            answers: answers.contains(&(step + 1)),
        }
    });
    numbers.collect()
}

#[cfg(test)]
mod tests;
