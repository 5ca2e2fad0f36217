//! Queues against queueing theory. Each figure is the mean of independent replications and must lie within three
//! half-widths of its 95 % interval: some eight standard errors at nine degrees of freedom, so that a false alarm is a
//! matter of one in many millions, while long runs keep the interval narrow enough to notice a fault.

mod batches;
mod common;
mod impatience;
mod sharing;
mod stations;
