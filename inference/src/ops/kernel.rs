//! An op with its weights, ready to run on one image.

use crate::kernels::Activation;

/// An op with its weights, ready to run.
pub trait Kernel: Send + Sync {
    /// Writes what it makes of its inputs inside the frame of `y`.
    fn run(&self, inputs: Inputs, y: &mut Activation);
}

/// The inputs of a kernel, which lie among other buffers.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    buffers: &'a [Activation],
    places: &'a [usize],
}

impl<'a> Inputs<'a> {
    /// Those in these places of `buffers`.
    pub fn new(buffers: &'a [Activation], places: &'a [usize]) -> Self {
        Self { buffers, places }
    }

    /// The first one, which every op has.
    pub fn first(&self) -> &'a Activation {
        &self.buffers[self.places[0]]
    }

    /// The second one, of an op that reads two.
    pub fn second(&self) -> &'a Activation {
        &self.buffers[self.places[1]]
    }

    /// Another one, if there is one.
    pub fn get(&self, input: usize) -> Option<&'a Activation> {
        self.places.get(input).map(|place| &self.buffers[*place])
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &'a Activation> {
        self.places.iter().map(|place| &self.buffers[*place])
    }
}
