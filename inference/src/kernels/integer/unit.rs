//! Vector units, and how each of them multiplies bytes.
//!
//! The step that all of them have: four codes of one pixel, repeated, times four weights of each of sixteen outputs,
//! added to sixteen sums of 32 bits. No sum in between has fewer bits than it needs: where a unit has no such
//! instruction, bytes become 16-bit numbers first, two products of which fit into 32 bits. (Instructions that add two
//! products of bytes in 16 bits exist, but saturate.)
//!
//! What follows a sum is one operation after the other, each rounded by itself.

#[cfg(target_arch = "x86_64")]
mod x86;

use std::array::from_fn;

use bytemuck::{Pod, Zeroable};

use super::super::{LANES, Lane};
use crate::quantise::nearest;

/// Four weights of each of sixteen outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
#[repr(C, align(64))]
pub struct Quad(pub [[i8; 4]; LANES]);

impl Quad {
    /// No weights.
    pub const ZERO: Self = Self([[0; 4]; LANES]);
}

/// Sixteen sums, or weights to add to them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C, align(64))]
pub struct Sums(pub [i32; LANES]);

/// A vector unit. What it holds in registers is of types of its own.
pub trait Unit: Copy {
    /// Sixteen sums.
    type Sums: Copy;
    /// Four weights of each of sixteen outputs.
    type Weights: Copy;
    /// Four codes, repeated.
    type Word: Copy;
    /// Sixteen floats.
    type Floats: Copy;

    /// The most pixels and the most blocks of outputs whose sums are in registers together: 14, 8, 4 or 2, and 2 or 1.
    const TILE: (usize, usize);

    /// Loads sums.
    fn sums(self, from: &Sums) -> Self::Sums;

    /// Loads weights.
    fn weights(self, from: &Quad) -> Self::Weights;

    /// Loads four codes.
    fn word(self, codes: [u8; 4]) -> Self::Word;

    /// sums + the products of codes and weights, four for each sum.
    fn dot(self, sums: Self::Sums, word: Self::Word, weights: Self::Weights) -> Self::Sums;

    /// sums + the products of sixteen codes and weights, one for each sum; weights are bytes, too.
    fn tap(self, sums: Self::Sums, codes: &[u8; LANES], weights: Self::Sums) -> Self::Sums;

    /// The nearest floats.
    fn floats(self, sums: Self::Sums) -> Self::Floats;

    /// Codes as floats.
    fn codes(self, codes: &[u8; LANES]) -> Self::Floats;

    /// Loads floats.
    fn lane(self, lane: &Lane) -> Self::Floats;

    /// One float, repeated.
    fn each(self, x: f32) -> Self::Floats;

    /// a·b.
    fn times(self, a: Self::Floats, b: Self::Floats) -> Self::Floats;

    /// a + b.
    fn plus(self, a: Self::Floats, b: Self::Floats) -> Self::Floats;

    /// a if it is above b, else b.
    fn above(self, a: Self::Floats, b: Self::Floats) -> Self::Floats;

    /// a if it is below b, else b.
    fn below(self, a: Self::Floats, b: Self::Floats) -> Self::Floats;

    /// The nearest whole numbers, the even ones of two, of floats between 0 and 255.
    fn nearest(self, x: Self::Floats) -> [u8; LANES];

    /// Stores floats.
    fn store(self, x: Self::Floats) -> Lane;
}

/// Work that any unit can do.
pub trait OnUnit {
    /// Does the work.
    fn work<U: Unit>(&mut self, unit: U);
}

/// Does the work on the best unit there is.
pub fn on_unit(work: &mut impl OnUnit) {
    #[cfg(target_arch = "x86_64")]
    if x86::on_best(work) {
        return;
    }
    work.work(Plain);
}

/// No vectors at all: one product after the other, for the compiler to make the best of.
#[derive(Clone, Copy, Debug)]
pub struct Plain;

impl Unit for Plain {
    type Sums = Sums;
    type Weights = Quad;
    type Word = [u8; 4];
    type Floats = Lane;

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
    fn dot(self, sums: Sums, word: [u8; 4], weights: Quad) -> Sums {
        let product = |lane: usize, at: usize| i32::from(word[at]) * i32::from(weights.0[lane][at]);
        let four = |lane| product(lane, 0) + product(lane, 1) + product(lane, 2) + product(lane, 3);
        Sums(from_fn(|lane| sums.0[lane].wrapping_add(four(lane))))
    }

    #[inline(always)]
    fn tap(self, sums: Sums, codes: &[u8; LANES], weights: Sums) -> Sums {
        Sums(from_fn(|lane| sums.0[lane].wrapping_add(i32::from(codes[lane]) * weights.0[lane])))
    }

    #[inline(always)]
    fn floats(self, sums: Sums) -> Lane {
        Lane(sums.0.map(|sum| sum as f32))
    }

    #[inline(always)]
    fn codes(self, codes: &[u8; LANES]) -> Lane {
        Lane(codes.map(f32::from))
    }

    #[inline(always)]
    fn lane(self, lane: &Lane) -> Lane {
        *lane
    }

    #[inline(always)]
    fn each(self, x: f32) -> Lane {
        Lane([x; LANES])
    }

    #[inline(always)]
    fn times(self, a: Lane, b: Lane) -> Lane {
        Lane(from_fn(|lane| a.0[lane] * b.0[lane]))
    }

    #[inline(always)]
    fn plus(self, a: Lane, b: Lane) -> Lane {
        Lane(from_fn(|lane| a.0[lane] + b.0[lane]))
    }

    #[inline(always)]
    fn above(self, a: Lane, b: Lane) -> Lane {
        Lane(from_fn(|lane| if a.0[lane] > b.0[lane] { a.0[lane] } else { b.0[lane] }))
    }

    #[inline(always)]
    fn below(self, a: Lane, b: Lane) -> Lane {
        Lane(from_fn(|lane| if a.0[lane] < b.0[lane] { a.0[lane] } else { b.0[lane] }))
    }

    #[inline(always)]
    fn nearest(self, x: Lane) -> [u8; LANES] {
        x.0.map(|x| nearest(x, 0.0, 255.0))
    }

    #[inline(always)]
    fn store(self, x: Lane) -> Lane {
        x
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// The units there are, the one without vectors first.
    pub fn units() -> impl Iterator<Item = &'static str> {
        struct Nothing;
        impl OnUnit for Nothing {
            fn work<U: Unit>(&mut self, _: U) {}
        }
        #[cfg(target_arch = "x86_64")]
        let vectors = x86::UNITS.into_iter().filter(|unit| x86::on(unit, &mut Nothing));
        #[cfg(not(target_arch = "x86_64"))]
        let vectors = std::iter::empty();
        ["plain"].into_iter().chain(vectors)
    }

    /// Does the work on one of them.
    pub fn on(unit: &str, work: &mut impl OnUnit) {
        match unit {
            "plain" => work.work(Plain),
            #[cfg(target_arch = "x86_64")]
            unit => assert!(x86::on(unit, work)),
            #[cfg(not(target_arch = "x86_64"))]
            unit => unreachable!("{unit}"),
        }
    }

    /// The largest products that there are, where anything less than 32 bits would overflow.
    #[test]
    fn no_sum_saturates() {
        struct Extreme(Quad, Lane);
        impl OnUnit for Extreme {
            #[inline(always)]
            fn work<U: Unit>(&mut self, unit: U) {
                let mut sums = unit.sums(&Sums([5; LANES]));
                for codes in [[255; 4], [255, 0, 255, 0], [1, 2, 3, 4]] {
                    sums = unit.dot(sums, unit.word(codes), unit.weights(&self.0));
                }
                self.1 = unit.store(unit.floats(sums));
            }
        }
        let rows = [[127; 4], [-127; 4], [-128, -128, 127, 127], [1, -2, 3, -4]];
        let weights = Quad(from_fn(|output| rows[output % 4]));
        // By hand, from 5. First 4·255·127 + 2·255·127 + 10·127 = 195,580, second the same below 0.
        // Third 2·255·(127 - 128) = -510, 255·(127 - 128) = -255, and (1 + 2)·(-128) + (3 + 4)·127 = 505: -260.
        // Fourth 255·(1 - 2 + 3 - 4) = -510, 255·(1 + 3) = 1,020, and 1 - 4 + 9 - 16 = -10: 500.
        let expected = [195_585.0, -195_575.0, -255.0, 505.0];
        for unit in units() {
            let mut extreme = Extreme(weights, Lane::default());
            on(unit, &mut extreme);
            assert_eq!(extreme.1.0, from_fn(|output| expected[output % 4]), "{unit}");
        }
    }
}
