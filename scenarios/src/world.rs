//! The moving parts of a scenario, and one enum of what can happen to them.
//!
//! ```text
//! arrival -> device queue -> little network -> policy -> keep -> answer
//!                                                 |
//!                                              appeal -> radio -> uplink -> WAN -> cloud queue -> batch, big network
//!                                                                 answer <- downlink <- WAN <-------'
//! ```
//!
//! Networks really run; what they cost comes from the models. A request's random numbers come from streams of its own or
//! of its device, never from the order in which things happen, so two policies see the same arrivals, images and channels.

mod cloud;
mod device;
mod event;
mod radio;
mod uplink;

use std::sync::Arc;

use analysis::tables::Keyed;
use analysis::{DeviceRecord, Outcome, RequestRecord};
use device_models::{Channel, Component};
use inference::{Half, Scratch};
use rand::RngExt;
use sim_core::{Agenda, Handle, Simulation, Span, Streams, Time};

use crate::plan::{Group, Minds, Plan, Sight};
use crate::policies::{Decision, Evidence, Policy};
use cloud::CloudState;
use device::Device;
use event::Event;
use uplink::Uplink;

/// Number of a request, in order of arrival.
type Request = u32;

/// What a run leaves behind.
pub struct RunRecords {
    /// A row a request, in order of arrival.
    pub requests: Vec<Keyed<RequestRecord>>,
    /// A row a device.
    pub devices: Vec<Keyed<DeviceRecord>>,
    /// Share of the time the cloud's servers worked.
    pub cloud_busy: f64,
}

/// Everything that has a state.
struct World<'a> {
    plan: &'a Plan,
    minds: &'a Minds,
    policy: &'a dyn Policy,
    images: Vec<u32>,
    streams: Streams,
    devices: Vec<Device>,
    uplinks: Vec<Uplink>,
    cloud: CloudState,
    open: Vec<Underway>,
    records: Vec<RequestRecord>,
    scratch: Scratch,
}

/// What is known of a request beyond its record.
struct Underway {
    sight: Sight,
    channel: Channel,
    chance: f64,
    timer: Option<Handle>,
    ended: bool,
}

/// Runs one policy for one replication; `label` is what records call the policy.
pub fn run(plan: &Plan, minds: &Minds, policy: &dyn Policy, label: &str, replication: u32) -> RunRecords {
    let world = World::new(plan, minds, policy, replication);
    let mut simulation = Simulation::new(world);
    for device in 0..plan.devices() {
        simulation.world.schedule_arrival(device, &mut simulation.agenda);
        simulation.world.watch_battery(device, Time::ZERO, &mut simulation.agenda);
    }
    simulation.run_until(Time::ZERO + plan.duration);
    simulation.world.close(Time::ZERO + plan.duration, Arc::from(label), replication)
}

impl<'a> World<'a> {
    fn new(plan: &'a Plan, minds: &'a Minds, policy: &'a dyn Policy, replication: u32) -> Self {
        let streams = Streams::new(plan.seed, replication.into());
        let devices = (0..plan.devices()).map(|number| Device::new(plan, number, &streams)).collect();
        Self {
            plan,
            minds,
            policy,
            images: minds.data.half(Half::Evaluation).map(|image| image as u32).collect(),
            streams,
            devices,
            uplinks: plan.links.iter().map(|access| Uplink::new(&access.link)).collect(),
            cloud: CloudState::new(&plan.cloud),
            open: Vec::new(),
            records: Vec::new(),
            scratch: Scratch::default(),
        }
    }

    fn group(&self, device: u32) -> &'a Group {
        &self.plan.groups[self.devices[device as usize].group]
    }

    fn schedule_arrival(&mut self, device: u32, agenda: &mut Agenda<Event>) {
        let arrivals = &self.group(device).arrivals;
        let at = self.devices[device as usize].next_arrival(arrivals);
        agenda.at(at, Event::Arrival { device });
    }

    fn arrival(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        let (group, access) = (self.group(device), &self.plan.links[self.group(device).link]);
        let request = self.records.len() as Request;
        let state = &mut self.devices[device as usize];
        let number = state.requests;
        state.requests += 1;
        let image = self.images[state.images.random_range(0..self.images.len())];
        // Keyed by the request's own number on its device: whatever a policy does elsewhere changes nothing here.
        let entity = u64::from(device) << 32 | u64::from(number);
        let sight = Sight::drawn(image, group.degrade.as_ref(), || self.streams.open("degrade", entity));
        let mut channel = self.streams.open("channel", entity);
        let channel = access.link.draw(group.payload, group.answer, &mut channel);
        let chance = self.streams.open("chance", entity).random();
        self.records.push(RequestRecord {
            request,
            device,
            image,
            label: self.minds.data.label(image as usize),
            measured: now.as_nanos() >= self.plan.warmup.as_nanos(),
            degradation: sight.degradation().map(|harm| (harm.kind.name(), harm.strength)),
            arrival: now.as_nanos(),
            ..RequestRecord::default()
        });
        let dead = state.died.is_some();
        self.open.push(Underway { sight, channel, chance, timer: None, ended: false });
        self.schedule_arrival(device, agenda);
        if dead {
            return self.end(request, Outcome::DeviceDead, None, now, agenda);
        }
        if group.battery.is_some() {
            let open = &self.open;
            self.devices[device as usize].note(request, |request| open[request as usize].ended);
        }
        if let Some(timeout) = group.timeout {
            self.open[request as usize].timer = Some(agenda.timer(now + timeout, Event::Timeout { request }));
        }
        if self.policy.asks_little() {
            self.queue_for_processor(device, request, now, agenda);
        } else {
            self.decide(device, request, now, agenda);
        }
    }

    /// The policy's moment.
    fn decide(&mut self, device: u32, request: Request, now: Time, agenda: &mut Agenda<Event>) {
        let Underway { sight, chance, .. } = &self.open[request as usize];
        let (minds, chance) = (self.minds, *chance);
        let little = self.records[request as usize].edge_done.map(|_| minds.ask_little(sight, &mut self.scratch));
        let hindsight = || minds.hindsight(sight, &mut Scratch::default());
        let decision = self.policy.decide(&Evidence { little: little.as_ref(), chance, hindsight: &hindsight });
        if let Some(answer) = little {
            let record = &mut self.records[request as usize];
            record.edge_class = Some(answer.class);
            record.q = answer.scores.q;
            record.max_softmax = Some(answer.scores.max_softmax);
            record.margin = Some(answer.scores.margin);
            record.certainty = Some(answer.scores.certainty);
        }
        match (decision, little) {
            (Decision::Keep, Some(answer)) => self.end(request, Outcome::Edge, Some(answer.class), now, agenda),
            _ => {
                self.records[request as usize].appealed = true;
                self.devices[device as usize].outbox.push_back(request);
                self.pump_radio(device, now, agenda);
            }
        }
    }

    fn timeout(&mut self, request: Request, now: Time, agenda: &mut Agenda<Event>) {
        let stand_in = self.records[request as usize].edge_class;
        let outcome = if stand_in.is_some() { Outcome::TimedOutEdge } else { Outcome::TimedOut };
        self.end(request, outcome, stand_in, now, agenda);
    }

    /// The one place where requests end. What is still on its way for a request that has ended (a transfer, a batch, an
    /// answer) runs its course and changes nothing.
    fn end(&mut self, request: Request, outcome: Outcome, answer: Option<u8>, now: Time, agenda: &mut Agenda<Event>) {
        let underway = &mut self.open[request as usize];
        if std::mem::replace(&mut underway.ended, true) {
            return;
        }
        if let Some(timer) = underway.timer.take() {
            agenda.cancel(timer);
        }
        let device = self.records[request as usize].device;
        let deadline = self.group(device).deadline;
        let record = &mut self.records[request as usize];
        record.outcome = outcome;
        record.answer = answer;
        record.end = Some(now.as_nanos());
        let took = Span::from_nanos(now.as_nanos() - record.arrival);
        record.in_time = deadline.map(|deadline| answer.is_some() && took <= deadline);
    }

    /// A battery is empty: the device is silent from now on, and what it was doing is lost.
    fn death(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        self.settle(device, now);
        let link = self.group(device).link;
        let state = &mut self.devices[device as usize];
        state.died = Some(now);
        state.ledger.switch_off(now);
        for timer in state.timers() {
            agenda.cancel(timer);
        }
        let sending = state.sending.take();
        for request in std::mem::take(&mut state.noted) {
            self.end(request, Outcome::DeviceDead, None, now, agenda);
        }
        if let Some(request) = sending {
            self.withdraw(link, request, now, agenda);
        }
    }

    /// Books what is under way to whom it belongs, and makes the records.
    fn close(mut self, end: Time, policy: Arc<str>, replication: u32) -> RunRecords {
        let mut devices = Vec::with_capacity(self.devices.len());
        for device in 0..self.plan.devices() {
            self.settle(device, end);
            devices.push(self.device_record(device, end));
        }
        for record in &self.records {
            let device = &mut devices[record.device as usize];
            device.attributed += record.energy.total();
            device.uplink_bytes += record.uplink_bytes;
        }
        self.look_back();
        let cloud_busy = self.cloud.busy_share(end);
        RunRecords {
            requests: keyed(self.records, &policy, replication),
            devices: keyed(devices, &policy, replication),
            cloud_busy,
        }
    }

    /// Notes what both networks make of every image, asked or not: what a policy could have had.
    fn look_back(&mut self) {
        let mut known = vec![None; self.minds.data.len()];
        for (record, Underway { sight, .. }) in self.records.iter_mut().zip(&self.open) {
            let mut ask = || self.minds.hindsight(sight, &mut self.scratch);
            let hindsight = match sight.degradation() {
                None => *known[record.image as usize].get_or_insert_with(ask),
                Some(_) => ask(),
            };
            (record.little_right, record.big_right) = (hindsight.little_right, hindsight.big_right);
        }
    }

    /// Adds what `component` spent since `since` to the energy of `request`.
    fn book(&mut self, device: u32, request: Request, component: Component, since: f64, now: Time) {
        let spent = self.devices[device as usize].ledger.spent_on(component, now) - since;
        let energy = &mut self.records[request as usize].energy;
        let part = match component {
            Component::Compute => &mut energy.compute,
            Component::Transmit => &mut energy.transmit,
            Component::Receive => &mut energy.receive,
            Component::Promotion => &mut energy.promotion,
            Component::Tail => &mut energy.tail,
            Component::Idle => &mut energy.idle,
        };
        *part += spent;
    }
}

impl sim_core::World for World<'_> {
    type Event = Event;

    fn handle(&mut self, now: Time, event: Event, agenda: &mut Agenda<Event>) {
        match event {
            Event::Arrival { device } => self.arrival(device, now, agenda),
            Event::EdgeDone { device } => self.edge_done(device, now, agenda),
            Event::RadioReady { device } => self.radio_ready(device, now, agenda),
            Event::RadioSleeps { device } => self.radio_sleeps(device, now, agenda),
            Event::SendDone { link } => self.send_done(link, now, agenda),
            Event::CloudArrival { request } => self.cloud_arrival(request, now, agenda),
            Event::BatchDue => self.start_batches(now, agenda),
            Event::BatchDone { batch } => self.batch_done(batch, now, agenda),
            Event::AnswerArrival { request } => self.answer_arrival(request, now, agenda),
            Event::ReceiveDone { device } => self.receive_done(device, now, agenda),
            Event::Timeout { request } => self.timeout(request, now, agenda),
            Event::BatteryEmpty { device } => self.death(device, now, agenda),
        }
    }
}

fn keyed<R>(rows: Vec<R>, policy: &Arc<str>, replication: u32) -> Vec<Keyed<R>> {
    rows.into_iter().map(|row| Keyed { policy: policy.clone(), replication, row }).collect()
}
