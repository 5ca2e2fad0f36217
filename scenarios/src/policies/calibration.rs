//! The calibration half, on which thresholds are set.

use super::{Candidate, Criterion, ImageAnswers, Ranked, Ranking, Sample, Stages, Strategy, SureEnough, Unreachable};

/// The images of the calibration half, with what the networks say about them.
#[derive(Clone, Copy, Default)]
pub struct Calibration<'a> {
    images: &'a [ImageAnswers],
}

impl<'a> Calibration<'a> {
    /// For policies that have no threshold to find.
    pub const NONE: Self = Self { images: &[] };

    /// Calibrates on these images.
    pub fn on(images: &'a [ImageAnswers]) -> Self {
        Self { images }
    }

    /// The threshold that reaches a criterion's target with the fewest appeals, when answers that score below it are
    /// referred. Of a strategy with several exits, its first decides; what is referred there is taken to be answered as
    /// [`ImageAnswers::under`] says.
    ///
    /// # Errors
    /// If none does, if there are no images, or if the target is a share of a gain and the big network is no better than
    /// the little one.
    pub fn threshold(&self, criterion: Criterion, strategy: &Strategy) -> Result<f64, Unreachable> {
        let Criterion { ranking, target } = criterion;
        if self.images.is_empty() {
            return Err(Unreachable::NoImages { target });
        }
        let samples: Vec<Sample> = self.images.iter().map(|image| image.under(strategy)).collect();
        let weights: Vec<f64> = samples.iter().map(|sample| sample.weight).collect();
        Ranked::new(&samples, ranking).curve(&weights).threshold(target).map_err(|missed| missed.why)
    }

    /// At most `most` thresholds by which answers of this ranking can be kept, spread evenly over those that differ and
    /// ascending in what they send up, up to the most accurate one of all. None if there are no images.
    pub fn candidates(&self, ranking: Ranking, strategy: &Strategy, most: usize) -> Vec<Candidate> {
        let samples: Vec<Sample> = self.images.iter().map(|image| image.under(strategy)).collect();
        let weights: Vec<f64> = samples.iter().map(|sample| sample.weight).collect();
        Ranked::new(&samples, ranking).curve(&weights).candidates(most)
    }

    /// The rule that keeps the first answer of a strategy that is sure enough.
    ///
    /// # Errors
    /// As [`SureEnough::calibrated`].
    pub fn stages(&self, sure_enough: SureEnough, strategy: &Strategy) -> Result<Stages, Unreachable> {
        sure_enough.calibrated(strategy, self.images)
    }
}

#[cfg(test)]
mod tests {
    use device_models::units::{Points, Share};
    use inference::{Answer, Score, Scores};

    use super::*;
    use crate::policies::{Ranking, Target, Way, of_pair};

    /// Ten images: the little network is wrong on the three with the lowest scores, the big one never.
    fn samples() -> Vec<Sample> {
        let sample = |i: u32| {
            let score = i as f32 / 10.0;
            let scores = Scores::default().with(Score::Q, score);
            let little = Answer { class: 0, scores };
            Sample { little, little_right: i >= 3, big_right: true, chance: 0.0, weight: 1.0 }
        };
        (0..10).map(sample).collect()
    }

    /// The threshold on q for a target.
    fn threshold(samples: &[Sample], target: Target) -> Result<f64, Unreachable> {
        let images: Vec<ImageAnswers> = samples.iter().map(of_pair).collect();
        let criterion = Criterion { ranking: Ranking::Score(Score::Q), target };
        Calibration::on(&images).threshold(criterion, &Strategy::answer_or_appeal())
    }

    #[test]
    fn the_fewest_appeals_that_reach_the_target() {
        let appeals = |target| {
            let threshold = threshold(&samples(), target).unwrap();
            (0..10).filter(|i| f64::from(*i as f32 / 10.0) < threshold).count()
        };
        assert_eq!(appeals(Target::AccuracyGain(Share::new(0.0))), 0);
        assert_eq!(appeals(Target::AccuracyGain(Share::new(0.5))), 2);
        assert_eq!(appeals(Target::AccuracyGain(Share::new(1.0))), 3);
        assert_eq!(appeals(Target::Accuracy(Share::new(0.8))), 1);
        assert_eq!(appeals(Target::AppealRate(Share::new(0.4))), 4);
        assert_eq!(appeals(Target::AppealRate(Share::new(1.0))), 10);
        assert_eq!(threshold(&samples(), Target::Delta(Share::new(0.3))), Ok(0.3));
    }

    /// The three images that the little network gets wrong occur four times as often as the other seven.
    #[test]
    fn an_image_counts_for_as_much_as_it_comes_up() {
        let weighted: Vec<Sample> =
            samples().iter().map(|s| Sample { weight: if s.little_right { 1.0 } else { 4.0 }, ..*s }).collect();
        let appeals = |target| {
            let threshold = threshold(&weighted, target).unwrap();
            (0..10).filter(|i| f64::from(*i as f32 / 10.0) < threshold).count()
        };
        // Of a total weight of 19, the three have 4 each: shares of 4/19, 8/19, 12/19, then 1/19 more each.
        assert_eq!(appeals(Target::AppealRate(Share::new(0.2))), 1);
        assert_eq!(appeals(Target::AppealRate(Share::new(0.4))), 2);
        assert_eq!(appeals(Target::AppealRate(Share::new(0.65))), 4);
        assert_eq!(appeals(Target::Accuracy(Share::new(0.5))), 1, "7/19 right at first, 11/19 after one appeal");
        assert_eq!(appeals(Target::AccuracyGain(Share::new(0.5))), 2);
    }

    #[test]
    fn equal_scores_go_together() {
        let threshold = |share: f64, score: fn(&Sample) -> f32| {
            let with = |s: &Sample| {
                let scores = s.little.scores.with(Score::Q, score(s));
                Sample { little: Answer { scores, ..s.little }, ..*s }
            };
            let tied: Vec<Sample> = samples().iter().map(with).collect();
            threshold(&tied, Target::AppealRate(Share::new(share))).map_err(|e| e.to_string())
        };
        assert_eq!(threshold(0.0, |_| 0.5), Ok(0.5));
        assert!(threshold(1.0, |_| 0.5).unwrap() > 0.5);
        let told = threshold(0.2, |_| 0.5).unwrap_err();
        assert!(
            told.contains("appeal-rate 20 % cannot be sent up: scores tie") && told.contains("0 % or 100 %"),
            "{told}"
        );
        // Three scores of 0, then seven of 1.
        let two = |sample: &Sample| f32::from(u8::from(sample.little_right));
        let told = threshold(0.1, two).unwrap_err();
        assert!(told.contains("either 0 % or 30 %"), "{told}");
        let told = threshold(0.5, two).unwrap_err();
        assert!(told.contains("either 30 % or 100 %"), "{told}");
        assert_eq!(threshold(0.3, two), Ok(1.0));
        // Ten images have no share of 25 %; without ties, the next one does.
        assert!(threshold(0.25, |sample| sample.little.scores.get(Score::Q).unwrap()).is_ok());
    }

    #[test]
    fn unreachable_targets_are_errors() {
        let scores = Scores::default().with(Score::Q, 0.5);
        let of = |little_right, accuracy| {
            let little = Answer { class: 0, scores };
            let sample = Sample { little, little_right, big_right: false, chance: 0.5, weight: 1.0 };
            threshold(&[sample], Target::Accuracy(Share::new(accuracy)))
        };
        assert!(of(true, 1.0).is_ok());
        let error = of(false, 0.9).unwrap_err();
        assert!(error.to_string().contains("accuracy 90 %"), "{error}");
        let error = threshold(&[], Target::Accuracy(Share::new(0.9))).unwrap_err();
        assert!(error.to_string().contains("there are no calibration images"), "{error}");
    }

    /// The little network is right on three of four images, the big one on two: accuracy-gain is no valid target,
    /// others are.
    #[test]
    fn there_is_no_share_of_a_gain_that_is_none() {
        let stale = |bigs: [bool; 4], target| {
            let sample = |(place, big_right): (usize, bool)| {
                let score = place as f32 / 4.0;
                let scores = Scores::default().with(Score::Q, score);
                let little = Answer { class: 0, scores };
                Sample { little, little_right: place > 0, big_right, chance: 0.0, weight: 1.0 }
            };
            threshold(&bigs.into_iter().enumerate().map(sample).collect::<Vec<_>>(), target)
        };
        let worse = [true, false, false, true];
        for gain in [0.0, 0.5, 0.9] {
            let error = stale(worse, Target::AccuracyGain(Share::new(gain))).unwrap_err().to_string();
            assert!(error.contains("what is sent up is right on 50.00 % and what is kept on 75.00 %"), "{error}");
            assert!(error.contains("set 'gain-share: X %'"), "{error}");
        }
        // The best threshold sends up the one image that only the big network gets right: a gain of a quarter.
        for target in [Target::GainShare(Share::new(0.9)), Target::Points(Points::new(20.0))] {
            assert_eq!(stale(worse, target), Ok(0.25), "{target}");
        }
        let error = stale(worse, Target::Points(Points::new(30.0))).unwrap_err().to_string();
        assert!(error.contains("no threshold reaches points 30") && error.contains("25.00 points"), "{error}");
        let hopeless = [false, false, false, true];
        let error = stale(hopeless, Target::GainShare(Share::new(0.5))).unwrap_err();
        assert!(matches!(error, Unreachable::NoGain { .. }), "{error}");
        // The one image that only the big network gets right is appealed.
        assert_eq!(stale(worse, Target::Accuracy(Share::new(1.0))), Ok(0.25));
        assert_eq!(stale(worse, Target::AppealRate(Share::new(0.5))), Ok(0.5));
        let equal = [true, false, true, true];
        let error = stale(equal, Target::AccuracyGain(Share::new(0.5))).unwrap_err();
        assert!(matches!(error, Unreachable::NoGain { .. }), "{error}");
    }

    /// The little network is wrong about the first of two images, and so is the big one. Appeals are answered by a third
    /// network, which is right about it.
    #[test]
    fn appeals_are_answered_by_the_first_tier() {
        let third = Way::all(3).last().unwrap();
        let image = |q: f32, right: [bool; 3]| {
            let scores = Scores::default().with(Score::Q, q);
            let answers = vec![Answer { class: 0, scores }; 3];
            ImageAnswers {
                ways: Way::all(3).collect(),
                answers,
                right: right.into(),
                appeal: third,
                chance: 0.0,
                weight: 1.0,
            }
        };
        let images = [image(0.1, [false, false, true]), image(0.2, [true, true, false])];
        let criterion = Criterion { ranking: Ranking::Score(Score::Q), target: Target::Accuracy(Share::new(1.0)) };
        let found = Calibration::on(&images).threshold(criterion, &Strategy::answer_or_appeal());
        assert_eq!(found, Ok(f64::from(0.2f32)), "the first goes up, and its server is right about it");
        let by_big = images.map(|image| ImageAnswers { appeal: Way::BIG, ..image });
        assert!(Calibration::on(&by_big).threshold(criterion, &Strategy::answer_or_appeal()).is_err());
    }
}
