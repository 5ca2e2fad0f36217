//! The moving parts of a scenario, and one enum of the events that can happen to them.
//!
//! ```text
//! arrival -> device queue -> little network -> policy -> keep -> answer
//!                                                 |
//!                                              appeal -> prepare -> radio -> connection -> uplink -> WAN -> queue
//!                                                                                                                |
//!                                           answer <- downlink <- the radio listens <- WAN <- batch, big network <'
//! ```
//!
//! Networks really run; their costs come from the models. A request's random numbers come from its own streams or its
//! device's, never from the order of events, so two policies see the same arrivals, images and channels.
//!
//! Records leave in order of arrival as soon as nothing can change them any more; only requests under way are kept.

mod appeals;
mod battery_load;
mod device;
mod device_rates;
mod event;
mod flights;
mod offered;
mod pipeline;
mod processor;
mod radio;
mod run;
mod tier;
mod trace;
mod twin;
mod uplink;
mod workload;

use std::ops::ControlFlow;

use analysis::{Moment, Outcome, RequestRecord};
use device_models::{Component, Transfer};
use rand::RngExt;
use sim_core::{Agenda, Span, Streams, Time};

use crate::plan::{CLOUD, Evaluator, Group, NetworkPair, Observation, Plan, PrecomputedAnswers};
use crate::policies::{Decision, Evidence, Hindsight, Policy};
use device::{Device, EnergyAccount};
use device_rates::DeviceRates;
use event::Event;
use flights::{Flight, Flights, Moving};
use offered::Asked;
use tier::{Attempt, TierState};
use uplink::Uplink;

pub use run::{Run, RunEnd, Sink};
pub use trace::Trace;
pub use twin::{Watched, WatchedDevice};
pub use workload::{Workload, entity};

/// Number of a request, in order of arrival.
type Request = u32;

/// All state of a run.
struct World<'a> {
    plan: &'a Plan,
    policy: &'a dyn Policy,
    evaluator: Evaluator<'a>,
    precomputed: Option<&'a PrecomputedAnswers>,
    networks: &'a NetworkPair,
    /// Which networks are right about each image that is not degraded, once known.
    known: Vec<Option<Hindsight>>,
    streams: Streams,
    devices: Vec<Device>,
    uplinks: Vec<Uplink>,
    downlinks: Vec<DeviceRates>,
    tiers: Vec<TierState>,
    flights: Flights,
    /// The load that the devices of each group put on their links.
    asked: Vec<Asked>,
    /// When the energy drawn from batteries is recorded next.
    next_battery_mark: Option<Time>,
    trace: Trace,
    /// Takes the records and what the devices saw; returns whether to continue.
    sink: &'a mut dyn FnMut(RequestRecord, &Observation) -> ControlFlow<()>,
}

impl<'a> World<'a> {
    fn new(
        run: &'a Run,
        traced: &[u32],
        sink: &'a mut dyn FnMut(RequestRecord, &Observation) -> ControlFlow<()>,
    ) -> Self {
        let Run { plan, networks, precomputed, policy, replication } = *run;
        let streams = Streams::new(plan.seed, replication.into());
        Self {
            plan,
            policy,
            evaluator: Evaluator::new(networks, precomputed),
            precomputed,
            networks,
            known: vec![None; networks.data.len()],
            streams,
            devices: (0..plan.devices()).map(|number| Device::new(plan, number, &streams)).collect(),
            uplinks: (0..)
                .zip(&plan.links)
                .map(|(number, access)| Uplink::new(number, &access.link, &streams))
                .collect(),
            downlinks: plan
                .links
                .iter()
                .map(|access| DeviceRates::new(&access.link.downlink, "downlink-rate"))
                .collect(),
            tiers: (0..).zip(&plan.tiers).map(|(number, tier)| TierState::new(tier, number, &streams)).collect(),
            flights: Flights::default(),
            asked: vec![Asked::default(); plan.groups.len()],
            next_battery_mark: None,
            trace: Trace::of(traced),
            sink,
        }
    }

    fn group(&self, device: u32) -> &'a Group {
        // Looked up in the plan, which is in the cache; a device among a million may not be.
        &self.plan.groups[self.plan.group_of(device)]
    }

    /// Schedules the first events.
    fn begin(&mut self, agenda: &mut Agenda<Event>) {
        self.watch_batteries();
        for device in 0..self.plan.devices() {
            self.schedule_arrival(device, agenda);
            self.plan_rest(device, Time::ZERO, agenda);
            self.watch_battery(device, Time::ZERO, agenda);
        }
        for tier in 0..self.plan.tiers.len() as u8 {
            self.plan_outage(tier, Time::ZERO, agenda);
        }
    }

    fn schedule_arrival(&mut self, device: u32, agenda: &mut Agenda<Event>) {
        let arrivals = &self.group(device).arrivals;
        let at = self.devices[device as usize].workload.next_arrival(arrivals);
        agenda.at(at, Event::Arrival { device });
    }

    fn arrival(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        let group = self.group(device);
        // First of all, so that a device that is not in the cache is fetched while others' records leave.
        let state = &mut self.devices[device as usize];
        let (number, dead) = (state.requests, state.died.is_some());
        state.requests += 1;
        let image = state.workload.image(&group.images, self.plan.part_over(now));
        let next = state.workload.next_arrival(&group.arrivals);
        agenda.at(next, Event::Arrival { device });
        while let Some(flight) = self.flights.pop_settled() {
            if self.leave(flight).is_break() {
                return agenda.clear();
            }
        }
        let request = self.flights.next();
        // Keyed by the request's number on its device, so that a policy's other decisions change nothing here.
        let entity = entity(device, number);
        let observation = match &group.conditions.degrade {
            None => Observation::clear(image),
            Some(degrade) => Observation::drawn(image, Some(degrade), || self.streams.open("degrade", entity))
                .precomputed_at(self.precomputed.and_then(|precomputed| precomputed.place(device, number))),
        };
        let record = RequestRecord {
            request,
            device,
            image,
            label: self.networks.data.label(image as usize),
            measured: now.as_nanos() >= self.plan.warmup.as_nanos(),
            degradation: observation.degradation().map(|degradation| (degradation.kind.name(), degradation.strength)),
            arrival: now.as_nanos(),
            ..RequestRecord::default()
        };
        self.flights.push(Flight {
            record,
            observation,
            entity,
            channel: Default::default(),
            transfer: Transfer::NOTHING,
            moving: Moving::NOTHING,
            timer: None,
            attempt: 0,
            attempt_timer: None,
            ended: false,
            travelling: 0,
            accounts: 0,
        });
        if dead {
            return self.end(request, Outcome::DeviceDead, None, now, agenda);
        }
        if let Some(powered) = &mut self.devices[device as usize].powered {
            let flights = &self.flights;
            powered.note(request, |request| flights.ended(request));
        }
        if let Some(timeout) = group.timeout {
            self.flights[request].timer = Some(agenda.timer(now + timeout, Event::Timeout { request }));
        }
        if self.policy.asks_little() {
            self.queue_for_processor(device, request, now, agenda);
        } else {
            self.decide(device, request, now, agenda);
        }
    }

    /// Lets the policy decide.
    fn decide(&mut self, device: u32, request: Request, now: Time, agenda: &mut Agenda<Event>) {
        let flight = &self.flights[request];
        let little = flight.record.edge_done.map(|_| self.evaluator.little(&flight.observation));
        let (streams, entity) = (&self.streams, flight.entity);
        let decision = self.policy.decide(&mut Evidence {
            little: little.as_ref(),
            chance: &|| streams.open("chance", entity).random(),
            hindsight: &mut || look_back(&mut self.evaluator, &mut self.known, &flight.observation),
        });
        let record = &mut self.flights[request].record;
        if let Some(answer) = little {
            record.edge_class = Some(answer.class);
            record.q = answer.scores.q;
            record.max_softmax = Some(answer.scores.max_softmax);
            record.margin = Some(answer.scores.margin);
            record.certainty = Some(answer.scores.certainty);
        }
        match (decision, little) {
            (Decision::Keep, Some(answer)) => self.end(request, Outcome::Edge, Some(answer.class), now, agenda),
            _ => self.appeal(device, request, now, agenda),
        }
    }

    /// The only place where requests end. Whatever is still in transit for a request that has ended (a transfer, a
    /// batch, an answer) continues and changes nothing.
    fn end(&mut self, request: Request, outcome: Outcome, answer: Option<u8>, now: Time, agenda: &mut Agenda<Event>) {
        let flight = &mut self.flights[request];
        if std::mem::replace(&mut flight.ended, true) {
            return;
        }
        for timer in [flight.timer.take(), flight.attempt_timer.take()].into_iter().flatten() {
            agenda.cancel(timer);
        }
        let record = &mut flight.record;
        record.outcome = outcome;
        record.answer = answer;
        record.end = Some(now.as_nanos());
        let took = Span::from_nanos(now.as_nanos() - record.arrival);
        let deadline = self.plan.groups[self.plan.group_of(record.device)].deadline;
        record.in_time = deadline.map(|deadline| answer.is_some() && took <= deadline);
    }

    /// A battery is empty: the device does nothing from now on, and what it was doing is lost.
    fn death(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        self.withdraw(device, now, agenda);
        self.settle(device, now);
        let state = &mut self.devices[device as usize];
        state.died = Some(now);
        state.pipeline = None;
        state.ledger.switch_off(now);
        for timer in state.timers() {
            agenda.cancel(timer);
        }
        let unheard = state.unheard.drain(..).map(|(request, _)| request);
        for request in state.outbox.drain(..).chain(state.inbox.drain(..)).chain(unheard) {
            self.flights[request].arrived();
        }
        if let Some(powered) = &mut state.powered {
            powered.outlived = Some(state.requests);
        }
        for request in state.powered.as_mut().map(|powered| std::mem::take(&mut powered.noted)).unwrap_or_default() {
            if !self.flights.ended(request) {
                self.end(request, Outcome::DeviceDead, None, now, agenda);
            }
        }
    }

    /// Mean share of their charge that the batteries have left, if there are any.
    fn charge(&self, now: Time) -> Option<f64> {
        let (mut sum, mut count) = (0.0, 0u32);
        for group in &self.plan.groups {
            let Some(battery) = &group.battery else { continue };
            let devices = &self.devices[group.first as usize..(group.first + group.count) as usize];
            let left = |device: &Device| match (&device.powered, device.died) {
                (Some(powered), None) => (powered.store.at(battery, now).level() / battery.usable()).max(0.0),
                _ => 0.0,
            };
            sum += devices.iter().map(left).sum::<f64>();
            count += group.count;
        }
        (count > 0).then(|| sum / f64::from(count))
    }

    /// Books energy under way to its requests, and hands over all records that the sink still takes.
    fn close(mut self, end: Time, timeline: Vec<Moment>) -> RunEnd {
        for device in 0..self.plan.devices() {
            self.settle(device, end);
        }
        while let Some(mut flight) = self.flights.pop() {
            let record = &mut flight.record;
            let deadline = self.group(record.device).deadline;
            // A request under way past its deadline has already missed it.
            if record.end.is_none() && deadline.is_some_and(|d| end.as_nanos() - record.arrival > d.as_nanos()) {
                record.in_time = Some(false);
            }
            if self.leave(flight).is_break() {
                break;
            }
        }
        let devices = (0..self.plan.devices()).map(|device| self.device_record(device, end)).collect();
        let loads = self.offered_loads(end);
        let tiers = || self.tiers.iter().zip(&self.plan.tiers);
        let cloud = &self.tiers[usize::from(CLOUD)];
        RunEnd {
            devices,
            cloud_busy: cloud.busy_share(end),
            cloud_servers: cloud.mean_servers(end),
            edge_busy: tier::mean_busy_share(&self.tiers[1..], end),
            cloud_energy: tiers().map(|(state, tier)| state.energy(tier, end)).sum(),
            cloud_cost: tiers().map(|(state, tier)| state.cost(tier, end)).fold(None, add),
            loads,
            questions: self.evaluator.asked(),
            timeline,
            trace: self.trace,
        }
    }

    /// Hands over a record that nothing changes any more. Whether each network is right about its image is recorded
    /// even if the network did not run for it: that is what a policy could have achieved.
    fn leave(&mut self, flight: Flight) -> ControlFlow<()> {
        let Flight { mut record, observation, .. } = flight;
        let known = look_back(&mut self.evaluator, &mut self.known, &observation);
        (record.little_right, record.big_right) = (known.little_right, known.big_right);
        (self.sink)(record, &observation)
    }

    /// Opens an energy account: from now on, what `component` spends is booked to `request`.
    fn account(&mut self, device: u32, component: Component, request: Request, now: Time) -> EnergyAccount {
        self.flights[request].accounts += 1;
        EnergyAccount { request, before: self.devices[device as usize].ledger.spent_on(component, now) }
    }

    /// Closes an energy account: books what `component` spent to its request.
    fn book(&mut self, device: u32, component: Component, account: EnergyAccount, now: Time) {
        let state = &mut self.devices[device as usize];
        let spent = state.ledger.spent_on(component, now) - account.before;
        state.attributed += spent;
        let flight = &mut self.flights[account.request];
        flight.accounts -= 1;
        let energy = &mut flight.record.energy;
        let part = match component {
            Component::Compute => &mut energy.compute,
            Component::Prepare => &mut energy.prepare,
            Component::Transmit => &mut energy.transmit,
            Component::Receive => &mut energy.receive,
            Component::Promotion => &mut energy.promotion,
            Component::Tail => &mut energy.tail,
            Component::Idle => &mut energy.idle,
        };
        *part += spent;
    }
}

/// The sum of the values that are present; none if neither is.
fn add(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one + other),
        (one, other) => one.or(other),
    }
}

/// Which networks are right about what a device saw.
fn look_back(evaluator: &mut Evaluator, known: &mut [Option<Hindsight>], observation: &Observation) -> Hindsight {
    match observation.degradation() {
        None => *known[observation.image as usize].get_or_insert_with(|| evaluator.hindsight(observation)),
        Some(_) => evaluator.hindsight(observation),
    }
}

impl sim_core::World for World<'_> {
    type Event = Event;

    const LOOKS_AHEAD: bool = true;

    /// A million devices fit in no cache; those of the next events are prefetched together, and then the requests that
    /// ending tails belong to.
    fn look_ahead<'e>(&self, near: impl Iterator<Item = &'e Event> + Clone) {
        let device = |event: &Event| match *event {
            Event::Arrival { device }
            | Event::EdgeDone { device }
            | Event::EdgeTakesNext { device }
            | Event::Prepared { device }
            | Event::ProcessorRests { device }
            | Event::ProcessorAwake { device }
            | Event::RadioReady { device }
            | Event::RadioSleeps { device }
            | Event::SendStep { device }
            | Event::ReceiveStep { device } => self.devices.get(device as usize),
            _ => None,
        };
        let tail = |event: &Event| match *event {
            Event::RadioSleeps { device } => self.devices.get(device as usize)?.rousing,
            _ => None,
        };
        let devices = near.clone().filter_map(device).map(Device::touch).fold(0, u64::wrapping_add);
        let tails = near.filter_map(tail).filter(|account| self.flights.ended(account.request)).count();
        std::hint::black_box((devices, tails));
    }

    fn handle(&mut self, now: Time, event: Event, agenda: &mut Agenda<Event>) {
        match event {
            Event::Arrival { device } => self.arrival(device, now, agenda),
            Event::EdgeDone { device } => self.edge_done(device, now, agenda),
            Event::EdgeTakesNext { device } => self.edge_takes_next(device, now, agenda),
            Event::Prepared { device } => self.prepared(device, now, agenda),
            Event::RadioReady { device } => self.radio_ready(device, now, agenda),
            Event::RadioSleeps { device } => self.radio_sleeps(device, now, agenda),
            Event::SendStep { device } => self.send_step(device, now, agenda),
            Event::CellStep { link } => self.cell_step(link, now, agenda),
            Event::ProcessorRests { device } => self.processor_rests(device, now, agenda),
            Event::ProcessorAwake { device } => self.begin_work(device, now, agenda),
            Event::TierTurns { tier } => self.tier_turns(tier, now, agenda),
            Event::TierArrival { request, attempt, tier } => {
                self.tier_arrival(Attempt::new(request, attempt), tier, now, agenda);
            }
            Event::TierReady { request, attempt, tier } => {
                self.tier_ready(Attempt::new(request, attempt), tier, now, agenda);
            }
            Event::BatchDue { tier } => self.start_batches(tier, now, agenda),
            Event::BatchDone { batch, tier } => self.batch_done(batch, tier, now, agenda),
            Event::ServerUp { tier } => self.server_up(tier, now, agenda),
            Event::ServerDown { tier } => self.server_down(tier, now, agenda),
            Event::AnswerArrival { request, attempt } => self.answer_arrival(request, attempt, now, agenda),
            Event::Heard { request, attempt } => self.heard(request, attempt, now, agenda),
            Event::Refused { request, attempt } => self.refused(request, attempt, now, agenda),
            Event::Unanswered { request, attempt } => self.unanswered(request, attempt, now, agenda),
            Event::TryAgain { request } => self.try_again(request, now, agenda),
            Event::ReceiveStep { device } => self.receive_step(device, now, agenda),
            Event::Timeout { request } => self.timeout(request, now, agenda),
            Event::BatteryStep { device } => self.battery_step(device, now, agenda),
        }
    }
}
