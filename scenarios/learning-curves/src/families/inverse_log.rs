//! a − b/ln(x + 1): `ilog2` in Domhan et al. (2015).

use super::Family;

/// g(x) = ln 2/ln(x + 1).
pub(super) struct InverseLog;

impl Family for InverseLog {
    fn name(&self) -> &'static str {
        "inverse logarithm"
    }

    fn remaining(&self, x: f64, _: [f64; 2]) -> f64 {
        std::f64::consts::LN_2 / x.ln_1p()
    }

    fn grid(&self, _: usize) -> Vec<[f64; 2]> {
        vec![[0.0, 0.0]]
    }
}
