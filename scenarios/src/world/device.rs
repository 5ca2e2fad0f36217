//! Devices: arrivals, the processor and its queue, the battery.

use std::collections::VecDeque;

use analysis::{DeviceRecord, EnergyParts, Outcome};
use device_models::{Component, Ledger, RadioState};
use rand::RngExt;
use rand_distr::{Distribution, Exp1};
use sim_core::{Agenda, Arrival, Handle, Span, Station, Stream, Streams, Time};

use super::{Event, Request, World};
use crate::plan::Plan;
use crate::schema::Arrivals;

/// A device's state.
pub struct Device {
    pub group: usize,
    /// Requests that have arrived so far.
    pub requests: u32,
    arrivals: Stream,
    /// When the last period began, or the last request arrived.
    last_arrival: Option<Time>,
    pub images: Stream,
    pub ledger: Ledger,
    processor: Station<Request>,
    /// Who has the processor, what had been spent on computing before, and since when.
    computing: Option<(Request, f64, Time)>,
    compute_timer: Option<Handle>,
    computed: Span,
    pub radio: RadioState,
    pub radio_timer: Option<Handle>,
    pub outbox: VecDeque<Request>,
    pub sending: Option<Request>,
    pub inbox: VecDeque<Request>,
    pub receiving: Option<Request>,
    pub receive_timer: Option<Handle>,
    /// Whose transfer ended last: the tail is its doing.
    pub last_transfer: Option<Request>,
    /// Whom energy now spent on each component is booked to, and what had been spent before.
    pub owners: Vec<(Component, Request, f64)>,
    /// Every request that has not ended, and some that have, in case the battery does.
    pub noted: Vec<Request>,
    /// How many may be noted before those that have ended are struck off.
    room: usize,
    battery_timer: Option<Handle>,
    pub died: Option<Time>,
}

impl Device {
    pub fn new(plan: &Plan, number: u32, streams: &Streams) -> Self {
        let group = plan.group_of(number);
        let planned = &plan.groups[group];
        let mut ledger = Ledger::default();
        let idle = planned.processor.idle.get() + plan.links[planned.link].radio.idle.get();
        ledger.set(Time::ZERO, Component::Idle, idle);
        Self {
            group,
            requests: 0,
            arrivals: streams.open("arrivals", number.into()),
            last_arrival: None,
            images: streams.open("images", number.into()),
            ledger,
            processor: Station::new(1, Some(planned.queue)),
            computing: None,
            compute_timer: None,
            computed: Span::ZERO,
            radio: RadioState::default(),
            radio_timer: None,
            outbox: VecDeque::new(),
            sending: None,
            inbox: VecDeque::new(),
            receiving: None,
            receive_timer: None,
            last_transfer: None,
            owners: Vec::new(),
            noted: Vec::new(),
            room: 8,
            battery_timer: None,
            died: None,
        }
    }

    /// Draws when the next request arrives.
    pub fn next_arrival(&mut self, arrivals: &Arrivals) -> Time {
        match arrivals {
            Arrivals::Poisson(rate) => {
                let gap: f64 = Exp1.sample(&mut self.arrivals);
                let at = self.last_arrival.unwrap_or(Time::ZERO) + Span::from_secs(gap / rate.get());
                self.last_arrival = Some(at);
                at
            }
            Arrivals::Periodic { every, jitter } => {
                let mut draw = |most: f64| Span::from_secs(most * self.arrivals.random::<f64>());
                let period = match self.last_arrival {
                    None => Time::ZERO + draw(every.get()),
                    Some(last) => last + every.span(),
                };
                let late = draw(jitter.get());
                self.last_arrival = Some(period);
                period + late
            }
            Arrivals::Renewal(gap) => {
                let at = self.last_arrival.unwrap_or(Time::ZERO) + gap.sample(&mut self.arrivals);
                self.last_arrival = Some(at);
                at
            }
        }
    }

    /// Notes a request that the end of the battery would end, too. Striking off doubles the room, so that it costs nothing
    /// much however many are under way.
    pub fn note(&mut self, request: Request, ended: impl Fn(Request) -> bool) {
        if self.noted.len() >= self.room {
            self.noted.retain(|noted| !ended(*noted));
            self.room = 8.max(2 * self.noted.len());
        }
        self.noted.push(request);
    }

    /// Everything scheduled for this device alone.
    pub fn timers(&mut self) -> impl Iterator<Item = Handle> + use<> {
        let timers = [&mut self.compute_timer, &mut self.radio_timer, &mut self.receive_timer, &mut self.battery_timer];
        timers.map(Option::take).into_iter().flatten()
    }
}

impl World<'_> {
    pub(super) fn queue_for_processor(&mut self, device: u32, request: Request, now: Time, agenda: &mut Agenda<Event>) {
        match self.devices[device as usize].processor.arrive(request) {
            Arrival::Starts(request) => self.start_edge(device, request, now, agenda),
            Arrival::Waits(_) => {}
            Arrival::Rejected(request) => self.end(request, Outcome::Rejected, None, now, agenda),
        }
    }

    fn start_edge(&mut self, device: u32, request: Request, now: Time, agenda: &mut Agenda<Event>) {
        let group = self.group(device);
        let state = &mut self.devices[device as usize];
        state.computing = Some((request, state.ledger.spent_on(Component::Compute, now), now));
        state.ledger.set(now, Component::Compute, group.processor.extra_power());
        state.compute_timer = Some(agenda.timer(now + group.processor.time(group.work), Event::EdgeDone { device }));
        self.records[request as usize].edge_start = Some(now.as_nanos());
        self.watch_battery(device, now, agenda);
    }

    pub(super) fn edge_done(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        let Some(request) = self.settle_computing(device, now) else { return };
        let state = &mut self.devices[device as usize];
        state.ledger.set(now, Component::Compute, 0.0);
        // Those that gave up while they waited are passed over.
        let open = &self.open;
        let next = std::iter::from_fn(|| state.processor.depart()).find(|next| !open[*next as usize].ended);
        match next {
            Some(next) => self.start_edge(device, next, now, agenda),
            None => self.watch_battery(device, now, agenda),
        }
        if !self.open[request as usize].ended {
            self.records[request as usize].edge_done = Some(now.as_nanos());
            self.decide(device, request, now, agenda);
        }
    }

    fn settle_computing(&mut self, device: u32, now: Time) -> Option<Request> {
        let state = &mut self.devices[device as usize];
        let (request, before, since) = state.computing.take()?;
        state.computed += now - since;
        self.book(device, request, Component::Compute, before, now);
        Some(request)
    }

    /// Books everything under way on a device up to now.
    pub(super) fn settle(&mut self, device: u32, now: Time) {
        if self.devices[device as usize].died.is_none() {
            self.settle_computing(device, now);
            for component in Component::ALL {
                self.disown(device, component, now);
            }
        }
    }

    /// Plans the moment the battery will be empty if nothing changes; called whenever the power may have.
    pub(super) fn watch_battery(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        let Some(battery) = self.group(device).battery else { return };
        let state = &mut self.devices[device as usize];
        if let Some(timer) = state.battery_timer.take() {
            agenda.cancel(timer);
        }
        if state.died.is_none() {
            let empty = battery.empty_at(&state.ledger, now).filter(|at| *at < Time::ZERO + self.plan.duration);
            state.battery_timer = empty.map(|at| agenda.timer(at, Event::BatteryEmpty { device }));
        }
    }

    pub(super) fn device_record(&self, device: u32, end: Time) -> DeviceRecord {
        let (group, state) = (self.group(device), &self.devices[device as usize]);
        let spent = |component| state.ledger.spent_on(component, end);
        let energy = EnergyParts {
            compute: spent(Component::Compute),
            transmit: spent(Component::Transmit),
            receive: spent(Component::Receive),
            promotion: spent(Component::Promotion),
            tail: spent(Component::Tail),
            idle: spent(Component::Idle),
        };
        let life = group.battery.and_then(|battery| match state.died {
            Some(at) => Some(at.as_secs()),
            None => battery.life(energy.total(), end.as_secs()),
        });
        DeviceRecord {
            device,
            group: group.name.clone(),
            requests: state.requests.into(),
            energy,
            attributed: 0.0,
            battery: group.battery.map(|battery| battery.capacity.get()),
            died: state.died.map(Time::as_nanos),
            life,
            processor_busy: state.computed.as_secs() / end.as_secs(),
            uplink_bytes: 0,
        }
    }
}
