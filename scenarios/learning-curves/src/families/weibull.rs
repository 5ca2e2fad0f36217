//! The Weibull curve, a − (a − b)·e^(−(κx)^δ), also named after Janoschek: Domhan et al. (2015). With δ below 1 it slows
//! down for longer than an exponential, with δ above 1 it starts slowly.

use super::{Family, time_constants};

/// g(x) = e^((1/τ)^δ − (x/τ)^δ).
pub(super) struct Weibull;

impl Family for Weibull {
    fn name(&self) -> &'static str {
        "Weibull"
    }

    fn remaining(&self, x: f64, [tau, delta]: [f64; 2]) -> f64 {
        ((1.0 / tau).powf(delta) - (x / tau).powf(delta)).exp()
    }

    fn grid(&self, last: usize) -> Vec<[f64; 2]> {
        // δ = 1 is the exponential.
        let deltas = [0.5, 0.75, 1.5];
        deltas.iter().flat_map(|&delta| time_constants(last, 10).map(move |tau| [tau, delta])).collect()
    }
}
