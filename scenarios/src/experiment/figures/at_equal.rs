//! Two policies where they are equally accurate.
//!
//! Thresholds are set on one half of the images and judged on the other, so a target is reached only about, and two
//! scores miss it differently. What each has to send up to be as accurate as the other is read off the curves of the
//! evaluation half ([`Lead`]); what it then spends, off its runs: what it did spend, and the response of that to its
//! appeal rate.

use std::collections::BTreeMap;

use analysis::Lead;
use sim_core::Estimate;

use super::{Figures, Observed};
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

impl Figures<'_> {
    /// All comparisons at equal accuracy that can be made.
    pub fn at_equal_accuracy(&self) -> Vec<AtEqual> {
        // Where a threshold sends up nothing, there is nothing to compare.
        let leads = self.leads().iter().filter(|lead| lead.appeals > 0.0);
        leads.filter_map(|lead| self.at_equal(lead)).collect()
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
