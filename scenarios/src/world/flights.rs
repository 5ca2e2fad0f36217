//! Requests under way, in order of arrival.
//!
//! A request is settled when it has ended, nothing is in transit for it any more and no joule can still be booked to
//! it. Requests leave in order as soon as they are settled, so memory only holds those under way, however long the run.

use std::collections::VecDeque;
use std::ops::{Index, IndexMut};

use analysis::RequestRecord;
use device_models::{Channel, Component, Stretch, Transfer};
use sim_core::{Handle, Span, Time};

use super::Request;
use super::attempts::Attempts;
use crate::answers::Observation;
use crate::policies::Way;

/// Bits in transit at a rate that may change.
#[derive(Clone, Copy, Debug)]
pub struct Moving {
    left: f64,
    since: Time,
    stretch: Stretch,
    done: Time,
}

impl Moving {
    /// No bits in transit.
    pub const NOTHING: Self =
        Self { left: 0.0, since: Time::ZERO, stretch: Stretch::at_rate(0.0, Time::MAX), done: Time::MAX };

    /// Begins a transfer of `bits` at `now`.
    pub fn begin(bits: f64, now: Time, stretch: Stretch) -> Self {
        let done = if stretch.rate > 0.0 { now + Span::from_secs_up(bits / stretch.rate) } else { Time::MAX };
        Self { left: bits, since: now, stretch, done }
    }

    /// When the next thing happens: all bits are through, or the rate changes.
    pub fn next(&self) -> Time {
        self.done.min(self.stretch.until)
    }

    /// Whether all bits are through at `now`.
    pub fn is_done(&self, now: Time) -> bool {
        now >= self.done
    }

    /// Bits left at `now`.
    pub fn left(&self, now: Time) -> f64 {
        if self.is_done(now) { 0.0 } else { (self.left - self.stretch.rate * (now - self.since).as_secs()).max(0.0) }
    }

    /// Bits a second now.
    pub fn rate(&self) -> f64 {
        self.stretch.rate
    }

    /// Watts that the sender draws now beyond its radio's active power, or less than that.
    pub fn extra_power(&self) -> f64 {
        self.stretch.extra_power
    }
}

/// A request under way.
pub struct Flight {
    /// Its record.
    pub record: RequestRecord,
    /// What the device sees.
    pub observation: Observation,
    /// See [`crate::plan::entity`].
    pub entity: u64,
    /// What is drawn for its channel, once it is to be sent.
    pub channel: Channel,
    /// The transfer of it under way, burst after burst.
    pub transfer: Transfer,
    /// The burst under way.
    pub moving: Moving,
    /// Its time limit.
    pub timer: Option<Handle>,
    /// Segments that have been run for it.
    pub segments: u8,
    /// Number of the offload it is sent up as, once it is.
    pub offload: u8,
    /// The kind of job that is to a tier.
    pub kind: u8,
    /// How a tier got its answer, once one has.
    pub answered: Option<Way>,
    /// How far it has come in being sent up, and whether it has ended, in whatever way.
    pub attempts: Attempts,
    /// The time limit of its current attempt.
    pub attempt_timer: Option<Handle>,
    /// How many things are in transit for it: transfers, batches and answers, including those of failed attempts.
    pub travelling: u8,
    /// Components of its device whose energy is being booked to it.
    pub accounts: u8,
}

impl Flight {
    fn settled(&self) -> bool {
        self.ended() && self.travelling == 0 && self.accounts == 0
    }

    /// Something in transit for it has arrived, or is lost.
    pub fn arrived(&mut self) {
        self.travelling -= 1;
    }

    /// What its device's processor is doing for it: running a segment, or, once it is an appeal, preparing it.
    pub fn work(&self) -> Component {
        if self.record.appealed { Component::Prepare } else { Component::Compute }
    }

    /// Whether it has ended, in whatever way.
    pub fn ended(&self) -> bool {
        self.attempts.is_over()
    }

    /// Whether it still waits for the outcome of `attempt`.
    pub fn awaits(&self, attempt: u8) -> bool {
        self.attempts.awaits(attempt)
    }
}

/// All requests under way.
#[derive(Default)]
pub struct Flights {
    /// Number of the first request.
    first: Request,
    open: VecDeque<Flight>,
}

impl Flights {
    /// Number of the next request.
    pub fn next(&self) -> Request {
        self.first + self.open.len() as Request
    }

    /// Adds the next request.
    pub fn push(&mut self, flight: Flight) {
        self.open.push_back(flight);
    }

    /// Number of requests that have arrived and not ended.
    pub fn under_way(&self) -> usize {
        self.open.iter().filter(|flight| !flight.ended()).count()
    }

    /// Whether a request has ended; requests that have left count as ended.
    pub fn ended(&self, request: Request) -> bool {
        request < self.first || self[request].ended()
    }

    /// Whether a request is among them, and has not left.
    pub fn has(&self, request: Request) -> bool {
        request >= self.first && request < self.next()
    }

    /// Takes out the first request, if it is settled.
    pub fn pop_settled(&mut self) -> Option<Flight> {
        self.open.front().is_some_and(Flight::settled).then(|| self.pop())?
    }

    /// Takes out the first request, settled or not: for the end of a run.
    pub fn pop(&mut self) -> Option<Flight> {
        let flight = self.open.pop_front()?;
        self.first += 1;
        Some(flight)
    }
}

impl Index<Request> for Flights {
    type Output = Flight;

    #[inline]
    fn index(&self, request: Request) -> &Flight {
        &self.open[(request - self.first) as usize]
    }
}

impl IndexMut<Request> for Flights {
    #[inline]
    fn index_mut(&mut self, request: Request) -> &mut Flight {
        &mut self.open[(request - self.first) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A hundred bits at ten a second from 2 s on, but the rate only holds until 7 s.
    #[test]
    fn what_is_left_shrinks_with_the_rate() {
        let at = |seconds: f64| Time::ZERO + Span::from_secs(seconds);
        let moving = Moving::begin(100.0, at(2.0), Stretch::at_rate(10.0, at(7.0)));
        assert_eq!((moving.next(), moving.rate()), (at(7.0), 10.0));
        assert_eq!([2.0, 3.0, 7.0].map(|seconds| moving.left(at(seconds))), [100.0, 90.0, 50.0]);
        assert!(!moving.is_done(at(7.0)));
        // The other fifty, with no end to the rate, are through at 12 s.
        let moving = Moving::begin(moving.left(at(7.0)), at(7.0), Stretch::at_rate(10.0, Time::MAX));
        assert_eq!((moving.next(), moving.left(at(12.0))), (at(12.0), 0.0));
        assert!(!moving.is_done(at(11.999_999_999)) && moving.is_done(at(12.0)));
        let stalled = Moving::begin(100.0, at(2.0), Stretch::at_rate(0.0, at(9.0)));
        assert_eq!((stalled.next(), stalled.left(at(8.0))), (at(9.0), 100.0));
    }
}
