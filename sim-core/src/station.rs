//! A queue in front of one or more servers.

use std::collections::VecDeque;

/// First come, first served: `servers` in parallel, at most `room` waiting. Tells who starts; schedules nothing.
#[derive(Clone, Debug)]
pub struct Station<J> {
    servers: usize,
    room: Option<usize>,
    busy: usize,
    waiting: VecDeque<J>,
}

/// What becomes of a job that arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrival<J> {
    /// A server was free: it starts now.
    Starts(J),
    /// It waits; [`Station::depart`] will hand it out.
    Waits,
    /// The queue is full.
    Rejected(J),
}

impl<J> Station<J> {
    /// `servers` servers with room for `room` waiting jobs, or any number of them.
    pub fn new(servers: usize, room: Option<usize>) -> Self {
        Self { servers, room, busy: 0, waiting: VecDeque::new() }
    }

    /// A job arrives.
    pub fn arrive(&mut self, job: J) -> Arrival<J> {
        if self.busy < self.servers {
            self.busy += 1;
            Arrival::Starts(job)
        } else if self.room.is_none_or(|room| self.waiting.len() < room) {
            self.waiting.push_back(job);
            Arrival::Waits
        } else {
            Arrival::Rejected(job)
        }
    }

    /// A job is done; the one returned starts on its server.
    pub fn depart(&mut self) -> Option<J> {
        let next = self.waiting.pop_front();
        if next.is_none() {
            self.busy = self.busy.saturating_sub(1);
        }
        next
    }

    /// Jobs in service.
    pub fn busy(&self) -> usize {
        self.busy
    }

    /// Jobs waiting.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }
}
