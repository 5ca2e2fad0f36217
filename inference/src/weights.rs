//! A network's values: what training finds, as named tensors.
//!
//! All trainable parameters of a network form one flat vector and all running statistics another, so that optimisers,
//! checkpoints and gradient sums need no knowledge of ops. [`Slots`] map between the vectors and the named tensors of a
//! [file](File). What a network is does not matter here.

mod file;
mod precision;
mod slots;
mod tensor;
#[cfg(test)]
mod tests;

pub(crate) use file::{File, replace_file};
pub(crate) use slots::{Slot, Slots, Span};
pub(crate) use tensor::{Order, Role, Tensor};

/// A network's values: trainable parameters and running statistics, laid out one tensor after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// Trainable.
    pub parameters: Vec<f32>,
    /// Means and variances seen in training.
    pub statistics: Vec<f32>,
}

impl Weights {
    /// All zeros.
    pub(crate) fn zeros(slots: &Slots) -> Self {
        Self { parameters: vec![0.0; slots.parameters()], statistics: vec![0.0; slots.statistics()] }
    }

    /// The values of a tensor.
    pub(crate) fn place(&self, slot: &Slot) -> &[f32] {
        match slot.tensor.role {
            Role::Statistic(_) => &self.statistics[slot.range()],
            Role::Weights { .. } | Role::Vector(_) => &self.parameters[slot.range()],
        }
    }

    /// The same, to write.
    pub(crate) fn place_mut(&mut self, slot: &Slot) -> &mut [f32] {
        match slot.tensor.role {
            Role::Statistic(_) => &mut self.statistics[slot.range()],
            Role::Weights { .. } | Role::Vector(_) => &mut self.parameters[slot.range()],
        }
    }
}
