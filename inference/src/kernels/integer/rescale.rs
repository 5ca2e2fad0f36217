//! From sums of products to what is written.

use super::super::{LANES, Lane};
use super::unit::Sums;
use crate::quantise::nearest;

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
    /// The most that is written as a code.
    pub high: f32,
}

/// Where to write, laid out alike.
pub enum Output<'a> {
    /// Codes.
    Codes(&'a mut [u8]),
    /// Floats.
    Floats(&'a mut [Lane]),
}

impl Rescale {
    /// The same from block `first` on.
    pub(super) fn of(&self, block: usize) -> (&Lane, &Lane) {
        (&self.factor[block], &self.shift[block])
    }

    /// Writes the outputs of one block at one pixel, which are the lane `at`.
    #[inline(always)]
    pub(super) fn write(
        &self,
        (factor, shift): (&Lane, &Lane),
        sums: &Sums,
        other: Option<&[u8]>,
        at: usize,
        output: &mut Output,
    ) {
        let mut scaled = [0.0; LANES];
        for lane in 0..LANES {
            scaled[lane] = sums.0[lane] as f32 * factor.0[lane] + shift.0[lane];
        }
        if let (Some(other), Some((zero, ratio))) = (other, self.other) {
            for (scaled, other) in scaled.iter_mut().zip(&other[at * LANES..][..LANES]) {
                *scaled += (f32::from(*other) - zero) * ratio;
            }
        }
        match output {
            Output::Codes(codes) => {
                let codes = &mut codes[at * LANES..][..LANES];
                codes.iter_mut().zip(scaled).for_each(|(code, scaled)| *code = nearest(scaled, self.low, self.high));
            }
            Output::Floats(values) => {
                let values = &mut values[at].0;
                values.iter_mut().zip(scaled).for_each(|(value, scaled)| *value = scaled.max(self.low));
            }
        }
    }
}
