//! A network as a graph of operations.
//!
//! Value 0 is the image; node i makes value i + 1 from values before it, so the order of the nodes is an order in which
//! they can run. Of every value the graph knows a [`Fact`] before anything runs. An [`Exit`] is a place where the
//! network can answer.
//!
//! Nodes are ops in their places; what an op is and does is in [`ops`](crate::ops). Each node has a part of the
//! network's [values](crate::weights).

mod fuse;
mod layout;
mod stored;
mod work;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::error::RefusedOp;
use crate::ops::{Fact, Format, Fused, Op, Tail};
use crate::weights::{Slots, Span};
pub(crate) use layout::Layout;
pub use stored::BitWidths;
pub(crate) use stored::{Numbers, Stored};

/// A value of a graph: its number.
pub type Value = usize;

/// An op in its place.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it does.
    pub(crate) op: Arc<dyn Op>,
    /// What it is called; in a weights file, its tensors are called so before the last dot.
    pub name: String,
    /// What the ops are called that are done together with it.
    pub also: Vec<String>,
    /// What it reads, and after that what its tails read.
    pub inputs: Vec<Value>,
    /// Its parameters and statistics.
    pub(crate) own: Span,
    /// How its weights are stored, if it has some.
    pub weights: Format,
    /// The values of a normalisation of what it reads that is done together with it: none before [`Graph::fused`].
    pub(crate) lead: Option<Span>,
    /// Ops that are done together with it, in order: none before [`Graph::fused`].
    pub(crate) tails: Vec<Fused>,
}

/// What it does, and what is done together with it: `conv + norm + relu`.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if self.lead.is_some() {
            write!(f, "{} + ", Tail::Affine)?;
        }
        f.write_str(self.op.name())?;
        self.tails.iter().try_for_each(|fused| write!(f, " + {}", fused.tail))
    }
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
    /// What it comes to, before the sigmoid: a number, or two.
    pub unit: Value,
}

impl Exit {
    /// What an answer is read from.
    pub(crate) fn values(&self) -> impl Iterator<Item = Value> + use<> {
        [self.logits].into_iter().chain(self.predictor.map(|predictor| predictor.unit))
    }

    /// What is read after a run: the answer, and what the predictor saw.
    pub(crate) fn kept(&self) -> impl Iterator<Item = Value> {
        self.values().chain(self.predictor.map(|predictor| predictor.seen))
    }
}

/// A network as nodes, with exits where answers are read.
#[derive(Clone, Debug)]
pub struct Graph {
    nodes: Vec<Node>,
    facts: Vec<Fact>,
    exits: Vec<Exit>,
    slots: Slots,
}

impl Graph {
    /// A graph without nodes over an image.
    pub(crate) fn new(image: Fact) -> Self {
        Self { nodes: Vec::new(), facts: vec![image], exits: Vec::new(), slots: Slots::default() }
    }

    /// Adds an op and returns the value it makes.
    ///
    /// # Errors
    /// If the op does not take these inputs.
    ///
    /// # Panics
    /// If an input is no value of this graph.
    pub(crate) fn add(&mut self, name: &str, op: impl Op + 'static, inputs: &[Value]) -> Result<Value, RefusedOp> {
        let facts: Vec<Fact> = inputs.iter().map(|input| self.facts[*input]).collect();
        let fact = op.fact(&facts).map_err(|source| RefusedOp { op: op.name(), source })?;
        let own = self.slots.add(name, op.tensors(&facts));
        let (name, inputs) = (name.to_owned(), inputs.to_vec());
        let (op, weights) = (Arc::new(op), Format::F32);
        self.nodes.push(Node { op, name, also: Vec::new(), inputs, own, weights, lead: None, tails: Vec::new() });
        self.facts.push(fact);
        Ok(self.nodes.len())
    }

    /// Adds a place where the network can answer, after those that are reached before.
    pub(crate) fn add_exit(&mut self, exit: Exit) {
        self.exits.push(exit);
        debug_assert!((0..self.exits.len()).is_sorted_by_key(|exit| self.steps_to(exit)), "earliest first");
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

    /// How many nodes must have run for an exit to answer.
    ///
    /// # Panics
    /// If there is no such exit.
    pub fn steps_to(&self, exit: usize) -> usize {
        // Node i makes value i + 1.
        let Exit { logits, predictor } = self.exits[exit];
        predictor.map_or(logits, |head| logits.max(head.unit))
    }

    /// Where it answers if it runs to the end.
    ///
    /// # Panics
    /// If no exit was added.
    pub(crate) fn last_exit(&self) -> Exit {
        *self.exits.last().expect("a network answers somewhere")
    }

    /// The tensors of a weights file.
    pub(crate) fn slots(&self) -> &Slots {
        &self.slots
    }

    /// The parameters that only this head has: those of the nodes between what it sees and its unit.
    pub(crate) fn parameters_of(&self, head: Head) -> Range<usize> {
        let mut needed = vec![false; self.facts.len()];
        needed[head.unit] = true;
        let mut own = self.nodes[head.unit - 1].own.parameters.clone();
        for (index, node) in self.nodes.iter().enumerate().take(head.unit).skip(head.seen).rev() {
            if needed[index + 1] {
                node.inputs.iter().filter(|input| **input != head.seen).for_each(|input| needed[*input] = true);
                own.start = own.start.min(node.own.parameters.start);
            }
        }
        own
    }

    /// What crosses between the first `n` nodes and the others: all values of the first that the others read, in the
    /// order in which they are made. An answer that is complete before does not cross, so that nothing crosses after the
    /// last node.
    ///
    /// # Panics
    /// If there are not that many nodes.
    pub fn crossing(&self, n: usize) -> Vec<Value> {
        let pending = self.exits.iter().filter(|exit| exit.values().any(|value| value > n));
        let answers: Vec<Value> = pending.flat_map(Exit::values).collect();
        let read: Vec<Value> =
            self.nodes[n..].iter().flat_map(|node| node.inputs.iter().copied()).chain(answers).collect();
        (0..=n).filter(|value| read.contains(value)).collect()
    }
}

#[cfg(test)]
mod tests;
