//! The power law with three parameters, a − b·x^(−α): `pow3` in Domhan et al. (2015), and the usual law of learning
//! curves since Cortes et al. (NIPS 1993).

use super::{Family, spread};

/// g(x) = x^(−α).
pub(super) struct Power;

impl Family for Power {
    fn name(&self) -> &'static str {
        "power"
    }

    fn remaining(&self, x: f64, [alpha, _]: [f64; 2]) -> f64 {
        x.powf(-alpha)
    }

    fn grid(&self, _: usize) -> Vec<[f64; 2]> {
        spread(0.1, 4.0, 12).map(|alpha| [alpha, 0.0]).collect()
    }
}
