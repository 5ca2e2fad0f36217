//! A pass of a network over one image, from exit to exit.

use super::Network;
use crate::kernels::Activation;
use crate::program::Buffers;
use crate::scores::Answer;

/// What crosses a cut of a network for one image: the numbers that [`Network::resume`] goes on with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Crossing {
    /// How many steps were run before.
    pub cut: usize,
    /// Value after value, channels-last.
    pub values: Vec<f32>,
}

/// A pass in progress over one image: an iterator over the answers of the network's exits, earliest first.
///
/// Each answer runs the steps up to its exit and no further, and what was run is not run again. Whoever is content with
/// an answer stops there; what the rest of the network needs can [cross](Inference::cross) to where it runs.
pub struct Inference<'a> {
    network: &'a Network,
    buffers: &'a mut Buffers,
    /// Steps that have been run.
    done: usize,
    /// The exit that answers next.
    exit: usize,
}

impl<'a> Inference<'a> {
    /// After `done` steps, with what they made in `buffers`.
    pub(super) fn at(network: &'a Network, done: usize, buffers: &'a mut Buffers) -> Self {
        let graph = &network.graph;
        let exit = (0..graph.exits().len()).take_while(|exit| graph.steps_to(*exit) <= done).count();
        Self { network, buffers, done, exit }
    }

    /// Runs steps until so many are done.
    pub(crate) fn advance(&mut self, steps: usize) {
        self.network.program.run(self.done..steps, self.buffers);
        self.done = steps;
    }

    /// Copies what the rest of the network needs of what was run, to [resume](Network::resume) from elsewhere.
    ///
    /// # Panics
    /// After the last exit, when nothing is left to run.
    pub fn cross(&self, crossing: &mut Crossing) {
        let cut = self.network.cut(self.done);
        assert!(!cut.is_end(), "nothing is left to run");
        crossing.cut = self.done;
        crossing.values.clear();
        for tensor in &cut.tensors {
            self.buffers.append(self.network.program.place(tensor.value), &mut crossing.values);
        }
    }

    /// Runs all that is left; the answer of the last exit.
    pub fn finish(self) -> Answer {
        let last = self.network.graph.exits().len() - 1;
        self.finish_at(last)
    }

    /// Runs what is left up to the exit of that number; its answer.
    ///
    /// # Panics
    /// If there is no such exit, or more has been run already.
    pub fn finish_at(mut self, exit: usize) -> Answer {
        self.advance(self.network.graph.steps_to(exit));
        self.network.answer(&self.network.graph.exits()[exit], self.buffers)
    }

    /// Runs all that is left; for each exit, earliest first, `read` gets its number, what its predictor reads, if there
    /// is one, and its logits.
    pub(crate) fn heads(mut self, mut read: impl FnMut(usize, Option<&Activation>, &Activation)) {
        self.advance(self.network.program.len());
        let of = |value| self.buffers.floats(self.network.program.place(value));
        for (number, exit) in self.network.graph.exits().iter().enumerate() {
            read(number, exit.predictor.map(|predictor| of(predictor.seen)), of(exit.logits));
        }
    }
}

impl Iterator for Inference<'_> {
    type Item = Answer;

    fn next(&mut self) -> Option<Answer> {
        let exit = self.network.graph.exits().get(self.exit)?;
        self.advance(self.network.graph.steps_to(self.exit));
        self.exit += 1;
        Some(self.network.answer(exit, self.buffers))
    }
}
