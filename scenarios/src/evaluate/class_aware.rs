//! Confidence that knows the classes: what an appeal gains, on average, for the class answered and how sure the network
//! is.
//!
//! A plain confidence score ranks all answers alike; where the big network knows some classes better than others, that is
//! what it misses.

use inference::Score;

use crate::policies::Sample;

/// Bins of max softmax for each class, of equally many images.
const BINS: usize = 20;

/// The mean gain of an appeal, by class answered and max softmax.
pub struct ClassAware {
    score: Score,
    /// By class, ascending: the least score of a bin, and the mean gain in it.
    classes: Vec<Vec<(f64, f64)>>,
}

impl ClassAware {
    /// Fits it to images; none if their answers lack max softmax.
    pub fn fit(samples: &[Sample]) -> Option<Self> {
        let score = Score::named("max-softmax")?;
        let count = samples.iter().map(|sample| usize::from(sample.little.class) + 1).max()?;
        let mut by_class: Vec<Vec<(f64, f64, f64)>> = vec![Vec::new(); count];
        for sample in samples {
            let sure = f64::from(sample.little.scores.get(score)?);
            by_class[usize::from(sample.little.class)].push((sure, gain(sample), sample.weight));
        }
        let bins = |mut images: Vec<(f64, f64, f64)>| {
            images.sort_by(|a, b| a.0.total_cmp(&b.0));
            let mean = |bin: &[(f64, f64, f64)]| {
                let (gain, weight) = bin.iter().fold((0.0, 0.0), |(gain, all), (_, g, w)| (gain + g * w, all + w));
                (bin[0].0, gain / weight)
            };
            images.chunks(images.len().div_ceil(BINS).max(1)).map(mean).collect()
        };
        Some(Self { score, classes: by_class.into_iter().map(bins).collect() })
    }

    /// What an appeal gains on average where the answer is like this one; nothing for a class that was never answered.
    pub fn gain(&self, sample: &Sample) -> f64 {
        let sure = sample.little.scores.get(self.score).map_or(0.0, f64::from);
        let Some(bins) = self.classes.get(usize::from(sample.little.class)) else { return 0.0 };
        let bin = bins.partition_point(|(least, _)| *least <= sure).saturating_sub(1);
        bins.get(bin).map_or(0.0, |(_, gain)| *gain)
    }
}

/// What an appeal of an image gains: 1 if only the big network is right, -1 if only the little one is.
pub fn gain(sample: &Sample) -> f64 {
    f64::from(u8::from(sample.big_right)) - f64::from(u8::from(sample.little_right))
}

#[cfg(test)]
mod tests {
    use inference::{Answer, Scores};

    use super::*;

    fn sample(class: u8, sure: f64, little_right: bool, big_right: bool) -> Sample {
        let scores = Scores::default().with(Score::named("max-softmax").unwrap(), sure as f32);
        Sample { little: Answer { class, scores }, little_right, big_right, chance: 0.0, weight: 1.0 }
    }

    /// Of class 0 an appeal always loses, of class 1 it wins where the network is unsure, whatever the confidence says
    /// elsewhere.
    #[test]
    fn each_class_has_its_own_curve() {
        let images: Vec<Sample> = (0..200)
            .map(|i| {
                let (class, sure) = ((i % 2) as u8, f64::from(i) / 200.0);
                sample(class, sure, class == 0 || i >= 100, class == 1)
            })
            .collect();
        let fitted = ClassAware::fit(&images).unwrap();
        let of = |class, sure| fitted.gain(&sample(class, sure, true, true));
        assert_eq!([of(0, 0.1), of(0, 0.9), of(1, 0.1), of(1, 0.9)], [-1.0, -1.0, 1.0, 0.0]);
        assert_eq!([of(1, -1.0), of(1, 2.0), of(7, 0.5)], [1.0, 0.0, 0.0], "beyond what was seen");
    }
}
