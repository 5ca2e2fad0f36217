//! What answers are ranked by.

use inference::Scores;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Sample;

/// A measure of how good an answer is likely to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Score {
    /// The predictor head's probability that the edge answer will do; only for [`super::Policy`]s of its own.
    #[serde(skip)]
    Q,
    /// The largest class probability.
    MaxSoftmax,
    /// The largest minus the second largest.
    Margin,
    /// One minus the normalised entropy of the class probabilities.
    Entropy,
}

/// How a score is named and read.
struct Line {
    score: Score,
    name: &'static str,
    read: fn(&Scores) -> Option<f32>,
}

/// The table of all scores.
const TABLE: [Line; 4] = [
    Line { score: Score::Q, name: "q", read: |scores| scores.q },
    Line { score: Score::MaxSoftmax, name: "max-softmax", read: |scores| Some(scores.max_softmax) },
    Line { score: Score::Margin, name: "margin", read: |scores| Some(scores.margin) },
    Line { score: Score::Entropy, name: "entropy", read: |scores| Some(scores.certainty) },
];

impl Score {
    /// All of them, in the order of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|line| line.score)
    }

    /// As files and tables write it.
    pub fn name(self) -> &'static str {
        self.line().name
    }

    /// The score of an answer; none if its network does not give it.
    pub fn read(self, scores: &Scores) -> Option<f32> {
        (self.line().read)(scores)
    }

    fn line(self) -> &'static Line {
        &TABLE[self as usize]
    }
}

/// What the answers to some images are ranked by; the lowest are sent up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ranking {
    /// A score.
    Score(Score),
    /// Chance.
    Chance,
    /// What an appeal would win, lose or leave as it is: only for bounds, since no device can know this.
    Truth,
}

impl Ranking {
    /// The rank of an answer. An answer without the score has the lowest.
    pub fn of(self, sample: &Sample) -> f64 {
        match self {
            Self::Score(score) => score.read(&sample.little.scores).map_or(0.0, f64::from),
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
    use inference::Answer;

    use super::*;

    #[test]
    fn every_score_has_its_line() {
        assert!(Score::all().zip(&TABLE).all(|(score, line)| score.line().name == line.name));
        let scores = Scores { q: None, max_softmax: 0.1, margin: 0.2, certainty: 0.3 };
        let read: Vec<Option<f32>> = Score::all().map(|score| score.read(&scores)).collect();
        assert_eq!(read, [None, Some(0.1), Some(0.2), Some(0.3)]);
    }

    /// What an appeal wins, leaves as it is, or loses; and q, by which the order is another.
    #[test]
    fn the_truth_ranks_by_what_an_appeal_does() {
        let sample = |q: f32, little_right, big_right| {
            let scores = Scores { q: Some(q), max_softmax: 0.0, margin: 0.0, certainty: 0.0 };
            Sample { little: Answer { class: 0, scores }, little_right, big_right, chance: 0.0, weight: 1.0 }
        };
        let samples = [sample(0.0, true, false), sample(1.0, true, true), sample(2.0, false, true)];
        assert_eq!(samples.map(|sample| Ranking::Truth.of(&sample)), [2.0, 1.0, 0.0]);
        assert_eq!(samples.map(|sample| Ranking::Score(Score::Q).of(&sample)), [0.0, 1.0, 2.0]);
    }
}
