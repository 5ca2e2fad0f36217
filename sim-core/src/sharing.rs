//! Capacity shared equally by the jobs present.
//!
//! The virtual-work method: if every job is served at the same rate r(t) at any time, one number V(t) = ∫ r is enough
//! for all of them. A job of work w that arrives at time a leaves when V reaches V(a) + w, so arrivals, departures and
//! changes of capacity touch V and nothing else, and the next to leave is the one with the least target.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use crate::time::{Span, Time};

/// Processor sharing: n jobs are each served at min(`each`, `capacity` / n). Returns which job leaves next and when;
/// schedules nothing.
#[derive(Clone, Debug)]
pub struct ProcessorSharing {
    capacity: f64,
    each: f64,
    served: f64,
    since: Time,
    jobs: BTreeSet<Target>,
    /// The target of each job, by job.
    targets: BTreeMap<u64, f64>,
}

#[derive(Clone, Copy, Debug)]
struct Target {
    at: f64,
    job: u64,
}

impl ProcessorSharing {
    /// `capacity` in total and at most `each` for one job, in units of work a second; infinite is allowed for either.
    pub fn new(capacity: f64, each: f64) -> Self {
        Self { capacity, each, served: 0.0, since: Time::ZERO, jobs: BTreeSet::new(), targets: BTreeMap::new() }
    }

    /// The rate at which each job is served now.
    pub fn rate(&self) -> f64 {
        self.each.min(self.capacity / self.jobs.len().max(1) as f64)
    }

    /// The rate at which each job would be served if one more were present.
    pub fn rate_for_one_more(&self) -> f64 {
        self.each.min(self.capacity / (self.jobs.len() + 1) as f64)
    }

    /// Jobs present, in the order they will leave.
    pub fn jobs(&self) -> impl Iterator<Item = u64> + '_ {
        self.jobs.iter().map(|target| target.job)
    }

    /// Number of jobs present.
    pub fn len(&self) -> usize {
        self.jobs.len()
    }

    /// Whether no job is present.
    pub fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }

    /// A job of `work` arrives; `job` must differ from all others present.
    pub fn arrive(&mut self, now: Time, job: u64, work: f64) {
        self.advance(now);
        let at = self.served + work;
        self.jobs.insert(Target { at, job });
        self.targets.insert(job, at);
    }

    /// A job leaves, done or not; returns how much of its work was left.
    pub fn leave(&mut self, now: Time, job: u64) -> Option<f64> {
        self.advance(now);
        let at = self.targets.remove(&job)?;
        self.jobs.remove(&Target { at, job });
        let left = (at - self.served).max(0.0);
        if self.jobs.is_empty() {
            // Starting again from 0 keeps the sums short and so exact.
            self.served = 0.0;
        }
        Some(left)
    }

    /// The work `job` has left at `now`; none if it is not present.
    pub fn left(&self, now: Time, job: u64) -> Option<f64> {
        let served = self.served + self.rate() * (now - self.since).as_secs();
        self.targets.get(&job).map(|at| (at - served).max(0.0))
    }

    /// The capacity changes.
    pub fn set_capacity(&mut self, now: Time, capacity: f64) {
        self.advance(now);
        self.capacity = capacity;
    }

    /// The job that leaves next and when, if nothing changes before.
    pub fn next(&self) -> Option<(Time, u64)> {
        let target = self.jobs.first()?;
        let left = (target.at - self.served).max(0.0);
        let wait = if left == 0.0 { Span::ZERO } else { Span::from_secs_up(left / self.rate()) };
        Some((self.since + wait, target.job))
    }

    fn advance(&mut self, now: Time) {
        self.served += self.rate() * (now - self.since).as_secs();
        self.since = now;
    }
}

impl Ord for Target {
    fn cmp(&self, other: &Self) -> Ordering {
        self.at.total_cmp(&other.at).then(self.job.cmp(&other.job))
    }
}

impl PartialOrd for Target {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Target {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Target {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CAPACITY: f64 = 1.5;

    /// Capacity changes with every arrival, up and down.
    fn capacity_after(arrivals: usize) -> f64 {
        CAPACITY * [1.0, 0.2, 2.5, 0.7][arrivals % 4]
    }

    /// The naive twin: every job's work is counted down at every change.
    fn departures_one_by_one(arrivals: &[(u64, f64)], each: f64) -> Vec<(u64, f64)> {
        let (mut now, mut next, mut capacity) = (0.0, 0, CAPACITY);
        let mut left: Vec<(u64, f64)> = Vec::new();
        let mut gone = Vec::new();
        while next < arrivals.len() || !left.is_empty() {
            let rate = each.min(capacity / left.len().max(1) as f64);
            let least = left.iter().map(|(_, work)| *work).fold(f64::INFINITY, f64::min);
            let arrival = arrivals.get(next).map_or(f64::INFINITY, |(at, _)| *at as f64 * 1e-9);
            let until = arrival.min(now + least / rate);
            left.iter_mut().for_each(|(_, work)| *work -= rate * (until - now));
            now = until;
            if arrival <= until {
                left.push((next as u64, arrivals[next].1));
                next += 1;
                capacity = capacity_after(next);
            } else if let Some(at) = (0..left.len()).min_by(|a, b| left[*a].1.total_cmp(&left[*b].1)) {
                gone.push((left.remove(at).0, now));
            }
        }
        gone
    }

    proptest! {
        #[test]
        fn departures_match_the_naive_twin(
            gaps in prop::collection::vec((0u64..2_000_000_000, 0.01f64..3.0), 1..60),
            each in 0.2f64..2.0,
        ) {
            let mut at = 0;
            let arrivals: Vec<(u64, f64)> = gaps.iter().map(|(gap, work)| { at += gap; (at, *work) }).collect();
            let mut sharing = ProcessorSharing::new(CAPACITY, each);
            let (mut next, mut departed) = (0, vec![f64::NAN; arrivals.len()]);
            loop {
                let arrival = arrivals.get(next).map(|(at, _)| Time::ZERO + Span::from_nanos(*at));
                match (arrival, sharing.next()) {
                    (None, None) => break,
                    (Some(now), leaving) if leaving.is_none_or(|(at, _)| now <= at) => {
                        sharing.arrive(now, next as u64, arrivals[next].1);
                        next += 1;
                        sharing.set_capacity(now, capacity_after(next));
                    }
                    (_, Some((now, job))) => {
                        sharing.leave(now, job);
                        departed[job as usize] = now.as_secs();
                    }
                    (Some(_), None) => unreachable!("an arrival before nobody leaves"),
                }
            }
            for (job, expected) in departures_one_by_one(&arrivals, each) {
                let found = departed[job as usize];
                // Each departure is rounded up to a nanosecond, and the error carries over to those after it.
                prop_assert!((found - expected).abs() < 1e-6, "job {} at {} not {}", job, found, expected);
            }
        }
    }

    /// Two jobs share 2 units a second, one each, until a third comes; then each gets two thirds.
    #[test]
    fn capacity_is_shared_equally() {
        let at = |seconds: f64| Time::ZERO + Span::from_secs(seconds);
        let mut sharing = ProcessorSharing::new(2.0, 1.5);
        assert_eq!((sharing.len(), sharing.is_empty(), sharing.rate(), sharing.next()), (0, true, 1.5, None));
        sharing.arrive(at(0.0), 7, 3.0);
        assert_eq!((sharing.rate(), sharing.next()), (1.5, Some((at(2.0), 7))));
        // By 1 s half of the 3 units are done; the other half, and a job of 1 unit, now get 1 each.
        sharing.arrive(at(1.0), 4, 1.0);
        assert_eq!((sharing.len(), sharing.is_empty(), sharing.rate()), (2, false, 1.0));
        assert_eq!((sharing.left(at(1.5), 7), sharing.left(at(1.5), 4)), (Some(1.0), Some(0.5)));
        assert_eq!((sharing.next(), sharing.left(at(1.5), 9)), (Some((at(2.0), 4)), None));
        assert!(sharing.jobs().eq([4, 7]));
        // Job 4 is taken away halfway; a unit of job 7 is left, at a rate of half a unit once the capacity has fallen.
        assert_eq!((sharing.leave(at(1.5), 4), sharing.leave(at(1.5), 4)), (Some(0.5), None));
        sharing.set_capacity(at(1.5), 0.5);
        assert_eq!((sharing.rate(), sharing.next()), (0.5, Some((at(3.5), 7))));
        assert_eq!((sharing.leave(at(3.5), 7), sharing.is_empty(), sharing.next()), (Some(0.0), true, None));
    }

    /// Of two with the same work, the one with the smaller number leaves first, and both can be taken away.
    #[test]
    fn equals_leave_in_the_order_of_their_numbers() {
        let mut sharing = ProcessorSharing::new(1.0, f64::INFINITY);
        [3, 1, 2].into_iter().for_each(|job| sharing.arrive(Time::ZERO, job, 1.0));
        assert!(sharing.jobs().eq([1, 2, 3]));
        assert_eq!((sharing.leave(Time::ZERO, 2), sharing.len()), (Some(1.0), 2));
        assert!(sharing.jobs().eq([1, 3]));
        // Work of nothing is done at once, whatever the rate.
        sharing.set_capacity(Time::ZERO, 0.0);
        sharing.arrive(Time::ZERO, 9, 0.0);
        assert_eq!(sharing.next(), Some((Time::ZERO, 9)));
    }
}
