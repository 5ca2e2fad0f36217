//! Where to cut a network between a device and a server, and how many bits to give each layer before the cut.

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
