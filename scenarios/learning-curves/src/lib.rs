//! Learning curves.
#![forbid(unsafe_code)]

mod curve;
mod engine;
mod error;
pub mod families;
mod forecaster;
pub mod least_squares;
mod mixture;
mod penguin;
mod posterior;
pub mod published;
#[cfg(test)]
mod tests;

pub use curve::Curve;
pub use engine::{Engine, Interval, Misfit, Prediction, Verdict};
pub use error::CurveError;
pub use forecaster::{Aim, Forecaster};
pub use penguin::{Penguin, Rule};
