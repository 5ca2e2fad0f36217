//! A result as charts, drawn from the manifest and the runs' digests, and as a single page with all of them.

mod cuts;
mod figures;
mod page;
mod results;
mod sweeps;
mod tip;

pub use figures::charts;
pub use page::page;
pub use results::{PolicyView, Results};

#[cfg(test)]
mod tests;
