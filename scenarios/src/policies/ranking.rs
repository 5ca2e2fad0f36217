use serde::{Deserialize, Serialize};

use super::{Sample, Score};

/// What a device ranks its answers by; the lowest are sent up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ranking {
    /// The predictor head.
    Q,
    /// A confidence score.
    Confidence(Score),
    /// Chance.
    Chance,
    /// What an appeal would win, lose or leave as it is: only for bounds, since no device can know this.
    Truth,
}

impl Ranking {
    /// The score of an answer. An answer without q has the lowest.
    pub fn of(self, sample: &Sample) -> f64 {
        match self {
            Self::Q => sample.little.scores.q.map_or(0.0, f64::from),
            Self::Confidence(score) => f64::from(score.read(&sample.little.scores)),
            Self::Chance => sample.chance,
            Self::Truth => match (sample.little_right, sample.big_right) {
                (false, true) => 0.0,
                (true, false) => 2.0,
                _ => 1.0,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use inference::{Answer, Scores};

    use super::*;

    /// What an appeal wins, leaves as it is, or loses; and q, by which the order is another.
    #[test]
    fn the_truth_ranks_by_what_an_appeal_does() {
        let sample = |q: f32, little_right, big_right| {
            let scores = Scores { q: Some(q), max_softmax: 0.0, margin: 0.0, certainty: 0.0 };
            Sample { little: Answer { class: 0, scores }, little_right, big_right, chance: 0.0, weight: 1.0 }
        };
        let samples = [sample(0.0, true, false), sample(1.0, true, true), sample(2.0, false, true)];
        assert_eq!(samples.map(|sample| Ranking::Truth.of(&sample)), [2.0, 1.0, 0.0]);
        assert_eq!(samples.map(|sample| Ranking::Q.of(&sample)), [0.0, 1.0, 2.0]);
    }
}
