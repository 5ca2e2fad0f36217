//! How the values of a graph lie in memory.

use super::{Graph, Node, Value};
use crate::kernels::{Activation, Extent, Finish, LANES, Lane, lanes_of};
use crate::ops::{Affine, Tail};
use crate::weights::Weights;

/// What a graph is made ready for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Answering, with normalisations as training left them.
    Inference,
    /// Training, with normalisations over a chunk of images, and gradients.
    Training,
}

/// A fused graph with the layout of each value.
///
/// A value lies in a frame of zeros as wide as its readers' padding; values that are added up, or changed in place, are
/// laid out alike. The image is packed where only convolutions read it.
pub struct Layout {
    /// The graph, fused for the purpose.
    pub graph: Graph,
    extents: Vec<Extent>,
}

/// A node where it stands: with the layout of what it reads and writes.
#[derive(Clone, Copy)]
pub struct Site<'a> {
    /// The node.
    pub node: &'a Node,
    extents: &'a [Extent],
    output: Value,
}

impl Layout {
    /// Fuses a graph and lays it out.
    pub fn new(graph: &Graph, purpose: Purpose) -> Self {
        let graph = graph.fused(purpose);
        let alike = alike(&graph);
        let mut frames = vec![0; alike.len()];
        let mut widen = |value: Value, frame: usize| frames[alike[value]] = frame.max(frames[alike[value]]);
        for (index, node) in graph.nodes().iter().enumerate() {
            let frame = node.op.frame(graph.fact(node.inputs[0]).shape, graph.fact(index + 1).shape);
            widen(node.inputs[0], frame.input);
            if purpose == Purpose::Training {
                widen(index + 1, frame.gradient);
            }
        }
        let image = graph.fact(0).shape;
        let mut readers = graph.nodes().iter().filter(|node| node.inputs.contains(&0));
        let packed = image.channels < LANES && readers.all(|node| node.op.reads_packed());
        let extents = (0..alike.len()).map(|value| {
            let (shape, frame) = (graph.fact(value).shape, frames[alike[value]]);
            if value == 0 && packed { Extent::packed(shape, frame) } else { Extent::blocked(shape, frame) }
        });
        Self { extents: extents.collect(), graph }
    }

    /// The layout of a value.
    pub fn extent(&self, value: Value) -> Extent {
        self.extents[value]
    }

    /// The layouts of all values.
    pub fn extents(&self) -> &[Extent] {
        &self.extents
    }

    /// A node where it stands.
    pub fn site(&self, node: usize) -> Site<'_> {
        Site { node: &self.graph.nodes()[node], extents: &self.extents, output: node + 1 }
    }
}

/// For each value the first of those that are laid out alike.
fn alike(graph: &Graph) -> Vec<Value> {
    let mut first: Vec<Value> = (0..=graph.nodes().len()).collect();
    let mut join = |a: Value, b: Value| {
        let (low, high) = (first[a].min(first[b]), first[a].max(first[b]));
        first.iter_mut().filter(|value| **value == high).for_each(|value| *value = low);
    };
    for (index, node) in graph.nodes().iter().enumerate() {
        if node.op.in_place() {
            node.inputs.iter().for_each(|input| join(*input, index + 1));
        } else if node.tails.iter().any(|fused| fused.tail == Tail::Sum) {
            node.inputs.last().into_iter().for_each(|other| join(*other, index + 1));
        }
    }
    first
}

impl Site<'_> {
    /// The layout of an input.
    pub fn input(&self, input: usize) -> Extent {
        self.extents[self.node.inputs[input]]
    }

    /// The layout of the output.
    pub fn output(&self) -> Extent {
        self.extents[self.output]
    }

    /// The part of a vector of parameters, or of their gradients, that is the node's.
    pub fn parameters<'p>(&self, all: &'p [f32]) -> &'p [f32] {
        &all[self.node.parameters.clone()]
    }

    /// The same, to add to.
    pub fn gradients<'p>(&self, all: &'p mut [f32]) -> &'p mut [f32] {
        &mut all[self.node.parameters.clone()]
    }

    /// Whether the tail is part of the node.
    pub fn has(&self, tail: Tail) -> bool {
        self.node.tails.iter().any(|fused| fused.tail == tail)
    }

    /// The lower bound of what is written.
    pub fn floor(&self) -> f32 {
        if self.has(Tail::Rectifier) { 0.0 } else { f32::NEG_INFINITY }
    }

    /// What follows the sums of a layer with this bias (empty if it has none): a scale for each channel, if there is
    /// one, and what is done to the scaled sums.
    pub fn ending(&self, bias: &[f32], weights: &Weights) -> (Option<Vec<f32>>, Ending) {
        let affine = self.node.tails.iter().find(|fused| fused.tail == Tail::Affine).map(|fused| {
            Affine::scale_and_shift(
                &weights.parameters[fused.parameters.clone()],
                &weights.statistics[fused.statistics.clone()],
            )
        });
        let (scale, bias) = match affine {
            None => (None, bias.to_vec()),
            Some((scale, mut shift)) => {
                shift.iter_mut().zip(bias).zip(&scale).for_each(|((shift, bias), scale)| *shift += bias * scale);
                (Some(scale), shift)
            }
        };
        (scale, Ending { bias: lanes_of(&bias), floor: self.floor() })
    }
}

/// What a kernel does to its sums before it writes them.
pub struct Ending {
    bias: Vec<Lane>,
    floor: f32,
}

impl Ending {
    /// The same with another value to add, if there is one.
    pub fn finish<'a>(&'a self, other: Option<&'a Activation>) -> Finish<'a> {
        Finish { bias: &self.bias, other: other.map(Activation::lanes), floor: self.floor }
    }
}
