//! Digests written down by hand, and the means over them.

use super::*;
use crate::digest::{RunDigest, Specimen, TimelineStep};
use crate::folder::RUNS;

fn moment(until_s: f64, cloud_busy: f64, cloud_waiting: f64, battery: Option<f64>) -> TimelineStep {
    TimelineStep { until_s, cloud_busy, cloud_waiting, battery }
}

/// Reads a result of a point with these digests.
fn read(rows: Vec<Row>, digests: &[RunDigest]) -> Results {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(RUNS).join("point=3");
    std::fs::create_dir_all(&folder).unwrap();
    for (number, digest) in digests.iter().enumerate() {
        std::fs::write(folder.join(format!("{number:02}.json")), serde_json::to_vec(digest).unwrap()).unwrap();
    }
    let comparison = Comparison { rows, ..Comparison::default() };
    let points = vec![PointEntry::default(), PointEntry { point: 3, comparison, ..PointEntry::default() }];
    Results::of(Manifest { points, ..Manifest::default() }, home.path(), 1).unwrap()
}

fn specimen(request: u32) -> Specimen {
    Specimen { request, ..Specimen::default() }
}

/// Two replications of the second policy and one of the first; each figure is the mean over a policy's own. A percentile
/// that one replication lacks has no mean.
#[test]
fn a_policy_s_view_is_the_mean_over_its_replications() {
    let other = RunDigest {
        policy_number: 0,
        energy: EnergyParts { compute: 100.0, ..EnergyParts::default() },
        percentiles: percentiles(&[(50.0, 100.0)]),
        ..RunDigest::default()
    };
    let first = RunDigest {
        policy_number: 1,
        latency: LatencyParts { queue: 1.0, cloud: 4.0, ..LatencyParts::default() },
        energy: EnergyParts { compute: 2.0, tail: 6.0, ..EnergyParts::default() },
        percentiles: percentiles(&[(50.0, 0.2), (95.0, 0.5)]),
        scores: vec![histogram("q", &[(3, 5)], &[(4, 7)])],
        timeline: vec![moment(10.0, 0.2, 1.0, Some(0.9)), moment(20.0, 0.4, 2.0, Some(0.7))],
        gallery: vec![specimen(1)],
        ..RunDigest::default()
    };
    let second = RunDigest {
        policy_number: 1,
        latency: LatencyParts { queue: 3.0, cloud: 6.0, ..LatencyParts::default() },
        energy: EnergyParts { compute: 4.0, tail: 10.0, ..EnergyParts::default() },
        percentiles: percentiles(&[(50.0, 0.4)]),
        scores: vec![histogram("margin", &[(1, 1)], &[]), histogram("q", &[(3, 10), (6, 1)], &[(4, 20), (9, 2)])],
        timeline: vec![moment(10.0, 0.6, 3.0, Some(0.7)), moment(20.0, 0.8, 4.0, Some(0.3))],
        gallery: vec![specimen(2)],
        ..RunDigest::default()
    };
    let results = read(rows().into_iter().take(3).collect(), &[other, first, second]);
    assert_eq!((results.entry().point, results.policies.len()), (3, 3));
    let view = &results.policies[1];
    assert_eq!(view.row.policy, "offload-all");
    assert_eq!(view.latency, LatencyParts { queue: 2.0, cloud: 5.0, ..LatencyParts::default() });
    assert_eq!(view.energy, EnergyParts { compute: 3.0, tail: 8.0, ..EnergyParts::default() });
    let known: Vec<(usize, f64)> =
        view.percentiles.iter().enumerate().filter_map(|(at, seconds)| Some((at, (*seconds)?))).collect();
    let [(at, median)] = known[..] else { panic!("{known:?}") };
    assert!(PERCENTILES[at] == 50.0 && (median - 0.3).abs() < 1e-12, "{known:?}");
    let q = histogram("q", &[(3, 15), (6, 1)], &[(4, 27), (9, 2)]);
    assert_eq!(view.scores, [q, histogram("margin", &[(1, 1)], &[])]);
    let expected = [moment(10.0, 0.4, 2.0, Some(0.8)), moment(20.0, 0.6, 3.0, Some(0.5))];
    assert_eq!(view.timeline.len(), 2);
    for (told, expected) in view.timeline.iter().zip(expected) {
        let pairs = [
            (told.until_s, expected.until_s),
            (told.cloud_busy, expected.cloud_busy),
            (told.cloud_waiting, expected.cloud_waiting),
            (told.battery.unwrap(), expected.battery.unwrap()),
        ];
        assert!(pairs.iter().all(|(told, expected)| (told - expected).abs() < 1e-12), "{told:?}");
    }
    assert_eq!(view.gallery.iter().map(|specimen| specimen.request).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(results.policies[0].energy.compute, 100.0);
    let none = &results.policies[2];
    assert!(none.timeline.is_empty() && none.percentiles.iter().all(Option::is_none), "it never ran");
}

#[test]
fn a_point_that_is_not_there_is_named() {
    let points = vec![PointEntry::default(); 2];
    let manifest = Manifest { points, ..Manifest::default() };
    let why = Results::of(manifest, std::path::Path::new("here"), 2).err().unwrap().to_string();
    assert!(why.ends_with("there is no point 2, only 0 to 1"), "{why}");
}

/// Nine policies are all shown. Of ten, each family shows the one whose target is nearest to 90 %: of 50, 85 and 99 %,
/// that is 85 %.
#[test]
fn of_many_policies_each_family_shows_one() {
    let at = |policy: &str, gain_asked: Option<f64>| view(Row { gain_asked, ..row(policy, 0.9, None, 1.0, 0.5) });
    let mut policies = vec![at("local-only", None)];
    for family in ["appealnet", "margin"] {
        for gain in [0.5, 0.85, 0.99] {
            policies.push(at(&format!("{family} {gain}"), Some(gain)));
        }
    }
    policies.extend([at("entropy delta 0.1", None), at("entropy delta 0.2", None)]);
    let nine = results(policies);
    let names = |results: &Results| results.shown().iter().map(|view| view.row.policy.clone()).collect::<Vec<_>>();
    assert_eq!(names(&nine).len(), 9);
    let mut policies = nine.policies;
    policies.push(at("oracle", None));
    let ten = results(policies);
    assert_eq!(names(&ten), ["local-only", "appealnet 0.85", "margin 0.85", "entropy delta 0.1", "oracle"]);
}
