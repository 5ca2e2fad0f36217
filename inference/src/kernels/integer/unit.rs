//! Vector units, and how each of them multiplies bytes.
//!
//! The step that all of them have: four codes of one pixel, repeated, times four weights of each of sixteen outputs,
//! added to sixteen sums of 32 bits. No sum in between has fewer bits than it needs: where a unit has no such
//! instruction, bytes become 16-bit numbers first, two products of which fit into 32 bits. (Instructions that add two
//! products of bytes in 16 bits exist, but saturate.)

use bytemuck::{Pod, Zeroable};

use super::super::LANES;

/// Four weights of each of sixteen outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C, align(64))]
pub struct Quad(pub [[i8; 4]; LANES]);

impl Quad {
    /// No weights.
    pub const ZERO: Self = Self([[0; 4]; LANES]);
}

/// Sixteen sums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C, align(64))]
pub struct Sums(pub [i32; LANES]);

/// A vector unit.
pub trait Unit: Copy {
    /// Sixteen sums in registers.
    type Sums: Copy;
    /// Weights in registers.
    type Weights: Copy;
    /// Four codes in registers, repeated.
    type Word: Copy;

    /// Pixels and blocks of outputs whose sums fit into registers together; the most pixels are 14, the most blocks 2.
    const TILE: (usize, usize);

    /// Loads sums.
    fn sums(self, from: &Sums) -> Self::Sums;

    /// Loads weights.
    fn weights(self, from: &Quad) -> Self::Weights;

    /// Loads four codes.
    fn word(self, codes: [u8; 4]) -> Self::Word;

    /// sums + the products of codes and weights.
    fn dot(self, sums: Self::Sums, word: Self::Word, weights: Self::Weights) -> Self::Sums;

    /// Stores sums.
    fn store(self, sums: Self::Sums) -> Sums;
}

/// Work that any unit can do.
pub trait OnUnit {
    /// Does the work.
    fn work<U: Unit>(&mut self, unit: U);
}

/// Does the work on the best unit there is.
pub fn on_unit(work: &mut impl OnUnit) {
    #[cfg(target_arch = "x86_64")]
    {
        if let Some(unit) = x86::Vnni::try_new() {
            return unit.vectorize(On(unit, work));
        }
        match pulp::Arch::new() {
            pulp::Arch::V4(unit) => return unit.vectorize(On(unit, work)),
            pulp::Arch::V3(unit) => return unit.vectorize(On(unit, work)),
            _ => {}
        }
    }
    work.work(Plain);
}

/// Work on a unit, compiled for it.
struct On<'a, U, W>(U, &'a mut W);

impl<U: Unit, W: OnUnit> pulp::NullaryFnOnce for On<'_, U, W> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        self.1.work(self.0);
    }
}

/// No vectors at all: one product after the other.
#[derive(Clone, Copy, Debug)]
pub struct Plain;

impl Unit for Plain {
    type Sums = Sums;
    type Weights = Quad;
    type Word = [u8; 4];

    const TILE: (usize, usize) = (2, 1);

    #[inline(always)]
    fn sums(self, from: &Sums) -> Sums {
        *from
    }

    #[inline(always)]
    fn weights(self, from: &Quad) -> Quad {
        *from
    }

    #[inline(always)]
    fn word(self, codes: [u8; 4]) -> [u8; 4] {
        codes
    }

    #[inline(always)]
    fn dot(self, mut sums: Sums, word: [u8; 4], weights: Quad) -> Sums {
        for (sum, weights) in sums.0.iter_mut().zip(weights.0) {
            for (code, weight) in word.into_iter().zip(weights) {
                *sum = sum.wrapping_add(i32::from(code) * i32::from(weight));
            }
        }
        sums
    }

    #[inline(always)]
    fn store(self, sums: Sums) -> Sums {
        sums
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{__m256i, __m512i, _mm512_dpbusd_epi32};

    use pulp::cast;
    use pulp::x86::{V3, V4};

    use super::{Quad, Sums, Unit};

    pulp::simd_type!({
        /// AVX-512 with its instruction for this very step.
        pub struct Vnni {
            pub avx512f: f!("avx512f"),
            pub avx512bw: f!("avx512bw"),
            pub avx512dq: f!("avx512dq"),
            pub avx512vl: f!("avx512vl"),
            pub avx512vnni: f!("avx512vnni"),
        }
    });

    impl Unit for Vnni {
        type Sums = __m512i;
        type Weights = __m512i;
        type Word = __m512i;

        const TILE: (usize, usize) = (14, 2);

        #[inline(always)]
        fn sums(self, from: &Sums) -> __m512i {
            cast(*from)
        }

        #[inline(always)]
        fn weights(self, from: &Quad) -> __m512i {
            cast(*from)
        }

        #[inline(always)]
        fn word(self, codes: [u8; 4]) -> __m512i {
            self.avx512f._mm512_set1_epi32(i32::from_le_bytes(codes))
        }

        #[inline(always)]
        fn dot(self, sums: __m512i, word: __m512i, weights: __m512i) -> __m512i {
            // SAFETY: there is a `Vnni` only where the processor has these instructions.
            unsafe { _mm512_dpbusd_epi32(sums, word, weights) }
        }

        #[inline(always)]
        fn store(self, sums: __m512i) -> Sums {
            cast(sums)
        }
    }

    impl Unit for V4 {
        type Sums = __m512i;
        /// Weights 0 and 2 as 16-bit numbers, and 1 and 3.
        type Weights = [__m512i; 2];
        type Word = [__m512i; 2];

        const TILE: (usize, usize) = (8, 2);

        #[inline(always)]
        fn sums(self, from: &Sums) -> __m512i {
            cast(*from)
        }

        #[inline(always)]
        fn weights(self, from: &Quad) -> [__m512i; 2] {
            let (unit, weights) = (self.avx512bw, cast(*from));
            let even = unit._mm512_srai_epi16::<8>(unit._mm512_slli_epi16::<8>(weights));
            [even, unit._mm512_srai_epi16::<8>(weights)]
        }

        #[inline(always)]
        fn word(self, codes: [u8; 4]) -> [__m512i; 2] {
            halves(codes).map(|half| self.avx512f._mm512_set1_epi32(half))
        }

        #[inline(always)]
        fn dot(self, sums: __m512i, word: [__m512i; 2], weights: [__m512i; 2]) -> __m512i {
            let even = self.avx512bw._mm512_madd_epi16(word[0], weights[0]);
            let odd = self.avx512bw._mm512_madd_epi16(word[1], weights[1]);
            self.avx512f._mm512_add_epi32(self.avx512f._mm512_add_epi32(sums, even), odd)
        }

        #[inline(always)]
        fn store(self, sums: __m512i) -> Sums {
            cast(sums)
        }
    }

    impl Unit for V3 {
        type Sums = [__m256i; 2];
        /// For each half of the outputs, weights 0 and 2 as 16-bit numbers, and 1 and 3.
        type Weights = [[__m256i; 2]; 2];
        type Word = [__m256i; 2];

        const TILE: (usize, usize) = (4, 1);

        #[inline(always)]
        fn sums(self, from: &Sums) -> [__m256i; 2] {
            cast(*from)
        }

        #[inline(always)]
        fn weights(self, from: &Quad) -> [[__m256i; 2]; 2] {
            let halves: [__m256i; 2] = cast(*from);
            halves.map(|weights| {
                let even = self.avx2._mm256_srai_epi16::<8>(self.avx2._mm256_slli_epi16::<8>(weights));
                [even, self.avx2._mm256_srai_epi16::<8>(weights)]
            })
        }

        #[inline(always)]
        fn word(self, codes: [u8; 4]) -> [__m256i; 2] {
            halves(codes).map(|half| self.avx._mm256_set1_epi32(half))
        }

        #[inline(always)]
        fn dot(self, sums: [__m256i; 2], word: [__m256i; 2], weights: [[__m256i; 2]; 2]) -> [__m256i; 2] {
            let half = |sums, weights: [__m256i; 2]| {
                let even = self.avx2._mm256_madd_epi16(word[0], weights[0]);
                let odd = self.avx2._mm256_madd_epi16(word[1], weights[1]);
                self.avx2._mm256_add_epi32(self.avx2._mm256_add_epi32(sums, even), odd)
            };
            [half(sums[0], weights[0]), half(sums[1], weights[1])]
        }

        #[inline(always)]
        fn store(self, sums: [__m256i; 2]) -> Sums {
            cast(sums)
        }
    }

    /// Codes 0 and 2 as 16-bit numbers, and 1 and 3.
    #[inline(always)]
    fn halves(codes: [u8; 4]) -> [i32; 2] {
        let word = u32::from_le_bytes(codes);
        [word & 0x00ff_00ff, word >> 8 & 0x00ff_00ff].map(|half| half as i32)
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Does the work on every unit there is, the one without vectors first.
    pub fn on_each<W: OnUnit>(mut work: impl FnMut() -> W, mut done: impl FnMut(&'static str, W)) {
        let mut plain = work();
        plain.work(Plain);
        done("plain", plain);
        #[cfg(target_arch = "x86_64")]
        {
            if let Some(unit) = x86::Vnni::try_new() {
                let mut vnni = work();
                unit.vectorize(On(unit, &mut vnni));
                done("AVX-512 VNNI", vnni);
            }
            if let Some(unit) = pulp::x86::V4::try_new() {
                let mut wide = work();
                unit.vectorize(On(unit, &mut wide));
                done("AVX-512", wide);
            }
            if let Some(unit) = pulp::x86::V3::try_new() {
                let mut narrow = work();
                unit.vectorize(On(unit, &mut narrow));
                done("AVX2", narrow);
            }
        }
    }

    /// The largest products that there are, where anything less than 32 bits would overflow.
    #[test]
    fn no_sum_saturates() {
        struct Extreme(Quad, Sums);
        impl OnUnit for Extreme {
            #[inline(always)]
            fn work<U: Unit>(&mut self, unit: U) {
                let mut sums = unit.sums(&self.1);
                for codes in [[255; 4], [255, 0, 255, 0], [1, 2, 3, 4]] {
                    sums = unit.dot(sums, unit.word(codes), unit.weights(&self.0));
                }
                self.1 = unit.store(sums);
            }
        }
        let rows = [[127; 4], [-127; 4], [-128, -128, 127, 127], [1, -2, 3, -4]];
        let weights = Quad(std::array::from_fn(|output| rows[output % 4]));
        // By hand, from 5: 4·255·127 + 2·255·127 + 10·127; the same below 0; 2·255·(127 - 128) + 255·(127 - 128) and
        // 3·(-128) + 7·127; 255·(-2), 255·(1 + 3) and 1 - 4 + 9 - 16.
        let expected = [195_580 + 5, -195_580 + 5, -765 + 505 + 5, -510 + 1020 - 10 + 5];
        let start = Sums([5; LANES]);
        on_each(
            || Extreme(weights, start),
            |unit, Extreme(_, sums)| {
                assert_eq!(sums.0, std::array::from_fn(|output| expected[output % 4]), "{unit}");
            },
        );
    }
}
