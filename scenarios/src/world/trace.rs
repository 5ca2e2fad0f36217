//! What chosen devices' radios did, moment by moment.

use std::collections::BTreeMap;

use device_models::RadioState;
use sim_core::Time;

/// The states of some radios over time; empty unless a trace was requested.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    radios: BTreeMap<u32, Vec<(Time, RadioState)>>,
}

impl Trace {
    /// A trace of these devices.
    pub(super) fn of(devices: &[u32]) -> Self {
        let asleep = vec![(Time::ZERO, RadioState::Idle)];
        Self { radios: devices.iter().map(|device| (*device, asleep.clone())).collect() }
    }

    /// Records that the radio of `device` is in a state.
    #[inline]
    pub(super) fn radio(&mut self, device: u32, now: Time, state: RadioState) {
        if self.radios.is_empty() {
            return;
        }
        if let Some(states) = self.radios.get_mut(&device)
            && states.last().is_none_or(|(_, last)| *last != state)
        {
            states.push((now, state));
        }
    }

    /// Each device with the states of its radio and when they began.
    pub fn radios(&self) -> impl Iterator<Item = (u32, &[(Time, RadioState)])> {
        self.radios.iter().map(|(device, states)| (*device, states.as_slice()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_recorded_when_it_begins_and_only_for_traced_devices() {
        let at = |seconds: u64| Time::from_nanos(seconds * 1_000_000_000);
        let mut trace = Trace::of(&[2]);
        for (device, seconds, state) in [
            (2, 1, RadioState::Active),
            (1, 2, RadioState::Tail(0)),
            (2, 3, RadioState::Active),
            (2, 4, RadioState::Tail(0)),
            (2, 5, RadioState::Tail(1)),
        ] {
            trace.radio(device, at(seconds), state);
        }
        let states = [
            (at(0), RadioState::Idle),
            (at(1), RadioState::Active),
            (at(4), RadioState::Tail(0)),
            (at(5), RadioState::Tail(1)),
        ];
        assert_eq!(trace.radios().collect::<Vec<_>>(), [(2, &states[..])]);
        let mut nothing = Trace::default();
        nothing.radio(2, at(1), RadioState::Active);
        assert_eq!(nothing.radios().count(), 0);
    }
}
