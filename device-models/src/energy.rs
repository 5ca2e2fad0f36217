//! Where a device's joules go.

use sim_core::{Meter, Time};

/// What a joule was spent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Component {
    /// Running the little network, above idling.
    Compute,
    /// Sending.
    Transmit,
    /// Receiving.
    Receive,
    /// The radio's way from idle to connected.
    Promotion,
    /// The radio staying connected after a transfer.
    Tail,
    /// Being switched on: the processor idling, the radio listening.
    Idle,
}

impl Component {
    /// Every component, in the order of [`Ledger`]'s figures.
    pub const ALL: [Self; 6] = [Self::Compute, Self::Transmit, Self::Receive, Self::Promotion, Self::Tail, Self::Idle];
}

/// A device's energy by component: one exact meter each.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ledger {
    meters: [Meter; Component::ALL.len()],
}

impl Ledger {
    /// From `now` on, `component` draws `watts`.
    pub fn set(&mut self, now: Time, component: Component, watts: f64) {
        let meter = &mut self.meters[component as usize];
        if meter.rate() != watts {
            meter.set(now, watts);
        }
    }

    /// Joules of `component` from the start to `now`.
    pub fn spent_on(&self, component: Component, now: Time) -> f64 {
        self.meters[component as usize].total_at(now)
    }

    /// Joules of all components from the start to `now`.
    pub fn spent(&self, now: Time) -> f64 {
        self.meters.iter().map(|meter| meter.total_at(now)).sum()
    }

    /// Watts drawn now.
    pub fn power(&self) -> f64 {
        self.meters.iter().map(Meter::rate).sum()
    }

    /// Nothing is drawn from `now` on.
    pub fn switch_off(&mut self, now: Time) {
        self.meters.iter_mut().for_each(|meter| meter.set(now, 0.0));
    }
}
