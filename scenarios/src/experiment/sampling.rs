//! How the figures of a point would vary if its halves contained other images.
//!
//! Two sources of chance are left when replications have averaged out the rest. *Evaluation*: figures are means over
//! the images of that half, and their covariances follow from how images differ. *Calibration*: thresholds are set on the
//! other half; drawn again and again from itself (Efron's bootstrap, 1979), it gives other thresholds, and the curve of
//! the evaluation half says what these come to. The two halves have no image in common, so the two add up.

use analysis::{ImageSampling, Lead, Share};
use rand::RngExt;
use sim_core::{Moments, Stream, Streams};

use crate::plan::in_parallel;
use crate::policies::{Calibration, Curve, Decision, Evidence, Hindsight, PolicySpec, Ranked, Ranking, Rule, Sample};
use crate::schema::Target;

/// How often the halves are drawn again: standard errors are then known to 5 %.
const DRAWS: u64 = 200;

/// Images of a half, and how many images the half contains if these are only some of them.
pub struct HalfImages<'a> {
    /// The images.
    pub samples: &'a [Sample],
    /// Images of the half.
    pub of: usize,
}

/// A rule with its threshold.
struct Ruled {
    policy: usize,
    rule: Rule,
    threshold: f64,
    /// Whether the threshold was found on the calibration half.
    calibrated: bool,
}

/// The sampling of images under `policies`; `calibration` is empty if no threshold depends on it.
pub fn image_sampling(
    policies: &[PolicySpec],
    calibration: &[Sample],
    evaluation: &HalfImages,
    seed: u64,
    threads: usize,
) -> ImageSampling {
    let rules: Vec<Ruled> =
        policies.iter().enumerate().filter_map(|(policy, spec)| ruled(policy, spec, calibration)).collect();
    let shares: Vec<Share> = Share::all(policies.len()).collect();
    let mut covariances = over_evaluation(policies, &rules, evaluation);
    let draws = Draws::new(&rules, calibration, evaluation.samples);
    let streams = Streams::new(seed, 0);
    let drawn = in_parallel(&(0..DRAWS).collect::<Vec<_>>(), threads, |numbers| {
        numbers.iter().map(|number| draws.draw(&streams, *number)).collect()
    });
    // What thresholds add: the covariances over the draws.
    let mut varying = vec![None; shares.len()];
    for (at, rule) in rules.iter().enumerate().filter(|(_, rule)| rule.calibrated) {
        for (place, share) in shares.iter().enumerate() {
            match share {
                Share::AppealRate(policy) if *policy == rule.policy => varying[place] = Some((at, 0)),
                Share::Accuracy(policy) if *policy == rule.policy => varying[place] = Some((at, 1)),
                _ => {}
            }
        }
    }
    let series = |(at, which): (usize, usize)| -> Vec<f64> { drawn.iter().map(|draw| draw.rules[at][which]).collect() };
    let series: Vec<Option<Vec<f64>>> = varying.into_iter().map(|place| place.map(series)).collect();
    let mut entry = covariances.iter_mut();
    for (place, one) in series.iter().enumerate() {
        for other in &series[..=place] {
            let (Some(sum), Some(one), Some(other)) = (entry.next(), one, other) else { continue };
            *sum += covariance(one, other);
        }
    }
    let mut skews = vec![1.0; policies.len()];
    for (at, rule) in rules.iter().enumerate().filter(|(_, rule)| rule.calibrated) {
        let appeals: Vec<f64> = drawn.iter().map(|draw| draw.rules[at][0]).collect();
        let place = Share::all(policies.len()).position(|share| share == Share::AppealRate(rule.policy)).unwrap_or(0);
        let variance = covariances[place * (place + 1) / 2 + place];
        let own = covariance(&appeals, &appeals);
        if variance > 0.0 {
            let longer = longer_side(appeals) / ENDS;
            skews[rule.policy] = ((variance - own + longer * longer) / variance).sqrt().max(1.0);
        }
    }
    let leads = draws.pairs.iter().enumerate().map(|(at, pair)| {
        let differences: Moments = drawn.iter().map(|draw| draw.leads[at]).collect();
        Lead { variance: differences.variance().unwrap_or(0.0), ..pair.lead }
    });
    ImageSampling {
        calibration_images: calibration.len(),
        evaluation_images: evaluation.of,
        covariances,
        skews,
        leads: leads.collect(),
    }
}

fn ruled(policy: usize, spec: &PolicySpec, calibration: &[Sample]) -> Option<Ruled> {
    let rule = spec.rule()?;
    if let Target::Delta(delta) = rule.target {
        return Some(Ruled { policy, rule, threshold: delta.get(), calibrated: false });
    }
    let threshold = nearest(&Ranked::new(calibration, rule.ranking), &weights(calibration), rule.target);
    Some(Ruled { policy, rule, threshold, calibrated: true })
}

fn weights(samples: &[Sample]) -> Vec<f64> {
    samples.iter().map(|sample| sample.weight).collect()
}

/// The threshold for a target, or the nearest to it: a target that the half itself reaches may be just out of reach of a
/// draw from it.
fn nearest(ranked: &Ranked, weights: &[f64], target: Target) -> f64 {
    ranked.curve(weights).threshold(target).unwrap_or_else(|missed| missed.nearest)
}

/// Covariances of all shares that come from the choice of the evaluation half.
fn over_evaluation(policies: &[PolicySpec], rules: &[Ruled], half: &HalfImages) -> Vec<f64> {
    let samples = half.samples;
    let total: f64 = samples.iter().map(|sample| sample.weight).sum();
    let columns: Vec<Vec<f64>> = Share::all(policies.len())
        .map(|share| {
            let value: Vec<f64> = match share {
                Share::LittleAccuracy => samples.iter().map(|s| one_if(s.little_right)).collect(),
                Share::BigAccuracy => samples.iter().map(|s| one_if(s.big_right)).collect(),
                Share::Accuracy(policy) => {
                    let right = |(s, up): (&Sample, bool)| one_if(if up { s.big_right } else { s.little_right });
                    samples.iter().zip(sent_up(&policies[policy], policy, rules, samples)).map(right).collect()
                }
                Share::AppealRate(policy) => {
                    sent_up(&policies[policy], policy, rules, samples).into_iter().map(one_if).collect()
                }
            };
            let mean = value.iter().zip(samples).map(|(value, s)| s.weight * value).sum::<f64>() / total;
            value.iter().zip(samples).map(|(value, s)| s.weight / total * (value - mean)).collect()
        })
        .collect();
    // The variance of a mean over all images of the half, known from some of them.
    let scale = samples.len() as f64 / half.of.max(1) as f64;
    let mut covariances = Vec::new();
    for (place, one) in columns.iter().enumerate() {
        for other in &columns[..=place] {
            covariances.push(scale * one.iter().zip(other).map(|(a, b)| a * b).sum::<f64>());
        }
    }
    covariances
}

/// Which images a policy sends up.
fn sent_up(spec: &PolicySpec, policy: usize, rules: &[Ruled], samples: &[Sample]) -> Vec<bool> {
    if let Some(Ruled { rule, threshold, .. }) = rules.iter().find(|rule| rule.policy == policy) {
        return samples.iter().map(|sample| rule.ranking.of(sample) < *threshold).collect();
    }
    // What has no threshold needs no calibration.
    let Ok(decides) = spec.build(&Calibration::new(|| [])) else { return vec![false; samples.len()] };
    let up = |sample: &Sample| {
        let mut evidence = Evidence {
            little: decides.asks_little().then_some(&sample.little),
            chance: &|| sample.chance,
            hindsight: &mut || Hindsight { little_right: sample.little_right, big_right: sample.big_right },
        };
        decides.decide(&mut evidence) == Decision::Appeal
    };
    samples.iter().map(up).collect()
}

fn one_if(is: bool) -> f64 {
    f64::from(u8::from(is))
}

fn covariance(a: &[f64], b: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let sum: f64 = a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b)).sum();
    sum / (a.len() as f64 - 1.0)
}

/// Ends of a 95 % interval, in standard deviations.
const ENDS: f64 = 1.96;

/// The longer side of the range that 95 % of the values are in, from their mean.
fn longer_side(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let mean = values.iter().copied().collect::<Moments>().mean();
    let beyond = values.len() / 40;
    let ends = [values.get(beyond), values.get(values.len().saturating_sub(1 + beyond))];
    ends.into_iter().flatten().map(|end| (end - mean).abs()).fold(0.0, f64::max)
}

/// Everything that draws have in common.
struct Draws<'a> {
    rules: &'a [Ruled],
    calibration: Half,
    evaluation: Half,
    pairs: Vec<Pair>,
}

/// The images of a half, by each ranking in use.
struct Half {
    weights: Vec<f64>,
    ranked: Vec<(Ranking, Ranked)>,
}

/// Two rules with the same target.
struct Pair {
    ours: usize,
    theirs: usize,
    lead: Lead,
}

/// What a draw came to.
struct Drawn {
    /// Each rule's appeal rate and accuracy.
    rules: Vec<[f64; 2]>,
    /// Each pair's difference in appeals at equal accuracy.
    leads: Vec<f64>,
}

impl Half {
    fn new(rules: &[Ruled], samples: &[Sample]) -> Self {
        let mut ranked: Vec<(Ranking, Ranked)> = Vec::new();
        for ranking in rules.iter().filter(|rule| rule.calibrated).map(|rule| rule.rule.ranking) {
            if !ranked.iter().any(|(known, _)| *known == ranking) {
                ranked.push((ranking, Ranked::new(samples, ranking)));
            }
        }
        Self { weights: weights(samples), ranked }
    }

    fn curve(&self, ranking: Ranking) -> Option<Curve<'_>> {
        let (_, ranked) = self.ranked.iter().find(|(known, _)| *known == ranking)?;
        Some(ranked.curve(&self.weights))
    }

    /// Draws the half from itself. A curve through a few images has bumps, and the place where it reaches a target
    /// jumps between them; drawing again adds bumps to bumps. So what was drawn is the noise, and the curve it is added to
    /// is smooth.
    fn draw<'a>(&'a self, random: &mut Stream) -> impl Fn(Ranking) -> Option<Curve<'a>> + use<'a> {
        let mut drawn = vec![0.0; self.weights.len()];
        for _ in 0..self.weights.len() {
            let image = random.random_range(0..self.weights.len());
            drawn[image] += self.weights[image];
        }
        move |ranking| {
            let (_, ranked) = self.ranked.iter().find(|(known, _)| *known == ranking)?;
            let own = ranked.curve(&self.weights);
            Some(own.smooth().with_noise(&ranked.curve(&drawn), &own))
        }
    }
}

impl<'a> Draws<'a> {
    fn new(rules: &'a [Ruled], calibration: &[Sample], evaluation: &[Sample]) -> Self {
        let (calibration, evaluation) = (Half::new(rules, calibration), Half::new(rules, evaluation));
        let mut draws = Self { rules, calibration, evaluation, pairs: Vec::new() };
        for (ours, rule) in rules.iter().enumerate().filter(|(_, rule)| rule.rule.ranking == Ranking::Q) {
            for (theirs, rival) in rules.iter().enumerate() {
                let confidence = matches!(rival.rule.ranking, Ranking::Confidence(_));
                if !confidence || rival.rule.target != rule.rule.target || !rule.calibrated {
                    continue;
                }
                let curves = [rule, rival].map(|rule| draws.evaluation.curve(rule.rule.ranking));
                let [Some(mine), Some(other)] = &curves else { continue };
                let Some((accuracy, appeals, rival_appeals)) = at_equal_accuracy(mine, other, rule.threshold) else {
                    continue;
                };
                let (policy, rival) = (rule.policy, rival.policy);
                let lead = Lead { policy, rival, accuracy, appeals, rival_appeals, variance: 0.0 };
                draws.pairs.push(Pair { ours, theirs, lead });
            }
        }
        draws
    }

    /// Draws both halves from themselves.
    fn draw(&self, streams: &Streams, number: u64) -> Drawn {
        let mut random = streams.open("image-sampling", number);
        let calibration = self.calibration.draw(&mut random);
        let threshold = |rule: &Ruled| match calibration(rule.rule.ranking) {
            Some(curve) if rule.calibrated => curve.threshold(rule.rule.target).unwrap_or_else(|missed| missed.nearest),
            _ => rule.threshold,
        };
        let thresholds: Vec<f64> = self.rules.iter().map(threshold).collect();
        let at = |(rule, threshold): (&Ruled, &f64)| match self.evaluation.curve(rule.rule.ranking) {
            Some(curve) => curve.smooth().at(*threshold).into(),
            None => [0.0; 2],
        };
        let rules = self.rules.iter().zip(&thresholds).map(at).collect();
        let evaluation = self.evaluation.draw(&mut random);
        let lead = |pair: &Pair| {
            let curve = |at: usize| evaluation(self.rules[at].rule.ranking);
            let (ours, theirs) = (curve(pair.ours)?, curve(pair.theirs)?);
            let (_, ours, theirs) = at_equal_accuracy(&ours, &theirs, thresholds[pair.ours])?;
            Some(ours - theirs)
        };
        Drawn { rules, leads: self.pairs.iter().map(|pair| lead(pair).unwrap_or(0.0)).collect() }
    }
}

/// The accuracy that one rule reaches with its threshold, and what it and another rule have to send up for it. Both may
/// choose the best place on their curves, so that neither has the advantage.
fn at_equal_accuracy(ours: &Curve, theirs: &Curve, threshold: f64) -> Option<(f64, f64, f64)> {
    let (_, accuracy) = ours.at(threshold);
    // If the other never gets as far, its best place is taken.
    let least = |curve: &Curve| {
        let best = curve.places().map(|(_, right)| right).fold(0.0, f64::max);
        curve.appeals_for(accuracy.min(best))
    };
    Some((accuracy, least(ours)?, least(theirs)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policies::{AppealNet, Confidence, Score};
    use device_models::units;
    use inference::{Answer, Scores};

    /// An image whose little answer is right the more often the higher q is; max softmax knows a little less. The big
    /// network is right on 97 %.
    fn image(random: &mut Stream) -> Sample {
        let q = random.random::<f64>();
        let noisy = (q + 0.3 * (random.random::<f64>() - 0.5)).clamp(0.0, 1.0);
        let little_right = random.random::<f64>() < 0.7 + 0.3 * q.sqrt();
        let big_right = random.random::<f64>() < 0.97;
        let scores = Scores { q: Some(q as f32), max_softmax: noisy as f32, margin: 0.0, certainty: 0.0 };
        let little = Answer { class: 0, scores };
        Sample { little, little_right, big_right, chance: random.random(), weight: 1.0 }
    }

    fn half(number: u64, images: usize) -> Vec<Sample> {
        let mut random = Streams::new(7, 0).open("half", number);
        (0..images).map(|_| image(&mut random)).collect()
    }

    fn policies() -> Vec<PolicySpec> {
        let target = Target::AccuracyGain(units::Share::new(0.8));
        vec![
            PolicySpec::LocalOnly,
            PolicySpec::OffloadAll,
            PolicySpec::Appealnet(AppealNet { target }),
            PolicySpec::Confidence(Confidence { score: Score::MaxSoftmax, target }),
            PolicySpec::Oracle,
        ]
    }

    /// Variances of shares are p(1 − p)/n, whatever the calibration; that of a difference of accuracies is that of how often
    /// the two differ.
    #[test]
    fn shares_of_images_vary_as_a_binomial() {
        let evaluation = half(1, 2_000);
        let found = image_sampling(&policies(), &[], &HalfImages { samples: &evaluation, of: 2_000 }, 1, 1);
        let share = |is: &dyn Fn(&Sample) -> bool| evaluation.iter().filter(|s| is(s)).count() as f64 / 2_000.0;
        let variance = |p: f64| p * (1.0 - p) / 2_000.0;
        let of = |share| found.covariance(share, share);
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a}, not {b}");
        close(of(Share::LittleAccuracy), variance(share(&|s| s.little_right)));
        close(of(Share::Accuracy(0)), variance(share(&|s| s.little_right)));
        close(of(Share::Accuracy(1)), variance(share(&|s| s.big_right)));
        close(of(Share::Accuracy(4)), variance(share(&|s| s.little_right || s.big_right)));
        close(of(Share::AppealRate(4)), variance(share(&|s| !s.little_right && s.big_right)));
        close(of(Share::AppealRate(0)), 0.0);
        close(of(Share::AppealRate(1)), 0.0);
        let gap = [(Share::BigAccuracy, 1.0), (Share::LittleAccuracy, -1.0)];
        let (wins, losses) = (share(&|s| s.big_right && !s.little_right), share(&|s| s.little_right && !s.big_right));
        close(found.covariance_of_sums(&gap, &gap), (wins + losses - (wins - losses).powi(2)) / 2_000.0);
        // From a quarter of the images, the same for the whole half, give or take their own differences.
        let some: Vec<Sample> = evaluation.iter().step_by(4).copied().collect();
        let few = image_sampling(&policies(), &[], &HalfImages { samples: &some, of: 2_000 }, 1, 1);
        let ratio = few.covariance(Share::Accuracy(0), Share::Accuracy(0)) / of(Share::Accuracy(0));
        assert!((0.75..1.25).contains(&ratio), "{ratio}");
    }

    /// The truth, from 300 pairs of halves drawn afresh: by how much appeals and accuracy of a calibrated rule, and its
    /// lead over another, differ from pair to pair. The mean of twelve standard errors comes to the true one within 30 %:
    /// where a curve happens to be flat, a place on it is known badly, so they vary by about half.
    #[test]
    fn thresholds_vary_as_they_do_between_halves() {
        let policies = policies();
        let n = 1_000;
        let at = |pair: u64| {
            let (calibration, evaluation) = (half(10 + 2 * pair, n), half(11 + 2 * pair, n));
            let rules: Vec<Ruled> =
                policies.iter().enumerate().filter_map(|(policy, spec)| ruled(policy, spec, &calibration)).collect();
            let draws = Draws::new(&rules, &calibration, &evaluation);
            let curve = draws.evaluation.curve(Ranking::Q).unwrap();
            let (appeals, accuracy) = curve.at(rules[0].threshold);
            let lead = draws.pairs[0].lead;
            [appeals, accuracy, lead.appeals - lead.rival_appeals]
        };
        let truth: Vec<[f64; 3]> = (0..300).map(at).collect();
        let truth =
            [0, 1, 2].map(|which| truth.iter().map(|values| values[which]).collect::<Moments>().variance().unwrap());
        let mut told = [Moments::default(); 3];
        for pair in 0..12 {
            let (calibration, evaluation) = (half(1_000 + 2 * pair, n), half(1_001 + 2 * pair, n));
            let found = image_sampling(&policies, &calibration, &HalfImages { samples: &evaluation, of: n }, 1, 2);
            let shares = [Share::AppealRate(2), Share::Accuracy(2)];
            let [appeals, accuracy] = shares.map(|share| found.covariance(share, share));
            let lead = found.leads[0];
            assert_eq!((found.leads.len(), lead.policy, lead.rival), (1, 2, 3));
            [appeals, accuracy, lead.variance].into_iter().zip(&mut told).for_each(|(v, told)| told.add(v.sqrt()));
        }
        let ratios: Vec<f64> = told.iter().zip(truth).map(|(told, truth)| told.mean() / truth.sqrt()).collect();
        assert!(ratios.iter().all(|ratio| (0.77..1.3).contains(ratio)), "{ratios:?} times the true standard errors");
    }

    /// Of 40 values, one lies beyond each end: from 2 to 39 around a mean of 20.5, and further to the right if the upper
    /// half is stretched.
    #[test]
    fn the_longer_side_is_that_of_the_tail() {
        let even: Vec<f64> = (1..=40).map(f64::from).collect();
        assert_eq!(longer_side(even.clone()), 18.5);
        let stretched: Vec<f64> = even.iter().map(|v| if *v > 20.0 { v + v - 20.0 } else { *v }).collect();
        // The mean is 20.5 + 210/40 = 25.75; the end 39 becomes 58.
        assert_eq!(longer_side(stretched), 58.0 - 25.75);
        assert_eq!(longer_side(Vec::new()), 0.0);
    }

    /// Draws have streams of their own, so threads change nothing.
    #[test]
    fn threads_change_nothing() {
        let (calibration, evaluation) = (half(1, 300), half(2, 300));
        let of = |threads| {
            image_sampling(&policies(), &calibration, &HalfImages { samples: &evaluation, of: 300 }, 1, threads)
        };
        assert_eq!(of(1), of(3));
    }
}
