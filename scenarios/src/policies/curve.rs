//! What follows from a ranking for every threshold at once.
//!
//! A rule keeps the answers that score at least its threshold. With the images in ascending order of their scores, a
//! threshold is a place in that order: those before it are sent up. The [`Curve`] says what share is sent up and what
//! share is then right at every place; thresholds for targets are read off it.

use super::{Ranking, Sample, Unreachable};
use crate::schema::Target;

/// The largest share of images that ties may add to the share of appeals asked for.
const TIED: f64 = 0.05;

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

/// A target that was missed.
#[derive(Clone, Debug, PartialEq)]
pub struct Missed {
    /// Why.
    pub why: Unreachable,
    /// The threshold that comes nearest.
    pub nearest: f64,
}

impl Ranked {
    /// Ranks images by what is known of the little network's answers.
    pub fn new(samples: &[Sample], ranking: Ranking) -> Self {
        let scores: Vec<f64> = samples.iter().map(|sample| ranking.of(sample)).collect();
        let mut order: Vec<usize> = (0..samples.len()).collect();
        order.sort_by(|a, b| scores[*a].total_cmp(&scores[*b]));
        let image = |index: &usize| (*index, samples[*index].little_right, samples[*index].big_right);
        Self { scores: order.iter().map(|index| scores[*index]).collect(), images: order.iter().map(image).collect() }
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
    /// Share sent up and share that is right, at every place: with the first of the ranking sent up, none, one, ... all.
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

    /// The smallest share sent up with which at least this share is right; none if no threshold reaches it.
    pub fn appeals_for(&self, accuracy: f64) -> Option<f64> {
        let place = self.separable().find(|place| self.places[*place].1 / self.total() >= accuracy - 1e-12)?;
        Some(self.places[place].0 / self.total())
    }

    /// Share sent up and share that is right at the most accurate place that a threshold can separate.
    pub fn best(&self) -> (f64, f64) {
        let better = |best: usize, place: usize| if self.places[place].1 > self.places[best].1 { place } else { best };
        let (appealed, right) = self.places[self.separable().fold(0, better)];
        (appealed / self.total(), right / self.total())
    }

    /// The threshold that reaches `target` with the fewest appeals.
    ///
    /// # Errors
    /// If none does, or if it is a share of a gain and the big network is no better than the little one.
    pub fn threshold(&self, target: Target) -> Result<f64, Missed> {
        let n = self.total();
        let (little, big) = (self.little(), self.big());
        let least_accuracy = match target {
            Target::Delta(delta) => return Ok(delta.get()),
            Target::AccuracyGain(_) if big <= little + 1e-12 => {
                let why = Unreachable::NoGain { target, little: little * 100.0, big: big * 100.0 };
                return Err(Missed { why, nearest: self.threshold_at(0) });
            }
            Target::AccuracyGain(share) => little + share.get() * (big - little),
            Target::Accuracy(share) => share.get(),
            Target::AppealRate(_) => 0.0,
        };
        let least_appeals = if let Target::AppealRate(share) = target { share.get() * n } else { 0.0 };
        let enough = |appealed: f64| appealed >= least_appeals - 1e-9;
        // Appeals at the last place that a threshold can separate.
        let (mut below, mut best) = (0.0, 0);
        for place in self.separable() {
            let (appealed, right) = self.places[place];
            if right > self.places[best].1 {
                best = place;
            }
            if right / n < least_accuracy - 1e-12 || !enough(appealed) {
                below = appealed;
                continue;
            }
            // Equal scores go up together: more may go up than the first images that would have been enough.
            let first = self.places.iter().map(|(appealed, _)| *appealed).find(|appealed| enough(*appealed));
            let too_many = appealed - first.unwrap_or(appealed);
            if matches!(target, Target::AppealRate(_)) && too_many > TIED * n {
                let [below, above] = [below, appealed].map(|appealed| (appealed / n * 1e4).round() / 100.0);
                let why = Unreachable::Ties { target, below, above };
                return Err(Missed { why, nearest: self.threshold_at(place) });
            }
            return Ok(self.threshold_at(place));
        }
        let best_accuracy = self.places[best].1 / n;
        let most = match target {
            Target::AccuracyGain(_) => (best_accuracy - little) / (big - little),
            _ => best_accuracy,
        };
        let why = Unreachable::TooMuch { target, most: most * 100.0 };
        Err(Missed { why, nearest: self.threshold_at(best) })
    }

    /// The least concave curve that is nowhere below it. A score that ranks well wins less with every further appeal, so
    /// this is how the curve of many more images would look; what it lacks are the bumps of these few.
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

    /// Places that a threshold can separate: not those between equal scores.
    fn separable(&self) -> impl Iterator<Item = usize> {
        let scores = &self.ranked.scores;
        let n = scores.len();
        (0..=n).filter(move |place| *place == 0 || *place == n || scores[place - 1] < scores[*place])
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
    use inference::{Answer, Scores};

    use super::*;

    /// Images with these gains, in ascending order of q; the little network is right where the gain is not above 0.
    fn samples(gains: &[i8]) -> Vec<Sample> {
        let sample = |(place, gain): (usize, &i8)| {
            let scores = Scores { q: Some(place as f32), max_softmax: 0.0, margin: 0.0, certainty: 0.0 };
            let little = Answer { class: 0, scores };
            Sample { little, little_right: *gain <= 0, big_right: *gain >= 0, chance: 0.0, weight: 1.0 }
        };
        gains.iter().enumerate().map(sample).collect()
    }

    /// Gains of 0, 1, 1, 0, -1: right are 3 of 5 at first, then 3, 4, 5, 5, 4. The least concave curve above: from 3 to 5
    /// in three steps, 3, 3 2/3, 4 1/3, 5, then 5, 4.
    #[test]
    fn the_smooth_curve_is_concave() {
        let samples = samples(&[0, 1, 1, 0, -1]);
        let ranked = Ranked::new(&samples, Ranking::Q);
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
}
