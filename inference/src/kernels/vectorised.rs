//! Plain loops, compiled for every kind of vector unit.

use pulp::{Simd, WithSimd};

/// Runs `work` in the version compiled for this processor; the closure must be `#[inline(always)]`.
pub fn vectorised(work: impl FnMut()) {
    pulp::Arch::new().dispatch(Plain(work));
}

struct Plain<F>(F);

impl<F: FnMut()> WithSimd for Plain<F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, _: S) {
        (self.0)();
    }
}
