//! One long run instead of many: when it has warmed up, and how certain its mean is.

use super::estimate::Estimate;
use super::moments::Moments;

/// Observations that MSER-5 takes together.
const TOGETHER: usize = 5;

/// How many of the first observations to leave out because the run had not warmed up: MSER-5 (White, 1997; White, Cobb
/// & Spratt, 2000). Of all cuts in the first half, the one that leaves the mean with the least standard error.
pub fn mser5(observations: &[f64]) -> usize {
    let groups: Vec<f64> =
        observations.chunks_exact(TOGETHER).map(|group| group.iter().sum::<f64>() / TOGETHER as f64).collect();
    let (mut tail, mut best) = (Moments::default(), (f64::INFINITY, 0));
    for (cut, group) in groups.iter().enumerate().rev() {
        tail.add(*group);
        let count = tail.count() as f64;
        // The variance over n − 1 observations is finite; what is compared is the squared standard error of the mean.
        let error = tail.variance().map_or(f64::INFINITY, |variance| variance * (count - 1.0) / (count * count));
        if cut <= groups.len() / 2 && error <= best.0 {
            best = (error, cut);
        }
    }
    best.1 * TOGETHER
}

/// Mean and interval of one run's observations, which depend on their neighbours: the means of `batches` long stretches
/// hardly depend on each other (Law & Carson, 1979). What does not fill a batch is left out; none for too few.
pub fn batch_means(observations: &[f64], batches: usize) -> Option<Estimate> {
    let length = observations.len().checked_div(batches).filter(|length| *length > 0)?;
    let means = observations.chunks_exact(length).take(batches).map(|batch| batch.iter().sum::<f64>() / length as f64);
    means.collect::<Moments>().estimate()
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::random::Streams;

    /// An autoregressive series around 10 that starts at `start`.
    fn series(start: f64, length: usize, replication: u64) -> Vec<f64> {
        let mut random = Streams::new(1, replication).open("series", 0);
        let mut away = start - 10.0;
        (0..length)
            .map(|_| {
                away = 0.95 * away + random.random::<f64>() - 0.5;
                10.0 + away
            })
            .collect()
    }

    #[test]
    fn mser5_cuts_where_the_start_is_forgotten() {
        let cold = mser5(&series(60.0, 2_000, 1));
        // 50 · 0.95^n is below the noise's deviation of 0.9 after some 78 steps.
        assert!((60..400).contains(&cold), "cut at {cold}");
        let kept = &series(60.0, 2_000, 1)[cold..];
        let mean = kept.iter().sum::<f64>() / kept.len() as f64;
        assert!((mean - 10.0).abs() < 1.0, "{mean}");
        assert_eq!(mser5(&[]), 0);
        assert!(mser5(&vec![1.0; 100]) <= 50);
    }

    /// 95 % of the intervals hold the true mean; taking each observation as independent would hold it far less often.
    #[test]
    fn batch_means_know_their_error() {
        let holds = |estimate: Estimate| (estimate.mean - 10.0).abs() <= estimate.half_width().unwrap();
        let runs: Vec<Vec<f64>> = (0..200).map(|replication| series(10.0, 8_000, replication)).collect();
        let share = |f: &dyn Fn(&[f64]) -> Estimate| runs.iter().filter(|run| holds(f(run))).count() as f64 / 200.0;
        let batched = share(&|run| batch_means(run, 20).unwrap());
        // 95 %, give or take four standard errors of 200 trials and the little that batches still depend on each other.
        assert!(batched > 0.95 - 4.0 * (0.95f64 * 0.05 / 200.0).sqrt() - 0.02, "{batched}");
        let naive = share(&|run| run.iter().copied().collect::<Moments>().estimate().unwrap());
        assert!(naive < 0.5, "{naive}");
        assert_eq!(batch_means(&[1.0, 2.0], 3), None);
        assert_eq!(batch_means(&[1.0], 0), None);
    }

    /// Each mean five times, so that the groups of five are these.
    fn grouped(means: &[f64]) -> Vec<f64> {
        means.iter().flat_map(|mean| [mean - 2.0, mean - 1.0, *mean, mean + 1.0, mean + 2.0]).collect()
    }

    /// What is compared is the sum of squared deviations over n². Without the first, 0, 1, 0, 1, 0 have 1.2/25 = 0.048;
    /// of those that begin later, 1, 0, 1, 0 have 1/16 and 0, 1, 0 have (2/3)/9, both more.
    #[test]
    fn mser5_cuts_where_the_standard_error_is_least() {
        assert_eq!(mser5(&grouped(&[10.0, 0.0, 1.0, 0.0, 1.0, 0.0])), 5);
        // 2, 0, 1, 0, 1: 2.8/25 = 0.112, and 1/16 = 0.0625 without the 2.
        assert_eq!(mser5(&grouped(&[20.0, 2.0, 0.0, 1.0, 0.0, 1.0])), 10);
        // Beginning with 1.4, they have 1.648/25 = 0.0659, still more than 0.0625; with 1.2, 1.392/25 = 0.0557.
        assert_eq!(mser5(&grouped(&[20.0, 1.4, 0.0, 1.0, 0.0, 1.0])), 10);
        assert_eq!(mser5(&grouped(&[20.0, 1.2, 0.0, 1.0, 0.0, 1.0])), 5);
        // Never more than half is left out, and of equals as little as possible.
        assert_eq!(mser5(&grouped(&[9.0, 8.0, 7.0, 6.0, 5.0, 5.0])), 15);
        assert_eq!(mser5(&grouped(&[3.0; 20])), 0);
    }

    /// Batches of two: 2, 6 and 10, whose mean is 6 and whose variance 16; the last observation fills no batch.
    #[test]
    fn batches_are_equally_long() {
        let estimate = batch_means(&[1.0, 3.0, 5.0, 7.0, 9.0, 11.0, 100.0], 3).unwrap();
        let uncertainty = estimate.uncertainty.unwrap();
        assert_eq!((estimate.mean, uncertainty.variance, uncertainty.freedom), (6.0, 16.0 / 3.0, 2.0));
    }
}
