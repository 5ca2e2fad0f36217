//! Who was asked to do more than it can, in words.

use analysis::{Excess, OfferedLoad, SummaryRecord};
use sim_core::Moments;

use crate::policies::PolicySpec;

/// A load this little above 1 is said nothing of: it may be rounding.
const NOTHING: f64 = 0.005;

/// A sentence for each processor, link and server that cannot keep up under some policy.
pub fn overloads(policies: &[PolicySpec], summaries: &[&SummaryRecord]) -> Vec<String> {
    let labels: Vec<String> = policies.iter().map(ToString::to_string).collect();
    let mut servers: Vec<&str> = Vec::new();
    for load in summaries.iter().flat_map(|run| &run.loads) {
        if !servers.contains(&load.server.as_str()) {
            servers.push(&load.server);
        }
    }
    servers.iter().filter_map(|server| sentence(server, &labels, summaries)).collect()
}

fn sentence(server: &str, labels: &[String], summaries: &[&SummaryRecord]) -> Option<String> {
    let over: Vec<(&str, String, Excess)> =
        labels.iter().filter_map(|label| overload(server, label, summaries)).collect();
    let (label, times, excess) = over.first()?;
    let same_for_all = over.len() == labels.len() && over.iter().all(|(_, other, _)| other == times);
    let mut text = if same_for_all { String::new() } else { format!("Under {label}, ") };
    text += &format!("{server} is offered {times} times what it can do");
    if !same_for_all && over.len() > 1 {
        let others: Vec<String> =
            over[1..].iter().map(|(label, times, _)| format!("{times} times under {label}")).collect();
        text += &format!(" ({})", others.join(", "));
    }
    text += match excess {
        Excess::Waits => {
            ": queues grow as long as the run lasts, and latencies say more about the duration than about the system."
        }
        Excess::GivesUp => ": the rest is turned away or given up on.",
        Excess::GoesOn => ": the rest goes on to the cloud.",
    };
    let first = text.chars().next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    Some(first + text.get(1..).unwrap_or_default())
}

/// What a policy asks of `server`, if the replications are sure that it is too much.
fn overload<'a>(server: &str, label: &'a str, summaries: &[&SummaryRecord]) -> Option<(&'a str, String, Excess)> {
    let runs = summaries.iter().filter(|run| run.policy == label);
    let loads: Vec<&OfferedLoad> = runs.filter_map(|run| run.loads.iter().find(|load| load.server == server)).collect();
    let estimate = loads.iter().map(|load| load.times).collect::<Moments>().estimate()?;
    let sure = estimate.mean - estimate.half_width.unwrap_or(0.0) > 1.0;
    let times = match estimate.mean {
        little if little < 1.1 => format!("{little:.2}"),
        some if some < 10.0 => format!("{some:.1}"),
        many => format!("{many:.0}"),
    };
    (sure && estimate.mean > 1.0 + NOTHING).then(|| (label, times, loads[0].excess))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(loads: &[(&str, &[f64])], excess: Excess) -> Vec<String> {
        let policies = [PolicySpec::LocalOnly, PolicySpec::OffloadAll];
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
            both[0].contains("offered 1.04 times what it can do (12 times under offload-all): the rest goes on"),
            "{both:?}"
        );
    }

    #[test]
    fn what_keeps_up_or_may_do_so_is_not() {
        for times in [&[0.9][..], &[0.99], &[1.0], &[1.004], &[1.2, 0.9, 1.1]] {
            assert!(told(&[("offload-all", times)], Excess::Waits).is_empty(), "{times:?}");
        }
    }
}
