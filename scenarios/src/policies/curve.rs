//! What follows from a ranking for every threshold at once.
//!
//! A rule keeps the answers that score at least its threshold. With the images in ascending order of their scores, a
//! threshold is a place in that order: those before it are sent up. The [`Curve`] says what share is sent up and what
//! share is then right at every place; thresholds for targets are read off it.

use super::reach::{Ends, Missed, Place, reach};
use super::{Ranking, Sample, Target};

/// Images in ascending order of a score.
pub struct Ranked {
    scores: Vec<f64>,
    /// Index of each image, whether the little network is right about it, and whether the big one is.
    images: Vec<(usize, bool, bool)>,
}

/// What share of the images is sent up, and what share is right, by threshold.
pub struct Curve<'a> {
    ranked: &'a Ranked,
    /// Weight sent up and weight that is right, when the first images in the ranking are sent up: none, one, ... all.
    places: Vec<(f64, f64)>,
}

/// A threshold, and what is right with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// The threshold.
    pub threshold: f64,
    /// Share that is right.
    pub right: f64,
}

impl Ranked {
    /// Ranks images by what is known of the little network's answers.
    pub fn new(samples: &[Sample], ranking: Ranking) -> Self {
        Self::by(samples, |sample| ranking.of(sample))
    }

    /// Ranks images by anything else that tells them apart.
    pub fn by(samples: &[Sample], rank: impl Fn(&Sample) -> f64) -> Self {
        Self::by_rank(samples, samples.iter().map(rank))
    }

    /// Ranks images by their ranks, in the order of `samples`.
    pub fn by_rank(samples: &[Sample], ranks: impl Iterator<Item = f64>) -> Self {
        let scores: Vec<f64> = ranks.collect();
        let mut order: Vec<usize> = (0..samples.len()).collect();
        order.sort_by(|a, b| scores[*a].total_cmp(&scores[*b]));
        let image = |index: &usize| (*index, samples[*index].little_right, samples[*index].big_right);
        Self { scores: order.iter().map(|index| scores[*index]).collect(), images: order.iter().map(image).collect() }
    }

    /// The indices of the first images in the ranking.
    pub fn first(&self, count: usize) -> impl Iterator<Item = usize> {
        self.images.iter().take(count).map(|(index, _, _)| *index)
    }

    /// Its curve, where image `i` counts for `weights[i]` images.
    pub fn curve(&self, weights: &[f64]) -> Curve<'_> {
        let count = |right: bool| f64::from(u8::from(right));
        let little = self.images.iter().fold(0.0, |sum, (index, little, _)| sum + weights[*index] * count(*little));
        let mut places = Vec::with_capacity(self.images.len() + 1);
        let (mut appealed, mut right) = (0.0, little);
        places.push((appealed, right));
        for (index, little, big) in &self.images {
            appealed += weights[*index];
            right += weights[*index] * (count(*big) - count(*little));
            places.push((appealed, right));
        }
        Curve { ranked: self, places }
    }
}

impl Curve<'_> {
    /// Share sent up and share that is right, at every place: with the first of the ranking sent up, none, one, ...
    /// all.
    pub fn places(&self) -> impl Iterator<Item = (f64, f64)> {
        let n = self.total();
        self.places.iter().map(move |(appealed, right)| (appealed / n, right / n))
    }

    /// Share that is right if nothing is sent up: the little network's accuracy.
    pub fn little(&self) -> f64 {
        self.places[0].1 / self.total()
    }

    /// Share that is right if everything is sent up: the big network's accuracy.
    pub fn big(&self) -> f64 {
        self.places[self.places.len() - 1].1 / self.total()
    }

    /// Share sent up and share that is right with a threshold.
    pub fn at(&self, threshold: f64) -> (f64, f64) {
        let (appealed, right) = self.places[self.ranked.scores.partition_point(|score| *score < threshold)];
        (appealed / self.total(), right / self.total())
    }

    /// The last place that sends up no more than this share: the share, and what is then right.
    pub fn up_to(&self, share: f64) -> (f64, f64) {
        let n = self.total();
        let place = self.places.partition_point(|(appealed, _)| appealed / n <= share + 1e-12);
        let (appealed, right) = self.places[place.saturating_sub(1)];
        (appealed / n, right / n)
    }

    /// The smallest share sent up with which at least this share is right; none if no threshold reaches it.
    pub fn appeals_for(&self, accuracy: f64) -> Option<f64> {
        let place = self.separable().find(|place| self.places[*place].1 / self.total() >= accuracy - 1e-12)?;
        Some(self.places[place].0 / self.total())
    }

    /// Share sent up and share that is right at the most accurate place that a threshold can separate.
    pub fn best(&self) -> (f64, f64) {
        let better = |best: usize, place: usize| if self.places[place].1 > self.places[best].1 { place } else { best };
        let (appealed, right) = self.places[self.separable().fold(self.first(), better)];
        (appealed / self.total(), right / self.total())
    }

    /// The threshold that reaches `target` with the fewest appeals.
    ///
    /// # Errors
    /// If none does, or if it is a share of a gain that is none.
    pub fn threshold(&self, target: Target) -> Result<f64, Missed<f64>> {
        if let Target::Delta(delta) = target {
            return Ok(delta.get());
        }
        let n = self.total();
        let places = self.places.iter().enumerate().map(|(place, (appealed, right))| Place {
            appeals: appealed / n,
            right: right / n,
            separable: self.is_separable(place),
        });
        match reach(places, Ends { kept: self.little(), referred: self.big() }, target) {
            Ok(place) => Ok(self.threshold_at(place)),
            Err(Missed { why, nearest }) => Err(Missed { why, nearest: self.threshold_at(nearest) }),
        }
    }

    /// At most `most` thresholds, spread evenly over those that differ, from the one that sends up least to the most
    /// accurate one.
    pub fn candidates(&self, most: usize) -> Vec<Candidate> {
        let best = self.best().0 * self.total();
        let to_best: Vec<usize> = self.separable().take_while(|place| self.places[*place].0 <= best).collect();
        let last = to_best.len().saturating_sub(1);
        let count = most.min(to_best.len());
        let spread = (0..count).map(|number| to_best[number * last / count.saturating_sub(1).max(1)]);
        let of = |place: usize| Candidate {
            threshold: self.threshold_at(place),
            right: self.places[place].1 / self.total(),
        };
        spread.map(of).collect()
    }

    /// The least concave curve that is nowhere below it. A score that ranks well wins less with every further appeal,
    /// so this is how the curve of many more images would look; what it lacks are the bumps of these few.
    #[must_use]
    pub fn smooth(&self) -> Self {
        let mut hull: Vec<(f64, f64)> = Vec::new();
        for point in &self.places {
            // What is below the line from the corner before to here is no corner.
            while let [.., (x0, y0), (x1, y1)] = hull[..]
                && (y1 - y0) * (point.0 - x0) <= (point.1 - y0) * (x1 - x0)
            {
                hull.pop();
            }
            hull.push(*point);
        }
        let mut corner = 0;
        let above = |(appealed, right): &(f64, f64)| {
            while corner + 2 < hull.len() && hull[corner + 1].0 < *appealed {
                corner += 1;
            }
            let [(x0, y0), (x1, y1)] = [hull[corner], hull[(corner + 1).min(hull.len() - 1)]];
            let line = if x1 > x0 { y0 + (y1 - y0) * (appealed - x0) / (x1 - x0) } else { y1 };
            (*appealed, line.max(*right))
        };
        Self { ranked: self.ranked, places: self.places.iter().map(above).collect() }
    }

    /// This curve with the noise that `drawn` has over `from`, curves of the same ranking.
    #[must_use]
    pub fn with_noise(&self, drawn: &Self, from: &Self) -> Self {
        let moved = |at: usize| {
            let ((_, own), (appealed, drawn), (_, from)) = (self.places[at], drawn.places[at], from.places[at]);
            (appealed, own + drawn - from)
        };
        Self { ranked: self.ranked, places: (0..self.places.len()).map(moved).collect() }
    }

    /// Places that a threshold can separate.
    fn separable(&self) -> impl Iterator<Item = usize> {
        (0..=self.ranked.scores.len()).filter(|place| self.is_separable(*place))
    }

    /// Whether a threshold can separate a place: not between equal scores, nor before an answer that has none.
    fn is_separable(&self, place: usize) -> bool {
        let scores = &self.ranked.scores;
        let before = place.checked_sub(1).map_or(f64::NEG_INFINITY, |before| scores[before]);
        scores.get(place).is_none_or(|score| before < *score)
    }

    /// The place that sends up the least.
    fn first(&self) -> usize {
        self.separable().next().unwrap_or(0)
    }

    /// The threshold that sends up what is before a place.
    fn threshold_at(&self, place: usize) -> f64 {
        let scores = &self.ranked.scores;
        match scores.get(place) {
            Some(score) => *score,
            None => scores.last().map_or(0.0, |score| score.next_up()),
        }
    }

    fn total(&self) -> f64 {
        self.places[self.places.len() - 1].0
    }
}

#[cfg(test)]
mod tests {
    use inference::{Answer, Score, Scores};

    use super::*;
    use crate::policies::Unreachable;

    /// Images with these gains, in ascending order of q; the little network is right where the gain is not above 0.
    fn samples(gains: &[i8]) -> Vec<Sample> {
        let sample = |(place, gain): (usize, &i8)| {
            let scores = Scores::default().with(Score::Q, place as f32);
            let little = Answer { class: 0, scores };
            Sample { little, little_right: *gain <= 0, big_right: *gain >= 0, chance: 0.0, weight: 1.0 }
        };
        gains.iter().enumerate().map(sample).collect()
    }

    /// Gains of 0, 1, 1, 0, -1: right are 3 of 5 at first, then 3, 4, 5, 5, 4. The least concave curve above: from 3 to
    /// 5 in three steps, 3, 3 2/3, 4 1/3, 5, then 5, 4.
    #[test]
    fn the_smooth_curve_is_concave() {
        let samples = samples(&[0, 1, 1, 0, -1]);
        let ranked = Ranked::new(&samples, Ranking::Score(Score::Q));
        let curve = ranked.curve(&[1.0; 5]);
        assert_eq!((curve.little(), curve.big()), (0.6, 0.8));
        let right: Vec<f64> = curve.smooth().places().map(|(_, right)| right * 5.0).collect();
        let expected = [3.0, 11.0 / 3.0, 13.0 / 3.0, 5.0, 5.0, 4.0];
        assert!(right.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9), "{right:?}");
        assert_eq!(curve.at(2.0), (0.4, 0.8), "those below the threshold go up");
        assert_eq!(curve.appeals_for(0.9), Some(0.6));
        assert_eq!(curve.appeals_for(1.1), None);
        assert_eq!(curve.best(), (0.6, 1.0));
        // Drawn with the second image twice and the first not at all: one more right from the second place on.
        let drawn = ranked.curve(&[0.0, 2.0, 1.0, 1.0, 1.0]);
        let noisy: Vec<f64> = curve.with_noise(&drawn, &curve).places().map(|(_, right)| right * 5.0).collect();
        assert_eq!(noisy, drawn.places().map(|(_, right)| right * 5.0).collect::<Vec<_>>());
    }

    /// Images with these scores and weights, and whether the little network and the big one are right about each.
    fn weighted(images: &[(f32, f64, bool, bool)]) -> (Ranked, Vec<f64>) {
        let sample = |(q, weight, little_right, big_right): &(f32, f64, bool, bool)| {
            let scores = Scores::default().with(Score::Q, *q);
            let (little_right, big_right) = (*little_right, *big_right);
            Sample { little: Answer { class: 0, scores }, little_right, big_right, chance: 0.0, weight: *weight }
        };
        let samples: Vec<Sample> = images.iter().map(sample).collect();
        (Ranked::new(&samples, Ranking::Score(Score::Q)), images.iter().map(|(_, weight, ..)| *weight).collect())
    }

    /// Images that count for 2, 1, 1, 2, 1 and 1 of 8. Right are 4 at first, and then 6, 6, 7, 7, 6 and 6, after
    /// appeals of 2, 3, 4, 6, 7 and 8. The third and the sixth of these places are below the lines from 2 to 4, with
    /// 6.5 at 3, and from 6 to 8, with 6.5 at 7.
    #[test]
    fn a_smooth_curve_has_its_corners_where_the_slope_falls() {
        let (ranked, weights) = weighted(&[
            (0.0, 2.0, false, true),
            (1.0, 1.0, false, false),
            (2.0, 1.0, false, true),
            (3.0, 2.0, true, true),
            (4.0, 1.0, true, false),
            (5.0, 1.0, true, true),
        ]);
        let curve = ranked.curve(&weights);
        let eighths = |curve: &Curve| curve.places().map(|(x, y)| (x * 8.0, y * 8.0)).collect::<Vec<_>>();
        let appeals = [0.0, 2.0, 3.0, 4.0, 6.0, 7.0, 8.0];
        let with = |right: [f64; 7]| appeals.into_iter().zip(right).collect::<Vec<_>>();
        assert_eq!(eighths(&curve), with([4.0, 6.0, 6.0, 7.0, 7.0, 6.0, 6.0]));
        assert_eq!(eighths(&curve.smooth()), with([4.0, 6.0, 6.5, 7.0, 7.0, 6.5, 6.0]));
        assert_eq!((curve.little(), curve.big(), curve.best()), (0.5, 0.75, (0.5, 0.875)));
        assert_eq!(curve.at(1.0), (0.25, 0.75));
        assert_eq!((curve.appeals_for(0.75), curve.appeals_for(0.76)), (Some(0.25), Some(0.5)));
    }

    /// Images that count for 2, 3, 2 and 1 of 8. Right are 3, 3, 6, 6 and 5 after appeals of 0, 2, 5, 7 and 8: the big
    /// network has a gain of 2, of which the most that can be had are 3. A threshold is the score of the first image
    /// that is kept.
    #[test]
    fn a_threshold_reaches_its_target_with_the_fewest_appeals() {
        let (ranked, weights) = weighted(&[
            (0.5, 2.0, false, false),
            (1.5, 3.0, false, true),
            (2.5, 2.0, true, true),
            (3.5, 1.0, true, false),
        ]);
        let curve = ranked.curve(&weights);
        let share = device_models::units::Share::new;
        let of = |target| curve.threshold(target);
        assert_eq!(of(Target::Delta(share(0.3))), Ok(0.3));
        for (target, threshold) in [
            (Target::AccuracyGain(share(0.0)), 0.5),
            (Target::AccuracyGain(share(0.5)), 2.5),
            (Target::AccuracyGain(share(1.5)), 2.5),
            (Target::Accuracy(share(0.375)), 0.5),
            (Target::Accuracy(share(0.75)), 2.5),
            (Target::AppealRate(share(0.0)), 0.5),
            (Target::AppealRate(share(0.25)), 1.5),
            (Target::AppealRate(share(0.3)), 2.5),
            (Target::AppealRate(share(0.7)), 3.5),
            (Target::AppealRate(share(1.0)), 3.5f64.next_up()),
        ] {
            assert_eq!(of(target), Ok(threshold), "{target}");
        }
        // 6 of 8 is all there is, a gain of 3 where the big network's is 2; the first place that has it is the nearest.
        for (target, most) in [(Target::Accuracy(share(0.8)), 75.0), (Target::AccuracyGain(share(1.6)), 150.0)] {
            assert_eq!(of(target), Err(Missed { why: Unreachable::TooMuch { target, most }, nearest: 2.5 }));
        }
        // Of 2, 0, 1 and 1, the little network is right about the last two, and the big one about the third.
        let none = ranked.curve(&[2.0, 0.0, 1.0, 1.0]);
        let target = Target::AccuracyGain(share(0.5));
        let why = Unreachable::NoGain { target, kept: 50.0, referred: 25.0 };
        assert_eq!(none.threshold(target), Err(Missed { why, nearest: 0.5 }));
    }

    /// The second image and the third have the same score, and go up together. Half of the images would be the first
    /// two, 4 of 8; with the third it is 6, and without either 1. Of 20, one more than asked for is still allowed.
    #[test]
    fn equal_scores_are_sent_up_together() {
        let scores = |weights: [f64; 4]| {
            let [a, b, c, d] = weights.map(|weight| (weight, false, true));
            weighted(&[(0.5, a.0, a.1, a.2), (1.5, b.0, b.1, b.2), (1.5, c.0, c.1, c.2), (2.5, d.0, d.1, d.2)])
        };
        let target = |share| Target::AppealRate(device_models::units::Share::new(share));
        let (ranked, weights) = scores([1.0, 3.0, 2.0, 2.0]);
        let why = Unreachable::Ties { target: target(0.5), below: 12.5, above: 75.0 };
        assert_eq!(ranked.curve(&weights).threshold(target(0.5)), Err(Missed { why, nearest: 2.5 }));
        // An accuracy may be exceeded: 4 of 8 are not to be had without 6.
        let accuracy = Target::Accuracy(device_models::units::Share::new(0.5));
        assert_eq!(ranked.curve(&weights).threshold(accuracy), Ok(2.5));
        let (ranked, weights) = scores([1.0, 3.0, 1.0, 15.0]);
        assert_eq!(ranked.curve(&weights).threshold(target(0.2)), Ok(2.5));
        let (ranked, weights) = scores([1.0, 3.0, 1.5, 14.5]);
        assert!(ranked.curve(&weights).threshold(target(0.2)).is_err());
    }
}
