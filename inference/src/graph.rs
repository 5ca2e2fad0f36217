//! A network as a graph of operations.
//!
//! Value 0 is the image; node i makes value i + 1 from values before it, so the order of the nodes is an order in which
//! they can run. Of every value the graph knows a [`Fact`] before anything runs. An [`Exit`] is a place where the
//! network can answer, a [`Cut`] one where it can be taken apart.
//!
//! All trainable parameters of a network form one flat vector and all running statistics another, so that optimisers,
//! checkpoints and gradient sums need no knowledge of ops. A [`Slot`] maps between the vectors and the named tensors of
//! a weights file.

mod fuse;
mod layout;
#[cfg(test)]
mod networks;
#[cfg(test)]
pub mod plain;
mod work;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::kernels::Shape;
use crate::ops::{Op, Role, Tail, Tensor};
pub(crate) use layout::{Ending, Layout, Purpose, Site};
pub use work::{Cost, LayerCost};

/// A value of a graph: its number.
pub type Value = usize;

/// What is known of a value before anything runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fact {
    /// Rows, columns and channels.
    pub shape: Shape,
    /// How its numbers are stored.
    pub format: Format,
}

/// How numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// IEEE single precision.
    F32,
}

impl Format {
    /// Bits of a number.
    pub const fn bits(self) -> u64 {
        match self {
            Format::F32 => 32,
        }
    }
}

impl Fact {
    /// Single precision of this shape.
    pub const fn f32(shape: Shape) -> Self {
        Self { shape, format: Format::F32 }
    }

    /// Bits of all its numbers.
    pub const fn bits(self) -> u64 {
        self.shape.len() as u64 * self.format.bits()
    }
}

/// An op in its place.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it does.
    pub(crate) op: Arc<dyn Op>,
    /// What its tensors are called in a weights file, before the dot; empty if it has none.
    pub name: String,
    /// What it reads, and after that what its tails read.
    pub inputs: Vec<Value>,
    /// Its trainable parameters.
    pub(crate) parameters: Range<usize>,
    /// Its running statistics.
    pub(crate) statistics: Range<usize>,
    /// Ops that are done together with it, in order: none before [`Graph::fused`].
    pub(crate) tails: Vec<Fused>,
}

/// What it does, and what is done together with it: `conv + norm + relu`.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.op.name())?;
        self.tails.iter().try_for_each(|fused| write!(f, " + {}", fused.tail))
    }
}

/// An op that is done together with the one before it, on every value before it is written.
#[derive(Clone, Debug)]
pub(crate) struct Fused {
    /// What is done.
    pub tail: Tail,
    /// The parameters of the op that it was.
    pub parameters: Range<usize>,
    /// Its running statistics.
    pub statistics: Range<usize>,
}

/// A place where a network can answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit {
    /// A number for each class.
    pub logits: Value,
    /// The second head, if there is one.
    pub predictor: Option<Head>,
}

/// A head that predicts whether an answer will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// What it reads.
    pub seen: Value,
    /// What it comes to, before the sigmoid.
    pub unit: Value,
    /// The first value that is its own: those from here to `unit` are made from `seen`.
    pub first: Value,
}

impl Exit {
    /// What an answer is read from.
    pub(crate) fn values(&self) -> impl Iterator<Item = Value> {
        [self.logits].into_iter().chain(self.predictor.map(|predictor| predictor.unit))
    }

    /// What is read after a run: the answer, and what the predictor saw.
    pub(crate) fn kept(&self) -> impl Iterator<Item = Value> {
        self.values().chain(self.predictor.map(|predictor| predictor.seen))
    }
}

/// A named tensor and its place in the vector of parameters or statistics.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    /// Name in a weights file, as in PyTorch.
    pub name: String,
    /// What is in it.
    pub tensor: Tensor,
    /// Where it starts.
    pub at: usize,
}

/// What crosses where a network is taken apart: values of the first part that the second one reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The values, in the order in which they are made.
    pub values: Vec<Value>,
    /// Bits of all of them.
    pub bits: u64,
}

/// A network as nodes, with exits where answers are read.
#[derive(Clone, Debug)]
pub struct Graph {
    nodes: Vec<Node>,
    facts: Vec<Fact>,
    exits: Vec<Exit>,
    slots: Vec<Slot>,
    parameters: usize,
    statistics: usize,
}

impl Graph {
    /// A graph without nodes over an image.
    pub(crate) fn new(image: Fact) -> Self {
        Self {
            nodes: Vec::new(),
            facts: vec![image],
            exits: Vec::new(),
            slots: Vec::new(),
            parameters: 0,
            statistics: 0,
        }
    }

    /// Adds an op and returns the value it makes; `name` is what its tensors are called.
    ///
    /// # Errors
    /// If the op does not take these inputs: a sentence that begins with the op's name.
    ///
    /// # Panics
    /// If an input is no value of this graph.
    pub(crate) fn add(&mut self, name: &str, op: impl Op + 'static, inputs: &[Value]) -> Result<Value, String> {
        let facts: Vec<Fact> = inputs.iter().map(|input| self.facts[*input]).collect();
        let fact = op.fact(&facts).map_err(|what| format!("{}: {what}", op.name()))?;
        let (parameters, statistics) = (self.parameters, self.statistics);
        for tensor in op.tensors(&facts) {
            let total = match tensor.role {
                Role::Statistic(_) => &mut self.statistics,
                Role::Weights { .. } | Role::Vector(_) => &mut self.parameters,
            };
            let at = *total;
            *total += tensor.len();
            self.slots.push(Slot { name: format!("{name}.{}", tensor.name), tensor, at });
        }
        self.nodes.push(Node {
            op: Arc::new(op),
            name: name.to_owned(),
            inputs: inputs.to_vec(),
            parameters: parameters..self.parameters,
            statistics: statistics..self.statistics,
            tails: Vec::new(),
        });
        self.facts.push(fact);
        Ok(self.nodes.len())
    }

    /// Adds a place where the network can answer.
    pub(crate) fn add_exit(&mut self, exit: Exit) {
        self.exits.push(exit);
    }

    /// Its nodes, in an order in which they can run.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// What is known of a value.
    pub fn fact(&self, value: Value) -> Fact {
        self.facts[value]
    }

    /// What is known of the inputs of a node, those of its tails included.
    pub(crate) fn inputs(&self, node: usize) -> Vec<Fact> {
        self.nodes[node].inputs.iter().map(|input| self.facts[*input]).collect()
    }

    /// Where it can answer, earliest first.
    pub fn exits(&self) -> &[Exit] {
        &self.exits
    }

    /// The tensors of a weights file.
    pub(crate) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// Length of the vector of trainable parameters.
    pub(crate) fn parameters(&self) -> usize {
        self.parameters
    }

    /// Length of the vector of running statistics.
    pub(crate) fn statistics(&self) -> usize {
        self.statistics
    }

    /// The range of the parameters that only the predictor head of the last exit has.
    pub(crate) fn predictor_parameters(&self) -> Range<usize> {
        let predictor = self.exits.last().and_then(|exit| exit.predictor);
        let own = predictor.map_or(&[][..], |predictor| &self.nodes[predictor.first - 1..predictor.unit]);
        match own {
            [first, .., last] => first.parameters.start..last.parameters.end,
            [only] => only.parameters.clone(),
            [] => self.parameters..self.parameters,
        }
    }

    /// What crosses between the first `n` nodes and the others. An answer that is complete before does not cross.
    ///
    /// # Panics
    /// If there are not that many nodes.
    pub fn cut(&self, n: usize) -> Cut {
        let pending = self.exits.iter().filter(|exit| exit.values().any(|value| value > n));
        let answers: Vec<Value> = pending.flat_map(Exit::values).collect();
        let read: Vec<Value> =
            self.nodes[n..].iter().flat_map(|node| node.inputs.iter().copied()).chain(answers).collect();
        let values: Vec<Value> = (0..=n).filter(|value| read.contains(value)).collect();
        let bits = values.iter().map(|value| self.facts[*value].bits()).sum();
        Cut { values, bits }
    }
}

#[cfg(test)]
mod tests;
