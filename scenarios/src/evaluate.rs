//! How well each score of a little network tells which answers will do, without any clock.

use inference::Half;
use sim_core::Streams;

use crate::plan::{Asker, Minds, Plan, Sight};

/// Shares of the way from the little network's accuracy to the big one's that are looked at.
pub const GAINS: [f64; 4] = [0.5, 0.75, 0.9, 0.95];

/// Shares of the images sent up that are looked at.
pub const APPEALS: [f64; 4] = [0.02, 0.05, 0.1, 0.2];

/// A pair of networks on the evaluation half.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// Images.
    pub images: usize,
    /// Share the little network gets right.
    pub little_accuracy: f64,
    /// Share the big network gets right.
    pub big_accuracy: f64,
    /// Each score, best known first.
    pub scores: Vec<Separation>,
}

/// How well a score separates.
#[derive(Clone, Debug, PartialEq)]
pub struct Separation {
    /// The score.
    pub name: &'static str,
    /// Probability that a right answer of the little network scores above a wrong one (area under the ROC curve); none for
    /// the oracle, which looks at appeals and not at answers.
    pub auroc: Option<f64>,
    /// The largest share kept at the edge with each of [`GAINS`] still reached, on the evaluation half's own curve; none
    /// if it never is, or if the big network is no better than the little one.
    pub kept: [Option<f64>; GAINS.len()],
    /// What is won over the little network alone when each of [`APPEALS`] goes up, lowest scores first: a share of the images,
    /// below 0 if something is lost.
    pub won: [f64; APPEALS.len()],
    /// Where the accuracy is highest.
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
    /// Whether there is a gain to reach a share of.
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
}

/// Asks both networks about every image of the evaluation half, as the devices of `plan` would see it.
pub fn evaluate(minds: &Minds, plan: &Plan) -> Evaluation {
    let mut asker = Asker::new(minds, None);
    let streams = Streams::new(plan.seed, 0);
    let images: Vec<_> = minds
        .data
        .half(Half::Evaluation)
        .map(|image| image as u32)
        .enumerate()
        .map(|(place, image)| {
            Sight::drawn(image, plan.degrade_of(place), || streams.open("evaluation-degrade", image.into()))
        })
        .collect();
    let asked: Vec<_> = images.iter().map(|sight| (asker.little(sight).scores, asker.hindsight(sight))).collect();
    let count = |right: fn(&Seen) -> bool, seen: &[Seen]| seen.iter().filter(|s| right(s)).count() as f64;
    let by = |name: &'static str, score: fn(&inference::Scores) -> Option<f32>| {
        let seen: Option<Vec<Seen>> = asked
            .iter()
            .map(|(scores, known)| {
                let score = f64::from(score(scores)?);
                Some(Seen { score, little_right: known.little_right, big_right: known.big_right })
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
    let n = images.len() as f64;
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
    let n = seen.len() as f64;
    let mut right = little * n;
    // Appeals are taken one by one from the lowest score up; ties make the curve a little too good, and are rare.
    let mut curve = vec![right];
    for s in &seen {
        right += f64::from(u8::from(s.big_right)) - f64::from(u8::from(s.little_right));
        curve.push(right);
    }
    let kept = GAINS.map(|gain| {
        let wanted = (little + gain * (big - little)) * n - 1e-9;
        let appeals = curve.iter().position(|right| *right >= wanted).filter(|_| big > little)?;
        Some(1.0 - appeals as f64 / n)
    });
    let won = APPEALS.map(|share| (curve[(share * n).round() as usize] - curve[0]) / n);
    let first = |best: (usize, f64), (appeals, right): (usize, &f64)| {
        if *right > best.1 + 1e-9 { (appeals, *right) } else { best }
    };
    let (appeals, right) = curve.iter().enumerate().fold((0, curve[0]), first);
    let best = Best { accuracy: right / n, appeals: appeals as f64 / n };
    Separation { name, auroc: Some(auroc(&seen)), kept, won, best }
}

/// By ranks (Mann & Whitney, 1947); equal scores share theirs. `seen` is sorted by score.
fn auroc(seen: &[Seen]) -> f64 {
    let (mut ranks, mut at) = (0.0, 0);
    while at < seen.len() {
        let tied = seen[at..].iter().take_while(|s| s.score == seen[at].score).count();
        let rank = at as f64 + (tied as f64 + 1.0) / 2.0;
        ranks += rank * seen[at..at + tied].iter().filter(|s| s.little_right).count() as f64;
        at += tied;
    }
    let right = seen.iter().filter(|s| s.little_right).count() as f64;
    let wrong = seen.len() as f64 - right;
    (ranks - right * (right + 1.0) / 2.0) / (right * wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(score: f64, little_right: bool) -> Seen {
        Seen { score, little_right, big_right: true }
    }

    #[test]
    fn a_perfect_score_appeals_only_what_is_wrong() {
        let images = (0..10).map(|i| seen(f64::from(i), i >= 2)).collect();
        let perfect = separation("perfect", images, 0.8, 1.0);
        assert_eq!(perfect.auroc, Some(1.0));
        assert_eq!(perfect.kept, [Some(0.9), Some(0.8), Some(0.8), Some(0.8)]);
    }

    /// 100 images, the little network wrong on ten of them. A specialist knows the lowest four and is wrong on all others.
    #[test]
    fn a_specialist_helps_where_it_knows_better() {
        let images = (0..100).map(|i| Seen { score: f64::from(i), little_right: i >= 10, big_right: i < 4 }).collect();
        let specialist = separation("sure", images, 0.9, 0.04);
        assert_eq!(specialist.kept, [None; 4], "there is no gain to reach a share of");
        let points: Vec<f64> = specialist.won.iter().map(|won| (won * 1e4).round() / 100.0).collect();
        // Four are won; the next six change nothing; ten of those that follow are lost.
        assert_eq!(points, [2.0, 4.0, 4.0, -6.0]);
        let best = specialist.best;
        assert!((best.accuracy - 0.94).abs() < 1e-9 && (best.appeals - 0.04).abs() < 1e-9, "{best:?}");
    }

    /// Where no appeal helps, the best is to keep everything.
    #[test]
    fn a_stale_network_is_best_left_alone() {
        let images = (0..50).map(|i| Seen { score: f64::from(i), little_right: true, big_right: i % 2 == 0 }).collect();
        let stale = separation("sure", images, 1.0, 0.5);
        assert_eq!(stale.best, Best { accuracy: 1.0, appeals: 0.0 });
        assert!(stale.won.iter().all(|won| *won <= 0.0));
    }

    #[test]
    fn a_score_that_says_nothing_is_half_right() {
        let images = (0..10).map(|i| seen(0.5, i >= 2)).collect();
        assert_eq!(separation("flat", images, 0.8, 1.0).auroc, Some(0.5));
    }
}
