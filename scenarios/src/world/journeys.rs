//! Requests under way, in order of arrival.
//!
//! A request is settled when it has ended, nothing is in transit for it any more and no joule can still be booked to
//! it. Requests leave in order as soon as they are settled, so memory only holds those under way, however long the run.

use std::collections::VecDeque;
use std::ops::{Index, IndexMut};

use super::Request;
use super::journey::Journey;

/// All requests under way.
#[derive(Default)]
pub struct Journeys {
    /// Number of the first request.
    first: Request,
    open: VecDeque<Journey>,
}

impl Journeys {
    /// Number of the next request.
    pub fn next(&self) -> Request {
        self.first + self.open.len() as Request
    }

    /// Adds the next request.
    pub fn push(&mut self, journey: Journey) {
        self.open.push_back(journey);
    }

    /// Number of requests that have arrived and not ended.
    pub fn under_way(&self) -> usize {
        self.open.iter().filter(|journey| !journey.has_ended()).count()
    }

    /// Whether a request has ended; requests that have left count as ended.
    pub fn ended(&self, request: Request) -> bool {
        request < self.first || self[request].has_ended()
    }

    /// Whether a request is among them, and has not left.
    pub fn has(&self, request: Request) -> bool {
        request >= self.first && request < self.next()
    }

    /// Takes out the first request, if it is settled.
    pub fn pop_settled(&mut self) -> Option<Journey> {
        self.open.front().is_some_and(Journey::is_settled).then(|| self.pop())?
    }

    /// Takes out the first request, settled or not: for the end of a run.
    pub fn pop(&mut self) -> Option<Journey> {
        let journey = self.open.pop_front()?;
        self.first += 1;
        Some(journey)
    }
}

impl Index<Request> for Journeys {
    type Output = Journey;

    #[inline]
    fn index(&self, request: Request) -> &Journey {
        &self.open[(request - self.first) as usize]
    }
}

impl IndexMut<Request> for Journeys {
    #[inline]
    fn index_mut(&mut self, request: Request) -> &mut Journey {
        &mut self.open[(request - self.first) as usize]
    }
}
