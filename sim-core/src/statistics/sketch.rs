use sketches_ddsketch::{Config, DDSketch};

use super::quantile::enough;

/// Quantiles of any number of observations in little memory: a DDSketch (Masson, Rim & Lee, VLDB 2019).
///
/// A quantile is accurate to within [`Sketch::RELATIVE_ERROR`] of its value. Sketches of parts merge into the sketch of
/// the whole, exactly as if it had seen all observations itself.
#[derive(Clone)]
pub struct Sketch(DDSketch);

impl Sketch {
    /// How far a quantile may be from the exact observation, as a share of it.
    pub const RELATIVE_ERROR: f64 = 0.005;

    /// Buckets before the smallest observations share one: values may span e^40 before that.
    const BUCKETS: u32 = 4096;

    /// The smallest value distinguished from 0.
    const LEAST: f64 = 1e-12;

    /// Adds an observation.
    pub fn add(&mut self, value: f64) {
        self.0.add(value);
    }

    /// Number of observations.
    pub fn count(&self) -> u64 {
        self.0.count() as u64
    }

    /// The `p`-quantile, or nothing if fewer than ten observations are expected beyond it.
    pub fn quantile(&self, p: f64) -> Option<f64> {
        if !enough(self.count(), p) {
            return None;
        }
        self.0.quantile(p).ok().flatten()
    }

    /// The observation with `rank` others before it in ascending order; nothing if there are not that many.
    pub fn at_rank(&self, rank: u64) -> Option<f64> {
        let count = self.count();
        if rank >= count {
            return None;
        }
        // The middle of the rank's share of [0, 1], so that no rounding leads to a neighbour.
        let place = (rank as f64 + 0.5) / (count - 1).max(1) as f64;
        self.0.quantile(place.min(1.0)).ok().flatten()
    }

    /// The share of the observations that are at most `value`; none without observations.
    pub fn share_up_to(&self, value: f64) -> Option<f64> {
        let count = self.count();
        // Observations are known to within the error of the sketch, and so is whether they are at most this.
        let limit = value * (1.0 + Self::RELATIVE_ERROR);
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.at_rank(middle).is_some_and(|found| found <= limit) { low = middle + 1 } else { high = middle }
        }
        (count > 0).then(|| low as f64 / count as f64)
    }

    /// Adds all observations of another sketch.
    pub fn merge(&mut self, other: &Self) {
        // Sketches of different error do not merge, and all of these have the same.
        let merged = self.0.merge(&other.0);
        debug_assert!(merged.is_ok());
    }
}

impl Default for Sketch {
    fn default() -> Self {
        Self(DDSketch::new(Config::new(Self::RELATIVE_ERROR, Self::BUCKETS, Self::LEAST)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Streams;
    use crate::statistics::quantile;
    use crate::variate::Variate;

    #[test]
    fn quantiles_are_within_the_stated_error_and_parts_make_the_whole() {
        let mut random = Streams::new(1, 0).open("sketch", 0);
        let variate = Variate::lognormal(0.02, 0.3).unwrap();
        let mut values: Vec<f64> = (0..30_000).map(|_| variate.sample(&mut random)).collect();
        let mut whole = Sketch::default();
        let mut parts = [Sketch::default(), Sketch::default(), Sketch::default()];
        for (index, value) in values.iter().enumerate() {
            whole.add(*value);
            parts[index % 7 % 3].add(*value);
        }
        let [mut merged, second, third] = parts;
        merged.merge(&second);
        merged.merge(&third);
        values.sort_by(f64::total_cmp);
        for p in [0.01, 0.5, 0.9, 0.99, 0.999] {
            let (told, exact) = (whole.quantile(p).unwrap(), quantile(&values, p).unwrap());
            // Neighbouring observations are acceptable, too.
            let rank = (p * 29_999.0) as usize;
            let (low, high) = (values[rank.saturating_sub(1)], values[(rank + 2).min(29_999)]);
            let within = low * (1.0 - Sketch::RELATIVE_ERROR) <= told && told <= high * (1.0 + Sketch::RELATIVE_ERROR);
            assert!(within, "p{p}: {told}, exactly {exact}");
            assert_eq!(merged.quantile(p), whole.quantile(p));
        }
        for rank in [0usize, 1, 14_999, 29_998, 29_999] {
            let (told, exact) = (whole.at_rank(rank as u64).unwrap(), values[rank]);
            assert!((told / exact - 1.0).abs() <= Sketch::RELATIVE_ERROR, "rank {rank}: {told}, exactly {exact}");
        }
        for share in [0.001, 0.2, 0.5, 0.95] {
            let found = whole.share_up_to(values[(share * 30_000.0) as usize]).unwrap();
            // Within the error of the sketch lie up to 0.8 % of these observations on either side.
            assert!((found - share).abs() < 0.01, "{found}, not {share}");
        }
        assert_eq!(
            (whole.share_up_to(1e9), whole.share_up_to(0.0), Sketch::default().share_up_to(1.0)),
            (Some(1.0), Some(0.0), None)
        );
        assert_eq!((whole.at_rank(30_000), Sketch::default().at_rank(0)), (None, None));
        assert_eq!(merged.count(), 30_000);
        assert_eq!(whole.quantile(0.9999), None);
    }

    /// A hundred observations: 1, 2, …, 100. Ten lie beyond the p10 and the p90, fewer beyond any further out.
    #[test]
    fn a_sketch_of_the_first_hundred_numbers() {
        let mut sketch = Sketch::default();
        (1..=100).for_each(|value| sketch.add(f64::from(value)));
        let close = |found: Option<f64>, exact: f64| found.is_some_and(|found| (found / exact - 1.0).abs() <= 0.005);
        assert!((0..100).all(|rank| close(sketch.at_rank(rank), rank as f64 + 1.0)));
        assert_eq!((sketch.at_rank(100), sketch.quantile(0.91), sketch.quantile(0.09)), (None, None, None));
        assert!(sketch.quantile(0.9).is_some() && sketch.quantile(0.1).is_some());
        // Halfway between two observations, so that the error of the sketch does not matter.
        let shares = [0.5, 1.5, 10.5, 50.5, 99.5].map(|value| sketch.share_up_to(value).unwrap());
        assert_eq!(shares, [0.0, 0.01, 0.1, 0.5, 0.99]);
        // An observation counts as at most itself.
        assert_eq!([1.0, 10.0, 50.0].map(|value| sketch.share_up_to(value).unwrap()), [0.01, 0.1, 0.5]);
    }
}
