//! Requests that are sent up. [`Attempts`] decides what to do next for each; what it decides becomes events, transfers
//! and records here.
//!
//! ```text
//!   appeal -> prepare -> send -> (answer) -> end
//!                          |
//!                       refused, or unanswered for too long -> wait -> send ... -> give up: the edge answer, or none
//! ```
//!
//! Stamps are those of the last attempt. What a failed attempt left in transit continues, but no device waits for it.

use analysis::Outcome;
use rand::RngExt;
use sim_core::{Agenda, Time};

use super::attempts::{Attempts, Failure, Next};
use super::flights::Flight;
use super::{Event, Request, World};
use crate::plan::CLOUD;
use crate::schema::{Fallback, Retry};

impl World<'_> {
    /// A request is to be sent up: at once, or when it has been prepared.
    pub(super) fn appeal(&mut self, device: u32, request: Request, now: Time, agenda: &mut Agenda<Event>) {
        self.flights[request].record.appealed = true;
        let number = self.plan.group_of(device);
        match &self.plan.groups[number].prepare {
            None => self.send_up(request, now, agenda),
            Some(prepare) => {
                self.asked[number].preparing_s += prepare.time.as_secs();
                self.prepare(device, request, now, agenda);
            }
        }
    }

    /// A request is ready to be sent up.
    pub(super) fn send_up(&mut self, request: Request, now: Time, agenda: &mut Agenda<Event>) {
        let next = self.flights[request].attempts.begin();
        self.follow(request, next, now, agenda);
    }

    /// The last bit of an attempt has been sent: it travels to the first tier on its path, and the device begins to
    /// wait.
    pub(super) fn under_way(&mut self, device: u32, request: Request, now: Time, agenda: &mut Agenda<Event>) {
        let group = &self.plan.groups[self.plan.group_of(device)];
        let edge = self.plan.links[group.link].edge.as_ref();
        let flight = &mut self.flights[request];
        let attempt = flight.attempts.number();
        let (tier, way) = match edge {
            Some((tier, _)) => (*tier, flight.channel.near_one_way),
            None => (CLOUD, flight.channel.one_way),
        };
        agenda.after(way + flight.channel.up_recovery, Event::TierArrival { request, attempt, tier });
        let next = flight.attempts.sent(attempt, group.retry.as_ref(), now);
        self.follow(request, next, now, agenda);
    }

    pub(super) fn refused(&mut self, request: Request, attempt: u8, now: Time, agenda: &mut Agenda<Event>) {
        self.flights[request].arrived();
        let (attempts, retry, chance) = self.failing(request, attempt);
        let next = attempts.refused(attempt, retry, chance, now);
        self.follow(request, next, now, agenda);
    }

    pub(super) fn unanswered(&mut self, request: Request, attempt: u8, now: Time, agenda: &mut Agenda<Event>) {
        let (attempts, retry, chance) = self.failing(request, attempt);
        let next = attempts.unanswered(attempt, retry, chance, now);
        self.follow(request, next, now, agenda);
    }

    /// The attempts of a request, one of which may have failed; how its device tries again; and the chance that shortens
    /// the next wait.
    fn failing(&mut self, request: Request, attempt: u8) -> (&mut Attempts, Option<&Retry>, f64) {
        let flight = &mut self.flights[request];
        let retry = self.plan.groups[self.plan.group_of(flight.record.device)].retry.as_ref();
        let draw = |_| self.streams.open("backoff", attempt_entity(flight.entity, attempt)).random();
        (&mut flight.attempts, retry, retry.map_or(0.0, draw))
    }

    /// A request may have ended, and left, before its next attempt is due.
    pub(super) fn try_again(&mut self, request: Request, attempt: u8, now: Time, agenda: &mut Agenda<Event>) {
        if self.flights.has(request) {
            let next = self.flights[request].attempts.back_off_is_over(attempt);
            self.follow(request, next, now, agenda);
        }
    }

    pub(super) fn timeout(&mut self, request: Request, now: Time, agenda: &mut Agenda<Event>) {
        let next = self.flights[request].attempts.time_limit_is_over();
        self.follow(request, next, now, agenda);
    }

    /// Does what is to be done next for a request.
    pub(super) fn follow(&mut self, request: Request, next: Next, now: Time, agenda: &mut Agenda<Event>) {
        if next == Next::Nothing {
            return;
        }
        let flight = &mut self.flights[request];
        if let Some(timer) = flight.attempt_timer.take() {
            agenda.cancel(timer);
        }
        match next {
            Next::Nothing | Next::Receive => {}
            Next::Send { attempt } => self.send(request, attempt, now, agenda),
            Next::Wait { attempt, until } => {
                flight.attempt_timer = Some(agenda.timer(until, Event::Unanswered { request, attempt }));
            }
            Next::BackOff { attempt, until } => {
                flight.record.forget_attempt();
                agenda.at(until, Event::TryAgain { request, attempt });
            }
            Next::Accept => {
                let answer = flight.answered.zip(flight.record.cloud_class);
                self.end(request, Outcome::Cloud, answer, now, agenda);
            }
            Next::GiveUp(failure) => self.give_up(request, failure, now, agenda),
        }
    }

    /// An attempt is to be sent, when the radio gets to it.
    fn send(&mut self, request: Request, attempt: u8, now: Time, agenda: &mut Agenda<Event>) {
        let flight = &mut self.flights[request];
        let device = flight.record.device;
        let number = self.plan.group_of(device);
        let group = &self.plan.groups[number];
        let access = &self.plan.links[group.link];
        let near = access.edge.as_ref().map(|(_, near)| near);
        if attempt == 0 {
            flight.record.radio = Some(self.devices[device as usize].radio.name());
        } else {
            flight.record.retried = Some(now.as_nanos());
        }
        let payload = self.routes[number].offloads[usize::from(flight.offload)].payload;
        let entity = attempt_entity(flight.entity, attempt);
        flight.channel = access.link.draw(payload, group.answer, near, &self.streams, entity);
        self.asked[number].up_bits += flight.channel.up_bits;
        flight.record.attempts = flight.attempts.made();
        flight.travelling += 1;
        self.devices[device as usize].outbox.push_back(request);
        self.pump_radio(device, now, agenda);
    }

    fn give_up(&mut self, request: Request, failure: Failure, now: Time, agenda: &mut Agenda<Event>) {
        let Flight { record, segments, .. } = &self.flights[request];
        let last = self.policy.strategy.exits(usize::from(*segments)).last();
        let stand_in = match self.group(record.device).fallback {
            Fallback::Edge => last.zip(record.edge_class),
            Fallback::None => None,
        };
        let outcome = match (failure, stand_in.is_some()) {
            (Failure::TimedOut, true) => Outcome::TimedOutEdge,
            (Failure::TimedOut, false) => Outcome::TimedOut,
            (Failure::Refused, true) => Outcome::RefusedEdge,
            (Failure::Refused, false) => Outcome::Refused,
        };
        self.end(request, outcome, stand_in, now, agenda);
    }
}

/// The stream entity of an attempt of a request, so that what is drawn for it depends on nothing else. Device numbers
/// take up 24 bits of the upper half.
pub(super) fn attempt_entity(request: u64, attempt: u8) -> u64 {
    request | u64::from(attempt) << 56
}
