//! Where to cut a network between a device and a server, and how many bits to give each layer before the cut.
//!
//! Auto-Split (Banitalebi-Dehkordi et al., KDD 2021): the first n steps of a network run on the device, in integers of
//! few bits, what crosses is sent in as few, and the server does the rest in floats. Fewer bits take less memory, send
//! less and move less data, and lose more. This crate knows no network, device or file: a [`Problem`] is steps with
//! their sizes and what each width loses, [`Costs`] says how long it takes, and [`plan`] returns all [`Plans`] of which
//! none is faster and loses less than another. One picks the fastest within an error:
//!
//! ```
//! use split_planner::{Costs, Kind, LayerErrors, Problem, Sent, Step, Widths, plan};
//!
//! struct Seconds;
//!
//! impl Costs for Seconds {
//!     fn device(&self, widths: &Widths) -> f64 { 3.0 * widths.steps() as f64 }
//!     fn link(&self, _: usize, sent: Sent) -> f64 {
//!         match sent {
//!             Sent::Input => 10.0,
//!             Sent::Floats => 32.0,
//!             Sent::Bits(bits) => f64::from(bits),
//!             Sent::Answer => 0.0,
//!         }
//!     }
//!     fn server(&self, cut: usize) -> f64 { [1.0, 0.5, 0.0][cut] }
//! }
//!
//! let layer = |reads, weights, activations| Step {
//!     reads: vec![reads],
//!     weights,
//!     activations,
//!     kind: Kind::Layer(LayerErrors { weights: vec![4.0, 1.0], activations: vec![8.0, 2.0] }),
//! };
//! let problem = Problem::new(vec![4, 8], vec![layer(0, 10, 100), layer(1, 50, 10)])?;
//! let plans = plan(&problem, &Seconds, 900)?;
//! // Both layers on the device take 6 s. Their 60 weights in 8 bits and the larger 100 numbers in 4 take 880 bits, and
//! // lose 1 + 1 and, with the smaller numbers in 8 bits, 8 + 2.
//! let found = plans.within(12.0).unwrap();
//! assert_eq!((found.cut, found.latency.total(), found.error, found.memory.total()), (2, 6.0, 12.0, 880));
//! // The first layer alone loses 1 + 8 in 3 + 4 + 0.5 s; sending the input takes 10 + 1 s and loses nothing.
//! let choice = |error| plans.within(error).map(|plan| (plan.cut, plan.latency.total()));
//! assert_eq!((choice(11.0), choice(8.0)), (Some((1, 7.5)), Some((0, 11.0))));
//! # Ok::<(), split_planner::PlanError>(())
//! ```
//!
//! # How it searches
//!
//! 1. `candidates`: cuts that fit with the narrowest widths, and could be faster than sending the input.
//! 2. `allocate`: for each, and each width that crosses, the widths of the least error within the memory. What matters
//!    of activations is the largest, so each peak is tried; weights get what is left, by a price on memory
//!    (`lagrange`), and exactly by branch and bound (`knapsack`). Where time on the device depends on widths, the
//!    same with prices on time (`times`).
//! 3. `local`: every change of one width, from every plan found.
//! 4. `exact`: everything else, unless it is too much.
//!
//! # What is certain
//!
//! [`Plans::is_proven`] says whether the search was complete. It always is where time on the device does not depend on
//! widths, as where arithmetic takes longer than moving data, and the knapsacks can be solved; otherwise for a few
//! layers, and more where much can be ruled out. Beyond that better plans may exist, and more memory may even lead to a
//! worse one; never to one worse than a [baseline](Baselines), as these are among the plans.
//!
//! Tests compare complete searches with every choice there is, for up to five layers. Without step 4, over 300 random
//! networks of up to six layers and seven widths, 21 of 2,613 best plans were missed: what was found instead was 3 %
//! slower at worst; over 100 of up to ten layers and three widths, 16 of 404, by 0.9 %. With steps 1 and 2 alone, 1,405
//! of those 2,613 were missed, by up to 29 %.

#![forbid(unsafe_code)]

mod allocate;
mod baselines;
mod candidates;
mod costs;
mod error;
mod exact;
mod flow;
mod front;
mod knapsack;
mod lagrange;
mod local;
mod min_cut;
mod plan;
mod planner;
mod prefix;
mod problem;
#[cfg(test)]
mod tests;
mod times;

pub use baselines::{Baselines, Uniform};
pub use candidates::{LeftOut, Why};
pub use costs::{Costs, Sent, Widths};
pub use error::{Of, Part, PlanError};
pub use min_cut::{Division, MinCut, StepCosts};
pub use plan::{Latency, LayerWidths, Memory, Numbers, Plan};
pub use planner::{Plans, plan};
pub use problem::{FIXED, FLOAT, Kind, LayerErrors, Problem, Step, Value};
