use analysis::PolicyEntry;
use inference::{Answer, Scores};

use super::*;

/// A policy as a scenario file writes it.
pub fn spec(yaml: &str) -> PolicySpec {
    Catalogue::standard().read(&serde_yaml::from_str(yaml).unwrap()).unwrap()
}

/// What a result says of it.
pub fn entry(yaml: &str) -> PolicyEntry {
    spec(yaml).entry(None)
}

/// Scores that all differ, so that a policy that reads another's score decides otherwise.
fn answer(q: f32, max_softmax: f32, margin: f32, certainty: f32) -> Answer {
    Answer { class: 3, scores: Scores { q: Some(q), max_softmax, margin, certainty } }
}

/// An image of a pair of networks, of which the big one answers appeals.
pub fn of_pair(sample: &Sample) -> ImageAnswers {
    let Sample { little, little_right, big_right, chance, weight } = *sample;
    let right = vec![little_right, big_right];
    ImageAnswers { answers: vec![little; 2], right, first_tier: Way::BIG, chance, weight }
}

/// A policy whose threshold is given.
fn given(yaml: &str) -> Policy {
    spec(yaml).build(&Calibration::NONE).unwrap()
}

/// What it decides after so many segments, where `is_right` tells the truth and the big network would answer appeals.
fn decided(
    policy: &Policy,
    answers: &[Answer],
    chance: &dyn Fn() -> f64,
    is_right: &mut dyn FnMut(Way) -> bool,
) -> Decision {
    let run = answers.len();
    let view = View::new(&policy.strategy, run, answers, chance, &Situation::default).unwrap();
    policy.decider.decide(&view, &mut Truth::new(&|_| Way::BIG, is_right))
}

/// Whether it keeps an answer; it may neither draw nor look back.
fn keeps(policy: &Policy, answer: &Answer) -> bool {
    let mut truth = |_| panic!("the labels are nothing that a device knows");
    let decision = decided(policy, &[*answer], &|| panic!("nothing is random here"), &mut truth);
    matches!(decision, Decision::Answer(kept) if kept.answer() == answer)
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
        assert!(keeps(&policy, &equal) && !keeps(&policy, &below), "{yaml}");
        assert_eq!((policy.threshold, &policy.strategy), (Some(0.5), &Strategy::answer_or_appeal()));
    }
    let headless = Answer { scores: Scores { q: None, ..answer(1.0, 1.0, 1.0, 1.0).scores }, class: 3 };
    assert!(!keeps(&given("appealnet: {delta: 0}"), &headless), "what has no score is sent up");
}

#[test]
fn a_random_share_is_what_falls_below_it() {
    let keeps = |share: f64, chance: f64| {
        let policy = given(&format!("random: {{appeal-rate: {share}}}"));
        assert_eq!(policy.threshold, Some(share));
        let mut truth = |_| panic!("the labels are nothing that a device knows");
        matches!(decided(&policy, &[answer(0.5, 0.5, 0.5, 0.5)], &|| chance, &mut truth), Decision::Answer(_))
    };
    assert!(keeps(0.25, 0.25) && !keeps(0.25, 0.25f64.next_down()));
    assert!(keeps(0.1, 0.5) && !keeps(0.9, 0.5));
    // Chance is below 1, so nothing or everything goes up.
    assert!(keeps(0.0, 0.0) && !keeps(1.0, 1f64.next_down()));
}

/// Only an appeal that turns a wrong answer into a right one is worth anything.
#[test]
fn the_oracle_appeals_what_is_won_and_nothing_else() {
    let oracle = given("oracle");
    for (little_right, big_right) in [(false, false), (false, true), (true, false), (true, true)] {
        let mut truth = |way| if way == Way::LITTLE { little_right } else { big_right };
        let decision = decided(&oracle, &[answer(0.5, 0.5, 0.5, 0.5)], &|| 0.5, &mut truth);
        let appeals = matches!(decision, Decision::Offload(up) if up.number() == 0);
        assert_eq!(appeals, (little_right, big_right) == (false, true), "{little_right} {big_right}");
    }
    assert!(oracle.strategy == Strategy::answer_or_appeal() && oracle.threshold.is_none());
}

#[test]
fn all_or_nothing_goes_up() {
    let (local, offload) = (given("local-only"), given("offload-all"));
    assert!(keeps(&local, &answer(0.0, 0.0, 0.0, 0.0)));
    let mut truth = |_| panic!("the labels are nothing that a device knows");
    assert!(matches!(decided(&offload, &[], &|| 0.5, &mut truth), Decision::Offload(_)));
    assert_eq!((local.strategy, offload.strategy), (Strategy::little_alone(), Strategy::input_at_once()));
    assert_eq!((local.threshold, offload.threshold), (None, None));
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
    let images: Vec<ImageAnswers> = (0..10).map(|place| of_pair(&sample(place))).collect();
    for (yaml, expected) in [
        ("appealnet: {appeal-rate: 30 %}", &[0, 1, 2][..]),
        ("confidence: {score: max-softmax, appeal-rate: 30 %}", &[0, 8, 9]),
        ("confidence: {score: margin, appeal-rate: 30 %}", &[6, 7, 8]),
        ("confidence: {score: entropy, appeal-rate: 30 %}", &[4, 5, 6]),
        // Half of the images are right at first. Of those with the lowest draws, 2, 3 and 4, only 3 is wrong: one more
        // is right, six of ten, after two appeals, and seven of ten after four.
        ("random: {accuracy: 60 %}", &[2, 3]),
    ] {
        let policy = spec(yaml).build(&Calibration::on(&images)).unwrap();
        let appealed =
            (0..10).filter(|place| matches!(policy.foresee(&images[*place]).ending, Some(Ending::SentUp(_))));
        assert_eq!(appealed.collect::<Vec<_>>(), expected, "{yaml}");
    }
}

/// The target comes last in a name, and what is left is the family.
#[test]
fn a_family_is_a_name_without_its_target() {
    for (yaml, name, family, title) in [
        ("appealnet: {delta: 0.5}", "appealnet delta 0.5", "appealnet", "AppealNet"),
        ("confidence: {score: margin, accuracy-gain: 90 %}", "margin accuracy-gain 90 %", "margin", "margin"),
        ("random: {appeal-rate: 20 %}", "random appeal-rate 20 %", "random", "random"),
        ("oracle", "oracle", "oracle", "oracle"),
    ] {
        let spec = spec(yaml);
        assert_eq!((&*spec.to_string(), &*spec.family, &*spec.title), (name, family, title));
        assert_eq!(spec.target().is_some(), name != family);
    }
}
