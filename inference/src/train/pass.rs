//! Forward and backward through the nodes of a graph, on a chunk of images.

use std::sync::Arc;

use crate::graph::{Layout, Value};
use crate::kernels::{Activation, add};
use crate::ops::Tape;

/// Which nodes run, and between which values.
///
/// A pass starts from values that are given and ends in others that are wanted: the whole network, or the predictor head
/// alone.
pub struct Pass<'a> {
    layout: &'a Layout,
    given: Value,
    /// The nodes that are needed, in order.
    nodes: Vec<usize>,
    /// For each value, how many of them read it.
    readers: Vec<usize>,
    /// Whether something before a value is trained by this pass.
    trains: Vec<bool>,
}

impl<'a> Pass<'a> {
    /// The nodes between what is `given` and what is `wanted`.
    pub fn new(layout: &'a Layout, given: Value, wanted: &[Value]) -> Self {
        let nodes = layout.graph.nodes();
        let mut needed = vec![false; nodes.len() + 1];
        wanted.iter().for_each(|value| needed[*value] = true);
        for (index, node) in nodes.iter().enumerate().rev() {
            if needed[index + 1] && index + 1 != given {
                node.inputs.iter().for_each(|input| needed[*input] = true);
            }
        }
        let mut known = vec![false; needed.len()];
        known[given] = true;
        let mut pass = Self {
            layout,
            given,
            nodes: Vec::new(),
            readers: vec![0; needed.len()],
            trains: vec![false; needed.len()],
        };
        wanted.iter().for_each(|value| pass.readers[*value] += 1);
        for (index, node) in nodes.iter().enumerate() {
            if !needed[index + 1] || !node.inputs.iter().all(|input| known[*input]) || known[index + 1] {
                continue;
            }
            known[index + 1] = true;
            node.inputs.iter().for_each(|input| pass.readers[*input] += 1);
            let before = node.inputs.iter().any(|input| pass.trains[*input]);
            pass.trains[index + 1] = before || !node.own.parameters.is_empty();
            pass.nodes.push(index);
        }
        pass
    }

    /// Runs forward from the value that is given; returns those that are wanted.
    pub fn forward(
        &self,
        parameters: &[f32],
        given: Activation,
        wanted: &[Value],
        tape: &mut Tape,
    ) -> Vec<Arc<Activation>> {
        let mut left = self.readers.clone();
        let mut values: Vec<Option<Arc<Activation>>> = vec![None; left.len()];
        values[self.given] = Some(Arc::new(given));
        // The last reader gets the only copy, and may change it.
        let mut read = |values: &mut [Option<Arc<Activation>>], value: Value| {
            left[value] -= 1;
            let read = if left[value] == 0 { values[value].take() } else { values[value].clone() };
            read.expect("a value is made before it is read")
        };
        for &index in &self.nodes {
            let (site, node) = (self.layout.site(index), &self.layout.graph.nodes()[index]);
            let inputs = node.inputs.iter().map(|input| read(&mut values, *input)).collect();
            tape.begin();
            values[index + 1] = Some(node.op.forward(site, parameters, inputs, tape));
        }
        wanted.iter().map(|value| read(&mut values, *value)).collect()
    }

    /// Runs backward from the gradients of what was wanted; adds those of the parameters to `gradients`.
    pub fn backward(
        &self,
        parameters: &[f32],
        from: impl Iterator<Item = (Value, Activation)>,
        gradients: &mut [f32],
        tape: &mut Tape,
    ) {
        // Each value's gradients, those of later readers first.
        let mut parts: Vec<Vec<Activation>> = self.readers.iter().map(|_| Vec::new()).collect();
        for (value, gradient) in from {
            parts[value].push(gradient);
        }
        for &index in self.nodes.iter().rev() {
            let (site, node) = (self.layout.site(index), &self.layout.graph.nodes()[index]);
            if let Some(dy) = sum(std::mem::take(&mut parts[index + 1]), tape) {
                let wanted = node.inputs.iter().any(|input| self.trains[*input]);
                let dx = node.op.backward(site, parameters, dy, gradients, wanted, tape);
                for (input, dx) in node.inputs.iter().zip(dx) {
                    match dx {
                        Some(dx) if self.trains[*input] => parts[*input].push(dx),
                        Some(dx) => tape.give(dx),
                        None => {}
                    }
                }
            }
            tape.end();
        }
    }
}

/// The sum of gradients: that of the first reader, and what the later ones add to it.
fn sum(parts: Vec<Activation>, tape: &mut Tape) -> Option<Activation> {
    let mut parts = parts.into_iter().rev();
    let mut total = parts.next()?;
    for part in parts {
        add(total.lanes_mut(), part.lanes());
        tape.give(part);
    }
    Some(total)
}
