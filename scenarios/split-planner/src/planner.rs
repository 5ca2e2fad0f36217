//! The search: cuts, for each the widths of the least loss at some prices of time, and then whatever these missed.

use crate::allocate::{Losses, allocate};
use crate::baselines::Baselines;
use crate::candidates::{LeftOut, candidates};
use crate::costs::Costs;
use crate::error::PlanError;
use crate::exact;
use crate::front::Front;
use crate::plan::{Plan, device};
use crate::prefix::Prefix;
use crate::problem::Problem;
use crate::times::Times;

/// How many choices the exact search may look at for each cut and width that crosses, times layers.
const LOOKS: usize = 400_000;

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Plans {
    /// From the fastest to the one that loses the least: as latency grows, error falls. Never empty, and the last one
    /// loses nothing: sending the input always fits.
    pub front: Vec<Plan>,
    /// The cuts for which no widths were searched, and why.
    pub left_out: Vec<LeftOut>,
    /// Whether no plan within the memory is better: for each that there is, one of the front is as fast and, but for
    /// rounding, loses as little. Where it could not be proven in reasonable time, better ones may exist.
    pub is_proven: bool,
}

impl Plans {
    /// The fastest plan that loses at most `error`, which is ΣD; none if that is below 0.
    pub fn within(&self, error: f64) -> Option<&Plan> {
        self.front.iter().find(|plan| plan.error <= error)
    }
}

/// Plans a network within `memory` bits on the device.
///
/// # Errors
/// If a cost is no finite number, or grows as numbers get narrower.
pub fn plan(problem: &Problem, costs: &impl Costs, memory: u64) -> Result<Plans, PlanError> {
    plan_with(problem, costs, memory, LOOKS)
}

/// The same, with so much of the exact search.
pub(crate) fn plan_with(problem: &Problem, costs: &impl Costs, memory: u64, looks: usize) -> Result<Plans, PlanError> {
    let (prefixes, left_out) = candidates(problem, costs, memory)?;
    let mut front = Front::default();
    // These are plans, too.
    Baselines::new(problem, costs, memory)?.plans().for_each(|plan| front.add(plan.clone()));
    let mut open = Vec::new();
    for prefix in &prefixes {
        for cap in prefix.caps() {
            if !by_prices(prefix, cap, costs, memory, &mut front)? {
                open.push((prefix, cap));
            }
        }
    }
    let mut is_proven = true;
    for (prefix, cap) in open {
        let looks = looks / prefix.layers.len().max(1);
        is_proven &= exact::search(prefix, cap, costs, memory, looks, &mut front)?;
    }
    Ok(Plans { front: front.into_plans(), left_out, is_proven })
}

/// Adds the plans of the least loss, at several prices of time, in which what crosses has at most width `cap`. Whether no
/// others are needed: time does not depend on widths, and errors cannot be less.
fn by_prices(
    prefix: &Prefix,
    cap: usize,
    costs: &impl Costs,
    memory: u64,
    front: &mut Front,
) -> Result<bool, PlanError> {
    let errors = Losses::errors(prefix);
    let Some(least) = allocate(prefix, &errors, cap, memory) else { return Ok(true) };
    front.add(prefix.plan(&least.choice, costs)?);
    let widest = prefix.widest_under(cap);
    let time = |choice| device(costs, &prefix.bits(choice));
    if time(&widest)? == time(&prefix.narrowest())? {
        return Ok(least.is_best);
    }
    let times = Times::around(prefix, &widest, costs)?;
    for losses in times.priced(&errors) {
        if let Some(allocation) = allocate(prefix, &losses, cap, memory) {
            front.add(prefix.plan(&allocation.choice, costs)?);
        }
    }
    Ok(false)
}
