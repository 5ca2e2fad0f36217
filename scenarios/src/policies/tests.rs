use analysis::PolicyEntry;
use inference::{Answer, Score, Scores};

use super::*;

/// A policy as a scenario file writes it.
pub fn spec(yaml: &str) -> PolicySpec {
    Catalogue::standard().read(&serde_yaml::from_str(yaml).unwrap(), &Outlines::UNKNOWN).unwrap()
}

/// A device about which there is nothing to know.
pub struct Nowhere;

impl Surroundings for Nowhere {
    fn chance(&self) -> f64 {
        0.5
    }

    fn situation(&self) -> Situation {
        Situation::default()
    }

    fn expects(&self, _: Channel) -> Expectations {
        Expectations::default()
    }
}

/// The same with a chance that it finds out if it is asked for.
struct Drawing<'a>(&'a dyn Fn() -> f64);

impl Surroundings for Drawing<'_> {
    fn chance(&self) -> f64 {
        (self.0)()
    }

    fn situation(&self) -> Situation {
        Nowhere.situation()
    }

    fn expects(&self, channel: Channel) -> Expectations {
        Nowhere.expects(channel)
    }
}

/// What a result says of it.
pub fn entry(yaml: &str) -> PolicyEntry {
    let spec = spec(yaml);
    spec.entry(&spec.with_given_threshold(), &Outlines::UNKNOWN)
}

/// Scores that all differ, so that a policy that reads another's score decides otherwise.
fn answer(q: f32, max_softmax: f32, margin: f32, certainty: f32) -> Answer {
    let scores = [("q", q), ("max-softmax", max_softmax), ("margin", margin), ("entropy", certainty)]
        .iter()
        .fold(Scores::default(), |scores, (name, value)| scores.with(Score::named(name).unwrap(), *value));
    Answer { class: 3, scores }
}

/// An image of a pair of networks, of which the big one answers appeals.
pub fn of_pair(sample: &Sample) -> ImageAnswers {
    let Sample { little, little_right, big_right, chance, weight } = *sample;
    let right = vec![little_right, big_right];
    let ways = [Way::LITTLE, Way::BIG].into();
    ImageAnswers { ways, answers: vec![little; 2], right, appeal: Way::BIG, chance, weight }
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
    let around = Drawing(chance);
    let view = View::new(&policy.strategy, run, answers, &around).unwrap();
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
    let headless = Answer { class: 3, scores: Scores::default() };
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
    let cases = [(false, false, 0.0), (false, true, 1.0), (true, false, -1.0), (true, true, 0.0)];
    for (little_right, big_right, worth) in cases {
        let mut truth = |way| if way == Way::LITTLE { little_right } else { big_right };
        let decision = decided(&oracle, &[answer(0.5, 0.5, 0.5, 0.5)], &|| 0.5, &mut truth);
        let appeals = matches!(decision, Decision::Offload(up) if up.number() == 0);
        assert_eq!(appeals, (little_right, big_right) == (false, true), "{little_right} {big_right}");
        assert_eq!(Oracle.worth(little_right, big_right), worth, "{little_right} {big_right}");
    }
    assert!(oracle.strategy == Strategy::answer_or_appeal() && oracle.threshold.is_none());
}

#[test]
fn all_or_nothing_goes_up() {
    let (local, offload) = (given("local-only"), given("offload-all"));
    assert!(keeps(&local, &answer(0.0, 0.0, 0.0, 0.0)));
    let mut truth = |_| panic!("the labels are nothing that a device knows");
    assert!(matches!(decided(&offload, &[], &|| 0.5, &mut truth), Decision::Offload(_)));
    assert_eq!((local.strategy, offload.strategy), (Strategy::alone(Way::LITTLE), Strategy::input_at_once()));
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

/// Four images, two of them without a score; the little network is right on all but one of those two. No accuracy at all
/// is asked for, and still these two go up, in the calibration as under the rule: a threshold cannot keep them.
#[test]
fn what_has_no_score_goes_up_whatever_the_threshold() {
    let sample = |q: Option<f32>, little_right| Sample {
        little: Answer { class: 0, scores: q.map_or(Scores::default(), |q| Scores::default().with(Score::Q, q)) },
        little_right,
        big_right: true,
        chance: 0.5,
        weight: 1.0,
    };
    let samples = [sample(Some(0.0), true), sample(None, true), sample(Some(0.7), true), sample(None, false)];
    let set_on = |samples: &[Sample]| {
        let images: Vec<ImageAnswers> = samples.iter().map(of_pair).collect();
        let policy = spec("appealnet: {accuracy: 0 %}").build(&Calibration::on(&images)).unwrap();
        let goes_up = |image| matches!(policy.foresee(image).ending, Some(Ending::SentUp(_)));
        (policy.threshold.unwrap(), images.iter().map(goes_up).collect::<Vec<bool>>())
    };
    assert_eq!(set_on(&samples), (0.0, vec![false, true, false, true]));
    let ranked = Ranked::new(&samples, Ranking::Score(Score::Q));
    let curve = ranked.curve(&[1.0; 4]);
    assert_eq!(curve.at(0.0), (0.5, 1.0));
    assert_eq!((curve.best(), curve.appeals_for(0.0), curve.appeals_for(1.0)), ((0.5, 1.0), Some(0.5), Some(0.5)));
    // Where nothing has a score, everything goes up.
    let headless = [sample(None, true), sample(None, false)];
    let (threshold, gone_up) = set_on(&headless);
    assert_eq!(gone_up, [true; 2]);
    let ranked = Ranked::new(&headless, Ranking::Score(Score::Q));
    assert_eq!(ranked.curve(&[1.0; 2]).at(threshold), (1.0, 1.0));
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
