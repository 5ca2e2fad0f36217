//! What a device spends, and for which requests.
//!
//! A [`Ledger`] integrates each component's power. What a component spends while it works for a request is booked to
//! that request: an account is opened when the work begins and closed when it ends.

use analysis::EnergyParts;
use device_models::{Component, Ledger};
use sim_core::Time;

use super::Request;
use super::journey::part;
use super::journeys::Journeys;

/// An energy account: the request that a component's energy is booked to, and what the component had spent before.
#[derive(Clone, Copy, Debug)]
pub struct Account {
    pub request: Request,
    before: f64,
}

/// A device's energy.
#[derive(Default)]
pub struct Energy {
    /// Joules booked to requests.
    booked: f64,
    ledger: Ledger,
}

impl Energy {
    /// From `now`, `component` draws `watts`.
    pub fn draw(&mut self, component: Component, watts: f64, now: Time) {
        self.ledger.set(now, component, watts);
    }

    /// Adds joules spent on `component` in addition to its power.
    pub fn add(&mut self, component: Component, joules: f64) {
        self.ledger.add(component, joules);
    }

    /// Nothing is drawn from `now`.
    pub fn switch_off(&mut self, now: Time) {
        self.ledger.switch_off(now);
    }

    /// Watts drawn now.
    pub fn power(&self) -> f64 {
        self.ledger.power()
    }

    /// Joules from the start to `now`.
    pub fn spent(&self, now: Time) -> f64 {
        self.ledger.spent(now)
    }

    /// Joules from the start to `now`, by what they were spent on.
    pub fn parts(&self, now: Time) -> EnergyParts {
        let mut parts = EnergyParts::default();
        for component in Component::ALL {
            *part(&mut parts, component) = self.ledger.spent_on(component, now);
        }
        parts
    }

    /// Joules booked to requests.
    pub fn booked(&self) -> f64 {
        self.booked
    }

    /// From now on, what `component` spends is booked to `request`.
    pub fn open(&self, component: Component, request: Request, journeys: &mut Journeys, now: Time) -> Account {
        journeys[request].account_opened();
        Account { request, before: self.ledger.spent_on(component, now) }
    }

    /// Books what `component` has spent since an account was opened.
    pub fn close(&mut self, component: Component, account: Account, journeys: &mut Journeys, now: Time) {
        let spent = self.ledger.spent_on(component, now) - account.before;
        self.booked += spent;
        journeys[account.request].account_closed(component, spent);
    }
}
