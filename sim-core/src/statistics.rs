//! Means with intervals, quantiles, averages over time.

mod estimate;
mod holm;
mod moments;
mod quantile;
mod ratio;
mod sketch;
mod steady;
mod time_average;

pub use estimate::{Estimate, Uncertainty};
pub use holm::holm;
pub use moments::Moments;
pub use quantile::{enough, quantile};
pub use ratio::Ratio;
pub use sketch::Sketch;
pub use steady::{batch_means, mser5};
pub use time_average::TimeAverage;
