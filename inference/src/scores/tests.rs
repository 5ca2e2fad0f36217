//! The list, and what a pass comes to.

use super::*;

fn near(found: Option<f32>, expected: f32) {
    assert!(found.is_some_and(|found| (found - expected).abs() < 1e-5), "{found:?}, not {expected}");
}

fn score(name: &str) -> Score {
    Score::named(name).unwrap()
}

/// No two scores have a name, a column or a chart in common, and each is found by its name.
#[test]
fn every_score_is_known_by_its_own_names() {
    assert_eq!(Score::all().count(), Score::COUNT);
    for (place, score) in Score::all().enumerate() {
        assert_eq!((score.place(), Score::named(score.name())), (place, Some(score)));
        assert_eq!(Score::all().filter(|other| other.column() == score.column()).count(), 1, "{score:?}");
        let chart = score.shown().map(|shown| shown.chart);
        let charts = Score::all().filter_map(|other| other.shown()).filter(|shown| Some(shown.chart) == chart);
        assert!(charts.count() <= 1, "{score:?}");
    }
    assert_eq!((Score::Q.name(), Score::named("softmax")), ("q", None));
    assert!(Score::Q.needs_predictor() && !score("margin").needs_predictor());
}

/// One that is set is there, and no other.
#[test]
fn scores_are_kept_apart() {
    for given in Score::all() {
        let scores = Scores::default().with(given, 0.25);
        for score in Score::all() {
            assert_eq!(scores.get(score), (score == given).then_some(0.25), "{score:?} of {scores:?}");
        }
        assert_eq!(scores.with(given, 0.5), Scores::default().with(given, 0.5));
    }
    let every = Score::all().fold(Scores::default(), |scores, score| scores.with(score, score.place() as f32));
    assert!((0..Score::COUNT).all(|place| every.at(place) == Some(place as f32)), "{every:?}");
}

/// Logits ln 3, ln 4 and 0: probabilities of 3/8, 4/8 and 1/8. The entropy is 3/8·log2(8/3) + 1/2·1 + 1/8·3 = 1.40564
/// bits of the log2 3 = 1.58496 that there can be, of which 0.88686 is used. A predictor that puts out ln 3 says 3/4.
#[test]
fn a_pass_has_every_score_that_its_heads_give() {
    let logits = [3f32.ln(), 4f32.ln(), 0.0];
    let answer = Answer::read(&logits, Some(&[3f32.ln()]));
    assert_eq!(answer.class, 1);
    for (name, expected) in [("q", 0.75), ("max-softmax", 0.5), ("margin", 0.125), ("entropy", 0.11314)] {
        near(answer.scores.get(score(name)), expected);
    }
    let headless = Answer::read(&logits, None).scores;
    for score in Score::all() {
        assert!(answer.scores.get(score).is_some(), "{score:?}");
        assert_eq!(headless.get(score).is_some(), !score.needs_predictor(), "{score:?}");
    }
}

/// A predictor that puts out ln 3 and -ln 3 says that the little network is right with 3/4 and the big one with 1/4: q is
/// (1 + 3/4 - 1/4)/2. Where both are as likely to be right, it is a half.
#[test]
fn a_predictor_of_both_networks_compares_them() {
    let q = |outputs: [f32; 2]| Answer::read(&[0.0, 1.0], Some(&outputs)).scores.get(Score::Q);
    near(q([3f32.ln(), -3f32.ln()]), 0.75);
    near(q([2.5, 2.5]), 0.5);
    assert!(q([1e4, -1e4]).is_some_and(|q| q < 1.0 && q > 0.999) && q([-1e4, 1e4]).is_some_and(|q| q > 0.0));
}

/// Of two equal logits the first wins, and nothing is ahead; exponents of large ones do not overflow; and a predictor is
/// never certain.
#[test]
fn scores_stay_between_none_and_one() {
    let equal = Answer::read(&[2.0, 2.0], None);
    assert_eq!((equal.class, equal.scores.get(score("margin"))), (0, Some(0.0)));
    near(equal.scores.get(score("entropy")), 0.0);
    let sure = Answer::read(&[-1e4, 1e4], Some(&[1e4]));
    assert_eq!(sure.class, 1);
    for name in ["max-softmax", "margin", "entropy"] {
        assert_eq!(sure.scores.get(score(name)), Some(1.0), "{name}");
    }
    let q = |output: f32| Answer::read(&[0.0, 1.0], Some(&[output])).scores.get(Score::Q).unwrap();
    assert!(q(1e4) < 1.0 && q(1e4) > 0.999 && q(-1e4) > 0.0 && q(-1e4) < 0.001);
}

/// q has a policy of its own: files may not choose it, and are told what they may.
#[test]
fn files_choose_among_the_scores_of_confidence_policies() {
    for score in Score::all() {
        let written = serde_json::to_value(score).unwrap();
        assert_eq!(written, score.name());
        let read = serde_json::from_value::<Score>(written);
        assert_eq!(read.ok(), (score != Score::Q).then_some(score), "{score:?}");
    }
    let told = serde_json::from_str::<Score>("\"q\"").unwrap_err().to_string();
    assert!(told.starts_with("unknown variant `q`, expected one of `max-softmax`, `margin`, `entropy`"), "{told}");
}
