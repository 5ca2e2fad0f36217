//! Batteries: a store of joules.
//!
//! Left out: ageing, temperature, the rate dependence of the capacity, self-discharge.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::{Span, Time};

use crate::energy::Ledger;
use crate::units::Energy;

/// A store of so many joules.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Battery {
    /// What can be drawn before the device dies.
    pub capacity: Energy,
}

impl Battery {
    /// When it will be empty if the power stays as it is; none if it never will.
    pub fn empty_at(&self, ledger: &Ledger, now: Time) -> Option<Time> {
        let left = self.capacity.get() - ledger.spent(now);
        let power = ledger.power();
        if left <= 0.0 {
            return Some(now);
        }
        (power > 0.0).then(|| now + Span::from_secs_up(left / power))
    }

    /// How long it lasts, in seconds, if a device that spent `spent` joules in `seconds` goes on like that.
    pub fn life(&self, spent: f64, seconds: f64) -> Option<f64> {
        (spent > 0.0).then(|| self.capacity.get() * seconds / spent)
    }
}
