//! A router without training: what an appeal gains, on average, for the images whose features are most like this one's.

use inference::{Crossing, Half, Scratch};

use super::class_aware::gain;
use crate::answers::{Networks, in_parallel};
use crate::plan::Met;
use crate::policies::{Sample, Way};

/// How many neighbours have a say.
const NEIGHBOURS: usize = 50;

/// The little network's features of each image: what its heads read. None if it was recorded.
pub fn features(images: &[Met], networks: &Networks, half: Half, seed: u64, threads: usize) -> Option<Vec<Vec<f32>>> {
    let network = networks.of(Way::LITTLE).network()?;
    let cut = network.before_heads();
    Some(in_parallel(images, threads, |part| {
        let (mut scratch, mut crossing) = (Scratch::default(), Crossing::default());
        let mut of = |met: &Met| {
            met.observed(half, seed).show(&networks.data, |image| {
                network.run_before(cut, image, &mut scratch, &mut crossing);
            });
            crossing.values.clone()
        };
        part.iter().map(&mut of).collect()
    }))
}

/// For each of `asked`, the mean gain of an appeal among the nearest of `known`, by Euclidean distance; of equals, the
/// first.
pub fn gains(known: &[Vec<f32>], samples: &[Sample], asked: &[Vec<f32>]) -> Vec<f64> {
    let distance = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>();
    let of = |features: &Vec<f32>| {
        let mut away: Vec<(f32, usize)> =
            known.iter().enumerate().map(|(place, other)| (distance(features, other), place)).collect();
        let most = NEIGHBOURS.min(away.len());
        if most < away.len() {
            away.select_nth_unstable_by(most, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        }
        let near = away[..most].iter().map(|(_, place)| &samples[*place]);
        let (won, weight) = near.fold((0.0, 0.0), |(won, all), s| (won + gain(s) * s.weight, all + s.weight));
        if weight > 0.0 { won / weight } else { 0.0 }
    };
    asked.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use inference::{Answer, Scores};

    use super::*;

    /// A hundred images on a line; an appeal wins on the first fifty and loses on the others.
    #[test]
    fn neighbours_tell() {
        let known: Vec<Vec<f32>> = (0..100).map(|i| vec![i as f32, 1.0]).collect();
        let sample = |i: usize| Sample {
            little: Answer { class: 0, scores: Scores::default() },
            little_right: i >= 50,
            big_right: i < 50,
            chance: 0.0,
            weight: 1.0,
        };
        let samples: Vec<Sample> = (0..100).map(sample).collect();
        let told = gains(&known, &samples, &[vec![-5.0, 1.0], vec![200.0, 1.0], vec![49.5, 1.0]]);
        assert_eq!(told, [1.0, -1.0, 0.0]);
        assert_eq!(gains(&[], &[], &[vec![0.0]]), [0.0]);
    }
}
