//! Answers that come one after the other on the device: cascades of networks, and exits of one.

use analysis::Outcome;
use scenarios::experiment::{Point, Study};
use scenarios::policies::{Calibration, Ending, ImageAnswers, Steps, Way};
use tests::{Records, network, read, records_of, small_scenario};

/// The small scenario with these networks and policies.
fn study(networks: &str, policies: &[&str]) -> Study {
    let lines: Vec<String> = policies.iter().map(|policy| format!("  - {policy}")).collect();
    let text = small_scenario(&[
        ("  - appealnet: {delta: 0.5}", &lines.join("\n")),
        ("networks: {little: fmnist-little, big: fmnist-big}", networks),
    ]);
    Study::load(&read(&text).0, true).unwrap_or_else(|e| panic!("{e}\n{text}"))
}

fn run(point: &Point, calibration: &[ImageAnswers], label: &str) -> Records {
    let spec = point.plan.policies.iter().find(|spec| spec.label == label);
    let spec = spec.unwrap_or_else(|| panic!("there is no {label}"));
    records_of(&point.networks, &point.plan, &spec.build(&Calibration::on(calibration)).unwrap(), 0)
}

fn joules(records: &Records) -> f64 {
    records.devices.iter().map(|device| device.energy.total()).sum()
}

/// A cascade that is content with anything is its first network alone, to the nanosecond and the joule; one that is
/// content with nothing is all of its networks, and then an appeal or the last answer.
#[test]
fn the_ends_of_a_cascade_are_its_first_network_and_all_of_them() {
    let study = study(
        "networks: {little: fmnist-little, big: fmnist-big}",
        &[
            "cascade: {networks: little > big, score: max-softmax, delta: 0}",
            "cascade: {networks: little > big, score: max-softmax, delta: 1}",
            "cascade: {networks: little > big, score: max-softmax, delta: 1, unsure: keep}",
            "cascade: {networks: little > big, score: max-softmax, accuracy: 93 %, unsure: keep}",
        ],
    );
    let point = &study.points[0];
    let calibration = point.plan.calibration_images(&point.networks, 2);
    let of = |label: &str| run(point, &calibration, label);
    let (local, content) = (of("local-only"), of("cascade max-softmax of little > big delta 0"));
    assert!(local.requests.len() > 50);
    assert_eq!(joules(&local).to_bits(), joules(&content).to_bits());
    assert_eq!(local.requests, content.requests);
    let never = of("cascade max-softmax of little > big delta 1");
    let keeps = of("cascade max-softmax of little > big delta 1 on the device");
    let takes: Vec<u64> = [Way::LITTLE, Way::BIG]
        .map(|way| point.plan.groups[0].processor.time(&point.plan.works[way.network()].work).as_nanos())
        .into();
    for (appealed, kept) in never.requests.iter().zip(&keeps.requests) {
        assert_eq!((appealed.segments, kept.segments), (2, 2));
        assert!(appealed.cloud_arrival.is_some() || appealed.outcome == Outcome::Unfinished);
        assert_eq!((kept.outcome, kept.way, kept.correct()), (Outcome::Edge, Some(1), kept.big_right));
        assert_eq!(kept.edge_done.unwrap() - kept.edge_start.unwrap(), takes.iter().sum::<u64>());
    }
    // In between, every request has the answer of the network that it ended at, and both ends occur.
    let between = of("cascade max-softmax of little > big accuracy 93 % on the device");
    let ended = |network: u8| between.requests.iter().filter(move |record| record.way == Some(network));
    assert!(ended(0).count() > 0 && ended(1).count() > 0);
    assert!(ended(0).all(|r| r.correct() == r.little_right && r.segments == 1));
    assert!(ended(1).all(|r| r.correct() == r.big_right && r.segments == 2));
    assert!(joules(&local) < joules(&between) && joules(&between) < joules(&keeps));
}

/// Content with anything, an early exit runs the steps up to the first exit and gives its answer; content with nothing and
/// kept, it is the whole network on the device, to the nanosecond; and every answer is that of the exit it came to.
#[test]
fn the_ends_of_early_exits_are_the_first_exit_and_the_whole_network() {
    let study = study(
        "networks: {little: fmnist-little, big: fmnist-big, exits: fmnist-exits}",
        &[
            "local-only: {network: exits}",
            "early-exit: {network: exits, score: q, delta: 0}",
            "early-exit: {network: exits, score: q, delta: 1, unsure: keep}",
            "early-exit: {network: exits, score: q, delta: 0.9, unsure: keep}",
        ],
    );
    let point = &study.points[0];
    let calibration = point.plan.calibration_images(&point.networks, 2);
    let of = |label: &str| run(point, &calibration, label);
    let exits = Way::all(3).last().unwrap();
    let steps = point.plan.outlines.exits(exits)[0].steps;
    let to_first = point.plan.work(exits, Steps { from: 0, to: Some(steps) });
    let takes = point.plan.groups[0].processor.time(&to_first).as_nanos();
    let mut scratch = inference::Scratch::default();
    let mut answer = |image: u32, exit: usize| {
        let (network, image) = (network(&point.networks, exits), point.networks.data.image(image as usize));
        network.run_to(exit, image, &mut scratch).class
    };
    for record in &of("early-exit q of exits delta 0").requests {
        assert_eq!((record.segments, record.answer), (1, Some(answer(record.image, 0))));
        assert_eq!(record.edge_done.unwrap() - record.edge_start.unwrap(), takes);
    }
    let whole = of("local-only of exits");
    let never = of("early-exit q of exits delta 1 on the device");
    for (one, other) in whole.requests.iter().zip(&never.requests) {
        assert_eq!((one.edge_done, one.answer, one.way), (other.edge_done, other.answer, other.way));
        assert_eq!((other.segments, other.answer), (3, Some(answer(other.image, 2))));
    }
    let between = of("early-exit q of exits delta 0.9 on the device").requests;
    assert!((1..=3).all(|segments| between.iter().any(|record| record.segments == segments)));
    assert!(between.iter().all(|r| r.answer == Some(answer(r.image, usize::from(r.segments) - 1))));
}

/// On the calibration half, a threshold found for an accuracy reaches it, by as many images as it says.
#[test]
fn a_cascade_reaches_its_target_on_the_calibration_half() {
    let study = study(
        "networks: {little: fmnist-little, big: fmnist-big}",
        &["cascade: {networks: little > big, score: entropy, accuracy: 93 %, unsure: keep}"],
    );
    let point = &study.points[0];
    let calibration = point.plan.calibration_images(&point.networks, 2);
    let policy = point.plan.policies[2].build(&Calibration::on(&calibration)).unwrap();
    let kept = calibration.iter().map(|image| match policy.foresee(image).ending {
        Some(Ending::Kept(way)) => image.is_right(way),
        _ => panic!("nothing is sent up"),
    });
    let right = kept.filter(|right| *right).count() as f64 / calibration.len() as f64;
    assert!((0.93..0.932).contains(&right), "{right}");
}

/// A network that is misspelt, or that runs twice, is told at its policy.
#[test]
fn what_is_wrong_with_networks_is_told_at_the_policy() {
    let wrong = |policy: &str| {
        let text = small_scenario(&[("  - appealnet: {delta: 0.5}", &format!("  - {policy}"))]);
        Study::load(&read(&text).0, true).err().map(|e| e.to_string()).unwrap_or_default()
    };
    let misspelt = wrong("split: {after: 1, network: bigg}");
    assert!(misspelt.contains("unknown network 'bigg'"), "{misspelt}");
    let twice = wrong("cascade: {networks: little > little, score: margin, delta: 0.5}");
    assert!(twice.contains("'little' would run twice"), "{twice}");
    let no_exits = wrong("early-exit: {score: margin, delta: 0.5}");
    assert!(no_exits.contains("'little' has no exit before its end"), "{no_exits}");
    let no_head = wrong("cascade: {networks: little > big, score: q, delta: 0.5}");
    assert!(no_head.contains("'big' has no q, which a predictor head gives"), "{no_head}");
    let no_layer = wrong("split: {after: extractor.9}");
    assert!(no_layer.contains("no layer 'extractor.9'"), "{no_layer}");
}
