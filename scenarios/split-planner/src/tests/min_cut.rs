//! Divisions of a network against all there are.

use proptest::prelude::*;

use super::networks::{Case, cases};
use crate::{Baselines, Kind, MinCut, Problem, Step, StepCosts};

/// Every set of steps that reads nothing from the server, and what it costs, counted by hand.
fn all(case: &Case, costs: &StepCosts) -> Vec<(Vec<bool>, f64)> {
    let steps = case.problem.steps();
    let mut all = Vec::new();
    for set in 0u32..1 << steps.len() {
        let here = |step: usize| set >> step & 1 == 1;
        let made_here = |value: usize| value == 0 || here(value - 1);
        if (0..steps.len()).any(|step| here(step) && !steps[step].reads.iter().all(|value| made_here(*value))) {
            continue;
        }
        let mut cost = 0.0;
        for step in 0..steps.len() {
            cost += if here(step) { costs.device[step] } else { costs.server[step] };
        }
        for value in 0..=steps.len() {
            let is_sent = (0..steps.len()).any(|step| !here(step) && steps[step].reads.contains(&value));
            if is_sent && made_here(value) {
                cost += costs.values[value];
            }
        }
        all.push(((0..steps.len()).map(here).collect(), cost));
    }
    all
}

fn is_prefix(set: &[bool]) -> bool {
    set.windows(2).all(|pair| pair[0] || !pair[1])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_division_is_cheaper(case in cases(8, 3, 1)) {
        let costs = case.step_costs();
        let found = MinCut::new(&case.problem, &costs, u64::MAX).unwrap();
        let all = all(&case, &costs);
        let best = all.iter().map(|(_, cost)| *cost).min_by(f64::total_cmp).unwrap();
        let prefix = all.iter().filter(|(set, _)| is_prefix(set)).map(|(_, cost)| *cost).min_by(f64::total_cmp);
        let division = found.best.unwrap();
        let known = all.iter().find(|(set, _)| *set == division.on_device);
        prop_assert_eq!((division.cost, known.map(|(_, cost)| *cost)), (best, Some(best)));
        prop_assert_eq!(Some(found.prefix.cost), prefix);
        prop_assert_eq!(division.cut().is_some(), is_prefix(&division.on_device));
        prop_assert!(division.cost <= found.prefix.cost);
    }

    /// The prefix obeys the memory; a chain has no other divisions.
    #[test]
    fn a_chain_is_cut_where_neurosurgeon_does(case in cases(8, 4, 2), memory in 0u64..4_000) {
        let mut steps = case.problem.steps().to_vec();
        for (index, step) in steps.iter_mut().enumerate() {
            step.reads = vec![index];
        }
        let problem = Problem::new(case.problem.widths().to_vec(), steps).unwrap();
        let case = Case { problem, on_chip: None, ..case };
        let found = MinCut::new(&case.problem, &case.step_costs(), memory).unwrap();
        let neurosurgeon = Baselines::new(&case.problem, &case, memory).unwrap().neurosurgeon;
        prop_assert_eq!(found.prefix.cost, neurosurgeon.latency.total());
        prop_assert_eq!(found.prefix.cut(), Some(neurosurgeon.cut));
        if let Some(best) = found.best {
            prop_assert!(best.cut().is_some() && best.memory.total() <= memory);
            prop_assert_eq!(best.cost, found.prefix.cost);
        }
    }
}

/// A stem, two branches and what joins them. The first branch is dear on the device, the second at the server. The best
/// runs stem and second branch on the device: 1 + 1 there, 1 + 1 at the server, and sends what the stem and the second
/// branch make, 5 each, the former once though the dear branch and the join read it: 14. In order, the dear branch
/// comes first: the best prefix is the stem alone, 1 + 5 + (1 + 50 + 1) = 58; sending the input takes 100 alone, and
/// two steps on the device take 101.
#[test]
fn branches_may_be_divided_as_no_prefix_is() {
    let step = |reads: &[usize]| Step { reads: reads.to_vec(), weights: 2, activations: 3, kind: Kind::Other };
    let problem = Problem::new(vec![8], vec![step(&[0]), step(&[1]), step(&[1]), step(&[1, 2, 3])]).unwrap();
    let costs = StepCosts {
        device: vec![1.0, 100.0, 1.0, 100.0],
        server: vec![100.0, 1.0, 50.0, 1.0],
        values: vec![100.0, 5.0, 5.0, 5.0, 5.0],
    };
    let MinCut { best, prefix } = MinCut::new(&problem, &costs, u64::MAX).unwrap();
    let best = best.unwrap();
    assert_eq!((best.on_device.as_slice(), best.cost, best.cut()), (&[true, false, true, false][..], 14.0, None));
    assert_eq!((prefix.cut(), prefix.cost), (Some(1), 58.0));
    // Two steps of 2 weights and a value of 3 numbers: 32·(2·2 + 3) = 224 bits; the stem alone takes 160.
    assert_eq!((best.memory.total(), prefix.memory.total()), (224, 160));
    let tight = MinCut::new(&problem, &costs, 223).unwrap();
    assert_eq!((tight.best, tight.prefix.cut()), (None, Some(1)));
    assert_eq!(MinCut::new(&problem, &costs, 159).unwrap().prefix.cut(), Some(0));
}
