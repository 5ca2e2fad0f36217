//! What answers are ranked by.

use inference::Score;

use super::Sample;

/// What the answers to some images are ranked by; the lowest are sent up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ranking {
    /// A score.
    Score(Score),
    /// Chance.
    Chance,
}

impl Ranking {
    /// The rank of an answer. One without the score is below every threshold: none keeps it, as no
    /// [`Threshold`](super::Threshold) does.
    pub fn of(self, sample: &Sample) -> f64 {
        match self {
            Self::Score(score) => sample.little.scores.get(score).map_or(f64::NEG_INFINITY, f64::from),
            Self::Chance => sample.chance,
        }
    }
}
