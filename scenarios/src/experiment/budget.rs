//! Thresholds set by what they cost: the most accurate one whose run stays within a budget.
//!
//! How accurate a threshold is, the calibration half says. What it costs, only a run can: queues, tails of radios and
//! batteries hang together. So pilots run the scenario with one threshold after the other, halving the range each time,
//! since whoever sends up more spends more and waits longer: what a single pilot, with its own arrivals and channels,
//! makes of it. A pilot looks at what requests cost, and never at whether they are right.

use super::warmup::PILOT;
use crate::answers::Networks;
use crate::plan::Plan;
use crate::policies::{Calibration, Candidate, PolicySpec, Target, Unreachable};
use crate::problem::Problem;
use crate::world::Run;

/// Thresholds that are told apart.
const CANDIDATES: usize = 256;

/// Finds the thresholds of all policies whose targets are budgets.
///
/// # Errors
/// If a policy costs more than its budget even if it sends up nothing that it need not, or its threshold cannot be
/// found in this way.
pub fn settle(plan: &mut Plan, networks: &Networks, threads: usize) -> Result<(), Problem> {
    let wanted = |spec: &PolicySpec| spec.target().is_some_and(|target| Budget::of(target).is_some());
    if !plan.policies.iter().any(wanted) {
        return Ok(());
    }
    let images = plan.calibration_images(networks, threads);
    let calibration = Calibration::on(&images);
    for index in 0..plan.policies.len() {
        let spec = &plan.policies[index];
        let Some((target, budget)) = spec.target().and_then(|target| Some((target, Budget::of(target)?))) else {
            continue;
        };
        let refused = |why: Unreachable| Problem::new(format!("policies[{index}]"), why.to_string());
        if let Some(missing) = budget.missing(plan) {
            return Err(refused(Unreachable::NothingToKeep { target, missing }));
        }
        let Some(criterion) = spec.criterion else { return Err(refused(Unreachable::OnlyByRunning { target })) };
        let candidates = calibration.candidates(criterion.ranking, &spec.strategy, CANDIDATES);
        let found = most_within(&candidates, |threshold| budget.is_kept(plan, networks, spec, threshold));
        let found = found.ok_or_else(|| refused(Unreachable::OverBudget { target }))?;
        plan.policies[index].found = Some(found);
    }
    Ok(())
}

/// The threshold of the most accurate candidate for which `is_kept` holds, if it holds for the first ones and for no
/// others; none if not even for the first.
fn most_within(candidates: &[Candidate], is_kept: impl Fn(f64) -> bool) -> Option<f64> {
    let (mut kept, mut beyond) = (0, candidates.len());
    if !is_kept(candidates.first()?.threshold) {
        return None;
    }
    while kept + 1 < beyond {
        let middle = usize::midpoint(kept, beyond);
        if is_kept(candidates[middle].threshold) { kept = middle } else { beyond = middle }
    }
    let better = |best: Candidate, other: Candidate| if other.right > best.right { other } else { best };
    candidates[..=kept].iter().copied().reduce(better).map(|best| best.threshold)
}

/// What a run may cost.
#[derive(Clone, Copy)]
enum Budget {
    /// Joules per request, without idling.
    Energy(f64),
    /// Seconds that half of the batteries last.
    Battery(f64),
    /// Share of requests not answered by their deadline.
    Late(f64),
}

impl Budget {
    fn of(target: Target) -> Option<Self> {
        match target {
            Target::Energy(energy) => Some(Self::Energy(energy.get())),
            Target::Battery(time) => Some(Self::Battery(time.get())),
            Target::Late(share) => Some(Self::Late(share.get())),
            _ => None,
        }
    }

    /// What the scenario would need to have for this to mean anything.
    fn missing(self, plan: &Plan) -> Option<&'static str> {
        match self {
            Self::Energy(_) => None,
            Self::Battery(_) => plan.groups.iter().all(|group| group.battery.is_none()).then_some("a battery"),
            Self::Late(_) => plan.groups.iter().all(|group| group.deadline.is_none()).then_some("a deadline"),
        }
    }

    fn is_kept(self, plan: &Plan, networks: &Networks, spec: &PolicySpec, threshold: f64) -> bool {
        let policy = &spec.with_threshold(Some(threshold));
        let (mut requests, mut joules, mut timed, mut late) = (0u64, 0.0, 0u64, 0u64);
        let end = Run { plan, networks, policy, replication: PILOT }.run(&mut |record, _| {
            if record.measured {
                requests += 1;
                joules += record.energy.total();
                timed += u64::from(record.in_time.is_some());
                late += u64::from(record.in_time == Some(false));
            }
        });
        match self {
            Self::Energy(most) => joules <= most * requests as f64,
            Self::Late(most) => late as f64 <= most * timed as f64,
            Self::Battery(least) => {
                let life = analysis::BatteryLife::median(end.devices.iter().filter_map(|device| device.life));
                // A battery that never runs empty outlasts any time.
                life.is_none_or(|life| life.seconds.is_none_or(|seconds| seconds >= least))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Eleven thresholds, of which accuracy rises up to the seventh.
    #[test]
    fn the_most_accurate_within_the_budget() {
        let candidate =
            |place: usize| Candidate { threshold: place as f64, right: 0.9 - (place as f64 - 6.0).abs() / 100.0 };
        let candidates: Vec<Candidate> = (0..11).map(candidate).collect();
        let found = |most: f64| most_within(&candidates, |threshold| threshold <= most);
        assert_eq!([found(0.0), found(3.0), found(6.0), found(9.0)], [Some(0.0), Some(3.0), Some(6.0), Some(6.0)]);
        assert_eq!((found(-1.0), most_within(&[], |_| true)), (None, None));
    }
}
