//! What is complete already, and what is left to do.

use super::*;
use crate::source::Source;

fn study() -> Study {
    let text = "
name: complete
seed: 7
duration: 10 s
replications: 3
networks: {little: fmnist-little, big: fmnist-big}
devices: [{name: node, hardware: raspberry-pi-4, link: wire, arrivals: {poisson: 1 /s}}]
links: {wire: {radio: ethernet, uplink: 1 Mbps, downlink: 1 Mbps, rtt: 10 ms}}
cloud: {hardware: t4}
sweep: [{set: links.wire.uplink, to: [1 Mbps, 2 Mbps]}]
policies: [local-only, offload-all]
";
    let source = Source::parse("complete.yaml", text.to_owned(), PathBuf::new(), &[]).unwrap();
    Study::load(&source, true).unwrap()
}

/// A result is complete if it is of the same experiment and part, and holds as many of the tables as were asked for.
#[test]
fn a_result_of_the_same_is_complete_already() {
    let study = study();
    let whole = Options::new("");
    let part = Options { shard: Shard { number: 2, of: 3 }, ..whole.clone() };
    let of = |options: &Options| assemble::begin(&study, options.shard, options.requests).unwrap();
    let there = of(&whole);
    assert_eq!((there.seed, there.axes.as_slice()), (7, &["links.wire.uplink".to_owned()][..]));
    let holds = |there: &Manifest, options: &Options| holds_all(there, false, &study, options);
    assert!(holds(&there, &whole) && holds(&of(&part), &part));
    assert!(!holds(&there, &part) && !holds(&of(&part), &whole));
    assert!(!holds(&Manifest { fingerprint: "another".into(), ..there.clone() }, &whole));
    let summaries = Options { requests: false, ..whole.clone() };
    assert!(!holds(&there, &summaries) && !holds(&of(&summaries), &whole));
    let traced = Options { trace: vec![0], ..whole.clone() };
    assert!(!holds(&there, &traced) && holds_all(&there, true, &study, &traced));
    assert!(holds_all(&there, true, &study, &whole), "timelines that are not asked for do no harm");
}

/// All policies of a replication come together, replication by replication over all points; what is there is left out.
#[test]
fn what_is_missing_comes_replication_by_replication() {
    let study = study();
    let prepared: Vec<Prepared> = (0..2)
        .map(|number| {
            let plan = study.points[number].plan.clone();
            let build = |spec: &crate::policies::PolicySpec| Arc::new(spec.build(&Calibration::NONE).unwrap());
            let policies = plan.policies.iter().map(build).collect();
            Prepared { number, plan, policies, sampled: None }
        })
        .collect();
    let run = |point, policy, replication| RunId { point, policy, replication };
    let done = vec![(run(0, 1, 0), SummaryRecord::default()), (run(1, 0, 1), SummaryRecord::default())];
    let rule = Replications::Fixed(2);
    let todo = [run(0, 0, 0), run(1, 0, 0), run(1, 1, 0), run(0, 0, 1), run(0, 1, 1), run(1, 1, 1)];
    assert_eq!(missing(&rule, Shard::ALL, &prepared, &done), todo);
    // The second half has the second replication of each point.
    assert_eq!(missing(&rule, Shard { number: 2, of: 2 }, &prepared, &done), todo[3..]);
}
