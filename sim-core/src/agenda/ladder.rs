//! Later events, sorted only as far as necessary: a ladder queue (Tang, Goh & Thng, ACM TOMACS 2005).
//!
//! A rung is a row of equally long buckets of time. Entries beyond all rungs are kept on top, unsorted. When the next
//! bucket is due and small, its entries are sorted and handed out; when it is large, it becomes a finer rung. So an
//! entry is moved a few times, whatever the number of others, and mostly to the end of a bucket.

use super::Event;
use super::entry::Entry;
use super::pool::{Bucket, Pool};
use crate::time::Time;

/// A bucket of up to this many entries is sorted at once.
const SORTED_AT_ONCE: usize = 96;

/// This many entries need no ladder.
const FEW: usize = 512;

/// Entries that a bucket of a new rung should hold on average.
const PER_BUCKET: usize = 16;

/// The most buckets of a rung: the ends of this many fit a second-level cache.
const MOST_BUCKETS: usize = 1024;

/// The fewest buckets of a rung that splits a bucket, so that few levels suffice however uneven the times are.
const LEAST_BUCKETS: usize = 16;

/// With this many rungs, buckets are sorted however large they are.
const MOST_RUNGS: usize = 12;

pub struct Ladder<E> {
    pool: Pool<E>,
    /// From the latest and coarsest to the earliest and finest; each covers one bucket of the one before.
    rungs: Vec<Rung>,
    /// Rows of buckets of earlier rungs, for reuse.
    spare: Vec<Vec<Bucket>>,
    top: Bucket,
    top_first: u64,
    top_last: u64,
    len: usize,
}

struct Rung {
    start: u64,
    /// A bucket is 2^shift nanoseconds long.
    shift: u32,
    buckets: Vec<Bucket>,
    /// The first bucket that is still to come.
    current: usize,
    /// When that bucket begins.
    from: u64,
    /// The last instant covered.
    last: u64,
    len: usize,
}

impl<E> Default for Ladder<E> {
    fn default() -> Self {
        Self {
            pool: Pool::default(),
            rungs: Vec::new(),
            spare: Vec::new(),
            top: Bucket::EMPTY,
            top_first: u64::MAX,
            top_last: 0,
            len: 0,
        }
    }
}

impl Rung {
    /// The last instant of its bucket number `bucket`.
    fn end(&self, bucket: usize) -> u64 {
        let end = u128::from(self.start) + ((bucket as u128 + 1) << self.shift) - 1;
        u64::try_from(end).unwrap_or(u64::MAX).min(self.last)
    }
}

impl<E: Event> Ladder<E> {
    pub fn len(&self) -> usize {
        self.len
    }

    /// Adds an entry that is later than everything handed out so far.
    #[inline(always)]
    pub fn push(&mut self, entry: Entry<E>) {
        self.len += 1;
        let time = entry.time.as_nanos();
        if let Some(rung) = self.rungs.iter_mut().find(|rung| time >= rung.from)
            && time <= rung.last
        {
            rung.len += 1;
            let bucket = ((time - rung.start) >> rung.shift) as usize;
            return self.pool.push(&mut rung.buckets[bucket], entry);
        }
        self.top_first = self.top_first.min(time);
        self.top_last = self.top_last.max(time);
        self.pool.push(&mut self.top, entry);
    }

    /// Adds entries from `first` to `last` before everything else; they become the finest rung.
    pub fn push_before(&mut self, first: Time, last: Time, entries: impl ExactSizeIterator<Item = Entry<E>>) {
        let number = entries.len();
        let mut rung = self.rung(first.as_nanos(), last.as_nanos(), number.max(LEAST_BUCKETS * PER_BUCKET));
        for entry in entries {
            self.put(&mut rung, entry);
        }
        self.len += number;
        self.rungs.push(rung);
    }

    /// Hands out the earliest entries: into `run`, latest first. Returns the time up to which there are no others.
    ///
    /// If few are left in total, they are all handed out.
    pub fn pour(&mut self, run: &mut Vec<Entry<E>>) -> Time {
        loop {
            let Some(rung) = self.rungs.last_mut() else {
                if self.top.len() > FEW {
                    self.raise_top();
                    continue;
                }
                let top = self.take_top();
                self.hand_out(top, run);
                return Time::MAX;
            };
            if rung.len == 0 {
                if let Some(done) = self.rungs.pop() {
                    self.spare.push(done.buckets);
                }
                continue;
            }
            while rung.buckets[rung.current].len() == 0 {
                rung.current += 1;
            }
            let bucket = std::mem::replace(&mut rung.buckets[rung.current], Bucket::EMPTY);
            let (first, last) = (rung.start + ((rung.current as u64) << rung.shift), rung.end(rung.current));
            rung.current += 1;
            rung.from = last.saturating_add(1);
            rung.len -= bucket.len();
            if bucket.len() > SORTED_AT_ONCE && last > first && self.rungs.len() < MOST_RUNGS {
                self.split(bucket, first, last);
                continue;
            }
            self.hand_out(bucket, run);
            return Time::from_nanos(last);
        }
    }

    fn hand_out(&mut self, bucket: Bucket, run: &mut Vec<Entry<E>>) {
        self.len -= bucket.len();
        self.pool.pour(bucket, run);
        run.sort_unstable_by_key(|entry| std::cmp::Reverse(entry.key()));
    }

    /// Resets the times of an empty ladder.
    pub fn fold(&mut self) {
        debug_assert_eq!(self.len, 0);
        self.spare.extend(self.rungs.drain(..).map(|rung| rung.buckets));
    }

    /// Keeps the entries for which `keep` is true, each in its bucket.
    pub fn retain(&mut self, mut keep: impl FnMut(&Entry<E>) -> bool) {
        for rung in &mut self.rungs {
            for bucket in &mut rung.buckets[rung.current..] {
                rung.len -= bucket.len();
                self.pool.retain(bucket, &mut keep);
                rung.len += bucket.len();
            }
        }
        self.pool.retain(&mut self.top, &mut keep);
        self.len = self.rungs.iter().map(|rung| rung.len).sum::<usize>() + self.top.len();
    }

    /// Takes out all entries, in no order.
    pub fn drain(&mut self) -> Vec<Entry<E>> {
        let mut all = Vec::with_capacity(self.len);
        for rung in std::mem::take(&mut self.rungs) {
            rung.buckets.into_iter().for_each(|bucket| self.pool.pour(bucket, &mut all));
        }
        self.pool.pour(self.top, &mut all);
        *self = Self::default();
        all
    }

    #[cfg(test)]
    pub fn bytes(&self) -> usize {
        let rows = self.rungs.iter().map(|rung| &rung.buckets).chain(&self.spare);
        self.pool.bytes() + rows.map(|row| row.capacity() * size_of::<Bucket>()).sum::<usize>()
    }

    fn take_top(&mut self) -> Bucket {
        (self.top_first, self.top_last) = (u64::MAX, 0);
        std::mem::replace(&mut self.top, Bucket::EMPTY)
    }

    fn raise_top(&mut self) {
        let mut rung = self.rung(self.top_first, self.top_last, self.top.len());
        let mut top = self.take_top();
        while let Some(entry) = self.pool.pop(&mut top) {
            self.put(&mut rung, entry);
        }
        self.rungs.push(rung);
    }

    fn split(&mut self, mut bucket: Bucket, first: u64, last: u64) {
        let mut rung = self.rung(first, last, bucket.len().max(LEAST_BUCKETS * PER_BUCKET));
        while let Some(entry) = self.pool.pop(&mut bucket) {
            self.put(&mut rung, entry);
        }
        self.rungs.push(rung);
    }

    /// An empty rung from `first` to `last` for `number` entries.
    fn rung(&mut self, first: u64, last: u64, number: usize) -> Rung {
        let wanted = (number / PER_BUCKET).clamp(2, MOST_BUCKETS);
        let shift = u64::BITS - ((last - first) / wanted as u64).leading_zeros();
        let row = ((last - first) >> shift) as usize + 1;
        let mut buckets = self.spare.pop().unwrap_or_default();
        buckets.clear();
        buckets.resize(row, Bucket::EMPTY);
        Rung { start: first, shift, buckets, current: 0, from: first, last, len: 0 }
    }

    #[inline(always)]
    fn put(&mut self, rung: &mut Rung, entry: Entry<E>) {
        let bucket = ((entry.time.as_nanos() - rung.start) >> rung.shift) as usize;
        rung.len += 1;
        self.pool.push(&mut rung.buckets[bucket], entry);
    }
}
