//! The pass that puts ops together which one kernel does in one go.
//!
//! An op may be a [`Tail`]: something done to every value of the op before it while that is still in a register. It is
//! put into the op that makes its first input if that op takes such a tail, nobody else reads what is in between, and
//! tails come in the order in which kernels do them.
//!
//! A normalisation that no layer before it takes over goes into the layer after it, if that is all that reads it: a scale
//! of what a sum reads is one of its weights. Whatever is left runs as a node of its own.

use std::collections::BTreeMap;

use super::{Exit, Fused, Graph, Head, Node, Value};
use crate::ops::{Purpose, Tail};

impl Graph {
    /// The same network in fewer nodes. A node stands where the last op in it stood, so that everything it reads is
    /// made before.
    pub(crate) fn fused(&self, purpose: Purpose) -> Graph {
        let heads = self.heads(purpose);
        // What each value that is left is called there. Nothing reads one that is not.
        let mut renamed: BTreeMap<Value, Value> = [(0, 0)].into();
        let mut fused = Graph { nodes: Vec::new(), facts: vec![self.facts[0]], exits: Vec::new(), ..self.clone() };
        for (index, &head) in heads.iter().enumerate() {
            if last_of(&heads, head) != index {
                continue;
            }
            let members = (head + 1..=index).filter(|member| heads[*member] == head).map(|member| &self.nodes[member]);
            let first = &self.nodes[head];
            let lead = (0..head).rfind(|member| heads[*member] == head).map(|member| &self.nodes[member]);
            let mut inputs = lead.unwrap_or(first).inputs.clone();
            let mut also: Vec<String> = lead.iter().map(|lead| lead.name.clone()).collect();
            let mut tails = Vec::new();
            for node in members {
                inputs.extend_from_slice(&node.inputs[1..]);
                also.push(node.name.clone());
                tails.extend(node.op.tail().map(|tail| Fused { tail, own: node.own.clone() }));
            }
            inputs.iter_mut().for_each(|value| *value = renamed[value]);
            let lead = lead.map(|lead| lead.own.clone());
            fused.nodes.push(Node { inputs, lead, tails, also, ..first.clone() });
            fused.facts.push(self.facts[index + 1]);
            renamed.insert(index + 1, fused.nodes.len());
        }
        let head = |Head { seen, unit }: Head| Head { seen: renamed[&seen], unit: renamed[&unit] };
        let exit = |exit: &Exit| Exit { logits: renamed[&exit.logits], predictor: exit.predictor.map(head) };
        fused.exits = self.exits.iter().map(exit).collect();
        fused
    }

    /// The node of the fused graph that each node is in.
    pub(super) fn steps(&self, purpose: Purpose) -> Vec<usize> {
        let heads = self.heads(purpose);
        let last = |node: usize| last_of(&heads, heads[node]);
        (0..heads.len()).map(|node| (0..last(node)).filter(|other| last(*other) == *other).count()).collect()
    }

    /// The node that each node goes into: itself, if it stays one.
    pub(super) fn heads(&self, purpose: Purpose) -> Vec<usize> {
        let mut readers = vec![0; self.facts.len()];
        self.nodes.iter().flat_map(|node| &node.inputs).for_each(|value| readers[*value] += 1);
        self.exits.iter().flat_map(Exit::kept).for_each(|value| readers[value] += 1);
        let mut heads: Vec<usize> = Vec::new();
        // The last tail of each head so far.
        let mut taken: Vec<Option<Tail>> = vec![None; self.nodes.len()];
        for (index, node) in self.nodes.iter().enumerate() {
            let first = node.inputs[0];
            let head = node.op.tail().zip(first.checked_sub(1)).and_then(|(tail, before)| {
                let head = heads[before];
                let fits = readers[first] == 1
                    && taken[head].is_none_or(|last| last < tail)
                    && self.nodes[head].op.takes(tail, purpose);
                fits.then(|| {
                    taken[head] = Some(tail);
                    head
                })
            });
            heads.push(head.unwrap_or(index));
        }
        for index in 0..self.nodes.len() {
            let alone = heads[index] == index && taken[index].is_none() && readers[index + 1] == 1;
            if purpose == Purpose::Inference && alone && self.nodes[index].op.tail() == Some(Tail::Affine) {
                let reader = self.nodes.iter().position(|node| node.inputs[0] == index + 1 && node.op.takes_lead());
                heads[index] = reader.unwrap_or(index);
            }
        }
        heads
    }
}

/// The last of the nodes that go into `head`, itself if none comes after it.
fn last_of(heads: &[usize], head: usize) -> usize {
    heads.iter().rposition(|of| *of == head).unwrap_or(head)
}
