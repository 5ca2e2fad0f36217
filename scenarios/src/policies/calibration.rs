//! The calibration half, on which thresholds are set.

use std::sync::{Arc, OnceLock};

use super::{Ranked, Ranking, Sample, Target, Unreachable};

/// The calibration half, computed at most once and only if some threshold needs it.
pub struct Calibration<'a> {
    samples: OnceLock<Arc<[Sample]>>,
    ask: Box<dyn Fn() -> Arc<[Sample]> + 'a>,
}

impl<'a> Calibration<'a> {
    /// Calibrates on what `ask` returns.
    pub fn new<S: Into<Arc<[Sample]>>>(ask: impl Fn() -> S + 'a) -> Self {
        Self { samples: OnceLock::new(), ask: Box::new(move || ask().into()) }
    }

    /// The threshold that reaches `target` with the fewest appeals, when answers that score below it go up.
    ///
    /// # Errors
    /// If none does, or if it is a share of a gain and the big network is no better than the little one.
    pub fn threshold(&self, target: Target, ranking: Ranking) -> Result<f64, Unreachable> {
        if let Target::Delta(delta) = target {
            return Ok(delta.get());
        }
        let samples = self.samples.get_or_init(|| (self.ask)());
        let weights: Vec<f64> = samples.iter().map(|sample| sample.weight).collect();
        Ranked::new(samples, ranking).curve(&weights).threshold(target).map_err(|missed| missed.why)
    }
}

#[cfg(test)]
mod tests {
    use device_models::units::Share;
    use inference::{Answer, Score, Scores};

    use super::*;

    /// Ten images: the little network is wrong on the three with the lowest scores, the big one never.
    fn calibration() -> Calibration<'static> {
        Calibration::new(|| {
            (0..10)
                .map(|i| {
                    let score = i as f32 / 10.0;
                    let scores = Scores::default().with(Score::Q, score);
                    let little = Answer { class: 0, scores };
                    Sample { little, little_right: i >= 3, big_right: true, chance: 0.0, weight: 1.0 }
                })
                .collect::<Vec<_>>()
        })
    }

    #[test]
    fn the_fewest_appeals_that_reach_the_target() {
        let calibration = calibration();
        let appeals = |target| {
            let threshold = calibration.threshold(target, Ranking::Score(Score::Q)).unwrap();
            (0..10).filter(|i| f64::from(*i as f32 / 10.0) < threshold).count()
        };
        assert_eq!(appeals(Target::AccuracyGain(Share::new(0.0))), 0);
        assert_eq!(appeals(Target::AccuracyGain(Share::new(0.5))), 2);
        assert_eq!(appeals(Target::AccuracyGain(Share::new(1.0))), 3);
        assert_eq!(appeals(Target::Accuracy(Share::new(0.8))), 1);
        assert_eq!(appeals(Target::AppealRate(Share::new(0.4))), 4);
        assert_eq!(appeals(Target::AppealRate(Share::new(1.0))), 10);
        assert_eq!(calibration.threshold(Target::Delta(Share::new(0.3)), Ranking::Score(Score::Q)), Ok(0.3));
    }

    /// The three images that the little network gets wrong occur four times as often as the other seven.
    #[test]
    fn an_image_counts_for_as_much_as_it_comes_up() {
        let samples: Arc<[Sample]> = {
            let plain = calibration();
            let samples = (plain.ask)();
            samples.iter().map(|s| Sample { weight: if s.little_right { 1.0 } else { 4.0 }, ..*s }).collect()
        };
        let weighted = Calibration::new(move || samples.clone());
        let appeals = |target| {
            let threshold = weighted.threshold(target, Ranking::Score(Score::Q)).unwrap();
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
            let tied = Calibration::new(move || {
                let calibration = calibration();
                let samples = (calibration.ask)();
                let with = |s: &Sample| {
                    let scores = s.little.scores.with(Score::Q, score(s));
                    Sample { little: Answer { scores, ..s.little }, ..*s }
                };
                samples.iter().map(with).collect::<Vec<_>>()
            });
            tied.threshold(Target::AppealRate(Share::new(share)), Ranking::Score(Score::Q)).map_err(|e| e.to_string())
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
        let hopeless = Calibration::new(|| {
            let scores = Scores::default().with(Score::Q, 1.0);
            let little = Answer { class: 0, scores };
            vec![Sample { little, little_right: true, big_right: false, chance: 0.5, weight: 1.0 }]
        });
        assert!(hopeless.threshold(Target::Accuracy(Share::new(1.0)), Ranking::Score(Score::Q)).is_ok());
        let sure = Calibration::new(|| {
            let scores = Scores::default().with(Score::Q, 1.0);
            let little = Answer { class: 0, scores };
            vec![Sample { little, little_right: false, big_right: false, chance: 0.5, weight: 1.0 }]
        });
        let error = sure.threshold(Target::Accuracy(Share::new(0.9)), Ranking::Score(Score::Q)).unwrap_err();
        assert!(error.to_string().contains("accuracy 90 %"), "{error}");
    }

    /// The little network is right on three of four images, the big one on two: accuracy-gain is no valid target,
    /// others are.
    #[test]
    fn there_is_no_share_of_a_gain_that_is_none() {
        let stale = |bigs: [bool; 4]| {
            Calibration::new(move || {
                let sample = |(place, big_right): (usize, bool)| {
                    let score = place as f32 / 4.0;
                    let scores = Scores::default().with(Score::Q, score);
                    Sample {
                        little: Answer { class: 0, scores },
                        little_right: place > 0,
                        big_right,
                        chance: 0.0,
                        weight: 1.0,
                    }
                };
                bigs.into_iter().enumerate().map(sample).collect::<Vec<_>>()
            })
        };
        let worse = stale([true, false, false, true]);
        for gain in [0.0, 0.5, 0.9] {
            let error = worse
                .threshold(Target::AccuracyGain(Share::new(gain)), Ranking::Score(Score::Q))
                .unwrap_err()
                .to_string();
            assert!(error.contains("right on 50.00 % and the little one on 75.00 %"), "{error}");
            assert!(error.contains("'accuracy: X %' or 'appeal-rate: Y %'"), "{error}");
        }
        // The one image that only the big network gets right is appealed.
        assert_eq!(worse.threshold(Target::Accuracy(Share::new(1.0)), Ranking::Score(Score::Q)), Ok(0.25));
        assert_eq!(worse.threshold(Target::AppealRate(Share::new(0.5)), Ranking::Score(Score::Q)), Ok(0.5));
        let equal = stale([true, false, true, true]);
        let error = equal.threshold(Target::AccuracyGain(Share::new(0.5)), Ranking::Score(Score::Q)).unwrap_err();
        assert!(matches!(error, Unreachable::NoGain { .. }), "{error}");
    }
}
