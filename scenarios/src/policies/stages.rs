//! Answers that come one after the other, of which the first that is sure enough is kept.
//!
//! The stages are the exits of a network, or networks one after the other. A score means something else at each of them,
//! so each is calibrated for itself: its scores become probabilities of being right ([`Logistic`]), and one threshold on
//! these serves all stages. It is the smallest that reaches the target, and so the one with the fewest appeals and the
//! least work.

use inference::Score;

use super::reach::{Ends, Missed, Place, reach};
use super::{Decision, ImageAnswers, Logistic, Rule, Strategy, Target, Unreachable, View, Way};

/// By what the first answer that is sure enough is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SureEnough {
    /// The score that tells it.
    pub score: Score,
    /// What the threshold on the probability of being right is to reach.
    pub target: Target,
}

/// Keeps the first answer that is right with a probability of at least `threshold`, and refers all others.
#[derive(Clone, Debug, PartialEq)]
pub struct Stages {
    score: Score,
    /// The threshold on the probability of being right.
    pub threshold: f64,
    /// By stage, how likely an answer is to be right.
    pub(super) curves: Vec<Logistic>,
}

impl Rule for Stages {
    fn decide(&self, view: &View) -> Decision {
        let last =
            view.answers().last().zip(view.answers().count().checked_sub(1).and_then(|stage| self.curves.get(stage)));
        let score = last.and_then(|(kept, curve)| Some(curve.at(f64::from(kept.answer().scores.get(self.score)?))));
        if score.is_some_and(|probability| probability >= self.threshold) { view.keep() } else { view.refer() }
    }
}

/// An image, as the threshold sees it.
struct Staged {
    /// At each stage, how likely its answer is to be right, and whether it is.
    stages: Vec<(f64, bool)>,
    /// Whether the answer is right that it gets if no stage is sure.
    last_resort: bool,
    weight: f64,
}

impl Staged {
    /// Whether it gets a right answer, and whether from the last resort.
    fn under(&self, threshold: f64) -> (bool, bool) {
        match self.stages.iter().find(|(probability, _)| *probability >= threshold) {
            Some((_, right)) => (*right, false),
            None => (self.last_resort, true),
        }
    }
}

impl SureEnough {
    /// The rule for a strategy's exits, calibrated on these images.
    ///
    /// # Errors
    /// If no threshold reaches the target, or there is nothing to calibrate on.
    pub fn calibrated(&self, strategy: &Strategy, images: &[ImageAnswers]) -> Result<Stages, Unreachable> {
        let Self { score, target } = *self;
        if images.is_empty() {
            return Err(Unreachable::NoImages { target });
        }
        let stages: Vec<Way> = strategy.exits(strategy.segments.len()).collect();
        let score_of = |image: &ImageAnswers, way: Way| image.answer(way).scores.get(score).map_or(0.0, f64::from);
        let curve = |way: &Way| {
            let of = |image: &ImageAnswers| (score_of(image, *way), image.is_right(*way), image.weight);
            Logistic::fit(&images.iter().map(of).collect::<Vec<_>>())
        };
        let curves: Vec<Logistic> = stages.iter().map(curve).collect();
        let staged = |image: &ImageAnswers| Staged {
            stages: stages
                .iter()
                .zip(&curves)
                .map(|(way, curve)| (curve.at(score_of(image, *way)), image.is_right(*way)))
                .collect(),
            last_resort: match (strategy.offloads.first(), stages.last()) {
                (Some(offload), _) => image.is_right(image.way_of(offload)),
                (None, Some(last)) => image.is_right(*last),
                (None, None) => false,
            },
            weight: image.weight,
        };
        let images: Vec<Staged> = images.iter().map(staged).collect();
        let threshold = threshold(&images, target, !strategy.offloads.is_empty())?;
        Ok(Stages { score, threshold, curves })
    }
}

/// The smallest threshold that reaches a target; whether what no stage is sure of is sent up.
fn threshold(images: &[Staged], target: Target, appeals: bool) -> Result<f64, Unreachable> {
    if let Target::Delta(delta) = target {
        return Ok(delta.get());
    }
    let total: f64 = images.iter().map(|image| image.weight).sum();
    let share = |of: &dyn Fn(&Staged) -> bool| {
        images.iter().filter(|image| of(image)).map(|image| image.weight).sum::<f64>() / total
    };
    let ends = Ends {
        kept: share(&|image| image.stages.first().is_some_and(|(_, right)| *right)),
        referred: share(&|image| image.last_resort),
    };
    // From each of these on, some stage of an image is no longer sure enough.
    let mut steps: Vec<(f64, usize)> = Vec::new();
    for (number, image) in images.iter().enumerate() {
        steps.extend(image.stages.iter().map(|(probability, _)| (probability.next_up(), number)));
    }
    steps.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let weigh = |is: bool, weight: f64| if is { weight } else { 0.0 };
    let (mut right, mut up) = (ends.kept * total, 0.0);
    let mut under: Vec<(bool, bool)> = images.iter().map(|image| image.under(0.0)).collect();
    let mut thresholds = vec![0.0];
    let mut places = vec![Place { appeals: 0.0, right: ends.kept, separable: true }];
    for (step, (at, number)) in steps.iter().enumerate() {
        let image = &images[*number];
        let after = image.under(*at);
        let before = std::mem::replace(&mut under[*number], after);
        right += weigh(after.0, image.weight) - weigh(before.0, image.weight);
        up += weigh(after.1, image.weight) - weigh(before.1, image.weight);
        thresholds.push(*at);
        // Equally sure answers go on together.
        let separable = steps.get(step + 1).is_none_or(|(next, _)| next > at);
        let appeals = if appeals { up / total } else { 0.0 };
        places.push(Place { appeals, right: right / total, separable });
    }
    match reach(places.iter().copied(), ends, target) {
        Ok(place) => Ok(thresholds[place]),
        Err(Missed { why, .. }) => Err(why),
    }
}

#[cfg(test)]
mod tests;
