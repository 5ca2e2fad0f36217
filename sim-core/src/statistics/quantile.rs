/// Observations that must lie beyond a quantile before it is reported.
const BEYOND: f64 = 10.0;

/// Whether `count` observations are enough for their `p`-quantile: ten are expected beyond it. A p99 needs 1,000.
pub fn enough(count: u64, p: f64) -> bool {
    count as f64 * p.min(1.0 - p) >= BEYOND - 1e-9
}

/// The `p`-quantile of ascending values by linear interpolation, or nothing if fewer than ten values are expected
/// beyond it: a p99 needs 1,000.
pub fn quantile(ascending: &[f64], p: f64) -> Option<f64> {
    if !enough(ascending.len() as u64, p) {
        return None;
    }
    let place = p * (ascending.len() - 1) as f64;
    let below = ascending[place.floor() as usize];
    let above = ascending[place.ceil() as usize];
    Some(below + (above - below) * place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_need_enough_beyond_them() {
        let values: Vec<f64> = (0..=1000).map(f64::from).collect();
        assert_eq!(quantile(&values, 0.5), Some(500.0));
        assert_eq!(quantile(&values, 0.99), Some(990.0));
        assert_eq!(quantile(&values[..999], 0.99), None);
        assert_eq!(quantile(&[], 0.5), None);
    }

    /// The 0.3-quantile of 0, 10, …, 390 lies at 0.3 · 39 = 11.7: seven tenths of the way from 110 to 120.
    #[test]
    fn quantiles_lie_between_neighbours() {
        let values: Vec<f64> = (0..40).map(|value| f64::from(value) * 10.0).collect();
        assert!((quantile(&values, 0.3).unwrap() - 117.0).abs() < 1e-9);
        // A tenth of 99 is less than ten, a quarter of 40 exactly ten, on either side.
        assert!(!enough(99, 0.1) && enough(100, 0.1) && enough(40, 0.25) && enough(40, 0.75) && !enough(39, 0.75));
    }
}
