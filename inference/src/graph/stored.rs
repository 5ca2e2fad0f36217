//! How the numbers of a graph are stored when some of its layers are computed in integers.
//!
//! A layer's bit-widths are those of its weights and of what it makes. What it makes stays in integers until somebody
//! needs real numbers:
//!
//! - an answer is read as it is, and never rounded;
//! - an op that only moves numbers passes the codes on;
//! - any other op without weights is computed in floats and makes 8 bits, if all that it reads are integers;
//! - what a float has been made of stays a float, until a layer in integers reads it, which rounds it to 8 bits for
//!   itself.
//!
//! The image has 8 bits, as its pixels have, if layers in integers are all that reads it.

use super::{Exit, Graph, Value};
use crate::ops::{Format, Purpose};
use crate::quantise::Bits;

/// How many bits the numbers of a layer have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BitWidths {
    /// Its weights.
    pub weights: Bits,
    /// What it makes.
    pub activations: Bits,
}

impl BitWidths {
    /// As many for both.
    pub const fn both(bits: Bits) -> Self {
        Self { weights: bits, activations: bits }
    }
}

/// How a value of a fused graph is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// In floats.
    Floats,
    /// In integers on a grid of its own.
    Own(Bits),
    /// In codes of an earlier value's grid.
    Of(Value),
}

/// How the numbers of a graph are stored; values and nodes are those of the graph fused for inference.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Each value.
    pub values: Vec<Numbers>,
    /// For each node that is a layer in integers, its bit-widths.
    pub layers: Vec<Option<BitWidths>>,
}

impl Stored {
    /// How the numbers of `graph`, which is fused, are stored if these nodes are layers in integers.
    pub fn new(graph: &Graph, layers: Vec<Option<BitWidths>>) -> Self {
        let answers: Vec<Value> = graph.exits().iter().flat_map(Exit::values).collect();
        let mut readers = graph.nodes().iter().zip(&layers).filter(|(node, _)| node.inputs.contains(&0));
        let image = if readers.all(|(_, layer)| layer.is_some()) { Numbers::Own(Bits::EIGHT) } else { Numbers::Floats };
        let mut stored = Self { values: vec![image], layers };
        for (index, node) in graph.nodes().iter().enumerate() {
            let integers = node.inputs.iter().all(|input| stored.values[*input] != Numbers::Floats);
            let numbers = match stored.layers[index] {
                _ if answers.contains(&(index + 1)) => Numbers::Floats,
                Some(BitWidths { activations, .. }) => Numbers::Own(activations),
                None if node.op.is_layer() || !integers => Numbers::Floats,
                None if node.op.only_moves() && node.tails.is_empty() => Numbers::Of(stored.origin(node.inputs[0])),
                None => Numbers::Own(Bits::EIGHT),
            };
            stored.values.push(numbers);
        }
        stored
    }

    /// The value whose grid another one has.
    pub fn origin(&self, value: Value) -> Value {
        match self.values[value] {
            Numbers::Of(value) => value,
            Numbers::Own(_) | Numbers::Floats => value,
        }
    }

    /// The format of a value.
    pub fn format(&self, value: Value) -> Format {
        match self.values[self.origin(value)] {
            Numbers::Own(bits) => Format::Integer(bits),
            Numbers::Of(_) | Numbers::Floats => Format::F32,
        }
    }
}

impl Graph {
    /// The same graph, which is not fused, with its numbers stored like this.
    ///
    /// What is inside a node of the fused graph is stored as what the node makes: where a device does not fuse a sum, it
    /// stores what it sums up.
    pub(crate) fn stored(mut self, stored: &Stored) -> Self {
        let steps = self.steps(Purpose::Inference);
        self.facts[0].format = stored.format(0);
        for (index, step) in steps.iter().enumerate() {
            self.facts[index + 1].format = stored.format(step + 1);
            if let (true, Some(widths)) = (self.nodes[index].op.is_layer(), stored.layers[*step]) {
                self.nodes[index].weights = Format::Integer(widths.weights);
            }
        }
        self
    }
}
