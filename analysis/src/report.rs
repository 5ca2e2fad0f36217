//! A result as pictures: charts drawn from the manifest and the runs' digests, and one page that holds all of them.

mod figures;
mod page;
mod results;
mod sweeps;

pub use figures::charts;
pub use page::page;
pub use results::{PolicyView, Results};
