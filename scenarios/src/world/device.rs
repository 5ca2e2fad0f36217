//! Devices: their units, the power they draw, and how they die.

mod appeals;
mod connecting;
mod deciding;
mod expecting;
mod processing;
mod transfers;

use analysis::{DeviceRecord, Outcome};
use device_models::{Component, RadioState};
use sim_core::{Handle, Streams, Time};

use super::at::AtDevice;
use super::battery::BatteryUnit;
use super::energy::Energy;
use super::processor::ProcessorUnit;
use super::radio::RadioUnit;
use super::{Event, Request};
use crate::plan::{Group, Plan, Workload};
use crate::policies::Situation;

/// A device's state. The fields that every request touches come first and together: with a million devices, most time
/// is spent on memory access.
#[repr(C)]
pub struct Device {
    /// Requests that have arrived so far.
    pub requests: u32,
    pub workload: Workload,
    pub processor: ProcessorUnit,
    pub energy: Energy,
    pub died: Option<Time>,
    pub radio: RadioUnit,
    /// Its battery, if it is on one.
    pub battery: Option<Box<BatteryUnit>>,
    /// Bytes sent.
    pub uplink_bytes: u64,
}

impl Device {
    /// A device that rests, with nothing to do.
    pub fn new(plan: &Plan, number: u32, streams: &Streams) -> Self {
        let planned = &plan.groups[plan.group_of(number)];
        let idle = planned.processor.idle.get() + plan.links[planned.link].radio.idle.get();
        let mut energy = Energy::default();
        energy.draw(Component::Idle, idle, Time::ZERO);
        Self {
            requests: 0,
            workload: Workload::new(number, &planned.arrivals, streams),
            processor: ProcessorUnit::new(&planned.processor, planned.queue),
            energy,
            died: None,
            radio: RadioUnit::default(),
            battery: planned.battery.as_ref().map(|battery| Box::new(BatteryUnit::new(battery))),
            uplink_bytes: 0,
        }
    }

    /// Reads a little of each part that events need, to prefetch it; the result has no meaning.
    pub fn touch(&self) -> u64 {
        let parts = [
            u64::from(self.requests),
            u64::from(self.workload.drawn()),
            self.processor.touch(),
            self.energy.power().to_bits(),
            self.died.map_or(0, Time::as_nanos),
            self.radio.touch(),
        ];
        parts.into_iter().fold(0, u64::wrapping_add)
    }

    /// Schedules what happens without any request.
    pub fn begin(&mut self, at: &mut AtDevice) {
        self.plan_rest(at);
        self.watch_battery(at);
    }

    /// A request arrives.
    pub fn receive(&mut self, request: Request, at: &mut AtDevice) {
        if self.died.is_some() {
            return at.end(request, Outcome::DeviceDead, None);
        }
        if let Some(unit) = &mut self.battery {
            unit.note(request, |request| at.journeys.ended(request));
        }
        if let Some(timeout) = at.group.timeout {
            let timer = at.agenda.timer(at.now + timeout, Event::Timeout { request });
            at.journeys[request].limit(timer);
        }
        self.decide(request, None, at);
    }

    /// Share of its battery's charge that is left, if it has one.
    pub fn charge(&self, group: &Group, now: Time) -> Option<f64> {
        let (unit, battery) = self.battery.as_ref().zip(group.battery.as_ref())?;
        Some(if self.died.is_some() { 0.0 } else { unit.charge(battery, now) })
    }

    /// What the device knows of itself when it decides about a request.
    pub fn situation(&self, group: &Group, now: Time) -> Situation {
        Situation {
            now,
            waiting: self.processor.waiting(),
            sending: self.radio.sending(),
            radio_ready: self.radio.state == RadioState::Active,
            rate: self.radio.last_rate(),
            round_trip: self.radio.last_round_trip(),
            charge: self.charge(group, now),
        }
    }

    /// Sets the idle power: of the processor in its state of rest, and of the radio if it is idle.
    pub fn set_idle_power(&mut self, at: &AtDevice) {
        let radio = if self.radio.state == RadioState::Idle { at.access.radio.idle.get() } else { 0.0 };
        let watts = self.processor.waiting_power(&at.group.processor) + radio;
        self.energy.draw(Component::Idle, watts, at.now);
    }

    /// Updates the battery's load, and schedules the moment it will be empty or the harvested power changes; called
    /// whenever the power may have changed.
    pub fn watch_battery(&mut self, at: &mut AtDevice) {
        let (Some(battery), Some(unit), None) = (&at.group.battery, &mut self.battery, self.died) else { return };
        if let Some(timer) = unit.watch(None) {
            at.agenda.cancel(timer);
        }
        if let Some(when) = unit.supply(battery, self.energy.power(), at.now).filter(|when| *when < at.end) {
            unit.watch(Some(at.agenda.timer(when, Event::BatteryStep { device: at.device })));
        }
    }

    /// A battery is empty, or the harvested power has changed.
    pub fn battery_step(&mut self, at: &mut AtDevice) {
        let Some(unit) = &mut self.battery else { return };
        unit.watch(None);
        if unit.is_empty() { self.die(at) } else { self.watch_battery(at) }
    }

    /// The battery is empty: the device does nothing from now on, and what it was doing is lost.
    fn die(&mut self, at: &mut AtDevice) {
        self.withdraw(at);
        self.settle(at);
        self.died = Some(at.now);
        self.energy.switch_off(at.now);
        for timer in self.stop() {
            at.agenda.cancel(timer);
        }
        self.radio.lose_all(at.journeys);
        let Some(unit) = &mut self.battery else { return };
        for request in unit.dies(self.requests) {
            if !at.journeys.ended(request) {
                at.end(request, Outcome::DeviceDead, None);
            }
        }
    }

    /// Stops all units; returns their timers.
    fn stop(&mut self) -> impl Iterator<Item = Handle> + use<> {
        let battery = self.battery.as_mut().and_then(|unit| unit.watch(None));
        let processor = self.processor.stop();
        self.radio.stop().chain([processor, battery].into_iter().flatten())
    }

    /// Books all energy under way up to now.
    pub fn settle(&mut self, at: &mut AtDevice) {
        if self.died.is_some() {
            return;
        }
        self.finish_work(at);
        self.settle_transfers(at);
        self.settle_rousing(at);
    }

    /// Its row, without the life of its battery.
    pub fn record(&self, number: u32, group: &Group, end: Time) -> DeviceRecord {
        let until = self.died.unwrap_or(end);
        let battery = group.battery.as_ref().zip(self.battery.as_ref());
        DeviceRecord {
            device: number,
            group: group.name.clone(),
            requests: self.requests.into(),
            energy: self.energy.parts(end),
            attributed: self.energy.booked(),
            battery: battery.map(|(battery, unit)| unit.record(battery, until)),
            died: self.died.map(Time::as_nanos),
            life: None,
            processor_busy: self.processor.worked().as_secs() / end.as_secs(),
            uplink_bytes: self.uplink_bytes,
        }
    }
}
