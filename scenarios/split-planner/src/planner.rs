//! The search: for each cut the widths of the least loss at some prices of time, what single changes add to these, and
//! then, as far as time allows, everything else.

use crate::allocate::{Losses, allocate};
use crate::baselines::Baselines;
use crate::candidates::{LeftOut, candidates};
use crate::costs::Costs;
use crate::error::PlanError;
use crate::exact;
use crate::front::Front;
use crate::local;
use crate::plan::{Plan, latency};
use crate::prefix::Prefix;
use crate::problem::Problem;
use crate::times::Times;

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Plans {
    /// From the fastest to the one that loses the least: as latency grows, error falls. Never empty, and the last one
    /// loses nothing: sending the input always fits.
    pub front: Vec<Plan>,
    /// The cuts for which no widths were searched, and why.
    pub left_out: Vec<LeftOut>,
    /// Whether it is proven that nothing better fits: of all plans within the memory, each has one on the front that is
    /// as fast and, but for rounding, loses as little. Otherwise better ones may exist.
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
    search(problem, costs, memory, Effort::USUAL)
}

/// How much is tried after what prices find.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    /// Changes of a single width.
    pub changes: usize,
    /// Choices that the exact search may look at for each cut and width that crosses, times layers: a look takes as
    /// long as there are layers.
    pub looks: usize,
}

impl Effort {
    /// Some tenths of a second for fifty layers of seven widths, at most, where costs are quickly told.
    pub const USUAL: Self = Self { changes: 50_000, looks: 40_000 };
}

pub(crate) fn search(
    problem: &Problem,
    costs: &impl Costs,
    memory: u64,
    Effort { changes, looks }: Effort,
) -> Result<Plans, PlanError> {
    let (prefixes, left_out) = candidates(problem, costs, memory)?;
    let mut front = Front::default();
    // These are plans, too.
    Baselines::new(problem, costs, memory)?.plans().for_each(|plan| front.add(plan.clone()));
    let mut open = Vec::new();
    for prefix in &prefixes {
        open.extend(branches(prefix, costs)?);
    }
    // The more the front covers, the more can be skipped.
    open.sort_by(|a, b| a.least_latency.total_cmp(&b.least_latency));
    for branch in &mut open {
        by_prices(branch, costs, memory, &mut front)?;
    }
    local::improve(&prefixes, costs, memory, changes, &mut front)?;
    let mut is_proven = true;
    for Branch { prefix, cap, least_latency, least_error, .. } in open {
        if !front.covers(least_latency, least_error) {
            let looks = looks / prefix.layers.len().max(1);
            is_proven &= exact::search(prefix, cap, costs, memory, looks, &mut front)?;
        }
    }
    Ok(Plans { front: front.into_plans(), left_out, is_proven })
}

/// A cut, and the width that what crosses has at most.
struct Branch<'a> {
    prefix: &'a Prefix<'a>,
    cap: usize,
    /// No plan in it is faster.
    least_latency: f64,
    /// No plan in it that fits loses less.
    least_error: f64,
}

fn branches<'a>(prefix: &'a Prefix, costs: &impl Costs) -> Result<Vec<Branch<'a>>, PlanError> {
    let bits = prefix.bits(&prefix.narrowest());
    let branch = |cap| {
        let least_latency = latency(costs, &bits, prefix.sent(cap))?.total();
        Ok(Branch { prefix, cap, least_latency, least_error: 0.0 })
    };
    prefix.caps().map(branch).collect()
}

/// Adds the plans of the least error and those of the least loss at several prices of time, unless the front covers
/// whatever they may be.
fn by_prices(branch: &mut Branch, costs: &impl Costs, memory: u64, front: &mut Front) -> Result<(), PlanError> {
    let Branch { prefix, cap, least_latency, .. } = *branch;
    if front.covers(least_latency, 0.0) {
        return Ok(());
    }
    let errors = Losses::errors(prefix);
    // Candidates fit with the narrowest widths, which every branch has.
    let Some(least) = allocate(prefix, &errors, cap, memory) else { return Ok(()) };
    let plan = prefix.plan(&least.choice, costs)?;
    if least.is_best {
        branch.least_error = plan.error;
    }
    front.add_choice(plan, least.choice);
    if front.covers(least_latency, branch.least_error) {
        return Ok(());
    }
    let times = Times::around(prefix, &prefix.widest_under(cap), costs)?;
    for losses in times.priced(&errors) {
        if let Some(allocation) = allocate(prefix, &losses, cap, memory) {
            front.add_choice(prefix.plan(&allocation.choice, costs)?, allocation.choice);
        }
    }
    Ok(())
}
