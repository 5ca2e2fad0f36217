//! Devices: their state, the power they draw, and how they die.

use std::collections::VecDeque;

use analysis::{BatteryRecord, DeviceRecord, EnergyParts};
use device_models::{Battery, Component, Connection, Ledger, Next, Processor, Radio, RadioState, Store};
use sim_core::{Agenda, Handle, Span, Station, Streams, Time};

use super::battery_load::Drawn;
use super::pipeline::Pipeline;
use super::{Event, Request, World};
use crate::plan::{Group, Plan, Workload};
use crate::policies::Situation;

/// An energy account: the request that a component's energy is booked to, and what the component had spent before.
#[derive(Clone, Copy, Debug)]
pub struct EnergyAccount {
    pub request: Request,
    pub before: f64,
}

/// State that only a device on a battery has.
pub struct Powered {
    pub store: Store,
    /// When it will be empty, or the harvested power may change.
    timer: Option<Handle>,
    is_empty: bool,
    /// Every request that has not ended, and some that have, in case the battery runs empty.
    pub noted: Vec<Request>,
    pub drawn: Drawn,
    /// How many may be noted before those that have ended are removed.
    room: usize,
    /// Requests that had arrived when it ran empty, if it did.
    pub outlived: Option<u32>,
}

impl Powered {
    fn new(battery: &Battery) -> Self {
        let (store, drawn) = (Store::full(battery), Drawn::default());
        Self { store, timer: None, is_empty: false, noted: Vec::new(), room: 8, drawn, outlived: None }
    }

    /// Notes a request that would end with the battery. Ended ones are removed when the room is used up, which then
    /// doubles, so that removal is cheap however many are under way.
    pub fn note(&mut self, request: Request, ended: impl Fn(Request) -> bool) {
        if self.noted.len() >= self.room {
            self.noted.retain(|noted| !ended(*noted));
            self.room = 8.max(2 * self.noted.len());
        }
        self.noted.push(request);
    }
}

/// A device's state. The fields that every request touches come first and together: with a million devices, most time
/// is spent on memory access.
#[repr(C)]
pub struct Device {
    /// Requests that have arrived so far.
    pub requests: u32,
    pub workload: Workload,
    pub processor: Station<Request>,
    /// The account of the request on the processor, and since when.
    pub computing: Option<(EnergyAccount, Time)>,
    pub computed: Span,
    /// Joules booked to requests.
    pub attributed: f64,
    pub ledger: Ledger,
    pub died: Option<Time>,
    /// The end of what the processor is doing, or its next state of rest.
    pub compute_timer: Option<Handle>,
    /// Number of the state it rests in; none if awake.
    pub rest: Option<u8>,
    pub radio: RadioState,
    pub radio_timer: Option<Handle>,
    /// Account of the request that woke the radio, or whose transfer ended last: promotion and tail are booked to it.
    pub rousing: Option<EnergyAccount>,
    pub last_transfer: Option<Request>,
    pub connection: Connection,
    pub outbox: VecDeque<Request>,
    pub sending: Option<EnergyAccount>,
    pub send_timer: Option<Handle>,
    pub inbox: VecDeque<Request>,
    /// Answers, and the attempts they are to, that have reached the link but not the radio, which is not listening.
    pub unheard: Vec<(Request, u8)>,
    pub receiving: Option<EnergyAccount>,
    pub receive_timer: Option<Handle>,
    /// State that only a device on a battery has.
    pub powered: Option<Box<Powered>>,
    /// What is within its processor, if that takes requests before the last one is done.
    pub pipeline: Option<Box<Pipeline>>,
    /// Bytes sent.
    pub uplink_bytes: u64,
}

impl Device {
    pub fn new(plan: &Plan, number: u32, streams: &Streams) -> Self {
        let planned = &plan.groups[plan.group_of(number)];
        let mut ledger = Ledger::default();
        let idle = planned.processor.idle.get() + plan.links[planned.link].radio.idle.get();
        ledger.set(Time::ZERO, Component::Idle, idle);
        Self {
            requests: 0,
            workload: Workload::new(number, &planned.arrivals, streams),
            ledger,
            processor: Station::new(1, Some(planned.queue)),
            computing: None,
            compute_timer: None,
            rest: None,
            computed: Span::ZERO,
            radio: RadioState::default(),
            radio_timer: None,
            rousing: None,
            last_transfer: None,
            connection: Connection::default(),
            outbox: VecDeque::new(),
            sending: None,
            send_timer: None,
            inbox: VecDeque::new(),
            unheard: Vec::new(),
            receiving: None,
            receive_timer: None,
            powered: planned.battery.as_ref().map(|battery| Box::new(Powered::new(battery))),
            pipeline: planned.processor.is_pipelined().then(Box::default),
            died: None,
            attributed: 0.0,
            uplink_bytes: 0,
        }
    }

    /// Reads a little of each part that events need, to prefetch it; the result has no meaning.
    pub fn touch(&self) -> u64 {
        let parts = [
            u64::from(self.requests),
            u64::from(self.workload.drawn()),
            self.processor.busy() as u64,
            self.computed.as_nanos(),
            self.ledger.power().to_bits(),
            self.died.map_or(0, Time::as_nanos),
            self.last_transfer.map_or(0, u64::from),
        ];
        parts.into_iter().fold(0, u64::wrapping_add)
    }

    /// Whether neither its processor nor a pipeline in it holds a request.
    pub fn has_nothing_to_compute(&self) -> bool {
        self.computing.is_none() && self.pipeline.as_ref().is_none_or(|pipeline| pipeline.is_empty())
    }

    /// Idle watts: of the processor in its state of rest, and of the radio if it is idle.
    pub fn idle_power(&self, processor: &Processor, radio: &Radio) -> f64 {
        // A processor that rests but has something to do is waking up.
        let depth = self.rest.filter(|_| self.computing.is_none()).map(usize::from);
        let radio = if self.radio == RadioState::Idle { radio.idle.get() } else { 0.0 };
        processor.waiting_power(depth) + radio
    }

    /// What the device knows of itself when it decides about a request.
    pub fn situation(&self, group: &Group, now: Time) -> Situation {
        let charge = self
            .powered
            .as_ref()
            .zip(group.battery.as_ref())
            .map(|(powered, battery)| (powered.store.at(battery, now).level() / battery.usable()).max(0.0));
        Situation {
            now,
            waiting: self.processor.waiting(),
            sending: self.outbox.len() + usize::from(self.sending.is_some()),
            radio_ready: self.radio == RadioState::Active,
            charge,
        }
    }

    /// All timers of this device.
    pub fn timers(&mut self) -> impl Iterator<Item = Handle> + use<> {
        let battery_timer = self.powered.as_mut().and_then(|powered| powered.timer.take());
        let timers = [&mut self.compute_timer, &mut self.radio_timer, &mut self.send_timer, &mut self.receive_timer];
        timers.map(Option::take).into_iter().chain([battery_timer]).flatten()
    }
}

impl World<'_> {
    /// Books all energy under way on a device up to now.
    pub(super) fn settle(&mut self, device: u32, now: Time) {
        if self.devices[device as usize].died.is_some() {
            return;
        }
        self.settle_computing(device, now);
        self.settle_send(device, now);
        if let Some(account) = self.devices[device as usize].receiving {
            self.settle_receive(device, now);
            self.flights[account.request].arrived();
        }
        let state = &mut self.devices[device as usize];
        let (rousing, radio) = (state.rousing.take(), state.radio);
        if let Some(account) = rousing {
            let component =
                if matches!(radio, RadioState::Promoting(_)) { Component::Promotion } else { Component::Tail };
            self.book(device, component, account, now);
        }
    }

    /// Sets the idle power.
    pub(super) fn set_idle_power(&mut self, device: u32, now: Time) {
        let group = self.group(device);
        let watts = self.devices[device as usize].idle_power(&group.processor, &self.plan.links[group.link].radio);
        self.devices[device as usize].ledger.set(now, Component::Idle, watts);
    }

    /// Updates the battery's load, and schedules the moment it will be empty or the harvested power changes; called
    /// whenever the power may have changed.
    pub(super) fn watch_battery(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        let Some(battery) = &self.group(device).battery else { return };
        let Device { powered: Some(powered), ledger, died: None, .. } = &mut self.devices[device as usize] else {
            return;
        };
        if let Some(timer) = powered.timer.take() {
            agenda.cancel(timer);
        }
        let next = powered.store.follow(battery, now, ledger.power());
        powered.is_empty = matches!(next, Next::Empty(_));
        let (Next::Empty(at) | Next::Change(at)) = next else { return };
        if at < Time::ZERO + self.plan.duration {
            powered.timer = Some(agenda.timer(at, Event::BatteryStep { device }));
        }
    }

    /// A battery is empty, or the harvested power has changed.
    pub(super) fn battery_step(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        let Some(powered) = &mut self.devices[device as usize].powered else { return };
        powered.timer = None;
        if powered.is_empty { self.death(device, now, agenda) } else { self.watch_battery(device, now, agenda) }
    }

    pub(super) fn device_record(&self, device: u32, end: Time) -> DeviceRecord {
        let (group, state) = (self.group(device), &self.devices[device as usize]);
        let spent = |component| state.ledger.spent_on(component, end);
        let energy = EnergyParts {
            compute: spent(Component::Compute),
            prepare: spent(Component::Prepare),
            transmit: spent(Component::Transmit),
            receive: spent(Component::Receive),
            promotion: spent(Component::Promotion),
            tail: spent(Component::Tail),
            idle: spent(Component::Idle),
        };
        let until = state.died.unwrap_or(end);
        let battery = group.battery.as_ref().zip(state.powered.as_ref()).map(|(battery, powered)| {
            let store = powered.store.at(battery, until);
            BatteryRecord {
                usable: battery.usable(),
                left: store.level().max(0.0),
                harvested: store.harvested(),
                spilled: store.spilled(),
                drained: store.drained(),
                lost_in_conversion: store.lost_in_conversion(),
            }
        });
        let life = battery.and_then(|battery| self.battery_life(device, battery.left, end));
        DeviceRecord {
            device,
            group: group.name.clone(),
            requests: state.requests.into(),
            energy,
            attributed: state.attributed,
            battery,
            died: state.died.map(Time::as_nanos),
            life,
            processor_busy: state.computed.as_secs() / end.as_secs(),
            uplink_bytes: state.uplink_bytes,
        }
    }
}
