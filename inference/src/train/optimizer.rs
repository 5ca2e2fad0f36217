//! How parameters move against their gradients.

mod adamw;
mod one_cycle;
mod sgd;

use crate::graph::Graph;
use crate::weights::Role;

pub use adamw::AdamW;
pub use one_cycle::OneCycle;
pub use sgd::Sgd;

/// The weight decay of each parameter: weights shrink, scales and biases do not.
fn decay_of_each(graph: &Graph, weight_decay: f32) -> Vec<f32> {
    let mut decay = vec![0.0; graph.slots().parameters()];
    for slot in graph.slots().iter() {
        if matches!(slot.tensor.role, Role::Weights { .. }) {
            decay[slot.range()].fill(weight_decay);
        }
    }
    decay
}
