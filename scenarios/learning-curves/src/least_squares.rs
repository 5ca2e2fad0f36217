//! Least squares with bounds, by the trust region reflective method.
//!
//! Branch, Coleman & Li, "A Subspace, Interior, and Conjugate Gradient Method for Large-Scale Bound-Constrained
//! Minimization Problems", SIAM J. Sci. Comput. 21, 1999. Every iterate stays strictly within the bounds: parameters are
//! scaled by their distance to the bound that the gradient pushes them to, so a step that would hit it gets shorter, and
//! one that does is reflected.
//!
//! Tolerances, the first radius and the way a step is chosen are those of SciPy's `least_squares(method="trf")`. That is
//! not a matter of taste: where a curve says little about a parameter the sum of squares is almost flat, and what is found
//! is where the search ends. Only a search that takes the same way reproduces published predictions.

mod bounds;
mod linear;
mod step;

pub use bounds::Bounds;

use linear::{dot, norm};
use step::{Limits, Quadratic};

/// Stops once a step reduces the sum of squares by less than this part of it.
const LEAST_REDUCTION: f64 = 1e-8;
/// Stops once a step is shorter than this part of the parameters.
const SHORTEST_STEP: f64 = 1e-8;
/// Stops once the scaled gradient is below this everywhere.
const LEAST_GRADIENT: f64 = 1e-8;

/// A curve with N parameters.
pub trait Model<const N: usize> {
    /// The curve at x.
    fn value(&self, x: f64, parameters: &[f64; N]) -> f64;

    /// Its derivative by each parameter.
    fn gradient(&self, x: f64, parameters: &[f64; N]) -> [f64; N];
}

/// The parameters that fit best.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit<const N: usize> {
    /// The parameters.
    pub parameters: [f64; N],
    /// The sum of squared residuals.
    pub squares: f64,
    /// How often the whole curve was evaluated.
    pub evaluations: usize,
}

/// The search did not end within its evaluations, or the curve is not finite where it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no fit was found within {evaluations} evaluations")]
pub struct NoFit {
    /// How many evaluations there were.
    pub evaluations: usize,
}

/// Fits a model to values at x = 1, 2, 3, ...
///
/// # Errors
/// If the search has not ended after so many evaluations of the curve.
pub fn fit<const N: usize>(
    model: &impl Model<N>,
    bounds: &Bounds<N>,
    start: [f64; N],
    values: &[f64],
    evaluations: usize,
) -> Result<Fit<N>, NoFit> {
    let mut search = Search::new(model, bounds, start, values);
    while search.evaluations < evaluations {
        if !search.cost.is_finite() || search.gradient.iter().any(|slope| !slope.is_finite()) {
            break;
        }
        if search.is_stationary() || search.improve(evaluations) == Ended::Yes {
            let parameters = search.parameters;
            return Ok(Fit { parameters, squares: 2.0 * search.cost, evaluations: search.evaluations });
        }
    }
    Err(NoFit { evaluations: search.evaluations })
}

#[derive(PartialEq)]
enum Ended {
    Yes,
    No,
}

struct Search<'a, M, const N: usize> {
    model: &'a M,
    bounds: &'a Bounds<N>,
    values: &'a [f64],
    parameters: [f64; N],
    residuals: Vec<f64>,
    jacobian: Vec<[f64; N]>,
    /// Half the sum of squares.
    cost: f64,
    gradient: [f64; N],
    radius: f64,
    /// The Levenberg-Marquardt parameter of the last step, from which the next search for one starts.
    damping: f64,
    evaluations: usize,
}

impl<'a, M: Model<N>, const N: usize> Search<'a, M, N> {
    fn new(model: &'a M, bounds: &'a Bounds<N>, start: [f64; N], values: &'a [f64]) -> Self {
        let parameters = bounds.inside(start);
        let residuals = residuals(model, &parameters, values);
        let cost = 0.5 * dot(&residuals, &residuals);
        let mut search = Self {
            model,
            bounds,
            values,
            parameters,
            residuals,
            jacobian: Vec::new(),
            cost,
            gradient: [0.0; N],
            radius: 0.0,
            damping: 0.0,
            evaluations: 1,
        };
        search.linearise();
        let distances = bounds.distances(&search.parameters, &search.gradient);
        search.radius = norm(&std::array::from_fn::<f64, N, _>(|k| parameters[k] / distances[k].sqrt()));
        if search.radius == 0.0 {
            search.radius = 1.0;
        }
        search
    }

    fn linearise(&mut self) {
        let xs = (1..=self.values.len()).map(|x| x as f64);
        self.jacobian.clear();
        self.jacobian.extend(xs.map(|x| self.model.gradient(x, &self.parameters)));
        self.gradient = std::array::from_fn(|k| {
            self.jacobian.iter().zip(&self.residuals).map(|(slopes, residual)| slopes[k] * residual).sum()
        });
    }

    /// The largest slope, scaled by the distance to the bound it pushes to.
    fn slope(&self) -> f64 {
        let distances = self.bounds.distances(&self.parameters, &self.gradient);
        distances.iter().zip(&self.gradient).map(|(distance, slope)| (distance * slope).abs()).fold(0.0, f64::max)
    }

    fn is_stationary(&self) -> bool {
        self.slope() < LEAST_GRADIENT
    }

    /// Shrinks the radius until a step reduces the cost, and takes it.
    fn improve(&mut self, evaluations: usize) -> Ended {
        let quadratic = Quadratic::new(&self.jacobian, &self.residuals, &self.parameters, &self.gradient, self.bounds);
        let caution = f64::max(0.995, 1.0 - self.slope());
        while self.evaluations < evaluations {
            let inner = quadratic.within(self.radius, &mut self.damping);
            let (from, bounds, radius) = (&self.parameters, self.bounds, self.radius);
            let step = quadratic.choose(inner, &Limits { from, bounds, radius, caution });
            let parameters = self.bounds.strictly(std::array::from_fn(|k| self.parameters[k] + step.step[k]));
            let residuals = residuals(self.model, &parameters, self.values);
            self.evaluations += 1;
            let scaled_length = norm(&step.scaled);
            if residuals.iter().any(|residual| !residual.is_finite()) {
                self.radius = 0.25 * scaled_length;
                continue;
            }
            let cost = 0.5 * dot(&residuals, &residuals);
            let reduction = self.cost - cost;
            let ratio = match step.reduction {
                expected if expected > 0.0 => reduction / expected,
                expected if expected == 0.0 && reduction == 0.0 => 1.0,
                _ => 0.0,
            };
            let ended = (reduction < LEAST_REDUCTION * self.cost && ratio > 0.25)
                || norm(&step.step) < SHORTEST_STEP * (SHORTEST_STEP + norm(&self.parameters));
            if !ended {
                let before = self.radius;
                if ratio < 0.25 {
                    self.radius = 0.25 * scaled_length;
                } else if ratio > 0.75 && scaled_length > 0.95 * before {
                    self.radius = 2.0 * before;
                }
                self.damping *= before / self.radius;
            }
            if reduction > 0.0 {
                (self.parameters, self.residuals, self.cost) = (parameters, residuals, cost);
                self.linearise();
            }
            if ended {
                return Ended::Yes;
            }
            if reduction > 0.0 {
                return Ended::No;
            }
        }
        Ended::No
    }
}

fn residuals<const N: usize>(model: &impl Model<N>, parameters: &[f64; N], values: &[f64]) -> Vec<f64> {
    values.iter().enumerate().map(|(at, value)| model.value((at + 1) as f64, parameters) - value).collect()
}
