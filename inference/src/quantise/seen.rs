//! What was seen of a tensor of activations.

use super::{Bits, Grid};

/// Parts of the range: a step of eight bits is sixteen of them, so that what they hide of a value hardly counts.
const PARTS: usize = 4096;

/// From a clipping to the next tighter one: squared errors near the best change little over a step of so much.
const TIGHTER: f64 = 0.93;

/// How many clippings there are: the tightest is TIGHTER to the power of 48, 3 % of what was seen.
const CLIPPINGS: usize = 49;

/// A histogram of the values that a tensor took.
///
/// Zeros, which rectifiers make many of, are counted apart: every grid has them exactly.
#[derive(Clone, Debug)]
pub struct Seen {
    low: f32,
    high: f32,
    zeros: u64,
    counts: Vec<u64>,
}

impl Seen {
    /// Nothing yet of a tensor whose values are known to lie in this range.
    pub fn over(low: f32, high: f32) -> Self {
        Self { low, high, zeros: 0, counts: vec![0; PARTS] }
    }

    /// Counts a value; one outside the range as if it were at its end.
    pub fn add(&mut self, x: f32) {
        if x == 0.0 {
            self.zeros += 1;
        } else {
            let part = (x - self.low) / (self.high - self.low) * PARTS as f32;
            // Converting stops at the ends of the range, and takes what is no number as 0.
            self.counts[(part as usize).min(PARTS - 1)] += 1;
        }
    }

    /// The range.
    pub fn range(&self) -> (f64, f64) {
        (f64::from(self.low), f64::from(self.high))
    }

    /// How many values were seen.
    pub fn count(&self) -> u64 {
        self.zeros + self.counts.iter().sum::<u64>()
    }

    /// The sum over all values of the squared difference that a grid makes, each value taken as the middle of its part.
    pub fn squared_error(&self, grid: Grid) -> f64 {
        let (low, high) = self.range();
        let part = (high - low) / PARTS as f64;
        let (scale, zero, top) = (f64::from(grid.scale), f64::from(grid.zero_point), f64::from(grid.bits.top()));
        let error = |(at, count): (usize, &u64)| {
            let x = low + (at as f64 + 0.5) * part;
            let code = (x / scale + zero).round_ties_even().clamp(0.0, top);
            *count as f64 * (x - (code - zero) * scale).powi(2)
        };
        self.counts.iter().enumerate().filter(|(_, count)| **count > 0).map(error).sum()
    }

    /// The mean of the squared differences; 0 if nothing was seen.
    pub fn mean_squared_error(&self, grid: Grid) -> f64 {
        match self.count() {
            0 => 0.0,
            count => self.squared_error(grid) / count as f64,
        }
    }

    /// The grid that loses least: the least squared error over clippings of both ends, first of the upper and then of
    /// the lower one.
    pub fn fitted(&self, bits: Bits) -> Grid {
        let (low, high) = self.range();
        let clippings = || std::iter::successors(Some(1.0), |clipping| Some(clipping * TIGHTER)).take(CLIPPINGS);
        let best = |ranges: &mut dyn Iterator<Item = (f64, f64)>| {
            let errors = ranges.map(|(low, high)| (self.squared_error(Grid::over(low, high, bits)), (low, high)));
            errors.min_by(|a, b| a.0.total_cmp(&b.0)).map_or((low, high), |(_, range)| range)
        };
        let (_, high) = best(&mut clippings().map(|clipping| (low, high * clipping)));
        let (low, high) = best(&mut clippings().map(|clipping| (low * clipping, high)));
        Grid::over(low, high, bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_seen_is_a_grid_too() {
        for bits in Bits::all() {
            assert_eq!(Seen::over(0.0, 0.0).fitted(bits).value(0), 0.0);
        }
    }

    /// One value in two thousand is far out. With it the two bits have steps of 10 and the others, from 0 to 3, lose
    /// nearly all; without it steps of 1 lose nothing of them.
    #[test]
    fn a_fitted_grid_gives_up_outliers() {
        let mut seen = Seen::over(0.0, 30.0);
        (0..2000).for_each(|at| seen.add((at % 4) as f32));
        seen.add(30.0);
        let grid = seen.fitted(Bits::TWO);
        assert!((0.9..1.1).contains(&grid.scale), "{grid:?}");
    }

    /// Against the error of the very values, over which the histogram is a little blurred.
    #[test]
    fn the_error_is_that_of_the_values() {
        let values: Vec<f32> =
            (1..=3000).map(|i| (i as f64 * 0.618_033_988_749_895).fract() as f32 * 5.0 - 2.0).collect();
        let mut seen = Seen::over(-2.0, 3.0);
        values.iter().chain(&[0.0; 1000]).for_each(|value| seen.add(*value));
        assert_eq!(seen.count(), 4000);
        for bits in Bits::all() {
            let grid = Grid::over(-1.5, 2.5, bits);
            let off = |x: &f32| (f64::from(*x) - f64::from(grid.value(grid.code(*x)))).powi(2);
            let expected = values.iter().map(off).sum::<f64>() / 4000.0;
            let found = seen.mean_squared_error(grid);
            assert!((found / expected - 1.0).abs() < 0.02, "{bits} bits: {found} not {expected}");
        }
    }
}
