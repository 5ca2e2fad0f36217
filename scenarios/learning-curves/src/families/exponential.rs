//! The exponential: a − b^(c − x), of PEng4NN (arXiv 2101.04185), with τ = 1/ln b.

use super::{Family, time_constants};

/// g(x) = e^(−(x − 1)/τ).
pub(super) struct Exponential;

impl Family for Exponential {
    fn name(&self) -> &'static str {
        "exponential"
    }

    fn remaining(&self, x: f64, [tau, _]: [f64; 2]) -> f64 {
        (-(x - 1.0) / tau).exp()
    }

    fn grid(&self, last: usize) -> Vec<[f64; 2]> {
        time_constants(last, 24).map(|tau| [tau, 0.0]).collect()
    }
}
