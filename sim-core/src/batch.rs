//! Servers that work on several jobs at once.

use std::collections::VecDeque;

use crate::time::{Span, Time};

/// `servers` in parallel, each taking up to `largest` jobs of one kind at a time. A batch starts when a server is free
/// and either the batch is full or its first job has waited `patience`; of several kinds that may start, the one whose
/// first job has waited longest. Returns what starts and when to check again; schedules nothing.
#[derive(Clone, Debug)]
pub struct BatchServer<J> {
    free: usize,
    largest: usize,
    patience: Span,
    /// Jobs by kind, in order of arrival.
    waiting: Vec<VecDeque<(Time, J)>>,
}

/// Jobs that are done together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch<J> {
    /// Their kind.
    pub kind: usize,
    /// The jobs, in order of arrival.
    pub jobs: Vec<J>,
}

/// No jobs.
impl<J> Default for Batch<J> {
    fn default() -> Self {
        Self { kind: 0, jobs: Vec::new() }
    }
}

impl<J> BatchServer<J> {
    /// # Panics
    /// If `largest` is 0, since nothing would ever start.
    pub fn new(servers: usize, largest: usize, patience: Span) -> Self {
        assert!(largest > 0, "a batch holds at least one job");
        Self { free: servers, largest, patience, waiting: Vec::new() }
    }

    /// A job arrives; kinds are numbered from 0.
    pub fn arrive(&mut self, now: Time, kind: usize, job: J) {
        while self.waiting.len() <= kind {
            self.waiting.push(VecDeque::new());
        }
        self.waiting[kind].push_back((now, job));
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
    pub fn start(&mut self, now: Time) -> Option<Batch<J>> {
        if self.free == 0 {
            return None;
        }
        let due = |jobs: &VecDeque<(Time, J)>| {
            let (arrived, _) = jobs.front()?;
            (jobs.len() >= self.largest || *arrived + self.patience <= now).then_some(*arrived)
        };
        let first = self.waiting.iter().enumerate().filter_map(|(kind, jobs)| Some((due(jobs)?, kind))).min();
        let (_, kind) = first?;
        self.free -= 1;
        let size = self.waiting[kind].len().min(self.largest);
        Some(Batch { kind, jobs: self.waiting[kind].drain(..size).map(|(_, job)| job).collect() })
    }

    /// When the first job will have waited long enough, if a server is free to take it.
    pub fn wake(&self) -> Option<Time> {
        let first = self.waiting.iter().filter_map(|jobs| jobs.front()).map(|(arrived, _)| *arrived).min();
        first.filter(|_| self.free > 0).map(|arrived| arrived + self.patience)
    }

    /// Jobs waiting.
    pub fn waiting(&self) -> usize {
        self.waiting.iter().map(VecDeque::len).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(nanos: u64) -> Time {
        Time::ZERO + Span::from_nanos(nanos)
    }

    fn jobs<J>(batch: Option<Batch<J>>) -> Option<Vec<J>> {
        batch.map(|batch| batch.jobs)
    }

    #[test]
    fn a_full_batch_starts_at_once_and_a_small_one_when_patience_ends() {
        let mut server = BatchServer::new(1, 2, Span::from_nanos(10));
        server.arrive(at(0), 0, 'a');
        assert_eq!(server.start(at(0)), None);
        assert_eq!(server.wake(), Some(at(10)));
        server.arrive(at(3), 0, 'b');
        assert_eq!(jobs(server.start(at(3))), Some(vec!['a', 'b']));
        server.arrive(at(4), 0, 'c');
        assert_eq!((server.start(at(50)), server.wake()), (None, None), "no server is free");
        server.finish();
        assert_eq!(jobs(server.start(at(50))), Some(vec!['c']));
    }

    /// The pair of the second kind is full before the first job has waited long enough; then the older of two that are
    /// due comes first, and never are two kinds in one batch.
    #[test]
    fn a_batch_holds_one_kind() {
        let mut server = BatchServer::new(1, 2, Span::from_nanos(10));
        server.arrive(at(0), 1, 'a');
        server.arrive(at(1), 0, 'x');
        server.arrive(at(2), 0, 'y');
        assert_eq!(server.start(at(2)), Some(Batch { kind: 0, jobs: vec!['x', 'y'] }));
        server.arrive(at(3), 0, 'z');
        server.finish();
        assert_eq!((server.start(at(9)), server.wake(), server.waiting()), (None, Some(at(10)), 2));
        assert_eq!(server.start(at(13)), Some(Batch { kind: 1, jobs: vec!['a'] }));
        server.finish();
        assert_eq!(server.start(at(13)), Some(Batch { kind: 0, jobs: vec!['z'] }));
    }

    #[test]
    fn servers_join_and_leave() {
        let mut server = BatchServer::new(1, 1, Span::ZERO);
        server.arrive(at(0), 0, 'a');
        server.arrive(at(0), 0, 'b');
        assert_eq!((jobs(server.start(at(0))), server.start(at(0))), (Some(vec!['a']), None));
        assert!(!server.leave(), "the only server is busy");
        server.join();
        assert_eq!(jobs(server.start(at(1))), Some(vec!['b']));
        server.finish();
        assert!(server.leave() && server.free() == 0);
    }

    #[test]
    fn nothing_fits_into_a_batch_of_none() {
        let made = std::panic::catch_unwind(|| BatchServer::<char>::new(1, 0, Span::ZERO));
        assert!(made.is_err());
        assert_eq!(Batch::<char>::default(), Batch { kind: 0, jobs: Vec::new() });
    }

    /// Five jobs of two kinds at two servers, two to a batch: two full batches start, the last job waits alone.
    #[test]
    fn batches_start_while_servers_are_free() {
        let mut server = BatchServer::new(2, 2, Span::from_nanos(10));
        [(0, 1, 'a'), (1, 0, 'b'), (2, 1, 'c'), (3, 0, 'd'), (4, 0, 'e')]
            .into_iter()
            .for_each(|(now, kind, job)| server.arrive(at(now), kind, job));
        assert_eq!((server.free(), server.waiting(), server.wake()), (2, 5, Some(at(10))));
        assert_eq!(server.start(at(4)), Some(Batch { kind: 1, jobs: vec!['a', 'c'] }));
        assert_eq!((server.free(), server.waiting(), server.wake()), (1, 3, Some(at(11))));
        assert_eq!(server.start(at(4)), Some(Batch { kind: 0, jobs: vec!['b', 'd'] }));
        assert_eq!((server.free(), server.waiting(), server.wake()), (0, 1, None));
        assert_eq!((server.start(at(99)), server.leave()), (None, false));
        server.join();
        assert_eq!((server.free(), server.wake(), server.start(at(13))), (1, Some(at(14)), None));
        assert_eq!(server.start(at(14)), Some(Batch { kind: 0, jobs: vec!['e'] }));
        server.finish();
        server.finish();
        assert_eq!(([server.leave(), server.leave(), server.leave()], server.free()), ([true, true, false], 0));
    }
}
