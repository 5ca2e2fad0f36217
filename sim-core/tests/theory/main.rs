//! Queues against queueing theory.
//!
//! Theory gives the mean of a figure and how much it scatters in a run of a given length. Each test simulates as long
//! as it takes for 2 % of the mean to be five standard errors, over eight seeds with random streams of the test's own.
//! The mean over the seeds must lie within these 2 %, which chance alone exceeds once in 1.7 million times, and the
//! seeds must scatter no more than theory says: the sum of their squared deviations, in standard errors, stays below
//! the value that chance exceeds once in a million times. A fault of 3 % in a figure is found unless chance hides it by
//! more than two and a half standard errors: 99 times in 100.
//!
//! Where the scatter has no closed form, a bound stands in its place: about a seventh above what four hundred seeds
//! scattered by. The check of the scatter guards these, too.

mod batches;
mod chain;
mod common;
mod impatience;
mod sharing;
mod stations;
