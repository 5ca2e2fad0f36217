//! A device's processor: its queue, segments of networks, preparing appeals, and its states of rest.
//! [`pipeline`](super::pipeline) is what differs for a processor that works on several requests at once.

use analysis::Outcome;
use device_models::Component;
use sim_core::{Agenda, Arrival, Time};

use super::{Event, Request, World};
use crate::schema::WhenFull;

impl World<'_> {
    /// Runs a request's next segment: at once if the last one has just been run, or else when the processor gets to it.
    pub(super) fn run_segment(&mut self, device: u32, request: Request, now: Time, agenda: &mut Agenda<Event>) {
        if self.flights[request].segments == 0 {
            self.queue_for_processor(device, request, now, agenda);
        } else if self.goes_on(device, request) {
            self.start_work(device, request, now, agenda);
        }
    }

    /// Whether the processor works for a request at once: after a segment the request still has it, but not if others
    /// have entered a pipeline since; then, or if it has not run at all, it waits in line, but is never turned away.
    fn goes_on(&mut self, device: u32, request: Request) -> bool {
        let state = &mut self.devices[device as usize];
        let has_processor = self.flights[request].segments > 0 && state.pipeline.is_none();
        has_processor || matches!(state.processor.insist(request), Arrival::Starts(_))
    }

    fn queue_for_processor(&mut self, device: u32, request: Request, now: Time, agenda: &mut Agenda<Event>) {
        match self.devices[device as usize].processor.arrive(request) {
            Arrival::Starts(request) => self.start_work(device, request, now, agenda),
            Arrival::Waits(_) => {}
            Arrival::Rejected(request) => match (self.group(device).when_full, self.policy.strategy.at_once()) {
                (WhenFull::Appeal, Some(offload)) => self.send_offload(device, request, offload, now, agenda),
                _ => self.end(request, Outcome::Rejected, None, now, agenda),
            },
        }
    }

    /// Has the processor prepare an appeal.
    pub(super) fn prepare(&mut self, device: u32, request: Request, now: Time, agenda: &mut Agenda<Event>) {
        if self.goes_on(device, request) {
            self.start_work(device, request, now, agenda);
        }
    }

    /// Starts a request on the processor, which works for it once it is awake.
    fn start_work(&mut self, device: u32, request: Request, now: Time, agenda: &mut Agenda<Event>) {
        let work = self.flights[request].work();
        let account = self.account(device, work, request, now);
        let processor = &self.plan.groups[self.plan.group_of(device)].processor;
        let state = &mut self.devices[device as usize];
        state.computing = Some((account, now));
        if let Some(timer) = state.compute_timer.take() {
            agenda.cancel(timer);
        }
        let Some(depth) = state.rest else { return self.begin_work(device, now, agenda) };
        let rest = &processor.rests[usize::from(depth)];
        // Idle power is drawn from now on; what waking draws beyond it is booked to the request.
        let extra = (rest.wake_power.get() - processor.idle.get()).max(0.0);
        state.ledger.set(now, work, extra);
        state.compute_timer = Some(agenda.timer(now + rest.wake.span(), Event::ProcessorAwake { device }));
        self.set_idle_power(device, now);
        self.watch_battery(device, now, agenda);
    }

    /// Runs the next segment of the request that has the processor, or prepares it to be sent.
    pub(super) fn begin_work(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        let number = self.plan.group_of(device);
        let (group, route) = (&self.plan.groups[number], &self.routes[number]);
        let state = &mut self.devices[device as usize];
        (state.compute_timer, state.rest) = (None, None);
        let Some((account, _)) = state.computing else { return };
        let flight = &mut self.flights[account.request];
        let (work, begun) = (flight.work(), (!flight.ended()).then_some(now.as_nanos()));
        let (takes, extra_power, done) = match &group.prepare {
            Some(prepare) if work == Component::Prepare => {
                flight.record.prepare_start = begun;
                state.ledger.set(now, Component::Compute, 0.0);
                (prepare.time, prepare.extra_power, Event::Prepared { device })
            }
            _ => {
                if flight.segments == 0 {
                    flight.record.edge_start = begun;
                }
                state.ledger.set(now, Component::Prepare, 0.0);
                let leg = route.segments[usize::from(flight.segments)];
                let done = match &mut state.pipeline {
                    None => Event::EdgeDone { device },
                    Some(pipeline) => {
                        pipeline.enter(device, account.request, now + leg.takes, agenda);
                        Event::EdgeTakesNext { device }
                    }
                };
                (leg.interval, group.processor.extra_power(), done)
            }
        };
        state.ledger.set(now, work, extra_power);
        if group.battery.is_none() {
            return agenda.at(now + takes, done);
        }
        state.compute_timer = Some(agenda.timer(now + takes, done));
        self.watch_battery(device, now, agenda);
    }

    pub(super) fn edge_done(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        if self.devices[device as usize].pipeline.is_some() {
            return self.leave_pipeline(device, now, agenda);
        }
        let Some(request) = self.settle_computing(device, now) else { return };
        self.devices[device as usize].compute_timer = None;
        if !self.flights.ended(request) {
            self.segment_done(device, request, now, agenda);
        }
        // A request that goes on or is being prepared keeps the processor.
        if self.devices[device as usize].computing.is_none() {
            self.next_on_processor(device, now, agenda);
        }
    }

    pub(super) fn prepared(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        let Some(request) = self.settle_computing(device, now) else { return };
        self.devices[device as usize].compute_timer = None;
        if !self.flights.ended(request) {
            self.flights[request].record.prepare_done = Some(now.as_nanos());
            self.send_up(request, now, agenda);
        }
        self.next_on_processor(device, now, agenda);
    }

    /// The processor turns to the next request in its queue, or idles.
    pub(super) fn next_on_processor(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        let state = &mut self.devices[device as usize];
        // Requests that gave up while they waited are skipped.
        let flights = &self.flights;
        match std::iter::from_fn(|| state.processor.depart()).find(|next| !flights.ended(*next)) {
            Some(next) => self.start_work(device, next, now, agenda),
            None => {
                state.ledger.set(now, Component::Compute, 0.0);
                state.ledger.set(now, Component::Prepare, 0.0);
                if state.has_nothing_to_compute() {
                    self.plan_rest(device, now, agenda);
                }
                self.watch_battery(device, now, agenda);
            }
        }
    }

    pub(super) fn settle_computing(&mut self, device: u32, now: Time) -> Option<Request> {
        let state = &mut self.devices[device as usize];
        let (account, since) = state.computing.take()?;
        state.computed += now - since;
        let work = self.flights[account.request].work();
        self.book(device, work, account, now);
        Some(account.request)
    }

    /// Schedules when an idle processor falls into its next state of rest, if there is one.
    pub(super) fn plan_rest(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        let rests = &self.plan.groups[self.plan.group_of(device)].processor.rests;
        let state = &mut self.devices[device as usize];
        let next = state.rest.map_or(0, |rest| usize::from(rest) + 1);
        if let Some(rest) = rests.get(next) {
            state.compute_timer = Some(agenda.timer(now + rest.after.span(), Event::ProcessorRests { device }));
        }
    }

    pub(super) fn processor_rests(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        let state = &mut self.devices[device as usize];
        state.compute_timer = None;
        state.rest = Some(state.rest.map_or(0, |rest| rest + 1));
        self.plan_rest(device, now, agenda);
        self.set_idle_power(device, now);
        self.watch_battery(device, now, agenda);
    }
}
