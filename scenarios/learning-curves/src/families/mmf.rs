//! The Morgan-Mercer-Flodin curve, a − (a − b)/(1 + (κx)^δ), which is Hill's as well: Domhan et al. (2015).

use super::{Family, time_constants};

/// g(x) = (1 + (1/τ)^δ)/(1 + (x/τ)^δ).
pub(super) struct Mmf;

impl Family for Mmf {
    fn name(&self) -> &'static str {
        "Morgan-Mercer-Flodin"
    }

    fn remaining(&self, x: f64, [tau, delta]: [f64; 2]) -> f64 {
        (1.0 + (1.0 / tau).powf(delta)) / (1.0 + (x / tau).powf(delta))
    }

    fn grid(&self, last: usize) -> Vec<[f64; 2]> {
        let deltas = [1.0, 2.0, 4.0];
        deltas.iter().flat_map(|&delta| time_constants(last, 10).map(move |tau| [tau, delta])).collect()
    }
}
