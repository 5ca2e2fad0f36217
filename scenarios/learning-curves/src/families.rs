//! Families of learning curves.
//!
//! A curve leads from where it starts, at point 1, to a level that it never quite reaches:
//!
//! ```text
//! F(x) = level + (start − level)·g(x),    g(1) = 1,    g(x) falls towards 0
//! ```
//!
//! A family is a formula for g, the part of the way that is still ahead. The published a − b^(c − x) is such a curve, with
//! level a, and so are those that Domhan, Springenberg & Hutter collected ("Speeding up Automatic Hyperparameter
//! Optimization of Deep Neural Networks by Extrapolation of Learning Curves", IJCAI 2015, table 1). Start and level
//! enter linearly, so only the one or two parameters of g need a search; they are tried on a grid, whose ends are their
//! bounds.

mod constant;
mod exponential;
mod inverse_log;
mod mmf;
mod power;
mod weibull;

use constant::Constant;
use exponential::Exponential;
use inverse_log::InverseLog;
use mmf::Mmf;
use power::Power;
use weibull::Weibull;

/// A formula for g.
pub trait Family: Sync {
    /// What it is called.
    fn name(&self) -> &'static str;

    /// g at x = 1, 2, 3, ..., for parameters on the grid.
    fn remaining(&self, x: f64, parameters: [f64; 2]) -> f64;

    /// The parameters that are tried for curves of so many points.
    fn grid(&self, last: usize) -> Vec<[f64; 2]>;
}

/// All families. One that is added here takes part in every forecast.
pub const FAMILIES: [&dyn Family; 6] = [&Exponential, &Power, &Weibull, &Mmf, &InverseLog, &Constant];

/// So many numbers from the least to the largest, each the same factor above the one before.
fn spread(least: f64, largest: f64, count: u32) -> impl Iterator<Item = f64> + Clone {
    let factor = (largest / least).ln() / f64::from(count - 1);
    (0..count).map(move |k| least * (factor * f64::from(k)).exp())
}

/// From half a point to once and a half the curve.
fn time_constants(last: usize, count: u32) -> impl Iterator<Item = f64> + Clone {
    spread(0.5, 1.5 * last as f64, count)
}
