//! A slow twin of the meters: what every device is doing is read off its state and added up, without meters, energy
//! accounts or records.
//!
//! States only change at events, so what is added up from event to event is exact but for rounding: the last bit of a
//! transfer is through at a whole nanosecond, up to one too late. Power may also be sampled at a fixed step, as other
//! simulators do; see [validation](crate::validation).

use std::ops::ControlFlow;

use analysis::{EnergyParts, RequestRecord};
use device_models::{Component, Direction, RadioState};
use sim_core::{Simulation, Span, Time};

use super::{Observation, Run, World};

/// What devices and requests were seen doing over a run.
#[derive(Clone, Debug, Default)]
pub struct Watched {
    /// The devices.
    pub devices: Vec<WatchedDevice>,
    /// The integral over time of the number of requests that have arrived and not ended, in seconds.
    pub under_way: f64,
}

/// What a device was seen doing over a run.
#[derive(Clone, Copy, Debug, Default)]
pub struct WatchedDevice {
    /// Its energy.
    pub energy: EnergyParts,
    /// Bits sent.
    pub up_bits: f64,
    /// Bits received.
    pub down_bits: f64,
}

/// What a device is doing at a moment: watts by what they are for, and bits a second.
#[derive(Clone, Copy, Default)]
struct Doing {
    watts: EnergyParts,
    up: f64,
    down: f64,
}

impl Run<'_> {
    /// Adds up what everything is doing, from event to event.
    pub fn watched(&self) -> Watched {
        let mut watched = self.nothing_yet();
        let ignore = &mut |_, _: &_| ControlFlow::Continue(());
        let (mut simulation, end) = self.at_the_start(ignore);
        let mut now = Time::ZERO;
        while now < end {
            simulation.run_until(now + Span::from_nanos(1));
            let next = simulation.peek().unwrap_or(end).min(end);
            watched.add(&simulation.world, next - now);
            now = next;
        }
        watched
    }

    /// The same by looking in the middle of every `step`, whatever happens within it.
    pub fn sampled(&self, step: Span) -> Watched {
        let mut watched = self.nothing_yet();
        let ignore = &mut |_, _: &_| ControlFlow::Continue(());
        let (mut simulation, end) = self.at_the_start(ignore);
        let mut now = Time::ZERO;
        while now < end {
            let next = (now + step).min(end);
            let lasts = next - now;
            simulation.run_until(now + Span::from_nanos(lasts.as_nanos() / 2));
            watched.add(&simulation.world, lasts);
            now = next;
        }
        watched
    }

    fn nothing_yet(&self) -> Watched {
        Watched { devices: vec![WatchedDevice::default(); self.plan.devices() as usize], under_way: 0.0 }
    }

    fn at_the_start<'a>(
        &'a self,
        sink: &'a mut dyn FnMut(RequestRecord, &Observation) -> ControlFlow<()>,
    ) -> (Simulation<World<'a>>, Time) {
        let mut simulation = Simulation::new(World::new(self, &[], sink));
        simulation.world.begin(&mut simulation.agenda);
        (simulation, Time::ZERO + self.plan.duration)
    }
}

impl Watched {
    /// Everything goes on for `lasts` as it is now.
    fn add(&mut self, world: &World, lasts: Span) {
        let seconds = lasts.as_secs();
        for (number, device) in (0..).zip(&mut self.devices) {
            let Doing { watts, up, down } = world.doing(number);
            device.energy += joules(watts, seconds);
            device.up_bits += up * seconds;
            device.down_bits += down * seconds;
        }
        self.under_way += world.journeys.under_way() as f64 * seconds;
    }
}

/// What `watts` come to over `seconds`.
fn joules(watts: EnergyParts, seconds: f64) -> EnergyParts {
    EnergyParts {
        compute: watts.compute * seconds,
        prepare: watts.prepare * seconds,
        transmit: watts.transmit * seconds,
        receive: watts.receive * seconds,
        promotion: watts.promotion * seconds,
        tail: watts.tail * seconds,
        idle: watts.idle * seconds,
    }
}

impl World<'_> {
    fn doing(&self, device: u32) -> Doing {
        let (group, state) = (self.group(device), &self.devices[device as usize]);
        let route = &self.routes[self.plan.group_of(device)];
        let mut doing = Doing::default();
        if state.died.is_some() {
            return doing;
        }
        let processor = &group.processor;
        let resting = state.processor.resting(processor);
        let (idle, watts) = (processor.idle.get(), &mut doing.watts);
        match (state.processor.works_for(), resting) {
            (None, None) => watts.idle += idle,
            (None, Some(rest)) => watts.idle += rest.power.get(),
            // While it wakes up, it still counts as resting. It idles, and draws more on top of that.
            (Some(request), resting) => {
                watts.idle += idle;
                let appealed = self.journeys[request].work() == Component::Prepare;
                let extra = match (resting, &group.prepare) {
                    (Some(rest), _) => (rest.wake_power.get() - idle).max(0.0),
                    (None, Some(prepare)) if appealed => prepare.extra_power,
                    (None, _) => route.segments[self.journeys[request].segments()].extra_power,
                };
                *(if appealed { &mut watts.prepare } else { &mut watts.compute }) += extra;
            }
        }
        let radio = &self.plan.links[group.link].radio;
        match state.radio.state {
            RadioState::Idle => watts.idle += radio.idle.get(),
            RadioState::Promoting(None) => watts.promotion += radio.promotion_power.get(),
            RadioState::Promoting(Some(phase)) => {
                watts.promotion += radio.tail[usize::from(phase)].promotion_power.get();
            }
            RadioState::Tail(phase) => {
                watts.tail += radio.tail.get(usize::from(phase)).map_or(0.0, |phase| phase.power.get());
            }
            RadioState::Active => {
                let link = &self.links[group.link];
                let (up, down) = (state.radio.up.request(), state.radio.down.request());
                if let Some(journey) = up.map(|request| &self.journeys[request]) {
                    doing.up = link.rate(Direction::Up, journey);
                    let extra = link.extra_power(journey);
                    watts.transmit += radio.active.get() + extra + radio.per_bit_up.get() * doing.up;
                }
                if let Some(journey) = down.map(|request| &self.journeys[request]) {
                    doing.down = link.rate(Direction::Down, journey);
                    // If it does both, it is active once, for sending.
                    let active = if up.is_some() { 0.0 } else { radio.active.get() };
                    watts.receive += active + radio.per_bit_down.get() * doing.down;
                }
            }
        }
        doing
    }
}
