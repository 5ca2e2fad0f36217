//! Evenly spaced numbers that stand for all others.

use super::Bits;

/// Evenly spaced numbers: code q stands for `scale`·(q − `zero_point`).
///
/// Zero is one of them, so that what is around an image and what a rectifier cuts off stay exactly zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// From a number to the next; above 0.
    pub scale: f32,
    /// The code of zero.
    pub zero_point: u8,
    /// Codes run from 0 to [`Bits::top`].
    pub bits: Bits,
}

impl Grid {
    /// The finest grid over a range; the range is widened to hold zero, and moved by up to half a step so that zero is
    /// on the grid.
    pub fn over(low: f64, high: f64, bits: Bits) -> Self {
        let (low, high) = (low.min(0.0), high.max(0.0));
        let top = f64::from(bits.top());
        let scale = ((high - low) / top) as f32;
        if scale <= 0.0 || !scale.is_finite() {
            return Self { scale: 1.0, zero_point: 0, bits };
        }
        let zero_point = (-low / f64::from(scale)).round().clamp(0.0, top) as u8;
        Self { scale, zero_point, bits }
    }

    /// The nearest code.
    pub fn code(self, x: f32) -> u8 {
        self.rounding().code(x)
    }

    /// What a code stands for.
    pub fn value(self, code: u8) -> f32 {
        (f32::from(code) - f32::from(self.zero_point)) * self.scale
    }

    /// The arithmetic of [`Grid::code`], ready for many numbers.
    pub fn rounding(self) -> Rounding {
        let Self { scale, zero_point, bits } = self;
        Rounding { factor: 1.0 / scale, shift: f32::from(zero_point), top: f32::from(bits.top()) }
    }

    /// The smallest and the largest number on it.
    pub fn range(self) -> (f32, f32) {
        (self.value(0), self.value(self.bits.top()))
    }
}

/// From numbers to codes.
#[derive(Clone, Copy, Debug)]
pub struct Rounding {
    factor: f32,
    shift: f32,
    top: f32,
}

impl Rounding {
    /// The nearest code.
    #[inline(always)]
    pub fn code(self, x: f32) -> u8 {
        nearest(x * self.factor + self.shift, 0.0, self.top)
    }
}

/// The whole number nearest to x, the even one of two, between bounds within 0 and 255; `low` if x is no number.
///
/// Beside 2^23 there is no room for fractions in single precision: adding rounds, and leaves the number in the lowest
/// bits. Every processor does that alike, in few instructions.
#[inline(always)]
pub fn nearest(x: f32, low: f32, high: f32) -> u8 {
    let x = if x > low { x } else { low };
    let x = if x < high { x } else { high };
    (x + 8_388_608.0).to_bits() as u8
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// From -1 to 2 in two bits: three steps of 1, zero is the second number. 0.5 and 1.5 have codes 1.5 and 2.5, both of
    /// which are as near to 2, the even one.
    #[test]
    fn a_grid_by_hand() {
        let grid = Grid::over(-1.0, 2.0, Bits::TWO);
        assert_eq!(grid, Grid { scale: 1.0, zero_point: 1, bits: Bits::TWO });
        assert_eq!([-7.0, -0.6, -0.4, 0.5, 1.5, 9.0].map(|x| grid.code(x)), [0, 0, 1, 2, 2, 3]);
        assert_eq!([0, 1, 2, 3].map(|code| grid.value(code)), [-1.0, 0.0, 1.0, 2.0]);
        assert_eq!((grid.code(f32::NAN), grid.code(f32::INFINITY)), (0, 3));
    }

    proptest! {
        /// Half a step, inside the range of the grid; outside it is the nearest end. Zero loses nothing.
        #[test]
        fn rounding_is_off_by_half_a_step(low in -100.0..100.0f64, wide in 1e-3..100.0f64, bits in 2u8..9, x in -200.0..200.0f32) {
            let grid = Grid::over(low, low + wide, Bits::new(bits).unwrap());
            let (first, last) = grid.range();
            let found = grid.value(grid.code(x));
            let nearest = x.clamp(first, last);
            let slack = 1e-5 * (1.0 + x.abs().min(200.0));
            prop_assert!((found - nearest).abs() <= grid.scale / 2.0 + slack, "{grid:?}: {x} became {found}");
            prop_assert_eq!(grid.value(grid.code(0.0)), 0.0);
            for code in 0..=grid.bits.top() {
                prop_assert_eq!(grid.code(grid.value(code)), code, "what a code stands for has that code");
            }
        }
    }
}
