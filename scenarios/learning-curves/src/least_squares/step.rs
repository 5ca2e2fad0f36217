//! Which step to take: what is minimised within the trust region is a quadratic model of the cost.
//!
//! In scaled parameters, p = d·q with d the root of the distances to the bounds, the model is
//! ½ qᵀ(JᵀJ + C) q + gᵀq, where C, diagonal, is what the scaling itself adds.

use super::bounds::Bounds;
use super::linear::{Decomposed, decompose, dot, norm};

/// The model around one point, in scaled parameters.
pub(super) struct Quadratic<const N: usize> {
    jacobian: Vec<[f64; N]>,
    /// C.
    diagonal: [f64; N],
    gradient: [f64; N],
    scale: [f64; N],
    decomposed: Decomposed<N>,
}

/// A step.
#[derive(Clone, Copy)]
pub(super) struct Step<const N: usize> {
    /// In parameters.
    pub(super) step: [f64; N],
    /// In scaled parameters.
    pub(super) scaled: [f64; N],
    /// By how much the model says it reduces the cost.
    pub(super) reduction: f64,
}

/// What limits a step.
pub(super) struct Limits<'a, const N: usize> {
    /// The parameters that it starts from.
    pub(super) from: &'a [f64; N],
    /// Where parameters may be.
    pub(super) bounds: &'a Bounds<N>,
    /// How long it may be, in scaled parameters.
    pub(super) radius: f64,
    /// Which part of the way to a bound it may go.
    pub(super) caution: f64,
}

impl<const N: usize> Quadratic<N> {
    pub(super) fn new(
        jacobian: &[[f64; N]],
        residuals: &[f64],
        parameters: &[f64; N],
        gradient: &[f64; N],
        bounds: &Bounds<N>,
    ) -> Self {
        let scale = bounds.distances(parameters, gradient).map(f64::sqrt);
        let diagonal = std::array::from_fn(|k| match bounds.pushed_to(k, gradient[k]) {
            Some(_) => gradient[k].abs(),
            None => 0.0,
        });
        let jacobian: Vec<[f64; N]> =
            jacobian.iter().map(|slopes| std::array::from_fn(|k| slopes[k] * scale[k])).collect();
        let mut rows = jacobian.clone();
        rows.extend((0..N).map(|k| std::array::from_fn(|j| if j == k { f64::sqrt(diagonal[k]) } else { 0.0 })));
        let mut right = residuals.to_vec();
        right.resize(rows.len(), 0.0);
        Self {
            diagonal,
            gradient: std::array::from_fn(|k| gradient[k] * scale[k]),
            scale,
            decomposed: decompose(rows, right),
            jacobian,
        }
    }

    /// The least of the model within a radius, in scaled parameters, by Moré's method (1977): the damping α for which
    /// (JᵀJ + C + αI) q = −g is as long as the radius, to 1 %.
    pub(super) fn within(&self, radius: f64, damping: &mut f64) -> [f64; N] {
        let Decomposed { singular, directions, slopes } = &self.decomposed;
        let along = |factors: [f64; N]| -> [f64; N] {
            std::array::from_fn(|row| -(0..N).map(|k| directions[k][row] * factors[k]).sum::<f64>())
        };
        let damped = |damping: f64| std::array::from_fn(|k| slopes[k] / (singular[k] * singular[k] + damping));
        let excess = |damping: f64| {
            let length = norm(&damped(damping));
            let slope: f64 =
                (0..N).map(|k| slopes[k] * slopes[k] / (singular[k] * singular[k] + damping).powi(3)).sum();
            (length - radius, -slope / length)
        };
        let (least, largest) = singular.iter().fold((f64::INFINITY, 0.0_f64), |(l, h), &s| (l.min(s), h.max(s)));
        let points = self.jacobian.len();
        let has_full_rank = points >= N && least > f64::EPSILON * points as f64 * largest;
        if has_full_rank {
            let newton = damped(0.0);
            if norm(&newton) <= radius {
                *damping = 0.0;
                return along(newton);
            }
        }
        let mut upper = norm(slopes) / radius;
        let mut lower = 0.0;
        if has_full_rank {
            let (excess, slope) = excess(0.0);
            lower = -excess / slope;
        }
        let guess = |lower: f64, upper: f64| f64::max(0.001 * upper, (lower * upper).sqrt());
        if !has_full_rank && *damping == 0.0 {
            *damping = guess(lower, upper);
        }
        for _ in 0..10 {
            if *damping < lower || *damping > upper {
                *damping = guess(lower, upper);
            }
            let (excess, slope) = excess(*damping);
            if excess < 0.0 {
                upper = *damping;
            }
            let ratio = excess / slope;
            lower = lower.max(*damping - ratio);
            *damping -= (excess + radius) * ratio / radius;
            if excess.abs() < 0.01 * radius {
                break;
            }
        }
        let found = damped(*damping);
        let length = norm(&found);
        along(found.map(|factor| factor * radius / length))
    }

    /// The best of three steps that stay within the bounds: towards the model's least, reflected at the bound that this
    /// would hit, and down the gradient.
    pub(super) fn choose(&self, inner: [f64; N], limits: &Limits<N>) -> Step<N> {
        let Limits { from, bounds, radius, caution } = *limits;
        let whole = self.step(inner);
        if bounds.contain(&std::array::from_fn(|k| from[k] + whole.step[k])) {
            return whole;
        }
        let (room, hits) = bounds.room(from, &whole.step);
        let reflected = self.reflected(inner, (room, hits), limits);
        let shortened = self.step(inner.map(|q| q * room * caution));

        let downhill = self.gradient.map(|slope| -slope);
        let to_radius = radius / norm(&downhill);
        let (room, _) = bounds.room(from, &self.in_parameters(downhill));
        let longest = if room < to_radius { caution * room } else { to_radius };
        let length = self.line([0.0; N], downhill).least(0.0, longest);
        let downhill = self.step(downhill.map(|q| q * length));

        let best = |left: Step<N>, right: Step<N>| if left.reduction > right.reduction { left } else { right };
        match reflected {
            Some(reflected) => best(best(shortened, reflected), downhill),
            None => best(shortened, downhill),
        }
    }

    /// On from the bound that a step hits after some part of it, in the mirrored direction.
    fn reflected(&self, inner: [f64; N], (room, hits): (f64, [bool; N]), limits: &Limits<N>) -> Option<Step<N>> {
        let Limits { from, bounds, radius, caution } = *limits;
        let to_bound = inner.map(|q| q * room);
        let mirrored: [f64; N] = std::array::from_fn(|k| if hits[k] { -inner[k] } else { inner[k] });
        let at_bound = std::array::from_fn(|k| from[k] + self.scale[k] * to_bound[k]);
        let to_radius = reach(&to_bound, &mirrored, radius)?;
        let (to_next_bound, _) = bounds.room(&at_bound, &self.in_parameters(mirrored));
        let longest = to_next_bound.min(to_radius);
        if longest <= 0.0 {
            return None;
        }
        let shortest = (1.0 - caution) * room / longest;
        let longest = if longest == to_next_bound { caution * to_next_bound } else { to_radius };
        if shortest > longest {
            return None;
        }
        let length = self.line(to_bound, mirrored).least(shortest, longest);
        Some(self.step(std::array::from_fn(|k| to_bound[k] + length * mirrored[k])))
    }

    fn in_parameters(&self, scaled: [f64; N]) -> [f64; N] {
        std::array::from_fn(|k| self.scale[k] * scaled[k])
    }

    fn step(&self, scaled: [f64; N]) -> Step<N> {
        let Line { square, linear } = self.line([0.0; N], scaled);
        Step { step: self.in_parameters(scaled), scaled, reduction: -(square + linear) }
    }

    /// The model along a line, without its constant.
    fn line(&self, from: [f64; N], direction: [f64; N]) -> Line {
        let mut line = Line { square: 0.0, linear: dot(&self.gradient, &direction) };
        for slopes in &self.jacobian {
            let (along, before) = (dot(slopes, &direction), dot(slopes, &from));
            line.square += 0.5 * along * along;
            line.linear += along * before;
        }
        for k in 0..N {
            line.square += 0.5 * self.diagonal[k] * direction[k] * direction[k];
            line.linear += self.diagonal[k] * from[k] * direction[k];
        }
        line
    }
}

/// square·t² + linear·t.
struct Line {
    square: f64,
    linear: f64,
}

impl Line {
    /// Where it is least between two places.
    fn least(&self, lower: f64, upper: f64) -> f64 {
        let value = |t: f64| t * (self.square * t + self.linear);
        let mut best = if value(upper) < value(lower) { upper } else { lower };
        let turn = -0.5 * self.linear / self.square;
        if turn > lower && turn < upper && value(turn) < value(best) {
            best = turn;
        }
        best
    }
}

/// How far along a direction the sphere of this radius is, from a point within it.
fn reach(from: &[f64], direction: &[f64], radius: f64) -> Option<f64> {
    let (a, b, c) = (dot(direction, direction), dot(from, direction), dot(from, from) - radius * radius);
    if a == 0.0 || c > 0.0 {
        return None;
    }
    let q = -(b + (b * b - a * c).sqrt().copysign(b));
    Some(f64::max(q / a, c / q))
}
