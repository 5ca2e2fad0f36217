//! How well each score of a little network predicts which answers are good enough, without simulating time.

use inference::Half;
use sim_core::Streams;

use crate::plan::{Evaluator, Mixture, NetworkPair, Observation, Plan};
use crate::policies::Hindsight;

/// The shares of the way from the little network's accuracy to the big one's that are evaluated.
pub const GAINS: [f64; 4] = [0.5, 0.75, 0.9, 0.95];

/// The shares of images sent up that are evaluated.
pub const APPEALS: [f64; 4] = [0.02, 0.05, 0.1, 0.2];

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
    /// Share of the images the little network gets right.
    pub little_accuracy: f64,
    /// Share of the images the big network gets right.
    pub big_accuracy: f64,
    /// Each score, the best known first.
    pub scores: Vec<Separation>,
}

/// How well a score separates.
#[derive(Clone, Debug, PartialEq)]
pub struct Separation {
    /// The score.
    pub name: &'static str,
    /// Probability that a right answer of the little network scores above a wrong one (area under the ROC curve); none
    /// for the oracle, which ranks appeals rather than answers.
    pub auroc: Option<f64>,
    /// The largest share kept at the edge at which each of [`GAINS`] is still reached, on these images' own curve;
    /// none if it is never reached, or if the big network is no better than the little one.
    pub kept: [Option<f64>; GAINS.len()],
    /// Accuracy won over the little network alone when each of [`APPEALS`] is sent up, lowest scores first: a share of
    /// the images, negative if accuracy is lost.
    pub won: [f64; APPEALS.len()],
    /// The point of highest accuracy.
    pub best: Best,
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
    /// Whether there is a gain to take a share of.
    pub fn has_gain(&self) -> bool {
        self.big_accuracy > self.little_accuracy
    }
}

/// An image as an evaluation sees it.
#[derive(Clone, Copy, Debug)]
struct Seen {
    score: f64,
    little_right: bool,
    big_right: bool,
    /// How many images it counts for.
    weight: f64,
}

/// Runs both networks on every image of `on` that the devices of `plan` may see, as they would see it; each is weighted
/// by how often it occurs.
pub fn evaluate(networks: &NetworkPair, plan: &Plan, on: On) -> Evaluation {
    let mut evaluator = Evaluator::new(networks, None);
    let streams = Streams::new(plan.seed, 0);
    let mixture = Mixture::seen_by(&plan.groups, &networks.data);
    let images = match on {
        On::EvaluationHalf => mixture.over(&networks.data, Half::Evaluation),
        On::All => mixture.among(&networks.data, 0..networks.data.len()),
    };
    let asked: Vec<_> = images
        .iter()
        .map(|met| {
            let observation =
                Observation::drawn(met.image, met.degrade, || streams.open("evaluation-degrade", met.image.into()));
            (evaluator.little(&observation).scores, evaluator.hindsight(&observation), met.weight)
        })
        .collect();
    let count = |right: fn(&Seen) -> bool, seen: &[Seen]| total(seen.iter().filter(|s| right(s)));
    let by = |name: &'static str, score: fn(&inference::Scores) -> Option<f32>| {
        let seen: Option<Vec<Seen>> = asked
            .iter()
            .map(|(scores, known, weight)| {
                let score = f64::from(score(scores)?);
                let Hindsight { little_right, big_right } = *known;
                Some(Seen { score, little_right, big_right, weight: *weight })
            })
            .collect();
        seen.map(|seen| (name, seen))
    };
    let scored: Vec<(&'static str, Vec<Seen>)> = [
        by("q", |scores| scores.q),
        by("max-softmax", |scores| Some(scores.max_softmax)),
        by("margin", |scores| Some(scores.margin)),
        by("entropy", |scores| Some(scores.certainty)),
    ]
    .into_iter()
    .flatten()
    .collect();
    let n: f64 = images.iter().map(|met| met.weight).sum();
    let first = scored.first().map_or(&[][..], |(_, seen)| seen);
    let (little, big) = (count(|s| s.little_right, first) / n, count(|s| s.big_right, first) / n);
    let mut separations: Vec<Separation> =
        scored.iter().map(|(name, seen)| separation(name, seen.clone(), little, big)).collect();
    // The oracle's score: 0 where an appeal helps, 1 where it changes nothing, 2 where it harms.
    let oracle = first
        .iter()
        .map(|s| Seen { score: 1.0 + f64::from(u8::from(s.little_right)) - f64::from(u8::from(s.big_right)), ..*s });
    separations.push(Separation { auroc: None, ..separation("oracle", oracle.collect(), little, big) });
    Evaluation { images: images.len(), little_accuracy: little, big_accuracy: big, scores: separations }
}

fn separation(name: &'static str, mut seen: Vec<Seen>, little: f64, big: f64) -> Separation {
    seen.sort_by(|a, b| a.score.total_cmp(&b.score));
    let n = total(&seen);
    // The share sent up against what is then right. Appeals are added one by one from the lowest score up; ties make
    // the curve slightly optimistic, but are rare.
    let mut curve = vec![(0.0, little * n)];
    let (mut sent, mut right) = curve[0];
    for s in &seen {
        sent += s.weight;
        right += s.weight * (f64::from(u8::from(s.big_right)) - f64::from(u8::from(s.little_right)));
        curve.push((sent, right));
    }
    let kept = GAINS.map(|gain| {
        let wanted = (little + gain * (big - little)) * n - 1e-9;
        let (sent, _) = curve.iter().find(|(_, right)| *right >= wanted).filter(|_| big > little)?;
        Some(1.0 - sent / n)
    });
    let won = APPEALS.map(|share| {
        let away = |point: &&(f64, f64)| (point.0 - share * n).abs();
        let (_, right) = curve.iter().min_by(|a, b| away(a).total_cmp(&away(b))).unwrap_or(&curve[0]);
        (right - curve[0].1) / n
    });
    let better = |best: (f64, f64), point: &(f64, f64)| if point.1 > best.1 + 1e-9 { *point } else { best };
    let (sent, right) = curve.iter().fold(curve[0], better);
    let best = Best { accuracy: right / n, appeals: sent / n };
    Separation { name, auroc: Some(auroc(&seen)), kept, won, best }
}

/// How many images they count for in total.
fn total<'a>(seen: impl IntoIterator<Item = &'a Seen>) -> f64 {
    // The sum of nothing would be -0.
    seen.into_iter().map(|s| s.weight).fold(0.0, |sum, weight| sum + weight)
}

/// How often a right answer scores above a wrong one (Mann & Whitney, 1947); ties count half. `seen` is sorted by
/// score.
fn auroc(seen: &[Seen]) -> f64 {
    let (mut above, mut wrong_below) = (0.0, 0.0);
    for tied in seen.chunk_by(|a, b| a.score == b.score) {
        let wrong = total(tied.iter().filter(|s| !s.little_right));
        above += total(tied.iter().filter(|s| s.little_right)) * (wrong_below + wrong / 2.0);
        wrong_below += wrong;
    }
    let right = total(seen.iter().filter(|s| s.little_right));
    above / (right * wrong_below)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(score: f64, little_right: bool) -> Seen {
        Seen { score, little_right, big_right: true, weight: 1.0 }
    }

    #[test]
    fn a_perfect_score_appeals_only_what_is_wrong() {
        let images = (0..10).map(|i| seen(f64::from(i), i >= 2)).collect();
        let perfect = separation("perfect", images, 0.8, 1.0);
        assert_eq!(perfect.auroc, Some(1.0));
        assert_eq!(perfect.kept, [Some(0.9), Some(0.8), Some(0.8), Some(0.8)]);
    }

    /// 100 images, the little network wrong on ten of them. A specialist knows the lowest four and is wrong on all
    /// others.
    #[test]
    fn a_specialist_helps_where_it_knows_better() {
        let images = (0..100)
            .map(|i| Seen { score: f64::from(i), little_right: i >= 10, big_right: i < 4, weight: 1.0 })
            .collect();
        let specialist = separation("sure", images, 0.9, 0.04);
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
        let images = (0..50)
            .map(|i| Seen { score: f64::from(i), little_right: true, big_right: i % 2 == 0, weight: 1.0 })
            .collect();
        let stale = separation("sure", images, 1.0, 0.5);
        assert_eq!(stale.best, Best { accuracy: 1.0, appeals: 0.0 });
        assert!(stale.won.iter().all(|won| *won <= 0.0));
    }

    /// Nine images, the little network wrong on the first three, each of which counts for two: as twelve images of
    /// weight 1.
    #[test]
    fn an_image_counts_for_as_much_as_it_comes_up() {
        let image = |i: u32, weight: f64| Seen { weight, ..seen(f64::from(i % 7), i >= 3) };
        let weighted = (0..9).map(|i| image(i, if i < 3 { 2.0 } else { 1.0 })).collect();
        let copied = (0..9).flat_map(|i| vec![image(i, 1.0); if i < 3 { 2 } else { 1 }]).collect();
        let (weighted, copied) = (separation("s", weighted, 0.5, 1.0), separation("s", copied, 0.5, 1.0));
        assert_eq!((weighted.auroc, weighted.best), (copied.auroc, copied.best));
        assert_eq!(weighted.kept[3], copied.kept[3]);
    }

    #[test]
    fn a_score_that_says_nothing_is_half_right() {
        let images = (0..10).map(|i| seen(0.5, i >= 2)).collect();
        assert_eq!(separation("flat", images, 0.8, 1.0).auroc, Some(0.5));
    }
}
