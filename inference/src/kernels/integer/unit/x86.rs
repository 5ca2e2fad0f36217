//! The vector units of x86.

use std::arch::x86_64::{__m128i, __m256, __m256i, __m512, __m512i, _mm512_dpbusd_epi32};

use pulp::cast;
use pulp::x86::{V3, V4};

use super::super::super::{LANES, Lane};
use super::{OnUnit, Quad, Sums, Unit};

pulp::simd_type!({
    /// AVX-512 with an instruction for the very step.
    pub struct Vnni {
        pub sse: f!("sse"),
        pub sse2: f!("sse2"),
        pub sse3: f!("sse3"),
        pub ssse3: f!("ssse3"),
        pub sse4_1: f!("sse4.1"),
        pub sse4_2: f!("sse4.2"),
        pub avx: f!("avx"),
        pub avx2: f!("avx2"),
        pub fma: f!("fma"),
        pub avx512f: f!("avx512f"),
        pub avx512bw: f!("avx512bw"),
        pub avx512cd: f!("avx512cd"),
        pub avx512dq: f!("avx512dq"),
        pub avx512vl: f!("avx512vl"),
        pub avx512vnni: f!("avx512vnni"),
    }
});

/// Best first.
pub const UNITS: [&str; 3] = ["AVX-512 VNNI", "AVX-512", "AVX2"];

/// Does the work on the best unit, if there is any.
#[inline(always)]
pub fn on_best(work: &mut impl OnUnit) -> bool {
    UNITS.iter().any(|unit| on(unit, work))
}

/// Does the work on this unit, if there is one.
#[inline(always)]
pub fn on(unit: &str, work: &mut impl OnUnit) -> bool {
    match unit {
        "AVX-512 VNNI" => match (Vnni::try_new(), V4::try_new()) {
            (Some(vnni), Some(simd)) => vnni.vectorize(On(Wide(simd, vnni), work)),
            _ => return false,
        },
        "AVX-512" => match V4::try_new() {
            Some(simd) => simd.vectorize(On(Wide(simd, Pairs(simd)), work)),
            None => return false,
        },
        _ => match V3::try_new() {
            Some(simd) => simd.vectorize(On(simd, work)),
            None => return false,
        },
    }
    true
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

/// Vectors of 512 bits, with a way to multiply bytes.
#[derive(Clone, Copy)]
struct Wide<D>(V4, D);

/// A way to multiply bytes.
trait Dot: Copy {
    type Weights: Copy;
    type Word: Copy;
    const TILE: (usize, usize);
    fn weights(self, from: __m512i) -> Self::Weights;
    fn word(self, codes: [u8; 4]) -> Self::Word;
    fn dot(self, sums: __m512i, word: Self::Word, weights: Self::Weights) -> __m512i;
}

impl Dot for Vnni {
    type Weights = __m512i;
    type Word = __m512i;

    const TILE: (usize, usize) = (14, 2);

    #[inline(always)]
    fn weights(self, from: __m512i) -> __m512i {
        from
    }

    #[inline(always)]
    fn word(self, codes: [u8; 4]) -> __m512i {
        self.avx512f._mm512_set1_epi32(i32::from_le_bytes(codes))
    }

    #[inline(always)]
    fn dot(self, sums: __m512i, word: __m512i, weights: __m512i) -> __m512i {
        // SAFETY: there is a `Vnni` only where the processor has this instruction.
        unsafe { _mm512_dpbusd_epi32(sums, word, weights) }
    }
}

/// Bytes as pairs of 16-bit numbers: the first and third of four, and the second and fourth.
#[derive(Clone, Copy)]
struct Pairs(V4);

impl Dot for Pairs {
    type Weights = [__m512i; 2];
    type Word = [__m512i; 2];

    const TILE: (usize, usize) = (8, 2);

    #[inline(always)]
    fn weights(self, from: __m512i) -> [__m512i; 2] {
        let unit = self.0.avx512bw;
        [unit._mm512_srai_epi16::<8>(unit._mm512_slli_epi16::<8>(from)), unit._mm512_srai_epi16::<8>(from)]
    }

    #[inline(always)]
    fn word(self, codes: [u8; 4]) -> [__m512i; 2] {
        pairs(codes).map(|pair| self.0.avx512f._mm512_set1_epi32(pair))
    }

    #[inline(always)]
    fn dot(self, sums: __m512i, word: [__m512i; 2], weights: [__m512i; 2]) -> __m512i {
        let (add, multiply) = (self.0.avx512f, self.0.avx512bw);
        let first = add._mm512_add_epi32(sums, multiply._mm512_madd_epi16(word[0], weights[0]));
        add._mm512_add_epi32(first, multiply._mm512_madd_epi16(word[1], weights[1]))
    }
}

#[inline(always)]
fn pairs(codes: [u8; 4]) -> [i32; 2] {
    let word = u32::from_le_bytes(codes);
    [word & 0x00ff_00ff, word >> 8 & 0x00ff_00ff].map(|pair| pair as i32)
}

impl<D: Dot> Unit for Wide<D> {
    type Sums = __m512i;
    type Weights = D::Weights;
    type Word = D::Word;
    type Floats = __m512;

    const TILE: (usize, usize) = D::TILE;

    #[inline(always)]
    fn sums(self, from: &Sums) -> __m512i {
        cast(*from)
    }

    #[inline(always)]
    fn weights(self, from: &Quad) -> D::Weights {
        self.1.weights(cast(*from))
    }

    #[inline(always)]
    fn word(self, codes: [u8; 4]) -> D::Word {
        self.1.word(codes)
    }

    #[inline(always)]
    fn dot(self, sums: __m512i, word: D::Word, weights: D::Weights) -> __m512i {
        self.1.dot(sums, word, weights)
    }

    /// Both are 16-bit numbers in 32 bits, so that half of a product of pairs is 0.
    #[inline(always)]
    fn tap(self, sums: __m512i, codes: &[u8; LANES], weights: __m512i) -> __m512i {
        let codes = self.0.avx512f._mm512_cvtepu8_epi32(cast(*codes));
        self.0.avx512f._mm512_add_epi32(sums, self.0.avx512bw._mm512_madd_epi16(codes, weights))
    }

    #[inline(always)]
    fn floats(self, sums: __m512i) -> __m512 {
        self.0.avx512f._mm512_cvtepi32_ps(sums)
    }

    #[inline(always)]
    fn codes(self, codes: &[u8; LANES]) -> __m512 {
        self.floats(self.0.avx512f._mm512_cvtepu8_epi32(cast(*codes)))
    }

    #[inline(always)]
    fn lane(self, lane: &Lane) -> __m512 {
        cast(*lane)
    }

    #[inline(always)]
    fn each(self, x: f32) -> __m512 {
        self.0.avx512f._mm512_set1_ps(x)
    }

    #[inline(always)]
    fn times(self, a: __m512, b: __m512) -> __m512 {
        self.0.avx512f._mm512_mul_ps(a, b)
    }

    #[inline(always)]
    fn plus(self, a: __m512, b: __m512) -> __m512 {
        self.0.avx512f._mm512_add_ps(a, b)
    }

    #[inline(always)]
    fn above(self, a: __m512, b: __m512) -> __m512 {
        self.0.avx512f._mm512_max_ps(a, b)
    }

    #[inline(always)]
    fn below(self, a: __m512, b: __m512) -> __m512 {
        self.0.avx512f._mm512_min_ps(a, b)
    }

    #[inline(always)]
    fn nearest(self, x: __m512) -> [u8; LANES] {
        let whole = self.0.avx512f._mm512_cvtps_epi32(x);
        cast(self.0.avx512f._mm512_cvtepi32_epi8(whole))
    }

    #[inline(always)]
    fn store(self, x: __m512) -> Lane {
        cast(x)
    }
}

/// Two vectors of 256 bits.
impl Unit for V3 {
    type Sums = [__m256i; 2];
    /// Pairs, as with [`Pairs`], for each half of the outputs.
    type Weights = [[__m256i; 2]; 2];
    type Word = [__m256i; 2];
    type Floats = [__m256; 2];

    const TILE: (usize, usize) = (4, 1);

    #[inline(always)]
    fn sums(self, from: &Sums) -> [__m256i; 2] {
        cast(*from)
    }

    #[inline(always)]
    fn weights(self, from: &Quad) -> [[__m256i; 2]; 2] {
        let (unit, halves): (_, [__m256i; 2]) = (self.avx2, cast(*from));
        let pairs =
            |half| [unit._mm256_srai_epi16::<8>(unit._mm256_slli_epi16::<8>(half)), unit._mm256_srai_epi16::<8>(half)];
        [pairs(halves[0]), pairs(halves[1])]
    }

    #[inline(always)]
    fn word(self, codes: [u8; 4]) -> [__m256i; 2] {
        pairs(codes).map(|pair| self.avx._mm256_set1_epi32(pair))
    }

    #[inline(always)]
    fn dot(self, sums: [__m256i; 2], word: [__m256i; 2], weights: [[__m256i; 2]; 2]) -> [__m256i; 2] {
        let unit = self.avx2;
        let half = |sums, weights: [__m256i; 2]| {
            let first = unit._mm256_add_epi32(sums, unit._mm256_madd_epi16(word[0], weights[0]));
            unit._mm256_add_epi32(first, unit._mm256_madd_epi16(word[1], weights[1]))
        };
        [half(sums[0], weights[0]), half(sums[1], weights[1])]
    }

    #[inline(always)]
    fn tap(self, sums: [__m256i; 2], codes: &[u8; LANES], weights: [__m256i; 2]) -> [__m256i; 2] {
        let (unit, codes) = (self.avx2, widened(self, codes));
        let half = |at: usize| unit._mm256_add_epi32(sums[at], unit._mm256_madd_epi16(codes[at], weights[at]));
        [half(0), half(1)]
    }

    #[inline(always)]
    fn floats(self, sums: [__m256i; 2]) -> [__m256; 2] {
        [self.avx._mm256_cvtepi32_ps(sums[0]), self.avx._mm256_cvtepi32_ps(sums[1])]
    }

    #[inline(always)]
    fn codes(self, codes: &[u8; LANES]) -> [__m256; 2] {
        self.floats(widened(self, codes))
    }

    #[inline(always)]
    fn lane(self, lane: &Lane) -> [__m256; 2] {
        cast(*lane)
    }

    #[inline(always)]
    fn each(self, x: f32) -> [__m256; 2] {
        [self.avx._mm256_set1_ps(x); 2]
    }

    #[inline(always)]
    fn times(self, a: [__m256; 2], b: [__m256; 2]) -> [__m256; 2] {
        [self.avx._mm256_mul_ps(a[0], b[0]), self.avx._mm256_mul_ps(a[1], b[1])]
    }

    #[inline(always)]
    fn plus(self, a: [__m256; 2], b: [__m256; 2]) -> [__m256; 2] {
        [self.avx._mm256_add_ps(a[0], b[0]), self.avx._mm256_add_ps(a[1], b[1])]
    }

    #[inline(always)]
    fn above(self, a: [__m256; 2], b: [__m256; 2]) -> [__m256; 2] {
        [self.avx._mm256_max_ps(a[0], b[0]), self.avx._mm256_max_ps(a[1], b[1])]
    }

    #[inline(always)]
    fn below(self, a: [__m256; 2], b: [__m256; 2]) -> [__m256; 2] {
        [self.avx._mm256_min_ps(a[0], b[0]), self.avx._mm256_min_ps(a[1], b[1])]
    }

    #[inline(always)]
    fn nearest(self, x: [__m256; 2]) -> [u8; LANES] {
        let whole = [self.avx._mm256_cvtps_epi32(x[0]), self.avx._mm256_cvtps_epi32(x[1])];
        // Packing works on halves of vectors: the quarters come out in the order 0, 2, 1, 3.
        let packed = self.avx2._mm256_packus_epi32(whole[0], whole[1]);
        let ordered: [__m128i; 2] = cast(self.avx2._mm256_permute4x64_epi64::<0b11_01_10_00>(packed));
        cast(self.sse2._mm_packus_epi16(ordered[0], ordered[1]))
    }

    #[inline(always)]
    fn store(self, x: [__m256; 2]) -> Lane {
        cast(x)
    }
}

/// Sixteen codes in 32 bits each.
#[inline(always)]
fn widened(unit: V3, codes: &[u8; LANES]) -> [__m256i; 2] {
    let [low, high]: [[u8; LANES / 2]; 2] = cast(*codes);
    let half = |codes: [u8; LANES / 2]| {
        let bytes: [[u8; LANES / 2]; 2] = [codes, [0; LANES / 2]];
        unit.avx2._mm256_cvtepu8_epi32(cast(bytes))
    };
    [half(low), half(high)]
}
