//! Where parameters may be.

/// The least and the largest value of each parameter, either of which may be infinite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds<const N: usize> {
    lower: [f64; N],
    upper: [f64; N],
}

impl<const N: usize> Bounds<N> {
    /// Bounds of which each lower one is below its upper one; `None` otherwise.
    pub fn new(lower: [f64; N], upper: [f64; N]) -> Option<Self> {
        lower.iter().zip(&upper).all(|(lower, upper)| lower < upper).then_some(Self { lower, upper })
    }

    /// Bounds that are known to be in order.
    pub(crate) const fn of(lower: [f64; N], upper: [f64; N]) -> Self {
        Self { lower, upper }
    }

    /// Whether all parameters are within their bounds.
    pub fn contain(&self, parameters: &[f64; N]) -> bool {
        (0..N).all(|k| (self.lower[k]..=self.upper[k]).contains(&parameters[k]))
    }

    /// A point to start from: at least a little away from every bound.
    pub(crate) fn inside(&self, start: [f64; N]) -> [f64; N] {
        const LITTLE: f64 = 1e-10;
        std::array::from_fn(|k| {
            let (lower, upper) = (self.lower[k], self.upper[k]);
            let margin = |bound: f64| if bound.is_finite() { LITTLE * bound.abs().max(1.0) } else { 0.0 };
            let (lowest, highest) = (lower + margin(lower), upper - margin(upper));
            if lowest < highest { start[k].clamp(lowest, highest) } else { lower + 0.5 * (upper - lower) }
        })
    }

    /// The same point, moved off a bound that it is on by as little as there is.
    pub(crate) fn strictly(&self, parameters: [f64; N]) -> [f64; N] {
        std::array::from_fn(|k| parameters[k].min(self.upper[k].next_down()).max(self.lower[k].next_up()))
    }

    /// How far each parameter is from the bound that descent pushes it to, and 1 if that is infinitely far.
    pub(crate) fn distances(&self, parameters: &[f64; N], gradient: &[f64; N]) -> [f64; N] {
        std::array::from_fn(|k| match self.pushed_to(k, gradient[k]) {
            Some(bound) => (parameters[k] - bound).abs(),
            None => 1.0,
        })
    }

    /// The bound that descent pushes a parameter to, if it is finite.
    pub(crate) fn pushed_to(&self, parameter: usize, slope: f64) -> Option<f64> {
        let bound = match slope {
            slope if slope < 0.0 => self.upper[parameter],
            slope if slope > 0.0 => self.lower[parameter],
            _ => return None,
        };
        bound.is_finite().then_some(bound)
    }

    /// How much of a step fits, as a factor, and which parameters it takes to a bound.
    pub(crate) fn room(&self, from: &[f64; N], step: &[f64; N]) -> (f64, [bool; N]) {
        let factors: [f64; N] = std::array::from_fn(|k| match step[k] {
            0.0 => f64::INFINITY,
            step => f64::max((self.lower[k] - from[k]) / step, (self.upper[k] - from[k]) / step),
        });
        let least = factors.iter().copied().fold(f64::INFINITY, f64::min);
        (least, factors.map(|factor| factor == least))
    }
}
