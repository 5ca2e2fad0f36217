//! The stages of a policy that keeps the first answer that is sure enough, as a result says them.

use inference::Score;
use serde::{Deserialize, Serialize};

/// An exit of a network, or one of several networks, and what its score means: an answer with the score s is right with
/// the probability 1 / (1 + exp(−(slope · logit(s) + offset))).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// The network as the scenario calls it, and the exit if it is not the last: `little`, `exit 0 of exits`.
    pub name: String,
    /// Name of the score in the scenario file.
    pub score: String,
    /// How fast the odds grow with those of the score.
    pub slope: f64,
    /// The logarithm of the odds where the score is one half.
    pub offset: f64,
}

/// Scores nearer to 0 or 1 than this are as good as 0 or 1: the resolution of 32-bit floats below 1.
const RESOLUTION: f64 = 6e-8;

impl Stage {
    /// The score, if there is one of that name.
    pub fn score(&self) -> Option<Score> {
        Score::named(&self.score)
    }

    /// How likely an answer with this score is to be right.
    pub fn probability(&self, score: f64) -> f64 {
        let score = score.clamp(RESOLUTION, 1.0 - RESOLUTION);
        let logit = (score / (1.0 - score)).ln();
        1.0 / (1.0 + (-(self.slope * logit + self.offset)).exp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Even odds at a score of one half without an offset; with a slope of 2, odds of 3 become odds of 9.
    #[test]
    fn odds_grow_as_a_power_of_the_score_s() {
        let stage = |slope, offset| Stage { name: "little".into(), score: "q".into(), slope, offset };
        assert_eq!(stage(2.0, 0.0).probability(0.5), 0.5);
        assert!((stage(2.0, 0.0).probability(0.75) - 0.9).abs() < 1e-12);
        assert!((stage(0.0, 3.0f64.ln()).probability(0.1) - 0.75).abs() < 1e-12);
        assert!([0.0, 1.0].iter().all(|score| (0.0..=1.0).contains(&stage(2.0, 0.0).probability(*score))));
        assert_eq!(stage(1.0, 0.0).score(), Some(Score::Q));
    }
}
