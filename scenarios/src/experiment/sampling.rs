//! How the figures of a point would vary if its halves contained other images.
//!
//! Two sources of chance are left when replications have averaged out the rest. *Evaluation*: figures are means over
//! the images of that half, and their covariances follow from how images differ. *Calibration*: thresholds are set on the
//! other half; drawn again and again from itself (Efron's bootstrap, 1979), it gives other thresholds, and the curve of
//! the evaluation half says what these come to. The two halves have no image in common, so the two add up.

mod draws;
#[cfg(test)]
mod tests;

use analysis::{ImageSampling, ImageShare, Role};
use sim_core::Streams;

use crate::answers::in_parallel;
use crate::policies::{Calibration, Criterion, PolicySpec, Ranked, Ranking, Sample, Target};
use draws::{Drawn, Draws};

/// How often the halves are drawn again: as far as their number goes, standard errors are then known to 5 %.
const DRAWS: u64 = 200;

/// Images of a half that devices may see, and how many of these there are if only some are given.
pub struct HalfImages<'a> {
    /// The images.
    pub samples: &'a [Sample],
    /// Images of the half that devices may see.
    pub of: usize,
}

/// A policy that keeps what ranks at or above a threshold.
struct Ruled {
    policy: usize,
    role: Role,
    rule: Criterion,
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
    let draws = Draws::new(&rules, calibration, evaluation.samples);
    let streams = Streams::new(seed, 0);
    let drawn: Vec<Drawn> = in_parallel(&(0..DRAWS).collect::<Vec<_>>(), threads, |numbers| {
        numbers.iter().map(|number| draws.draw(&streams, *number)).collect()
    });
    let shares: Vec<ImageShare> = ImageShare::all(policies.len()).collect();
    let series: Vec<Option<Vec<f64>>> = shares.iter().map(|share| drawn_of(*share, &rules, &drawn)).collect();
    let mut covariances = over_evaluation(policies, &rules, evaluation);
    let pairs =
        series.iter().enumerate().flat_map(|(place, one)| series[..=place].iter().map(move |other| (one, other)));
    for (sum, pair) in covariances.iter_mut().zip(pairs) {
        if let (Some(one), Some(other)) = pair {
            *sum += covariance(one, other);
        }
    }
    let mut sampling = ImageSampling {
        calibration_images: calibration.len(),
        evaluation_images: evaluation.of,
        covariances,
        skews: vec![1.0; policies.len()],
        leads: draws.leads(&drawn),
    };
    for (share, appeals) in shares.iter().zip(series) {
        let (ImageShare::AppealRate(policy), Some(appeals)) = (*share, appeals) else { continue };
        let Some(rule) = rules.iter().find(|rule| rule.policy == policy) else { continue };
        let variance = sampling.covariance(*share, *share);
        if variance > 0.0 {
            let of_evaluation = variance - covariance(&appeals, &appeals);
            let longer = longer_side(appeals, draws.at(rule, rule.threshold)[0]) / ENDS;
            sampling.skews[policy] = ((of_evaluation + longer * longer) / variance).sqrt().max(1.0);
        }
    }
    sampling
}

/// What a share came to in each draw, if it depends on a threshold that was found on the calibration half.
fn drawn_of(share: ImageShare, rules: &[Ruled], drawn: &[Drawn]) -> Option<Vec<f64>> {
    let (policy, which) = match share {
        ImageShare::AppealRate(policy) => (policy, 0),
        ImageShare::Accuracy(policy) => (policy, 1),
        ImageShare::LittleAccuracy | ImageShare::BigAccuracy => return None,
    };
    let rule = rules.iter().position(|rule| rule.calibrated && rule.policy == policy)?;
    Some(drawn.iter().map(|draw| draw.rules[rule][which]).collect())
}

fn ruled(policy: usize, spec: &PolicySpec, calibration: &[Sample]) -> Option<Ruled> {
    let (role, rule) = (spec.role, spec.criterion?);
    if let Some(threshold) = rule.given() {
        return Some(Ruled { policy, role, rule, threshold, calibrated: false });
    }
    let threshold = nearest(&Ranked::new(calibration, rule.ranking), &weights(calibration), rule.target);
    Some(Ruled { policy, role, rule, threshold, calibrated: true })
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
    let columns: Vec<Vec<f64>> = ImageShare::all(policies.len())
        .map(|share| {
            let value: Vec<f64> = match share {
                ImageShare::LittleAccuracy => samples.iter().map(|s| one_if(s.little_right)).collect(),
                ImageShare::BigAccuracy => samples.iter().map(|s| one_if(s.big_right)).collect(),
                ImageShare::Accuracy(policy) => {
                    let right =
                        |(s, up): (&Sample, f64)| up * one_if(s.big_right) + (1.0 - up) * one_if(s.little_right);
                    samples.iter().zip(sent_up(&policies[policy], policy, rules, samples)).map(right).collect()
                }
                ImageShare::AppealRate(policy) => sent_up(&policies[policy], policy, rules, samples),
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

/// How often a policy sends up each image: always or never, unless it leaves that to chance.
fn sent_up(spec: &PolicySpec, policy: usize, rules: &[Ruled], samples: &[Sample]) -> Vec<f64> {
    if let Some(Ruled { rule, threshold, .. }) = rules.iter().find(|rule| rule.policy == policy) {
        return match rule.ranking {
            Ranking::Chance => vec![threshold.clamp(0.0, 1.0); samples.len()],
            ranking => samples.iter().map(|sample| one_if(ranking.of(sample) < *threshold)).collect(),
        };
    }
    // What has no threshold needs no calibration.
    let Ok(decides) = spec.build(&Calibration::new(|| [])) else { return vec![0.0; samples.len()] };
    samples.iter().map(|sample| one_if(decides.sends_up(sample))).collect()
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
pub const ENDS: f64 = 1.96;

/// The longer side of the range that 95 % of the values are in, as seen from `here`.
fn longer_side(mut values: Vec<f64>, here: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let beyond = values.len() / 40;
    let ends = [values.get(beyond), values.get(values.len().saturating_sub(1 + beyond))];
    ends.into_iter().flatten().map(|end| (end - here).abs()).fold(0.0, f64::max)
}
