//! What was asked of the devices of a group and of their links.

/// What the devices of a group offered to their processors, beyond the first segments, and to their links: bits, and
/// seconds without any.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked {
    /// Seconds it takes to run the segments after the first.
    pub later_segments_s: f64,
    /// Seconds it takes to prepare their appeals.
    pub preparing_s: f64,
    /// Bits of attempts, and seconds in which their connections paused.
    pub up_bits: f64,
    pub up_pauses_s: f64,
    /// The same of answers.
    pub down_bits: f64,
    pub down_pauses_s: f64,
}
