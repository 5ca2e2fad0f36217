//! Servers that work on several jobs at once.

use std::collections::VecDeque;

use crate::time::{Span, Time};

/// `servers` in parallel, each taking up to `largest` jobs at a time. A batch starts when a server is free and either
/// the batch is full or its first job has waited `patience`. Returns what starts and when to check again; schedules
/// nothing.
#[derive(Clone, Debug)]
pub struct BatchServer<J> {
    free: usize,
    largest: usize,
    patience: Span,
    waiting: VecDeque<(Time, J)>,
}

impl<J> BatchServer<J> {
    /// # Panics
    /// If `largest` is 0, since nothing would ever start.
    pub fn new(servers: usize, largest: usize, patience: Span) -> Self {
        assert!(largest > 0, "a batch holds at least one job");
        Self { free: servers, largest, patience, waiting: VecDeque::new() }
    }

    /// A job arrives.
    pub fn arrive(&mut self, now: Time, job: J) {
        self.waiting.push_back((now, job));
    }

    /// A server has finished its batch.
    pub fn finish(&mut self) {
        self.free += 1;
    }

    /// A server joins, free.
    pub fn join(&mut self) {
        self.free += 1;
    }

    /// A free server leaves, if there is one.
    pub fn leave(&mut self) -> bool {
        let leaves = self.free > 0;
        self.free -= usize::from(leaves);
        leaves
    }

    /// Servers with nothing to do.
    pub fn free(&self) -> usize {
        self.free
    }

    /// The batch that starts now, if one does; call until there is none.
    pub fn start(&mut self, now: Time) -> Option<Vec<J>> {
        let due = self.waiting.len() >= self.largest || self.wake().is_some_and(|at| at <= now);
        if self.free == 0 || !due {
            return None;
        }
        self.free -= 1;
        let size = self.waiting.len().min(self.largest);
        Some(self.waiting.drain(..size).map(|(_, job)| job).collect())
    }

    /// When the first job will have waited long enough, if a server is free to take it.
    pub fn wake(&self) -> Option<Time> {
        let (arrived, _) = self.waiting.front().filter(|_| self.free > 0)?;
        Some(*arrived + self.patience)
    }

    /// Jobs waiting.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(nanos: u64) -> Time {
        Time::ZERO + Span::from_nanos(nanos)
    }

    #[test]
    fn a_full_batch_starts_at_once_and_a_small_one_when_patience_ends() {
        let mut server = BatchServer::new(1, 2, Span::from_nanos(10));
        server.arrive(at(0), 'a');
        assert_eq!(server.start(at(0)), None);
        assert_eq!(server.wake(), Some(at(10)));
        server.arrive(at(3), 'b');
        assert_eq!(server.start(at(3)), Some(vec!['a', 'b']));
        server.arrive(at(4), 'c');
        assert_eq!((server.start(at(50)), server.wake()), (None, None), "no server is free");
        server.finish();
        assert_eq!(server.start(at(50)), Some(vec!['c']));
    }

    #[test]
    fn servers_join_and_leave() {
        let mut server = BatchServer::new(1, 1, Span::ZERO);
        server.arrive(at(0), 'a');
        server.arrive(at(0), 'b');
        assert_eq!((server.start(at(0)), server.start(at(0))), (Some(vec!['a']), None));
        assert!(!server.leave(), "the only server is busy");
        server.join();
        assert_eq!(server.start(at(1)), Some(vec!['b']));
        server.finish();
        assert!(server.leave() && server.free() == 0);
    }
}
