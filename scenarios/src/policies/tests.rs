use inference::Scores;

use super::*;

/// Scores that all differ, so that a policy that reads another's score decides otherwise.
fn answer(q: f32, max_softmax: f32, margin: f32, certainty: f32) -> Answer {
    Answer { class: 3, scores: Scores { q: Some(q), max_softmax, margin, certainty } }
}

/// A policy as a scenario file writes it.
fn spec(yaml: &str) -> PolicySpec {
    let written: serde_json::Value = serde_yaml::from_str(yaml).unwrap();
    serde_json::from_value(written).unwrap()
}

fn policy(yaml: &str, calibration: &Calibration) -> Box<dyn Policy> {
    spec(yaml).build(calibration).unwrap()
}

/// A policy whose threshold is given.
fn given(yaml: &str) -> Box<dyn Policy> {
    policy(yaml, &Calibration::new(|| -> [Sample; 0] { panic!("{yaml} needs no calibration") }))
}

/// What it decides about an answer; it may neither draw nor look back.
fn about(policy: &dyn Policy, little: Option<&Answer>) -> Decision {
    let mut hindsight = || panic!("the labels are nothing that a device knows");
    policy.decide(&mut Evidence { little, chance: &|| panic!("nothing is random here"), hindsight: &mut hindsight })
}

#[test]
fn a_score_equal_to_the_threshold_is_kept() {
    let scores = [
        ("appealnet: {delta: 0.5}", answer(0.5, 0.1, 0.1, 0.1), answer(0.5f32.next_down(), 0.9, 0.9, 0.9)),
        (
            "confidence: {score: max-softmax, delta: 0.5}",
            answer(0.1, 0.5, 0.1, 0.1),
            answer(0.9, 0.5f32.next_down(), 0.9, 0.9),
        ),
        (
            "confidence: {score: margin, delta: 0.5}",
            answer(0.1, 0.1, 0.5, 0.1),
            answer(0.9, 0.9, 0.5f32.next_down(), 0.9),
        ),
        (
            "confidence: {score: entropy, delta: 0.5}",
            answer(0.1, 0.1, 0.1, 0.5),
            answer(0.9, 0.9, 0.9, 0.5f32.next_down()),
        ),
    ];
    for (yaml, equal, below) in scores {
        let policy = given(yaml);
        assert_eq!(about(&*policy, Some(&equal)), Decision::Keep, "{yaml}");
        assert_eq!(about(&*policy, Some(&below)), Decision::Appeal, "{yaml}");
        assert_eq!(about(&*policy, None), Decision::Appeal, "without an answer there is nothing to keep");
        assert_eq!(policy.threshold(), Some(0.5));
        assert!(policy.asks_little() && policy.may_appeal());
    }
    let headless = Answer { scores: Scores { q: None, ..answer(1.0, 1.0, 1.0, 1.0).scores }, class: 3 };
    assert_eq!(about(&*given("appealnet: {delta: 0}"), Some(&headless)), Decision::Appeal);
}

#[test]
fn a_random_share_is_what_falls_below_it() {
    let decides = |share: f64, chance: f64| {
        let policy = given(&format!("random: {{appeal-rate: {share}}}"));
        assert_eq!(policy.threshold(), Some(share));
        let mut hindsight = || panic!("the labels are nothing that a device knows");
        policy.decide(&mut Evidence { little: None, chance: &|| chance, hindsight: &mut hindsight })
    };
    assert_eq!(decides(0.25, 0.25), Decision::Keep);
    assert_eq!(decides(0.25, 0.25f64.next_down()), Decision::Appeal);
    assert_eq!((decides(0.1, 0.5), decides(0.9, 0.5)), (Decision::Keep, Decision::Appeal));
    // Chance is below 1, so nothing or everything goes up.
    assert_eq!((decides(0.0, 0.0), decides(1.0, 1f64.next_down())), (Decision::Keep, Decision::Appeal));
}

/// Only an appeal that turns a wrong answer into a right one is worth anything.
#[test]
fn the_oracle_appeals_what_is_won_and_nothing_else() {
    let oracle = given("oracle");
    for (little_right, big_right) in [(false, false), (false, true), (true, false), (true, true)] {
        let mut hindsight = || Hindsight { little_right, big_right };
        let answer = answer(0.5, 0.5, 0.5, 0.5);
        let mut evidence = Evidence { little: Some(&answer), chance: &|| 0.5, hindsight: &mut hindsight };
        let expected = if (little_right, big_right) == (false, true) { Decision::Appeal } else { Decision::Keep };
        assert_eq!(oracle.decide(&mut evidence), expected, "{little_right} {big_right}");
    }
    assert!(oracle.asks_little() && oracle.may_appeal() && oracle.threshold().is_none());
}

#[test]
fn all_or_nothing_goes_up() {
    let (local, offload) = (given("local-only"), given("offload-all"));
    let sure = answer(1.0, 1.0, 1.0, 1.0);
    for little in [None, Some(&sure)] {
        assert_eq!((about(&*local, little), about(&*offload, little)), (Decision::Keep, Decision::Appeal));
    }
    assert_eq!((local.asks_little(), local.may_appeal()), (true, false));
    assert_eq!((offload.asks_little(), offload.may_appeal()), (false, true));
    assert_eq!((local.threshold(), offload.threshold()), (None, None));
}

/// Ten images whose scores are ten steps in four different orders: a share of three tenths sends up the three that a
/// policy's own score puts lowest. Those with the lowest draws are sent up at random.
#[test]
fn a_threshold_is_calibrated_on_the_policy_s_own_score() {
    let step = |place: usize| place as f32 / 10.0;
    let sample = |place: usize| Sample {
        little: answer(step(place), step((place + 2) % 10), step((place + 4) % 10), step((place + 6) % 10)),
        little_right: place.is_multiple_of(2),
        big_right: true,
        chance: f64::from(step((place + 8) % 10)),
        weight: 1.0,
    };
    let samples: Vec<Sample> = (0..10).map(sample).collect();
    let calibration = Calibration::new(|| samples.clone());
    for (yaml, expected) in [
        ("appealnet: {appeal-rate: 30 %}", &[0, 1, 2][..]),
        ("confidence: {score: max-softmax, appeal-rate: 30 %}", &[0, 8, 9]),
        ("confidence: {score: margin, appeal-rate: 30 %}", &[6, 7, 8]),
        ("confidence: {score: entropy, appeal-rate: 30 %}", &[4, 5, 6]),
        // Half of the images are right at first. Of those with the lowest draws, 2, 3 and 4, only 3 is wrong: one more
        // is right, six of ten, after two appeals, and seven of ten after four.
        ("random: {accuracy: 60 %}", &[2, 3]),
    ] {
        let policy = policy(yaml, &calibration);
        let appealed = (0..10).filter(|place| {
            let sample = &samples[*place];
            let mut hindsight = || panic!("no policy here looks back");
            let little = Some(&sample.little);
            let decision =
                policy.decide(&mut Evidence { little, chance: &|| sample.chance, hindsight: &mut hindsight });
            decision == Decision::Appeal
        });
        assert_eq!(appealed.collect::<Vec<_>>(), expected, "{yaml}");
    }
}

/// The target comes last in a name, and what is left is the family.
#[test]
fn a_family_is_a_name_without_its_target() {
    for (yaml, name, family) in [
        ("appealnet: {delta: 0.5}", "appealnet delta 0.5", "appealnet"),
        ("confidence: {score: margin, accuracy-gain: 90 %}", "margin accuracy-gain 90 %", "margin"),
        ("random: {appeal-rate: 20 %}", "random appeal-rate 20 %", "random"),
        ("oracle", "oracle", "oracle"),
    ] {
        let spec = spec(yaml);
        assert_eq!((spec.to_string().as_str(), spec.family().as_str()), (name, family));
        assert_eq!(spec.target().is_some(), name != family);
    }
}
