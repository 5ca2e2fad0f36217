//! The front of value against cost.

/// Those (value, cost) of which no other is at least as good in both, and better in one; as indices, in order.
pub fn front(points: &[(f64, f64)]) -> Vec<usize> {
    let covers = |&(value, cost): &(f64, f64), &(other, others_cost): &(f64, f64)| {
        value >= other && cost <= others_cost && (value > other || cost < others_cost)
    };
    (0..points.len()).filter(|&at| !points.iter().any(|point| covers(point, &points[at]))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_front_has_what_nothing_covers() {
        // Dearer and worse than the first, as dear and worse than the third, and one twice.
        let points = [(5.0, 1.0), (4.0, 2.0), (9.0, 3.0), (8.0, 3.0), (9.0, 3.0), (2.0, 0.5)];
        assert_eq!(front(&points), [0, 2, 4, 5]);
        assert_eq!(front(&[]), [0; 0]);
    }
}
