//! The figures of a point, and how certain they are.
//!
//! A figure is a mean over replications. Two independent sources of chance make it uncertain. *The simulation*: arrivals,
//! images drawn, channels; replications show how much a figure varies with them, and Student's t turns that into an
//! interval. *The images*: all replications draw from the same halves, so their spread says nothing about it; see
//! [`ImageSampling`]. It reaches accuracies and appeal rates directly, and everything else through the appeal rate. The
//! variances add up, with degrees of freedom by Welch and Satterthwaite.
//!
//! Policies share their random numbers and images, so differences are taken replication by replication, and what the
//! images add to a difference is the variance of the difference.

mod at_equal;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use analysis::{ImageSampling, ImageShare, Interval, Lead, PolicyEntry, Responses, SummaryRecord};
use sim_core::{Estimate, Moments, Ratio, Uncertainty};

use super::outcomes::{WORTH_REPORTING, lost};
use crate::policies::Target;
use crate::schema::Figure;

pub use at_equal::AtEqual;

/// The confidence of intervals.
pub const CONFIDENCE: f64 = 0.95;

/// What intervals contain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// The simulation and the choice of images.
    #[default]
    Whole,
    /// The simulation alone: what more replications would reduce.
    Simulation,
}

/// What intervals are made of.
#[derive(Clone, Copy, Debug, Default)]
pub struct Uncertain<'a> {
    /// What is left to chance in the choice of images, if that is known.
    pub images: Option<&'a ImageSampling>,
    /// What intervals contain.
    pub scope: Scope,
    /// Whether replications went on until an interval was narrow. It is then more often too narrow by chance, and has
    /// to be made at a higher confidence to contain the true value as often; see `docs/explanation/statistics.md`.
    pub stopped_when_narrow: bool,
}

/// By how much the probability of missing the true value has to shrink if replications stopped when the interval was
/// narrow. It was found for the figure that decides, at 95 %, and is used for all.
const IF_STOPPED: f64 = 0.6;

/// The confidence at which an interval has to be made to contain the true value with probability `confidence`.
pub fn made_at(confidence: f64, stopped_when_narrow: bool) -> f64 {
    if stopped_when_narrow { 1.0 - (1.0 - confidence) * IF_STOPPED } else { confidence }
}

/// The runs of a point, by policy.
pub struct Figures<'a> {
    /// The policies, in the order of the scenario file.
    pub policies: &'a [PolicyEntry],
    /// What the threshold of each is to reach, if it has one.
    pub targets: Vec<Option<Target>>,
    runs: Vec<BTreeMap<u32, &'a SummaryRecord>>,
    uncertain: Uncertain<'a>,
}

/// A figure in each replication, and its response to the choice of images: a sum of shares with their factors.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    /// By number of the replication.
    pub values: BTreeMap<u32, f64>,
    /// What it responds to.
    pub images: Vec<(ImageShare, f64)>,
}

/// A policy's AccI.
struct Gain {
    ratio: Ratio,
    /// Deviations of each replication from the ratio, per unit of it; they average 0.
    residuals: Observed,
}

impl<'a> Figures<'a> {
    /// Arranges the runs of a point.
    ///
    /// # Errors
    /// If the target of a policy is none that this program knows.
    pub fn new(
        policies: &'a [PolicyEntry],
        summaries: &[&'a SummaryRecord],
        uncertain: Uncertain<'a>,
    ) -> serde_json::Result<Self> {
        let target = |policy: &PolicyEntry| policy.target.clone().map(serde_json::from_value).transpose();
        let targets = policies.iter().map(target).collect::<Result<_, _>>()?;
        let of = |policy: &PolicyEntry| {
            summaries.iter().filter(|run| run.policy == policy.policy).map(|run| (run.replication, *run)).collect()
        };
        Ok(Self { policies, targets, runs: policies.iter().map(of).collect(), uncertain })
    }

    /// The runs of a policy, in the order of their replications.
    pub fn runs(&self, policy: usize) -> Vec<&'a SummaryRecord> {
        self.runs[policy].values().copied().collect()
    }

    /// The runs of all policies.
    pub fn all(&self) -> impl Iterator<Item = &'a SummaryRecord> {
        self.runs.iter().flat_map(|runs| runs.values().copied())
    }

    /// Comparisons at equal accuracy; none if intervals leave out the choice of images, which is all they depend on.
    pub fn leads(&self) -> &'a [Lead] {
        match (self.uncertain.scope, self.uncertain.images) {
            (Scope::Whole, Some(images)) => &images.leads,
            _ => &[],
        }
    }

    /// A figure of a policy; none if a replication did not observe it.
    pub fn observed(&self, policy: usize, figure: Figure) -> Option<Observed> {
        let images = match figure {
            Figure::Accuracy => (ImageShare::Accuracy(policy), 1.0),
            Figure::Energy if self.is_of_runs() => (ImageShare::Energy(policy), 1.0),
            Figure::UplinkBytes if self.is_of_runs() => (ImageShare::UplinkBytes(policy), 1.0),
            Figure::DeadlineMisses if self.is_of_runs() => (ImageShare::DeadlineMisses(policy), 1.0),
            _ => {
                let response = self.response(policy, |responses| figure.response(responses));
                (ImageShare::AppealRate(policy), response)
            }
        };
        self.read(policy, |run| figure.of(run), vec![images])
    }

    /// Grams of CO2 per request for the devices' energy, if the carbon intensity of their grid is known. It is the same in
    /// all runs of a point, so CO2 is as certain as energy.
    pub fn co2(&self, policy: usize) -> Option<Observed> {
        let grid = self.runs[policy].values().next()?.grid?;
        Some(self.observed(policy, Figure::Energy)?.times(grid.devices))
    }

    /// The same with the servers' energy, where any is counted. What the choice of images changes in the servers' part is
    /// left out.
    pub fn co2_with_servers(&self, policy: usize) -> Option<Observed> {
        let is_counted = self.all().any(|run| run.cloud_energy.is_some_and(|joules| joules > 0.0));
        let servers = self.read(policy, SummaryRecord::servers_co2, Vec::new())?;
        self.co2(policy)?.less(&servers.times(-1.0)).filter(|_| is_counted)
    }

    /// How a policy's battery life responds to the choice of images.
    pub fn images_of_battery_life(&self, policy: usize) -> (ImageShare, f64) {
        match self.is_of_runs() {
            true => {
                let per_joule = |responses: &Responses| responses.battery_life_per_joule.unwrap_or(0.0);
                (ImageShare::Energy(policy), self.response(policy, per_joule))
            }
            false => (ImageShare::AppealRate(policy), self.response(policy, |responses| responses.battery_life)),
        }
    }

    /// Whether the runs say how figures vary with the images.
    fn is_of_runs(&self) -> bool {
        self.uncertain.images.is_some_and(ImageSampling::is_of_runs)
    }

    /// Any other figure of a policy, with its response to the choice of images.
    pub fn read(
        &self,
        policy: usize,
        read: impl Fn(&SummaryRecord) -> Option<f64>,
        images: Vec<(ImageShare, f64)>,
    ) -> Option<Observed> {
        let values = self.runs[policy].iter().map(|(number, run)| Some((*number, read(run)?)));
        Some(Observed { values: values.collect::<Option<_>>()?, images }).filter(|o| !o.values.is_empty())
    }

    /// Mean response of a policy's figure to its appeal rate.
    pub fn response(&self, policy: usize, read: impl Fn(&Responses) -> f64) -> f64 {
        self.runs[policy].values().map(|run| read(&run.responses)).collect::<Moments>().mean()
    }

    /// The mean of a figure with its uncertainty.
    pub fn estimate(&self, observed: &Observed) -> Option<Estimate> {
        self.in_scope(observed, self.uncertain.scope)
    }

    /// Half the width of an interval that contains the true value with probability `confidence`.
    pub fn half_width(&self, estimate: &Estimate, confidence: f64) -> Option<f64> {
        estimate.half_width_at(self.made_at(confidence))
    }

    /// The probability of a mean this far from 0 if the true value were 0.
    pub fn p_value(&self, estimate: &Estimate) -> Option<f64> {
        let by = if self.uncertain.stopped_when_narrow { 1.0 / IF_STOPPED } else { 1.0 };
        estimate.p_value().map(|p| (p * by).min(1.0))
    }

    fn made_at(&self, confidence: f64) -> f64 {
        made_at(confidence, self.uncertain.stopped_when_narrow)
    }

    /// The mean of a figure, for display.
    pub fn interval(&self, observed: &Observed) -> Option<Interval> {
        let estimate = self.estimate(observed)?;
        let simulation = self.half_width(&self.in_scope(observed, Scope::Simulation)?, CONFIDENCE);
        Some(Interval { mean: estimate.mean, half_width: self.half_width(&estimate, CONFIDENCE), simulation })
    }

    /// How far `figure` of one policy is above that of another, in the replications that both have.
    pub fn difference(&self, ours: usize, theirs: usize, figure: Figure) -> Option<Observed> {
        self.observed(ours, figure)?.less(&self.observed(theirs, figure)?)
    }

    /// AccI: where a policy's accuracy lies between the little network's and the big one's on the same images. A ratio
    /// of means over replications; none if the big network is no better.
    pub fn accuracy_gain(&self, policy: usize) -> Option<Interval> {
        let half = |scope| self.gain(policy, scope).map(|gain| gain.ratio.fieller(self.made_at(CONFIDENCE)));
        let (mean, half_width) = half(self.uncertain.scope)?;
        Some(Interval { mean, half_width, simulation: half(Scope::Simulation)?.1 })
    }

    /// How far the AccI of one policy is above that of another. None if one has no AccI, or no interval for it.
    pub fn difference_in_gain(&self, ours: usize, theirs: usize) -> Option<Estimate> {
        let (ours, theirs) = (self.gain(ours, self.uncertain.scope)?, self.gain(theirs, self.uncertain.scope)?);
        let level = self.made_at(CONFIDENCE);
        let (a, b) = (ours.ratio.fieller(level), theirs.ratio.fieller(level));
        a.1.and(b.1)?;
        let residuals = ours.residuals.less(&theirs.residuals)?;
        Some(Estimate { mean: a.0 - b.0, ..self.estimate(&residuals)? })
    }

    fn gain(&self, policy: usize, scope: Scope) -> Option<Gain> {
        let of = |read: fn(&SummaryRecord) -> Option<f64>, share| self.read(policy, read, vec![(share, 1.0)]);
        let accuracy = of(|run| run.accuracy, ImageShare::Accuracy(policy))?;
        let little = of(|run| run.little_accuracy, ImageShare::LittleAccuracy)?;
        let big = of(|run| run.big_accuracy, ImageShare::BigAccuracy)?;
        // Requests that got no answer count as wrong, while the networks' accuracies are of all images.
        if lost(&self.runs(policy)) >= WORTH_REPORTING {
            return None;
        }
        let (above, below) = (accuracy.less(&little)?, big.less(&little)?);
        let (a, b) = (self.in_scope(&above, scope)?, self.in_scope(&below, scope)?);
        if b.mean <= 0.0 {
            return None;
        }
        let residuals = above.less(&below.times(a.mean / b.mean))?.times(1.0 / b.mean);
        let n = above.values.len() as f64;
        let together: f64 =
            above.values.values().zip(below.values.values()).map(|(x, y)| (x - a.mean) * (y - b.mean)).sum();
        let images = match (scope, self.uncertain.images) {
            (Scope::Whole, Some(images)) => images.covariance_of_sums(&above.images, &below.images),
            _ => 0.0,
        };
        let unknown = Uncertainty { variance: f64::INFINITY, freedom: 1.0 };
        let variance = |estimate: Estimate| estimate.uncertainty.unwrap_or(unknown).variance;
        let freedom = self.in_scope(&residuals, scope)?.uncertainty.unwrap_or(unknown).freedom;
        let covariance = if n > 1.0 { together / (n - 1.0) / n } else { 0.0 };
        // The parts of a variance are estimated one by one, and some are left out; no two figures vary together more than
        // each varies.
        let most = (variance(a) * variance(b)).sqrt();
        let ratio = Ratio {
            above: (a.mean, variance(a)),
            below: (b.mean, variance(b)),
            covariance: (covariance + images).max(-most).min(most),
            freedom,
        };
        Some(Gain { ratio, residuals })
    }

    fn in_scope(&self, observed: &Observed, scope: Scope) -> Option<Estimate> {
        let estimate = observed.values.values().copied().collect::<Moments>().estimate()?;
        Some(match (scope, self.uncertain.images) {
            (Scope::Whole, Some(images)) => self.with_variance(estimate, images.variance(&observed.images)),
            _ => estimate,
        })
    }

    /// An estimate over replications with what the choice of images adds to its variance. Few replications say little of
    /// their own variance: more of it, well known, may then make a narrower interval, which nobody would believe.
    fn with_variance(&self, estimate: Estimate, of_images: f64) -> Estimate {
        let whole = estimate.with_variance(of_images);
        if whole.half_width() < estimate.half_width() { estimate } else { whole }
    }
}

impl Observed {
    /// How far it is above another figure, in the replications that both have; none if they have none in common.
    pub fn less(&self, other: &Self) -> Option<Self> {
        let both = self.values.iter().filter_map(|(number, a)| Some((*number, a - other.values.get(number)?)));
        let minus = other.images.iter().map(|(share, factor)| (*share, -factor));
        let images = self.images.iter().copied().chain(minus).collect();
        Some(Self { values: both.collect(), images }).filter(|difference| !difference.values.is_empty())
    }

    fn times(&self, factor: f64) -> Self {
        Self {
            values: self.values.iter().map(|(number, value)| (*number, value * factor)).collect(),
            images: self.images.iter().map(|(share, by)| (*share, by * factor)).collect(),
        }
    }

    /// Its mean.
    pub fn mean(&self) -> f64 {
        self.values.values().copied().collect::<Moments>().mean()
    }
}
