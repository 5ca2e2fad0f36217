//! What policies run must be there, and what it takes must be known where it runs.

use super::Checked;
use crate::plan::{CLOUD, Plan};
use crate::policies::{Offload, Steps, Strategy, Tail, Way};
use crate::problem::Problem;
use crate::schema::NamedNetwork;

/// Checks that the networks of all policies have their steps, and that it is known what these take.
pub fn check_runs(plan: &Plan, named: &[NamedNetwork]) -> Checked<()> {
    check_steps(plan, named)?;
    plan.policies.iter().try_for_each(|policy| check_costs(plan, named, &policy.strategy))
}

/// What is cut must have its steps, and be charged step by step.
fn check_steps(plan: &Plan, named: &[NamedNetwork]) -> Checked<()> {
    for (index, policy) in plan.policies.iter().enumerate() {
        let wrong = |what: String| Err(Problem::new(format!("policies[{index}]"), what));
        let Strategy { segments, offloads } = &policy.strategy;
        let of_tail = |offload: &Offload| match offload.tail {
            Tail::Own => None,
            Tail::Rest { network, after } => Some((network, Steps { from: after, to: None })),
        };
        let run = segments.iter().map(|segment| (segment.network, segment.steps));
        for (network, Steps { from, to }) in run.chain(offloads.iter().filter_map(of_tail)) {
            let number = network.network();
            let (Some(charged), Some(NamedNetwork { name, .. })) = (plan.works.get(number), named.get(number)) else {
                return wrong(format!("'{policy}' runs network {number}, but there are {}", plan.works.len()));
            };
            let last = to.unwrap_or(from);
            let place = || format!("policies[{index}]");
            match charged.steps() {
                _ if last > 0 && plan.is_measured(network) => {
                    let what = format!("'{policy}' cuts '{name}', of which nothing but a whole pass was measured");
                    return Err(Problem::new(place(), what).or("leave out its measurement"));
                }
                None if last > 0 && charged.is_unknown() => {
                    return wrong(format!("'{policy}' cuts '{name}', whose answers are from a table"));
                }
                None if last > 0 => {
                    let what =
                        format!("'{policy}' cuts '{name}', which is charged as a network whose steps are unknown");
                    return Err(Problem::new(place(), what).or("charge it for itself"));
                }
                Some(steps) if last > steps => {
                    return wrong(format!("'{policy}' cuts '{name}' after step {last}, but it has {steps} steps"));
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// Wherever a strategy runs a network, it must be known what that takes there.
fn check_costs(plan: &Plan, named: &[NamedNetwork], Strategy { segments, offloads }: &Strategy) -> Checked<()> {
    for segment in segments {
        for (number, group) in plan.groups.iter().enumerate() {
            let here = || format!("devices[{number}]");
            check_known(plan, named, segment.network, group.measured.contains_key(&segment.network.network()), here)?;
        }
    }
    for offload in offloads {
        for (number, tier) in (0..).zip(&plan.tiers) {
            let network = match offload.tail {
                Tail::Own => tier.network,
                Tail::Rest { network, .. } => network,
            };
            let at_link = || plan.links.iter().find(|link| link.edge.as_ref().is_some_and(|(at, _)| *at == number));
            let here = || match at_link().filter(|_| number != CLOUD) {
                Some(link) => format!("links.{}.edge", link.name),
                None => "cloud".to_owned(),
            };
            check_known(plan, named, network, tier.measured.contains_key(&network.network()), here)?;
        }
    }
    Ok(())
}

/// Of a model that was recorded, what an answer takes is known only if it was measured, or is charged as another.
fn check_known(
    plan: &Plan,
    named: &[NamedNetwork],
    network: Way,
    is_measured: bool,
    here: impl Fn() -> String,
) -> Checked<()> {
    let number = network.network();
    if is_measured || !plan.works[number].is_unknown() {
        return Ok(());
    }
    let (name, here) = (&named[number].name, here());
    let what = format!("what an answer of '{name}' takes was recorded nowhere: its answers are from a table");
    let problem = Problem::new(&named[number].place, what);
    Err(problem.or(&format!(
        "give {here}.measured.{name}, or {name}-as-if beside it, such as {{macs: 300 MMAC, weights: 14 MB}}"
    )))
}
