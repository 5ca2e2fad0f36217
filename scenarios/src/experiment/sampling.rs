//! How the figures of a point would vary if its halves contained other images.
//!
//! Two sources of chance are left when replications have averaged out the rest. *Evaluation*: figures are means over
//! the images of that half, and their covariances follow from how images differ. *Calibration*: thresholds are set on the
//! other half; drawn again and again from itself (Efron's bootstrap, 1979), it gives other thresholds, and the curve of
//! the evaluation half says what these come to. The two halves have no image in common, so the two add up.
//!
//! How images differ is known before anything has run if every policy does the same with an image whenever it meets it.
//! Policies are asked ([`Policy::foresee`](crate::policies::Policy::foresee)). If one of them draws or looks around, if its
//! requests differ in more than whether they are sent up, or if it depends on the way which network answers, what becomes
//! of each image is read off the runs instead, for all policies of the point ([`from_runs`]).

mod draws;
pub mod from_runs;
#[cfg(test)]
mod tests;

use analysis::{ImageSampling, ImageShare, Role};
use sim_core::Streams;

use crate::answers::in_parallel;
use crate::policies::{
    Criterion, Ending, Foreseen, ImageAnswers, PolicySpec, Ranked, Ranking, Sample, Strategy, Target, Way,
};
use draws::{Drawn, Draws};

/// How often the halves are drawn again: as far as their number goes, standard errors are then known to 5 %.
const DRAWS: u64 = 200;

/// Images of a half that devices may see, and how many of these there are if only some are given.
pub struct HalfImages<'a> {
    /// The images.
    pub samples: &'a [ImageAnswers],
    /// Images of the half that devices may see.
    pub of: usize,
}

/// What is known of the choice of images before anything has run.
pub struct Sampled {
    /// How figures vary with it. Where the runs say that, covariances are still missing.
    pub sampling: ImageSampling,
    /// How far the appeal rate of each policy varies with it.
    pub spreads: Vec<Spread>,
}

/// How far an appeal rate varies with the choice of images.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Spread {
    /// Its standard deviation.
    Known(f64),
    /// Not known yet, but at most as far as if every image were always or never sent up.
    AtMost {
        /// Images of the half; fewer if some count for more than others.
        images: f64,
        /// Variance that the threshold adds.
        by_threshold: f64,
    },
}

impl Default for Spread {
    fn default() -> Self {
        Self::Known(0.0)
    }
}

impl Spread {
    /// The standard deviation, or the most that it can be, of this appeal rate.
    pub fn at(self, appeal_rate: f64) -> f64 {
        match self {
            Self::Known(deviation) => deviation,
            Self::AtMost { images, by_threshold } => (appeal_rate * (1.0 - appeal_rate) / images + by_threshold).sqrt(),
        }
    }
}

/// A policy that keeps what ranks at or above a threshold.
struct Ruled<'a> {
    policy: usize,
    role: Role,
    strategy: &'a Strategy,
    rule: Criterion,
    threshold: f64,
    /// Whether the threshold was found on the calibration half.
    calibrated: bool,
    /// Whether the policy does what its threshold says, whenever it meets an image.
    obeyed: bool,
}

/// The sampling of images under `policies`; `calibration` is empty if no threshold depends on it. `one_network` is the
/// network of all servers, if that is the same everywhere.
pub fn image_sampling(
    policies: &[PolicySpec],
    one_network: Option<Way>,
    calibration: &[ImageAnswers],
    evaluation: &HalfImages,
    seed: u64,
    threads: usize,
) -> Sampled {
    let mut rules: Vec<Ruled> =
        policies.iter().enumerate().filter_map(|(policy, spec)| ruled(policy, spec, calibration)).collect();
    let mut sent_up = Vec::with_capacity(policies.len());
    for (policy, spec) in policies.iter().enumerate() {
        let mut rule = rules.iter_mut().find(|rule| rule.policy == policy);
        let up = self::sent_up(spec, rule.as_deref(), evaluation.samples);
        if let Some(rule) = &mut rule {
            rule.obeyed = up.is_some();
        }
        sent_up.push(up);
    }
    let right = policies.iter().zip(&sent_up).map(|(spec, up)| {
        let samples = evaluation.samples;
        up.as_ref().and_then(|up| right(&spec.strategy, one_network, up, samples))
    });
    let right: Vec<Option<Vec<f64>>> = right.collect();
    let draws = Draws::new(&rules, calibration, evaluation.samples);
    let streams = Streams::new(seed, 0);
    let drawn: Vec<Drawn> = in_parallel(&(0..DRAWS).collect::<Vec<_>>(), threads, |numbers| {
        numbers.iter().map(|number| draws.draw(&streams, *number)).collect()
    });
    let shares: Vec<ImageShare> = ImageShare::all(policies.len()).collect();
    let series: Vec<Option<Vec<f64>>> = shares.iter().map(|share| drawn_of(*share, &rules, &drawn)).collect();
    let pairs =
        series.iter().enumerate().flat_map(|(place, one)| series[..=place].iter().map(move |other| (one, other)));
    let by_thresholds: Vec<Option<f64>> =
        pairs.map(|(one, other)| Some(covariance(one.as_ref()?, other.as_ref()?))).collect();
    let mut covariances = over_evaluation(policies.len(), &sent_up, &right, evaluation);
    for (sum, by_threshold) in covariances.iter_mut().zip(&by_thresholds) {
        if let Some(by_threshold) = by_threshold {
            *sum += by_threshold;
        }
    }
    let mut sampling = ImageSampling {
        calibration_images: calibration.len(),
        evaluation_images: evaluation.of,
        covariances,
        skews: vec![1.0; policies.len()],
        leads: draws.leads(&drawn),
        curves: draws.curves(),
        by_thresholds: Vec::new(),
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
    let spread = |(policy, up): (usize, &Option<Vec<f64>>)| {
        let variance = sampling.variance(&[(ImageShare::AppealRate(policy), 1.0)]);
        match up {
            Some(_) => Spread::Known(variance.sqrt()),
            None => Spread::AtMost { images: images_alike(evaluation), by_threshold: variance },
        }
    };
    let spreads = sent_up.iter().enumerate().map(spread).collect();
    if right.iter().any(Option::is_none) {
        sampling.covariances = Vec::new();
        sampling.by_thresholds = by_thresholds.into_iter().map(Option::unwrap_or_default).collect();
    }
    Sampled { sampling, spreads }
}

/// What a share came to in each draw, if it depends on a threshold that was found on the calibration half.
fn drawn_of(share: ImageShare, rules: &[Ruled], drawn: &[Drawn]) -> Option<Vec<f64>> {
    let (policy, which) = match share {
        ImageShare::AppealRate(policy) => (policy, 0),
        ImageShare::Accuracy(policy) => (policy, 1),
        _ => return None,
    };
    let rule = rules.iter().position(|rule| rule.calibrated && rule.policy == policy)?;
    Some(drawn.iter().map(|draw| draw.rules[rule][which]).collect())
}

fn ruled<'a>(policy: usize, spec: &'a PolicySpec, calibration: &[ImageAnswers]) -> Option<Ruled<'a>> {
    let (role, rule, strategy) = (spec.role, spec.criterion?, &spec.strategy);
    let (threshold, calibrated) = match spec.given() {
        Some(threshold) => (threshold, false),
        None => {
            let ranked = Ranked::new(&under(strategy, calibration), rule.ranking);
            (nearest(&ranked, &weights(calibration), rule.target), true)
        }
    };
    Some(Ruled { policy, role, strategy, rule, threshold, calibrated, obeyed: false })
}

/// Images as the threshold of a policy with this strategy sees them.
fn under(strategy: &Strategy, images: &[ImageAnswers]) -> Vec<Sample> {
    images.iter().map(|image| image.under(strategy)).collect()
}

fn weights(images: &[ImageAnswers]) -> Vec<f64> {
    images.iter().map(|image| image.weight).collect()
}

/// The threshold for a target, or the nearest to it: a target that the half itself reaches may be just out of reach of a
/// draw from it.
fn nearest(ranked: &Ranked, weights: &[f64], target: Target) -> f64 {
    ranked.curve(weights).threshold(target).unwrap_or_else(|missed| missed.nearest)
}

/// Covariances of all shares that come from the choice of the evaluation half, as far as policies do the same with an
/// image whenever they meet it.
fn over_evaluation(
    policies: usize,
    sent_up: &[Option<Vec<f64>>],
    right: &[Option<Vec<f64>>],
    half: &HalfImages,
) -> Vec<f64> {
    let samples = half.samples;
    let total: f64 = samples.iter().map(|sample| sample.weight).sum();
    let unknown = vec![0.0; samples.len()];
    let of_network = |way: Way| samples.iter().map(|s| one_if(s.is_right(way))).collect();
    let columns: Vec<Vec<f64>> = ImageShare::all(policies)
        .map(|share| {
            let value: Vec<f64> = match share {
                ImageShare::LittleAccuracy => of_network(Way::LITTLE),
                ImageShare::BigAccuracy => of_network(Way::BIG),
                ImageShare::Accuracy(policy) => right[policy].as_ref().unwrap_or(&unknown).clone(),
                ImageShare::AppealRate(policy) => sent_up[policy].as_ref().unwrap_or(&unknown).clone(),
                ImageShare::Energy(_) | ImageShare::UplinkBytes(_) | ImageShare::DeadlineMisses(_) => unknown.clone(),
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

/// As many images that all count alike would make a mean vary as far as those of a half do.
fn images_alike(half: &HalfImages) -> f64 {
    let (sum, squares) =
        half.samples.iter().fold((0.0, 0.0), |(sum, squares), s| (sum + s.weight, squares + s.weight * s.weight));
    if squares > 0.0 { sum * sum / squares * half.of as f64 / half.samples.len() as f64 } else { 1.0 }
}

/// How often a policy sends up each image: always or never, or, of one that leaves it to chance, its share. None if it
/// may do something else the next time, or if its requests differ in more than that.
fn sent_up(spec: &PolicySpec, rule: Option<&Ruled>, images: &[ImageAnswers]) -> Option<Vec<f64>> {
    if !spec.strategy.differs_by_appeal_alone() {
        return None;
    }
    let policy = spec.with_threshold(rule.map(|rule| rule.threshold));
    let up = |image: &ImageAnswers| {
        let Foreseen { ending, drew, looked_around } = policy.foresee(image);
        let up = matches!(ending?, Ending::SentUp(_));
        let as_ruled = rule.map(|rule| rule.rule.ranking.of(&image.under(&spec.strategy)) < rule.threshold);
        if looked_around || as_ruled.is_some_and(|ruled| ruled != up) {
            return None;
        }
        match rule {
            Some(Ruled { rule: Criterion { ranking: Ranking::Chance, .. }, threshold, .. }) => {
                Some(threshold.clamp(0.0, 1.0))
            }
            _ if drew => None,
            _ => Some(one_if(up)),
        }
    };
    images.iter().map(up).collect()
}

/// How often each image is answered rightly by a policy that sends it up so often; none if an appeal may be answered by
/// one network or another.
fn right(strategy: &Strategy, one_network: Option<Way>, up: &[f64], images: &[ImageAnswers]) -> Option<Vec<f64>> {
    let kept = strategy.exits(strategy.segments.len()).last();
    let appealed = match strategy.offloads.first() {
        Some(offload) => Some(offload.known_way().or(one_network)?),
        None => None,
    };
    let of = |image: &ImageAnswers, way: Option<Way>| one_if(way.is_some_and(|way| image.is_right(way)));
    let right = |(image, up): (&ImageAnswers, &f64)| up * of(image, appealed) + (1.0 - up) * of(image, kept);
    Some(images.iter().zip(up).map(right).collect())
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
