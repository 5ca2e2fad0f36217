//! How well each score of a little network predicts which answers are good enough, without simulating time.

mod class_aware;
mod nearest;

use analysis::Pairing;
use inference::{Half, Score};

use crate::answers::Networks;
use crate::plan::{Met, Mixture, Plan, samples};
use crate::policies::{Bound, Catalogue, Ranked, Ranking, Sample, Way};
use class_aware::ClassAware;

/// The shares of the way from the little network's accuracy to the big one's that are evaluated.
pub const GAINS: [f64; 4] = [0.5, 0.75, 0.9, 0.95];

/// The shares of images sent up that are evaluated.
pub const APPEALS: [f64; 4] = [0.02, 0.05, 0.1, 0.2];

/// The share of images sent up of which is told whether that was beneficial, futile or harmful.
pub const LOOKED_AT: f64 = 0.1;

/// Which images a pair of networks is evaluated on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// The evaluation half, which all results come from.
    EvaluationHalf,
    /// Every image of the data set: for images that were held out of a training, to choose between candidates.
    All,
}

/// A pair of networks on some images.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// Images.
    pub images: usize,
    /// The images, by which of the networks is right about them.
    pub pairing: Pairing,
    /// Each score, in the order of their list, and then each bound.
    pub scores: Vec<Separation>,
}

/// How well a score or a bound separates.
#[derive(Clone, Debug, PartialEq)]
pub struct Separation {
    /// Its name.
    pub name: String,
    /// Probability that a right answer of the little network scores above a wrong one (area under the ROC curve); none
    /// for a bound, which ranks appeals rather than answers.
    pub auroc: Option<f64>,
    /// The largest share kept at the edge at which each of [`GAINS`] is still reached, on these images' own curve;
    /// none if it is never reached, or if the big network is no better than the little one.
    pub kept: [Option<f64>; GAINS.len()],
    /// Accuracy won over the little network alone when each of [`APPEALS`] is sent up, lowest scores first: a share of
    /// the images, negative if accuracy is lost.
    pub won: [f64; APPEALS.len()],
    /// The point of highest accuracy.
    pub best: Best,
    /// The [`LOOKED_AT`] of the images with the lowest scores, by which network is right about them.
    pub appealed: Pairing,
}

/// The highest accuracy that a threshold can reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Best {
    /// That accuracy.
    pub accuracy: f64,
    /// The smallest share sent up that reaches it.
    pub appeals: f64,
}

impl Evaluation {
    /// Share of the images the little network gets right.
    pub fn little_accuracy(&self) -> f64 {
        (self.pairing.both + self.pairing.only_little) / self.pairing.total()
    }

    /// Share of the images the big network gets right.
    pub fn big_accuracy(&self) -> f64 {
        (self.pairing.both + self.pairing.only_big) / self.pairing.total()
    }

    /// Whether there is a gain to take a share of.
    pub fn has_gain(&self) -> bool {
        self.pairing.only_big > self.pairing.only_little
    }
}

/// Runs both networks on every image of `on` that the devices of `plan` may see, as they would see it; each is weighted
/// by how often it occurs. The scores are set beside the bounds of `catalogue`.
pub fn evaluate(networks: &Networks, plan: &Plan, on: On, catalogue: &Catalogue) -> Evaluation {
    let mixture = Mixture::seen_by(&plan.groups, &networks.data);
    let images = match on {
        On::EvaluationHalf => mixture.over(&networks.data, Half::Evaluation),
        On::All => mixture.among(&networks.data, 0..networks.data.len()),
    };
    let samples = of_pair(&images, networks, Half::Evaluation, plan);
    let has = |score: &Score| samples.iter().all(|sample| sample.little.scores.get(*score).is_some());
    let mut scores: Vec<Separation> = Score::all()
        .filter(has)
        .map(|score| {
            let (name, ranking) = (score.name(), Ranking::Score(score));
            let mut answers: Vec<Scored> = samples.iter().map(|s| (ranking.of(s), s.little_right, s.weight)).collect();
            answers.sort_by(|a, b| a.0.total_cmp(&b.0));
            separation(name.to_owned(), Some(auroc(&answers)), &samples, &Ranked::new(&samples, ranking))
        })
        .collect();
    let bounds = catalogue.bounds().map(|(name, bound)| separation(name, None, &samples, &by_worth(&samples, &*bound)));
    scores.extend(fitted(networks, plan, &mixture, &images, &samples, on));
    scores.extend(bounds);
    let mut pairing = Pairing::default();
    samples.iter().for_each(|sample| pairing.add(sample.little_right, sample.big_right, sample.weight));
    Evaluation { images: samples.len(), pairing, scores }
}

/// The little network's answers to images, and whether it and the big one are right.
fn of_pair(images: &[Met], networks: &Networks, half: Half, plan: &Plan) -> Vec<Sample> {
    let answers = samples(images, networks, &networks.ways().collect(), half, plan.seed, 1);
    answers.iter().map(|image| image.sample(Way::LITTLE, Way::BIG)).collect()
}

/// Routers that are fitted to the calibration half, beside the scores; none where there is no such half.
fn fitted(
    networks: &Networks,
    plan: &Plan,
    mixture: &Mixture,
    images: &[Met],
    asked: &[Sample],
    on: On,
) -> Vec<Separation> {
    if on == On::All {
        return Vec::new();
    }
    let known = mixture.over(&networks.data, Half::Calibration);
    let samples = of_pair(&known, networks, Half::Calibration, plan);
    let by_gain = |name: &str, gains: Vec<f64>| {
        let mut answers: Vec<Scored> =
            gains.iter().zip(asked).map(|(gain, s)| (-gain, s.little_right, s.weight)).collect();
        answers.sort_by(|a, b| a.0.total_cmp(&b.0));
        separation(name.to_owned(), Some(auroc(&answers)), asked, &Ranked::by_rank(asked, gains.iter().map(|g| -g)))
    };
    let class_aware = networks.data.has_classes().then(|| ClassAware::fit(&samples)).flatten();
    let class_aware =
        class_aware.map(|fit| by_gain("class-aware", asked.iter().map(|sample| fit.gain(sample)).collect()));
    let features = |images, half| nearest::features(images, networks, half, plan.seed, 1);
    let nearest = features(&known, Half::Calibration).zip(features(images, Half::Evaluation));
    let nearest = nearest.map(|(known, asked)| by_gain("nearest", nearest::gains(&known, &samples, &asked)));
    class_aware.into_iter().chain(nearest).collect()
}

/// Images in the order in which a bound sends them up.
fn by_worth(samples: &[Sample], bound: &dyn Bound) -> Ranked {
    Ranked::by(samples, |sample| -bound.worth(sample.little_right, sample.big_right))
}

/// Appeals are added one by one from the lowest score up; ties make the curve slightly optimistic, but are rare.
fn separation(name: String, auroc: Option<f64>, samples: &[Sample], ranked: &Ranked) -> Separation {
    let weights: Vec<f64> = samples.iter().map(|sample| sample.weight).collect();
    let curve = ranked.curve(&weights);
    let places: Vec<(f64, f64)> = curve.places().collect();
    let (little, big) = (curve.little(), curve.big());
    let small = 1e-9 / samples.len() as f64;
    let kept = GAINS.map(|gain| {
        let wanted = little + gain * (big - little) - small;
        let (sent, _) = places.iter().find(|(_, right)| *right >= wanted).filter(|_| big > little)?;
        Some(1.0 - sent)
    });
    let won = APPEALS.map(|share| {
        let away = |place: &&(f64, f64)| (place.0 - share).abs();
        let (_, right) = places.iter().min_by(|a, b| away(a).total_cmp(&away(b))).unwrap_or(&places[0]);
        right - little
    });
    let better = |best: (f64, f64), place: &(f64, f64)| if place.1 > best.1 + small { *place } else { best };
    let (appeals, accuracy) = places.iter().fold(places[0], better);
    let mut appealed = Pairing::default();
    let last = places.partition_point(|(sent, _)| *sent <= LOOKED_AT + small).saturating_sub(1);
    ranked.first(last).for_each(|index| {
        let Sample { little_right, big_right, weight, .. } = samples[index];
        appealed.add(little_right, big_right, weight);
    });
    Separation { name, auroc, kept, won, best: Best { accuracy, appeals }, appealed }
}

/// The sum, which of nothing would otherwise be -0.
fn total(weights: impl Iterator<Item = f64>) -> f64 {
    weights.fold(0.0, |sum, weight| sum + weight)
}

/// An answer's score, whether it is right, and how many images it counts for.
type Scored = (f64, bool, f64);

/// How often a right answer scores above a wrong one (Mann & Whitney, 1947); ties count half. `seen` is sorted by
/// score.
fn auroc(seen: &[Scored]) -> f64 {
    let count =
        |of: &[Scored], wanted| total(of.iter().filter(|(_, right, _)| *right == wanted).map(|(.., weight)| *weight));
    let (mut above, mut wrong_below) = (0.0, 0.0);
    for tied in seen.chunk_by(|a, b| a.0 == b.0) {
        let wrong = count(tied, false);
        above += count(tied, true) * (wrong_below + wrong / 2.0);
        wrong_below += wrong;
    }
    above / (count(seen, true) * wrong_below)
}

#[cfg(test)]
mod tests {
    use inference::{Answer, Scores};

    use super::*;
    use crate::policies::Oracle;

    fn seen(score: f64, little_right: bool, big_right: bool, weight: f64) -> Sample {
        let scores = Scores::default().with(Score::Q, score as f32);
        Sample { little: Answer { class: 0, scores }, little_right, big_right, chance: 0.0, weight }
    }

    fn by_q(samples: &[Sample]) -> Separation {
        let mut answers: Vec<Scored> =
            samples.iter().map(|s| (Ranking::Score(Score::Q).of(s), s.little_right, s.weight)).collect();
        answers.sort_by(|a, b| a.0.total_cmp(&b.0));
        let ranked = Ranked::new(samples, Ranking::Score(Score::Q));
        separation("q".into(), Some(auroc(&answers)), samples, &ranked)
    }

    #[test]
    fn a_perfect_score_appeals_only_what_is_wrong() {
        let images: Vec<Sample> = (0..10).map(|i| seen(f64::from(i), i >= 2, true, 1.0)).collect();
        let perfect = by_q(&images);
        assert_eq!(perfect.auroc, Some(1.0));
        assert_eq!(perfect.kept, [Some(0.9), Some(0.8), Some(0.8), Some(0.8)]);
    }

    /// 100 images, the little network wrong on ten of them. A specialist knows the lowest four and is wrong on all
    /// others.
    #[test]
    fn a_specialist_helps_where_it_knows_better() {
        let images: Vec<Sample> = (0..100).map(|i| seen(f64::from(i), i >= 10, i < 4, 1.0)).collect();
        let specialist = by_q(&images);
        assert_eq!(specialist.kept, [None; 4], "there is no gain to take a share of");
        let points: Vec<f64> = specialist.won.iter().map(|won| (won * 1e4).round() / 100.0).collect();
        // The first four win; the next six change nothing; of those that follow, ten lose.
        assert_eq!(points, [2.0, 4.0, 4.0, -6.0]);
        let best = specialist.best;
        assert!((best.accuracy - 0.94).abs() < 1e-9 && (best.appeals - 0.04).abs() < 1e-9, "{best:?}");
    }

    /// If no appeal helps, it is best to keep everything.
    #[test]
    fn a_stale_network_is_best_left_alone() {
        let images: Vec<Sample> = (0..50).map(|i| seen(f64::from(i), true, i % 2 == 0, 1.0)).collect();
        let stale = by_q(&images);
        assert_eq!(stale.best, Best { accuracy: 1.0, appeals: 0.0 });
        assert!(stale.won.iter().all(|won| *won <= 0.0));
    }

    /// Nine images, the little network wrong on the first three, each of which counts for two: as twelve images of
    /// weight 1.
    #[test]
    fn an_image_counts_for_as_much_as_it_comes_up() {
        let image = |i: u32, weight: f64| seen(f64::from(i % 7), i >= 3, true, weight);
        let weighted: Vec<Sample> = (0..9).map(|i| image(i, if i < 3 { 2.0 } else { 1.0 })).collect();
        let copied: Vec<Sample> = (0..9).flat_map(|i| vec![image(i, 1.0); if i < 3 { 2 } else { 1 }]).collect();
        let (weighted, copied) = (by_q(&weighted), by_q(&copied));
        assert_eq!((weighted.auroc, weighted.best), (copied.auroc, copied.best));
        assert_eq!(weighted.kept[3], copied.kept[3]);
    }

    #[test]
    fn a_score_that_says_nothing_is_half_right() {
        let images: Vec<Sample> = (0..10).map(|i| seen(0.5, i >= 2, true, 1.0)).collect();
        assert_eq!(by_q(&images).auroc, Some(0.5));
    }

    /// Three images: an appeal harms on the first, changes nothing on the second, helps on the third, which goes first.
    #[test]
    fn the_truth_sends_up_what_an_appeal_helps() {
        let images = [seen(0.0, true, false, 1.0), seen(0.1, true, true, 1.0), seen(0.9, false, true, 1.0)];
        let oracle = separation("oracle".into(), None, &images, &by_worth(&images, &Oracle));
        assert_eq!(oracle.best, Best { accuracy: 1.0, appeals: 1.0 / 3.0 });
    }
}
