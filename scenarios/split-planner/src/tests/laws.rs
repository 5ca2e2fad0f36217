//! What holds of plans for any network.

use proptest::prelude::*;

use super::brute_force::{Comes, must_send, recomputed};
use super::networks::{Case, cases};
use crate::planner::{Effort, search};
use crate::{Baselines, Plans, Why, plan};

fn planned(case: &Case, memory: u64) -> Plans {
    plan(&case.problem, case, memory).unwrap()
}

/// Networks of a dozen layers, for which not everything can be searched.
fn long() -> impl Strategy<Value = Case> {
    cases(14, 12, 7)
}

fn is_a_front(case: &Case, memory: u64) -> Result<(), TestCaseError> {
    let Plans { front, .. } = planned(case, memory);
    for pair in front.windows(2) {
        prop_assert!(pair[0].latency.total() < pair[1].latency.total() && pair[0].error > pair[1].error, "{pair:?}");
    }
    prop_assert_eq!(front.last().map(|plan| plan.error), Some(0.0));
    for plan in &front {
        let Comes { latency, error, weights, activations } = recomputed(case, plan);
        prop_assert_eq!((plan.latency.total(), plan.error), (latency, error));
        prop_assert_eq!((plan.memory.weights, plan.memory.activations), (weights, activations));
        prop_assert!(plan.memory.total() <= memory);
        prop_assert_eq!(plan.sent, must_send(case, plan));
    }
    Ok(())
}

fn beats_baselines(case: &Case, memory: u64) -> Result<(), TestCaseError> {
    let plans = planned(case, memory);
    for baseline in Baselines::new(&case.problem, case, memory).unwrap().plans() {
        let Comes { latency, error, weights, activations } = recomputed(case, baseline);
        prop_assert!(baseline.cut == 0 || weights + activations <= memory);
        let best = plans.within(error);
        prop_assert!(best.is_some_and(|best| best.latency.total() <= latency), "{best:?} is slower than {baseline:?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn plans_are_a_front_and_come_to_what_they_say(case in cases(6, 3, 4), memory in 0u64..1_500) {
        is_a_front(&case, memory)?;
    }

    #[test]
    fn no_baseline_is_better(case in cases(6, 3, 4), memory in 0u64..6_000) {
        beats_baselines(&case, memory)?;
    }

    /// Where the search is complete, as it is for few layers.
    #[test]
    fn more_memory_or_error_is_never_slower(case in cases(5, 3, 4), memory in 0u64..1_500, more in 0u64..1_000) {
        let (less, more) = (planned(&case, memory), planned(&case, memory + more));
        prop_assert!(less.is_proven && more.is_proven);
        for plan in &less.front {
            let best = more.within(plan.error);
            prop_assert!(best.is_some_and(|best| best.latency.total() <= plan.latency.total()), "{best:?}, {plan:?}");
        }
    }

    /// What is proven with little effort is what a long search finds.
    #[test]
    fn what_is_proven_is_so(case in cases(5, 3, 4), memory in 0u64..1_500, effort in (0usize..40, 0usize..300)) {
        let found = |plans: &Plans| -> Vec<(f64, f64)> {
            plans.front.iter().map(|plan| (plan.latency.total(), plan.error)).collect()
        };
        let effort = Effort { changes: effort.0, looks: effort.1 };
        let short = search(&case.problem, &case, memory, effort).unwrap();
        if short.is_proven {
            prop_assert_eq!(found(&short), found(&planned(&case, memory)));
        }
    }

    /// If a plan that sends fewer bits were the best on a faster link, it would be better on the slower one, too.
    #[test]
    fn a_faster_link_never_sends_fewer_bits(case in cases(5, 3, 3), memory in 0u64..1_500, error in 0u32..80) {
        let faster = Case { rate: 4.0 * case.rate, ..case.clone() };
        let sent = |case: &Case| {
            let plans = planned(case, memory);
            plans.within(f64::from(error)).map(|plan| case.sent_bits(plan.cut, plan.sent))
        };
        prop_assert!(sent(&case) <= sent(&faster));
    }

    /// A cut is planned, or left out for a reason that holds.
    #[test]
    fn what_is_left_out_could_not_be_used(case in cases(6, 3, 3), memory in 0u64..1_500) {
        let Plans { front, left_out, .. } = planned(&case, memory);
        for left in &left_out {
            prop_assert!(front.iter().all(|plan| plan.cut != left.cut), "{left:?}");
            if let Why::Memory { needs } = left.why {
                let less = planned(&case, needs - 1);
                let why = less.left_out.iter().find(|other| other.cut == left.cut).map(|other| other.why);
                prop_assert_eq!(why, Some(Why::Memory { needs }));
                let enough = planned(&case, needs);
                let why = enough.left_out.iter().find(|other| other.cut == left.cut).map(|other| other.why);
                let fits = !matches!(why, Some(Why::Memory { .. }));
                prop_assert!(fits);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    #[test]
    fn plans_of_long_networks_come_to_what_they_say(case in long(), memory in 0u64..6_000) {
        is_a_front(&case, memory)?;
    }

    #[test]
    fn no_baseline_is_better_for_long_networks(case in long(), memory in 0u64..6_000) {
        beats_baselines(&case, memory)?;
    }
}
