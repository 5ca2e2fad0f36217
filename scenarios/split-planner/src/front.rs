//! The plans of which none is faster and loses less than another.

use crate::plan::Plan;
use crate::prefix::Choice;

/// Plans from the fastest to the one with the smallest error: as latency grows, error falls.
#[derive(Default)]
pub(crate) struct Front {
    members: Vec<Member>,
}

struct Member {
    plan: Plan,
    /// The choice of widths that it comes from, until its changes are tried.
    unchanged: Option<Choice>,
}

impl Member {
    fn latency(&self) -> f64 {
        self.plan.latency.total()
    }
}

impl Front {
    /// Whether some plan is as fast and loses as little.
    pub fn covers(&self, latency: f64, error: f64) -> bool {
        // Of the plans that are as fast, the last one loses the least.
        let as_fast = self.members.partition_point(|member| member.latency() <= latency);
        as_fast.checked_sub(1).is_some_and(|last| self.members[last].plan.error <= error)
    }

    /// Adds a plan without a choice of widths.
    pub fn add(&mut self, plan: Plan) {
        self.join(Member { plan, unchanged: None });
    }

    /// Adds a plan that a choice of widths comes to.
    pub fn add_choice(&mut self, plan: Plan, choice: Choice) {
        self.join(Member { plan, unchanged: Some(choice) });
    }

    /// Takes in a plan, unless it is covered, and drops those that it covers. Of two plans that are as fast and lose as
    /// much, the one with less memory stays.
    fn join(&mut self, member: Member) {
        let (latency, error, memory) = (member.latency(), member.plan.error, member.plan.memory.total());
        let start = self.members.partition_point(|other| other.latency() < latency);
        if let Some(other) = self.members.get_mut(start)
            && other.latency() == latency
            && other.plan.error == error
        {
            if memory < other.plan.memory.total() {
                *other = member;
            }
        } else if !self.covers(latency, error) {
            let end = self.members.partition_point(|other| other.latency() < latency || other.plan.error >= error);
            self.members.splice(start..end, [member]);
        }
    }

    /// The cut and the widths of a plan whose changes have not been tried; each is handed out once.
    pub fn next_unchanged(&mut self) -> Option<(usize, Choice)> {
        self.members.iter_mut().find_map(|member| Some((member.plan.cut, member.unchanged.take()?)))
    }

    pub fn into_plans(self) -> Vec<Plan> {
        self.members.into_iter().map(|member| member.plan).collect()
    }
}
