//! A network step by step, as a planner of cuts and bit-widths sees it.

use super::{Calibrated, LayerNumbers};
use crate::graph::{BitWidths, Stored, Value};
use crate::ops::LayerCost;

/// A step of a network, and what decides how wide the numbers are that it makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepNumbers {
    /// What it reads: 0 is the image, i + 1 what step i makes.
    pub reads: Vec<Value>,
    /// How many numbers it makes.
    pub activations: usize,
    /// What decides how wide they are.
    pub width: StepWidth,
}

/// What decides how wide the numbers are that a step makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepWidth {
    /// It is the layer of that number, which has widths of its own.
    Layer(usize),
    /// It only moves numbers: they stay as wide as they are.
    Moves,
    /// Of integers it makes integers of 8 bits.
    Eight,
}

impl Calibrated {
    /// Its steps, in the order in which they run.
    pub fn steps(&self) -> Vec<StepNumbers> {
        let graph = &self.layout.graph;
        let step = |(number, node): (usize, &crate::Node)| StepNumbers {
            reads: node.inputs.clone(),
            activations: graph.fact(number + 1).shape.len(),
            width: match self.layers.iter().position(|LayerNumbers { step, .. }| *step == number) {
                Some(layer) => StepWidth::Layer(layer),
                None if node.op.only_moves() && node.tails.is_empty() && node.inputs.len() == 1 => StepWidth::Moves,
                None => StepWidth::Eight,
            },
        };
        graph.nodes().iter().enumerate().map(step).collect()
    }

    /// What each layer that is charged costs, with these bit-widths of the [layers](Calibrated::layers): what
    /// [`Network::layer_costs`](crate::Network::layer_costs) says of the network that has them.
    ///
    /// # Panics
    /// If there are bit-widths for more or fewer layers.
    pub fn costs(&self, widths: &[Option<BitWidths>]) -> Vec<LayerCost> {
        assert_eq!(widths.len(), self.layers.len(), "bit-widths for each layer");
        if widths.iter().all(Option::is_none) {
            return self.model.graph.layer_costs();
        }
        let mut steps = vec![None; self.layout.graph.nodes().len()];
        for (layer, widths) in self.layers.iter().zip(widths) {
            steps[layer.step] = *widths;
        }
        self.model.graph.clone().stored(&Stored::new(&self.layout.graph, steps)).layer_costs()
    }
}
