//! What a model answered elsewhere, sample by sample.

use inference::{Answer, Given};

use crate::identity::Identity;

/// The answers of a model that is not here, one for each sample of a data set.
#[derive(Clone, Debug)]
pub struct RecordedAnswers {
    /// Its name in results.
    pub name: String,
    /// The answers.
    pub answers: Vec<Answer>,
    /// The scores that each of them has.
    pub given: Given,
    /// What each took, as a multiple of the mean, if that is known.
    pub efforts: Option<Vec<f64>>,
    /// Bytes that are sent up for each, if that is known.
    pub bytes: Option<Vec<f64>>,
}

impl RecordedAnswers {
    /// The answer to a sample.
    pub fn answer(&self, sample: u32) -> Answer {
        self.answers[sample as usize]
    }

    /// Identifies all that it says.
    pub fn identity(&self) -> Identity {
        let bits = |values: &Option<Vec<f64>>| values.iter().flatten().map(|value| value.to_bits()).collect::<Vec<_>>();
        let answers: Vec<(u8, Vec<Option<u32>>)> = self
            .answers
            .iter()
            .map(|Answer { class, scores }| {
                let all = inference::Score::all().map(|score| scores.get(score).map(f32::to_bits));
                (*class, all.collect())
            })
            .collect();
        Identity::of(&(&self.name, answers, bits(&self.efforts), bits(&self.bytes)))
    }
}
