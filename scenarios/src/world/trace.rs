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
