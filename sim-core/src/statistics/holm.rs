/// The probability of a wrong verdict anywhere.
const WRONG: f64 = 0.05;

/// The confidence at which each of several comparisons has to be judged so that, with a probability of 95 %, no verdict
/// on any of them is wrong: Holm's correction (1979). `p_values` are those of the comparisons taken alone.
///
/// A comparison is certain if its interval at that confidence excludes 0. The clearest of m is judged at 1 − 0.05/m, the
/// next at 1 − 0.05/(m − 1), and so on up to the first that is not certain; those after it are judged like it.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|a, b| p_values[*a].total_cmp(&p_values[*b]));
    let mut confidence = vec![1.0 - WRONG; p_values.len()];
    let mut judged_as = None;
    for (rank, at) in order.into_iter().enumerate() {
        let alone = WRONG / (p_values.len() - rank) as f64;
        let level = judged_as.unwrap_or(alone);
        confidence[at] = 1.0 - level;
        if p_values[at] > level {
            judged_as = Some(level);
        }
    }
    confidence
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: Vec<f64>, expected: &[f64]) {
        let same = found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12);
        assert!(found.len() == expected.len() && same, "{found:?}, not {expected:?}");
    }

    /// Holm's own scheme for four: 0.005 ≤ 0.05/4, 0.01 ≤ 0.05/3, but 0.03 > 0.05/2, so that one and 0.04 fail.
    #[test]
    fn step_by_step_until_one_fails() {
        let third = 1.0 - 0.05 / 2.0;
        close(holm(&[0.01, 0.04, 0.03, 0.005]), &[1.0 - 0.05 / 3.0, third, third, 1.0 - 0.05 / 4.0]);
    }

    #[test]
    fn one_comparison_is_judged_as_it_is() {
        close(holm(&[0.04]), &[0.95]);
        close(holm(&[]), &[]);
        close(holm(&[0.5, 0.6]), &[0.975, 0.975]);
        // A probability of exactly 0.05/2 is certain, so the next is judged alone.
        close(holm(&[0.025, 0.04]), &[0.975, 0.95]);
    }
}
