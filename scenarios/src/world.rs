//! The moving parts of a scenario, and one enum of the events that can happen to them.
//!
//! ```text
//!   arrival -> processor: segments -> decide -> keep -> answer
//!                                       |
//!                                    send up -> prepare -> radio -> transfers -> link -> WAN -> tier: queue
//!                                                                                                 |
//!                                 answer <- transfers <- radio listens <- link <- WAN <- batch, its network
//! ```
//!
//! Each part is a unit that owns its state: the processor, radio and battery of a device, the link that devices share,
//! the tiers. A unit is handed what else it may change (`at`): the journeys of requests, and the agenda. So what
//! passes from one device to a tier, and back, is an event. The world itself brings events to their units, begins the journeys of
//! requests as they arrive, and hands over the records of those that are settled.
//!
//! Networks really run; their costs come from the models. A request's random numbers come from its own streams or its
//! device's, never from the order of events, so two policies see the same arrivals, images and channels.
//!
//! Records leave in order of arrival as soon as nothing can change them any more; only requests under way are kept.

mod asked;
mod at;
mod attempts;
mod batteries;
mod battery;
mod battery_load;
mod cell;
mod device;
mod device_rates;
mod energy;
mod event;
mod journey;
mod journeys;
mod link;
mod moving;
mod offered;
mod pipeline;
mod processor;
mod radio;
mod run;
mod tier;
mod trace;
mod twin;

use std::ops::ControlFlow;

use analysis::{RequestRecord, TimelineStep};
use device_models::Direction;
use inference::Answer;
use sim_core::{Agenda, Streams, Time};

use crate::answers::{Evaluator, Networks, Observation};
use crate::plan::{CLOUD, Group, Plan, Route, entity};
use crate::policies::{Policy, PolicySpec};
use asked::Asked;
use at::{AtDevice, AtTier};
use device::Device;
use event::Event;
use journey::{Journey, Origin};
use journeys::Journeys;
use link::LinkUnit;
use tier::{Attempt, TierUnit};

pub use run::{Run, RunEnd, Sink};
pub use trace::Trace;
pub use twin::{Watched, WatchedDevice};

/// Number of a request, in order of arrival.
type Request = u32;

/// Takes a record and what its device saw; returns whether to continue.
type Take<'a> = &'a mut dyn FnMut(RequestRecord, &Observation) -> ControlFlow<()>;

/// All state of a run.
struct World<'a> {
    plan: &'a Plan,
    policy: &'a Policy,
    networks: &'a Networks,
    /// What the policy's strategy takes, and what was asked of devices and links, for each group.
    routes: Vec<Route>,
    /// The policy of the first tier, if that has one, for each group.
    first_tier_policies: Vec<Option<Policy>>,
    asked: Vec<Asked>,
    evaluator: Evaluator<'a>,
    answers: Vec<Answer>,
    streams: Streams,
    devices: Vec<Device>,
    links: Vec<LinkUnit>,
    tiers: Vec<TierUnit>,
    journeys: Journeys,
    trace: Trace,
    sink: Take<'a>,
}

impl<'a> World<'a> {
    fn new(run: &'a Run, traced: &[u32], sink: Take<'a>) -> Self {
        let Run { plan, networks, policy, replication } = *run;
        let streams = Streams::new(plan.seed, replication.into());
        let jobs = |tier| plan.jobs(&policy.strategy, tier);
        let first_tier_policy = |group: &Group| group.first_tier.policy.as_ref().map(PolicySpec::with_given_threshold);
        Self {
            plan,
            policy,
            networks,
            routes: plan.groups.iter().map(|group| plan.route(&policy.strategy, group)).collect(),
            first_tier_policies: plan.groups.iter().map(first_tier_policy).collect(),
            asked: vec![Asked::default(); plan.groups.len()],
            evaluator: Evaluator::new(networks),
            answers: Vec::new(),
            streams,
            devices: (0..plan.devices()).map(|number| Device::new(plan, number, &streams)).collect(),
            links: (0..)
                .zip(&plan.links)
                .map(|(number, access)| LinkUnit::new(number, &access.link, &streams))
                .collect(),
            tiers: (0..)
                .zip(&plan.tiers)
                .map(|(number, tier)| TierUnit::new(tier, jobs(tier), number, &streams))
                .collect(),
            journeys: Journeys::default(),
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
        for device in 0..self.plan.devices() {
            let arrivals = &self.group(device).arrivals;
            let first = self.devices[device as usize].workload.next_arrival(arrivals);
            agenda.at(first, Event::Arrival { device });
            self.on_device(device, Time::ZERO, agenda, Device::begin);
        }
        for tier in 0..self.tiers.len() as u8 {
            self.on_tier(tier, Time::ZERO, agenda, TierUnit::plan_outage);
        }
    }

    /// Has a device do something with what is at hand, and tells the others in its cell if that changes their rate.
    fn on_device(
        &mut self,
        device: u32,
        now: Time,
        agenda: &mut Agenda<Event>,
        act: impl FnOnce(&mut Device, &mut AtDevice),
    ) {
        let number = self.plan.group_of(device);
        let group = &self.plan.groups[number];
        let mut at = AtDevice {
            device,
            group,
            access: &self.plan.links[group.link],
            link: &mut self.links[group.link],
            policy: self.policy,
            first_tier_policy: self.first_tier_policies[number].as_ref(),
            route: &self.routes[number],
            asked: &mut self.asked[number],
            journeys: &mut self.journeys,
            evaluator: &mut self.evaluator,
            answers: &mut self.answers,
            streams: &self.streams,
            trace: &mut self.trace,
            end: Time::ZERO + self.plan.duration,
            now,
            agenda,
        };
        act(&mut self.devices[device as usize], &mut at);
        self.tell_cell(group.link, now, agenda);
    }

    /// Has the device of a request do something about it.
    fn on_request(
        &mut self,
        request: Request,
        now: Time,
        agenda: &mut Agenda<Event>,
        act: impl FnOnce(&mut Device, &mut AtDevice),
    ) {
        // It may have left: a radio listens, and the next attempt is due, even after the end.
        if self.journeys.has(request) {
            self.on_device(self.journeys[request].device(), now, agenda, act);
        }
    }

    /// Has a tier do something with what is at hand.
    fn on_tier(
        &mut self,
        number: u8,
        now: Time,
        agenda: &mut Agenda<Event>,
        act: impl FnOnce(&mut TierUnit, &mut AtTier),
    ) {
        let tier = &self.plan.tiers[usize::from(number)];
        let (journeys, evaluator, streams) = (&mut self.journeys, &mut self.evaluator, &self.streams);
        let mut at = AtTier { number, tier, journeys, evaluator, streams, now, agenda };
        act(&mut self.tiers[usize::from(number)], &mut at);
    }

    /// A burst is through in a cell, or all of them go on at another rate.
    fn cell_step(&mut self, link: usize, now: Time, agenda: &mut Agenda<Event>) {
        let Some(cell) = &mut self.links[link].cell else { return };
        if let Some((request, direction)) = cell.step(now) {
            return self.on_request(request, now, agenda, |device, at| device.through_cell(direction, request, at));
        }
        cell.schedule(agenda);
        self.tell_cell(link, now, agenda);
    }

    /// Tells the devices whose power depends on the rate of their cell, if that has changed.
    fn tell_cell(&mut self, link: usize, now: Time, agenda: &mut Agenda<Event>) {
        let Some(cell) = &mut self.links[link].cell else { return };
        for device in cell.take_changed() {
            self.on_device(device, now, agenda, Device::set_radio_power);
        }
    }

    fn arrival(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        let group = self.group(device);
        // First of all, so that a device that is not in the cache is fetched while others' records leave.
        let state = &mut self.devices[device as usize];
        let number = state.requests;
        state.requests += 1;
        let image = state.workload.image(&group.images, self.plan.part_over(now));
        let next = state.workload.next_arrival(&group.arrivals);
        agenda.at(next, Event::Arrival { device });
        while let Some(journey) = self.journeys.pop_settled() {
            if self.leave(journey).is_break() {
                return agenda.clear();
            }
        }
        let request = self.journeys.next();
        // Keyed by the request's number on its device, so that a policy's other decisions change nothing here.
        let entity = entity(device, number);
        let observation = match &group.conditions.degrade {
            None => Observation::clear(image),
            Some(degrade) => Observation::drawn(image, Some(degrade), || self.streams.open("degrade", entity)),
        };
        let label = self.networks.data.label(image as usize);
        let measured = now.as_nanos() >= self.plan.warmup.as_nanos();
        let origin = Origin { request, device, entity, label, measured };
        self.journeys.push(Journey::new(origin, observation, now));
        self.on_device(device, now, agenda, |device, at| device.receive(request, at));
    }

    /// Books energy under way to its requests, and hands over all records that the sink still takes.
    fn close(mut self, end: Time, timeline: Vec<TimelineStep>, agenda: &mut Agenda<Event>) -> RunEnd {
        for device in 0..self.plan.devices() {
            self.on_device(device, end, agenda, Device::settle);
        }
        while let Some(mut journey) = self.journeys.pop() {
            journey.cut_short(self.group(journey.device()).deadline, end);
            if self.leave(journey).is_break() {
                break;
            }
        }
        let record = |(number, device)| batteries::device_record(device, number, self.plan, end);
        let devices = (0..).zip(&self.devices).map(record).collect();
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

    /// Hands over a record that nothing changes any more.
    fn leave(&mut self, journey: Journey) -> ControlFlow<()> {
        let (record, observation) = journey.leave(|way, observation| self.evaluator.is_right(way, observation));
        (self.sink)(record, &observation)
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
        let device = |event: &Event| self.devices.get(event.device()? as usize);
        let tail = |event: &Event| match *event {
            Event::RadioSleeps { device } => self.devices.get(device as usize)?.radio.rouser(),
            _ => None,
        };
        let devices = near.clone().filter_map(device).map(Device::touch).fold(0, u64::wrapping_add);
        let tails = near.filter_map(tail).filter(|request| self.journeys.ended(*request)).count();
        std::hint::black_box((devices, tails));
    }

    fn handle(&mut self, now: Time, event: Event, agenda: &mut Agenda<Event>) {
        match event {
            Event::Arrival { device } => self.arrival(device, now, agenda),
            Event::ProcessorDone { device } => self.on_device(device, now, agenda, Device::processor_done),
            Event::ProcessorTakesNext { device } => self.on_device(device, now, agenda, Device::processor_takes_next),
            Event::Prepared { device } => self.on_device(device, now, agenda, Device::prepared),
            Event::ProcessorRests { device } => self.on_device(device, now, agenda, Device::processor_rests),
            Event::ProcessorAwake { device } => self.on_device(device, now, agenda, Device::begin_work),
            Event::RadioReady { device } => self.on_device(device, now, agenda, Device::radio_ready),
            Event::RadioSleeps { device } => self.on_device(device, now, agenda, Device::radio_sleeps),
            Event::SendStep { device } => {
                self.on_device(device, now, agenda, |device, at| device.transfer_step(Direction::Up, at));
            }
            Event::ReceiveStep { device } => {
                self.on_device(device, now, agenda, |device, at| device.transfer_step(Direction::Down, at));
            }
            Event::BatteryStep { device } => self.on_device(device, now, agenda, Device::battery_step),
            Event::CellStep { link } => self.cell_step(link as usize, now, agenda),
            Event::TierTurns { tier } => self.on_tier(tier, now, agenda, TierUnit::turn),
            Event::TierArrival { request, attempt, tier } => {
                self.on_tier(tier, now, agenda, |tier, at| tier.arrival(Attempt::new(request, attempt), at));
            }
            Event::TierReady { request, attempt, tier } => {
                self.on_tier(tier, now, agenda, |tier, at| tier.ready(Attempt::new(request, attempt), at));
            }
            Event::BatchDue { tier } => self.on_tier(tier, now, agenda, TierUnit::start_batches),
            Event::BatchDone { batch, tier } => self.on_tier(tier, now, agenda, |tier, at| tier.batch_done(batch, at)),
            Event::ServerUp { tier } => self.on_tier(tier, now, agenda, TierUnit::server_up),
            Event::ServerDown { tier } => self.on_tier(tier, now, agenda, TierUnit::server_down),
            Event::AnswerArrival { request, attempt } => {
                self.on_request(request, now, agenda, |device, at| device.answer_arrival(request, attempt, at));
            }
            Event::Heard { request, attempt } => {
                self.on_request(request, now, agenda, |device, at| device.heard(request, attempt, at));
            }
            Event::Refused { request, attempt } => {
                self.on_request(request, now, agenda, |device, at| device.refused(request, attempt, at));
            }
            Event::Unanswered { request, attempt } => {
                self.on_request(request, now, agenda, |device, at| device.unanswered(request, attempt, at));
            }
            Event::TryAgain { request, attempt } => {
                self.on_request(request, now, agenda, |device, at| device.try_again(request, attempt, at));
            }
            Event::Timeout { request } => {
                self.on_request(request, now, agenda, |device, at| device.time_limit_is_over(request, at));
            }
        }
    }
}
