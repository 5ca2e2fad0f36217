//! How far two lists agree on an order.

/// Spearman's ρ: the correlation of ranks, of which equal values share the mean. `None` if all of a list are equal.
pub fn spearman(left: &[f64], right: &[f64]) -> Option<f64> {
    let (left, right) = (ranks(left), ranks(right));
    let middle = (left.len() as f64 + 1.0) / 2.0;
    let product = |left: &[f64], right: &[f64]| -> f64 {
        left.iter().zip(right).map(|(left, right)| (left - middle) * (right - middle)).sum()
    };
    ratio(product(&left, &right), product(&left, &left), product(&right, &right))
}

/// Kendall's τ-b: pairs in the same order less pairs in the other, corrected for ties. `None` if all of a list are equal.
pub fn kendall(left: &[f64], right: &[f64]) -> Option<f64> {
    let (mut both, mut of_left, mut of_right) = (0.0, 0.0, 0.0);
    for first in 0..left.len().min(right.len()) {
        for second in 0..first {
            let signs = (sign(left[first] - left[second]), sign(right[first] - right[second]));
            both += signs.0 * signs.1;
            of_left += signs.0.abs();
            of_right += signs.1.abs();
        }
    }
    ratio(both, of_left, of_right)
}

fn ratio(both: f64, left: f64, right: f64) -> Option<f64> {
    (left > 0.0 && right > 0.0).then(|| both / (left * right).sqrt())
}

/// −1, 0 or 1.
fn sign(number: f64) -> f64 {
    if number == 0.0 { 0.0 } else { number.signum() }
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let rank = |value: &f64| {
        let below = values.iter().filter(|other| *other < value).count() as f64;
        let equal = values.iter().filter(|other| *other == value).count() as f64;
        below + (equal + 1.0) / 2.0
    };
    values.iter().map(rank).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn correlations_are_those_worked_out_by_hand() {
        // Ranks 1, 2.5, 2.5, 4 and 1, 3, 2, 4: 4.5 over √(4.5·5); of six pairs five are in the same order and one tied.
        let (left, right) = ([10.0, 20.0, 20.0, 30.0], [1.0, 3.0, 2.0, 4.0]);
        assert!((spearman(&left, &right).unwrap() - 4.5 / 22.5_f64.sqrt()).abs() < 1e-12);
        assert!((kendall(&left, &right).unwrap() - 5.0 / 30.0_f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn an_order_agrees_with_itself_and_contradicts_its_reverse() {
        let order = [3.0, 1.0, 4.0, 1.5, 9.0];
        let reverse = order.map(|value: f64| -value);
        assert_eq!((spearman(&order, &order), kendall(&order, &order)), (Some(1.0), Some(1.0)));
        assert_eq!((spearman(&order, &reverse), kendall(&order, &reverse)), (Some(-1.0), Some(-1.0)));
        assert_eq!((spearman(&order, &[2.0; 5]), kendall(&[2.0; 5], &order)), (None, None));
    }
}
