//! What people do without a planner, as plans of the same kind.

use crate::costs::Costs;
use crate::error::PlanError;
use crate::plan::Plan;
use crate::prefix::{Choice, Prefix, floats};
use crate::problem::Problem;

/// Bits of the baselines that run everything on the device with equal widths.
const UNIFORM: [u8; 4] = [8, 6, 4, 2];

/// Plans to compare with. Each is within the memory, or not there.
#[derive(Clone, Debug, PartialEq)]
pub struct Baselines {
    /// The input is sent as it is, and the server computes in floats; always there.
    pub cloud_only: Plan,
    /// Everything on the device, with equal widths for all layers.
    pub uniform: Vec<Uniform>,
    /// The fastest cut in floats, cuts 0 and N included (Neurosurgeon, ASPLOS 2017).
    pub neurosurgeon: Plan,
}

/// Everything on the device with equal widths.
#[derive(Clone, Debug, PartialEq)]
pub struct Uniform {
    /// Bits of weights and activations of all layers.
    pub width: u8,
    /// The plan; none if it does not fit, or the width is not among those allowed.
    pub plan: Option<Plan>,
}

impl Baselines {
    /// The baselines within `memory` bits on the device.
    ///
    /// # Errors
    /// If a cost is no finite number.
    pub fn new(problem: &Problem, costs: &impl Costs, memory: u64) -> Result<Self, PlanError> {
        let cloud_only = floats(problem, 0, costs)?;
        let fitting = cuts_in_floats(problem, costs, memory)?.into_iter();
        let fastest = fitting.min_by(|a, b| a.latency.total().total_cmp(&b.latency.total()));
        let whole = Prefix::new(problem, problem.end());
        let uniform = |width: &u8| {
            let place = problem.widths().iter().position(|allowed| allowed == width);
            let choice = place.map(|place| Choice::all(whole.layers.len(), place, place));
            let fits = choice.filter(|choice| whole.memory(choice).total() <= memory);
            Ok(Uniform { width: *width, plan: fits.map(|choice| whole.plan(&choice, costs)).transpose()? })
        };
        Ok(Self {
            neurosurgeon: fastest.unwrap_or_else(|| cloud_only.clone()),
            cloud_only,
            uniform: UNIFORM.iter().map(uniform).collect::<Result<_, PlanError>>()?,
        })
    }

    /// All that are there.
    pub fn plans(&self) -> impl Iterator<Item = &Plan> {
        let uniform = self.uniform.iter().filter_map(|uniform| uniform.plan.as_ref());
        [&self.cloud_only, &self.neurosurgeon].into_iter().chain(uniform)
    }
}

/// The cuts in floats within a memory, from 0 on.
fn cuts_in_floats(problem: &Problem, costs: &impl Costs, memory: u64) -> Result<Vec<Plan>, PlanError> {
    let mut plans = Vec::new();
    for cut in 0..=problem.end() {
        let plan = floats(problem, cut, costs)?;
        if plan.memory.total() <= memory {
            plans.push(plan);
        }
    }
    Ok(plans)
}
