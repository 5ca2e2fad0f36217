//! Small dense linear algebra.

/// The sum of products.
pub(super) fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

/// The length of a vector.
pub(super) fn norm(vector: &[f64]) -> f64 {
    dot(vector, vector).sqrt()
}

/// What a singular value decomposition J = U S Vᵀ says of the least-squares problem J p ≈ −f.
pub(super) struct Decomposed<const N: usize> {
    /// The singular values, in no order.
    pub(super) singular: [f64; N],
    /// V, column by column.
    pub(super) directions: [[f64; N]; N],
    /// S Uᵀ f: the gradient along each direction.
    pub(super) slopes: [f64; N],
}

/// Decomposes a matrix, given row by row, of at least as many rows as columns.
pub(super) fn decompose<const N: usize>(mut rows: Vec<[f64; N]>, mut right: Vec<f64>) -> Decomposed<N> {
    triangularise(&mut rows, &mut right);
    // One-sided Jacobi: columns of the triangle are turned in pairs until all are orthogonal. Their lengths are then the
    // singular values, small ones as accurate as large ones.
    let mut columns: [[f64; N]; N] = std::array::from_fn(|k| std::array::from_fn(|row| rows[row][k]));
    let mut directions: [[f64; N]; N] = std::array::from_fn(|k| std::array::from_fn(|row| f64::from(row == k)));
    for _ in 0..MOST_SWEEPS {
        let mut is_orthogonal = true;
        for first in 0..N {
            for second in first + 1..N {
                if let Some(turn) = Turn::between(&columns[first], &columns[second]) {
                    turn.apply(&mut columns, first, second);
                    turn.apply(&mut directions, first, second);
                    is_orthogonal = false;
                }
            }
        }
        if is_orthogonal {
            break;
        }
    }
    Decomposed {
        singular: columns.map(|column| norm(&column)),
        slopes: columns.map(|column| dot(&column, &right)),
        directions,
    }
}

/// Far more than the handful that small matrices take.
const MOST_SWEEPS: usize = 30;

/// Householder reflections that leave an upper triangle, applied to the right-hand side as well.
fn triangularise<const N: usize>(rows: &mut [[f64; N]], right: &mut [f64]) {
    for k in 0..N {
        let length = rows[k..].iter().map(|row| row[k] * row[k]).sum::<f64>().sqrt();
        if length == 0.0 {
            continue;
        }
        let top = rows[k][k];
        let turned = if top > 0.0 { -length } else { length };
        // The reflection is along v = column − turned·e; its first entry is kept apart, as the column gives way.
        let head = top - turned;
        let half = -turned * head;
        for j in k + 1..N {
            let along = head * rows[k][j] + rows[k + 1..].iter().map(|row| row[k] * row[j]).sum::<f64>();
            rows[k][j] -= along / half * head;
            rows[k + 1..].iter_mut().for_each(|row| row[j] -= along / half * row[k]);
        }
        let below = k + 1..rows.len();
        let along = head * right[k] + below.clone().map(|row| rows[row][k] * right[row]).sum::<f64>();
        right[k] -= along / half * head;
        below.clone().for_each(|row| right[row] -= along / half * rows[row][k]);
        rows[k][k] = turned;
        below.for_each(|row| rows[row][k] = 0.0);
    }
}

/// A rotation of two columns.
struct Turn {
    cosine: f64,
    sine: f64,
}

impl Turn {
    /// The rotation that makes two columns orthogonal, unless they are.
    fn between(first: &[f64], second: &[f64]) -> Option<Self> {
        let (alpha, beta, gamma) = (dot(first, first), dot(second, second), dot(first, second));
        if gamma == 0.0 || gamma.abs() <= f64::EPSILON * (alpha * beta).sqrt() {
            return None;
        }
        let zeta = (beta - alpha) / (2.0 * gamma);
        let tangent = zeta.signum() / (zeta.abs() + (1.0 + zeta * zeta).sqrt());
        let cosine = 1.0 / (1.0 + tangent * tangent).sqrt();
        Some(Self { cosine, sine: cosine * tangent })
    }

    fn apply<const N: usize>(&self, columns: &mut [[f64; N]; N], first: usize, second: usize) {
        let (left, right) = (columns[first], columns[second]);
        columns[first] = std::array::from_fn(|row| self.cosine * left[row] - self.sine * right[row]);
        columns[second] = std::array::from_fn(|row| self.sine * left[row] + self.cosine * right[row]);
    }
}
