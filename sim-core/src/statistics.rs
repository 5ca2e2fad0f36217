//! Means with intervals, quantiles, averages over time.

mod moments;
mod quantile;
mod sketch;
mod steady;
mod time_average;

pub use moments::{Estimate, Moments};
pub use quantile::{enough, quantile};
pub use sketch::Sketch;
pub use steady::{batch_means, mser5};
pub use time_average::TimeAverage;
