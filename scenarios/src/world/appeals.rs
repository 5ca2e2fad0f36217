//! Requests that are sent up, attempt after attempt, until an answer comes or the device gives up.
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
use sim_core::{Agenda, Span, Time};

use super::flights::Flight;
use super::{Event, Request, World};
use crate::plan::CLOUD;
use crate::schema::{Fallback, Retry};

/// Why a device stops waiting for the cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failure {
    TimedOut,
    Refused,
}

impl World<'_> {
    /// A request is to be sent up: at once, or when it has been prepared.
    pub(super) fn appeal(&mut self, device: u32, request: Request, now: Time, agenda: &mut Agenda<Event>) {
        self.flights[request].record.appealed = true;
        let number = self.plan.group_of(device);
        match &self.plan.groups[number].prepare {
            None => self.send_up(device, request, now, agenda),
            Some(prepare) => {
                self.asked[number].preparing_s += prepare.time.as_secs();
                self.prepare(device, request, now, agenda);
            }
        }
    }

    /// Begins an attempt.
    pub(super) fn send_up(&mut self, device: u32, request: Request, now: Time, agenda: &mut Agenda<Event>) {
        let number = self.plan.group_of(device);
        let group = &self.plan.groups[number];
        let access = &self.plan.links[group.link];
        let near = access.edge.as_ref().map(|(_, near)| near);
        let flight = &mut self.flights[request];
        if flight.record.attempts == 0 {
            flight.record.radio = Some(self.devices[device as usize].radio.name());
        }
        let attempt = attempt_entity(flight.entity, flight.attempt);
        let payload = self.routes[number].offloads[usize::from(flight.offload)].payload;
        flight.channel = access.link.draw(payload, group.answer, near, &self.streams, attempt);
        self.asked[number].up_bits += flight.channel.up_bits;
        flight.record.attempts += 1;
        flight.travelling += 1;
        self.devices[device as usize].outbox.push_back(request);
        self.pump_radio(device, now, agenda);
    }

    /// The last bit of an attempt has been sent: it travels to the first tier on its path, and the device begins to
    /// wait.
    pub(super) fn under_way(&mut self, device: u32, request: Request, now: Time, agenda: &mut Agenda<Event>) {
        let group = &self.plan.groups[self.plan.group_of(device)];
        let edge = self.plan.links[group.link].edge.as_ref();
        let flight = &mut self.flights[request];
        let attempt = flight.attempt;
        let (tier, way) = match edge {
            Some((tier, _)) => (*tier, flight.channel.near_one_way),
            None => (CLOUD, flight.channel.one_way),
        };
        agenda.after(way + flight.channel.up_recovery, Event::TierArrival { request, attempt, tier });
        if let (Some(retry), false) = (&group.retry, flight.ended) {
            let at = now + retry.after.span();
            flight.attempt_timer = Some(agenda.timer(at, Event::Unanswered { request, attempt }));
        }
    }

    /// The current attempt has been answered or refused.
    pub(super) fn stop_waiting(&mut self, request: Request, agenda: &mut Agenda<Event>) {
        if let Some(timer) = self.flights[request].attempt_timer.take() {
            agenda.cancel(timer);
        }
    }

    pub(super) fn refused(&mut self, request: Request, attempt: u8, now: Time, agenda: &mut Agenda<Event>) {
        self.flights[request].arrived();
        if self.flights[request].awaits(attempt) {
            self.stop_waiting(request, agenda);
            self.attempt_failed(request, Failure::Refused, now, agenda);
        }
    }

    pub(super) fn unanswered(&mut self, request: Request, attempt: u8, now: Time, agenda: &mut Agenda<Event>) {
        if !self.flights.ended(request) && self.flights[request].awaits(attempt) {
            self.flights[request].attempt_timer = None;
            self.attempt_failed(request, Failure::TimedOut, now, agenda);
        }
    }

    /// Schedules another attempt, or gives up.
    fn attempt_failed(&mut self, request: Request, failure: Failure, now: Time, agenda: &mut Agenda<Event>) {
        let flight = &mut self.flights[request];
        let group = &self.plan.groups[self.plan.group_of(flight.record.device)];
        match group.retry.filter(|retry| flight.record.attempts < retry.attempts) {
            None => self.give_up(request, failure, now, agenda),
            Some(retry) => {
                let chance = self.streams.open("backoff", attempt_entity(flight.entity, flight.attempt)).random();
                flight.attempt += 1;
                flight.record.forget_attempt();
                agenda.after(wait(&retry, flight.record.attempts, chance), Event::TryAgain { request });
            }
        }
    }

    pub(super) fn try_again(&mut self, request: Request, now: Time, agenda: &mut Agenda<Event>) {
        if self.flights.ended(request) {
            return;
        }
        let record = &mut self.flights[request].record;
        record.retried = Some(now.as_nanos());
        let device = record.device;
        self.send_up(device, request, now, agenda);
    }

    /// The request's time limit is over, whatever its current attempt.
    pub(super) fn timeout(&mut self, request: Request, now: Time, agenda: &mut Agenda<Event>) {
        self.give_up(request, Failure::TimedOut, now, agenda);
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

/// How long a device waits after `made` attempts.
fn wait(retry: &Retry, made: u8, chance: f64) -> Span {
    let longer = retry.factor.get().powi(i32::from(made) - 1);
    Span::from_secs(retry.backoff.get() * longer * (1.0 - retry.jitter.get() * chance))
}

#[cfg(test)]
mod tests {
    use device_models::units::{Delay, Duration, Factor, Share};

    use super::*;

    /// A tenth of a second, then three times as long each time, less up to half of it.
    #[test]
    fn each_wait_is_longer_and_chance_shortens_it() {
        let retry = Retry {
            attempts: 9,
            after: Duration::new(1.0),
            backoff: Delay::new(0.1),
            factor: Factor::new(3.0),
            jitter: Share::new(0.5),
        };
        let millis = |made, chance| wait(&retry, made, chance).as_secs() * 1e3;
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-6, "{a}, not {b}");
        close(millis(1, 0.0), 100.0);
        close(millis(2, 0.0), 300.0);
        close(millis(4, 0.0), 2700.0);
        // A fifth of the half.
        close(millis(2, 0.2), 300.0 * 0.9);
        close(millis(1, 1.0), 50.0);
    }
}
