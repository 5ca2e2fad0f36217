use std::sync::Arc;

use device_models::units::{Points, Share};
use inference::{Answer, Scores};

use super::*;
use crate::policies::{Decider, Nowhere, Offload, Outlines, Policy, Segment, spec};

/// Two networks one after the other, then an appeal that a third one answers.
fn cascade(appeals: bool) -> Strategy {
    let segments = Way::all(2).map(Segment::whole).collect();
    Strategy { segments, offloads: if appeals { vec![Offload::input(2)] } else { Vec::new() } }
}

/// An image with these scores of the first two networks, of which each and the third may be right.
fn image(scores: [f32; 2], right: [bool; 3]) -> ImageAnswers {
    let ways: Arc<[Way]> = Way::all(3).collect();
    let answer = |score: f32| Answer { class: 0, scores: Scores::default().with(Score::Q, score) };
    ImageAnswers {
        answers: [scores[0], scores[1], 0.0].map(answer).into(),
        right: right.into(),
        appeal: ways[2],
        ways,
        chance: 0.0,
        weight: 1.0,
    }
}

/// A hundred images: the first network is surer the higher the number, and right from 40 on; the second, surest of those
/// with a number divisible by ten, is right from 10 on; the third is always right.
fn images() -> Vec<ImageAnswers> {
    let of = |number: usize| {
        let second = if number.is_multiple_of(10) { 0.9 } else { 0.5 + number as f32 / 1e3 };
        image([(number as f32 + 0.5) / 100.0, second], [number >= 40, number >= 10, true])
    };
    (0..100).map(of).collect()
}

fn rule(target: Target, appeals: bool) -> Result<Stages, Unreachable> {
    SureEnough { score: Score::Q, target }.calibrated(&cascade(appeals), &images())
}

/// Share that is right, and share that is sent up, by asking the rule image by image as a device would.
fn told(stages: &Stages, appeals: bool) -> (f64, f64) {
    let strategy = cascade(appeals);
    let (mut right, mut up) = (0, 0);
    for image in images() {
        let first = [*image.answer(Way::LITTLE)];
        let both = [first[0], *image.answer(Way::BIG)];
        let decide =
            |run: usize, answers: &[Answer]| stages.decide(&View::new(&strategy, run, answers, &Nowhere).unwrap());
        let way = match decide(1, &first) {
            Decision::Answer(kept) => kept.way(),
            _ => match decide(2, &both) {
                Decision::Answer(kept) => kept.way(),
                _ => image.appeal,
            },
        };
        right += u32::from(image.is_right(way));
        up += u32::from(way == image.appeal);
    }
    (f64::from(right) / 100.0, f64::from(up) / 100.0)
}

/// Kept at any price, the first network answers all, 60 % of them rightly; nothing is ever certain, so with a threshold
/// of 1 all go up.
#[test]
fn the_ends_are_the_first_stage_and_the_last_resort() {
    let at = |delta| told(&rule(Target::Delta(Share::new(delta)), true).unwrap(), true);
    assert_eq!((at(0.0), at(1.0)), ((0.6, 0.0), (1.0, 1.0)));
}

/// What is reached is reached with the smallest threshold: one image less, and it is missed.
#[test]
fn targets_are_reached_and_no_more() {
    for (target, appeals) in [
        (Target::Accuracy(Share::new(0.9)), true),
        (Target::Accuracy(Share::new(0.8)), false),
        (Target::AccuracyGain(Share::new(0.5)), true),
        (Target::GainShare(Share::new(0.5)), false),
        (Target::Points(Points::new(20.0)), true),
        (Target::AppealRate(Share::new(0.25)), true),
    ] {
        let stages = rule(target, appeals).unwrap();
        let reached = |stages: &Stages| {
            let (right, up) = told(stages, appeals);
            match target {
                Target::Accuracy(share) => right >= share.get() - 1e-12,
                // The first network is right on 60 %, an appeal always: halfway is 80 %.
                Target::AccuracyGain(_) | Target::Points(_) => right >= 0.8 - 1e-12,
                // Without appeals, the second network's 90 % are the most there is.
                Target::GainShare(_) => right >= 0.75 - 1e-12,
                Target::AppealRate(share) => up >= share.get() - 1e-12,
                _ => true,
            }
        };
        assert!(reached(&stages), "{target}: {:?}", told(&stages, appeals));
        let less = Stages { threshold: stages.threshold.next_down(), ..stages };
        assert!(!reached(&less), "{target}: {:?}", told(&less, appeals));
    }
}

/// What a threshold costs no calibration image can tell.
#[test]
fn budgets_are_not_for_stages() {
    let refused = rule(Target::Late(Share::new(0.01)), true).unwrap_err();
    assert!(matches!(refused, Unreachable::OnlyByRunning { .. }), "{refused}");
}

/// Without appeals the second network's 90 % are the end of what can be reached.
#[test]
fn what_cannot_be_reached_is_told() {
    let too_much = rule(Target::Accuracy(Share::new(0.97)), false).unwrap_err();
    assert!(matches!(too_much, Unreachable::TooMuch { most, .. } if (90.0..97.0).contains(&most)), "{too_much}");
    assert!(rule(Target::AppealRate(Share::new(0.1)), false).is_err());
    assert!(rule(Target::AppealRate(Share::new(0.0)), false).is_ok());
    let nothing = SureEnough { score: Score::Q, target: Target::Delta(Share::new(0.5)) };
    assert!(matches!(nothing.calibrated(&cascade(true), &[]), Err(Unreachable::NoImages { .. })));
}

/// The second network's scores mean more than the first one's: with one threshold for both, an answer is kept there with
/// a score with which it is referred here.
#[test]
fn each_stage_has_its_own_curve() {
    let of = |number: usize| {
        let score = (number as f32 + 0.5) / 100.0;
        image([score, score], [number >= 80, number >= 20, true])
    };
    let images: Vec<ImageAnswers> = (0..100).map(of).collect();
    let half = SureEnough { score: Score::Q, target: Target::Delta(Share::new(0.5)) };
    let stages = half.calibrated(&cascade(true), &images).unwrap();
    let at = |stage: usize, score: f64| stages.curves[stage].at(score) >= stages.threshold;
    assert!(!at(0, 0.5) && at(1, 0.5));
    assert!(at(0, 0.9) && !at(1, 0.1));
}

/// Where all are equally sure, none or all go up.
#[test]
fn equally_sure_answers_go_up_together() {
    let images: Vec<ImageAnswers> = (0..50).map(|number| image([0.5, 0.5], [number % 2 == 0, true, true])).collect();
    let some = SureEnough { score: Score::Q, target: Target::AppealRate(Share::new(0.2)) };
    let told = some.calibrated(&cascade(true), &images).unwrap_err().to_string();
    assert!(told.contains("either 0 % or 100 %"), "{told}");
}

/// What a result says of the stages is what the rule decides by.
#[test]
fn a_result_says_what_scores_mean() {
    let strategy = cascade(true);
    let stages = rule(Target::Accuracy(Share::new(0.9)), true).unwrap();
    let policy = spec("cascade: {networks: little > big, score: q, delta: 0.9}");
    let made = Policy {
        strategy,
        threshold: Some(stages.threshold),
        curves: stages.curves.clone(),
        decider: Decider::Nothing,
    };
    let told = policy.entry(&made, &Outlines::UNKNOWN).stages;
    assert_eq!(told.len(), 2);
    for (told, curve) in told.iter().zip(&stages.curves) {
        assert_eq!(told.score(), Some(Score::Q));
        assert!([0.0, 0.2, 0.5, 1.0].iter().all(|score| told.probability(*score) == curve.at(*score)));
    }
}
