//! The servers that appeals reach first, as far as policies can know them.

use serde::Serialize;

use crate::policies::{Ending, ImageAnswers, PolicySpec, Way};

/// The first tier on the way of a group's appeals.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FirstTier {
    /// Its network.
    pub network: Way,
    /// Which of its answers it keeps; all without one.
    pub policy: Option<PolicySpec>,
}

impl FirstTier {
    /// How an appeal of an image is answered, as far as the image tells: by this tier's network, or by the cloud's, if the
    /// tier is certain to pass it on. It may also do so because it is full, or by chance; nobody knows that beforehand.
    pub fn way(&self, image: &ImageAnswers) -> Way {
        let Some(policy) = self.policy.as_ref().map(PolicySpec::with_given_threshold) else { return self.network };
        let foreseen = policy.foresee(image);
        let passes_on = matches!(foreseen.ending, Some(Ending::SentUp(_)));
        if passes_on && !foreseen.drew && !foreseen.looked_around { Way::BIG } else { self.network }
    }
}

#[cfg(test)]
mod tests {
    use inference::{Answer, Score, Scores};

    use super::*;
    use crate::policies::spec;

    /// The servers run the third network and keep what its q of 0.6 is enough for; by chance, nothing is certain.
    #[test]
    fn what_is_certain_to_be_passed_on_is_answered_by_the_cloud() {
        let third = Way::all(3).last().unwrap();
        let answer = Answer { class: 0, scores: Scores::default().with(Score::Q, 0.6) };
        let image = ImageAnswers {
            ways: Way::all(3).collect(),
            answers: vec![answer; 3],
            right: vec![true; 3],
            appeal: third,
            chance: 0.1,
            weight: 1.0,
        };
        let way = |policy: &str| {
            let mut spec = spec(policy);
            spec.strategy = spec.strategy.with(third);
            FirstTier { network: third, policy: Some(spec) }.way(&image)
        };
        assert_eq!(way("appealnet: {delta: 0.5}"), third);
        assert_eq!(way("appealnet: {delta: 0.7}"), Way::BIG);
        assert_eq!(way("random: {appeal-rate: 90 %}"), third);
        assert_eq!(FirstTier { network: third, policy: None }.way(&image), third);
    }
}
