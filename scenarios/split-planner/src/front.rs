//! The plans of which none is faster and loses less than another.

use crate::plan::Plan;

/// Plans from the fastest to the one with the smallest error: as latency grows, error falls.
#[derive(Clone, Debug, Default)]
pub(crate) struct Front {
    plans: Vec<Plan>,
}

impl Front {
    /// Whether some plan is as fast and loses as little.
    pub fn covers(&self, latency: f64, error: f64) -> bool {
        // Of the plans that are as fast, the last one loses the least.
        let as_fast = self.plans.partition_point(|plan| plan.latency.total() <= latency);
        as_fast.checked_sub(1).is_some_and(|last| self.plans[last].error <= error)
    }

    /// Adds a plan, unless it is covered, and drops those that it covers. Of two plans that are as fast and lose as much,
    /// the one with less memory stays.
    pub fn add(&mut self, plan: Plan) {
        let (latency, error) = (plan.latency.total(), plan.error);
        let equal = |other: &&mut Plan| other.latency.total() == latency && other.error == error;
        if let Some(equal) = self.plans.iter_mut().find(equal) {
            if plan.memory.total() < equal.memory.total() {
                *equal = plan;
            }
            return;
        }
        if !self.covers(latency, error) {
            let start = self.plans.partition_point(|plan| plan.latency.total() < latency);
            let end = self.plans.partition_point(|plan| plan.latency.total() < latency || plan.error >= error);
            self.plans.splice(start..end, [plan]);
        }
    }

    pub fn into_plans(self) -> Vec<Plan> {
        self.plans
    }
}
