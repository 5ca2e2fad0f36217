//! From sums of products to what is written.

use super::super::{LANES, Lane};
use super::unit::Unit;

/// What is done to the sums of a layer, channel by channel: `factor`·sum + `shift`, plus another activation if there is
/// one, then bounds, then rounding if codes are written.
///
/// All of it is in steps of what is written, so that one multiplication takes from one grid to the other. Every
/// operation is rounded by itself, and none is fused with the next: all processors come to the same bits.
#[derive(Clone, Debug, PartialEq)]
pub struct Rescale {
    /// For each block of outputs.
    pub factor: Vec<Lane>,
    /// For each block of outputs; where channels are missing, what is written there.
    pub shift: Vec<Lane>,
    /// The zero point of another activation, and its steps in those of what is written.
    pub other: Option<(f32, f32)>,
    /// The least that is written.
    pub low: f32,
    /// The most that is written.
    pub high: f32,
}

/// Where to write, laid out alike.
pub enum Output<'a> {
    /// Codes.
    Codes(&'a mut [u8]),
    /// Floats.
    Floats(&'a mut [Lane]),
}

/// The channels of a block, in registers.
#[derive(Clone, Copy)]
pub struct Ready<U: Unit> {
    factor: U::Floats,
    shift: U::Floats,
    other: (U::Floats, U::Floats),
    low: U::Floats,
    high: U::Floats,
}

impl Rescale {
    /// For one block of outputs.
    #[inline(always)]
    pub(super) fn ready<U: Unit>(&self, unit: U, block: usize) -> Ready<U> {
        let (zero, ratio) = self.other.unwrap_or_default();
        Ready {
            factor: unit.lane(&self.factor[block]),
            shift: unit.lane(&self.shift[block]),
            other: (unit.each(-zero), unit.each(ratio)),
            low: unit.each(self.low),
            high: unit.each(self.high),
        }
    }
}

impl<U: Unit> Ready<U> {
    /// Writes the outputs at `M` pixels, which are the lanes from `at` on, `step` apart.
    #[inline(always)]
    pub(super) fn write<const M: usize>(
        self,
        unit: U,
        sums: [U::Sums; M],
        other: Option<&[u8]>,
        (at, step): (usize, usize),
        output: &mut Output,
    ) {
        let mut scaled = [self.shift; M];
        for m in 0..M {
            scaled[m] = unit.plus(unit.times(unit.floats(sums[m]), self.factor), scaled[m]);
        }
        let reach = (M - 1) * step + 1;
        if let Some(other) = other {
            let other = &lanes(other)[at..][..reach];
            for m in 0..M {
                let above_zero = unit.plus(unit.codes(&other[m * step]), self.other.0);
                scaled[m] = unit.plus(scaled[m], unit.times(above_zero, self.other.1));
            }
        }
        match output {
            Output::Codes(codes) => {
                let codes = &mut codes.as_chunks_mut().0[at..][..reach];
                for m in 0..M {
                    codes[m * step] = unit.nearest(unit.below(unit.above(scaled[m], self.low), self.high));
                }
            }
            Output::Floats(floats) => {
                let floats = &mut floats[at..][..reach];
                for m in 0..M {
                    floats[m * step] = unit.store(unit.below(unit.above(scaled[m], self.low), self.high));
                }
            }
        }
    }
}

/// Codes in lanes of sixteen.
#[inline(always)]
pub fn lanes(codes: &[u8]) -> &[[u8; LANES]] {
    codes.as_chunks().0
}
