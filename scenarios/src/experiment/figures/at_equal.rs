//! Two policies where they are equally accurate.
//!
//! Thresholds are set on one half of the images and judged on the other, so a target is reached only about, and two
//! scores miss it differently. What each has to send up to be as accurate as the other is read off the curves of the
//! evaluation half ([`Lead`]); what it then spends, off its runs and those with other thresholds on the same score.

use std::collections::BTreeMap;

use analysis::{Lead, SummaryRecord, ThresholdCurve};
use sim_core::{Estimate, Moments};

use super::{Figures, Observed, Scope};
use crate::schema::Figure;

/// A method and a rival where both are as accurate as the method is with its threshold.
#[derive(Clone, Debug)]
pub struct AtEqual {
    /// What both have to send up for it.
    pub lead: Lead,
    /// Joules per request that the method then spends.
    pub energy: f64,
    /// Joules per request that the rival then spends.
    pub rival_energy: f64,
    /// How many more the method spends than the rival.
    pub apart: Estimate,
}

/// Appeal rates that are told apart.
const SAME: f64 = 1e-3;

/// What a policy sent up and spent.
#[derive(Clone, Copy)]
struct Spent {
    /// Share sent up.
    appeals: f64,
    /// Joules per request.
    joules: f64,
    /// How many more joules, per unit of the share, with one appeal more.
    response: f64,
}

impl Spent {
    fn of(run: &SummaryRecord) -> Option<Self> {
        let response = Figure::Energy.response(&run.responses);
        Some(Self { appeals: run.appeal_rate?, joules: run.energy?, response })
    }
}

/// Joules per request by share sent up: lines between what was observed, and beyond that, the response to one appeal more.
/// Appeals close together share a radio's tail, so the lines of one run alone would not reach far.
pub struct Energies(
    /// At least one, ascending in what was sent up.
    Vec<Spent>,
);

impl Energies {
    fn new(mut observed: Vec<Spent>) -> Option<Self> {
        observed.sort_by(|a, b| a.appeals.total_cmp(&b.appeals));
        observed.dedup_by(|a, b| a.appeals - b.appeals < SAME);
        (!observed.is_empty()).then_some(Self(observed))
    }

    /// Joules per request when this share is sent up.
    pub fn at(&self, appeals: f64) -> f64 {
        let (nearest, slope) = self.line(appeals);
        nearest.joules + slope * (appeals - nearest.appeals)
    }

    /// How many more joules a request costs, per unit of the share, around this one.
    pub fn slope(&self, appeals: f64) -> f64 {
        self.line(appeals).1
    }

    /// The least and the largest share that was sent up.
    pub fn observed(&self) -> (f64, f64) {
        (self.0[0].appeals, self.0[self.0.len() - 1].appeals)
    }

    /// What was observed on one side of a share, and the slope of the line from there.
    fn line(&self, appeals: f64) -> (Spent, f64) {
        let after = self.0.partition_point(|spent| spent.appeals < appeals).min(self.0.len() - 1);
        let (before, b) = (self.0[after.saturating_sub(1)], self.0[after]);
        if appeals > b.appeals || after == 0 {
            return (b, b.response);
        }
        (before, (b.joules - before.joules) / (b.appeals - before.appeals))
    }
}

impl Figures<'_> {
    /// All comparisons at equal accuracy that can be made.
    pub fn at_equal_accuracy(&self) -> Vec<AtEqual> {
        // Where a threshold sends up nothing, there is nothing to compare.
        let leads = self.leads().iter().filter(|lead| lead.appeals > 0.0);
        leads.filter_map(|lead| self.at_equal(lead)).collect()
    }

    /// What every threshold comes to on the evaluation half; nothing if intervals leave out the choice of images.
    pub fn curves(&self) -> &[ThresholdCurve] {
        match (self.uncertain.scope, self.uncertain.images) {
            (Scope::Whole, Some(images)) => &images.curves,
            _ => &[],
        }
    }

    /// Joules per request by share sent up, from what these policies did send up and spend; none if they did not run.
    pub fn energies_by_appeals(&self, policies: &[usize]) -> Option<Energies> {
        Energies::new(policies.iter().filter_map(|policy| self.spent(*policy)).collect())
    }

    /// The same from end to end: a threshold that keeps all spends what `local` does, and one that sends up all what
    /// `offload` does, and what `local` does before.
    pub fn energies_to_the_ends(
        &self,
        policies: &[usize],
        local: Option<usize>,
        offload: Option<usize>,
    ) -> Option<Energies> {
        let mut observed: Vec<Spent> = policies.iter().filter_map(|policy| self.spent(*policy)).collect();
        if let Some(kept) = local.and_then(|local| self.spent(local)) {
            let sent = offload.and_then(|offload| self.spent(offload));
            observed.extend(sent.map(|sent| Spent { joules: kept.joules + sent.joules, ..sent }));
            observed.push(kept);
        }
        Energies::new(observed)
    }

    /// Means over the runs of a policy, if there are any.
    fn spent(&self, policy: usize) -> Option<Spent> {
        let runs: Vec<Spent> = self.runs[policy].values().map(|run| Spent::of(run)).collect::<Option<_>>()?;
        let mean = |read: fn(&Spent) -> f64| runs.iter().map(read).collect::<Moments>().mean();
        let (appeals, joules) = (mean(|spent| spent.appeals), mean(|spent| spent.joules));
        (!runs.is_empty()).then(|| Spent { appeals, joules, response: mean(|spent| spent.response) })
    }

    /// A policy and those with other thresholds on the same score.
    fn alike(&self, policy: usize) -> Vec<usize> {
        let curve = self.curves().iter().find(|curve| curve.policies.contains(&policy));
        curve.map_or(vec![policy], |curve| curve.policies.clone())
    }

    fn at_equal(&self, lead: &Lead) -> Option<AtEqual> {
        let ours = self.energy_with(lead.policy, lead.appeals)?;
        let theirs = self.energy_with(lead.rival, lead.rival_appeals)?;
        let slope = |policy: usize, appeals: f64| Some(self.energies_by_appeals(&self.alike(policy))?.slope(appeals));
        let (a, b) = (slope(lead.policy, lead.appeals)?, slope(lead.rival, lead.rival_appeals)?);
        // Both move with the threshold that was drawn, so they vary together.
        let [ours_vary, theirs_vary] = lead.variances;
        let together = (ours_vary + theirs_vary - lead.variance) / 2.0;
        let of_images = (a * a * ours_vary + b * b * theirs_vary - 2.0 * a * b * together).max(0.0);
        let apart = self.with_variance(self.estimate(&ours.less(&theirs)?)?, of_images);
        Some(AtEqual { lead: *lead, energy: ours.mean(), rival_energy: theirs.mean(), apart })
    }

    /// Joules per request of a policy in each replication, had it sent up this share of its requests: from its own run, and
    /// those with other thresholds on the same score.
    fn energy_with(&self, policy: usize, appeals: f64) -> Option<Observed> {
        let alike = self.alike(policy);
        let in_replication = |number: &u32| {
            let spent = |policy: &usize| Spent::of(self.runs[*policy].get(number)?);
            Some((*number, Energies::new(alike.iter().filter_map(spent).collect())?.at(appeals)))
        };
        let values: BTreeMap<u32, f64> = self.runs[policy].keys().filter_map(in_replication).collect();
        Some(Observed { values, images: Vec::new() }).filter(|observed| !observed.values.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn energies_lie_on_the_lines_between_what_was_observed() {
        let spent = |appeals, joules, response| Spent { appeals, joules, response };
        let energies = Energies::new(vec![spent(0.3, 3.0, 7.0), spent(0.1, 2.0, 5.0)]).unwrap();
        for (appeals, joules) in [(0.1, 2.0), (0.2, 2.5), (0.3, 3.0), (0.0, 1.5), (1.0, 7.9)] {
            assert!((energies.at(appeals) - joules).abs() < 1e-9, "{appeals}: {}", energies.at(appeals));
        }
        assert_eq!([0.0, 0.2, 0.9].map(|appeals| (energies.slope(appeals) * 1e9).round() / 1e9), [5.0, 5.0, 7.0]);
        assert_eq!(energies.observed(), (0.1, 0.3));
        assert!(Energies::new(Vec::new()).is_none());
    }
}
