//! How the values of a graph lie in memory.

use super::{Graph, Value};
use crate::kernels::{Extent, LANES};
use crate::ops::{Purpose, Site, Tail};

/// A fused graph with the layout of each value.
///
/// A value lies in a frame of zeros as wide as its readers' padding; values that are added up, or changed in place, are
/// laid out alike. The image is packed where only convolutions read it.
pub struct Layout {
    /// The graph, fused for the purpose.
    pub graph: Graph,
    extents: Vec<Extent>,
    /// Where each node stands.
    sites: Vec<Site>,
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
        let extents: Vec<Extent> = extents.collect();
        let sites = graph.nodes().iter().enumerate().map(|(index, node)| Site {
            inputs: node.inputs.iter().map(|input| extents[*input]).collect(),
            output: extents[index + 1],
            own: node.own.clone(),
            lead: node.lead.clone(),
            tails: node.tails.clone(),
        });
        Self { sites: sites.collect(), extents, graph }
    }

    /// The layout of a value.
    pub fn extent(&self, value: Value) -> Extent {
        self.extents[value]
    }

    /// The layouts of all values.
    pub fn extents(&self) -> &[Extent] {
        &self.extents
    }

    /// Where a node stands.
    pub fn site(&self, node: usize) -> &Site {
        &self.sites[node]
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
