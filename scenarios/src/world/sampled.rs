//! A slow twin of the meters: the power in each device's state, sampled at every step and added up.

use std::ops::ControlFlow;

use device_models::RadioState;
use sim_core::{Simulation, Span, Time};

use super::{Run, World};

impl Run<'_> {
    /// Joules of each device, by sampling its power in the middle of every `step`. It uses neither meters nor energy
    /// accounts; the shorter the steps, the closer it comes to them.
    pub fn sampled_energy(&self, step: Span) -> Vec<f64> {
        let ignore = &mut |_, _: &_| ControlFlow::Continue(());
        let mut simulation = Simulation::new(World::new(self, &[], ignore));
        let mut joules = vec![0.0; self.plan.devices() as usize];
        simulation.world.begin(&mut simulation.agenda);
        let (end, mut from) = (Time::ZERO + self.plan.duration, Time::ZERO);
        while from < end {
            let until = (from + step).min(end);
            let lasts = until - from;
            simulation.run_until(from + Span::from_nanos(lasts.as_nanos() / 2));
            for (device, joules) in (0..).zip(&mut joules) {
                *joules += simulation.world.power(device) * lasts.as_secs();
            }
            from = until;
        }
        joules
    }
}

impl World<'_> {
    /// Watts of a device at this moment, from what it is doing.
    fn power(&self, device: u32) -> f64 {
        let (group, state) = (self.group(device), &self.devices[device as usize]);
        if state.died.is_some() {
            return 0.0;
        }
        let processor = match state.computing {
            None => group.processor.waiting_power(state.rest.map(usize::from)),
            // While it wakes up, it still counts as resting.
            Some(_) => match state.rest.and_then(|depth| group.processor.rests.get(usize::from(depth))) {
                Some(rest) => rest.wake_power.get().max(group.processor.idle.get()),
                None => group.processor.busy.get(),
            },
        };
        let radio = &self.plan.links[group.link].radio;
        let moving = |rate: Option<f64>, a_bit: f64| rate.map_or(0.0, |rate| rate * a_bit);
        let up = state.sending.map(|account| self.send_rate(group.link, account.request));
        let down = state.receiving.map(|account| self.flights[account.request].moving.rate());
        let radio = match state.radio {
            RadioState::Idle => radio.idle.get(),
            RadioState::Promoting(from) => radio.promoting_power(from),
            RadioState::Tail(phase) => radio.tail_power(phase),
            RadioState::Active => {
                let active = if up.is_some() || down.is_some() { radio.active.get() } else { 0.0 };
                active + moving(up, radio.per_bit_up.get()) + moving(down, radio.per_bit_down.get())
            }
        };
        processor + radio
    }
}
