//! A network as a straight line of steps over buffers, with everything folded that can be.
//!
//! One step is one node of the fused graph, its weights folded and packed. Buffers are assigned in advance, so that
//! running allocates nothing; any range of steps can run by itself.

use std::ops::Range;

use crate::graph::{Exit, Layout, Node, Value};
use crate::kernels::{Activation, Extent};
use crate::ops::{Inputs, Kernel};
use crate::weights::Weights;

/// Steps, and the extents of the buffers they use.
pub struct Program {
    steps: Vec<Step>,
    buffers: Vec<Extent>,
    /// The buffer of each value.
    places: Vec<usize>,
}

struct Step {
    kernel: Box<dyn Kernel>,
    from: Vec<usize>,
    to: usize,
}

/// Buffers of the programs that ran with it, reused from run to run.
#[derive(Default)]
pub struct Scratch {
    sets: Vec<(Vec<Extent>, Vec<Activation>)>,
}

impl Scratch {
    /// The buffers of a program.
    pub fn buffers(&mut self, program: &Program) -> &mut [Activation] {
        let known = self.sets.iter().position(|(extents, _)| *extents == program.buffers);
        let at = known.unwrap_or_else(|| {
            let buffers = program.buffers.iter().map(|extent| Activation::zeros(*extent, 1)).collect();
            self.sets.push((program.buffers.clone(), buffers));
            self.sets.len() - 1
        });
        &mut self.sets[at].1
    }
}

impl Program {
    /// Folds `weights` into the nodes of a graph.
    pub fn new(layout: &Layout, weights: &Weights) -> Self {
        let (places, buffers) = settle(layout);
        let step = |(index, node): (usize, &Node)| Step {
            kernel: node.op.compile(layout.site(index), weights),
            from: node.inputs.iter().map(|value| places[*value]).collect(),
            to: places[index + 1],
        };
        let steps = layout.graph.nodes().iter().enumerate().map(step).collect();
        Self { steps, buffers, places }
    }

    /// The buffer of a value, which holds it until nothing reads it any more.
    pub fn place(&self, value: Value) -> usize {
        self.places[value]
    }

    /// Runs some of the steps on what is in the buffers.
    pub fn run(&self, steps: Range<usize>, buffers: &mut [Activation]) {
        for step in &self.steps[steps] {
            let mut y = std::mem::replace(&mut buffers[step.to], Activation::none());
            step.kernel.run(Inputs::new(buffers, &step.from), &mut y);
            buffers[step.to] = y;
        }
    }

    /// The number of steps.
    pub fn len(&self) -> usize {
        self.steps.len()
    }
}

/// Gives values buffers: two of the same extent share one if the first is no longer read when the second is written.
/// Returns the buffer of each value, and the extent of each buffer.
fn settle(layout: &Layout) -> (Vec<usize>, Vec<Extent>) {
    let (graph, extents) = (&layout.graph, layout.extents());
    let nodes = graph.nodes();
    let mut last_read = vec![0; extents.len()];
    for (index, node) in nodes.iter().enumerate() {
        node.inputs.iter().for_each(|value| last_read[*value] = index);
    }
    // The image is written before the first step, and must keep the unused places of its layout.
    let kept = graph.exits().iter().flat_map(Exit::kept).chain([0]);
    kept.for_each(|value| last_read[value] = nodes.len());
    let mut buffers: Vec<Extent> = vec![extents[0]];
    let mut free: Vec<usize> = Vec::new();
    let mut places = vec![0; extents.len()];
    for (index, node) in nodes.iter().enumerate() {
        let to = index + 1;
        places[to] = match free.iter().position(|&buffer| buffers[buffer] == extents[to]) {
            Some(at) => free.swap_remove(at),
            None => {
                buffers.push(extents[to]);
                buffers.len() - 1
            }
        };
        for value in &node.inputs {
            // Only once, though a step may read a value twice.
            if last_read[*value] == index && !free.contains(&places[*value]) {
                free.push(places[*value]);
            }
        }
    }
    (places, buffers)
}
