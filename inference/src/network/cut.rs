//! The places where a network can be taken apart.
//!
//! Their one coordinate is the step: cut n has n steps before it, from 0, where the image crosses, to the number of steps,
//! after which only the answer is left to be sent. Whatever the steps after a cut read crosses it, the second tensor of
//! a residual block as well as the first, so that a network can be cut anywhere, within blocks and between exits.
//!
//! A device is charged by layers, of which a step may do several (a sum is a layer of its own where it is part of a
//! convolution here) or none (flattening). No layer is divided between steps, and layers come in the order of the steps,
//! so those before a cut are the first [`Cut::layers_before`] of [`Network::layer_costs`](super::Network::layer_costs).
//!
//! People name a cut by its number or by the layer it comes after ([`CutName`]).

mod name;

use crate::coding::{Coding, Sent};
use crate::graph::{Graph, Value};
use crate::kernels::Shape;
use crate::nearest::nearest;
use crate::ops::LayerCost;
use crate::quantise::Grid;
pub use name::{CutError, CutName};

/// What the cut before the first step comes after.
const INPUT: &str = "input";

/// A place where a network can be taken apart: before a step, or after the last.
#[derive(Clone, Debug, PartialEq)]
pub struct Cut {
    /// Its number: how many steps come before it.
    pub step: usize,
    /// The layers that the step before it does, the first of which it is named after; `input` before the first step.
    pub after: Vec<String>,
    /// What crosses, in the order in which it is made: nothing after the last step.
    pub tensors: Vec<CutTensor>,
    /// How many of the layers that are charged come before it.
    pub layers_before: usize,
    /// How many come after it.
    pub layers_after: usize,
    /// Multiply-accumulates before it.
    pub macs_before: u64,
    /// Multiply-accumulates after it.
    pub macs_after: u64,
}

/// A tensor that crosses.
#[derive(Clone, Debug, PartialEq)]
pub struct CutTensor {
    /// The value of the network's graph.
    pub value: Value,
    /// The layer that made it; `input` for the image.
    pub of: String,
    /// Its rows, columns and channels.
    pub shape: Shape,
    /// The grid of its codes, if it is in integers.
    pub grid: Option<Grid>,
}

impl Cut {
    /// What it is called.
    pub fn name(&self) -> &str {
        &self.after[0]
    }

    /// Whether nothing is left to run, and only the answer to be sent.
    pub fn is_end(&self) -> bool {
        self.tensors.is_empty()
    }

    /// The shapes of what crosses.
    pub fn shapes(&self) -> impl Iterator<Item = Shape> + Clone {
        self.tensors.iter().map(|tensor| tensor.shape)
    }

    /// What crosses, as both sides know it.
    pub fn sent(&self) -> impl Iterator<Item = Sent> + Clone {
        self.tensors.iter().map(|tensor| Sent { shape: tensor.shape, grid: tensor.grid })
    }

    /// Bytes of what crosses; none if they are compressed, as that depends on the image.
    pub fn size(&self, coding: Coding) -> Option<u64> {
        if self.is_end() { Some(0) } else { coding.size(self.sent()) }
    }
}

/// Every cut of a fused graph with these charged layers, by number; `grid` says which values are in codes, and on which.
pub fn cuts(graph: &Graph, layers: &[LayerCost], grid: impl Fn(Value) -> Option<Grid>) -> Vec<Cut> {
    let after = |step: usize| match step.checked_sub(1).map(|last| &graph.nodes()[last]) {
        None => vec![INPUT.to_owned()],
        Some(node) => [&node.name].into_iter().chain(&node.also).cloned().collect(),
    };
    let cut = |step: usize| {
        // Value i is what step i - 1 makes.
        let tensor = |value: Value| CutTensor {
            value,
            of: after(value).swap_remove(0),
            shape: graph.fact(value).shape,
            grid: grid(value),
        };
        let (before, rest) = layers.split_at(layers.partition_point(|layer| layer.step < step));
        let macs = |layers: &[LayerCost]| layers.iter().map(|layer| layer.macs).sum();
        Cut {
            step,
            after: after(step),
            tensors: graph.crossing(step).into_iter().map(tensor).collect(),
            layers_before: before.len(),
            layers_after: rest.len(),
            macs_before: macs(before),
            macs_after: macs(rest),
        }
    };
    (0..=graph.nodes().len()).map(cut).collect()
}

/// The cut of that name.
///
/// # Errors
/// If there is none.
pub fn find<'a>(cuts: &'a [Cut], name: &CutName, network: &str) -> Result<&'a Cut, CutError> {
    let layer = match name {
        CutName::Steps(steps) => {
            let error = || CutError::Steps { network: network.to_owned(), wanted: *steps, steps: cuts.len() - 1 };
            return cuts.get(*steps).ok_or_else(error);
        }
        CutName::Layer(layer) => layer,
    };
    let is_in = |name: &String| name.strip_prefix(layer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    cuts.iter().rfind(|cut| cut.after.iter().any(is_in)).ok_or_else(|| {
        let names = cuts.iter().flat_map(|cut| &cut.after);
        // Blocks may be named as well as layers: `extractor.1` as well as `extractor.1.first`.
        let ends = |name: &'a String| name.match_indices('.').map(|(at, _)| at).chain([name.len()]);
        let known = names.clone().flat_map(|name| ends(name).map(move |end| &name[..end]));
        CutError::Layer {
            network: network.to_owned(),
            wanted: layer.clone(),
            nearest: nearest(layer, known).map(str::to_owned),
            names: cuts.iter().map(|cut| cut.name().to_owned()).collect(),
        }
    })
}

#[cfg(test)]
mod tests;
