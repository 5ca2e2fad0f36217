//! A device's processor: its queue, the little network, and its states of rest.

use analysis::Outcome;
use device_models::Component;
use sim_core::{Agenda, Arrival, Time};

use super::{Event, Request, World};
use crate::schema::WhenFull;

impl World<'_> {
    pub(super) fn queue_for_processor(&mut self, device: u32, request: Request, now: Time, agenda: &mut Agenda<Event>) {
        match self.devices[device as usize].processor.arrive(request) {
            Arrival::Starts(request) => self.start_edge(device, request, now, agenda),
            Arrival::Waits(_) => {}
            Arrival::Rejected(request) => match self.group(device).when_full {
                WhenFull::Appeal if self.policy.may_appeal() => self.appeal(device, request, now, agenda),
                _ => self.end(request, Outcome::Rejected, None, now, agenda),
            },
        }
    }

    /// Starts a request on the processor, which runs the network once it is awake.
    fn start_edge(&mut self, device: u32, request: Request, now: Time, agenda: &mut Agenda<Event>) {
        let account = self.account(device, Component::Compute, request, now);
        let processor = &self.plan.groups[self.plan.group_of(device)].processor;
        let state = &mut self.devices[device as usize];
        state.computing = Some((account, now));
        if let Some(timer) = state.compute_timer.take() {
            agenda.cancel(timer);
        }
        let Some(depth) = state.rest else { return self.run_little(device, now, agenda) };
        let rest = &processor.rests[usize::from(depth)];
        // Idle power is drawn from now on; what waking draws beyond it is booked to the request.
        let extra = (rest.wake_power.get() - processor.idle.get()).max(0.0);
        state.ledger.set(now, Component::Compute, extra);
        state.compute_timer = Some(agenda.timer(now + rest.wake.span(), Event::ProcessorAwake { device }));
        self.set_idle_power(device, now);
        self.watch_battery(device, now, agenda);
    }

    /// Runs the little network on the request that has the processor.
    pub(super) fn run_little(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        let group = &self.plan.groups[self.plan.group_of(device)];
        let state = &mut self.devices[device as usize];
        (state.compute_timer, state.rest) = (None, None);
        let Some((account, _)) = state.computing else { return };
        let flight = &mut self.flights[account.request];
        if !flight.ended {
            flight.record.edge_start = Some(now.as_nanos());
        }
        state.ledger.set(now, Component::Compute, group.processor.extra_power());
        let done = now + group.edge_time;
        if group.battery.is_none() {
            return agenda.at(done, Event::EdgeDone { device });
        }
        state.compute_timer = Some(agenda.timer(done, Event::EdgeDone { device }));
        self.watch_battery(device, now, agenda);
    }

    pub(super) fn edge_done(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        let Some(request) = self.settle_computing(device, now) else { return };
        let state = &mut self.devices[device as usize];
        state.compute_timer = None;
        // Requests that gave up while they waited are skipped.
        let flights = &self.flights;
        let next = std::iter::from_fn(|| state.processor.depart()).find(|next| !flights.ended(*next));
        match next {
            Some(next) => self.start_edge(device, next, now, agenda),
            None => {
                state.ledger.set(now, Component::Compute, 0.0);
                self.plan_rest(device, now, agenda);
                self.watch_battery(device, now, agenda);
            }
        }
        if !self.flights.ended(request) {
            self.flights[request].record.edge_done = Some(now.as_nanos());
            self.decide(device, request, now, agenda);
        }
    }

    pub(super) fn settle_computing(&mut self, device: u32, now: Time) -> Option<Request> {
        let state = &mut self.devices[device as usize];
        let (account, since) = state.computing.take()?;
        state.computed += now - since;
        self.book(device, Component::Compute, account, now);
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
