//! A network in numbers, as the planner wants it.

use inference::{Bits, Calibrated, StepWidth};
use split_planner::{Kind, LayerErrors, PlanError, Problem, Step};

/// The steps of a network with their sizes, and what every width from 2 to 8 bits would lose in them.
pub fn problem(calibrated: &Calibrated) -> Result<Problem, PlanError> {
    let widths: Vec<Bits> = (2..=8).filter_map(|bits| Bits::new(bits).ok()).collect();
    let step = |numbers: inference::StepNumbers| {
        let (weights, kind) = match numbers.width {
            StepWidth::Layer(layer) => {
                let errors = LayerErrors {
                    weights: falling(widths.iter().map(|bits| calibrated.weight_error(layer, *bits))),
                    activations: falling(widths.iter().map(|bits| calibrated.activation_error(layer, *bits))),
                };
                (calibrated.layers()[layer].weights, Kind::Layer(errors))
            }
            StepWidth::Moves => (0, Kind::Passes),
            StepWidth::Eight => (0, Kind::Other),
        };
        Step { reads: numbers.reads, weights: weights as u64, activations: numbers.activations as u64, kind }
    };
    Problem::new(widths.iter().map(|bits| bits.get()).collect(), calibrated.steps().into_iter().map(step).collect())
}

/// Errors that fall as bits grow: where more bits happen to fit a few values worse, they are no reason to take them.
fn falling(errors: impl Iterator<Item = f64>) -> Vec<f64> {
    errors
        .scan(f64::INFINITY, |least, error| {
            *least = least.min(error);
            Some(*least)
        })
        .collect()
}
