//! Numbers on an even grid: value ≈ step · (code − zero), with a code of b bits.
//!
//! The grid reaches from the smallest to the largest of the values it is for, and to 0, which is one of its points (the
//! zero point of Jacob et al. 2018): what a rectifier cut off is 0 at any width. Its step is (high − low) / (2^b − 1),
//! rounded up to single precision so that the grid covers the range. No finite value is off by more than half a step.
//!
//! Values that are not finite are left out of the range. Infinities become the ends of the grid and what is no number
//! becomes 0, as b bits have no code for them. Where all values are 0, or none is finite, the step is 0, and so are all
//! values.

use crate::quantise::Bits;

/// A grid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    step: f32,
    zero: u8,
}

/// The smallest and the largest of some values, and 0.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Range {
    low: f32,
    high: f32,
}

impl Range {
    /// Makes it reach to a value, if that is finite.
    pub fn include(&mut self, value: f32) {
        if value.is_finite() {
            (self.low, self.high) = (self.low.min(value), self.high.max(value));
        }
    }
}

impl Grid {
    /// Bytes of its step and its zero point.
    pub const SIZE: usize = 5;

    /// The grid over a range.
    pub fn over(Range { low, high }: Range, bits: Bits) -> Self {
        // In double precision, where neither the width of the range nor its step is out of bounds.
        let exact = (f64::from(high) - f64::from(low)) / f64::from(bits.top());
        let rounded = exact as f32;
        let step = if f64::from(rounded) < exact { rounded.next_up() } else { rounded };
        // 0/0 where all values are 0, which becomes 0.
        let zero = (-f64::from(low) / f64::from(step)).round() as u8;
        Self { step, zero }
    }

    /// The nearest code.
    pub fn code(self, value: f32, bits: Bits) -> u8 {
        let code = f64::from(value) / f64::from(self.step) + f64::from(self.zero);
        // Half up. Conversion rounds down and stops at the ends of a byte; 0/0, at a step of 0, becomes 0.
        if value.is_nan() { self.zero } else { ((code + 0.5) as u8).min(bits.top()) }
    }

    /// What a code stands for.
    pub fn value(self, code: u8) -> f32 {
        // The end of a grid up to the largest single may be beyond it, as steps are rounded up.
        (self.step * f32::from(i16::from(code) - i16::from(self.zero))).clamp(f32::MIN, f32::MAX)
    }

    /// As it is sent.
    pub fn to_bytes(self) -> [u8; Self::SIZE] {
        let [a, b, c, d] = self.step.to_le_bytes();
        [a, b, c, d, self.zero]
    }

    /// As it was sent.
    pub fn from_bytes([a, b, c, d, zero]: [u8; Self::SIZE]) -> Self {
        Self { step: f32::from_le_bytes([a, b, c, d]), zero }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bits(bits: u8) -> Bits {
        Bits::new(bits).unwrap()
    }

    fn grid(values: &[f32], of: u8) -> Grid {
        let mut range = Range::default();
        values.iter().for_each(|value| range.include(*value));
        Grid::over(range, bits(of))
    }

    /// Codes of the values, and what those stand for, on the grid over the values.
    fn through(values: &[f32], of: u8) -> (Vec<u8>, Vec<f32>) {
        let grid = grid(values, of);
        values.iter().map(|value| (grid.code(*value, bits(of)), grid.value(grid.code(*value, bits(of))))).unzip()
    }

    /// By hand: two bits from -1 to 5 make steps of 6/3 = 2; 0 is at code 1/2, rounded to 1, so that the grid is
    /// -2, 0, 2, 4. 5 is beyond its end, by half a step.
    #[test]
    fn a_grid_is_even_and_has_a_zero() {
        let grid = grid(&[-1.0, 5.0], 2);
        assert_eq!(grid, Grid { step: 2.0, zero: 1 });
        let codes = [-1.0, 5.0, 0.0, 0.9, 1.0, 1.1, -1.1].map(|value| grid.code(value, bits(2)));
        assert_eq!(codes, [1, 3, 1, 1, 2, 2, 0]);
        assert_eq!([0, 1, 2, 3].map(|code| grid.value(code)), [-2.0, 0.0, 2.0, 4.0]);
    }

    /// One value, and 0: the grid has both as its ends.
    #[test]
    fn constants_stay() {
        for of in 2..=8 {
            for value in [3.0, -0.7, 0.0, f32::MAX, f32::MIN, f32::from_bits(1)] {
                let (_, values) = through(&[value; 3], of);
                let off = (f64::from(values[0]) - f64::from(value)).abs();
                // The step is rounded up, by one part in 2^23 at most, or to the smallest step that there is.
                assert!(off <= 2f64.powi(-22) * f64::from(value.abs()), "{of} bits: {value:e} -> {:e}", values[0]);
            }
        }
    }

    #[test]
    fn what_is_not_finite_goes_to_the_ends_or_to_zero() {
        let values = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -1.0, 2.0];
        assert_eq!(through(&values, 2).1, [0.0, 2.0, -1.0, -1.0, 2.0]);
        assert_eq!(through(&values[..3], 8).1, [0.0; 3], "no range");
    }

    #[test]
    fn a_grid_is_sent_and_arrives() {
        let grid = Grid { step: 0.1, zero: 200 };
        assert_eq!(Grid::from_bytes(grid.to_bytes()), grid);
    }

    proptest! {
        /// Of whatever magnitude, down to subnormals: a step below the smallest is the smallest.
        #[test]
        fn no_value_is_off_by_more_than_half_a_step(
            of in 2..=8_u8, values in prop::collection::vec(prop::num::f32::ANY, 1..12), power in 0..260_i32,
        ) {
            // All alike in magnitude, and at times all of one sign.
            let scale = 2f32.powi(power - 140);
            let alike: Vec<f32> = values.iter().map(|value| (value.to_bits() >> 8) as f32 * scale - scale).collect();
            for values in [values, alike] {
                let grid = grid(&values, of);
                let (_, decoded) = through(&values, of);
                for (value, decoded) in values.iter().zip(decoded).filter(|(value, _)| value.is_finite()) {
                    let off = (f64::from(*value) - f64::from(decoded)).abs();
                    // A whole number of steps is rounded to single precision.
                    let rounding = 2f64.powi(-24) * f64::from(decoded.abs());
                    let half = f64::from(grid.step) / 2.0 * (1.0 + 1e-12);
                    prop_assert!(off <= half + rounding, "{value:e} -> {decoded:e}");
                }
            }
        }
    }
}
