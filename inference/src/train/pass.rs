//! Forward and backward through the nodes of a graph, on a chunk of images.

use std::ops::Range;
use std::sync::Arc;

use crate::graph::{Layout, Site, Value};
use crate::kernels::{Activation, Extent, Moments, add, pass_where_positive};
use crate::ops::Tail;

/// What the forward pass saves for the backward pass, last node on top, and buffers for both.
///
/// Saved activations are shared, since one node's output is the next one's input.
#[derive(Default)]
pub struct Tape {
    saved: Vec<Arc<Activation>>,
    /// What normalisations saw.
    pub seen: Vec<Seen>,
    variances: Vec<Vec<f32>>,
    /// For each node that ran, how much was saved before it.
    marks: Vec<(usize, usize)>,
    free: Vec<Activation>,
}

/// What a normalisation saw of a chunk.
pub struct Seen {
    /// Its running statistics: means, then variances.
    pub statistics: Range<usize>,
    /// Pixels of all images.
    pub samples: usize,
    /// Their moments.
    pub moments: Moments,
}

impl Tape {
    /// A buffer with arbitrary contents inside its frames, which are zero.
    pub fn take(&mut self, extent: Extent, images: usize) -> Activation {
        let fits = |free: &Activation| free.extent() == extent && free.images() == images;
        match self.free.iter().rposition(fits) {
            Some(at) => self.free.swap_remove(at),
            None => Activation::zeros(extent, images),
        }
    }

    /// Takes a buffer back.
    pub fn give(&mut self, buffer: Activation) {
        self.free.push(buffer);
    }

    /// Takes a shared buffer back, if it is not used elsewhere.
    pub fn release(&mut self, buffer: Arc<Activation>) {
        self.free.extend(Arc::into_inner(buffer));
    }

    /// Begins a node's part.
    fn begin(&mut self) {
        self.marks.push((self.saved.len(), self.variances.len()));
    }

    /// Drops what is left of the last node's part.
    fn end(&mut self) {
        let (saved, variances) = self.marks.pop().unwrap_or_default();
        while self.saved.len() > saved {
            let unused = self.pop();
            self.release(unused);
        }
        self.variances.truncate(variances);
    }

    /// Keeps an activation for the backward pass.
    pub fn save(&mut self, activation: Arc<Activation>) {
        self.saved.push(activation);
    }

    /// What was saved last.
    pub fn pop(&mut self) -> Arc<Activation> {
        self.saved.pop().unwrap_or_else(|| Arc::new(Activation::none()))
    }

    /// Keeps what a normalisation saw.
    pub fn save_moments(&mut self, statistics: Range<usize>, samples: usize, moments: Moments) {
        self.variances.push(moments.variance.clone());
        self.seen.push(Seen { statistics, samples, moments });
    }

    /// The variances that were saved last.
    pub fn pop_variance(&mut self) -> Vec<f32> {
        self.variances.pop().unwrap_or_default()
    }

    /// Shares the output of a node, and keeps it if a rectifier is part of the node.
    pub fn save_rectified(&mut self, site: &Site, y: Activation) -> Arc<Activation> {
        let y = Arc::new(y);
        if site.has(Tail::Rectifier) {
            self.save(Arc::clone(&y));
        }
        y
    }

    /// dy ← the gradient before the rectifier, if one is part of the node.
    pub fn pass_rectifier(&mut self, site: &Site, dy: &mut Activation) {
        if site.has(Tail::Rectifier) {
            let y = self.pop();
            pass_where_positive(dy.lanes_mut(), y.lanes());
            self.release(y);
        }
    }
}

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
            pass.trains[index + 1] = before || !node.parameters.is_empty();
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
            read.unwrap_or_else(|| Arc::new(Activation::none()))
        };
        for &index in &self.nodes {
            let site = self.layout.site(index);
            let inputs = site.node.inputs.iter().map(|input| read(&mut values, *input)).collect();
            tape.begin();
            values[index + 1] = Some(site.node.op.forward(&site, parameters, inputs, tape));
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
            let site = self.layout.site(index);
            if let Some(dy) = sum(std::mem::take(&mut parts[index + 1]), tape) {
                let wanted = site.node.inputs.iter().any(|input| self.trains[*input]);
                let dx = site.node.op.backward(&site, parameters, dy, gradients, wanted, tape);
                for (input, dx) in site.node.inputs.iter().zip(dx) {
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
