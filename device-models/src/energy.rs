//! The energy account of a device.

use sim_core::Time;

/// What a joule was spent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Component {
    /// Running the little network, above idling.
    Compute,
    /// Preparing appeals to be sent, above idling.
    Prepare,
    /// Sending.
    Transmit,
    /// Receiving.
    Receive,
    /// The radio going from idle to connected.
    Promotion,
    /// The radio staying connected after a transfer.
    Tail,
    /// Being switched on: the processor idling, the radio listening.
    Idle,
}

impl Component {
    /// Every component, in the order of [`Ledger`]'s figures.
    pub const ALL: [Self; 7] =
        [Self::Compute, Self::Prepare, Self::Transmit, Self::Receive, Self::Promotion, Self::Tail, Self::Idle];
}

/// A device's energy by component, exact: power is constant between changes.
///
/// Energy per bit rather than per second may be added when the bits are counted, with [`Ledger::add`]; both ways give
/// the same joules.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ledger {
    since: Time,
    watts: [f64; Component::ALL.len()],
    joules: [f64; Component::ALL.len()],
}

impl Ledger {
    /// From `now`, `component` draws `watts`.
    #[inline]
    pub fn set(&mut self, now: Time, component: Component, watts: f64) {
        if self.watts[component as usize] != watts {
            self.advance(now);
            self.watts[component as usize] = watts;
        }
    }

    /// Adds joules spent on `component` in addition to its power.
    pub fn add(&mut self, component: Component, joules: f64) {
        self.joules[component as usize] += joules;
    }

    /// Joules of `component` from the start to `now`.
    pub fn spent_on(&self, component: Component, now: Time) -> f64 {
        let index = component as usize;
        self.joules[index] + self.watts[index] * (now - self.since).as_secs()
    }

    /// Joules of all components from the start to `now`.
    pub fn spent(&self, now: Time) -> f64 {
        self.joules.iter().sum::<f64>() + self.power() * (now - self.since).as_secs()
    }

    /// Watts drawn now.
    pub fn power(&self) -> f64 {
        self.watts.iter().sum()
    }

    /// Nothing is drawn from `now`.
    pub fn switch_off(&mut self, now: Time) {
        self.advance(now);
        self.watts = [0.0; Component::ALL.len()];
    }

    fn advance(&mut self, now: Time) {
        let seconds = (now - self.since).as_secs();
        self.joules.iter_mut().zip(self.watts).for_each(|(joules, watts)| *joules += watts * seconds);
        self.since = now;
    }
}
