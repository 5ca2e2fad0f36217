//! A device's processor: its queue, the little network, preparing appeals, and its states of rest.
//! [`pipeline`](super::pipeline) is what differs for a processor that works on several requests at once.

use analysis::Outcome;
use device_models::Component;
use sim_core::{Agenda, Arrival, Time};

use super::{Event, Request, World};
use crate::schema::WhenFull;

impl World<'_> {
    pub(super) fn queue_for_processor(&mut self, device: u32, request: Request, now: Time, agenda: &mut Agenda<Event>) {
        match self.devices[device as usize].processor.arrive(request) {
            Arrival::Starts(request) => self.start_work(device, request, now, agenda),
            Arrival::Waits(_) => {}
            Arrival::Rejected(request) => match self.group(device).when_full {
                WhenFull::Appeal if self.policy.may_appeal() => self.appeal(device, request, now, agenda),
                _ => self.end(request, Outcome::Rejected, None, now, agenda),
            },
        }
    }

    /// Has the processor prepare an appeal.
    pub(super) fn prepare(&mut self, device: u32, request: Request, now: Time, agenda: &mut Agenda<Event>) {
        let state = &mut self.devices[device as usize];
        // After its run, a request still has the processor, but not if others have entered a pipeline since.
        let has_processor = self.flights[request].record.edge_done.is_some() && state.pipeline.is_none();
        if has_processor || matches!(state.processor.insist(request), Arrival::Starts(_)) {
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

    /// Runs the little network on the request that has the processor, or prepares it to be sent.
    pub(super) fn begin_work(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        let group = &self.plan.groups[self.plan.group_of(device)];
        let state = &mut self.devices[device as usize];
        (state.compute_timer, state.rest) = (None, None);
        let Some((account, _)) = state.computing else { return };
        let flight = &mut self.flights[account.request];
        let (work, begun) = (flight.work(), (!flight.ended).then_some(now.as_nanos()));
        let (takes, extra_power, done) = match &group.prepare {
            Some(prepare) if work == Component::Prepare => {
                flight.record.prepare_start = begun;
                state.ledger.set(now, Component::Compute, 0.0);
                (prepare.time, prepare.extra_power, Event::Prepared { device })
            }
            _ => {
                flight.record.edge_start = begun;
                state.ledger.set(now, Component::Prepare, 0.0);
                let done = match &mut state.pipeline {
                    None => Event::EdgeDone { device },
                    Some(pipeline) => {
                        pipeline.enter(device, account.request, group.edge_time, agenda);
                        Event::EdgeTakesNext { device }
                    }
                };
                (group.edge_interval, group.processor.extra_power(), done)
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
            self.flights[request].record.edge_done = Some(now.as_nanos());
            self.decide(device, request, now, agenda);
        }
        // A request that is being prepared keeps the processor.
        if self.devices[device as usize].computing.is_none() {
            self.next_on_processor(device, now, agenda);
        }
    }

    pub(super) fn prepared(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        let Some(request) = self.settle_computing(device, now) else { return };
        self.devices[device as usize].compute_timer = None;
        if !self.flights.ended(request) {
            self.flights[request].record.prepare_done = Some(now.as_nanos());
            self.send_up(device, request, now, agenda);
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
