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
mod attempts;
mod batteries;
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

use std::ops::ControlFlow;

use analysis::{Moment, Outcome, RequestRecord};
use device_models::{Component, Transfer};
use inference::Answer;
use rand::RngExt;
use sim_core::{Agenda, Span, Streams, Time};

use crate::answers::{Evaluator, Networks, Observation};
use crate::plan::{CLOUD, Group, Plan, Route, entity};
use crate::policies::{Decision, Policy, Step, Truth, View, Way};
use attempts::Attempts;
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

/// Number of a request, in order of arrival.
type Request = u32;

/// All state of a run.
struct World<'a> {
    plan: &'a Plan,
    policy: &'a Policy,
    /// What its strategy takes, for each group.
    routes: Vec<Route>,
    evaluator: Evaluator<'a>,
    networks: &'a Networks,
    /// The answers to the request that is being decided about; kept, so that none are allocated.
    answers: Vec<Answer>,
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
        let Run { plan, networks, policy, replication } = *run;
        let streams = Streams::new(plan.seed, replication.into());
        Self {
            plan,
            policy,
            routes: plan.groups.iter().map(|group| plan.route(&policy.strategy, group)).collect(),
            evaluator: Evaluator::new(networks),
            networks,
            answers: Vec::new(),
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
            tiers: (0..)
                .zip(&plan.tiers)
                .map(|(number, tier)| TierState::new(tier, plan.jobs(&policy.strategy, tier), number, &streams))
                .collect(),
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
            Some(degrade) => Observation::drawn(image, Some(degrade), || self.streams.open("degrade", entity)),
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
            segments: 0,
            offload: 0,
            kind: 0,
            answered: None,
            attempts: Attempts::default(),
            attempt_timer: None,
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
        self.decide(device, request, None, now, agenda);
    }

    /// A segment is done: its answer is recorded, if it ends in one, and the policy decides.
    fn segment_done(&mut self, device: u32, request: Request, now: Time, agenda: &mut Agenda<Event>) {
        let flight = &mut self.flights[request];
        flight.record.edge_done = Some(now.as_nanos());
        let exit = self.policy.strategy.segments[usize::from(flight.segments)].exit;
        flight.segments += 1;
        flight.record.segments = flight.segments;
        let answer = exit.map(|way| self.evaluator.answer(way, &flight.observation));
        if let Some(Answer { class, scores }) = answer {
            let record = &mut flight.record;
            record.edge_class = Some(class);
            record.q = scores.q;
            record.max_softmax = Some(scores.max_softmax);
            record.margin = Some(scores.margin);
            record.certainty = Some(scores.certainty);
        }
        self.decide(device, request, answer, now, agenda);
    }

    /// Does what there is to do for a request, or what the policy decides where there is a choice; `last` is the answer
    /// of the segment it ran just now.
    fn decide(&mut self, device: u32, request: Request, last: Option<Answer>, now: Time, agenda: &mut Agenda<Event>) {
        let (flight, strategy) = (&self.flights[request], &self.policy.strategy);
        let run = usize::from(flight.segments);
        match strategy.only_step(run) {
            Some(Step::Continue) => return self.run_segment(device, request, now, agenda),
            Some(Step::Offload(number)) => return self.send_offload(device, request, number, now, agenda),
            Some(Step::Answer) | None => {}
        }
        let mut answers = std::mem::take(&mut self.answers);
        answers.clear();
        let before = strategy.exits(run).count() - usize::from(last.is_some());
        for way in strategy.exits(run).take(before) {
            answers.push(self.evaluator.unasked(|evaluator| evaluator.answer(way, &flight.observation)));
        }
        answers.extend(last);
        let (streams, entity) = (&self.streams, flight.entity);
        let chance = || streams.open("chance", entity).random();
        let situation = || self.devices[device as usize].situation(&self.plan.groups[self.plan.group_of(device)], now);
        let offload = |number: usize| self.routes[self.plan.group_of(device)].offloads[number].way;
        let mut is_right = |way: Way| self.evaluator.is_right(way, &flight.observation);
        let mut truth = Truth::new(&offload, &mut is_right);
        let view = View::new(strategy, run, &answers, &chance, &situation);
        let decision = view.map(|view| self.policy.decider.decide(&view, &mut truth));
        self.answers = answers;
        match decision {
            Some(Decision::Answer(kept)) => {
                let answer = (kept.way(), kept.answer().class);
                self.end(request, Outcome::Edge, Some(answer), now, agenda);
            }
            Some(Decision::Continue(_)) => self.run_segment(device, request, now, agenda),
            Some(Decision::Offload(up)) => self.send_offload(device, request, up.number(), now, agenda),
            // A checked strategy always has something to do.
            None => self.end(request, Outcome::Rejected, None, now, agenda),
        }
    }

    /// A request is to be sent up.
    fn send_offload(&mut self, device: u32, request: Request, number: usize, now: Time, agenda: &mut Agenda<Event>) {
        let kind = self.routes[self.plan.group_of(device)].offloads[number].kind;
        let flight = &mut self.flights[request];
        (flight.offload, flight.kind) = (number as u8, kind as u8);
        flight.record.offload = Some(number as u8);
        self.appeal(device, request, now, agenda);
    }

    /// The only place where requests end. Whatever is still in transit for a request that has ended (a transfer, a
    /// batch, an answer) continues and changes nothing.
    fn end(
        &mut self,
        request: Request,
        outcome: Outcome,
        answer: Option<(Way, u8)>,
        now: Time,
        agenda: &mut Agenda<Event>,
    ) {
        let flight = &mut self.flights[request];
        if flight.record.end.is_some() {
            return;
        }
        flight.attempts.end();
        for timer in [flight.timer.take(), flight.attempt_timer.take()].into_iter().flatten() {
            agenda.cancel(timer);
        }
        let record = &mut flight.record;
        record.outcome = outcome;
        record.answer = answer.map(|(_, class)| class);
        record.way = answer.map(|(way, _)| way.index() as u8);
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
            questions: self.evaluator.asked().to_vec(),
            timeline,
            trace: self.trace,
        }
    }

    /// Hands over a record that nothing changes any more. Whether each network is right about its image is recorded
    /// even if the network did not run for it: that is what a policy could have achieved.
    fn leave(&mut self, flight: Flight) -> ControlFlow<()> {
        let Flight { mut record, observation, .. } = flight;
        [record.little_right, record.big_right] =
            [Way::LITTLE, Way::BIG].map(|way| self.evaluator.is_right(way, &observation));
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
            Event::TryAgain { request, attempt } => self.try_again(request, attempt, now, agenda),
            Event::ReceiveStep { device } => self.receive_step(device, now, agenda),
            Event::Timeout { request } => self.timeout(request, now, agenda),
            Event::BatteryStep { device } => self.battery_step(device, now, agenda),
        }
    }
}
