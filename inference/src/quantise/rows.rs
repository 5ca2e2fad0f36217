//! Weights in few bits.

use super::{Bits, pack, unpack};

/// From a clipping to the next tighter one.
const TIGHTER: f32 = 0.97;

/// How many clippings there are: the tightest is TIGHTER to the power of 64, 14 % of the largest weight.
const CLIPPINGS: usize = 65;

/// Rounded weights: rows of codes, one for each output channel, each symmetric about zero with a scale of its own.
///
/// Codes below 8 bits are packed; kernels unpack them into bytes when a network is made ready.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    bits: Bits,
    /// Weights of a row.
    length: usize,
    scales: Vec<f32>,
    /// Codes, moved up so that they count from 0.
    packed: Vec<u8>,
}

impl Rows {
    /// Rounds rows of so many weights. The scale of each is that of the least squared error over clippings.
    ///
    /// # Panics
    /// If `length` is 0 or the rows are not whole.
    pub fn fitted(weights: &[f32], length: usize, bits: Bits) -> Self {
        assert!(weights.len().is_multiple_of(length), "whole rows");
        let mut codes = Vec::with_capacity(weights.len());
        let scale = |row: &[f32]| {
            let scale = scale(row, bits);
            codes.extend(row.iter().map(|weight| code(*weight, scale, bits)));
            scale
        };
        let scales = weights.chunks_exact(length).map(scale).collect();
        let moved: Vec<u8> = codes.iter().map(|code| (i16::from(*code) + i16::from(bits.side())) as u8).collect();
        Self { bits, length, scales, packed: pack(bits, &moved) }
    }

    /// Bits of a weight.
    pub fn bits(&self) -> Bits {
        self.bits
    }

    /// The scale of each row.
    pub fn scales(&self) -> &[f32] {
        &self.scales
    }

    /// The codes as they lie in memory.
    pub fn packed(&self) -> &[u8] {
        &self.packed
    }

    /// Row after row, a byte a weight.
    pub fn codes(&self) -> Vec<i8> {
        let side = self.bits.side();
        let moved = unpack(self.bits, &self.packed, self.scales.len() * self.length);
        moved.into_iter().map(|code| (i16::from(code) - i16::from(side)) as i8).collect()
    }

    /// The mean squared difference from `weights`, which these are the rounded form of.
    pub fn mean_squared_error(&self, weights: &[f32]) -> f64 {
        let codes = self.codes();
        let rows = weights.chunks_exact(self.length).zip(codes.chunks_exact(self.length)).zip(&self.scales);
        let squares = rows.flat_map(|((row, codes), scale)| {
            row.iter()
                .zip(codes)
                .map(|(weight, code)| (f64::from(*weight) - f64::from(*code) * f64::from(*scale)).powi(2))
        });
        squares.sum::<f64>() / weights.len() as f64
    }
}

/// The scale of the least squared error.
fn scale(row: &[f32], bits: Bits) -> f32 {
    let largest = row.iter().fold(0.0f32, |largest, weight| largest.max(weight.abs()));
    let whole = largest / f32::from(bits.side());
    let scales = std::iter::successors(Some(whole), |scale| Some(scale * TIGHTER)).take(CLIPPINGS);
    let error = |scale: f32| {
        row.iter().map(|weight| (weight - f32::from(code(*weight, scale, bits)) * scale).powi(2)).sum::<f32>()
    };
    let positive = scales.filter(|scale| scale.is_normal());
    positive.map(|scale| (error(scale), scale)).min_by(|a, b| a.0.total_cmp(&b.0)).map_or(1.0, |(_, scale)| scale)
}

/// The nearest code.
fn code(weight: f32, scale: f32, bits: Bits) -> i8 {
    let side = f32::from(bits.side());
    (weight / scale).round_ties_even().clamp(-side, side) as i8
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// In two bits a weight is -1, 0 or 1 times its row's scale: nothing is lost of rows made that way, however large.
    #[test]
    fn rows_have_scales_of_their_own() {
        let weights = [0.5, -0.5, 0.0, 300.0, 0.0, 300.0];
        let rows = Rows::fitted(&weights, 3, Bits::TWO);
        assert_eq!(rows.scales(), [0.5, 300.0]);
        assert_eq!(rows.codes(), [1, -1, 0, 1, 0, 1]);
        assert_eq!(rows.mean_squared_error(&weights), 0.0);
        // Six codes of two bits.
        assert_eq!(rows.packed().len(), 2);
    }

    #[test]
    fn a_row_of_zeros_stays_one() {
        let rows = Rows::fitted(&[0.0; 4], 4, Bits::EIGHT);
        assert_eq!((rows.codes(), rows.mean_squared_error(&[0.0; 4])), (vec![0; 4], 0.0));
    }

    proptest! {
        /// Choosing among clippings cannot be worse than not clipping, where each weight is off by half a step.
        #[test]
        fn weights_lose_no_more_than_half_a_step(weights in prop::collection::vec(-5.0..5.0f32, 1..60), bits in 2u8..9) {
            let bits = Bits::new(bits).unwrap();
            let rows = Rows::fitted(&weights, weights.len(), bits);
            let largest = weights.iter().fold(0.0f32, |largest, weight| largest.max(weight.abs()));
            let half = f64::from(largest) / f64::from(bits.side()) / 2.0;
            prop_assert!(rows.mean_squared_error(&weights) <= half * half * 1.0001 + 1e-12);
            prop_assert!(rows.codes().iter().all(|code| code.abs() <= bits.side()));
        }

        /// And each more bit loses less, in the mean over many weights.
        #[test]
        fn more_bits_lose_less(weights in prop::collection::vec(-5.0..5.0f32, 200..300)) {
            let errors: Vec<f64> = Bits::all().map(|bits| {
                Rows::fitted(&weights, weights.len(), bits).mean_squared_error(&weights)
            }).collect();
            prop_assert!(errors.is_sorted_by(|more, less| more > less), "{errors:?}");
        }
    }
}
