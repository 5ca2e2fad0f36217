//! What is told of chance against chance itself: closed forms, and halves drawn afresh.

use device_models::units::Share;
use inference::{Answer, Score, Scores};
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::{Moments, Stream};

use super::*;
use crate::policies::{
    Decider, Decision, Offload, Outlines, Payload, Recipe, Rule, Segment, Steps, StrategyError, Tail, View, of_pair,
    spec,
};

/// An image whose little answer is right the more often the higher q is; max softmax knows a little less. The big
/// network is right on 97 %.
fn image(random: &mut Stream) -> ImageAnswers {
    let q = random.random::<f64>();
    let noisy = (q + 0.3 * (random.random::<f64>() - 0.5)).clamp(0.0, 1.0);
    let little_right = random.random::<f64>() < 0.7 + 0.3 * q.sqrt();
    let big_right = random.random::<f64>() < 0.97;
    let softmax = Score::named("max-softmax").unwrap();
    let scores = Scores::default().with(Score::Q, q as f32).with(softmax, noisy as f32);
    let little = Answer { class: 0, scores };
    of_pair(&Sample { little, little_right, big_right, chance: random.random(), weight: 1.0 })
}

fn half(number: u64, images: usize) -> Vec<ImageAnswers> {
    let mut random = Streams::new(7, 0).open("half", number);
    (0..images).map(|_| image(&mut random)).collect()
}

/// The sampling of images where the big network answers all appeals.
fn sampled(
    policies: &[PolicySpec],
    calibration: &[ImageAnswers],
    samples: &[ImageAnswers],
    of: usize,
) -> ImageSampling {
    image_sampling(policies, Some(Way::BIG), calibration, &HalfImages { samples, of }, 1, 1).sampling
}

/// Policies that do what their thresholds say.
fn rules<'a>(policies: &'a [PolicySpec], calibration: &[ImageAnswers]) -> Vec<Ruled<'a>> {
    let rules = policies.iter().enumerate().filter_map(|(policy, spec)| ruled(policy, spec, calibration));
    rules.map(|rule| Ruled { obeyed: true, ..rule }).collect()
}

fn policies() -> Vec<PolicySpec> {
    let appealnet = "appealnet: {accuracy-gain: 80 %}";
    let confidence = "confidence: {score: max-softmax, accuracy-gain: 80 %}";
    ["local-only", "offload-all", appealnet, confidence, "oracle"].map(spec).into()
}

/// Variances of shares are p(1 − p)/n, whatever the calibration; that of a difference of accuracies is that of how
/// often the two differ.
#[test]
fn shares_of_images_vary_as_a_binomial() {
    let evaluation = half(1, 2_000);
    let found = sampled(&policies(), &[], &evaluation, 2_000);
    let share = |is: &dyn Fn(&ImageAnswers) -> bool| evaluation.iter().filter(|s| is(s)).count() as f64 / 2_000.0;
    let variance = |p: f64| p * (1.0 - p) / 2_000.0;
    let of = |share| found.covariance(share, share);
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a}, not {b}");
    close(of(ImageShare::LittleAccuracy), variance(share(&|s| s.right[0])));
    close(of(ImageShare::Accuracy(0)), variance(share(&|s| s.right[0])));
    close(of(ImageShare::Accuracy(1)), variance(share(&|s| s.right[1])));
    close(of(ImageShare::Accuracy(4)), variance(share(&|s| s.right[0] || s.right[1])));
    close(of(ImageShare::AppealRate(4)), variance(share(&|s| !s.right[0] && s.right[1])));
    close(of(ImageShare::AppealRate(0)), 0.0);
    close(of(ImageShare::AppealRate(1)), 0.0);
    let gap = [(ImageShare::BigAccuracy, 1.0), (ImageShare::LittleAccuracy, -1.0)];
    let (wins, losses) = (share(&|s| s.right[1] && !s.right[0]), share(&|s| s.right[0] && !s.right[1]));
    close(found.covariance_of_sums(&gap, &gap), (wins + losses - (wins - losses).powi(2)) / 2_000.0);
    // From a quarter of the images, the same for the whole half, give or take their own differences.
    let some: Vec<ImageAnswers> = evaluation.iter().step_by(4).cloned().collect();
    let few = sampled(&policies(), &[], &some, 2_000);
    let ratio = few.covariance(ImageShare::Accuracy(0), ImageShare::Accuracy(0)) / of(ImageShare::Accuracy(0));
    assert!((0.75..1.25).contains(&ratio), "{ratio}");
}

/// The truth, from 300 pairs of halves drawn afresh: by how much appeals and accuracy of a calibrated rule, and its
/// lead over another, differ from pair to pair. The mean of twelve standard errors comes to the true one within 30 %,
/// that of the lead, of which one is off by half, within 50 %: where a curve happens to be flat, a place on it is known
/// badly.
#[test]
fn thresholds_vary_as_they_do_between_halves() {
    let policies = policies();
    let n = 1_000;
    let at = |pair: u64| {
        let (calibration, evaluation) = (half(10 + 2 * pair, n), half(11 + 2 * pair, n));
        let rules = rules(&policies, &calibration);
        let ranked = Ranked::new(&under(rules[0].strategy, &evaluation), rules[0].rule.ranking);
        let (appeals, accuracy) = ranked.curve(&weights(&evaluation)).at(rules[0].threshold);
        // In some pairs of halves the other rule never gets as far.
        let lead = *Draws::new(&rules, &calibration, &evaluation).leads(&[]).first()?;
        Some([appeals, accuracy, lead.appeals - lead.rival_appeals])
    };
    let truth: Vec<[f64; 3]> = (0..300).filter_map(at).collect();
    let truth =
        [0, 1, 2].map(|which| truth.iter().map(|values| values[which]).collect::<Moments>().variance().unwrap());
    let mut told = [Moments::default(); 3];
    for pair in 0..12 {
        let (calibration, evaluation) = (half(1_000 + 2 * pair, n), half(1_001 + 2 * pair, n));
        let found = sampled(&policies, &calibration, &evaluation, n);
        let shares = [ImageShare::AppealRate(2), ImageShare::Accuracy(2)];
        let [appeals, accuracy] = shares.map(|share| found.covariance(share, share));
        [appeals, accuracy].into_iter().zip(&mut told).for_each(|(v, told)| told.add(v.sqrt()));
        if let Some(lead) = found.leads.first() {
            assert_eq!((found.leads.len(), lead.policy, lead.rival), (1, 2, 3));
            told[2].add(lead.variance.sqrt());
        }
    }
    let ratios: Vec<f64> = told.iter().zip(truth).map(|(told, truth)| told.mean() / truth.sqrt()).collect();
    let within = ratios.iter().zip([1.3, 1.3, 1.5]).all(|(ratio, most)| (1.0 / most..most).contains(ratio));
    assert!(within, "{ratios:?} times the true standard errors");
}

/// Of 40 values, one lies beyond each end: from 2 to 39. Seen from 20 the upper side is longer, from 30 the lower one.
#[test]
fn the_longer_side_is_that_of_the_tail() {
    let values: Vec<f64> = (1..=40).rev().map(f64::from).collect();
    assert_eq!(longer_side(values.clone(), 20.0), 19.0);
    assert_eq!(longer_side(values, 30.0), 28.0);
    assert_eq!(longer_side(Vec::new(), 0.0), 0.0);
}

/// What sends up a random share sends up that share whatever the images are; its accuracy varies with both networks'.
#[test]
fn chance_does_not_depend_on_images() {
    let policies = [spec("random: {appeal-rate: 25 %}")];
    let evaluation = half(1, 2_000);
    let found = sampled(&policies, &[], &evaluation, 2_000);
    assert_eq!(found.covariance(ImageShare::AppealRate(0), ImageShare::AppealRate(0)), 0.0);
    let (accuracy, little, big) = (ImageShare::Accuracy(0), ImageShare::LittleAccuracy, ImageShare::BigAccuracy);
    let mix = [(accuracy, 1.0), (little, -0.75), (big, -0.25)];
    assert!(found.covariance_of_sums(&mix, &mix).abs() < 1e-12 && found.covariance(accuracy, accuracy) > 1e-6);
}

/// Only a tenth of the half is seen: figures vary as those of that many images.
#[test]
fn images_that_are_never_seen_do_not_count() {
    let evaluation = half(1, 200);
    let found = sampled(&policies(), &[], &evaluation, 200);
    let right = evaluation.iter().filter(|sample| sample.right[0]).count() as f64 / 200.0;
    let variance = found.covariance(ImageShare::LittleAccuracy, ImageShare::LittleAccuracy);
    assert!((variance - right * (1.0 - right) / 200.0).abs() < 1e-12);
}

/// Draws have streams of their own, so threads change nothing.
#[test]
fn threads_change_nothing() {
    let (calibration, evaluation) = (half(1, 300), half(2, 300));
    let half = HalfImages { samples: &evaluation, of: 300 };
    let of = |threads| image_sampling(&policies(), Some(Way::BIG), &calibration, &half, 1, threads).sampling;
    assert_eq!(of(1), of(3));
}

/// What a quarter at random has right is a quarter of the big network's share and three of the little one's; no more
/// than all can be sent up.
#[test]
fn chance_mixes_both_networks() {
    let evaluation = half(1, 500);
    let policies = [spec("random: {accuracy-gain: 50 %}")];
    let rules = rules(&policies, &half(2, 500));
    let draws = Draws::new(&rules, &[], &evaluation);
    let share = |is: &dyn Fn(&ImageAnswers) -> bool| evaluation.iter().filter(|s| is(s)).count() as f64 / 500.0;
    let (little, big) = (share(&|s| s.right[0]), share(&|s| s.right[1]));
    for (threshold, appeals) in [(0.25, 0.25), (0.0, 0.0), (1.5, 1.0)] {
        let [found, right] = draws.at(&rules[0], threshold);
        assert!(found == appeals && (right - appeals * big - (1.0 - appeals) * little).abs() < 1e-12, "{threshold}");
    }
}

/// An interval of 1.96 standard deviations on either side, times the skew, reaches as far as the evaluation half and
/// the longer side of what was drawn reach together.
#[test]
fn skewed_intervals_reach_their_longer_side() {
    let policies = policies();
    let (calibration, evaluation) = (half(3, 400), half(4, 400));
    let found = sampled(&policies, &calibration, &evaluation, 400);
    let rules = rules(&policies, &calibration);
    let (draws, streams) = (Draws::new(&rules, &calibration, &evaluation), Streams::new(1, 0));
    let mut skewed = 0;
    for (place, rule) in rules.iter().enumerate() {
        let mut appeals: Vec<f64> = (0..DRAWS).map(|number| draws.draw(&streams, number).rules[place][0]).collect();
        let drawn = appeals.iter().copied().collect::<Moments>().variance().unwrap();
        let up = evaluation.iter().filter(|s| rule.rule.ranking.of(&s.under(rule.strategy)) < rule.threshold).count()
            as f64
            / 400.0;
        let of_evaluation = up * (1.0 - up) / 400.0;
        let share = ImageShare::AppealRate(rule.policy);
        assert!((found.covariance(share, share) - drawn - of_evaluation).abs() < 1e-12);
        // The little network is wrong more often about what is sent up.
        let both = evaluation
            .iter()
            .filter(|s| s.right[0] && rule.rule.ranking.of(&s.under(rule.strategy)) < rule.threshold)
            .count();
        let little = evaluation.iter().filter(|s| s.right[0]).count() as f64 / 400.0;
        let together = (both as f64 / 400.0 - up * little) / 400.0;
        assert!((found.covariance(ImageShare::LittleAccuracy, share) - together).abs() < 1e-12 && together < 0.0);
        // Of 200 values, five lie beyond each end.
        appeals.sort_by(f64::total_cmp);
        let here = draws.at(rule, rule.threshold)[0];
        let longer = (appeals[194] - here).max(here - appeals[5]) / 1.96;
        let skew = ((of_evaluation + longer * longer) / (of_evaluation + drawn)).sqrt().max(1.0);
        assert!((found.skews[rule.policy] - skew).abs() < 1e-9, "{}, not {skew}", found.skews[rule.policy]);
        skewed += u32::from(skew > 1.05);
    }
    assert!(skewed > 0 && found.skews[0] == 1.0, "{:?}", found.skews);
}

/// A policy that is written for these tests.
#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
enum Own {
    /// Sends up at random.
    Draws,
    /// Sends up while nothing waits.
    LooksAround,
    /// Sends up what AppealNet would, but never class 0.
    DisobeysItsThreshold,
    /// Runs the big network on the device as well.
    Cascades,
    /// The big network, cut between device and cloud.
    Splits,
}

impl Recipe for Own {
    const NAME: &'static str = "own";

    fn role(&self) -> Role {
        Role::Method
    }

    fn strategy(&self, _: &Outlines) -> Result<Strategy, StrategyError> {
        let segment = |network, exit| Segment { network, steps: Steps::ALL, exit };
        Ok(match self {
            Self::Cascades => Strategy {
                segments: [Way::LITTLE, Way::BIG].map(|way| segment(way, Some(way))).into(),
                offloads: Vec::new(),
            },
            Self::Splits => {
                let tail = Tail::Rest { network: Way::BIG, after: 3 };
                let payload = Payload::Tensor(inference::Coding::FLOAT32);
                let offloads = vec![Offload { after: 1, payload, tail }];
                Strategy { segments: vec![segment(Way::BIG, None)], offloads }
            }
            _ => Strategy::answer_or_appeal(),
        })
    }

    fn criterion(&self) -> Option<Criterion> {
        let target = Target::AccuracyGain(Share::new(0.8));
        matches!(self, Self::DisobeysItsThreshold).then_some(Criterion { ranking: Ranking::Score(Score::Q), target })
    }

    fn decider(&self, _: Option<f64>) -> Decider {
        Decider::Rule(Box::new(*self))
    }
}

impl Rule for Own {
    fn decide(&self, view: &View) -> Decision {
        let Some(kept) = view.answer() else { return view.refer() };
        let refers = match self {
            Self::Draws => view.chance() < 0.3,
            Self::LooksAround => view.situation().sending == 0,
            Self::DisobeysItsThreshold => kept.answer().scores.get(Score::Q) < Some(0.5) && kept.answer().class != 0,
            Self::Cascades | Self::Splits => kept.answer().scores.get(Score::Q) < Some(0.5),
        };
        if refers { view.refer() } else { view.keep() }
    }
}

/// Whether the runs are asked how figures vary with the images under a policy beside those that ship, and what was known
/// of how far its appeal rate does.
fn asks_runs(own: Own, one_network: Option<Way>) -> (bool, Spread) {
    let (calibration, evaluation) = (half(2, 400), half(1, 400));
    let policies = [policies(), vec![PolicySpec::new(own, &Outlines::UNKNOWN).unwrap()]].concat();
    let half = HalfImages { samples: &evaluation, of: 400 };
    let Sampled { sampling, spreads } = image_sampling(&policies, one_network, &calibration, &half, 1, 1);
    assert!(!sampling.is_of_runs() || (sampling.covariances.is_empty() && sampling.by_thresholds.len() == 14 * 15 / 2));
    assert!(spreads[..5].iter().all(|spread| matches!(spread, Spread::Known(_))), "{spreads:?}");
    (sampling.is_of_runs(), spreads[5])
}

/// Nobody says of a policy that it may do something else the next time, or that its requests differ in more than whether
/// they are sent up: it is asked, and its strategy looked at.
#[test]
fn runs_are_asked_where_images_do_not_decide_alone() {
    let one = Some(Way::BIG);
    for own in [Own::Draws, Own::LooksAround, Own::Cascades] {
        let (asked, spread) = asks_runs(own, one);
        // Images that all count alike: 0.2 · 0.8 / 400 is the most that the variance of a fifth can be.
        assert!(asked && (spread.at(0.2) - 0.02).abs() < 1e-12, "{spread:?}");
    }
    let (asked, spread) = asks_runs(Own::DisobeysItsThreshold, one);
    assert!(asked && spread.at(0.2) > 0.02, "its threshold, which was set on other images, adds to that: {spread:?}");
    assert_eq!(asks_runs(Own::Splits, one), (false, Spread::Known(0.0)), "all of them are sent up");
}

/// The curve of a score says what a threshold on it comes to, for AppealNet and its rival, but not for a policy that does
/// something else.
#[test]
fn curves_are_of_policies_that_obey_their_threshold() {
    let (calibration, evaluation) = (half(3, 400), half(4, 400));
    let policies = [policies(), vec![PolicySpec::new(Own::DisobeysItsThreshold, &Outlines::UNKNOWN).unwrap()]].concat();
    let leads = sampled(&policies, &calibration, &evaluation, 400).leads;
    assert_eq!(leads.iter().map(|lead| (lead.policy, lead.rival)).collect::<Vec<_>>(), [(2, 3)]);
}

/// A split names the network that its tensors are for; an appeal may be answered by a server's own network or, if that
/// is full, by the one in the cloud. Even the oracle then does not know what becomes of an image.
#[test]
fn runs_are_asked_where_servers_run_several_networks() {
    let evaluation = half(1, 400);
    let half = HalfImages { samples: &evaluation, of: 400 };
    let of = |policies: &[PolicySpec], one| image_sampling(policies, one, &[], &half, 1, 1).sampling;
    let (local, split) = (spec("local-only"), PolicySpec::new(Own::Splits, &Outlines::UNKNOWN).unwrap());
    assert!(!of(&[local.clone(), split.clone()], None).is_of_runs());
    assert!(of(&[local.clone(), spec("oracle")], None).is_of_runs());
    assert!(!of(&[local.clone(), spec("oracle")], Some(Way::BIG)).is_of_runs());
    // What is split is answered by the big network, like everything that is offloaded.
    let found = of(&[local, split, spec("offload-all")], Some(Way::BIG));
    let accuracies = [1, 2].map(ImageShare::Accuracy);
    assert_eq!(found.covariance(accuracies[0], accuracies[0]), found.covariance(accuracies[0], accuracies[1]));
    let networks = found.covariance(ImageShare::BigAccuracy, ImageShare::BigAccuracy);
    assert!(networks > 0.0 && networks == found.covariance(accuracies[0], accuracies[0]));
}
