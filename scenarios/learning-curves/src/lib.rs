//! Predicts where learning curves end, so that training can stop early.
//!
//! A network that is trained is measured every now and then: its validation accuracy at points 1, 2, 3, ... is a learning
//! curve. An [`Engine`] is shown these values one by one, and says what the last one will be, and when it need not be
//! waited for. There are two: [`Penguin`], as published and reproduced figure by figure, and [`Forecaster`], which also
//! says how uncertain it is, and which curves it cannot predict.
//!
//! In a search, many candidates are trained one after the other. [`stoppers`] decide which of them to stop, by an engine
//! or as hyperparameter tuners do, and [`replay`] tells what each would have saved and lost on curves that are known.
//!
//! This crate is given numbers and returns numbers: it knows no network, file or clock.
//!
//! ```
//! use learning_curves::stoppers::{NoStopping, Predicting};
//! use learning_curves::{Candidate, Curve, Penguin, Rule, replay};
//!
//! // Four candidates that approach 60, 70, 80 and 90 %, the better ones at a higher cost.
//! let candidates: Vec<Candidate> = [60.0, 70.0, 80.0, 90.0]
//!     .map(|level| (level, (1..=40).map(|x| level - 50.0 * 0.7_f64.powi(x)).collect()))
//!     .into_iter()
//!     .map(|(cost, values)| Ok(Candidate { curve: Curve::new(values)?, cost }))
//!     .collect::<Result<_, learning_curves::CurveError>>()?;
//! let order = [2, 0, 3, 1];
//!
//! let all = replay(&candidates, &order, &mut NoStopping)?;
//! let early = replay(&candidates, &order, &mut Predicting::new(Penguin::new(40, Rule::default())?))?;
//! assert_eq!((all.saved(), all.chosen, early.chosen, early.front_found), (0.0, 3, 3, 1.0));
//! assert!(early.saved() > 0.8 && early.error.unwrap() < 0.01);
//! # Ok::<(), learning_curves::CurveError>(())
//! ```

#![forbid(unsafe_code)]

mod curve;
mod engine;
mod error;
pub mod families;
mod forecaster;
mod front;
pub mod least_squares;
mod mixture;
mod penguin;
mod posterior;
pub mod published;
mod ranks;
mod replay;
pub mod stoppers;
#[cfg(test)]
mod tests;

pub use curve::Curve;
pub use engine::{Engine, Interval, Misfit, Prediction, Verdict};
pub use error::CurveError;
pub use forecaster::{Aim, Forecaster};
pub use front::front;
pub use penguin::{Penguin, Rule};
pub use ranks::{kendall, spearman};
pub use replay::{Candidate, Replay, replay};
