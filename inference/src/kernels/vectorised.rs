//! Chooses the version compiled for the current processor.

use pulp::{Simd, WithSimd};

use super::LANES;

/// Work on lanes that are `P` vectors each.
pub trait OnLanes {
    /// Does the work.
    fn work<S: Simd, const P: usize>(&mut self, simd: S);
}

/// Does the work with the widest vectors available.
pub fn on_lanes(work: &mut impl OnLanes) {
    pulp::Arch::new().dispatch(Lanes(work));
}

/// Whether a lane is two vectors and, with this few `channels` in it, the second is only padding.
pub const fn half_is_padding<const P: usize>(channels: usize) -> bool {
    P == 2 && channels <= LANES / 2
}

/// Runs plain loops, compiled for the widest vectors available; the closure must be `#[inline(always)]`.
pub fn vectorised(work: impl FnMut()) {
    pulp::Arch::new().dispatch(Plain(work));
}

/// Work that chooses how many vectors a lane is.
struct Lanes<'a, W>(&'a mut W);

impl<W: OnLanes> WithSimd for Lanes<'_, W> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match LANES / S::F32_LANES {
            1 => self.0.work::<S, 1>(simd),
            2 => self.0.work::<S, 2>(simd),
            4 => self.0.work::<S, 4>(simd),
            _ => self.0.work::<S, 16>(simd),
        }
    }
}

struct Plain<F>(F);

impl<F: FnMut()> WithSimd for Plain<F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, _: S) {
        (self.0)();
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A vector unit to compare kernels on.
    #[derive(Clone, Copy, Debug)]
    pub enum Unit {
        Chosen,
        Scalar,
        #[cfg(target_arch = "x86_64")]
        Avx2(pulp::x86::V3),
    }

    impl Unit {
        /// Those available, except the chosen one.
        pub fn others() -> impl Iterator<Item = Self> {
            #[cfg(target_arch = "x86_64")]
            let narrow = pulp::x86::V3::try_new().map(Unit::Avx2);
            #[cfg(not(target_arch = "x86_64"))]
            let narrow = None;
            [Unit::Scalar].into_iter().chain(narrow)
        }

        /// Does the work on this unit.
        pub fn run(self, work: &mut impl OnLanes) {
            match self {
                Unit::Chosen => on_lanes(work),
                Unit::Scalar => Simd::vectorize(pulp::Scalar, Lanes(work)),
                #[cfg(target_arch = "x86_64")]
                Unit::Avx2(unit) => Simd::vectorize(unit, Lanes(work)),
            }
        }
    }

    /// Numbers between -1 and 1 to compare kernels on, different for each `salt`.
    pub fn numbers(count: usize, salt: f64) -> Vec<f32> {
        (1..=count).map(|i| (i as f64 * salt * 0.618_033_988_749_895).fract() as f32 * 2.0 - 1.0).collect()
    }
}
