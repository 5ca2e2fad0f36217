//! Two policies where they are equally accurate.
//!
//! Thresholds are set on one half of the images and judged on the other, so a target is reached only about, and two
//! scores miss it differently. What each has to send up to be as accurate as the other is read off the curves of the
//! evaluation half ([`Lead`]); what it then spends, off its runs: what it did spend, and the response of that to its
//! appeal rate.

use std::collections::BTreeMap;

use analysis::{Lead, ThresholdCurve};
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

/// Joules per request by share sent up: lines between what was observed, and beyond that, the response to one appeal more.
pub struct Energies {
    /// Share sent up, ascending, and joules.
    corners: Vec<(f64, f64)>,
    /// Joules per unit of the share.
    response: f64,
}

impl Energies {
    /// Joules per request when this share is sent up.
    pub fn at(&self, appeals: f64) -> f64 {
        let after = self.corners.partition_point(|(share, _)| *share < appeals);
        let corner = |place: Option<usize>| place.and_then(|place| self.corners.get(place)).copied();
        match (corner(after.checked_sub(1)), corner(Some(after))) {
            (Some((x0, y0)), Some((x1, y1))) => y0 + (y1 - y0) * (appeals - x0) / (x1 - x0),
            (Some((x, y)), None) | (None, Some((x, y))) => y + self.response * (appeals - x),
            (None, None) => 0.0,
        }
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
        let spent = |policy: &usize| {
            let mean = |figure| Some(self.observed(*policy, figure)?.mean());
            Some((mean(Figure::AppealRate)?, mean(Figure::Energy)?))
        };
        let mut corners: Vec<(f64, f64)> = policies.iter().filter_map(spent).collect();
        corners.sort_by(|a, b| a.0.total_cmp(&b.0));
        corners.dedup_by(|a, b| a.0 - b.0 < SAME);
        let energy = |policy: &usize| self.response(*policy, |responses| Figure::Energy.response(responses));
        let response = policies.iter().map(energy).collect::<Moments>().mean();
        (!corners.is_empty()).then_some(Energies { corners, response })
    }

    fn at_equal(&self, lead: &Lead) -> Option<AtEqual> {
        let ours = self.energy_with(lead.policy, lead.appeals)?;
        let theirs = self.energy_with(lead.rival, lead.rival_appeals)?;
        let response = |policy| self.response(policy, |responses| Figure::Energy.response(responses));
        let by_appeals = (response(lead.policy) + response(lead.rival)) / 2.0;
        let apart = self.with_variance(self.estimate(&ours.less(&theirs)?)?, by_appeals * by_appeals * lead.variance);
        Some(AtEqual { lead: *lead, energy: ours.mean(), rival_energy: theirs.mean(), apart })
    }

    /// Joules per request of a policy in each replication, had it sent up this share of its requests.
    fn energy_with(&self, policy: usize, appeals: f64) -> Option<Observed> {
        let values = self.runs[policy].iter().map(|(number, run)| {
            let more = appeals - run.appeal_rate?;
            Some((*number, run.energy? + Figure::Energy.response(&run.responses) * more))
        });
        let values: BTreeMap<u32, f64> = values.collect::<Option<_>>()?;
        Some(Observed { values, images: Vec::new() }).filter(|observed| !observed.values.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn energies_lie_on_the_lines_between_what_was_observed() {
        let energies = Energies { corners: vec![(0.1, 2.0), (0.3, 3.0)], response: 7.0 };
        for (appeals, joules) in [(0.1, 2.0), (0.2, 2.5), (0.3, 3.0), (0.0, 1.3), (1.0, 7.9)] {
            assert!((energies.at(appeals) - joules).abs() < 1e-9, "{appeals}: {}", energies.at(appeals));
        }
    }
}
