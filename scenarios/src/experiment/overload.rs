//! Which processors, links and servers were offered more than they can do, in words.

use analysis::{Excess, OfferedLoad, PolicyEntry, SummaryRecord};
use sim_core::Moments;

/// An excess over 1 that is not reported: it may be rounding.
const NEGLIGIBLE: f64 = 0.005;

/// A sentence for each processor, link and server that cannot keep up under some policy.
pub fn overloads(policies: &[PolicyEntry], summaries: &[&SummaryRecord]) -> Vec<String> {
    let labels = labels(policies);
    servers(summaries.iter().copied()).iter().filter_map(|server| sentence(server, &labels, summaries)).collect()
}

/// The same for each that cannot keep up at some points of a sweep.
pub fn overloads_over_points(points: &[(&[PolicyEntry], Vec<&SummaryRecord>)]) -> Vec<String> {
    let all = points.iter().flat_map(|(_, summaries)| summaries.iter().copied());
    let sentence = |server: &&str| {
        let most_at = |(policies, summaries): &(&[PolicyEntry], Vec<&SummaryRecord>)| {
            let over =
                labels(policies).iter().filter_map(|label| overload(server, label, summaries)).collect::<Vec<_>>();
            over.into_iter().reduce(|most, other| if other.0 > most.0 { other } else { most })
        };
        let over: Vec<(f64, Excess)> = points.iter().filter_map(most_at).collect();
        let (most, excess) = over.iter().copied().reduce(|most, other| if other.0 > most.0 { other } else { most })?;
        Some(capitalised(format!(
            "{server} is offered more than it can do at {} of {} points, at most {} times as much{} The summary's \
             heaviest_load says where.",
            over.len(),
            points.len(),
            written(most),
            becomes(excess),
        )))
    };
    servers(all).iter().filter_map(sentence).collect()
}

fn labels(policies: &[PolicyEntry]) -> Vec<String> {
    policies.iter().map(ToString::to_string).collect()
}

/// Everything that was offered a load, in order of first appearance.
fn servers<'a>(summaries: impl Iterator<Item = &'a SummaryRecord>) -> Vec<&'a str> {
    let mut servers: Vec<&str> = Vec::new();
    for load in summaries.flat_map(|run| &run.loads) {
        if !servers.contains(&load.server.as_str()) {
            servers.push(&load.server);
        }
    }
    servers
}

fn sentence(server: &str, labels: &[String], summaries: &[&SummaryRecord]) -> Option<String> {
    let over: Vec<(&str, String, Excess)> = labels
        .iter()
        .filter_map(|label| {
            overload(server, label, summaries).map(|(times, excess)| (&**label, written(times), excess))
        })
        .collect();
    let (label, times, excess) = over.first()?;
    let same_for_all = over.len() == labels.len() && over.iter().all(|(_, other, _)| other == times);
    let mut text = if same_for_all { String::new() } else { format!("Under {label}, ") };
    text += &format!("{server} is offered {times} times what it can do");
    if !same_for_all && over.len() > 1 {
        let others: Vec<String> =
            over[1..].iter().map(|(label, times, _)| format!("{times} times under {label}")).collect();
        text += &format!(" ({})", others.join(", "));
    }
    Some(capitalised(text + becomes(*excess)))
}

/// What happens to load beyond what can be done.
fn becomes(excess: Excess) -> &'static str {
    match excess {
        Excess::Waits => {
            ": queues grow as long as the run lasts, and latencies say more about the duration than about the system."
        }
        Excess::GivesUp => ": the rest is turned away or given up on.",
        Excess::GoesOn => ": the rest is forwarded to the cloud.",
    }
}

/// The load a policy puts on `server`, if it is significantly too much over the replications.
fn overload(server: &str, label: &str, summaries: &[&SummaryRecord]) -> Option<(f64, Excess)> {
    let runs = summaries.iter().filter(|run| run.policy == label);
    let loads: Vec<&OfferedLoad> = runs.filter_map(|run| run.loads.iter().find(|load| load.server == server)).collect();
    let estimate = loads.iter().map(|load| load.times).collect::<Moments>().estimate()?;
    let sure = estimate.mean - estimate.half_width().unwrap_or(0.0) > 1.0;
    (sure && estimate.mean > 1.0 + NEGLIGIBLE).then(|| (estimate.mean, loads[0].excess))
}

/// A multiple of what can be done, as text.
fn written(times: f64) -> String {
    match times {
        little if little < 1.1 => format!("{little:.2}"),
        some if some < 10.0 => format!("{some:.1}"),
        many => format!("{many:.0}"),
    }
}

fn capitalised(text: String) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policies::entry;

    fn told(loads: &[(&str, &[f64])], excess: Excess) -> Vec<String> {
        let policies = ["local-only", "offload-all"].map(entry);
        let run = |policy: &str, times: f64| SummaryRecord {
            policy: policy.into(),
            loads: vec![OfferedLoad { server: "the cloud".into(), times, excess }],
            ..SummaryRecord::default()
        };
        let runs: Vec<SummaryRecord> =
            loads.iter().flat_map(|(policy, times)| times.iter().map(|times| run(policy, *times))).collect();
        overloads(&policies, &runs.iter().collect::<Vec<_>>())
    }

    #[test]
    fn what_cannot_keep_up_is_named_with_the_policies_that_ask_it() {
        let waits =
            "queues grow as long as the run lasts, and latencies say more about the duration than about the system.";
        let one = told(&[("local-only", &[0.0]), ("offload-all", &[1.5])], Excess::Waits);
        assert_eq!(one, [format!("Under offload-all, the cloud is offered 1.5 times what it can do: {waits}")]);
        let all = told(&[("local-only", &[1.5, 1.5]), ("offload-all", &[1.5, 1.5])], Excess::GivesUp);
        assert_eq!(all, ["The cloud is offered 1.5 times what it can do: the rest is turned away or given up on."]);
        let both = told(&[("local-only", &[1.04]), ("offload-all", &[12.0])], Excess::GoesOn);
        assert!(
            both[0].contains("offered 1.04 times what it can do (12 times under offload-all): the rest is forwarded"),
            "{both:?}"
        );
    }

    #[test]
    fn points_that_cannot_keep_up_are_counted() {
        let policies = ["local-only", "offload-all"].map(entry);
        let run = |policy: &str, times: f64| SummaryRecord {
            policy: policy.into(),
            loads: vec![OfferedLoad { server: "the cloud".into(), times, excess: Excess::GivesUp }],
            ..SummaryRecord::default()
        };
        let runs = [[0.4, 0.5], [1.5, 1.2], [1.1, 3.0]].map(|[a, b]| [run("local-only", a), run("offload-all", b)]);
        let points: Vec<(&[PolicyEntry], Vec<&SummaryRecord>)> =
            runs.iter().map(|runs| (&policies[..], runs.iter().collect())).collect();
        let told = overloads_over_points(&points);
        let expected =
            "The cloud is offered more than it can do at 2 of 3 points, at most 3.0 times as much: the rest is turned";
        assert!(told.len() == 1 && told[0].starts_with(expected), "{told:?}");
        let told = overloads_over_points(&points[..2]);
        assert!(
            told[0].contains("at 1 of 2 points, at most 1.5 times as much"),
            "the largest of either policy: {told:?}"
        );
        assert!(overloads_over_points(&points[..1]).is_empty());
    }

    #[test]
    fn what_keeps_up_or_may_do_so_is_not() {
        for times in [&[0.9][..], &[0.99], &[1.0], &[1.004], &[1.2, 0.9, 1.1]] {
            assert!(told(&[("offload-all", times)], Excess::Waits).is_empty(), "{times:?}");
        }
    }
}
