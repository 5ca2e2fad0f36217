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

#[cfg(test)]
mod tests {
    use super::*;

    /// 2 W of computing and half a watt of idling from 1 s on: by 3 s that is 4 J and 1 J, and 10 J were added for
    /// bits. Computing stops at 4 s, everything at 6 s.
    #[test]
    fn joules_by_component() {
        let at = |seconds: u64| Time::from_nanos(seconds * 1_000_000_000);
        let mut ledger = Ledger::default();
        assert_eq!((ledger.power(), ledger.spent(at(1))), (0.0, 0.0));
        ledger.set(at(1), Component::Compute, 2.0);
        ledger.set(at(1), Component::Idle, 0.5);
        ledger.add(Component::Transmit, 10.0);
        let spent = |ledger: &Ledger, now| {
            let on = [Component::Compute, Component::Idle, Component::Transmit, Component::Tail];
            (on.map(|component| ledger.spent_on(component, now)), ledger.spent(now), ledger.power())
        };
        assert_eq!(spent(&ledger, at(3)), ([4.0, 1.0, 10.0, 0.0], 15.0, 2.5));
        // Saying again what is so changes nothing.
        ledger.set(at(3), Component::Compute, 2.0);
        ledger.set(at(4), Component::Compute, 0.0);
        ledger.add(Component::Transmit, 1.0);
        assert_eq!(spent(&ledger, at(5)), ([6.0, 2.0, 11.0, 0.0], 19.0, 0.5));
        ledger.switch_off(at(6));
        assert_eq!(spent(&ledger, at(9)), ([6.0, 2.5, 11.0, 0.0], 19.5, 0.0));
    }

    #[test]
    fn all_components_are_in_the_order_of_their_figures() {
        assert!(Component::ALL.iter().enumerate().all(|(place, component)| *component as usize == place));
    }
}
