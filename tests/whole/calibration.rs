//! Thresholds are calibrated on what devices see, or on what the file specifies instead.

use inference::Half;
use scenarios::policies::{Calibration, Unreachable, Way};
use tests::{networks, plan, records, small_scenario};

/// The share of requests that AppealNet sends up when its threshold is set to send a fifth.
fn appealed(edits: &[(&str, &str)]) -> f64 {
    let more = [
        ("appealnet: {delta: 0.5}", "appealnet: {appeal-rate: 20 %}"),
        ("duration: 20 s", "duration: 1000 s"),
        ("poisson: 2 /s", "poisson: 5 /s"),
    ];
    let plan = plan(&small_scenario(&[&more, edits].concat()));
    let images = plan.calibration_images(networks(), 2);
    let policy = plan.policies[2].build(&Calibration::on(&images)).unwrap();
    let requests = records(&plan, &policy, 0).requests;
    requests.iter().filter(|request| request.appealed).count() as f64 / requests.len() as f64
}

/// Devices mostly see shirts, which the little network is least sure of: a threshold from the unweighted calibration
/// half would send up twice the share. The halves are two samples of some 500 shirts, and (0.2 · 0.8 · 2/500)^½ is
/// 0.025.
#[test]
fn the_share_asked_for_is_the_share_sent_up() {
    let place = "payload: 40 kB";
    let shirts = [(place, "payload: 40 kB\n    images: {classes: {6: 50}}")];
    let drift = [(place, "payload: 40 kB\n    images: {drift: {from: {6: 50}, to: {1: 50}}}")];
    for edits in [&[][..], &shirts, &drift] {
        let share = appealed(edits);
        assert!((share - 0.2).abs() < 3.0 * 0.025, "{share} with {edits:?}");
    }
    let elsewhere = [shirts[0], ("policies:", "calibrate-on: {images: random}\npolicies:")];
    let shifted = appealed(&elsewhere);
    assert!(shifted > 0.35, "calibrated on other images than are seen, {shifted} are sent up");
    let on_shirts = ("policies:", "calibrate-on: {images: {classes: {6: 50}}}\npolicies:");
    assert_eq!(appealed(&[shirts[0], on_shirts]), appealed(&shirts), "specified, but the same as seen");
}

/// Two groups, of which one sees shirts and makes nine times as many requests: it has nine tenths of the weight.
#[test]
fn groups_count_by_their_requests() {
    let other =
        "  - name: quiet\n    hardware: raspberry-pi-4\n    link: wifi\n    arrivals: {poisson: 0.5 /s}\nlinks:";
    let share =
        appealed(&[("count: 3", "count: 1"), ("payload: 40 kB", "images: {classes: {6: 50}}"), ("links:", other)]);
    assert!((share - 0.2).abs() < 3.0 * 0.025, "{share}");
    // The same weight by the number of devices instead of the rate of each.
    let many = [
        ("count: 3", "count: 9"),
        ("poisson: 5 /s", "poisson: 0.5 /s"),
        ("payload: 40 kB", "images: {classes: {6: 50}}"),
        ("links:", other),
    ];
    let share = appealed(&many);
    assert!((share - 0.2).abs() < 3.0 * 0.025, "{share}");
}

/// In noise the little network is unsure of far more images than in good light: a threshold from clear images would send
/// up several times the share asked for.
#[test]
fn degraded_devices_are_calibrated_on_degraded_images() {
    let noise = ("payload: 40 kB", "payload: 40 kB\n    degrade: {noise: 0.6}");
    let fewer = ("duration: 1000 s", "duration: 60 s");
    let share = appealed(&[noise, fewer]);
    // Of some 900 requests: (0.2 · 0.8/900)^½ is 0.013.
    assert!((share - 0.2).abs() < 4.0 * 0.014, "{share}");
    let clear = appealed(&[noise, fewer, ("policies:", "calibrate-on: {images: random}\npolicies:")]);
    assert!(clear > 0.35, "calibrated on clear images, {clear} are sent up");
}

/// The servers at the link's end run the little network, as the devices do: an appeal wins nothing there, so that there is
/// no gain to take a share of, and nothing that the oracle would send up. Where they run the big network, there is.
#[test]
fn an_appeal_counts_as_answered_by_the_first_tier() {
    let with = |network: &str| {
        let edge = format!("rtt: 20 ms\n    edge: {{hardware: cpu-8, rtt: 3 ms, queue: 0, network: {network}}}");
        plan(&small_scenario(&[
            ("rtt: 20 ms", &edge),
            ("offload-all\n  - appealnet: {delta: 0.5}", "oracle\n  - appealnet: {accuracy-gain: 50 %}"),
        ]))
    };
    let appeals = |network: &str| {
        let plan = with(network);
        let oracle = plan.policies[1].build(&Calibration::NONE).unwrap();
        let appeals = records(&plan, &oracle, 0).requests.iter().filter(|request| request.appealed).count();
        let images = plan.calibration_images(networks(), 2);
        (appeals, plan.policies[2].build(&Calibration::on(&images)).map(|policy| policy.threshold))
    };
    let (little, big) = (appeals("fmnist-little"), appeals("fmnist-big"));
    assert!(little.0 == 0 && matches!(little.1, Err(Unreachable::NoGain { .. })), "{:?}", little.1);
    assert!(big.0 > 0 && big.1.is_ok(), "{big:?}");
}

/// Two groups that see the same images; the appeals of one, with nine tenths of the requests, are answered by a server
/// that runs the little network.
#[test]
fn the_first_tier_is_that_of_the_requests() {
    let near = "links:
  near:
    radio: wifi
    uplink: 10 Mbps
    downlink: 10 Mbps
    rtt: 20 ms
    edge: {hardware: cpu-8, rtt: 3 ms, network: fmnist-little}";
    let other = "  - {name: many, hardware: raspberry-pi-4, link: near, count: 27, arrivals: {poisson: 2 /s}}\nlinks:";
    let plan = plan(&small_scenario(&[("links:", near), ("links:", other)]));
    let met = plan.calibrate_on.over(&networks().data, Half::Calibration);
    let weight = |way: Way| met.iter().filter(|met| met.first_tier.network == way).map(|met| met.weight).sum::<f64>();
    let (little, big) = (weight(Way::LITTLE), weight(Way::BIG));
    assert!((little - 4_500.0).abs() < 1e-6 && (big - 500.0).abs() < 1e-6, "{little} and {big}");
}
