//! Where tensors lie in the vectors of parameters and statistics.

use std::ops::Range;

use super::{Role, Tensor};

/// A named tensor and its place in the vector of parameters or statistics.
#[derive(Clone, Debug)]
pub struct Slot {
    /// Name in a weights file, as in PyTorch.
    pub name: String,
    /// What is in it.
    pub tensor: Tensor,
    /// Where it starts.
    pub at: usize,
}

impl Slot {
    /// Its part of the vector.
    pub fn range(&self) -> Range<usize> {
        self.at..self.at + self.tensor.len()
    }
}

/// All tensors of a network, and the lengths of both vectors.
#[derive(Clone, Debug, Default)]
pub struct Slots {
    slots: Vec<Slot>,
    parameters: usize,
    statistics: usize,
}

/// The values of one op: its part of both vectors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Its trainable parameters.
    pub parameters: Range<usize>,
    /// Its running statistics.
    pub statistics: Range<usize>,
}

impl Slots {
    /// Adds the tensors of an op, whose names in a file begin with `owner`.
    pub fn add(&mut self, owner: &str, tensors: Vec<Tensor>) -> Span {
        let (parameters, statistics) = (self.parameters, self.statistics);
        for tensor in tensors {
            let total = match tensor.role {
                Role::Statistic(_) => &mut self.statistics,
                Role::Weights { .. } | Role::Vector(_) => &mut self.parameters,
            };
            let at = *total;
            *total += tensor.len();
            self.slots.push(Slot { name: format!("{owner}.{}", tensor.name), tensor, at });
        }
        Span { parameters: parameters..self.parameters, statistics: statistics..self.statistics }
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = &Slot> {
        self.slots.iter()
    }

    /// The tensor of that name.
    pub fn named(&self, name: &str) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.name == name)
    }

    /// Length of the vector of trainable parameters.
    pub fn parameters(&self) -> usize {
        self.parameters
    }

    /// Length of the vector of running statistics.
    pub fn statistics(&self) -> usize {
        self.statistics
    }
}
