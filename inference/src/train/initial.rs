//! Weights before the first step.

use rand_distr::{Distribution, Normal};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::graph::Graph;
use crate::weights::{Role, Weights};

/// He's normal initialisation (2015) for weights, 1 for scales, 0 for biases.
pub fn initial_weights(graph: &Graph, random: &mut Xoshiro256PlusPlus) -> Weights {
    let mut weights = Weights::zeros(graph.slots());
    for slot in graph.slots().iter() {
        let place = weights.place_mut(slot);
        match slot.tensor.role {
            Role::Vector(value) | Role::Statistic(value) => place.fill(value),
            Role::Weights { inputs, gain } => {
                let normal = Normal::new(0.0, (gain / inputs as f32).sqrt()).expect("a unit sums up some inputs");
                place.iter_mut().for_each(|w| *w = normal.sample(random));
            }
        }
    }
    weights
}
