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

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy)]
    struct Nothing;
    impl Event for Nothing {}

    fn entry(time: u64, order: u64) -> Entry<Nothing> {
        Entry { time: Time::from_nanos(time), order, slot: Entry::<Nothing>::FINAL, event: Nothing }
    }

    /// How many entries are handed out each time, until nothing is left; they come in order, and nothing that is left is
    /// earlier than it was said.
    fn handfuls(mut ladder: Ladder<Nothing>) -> Vec<usize> {
        let (mut last, mut soon, mut sizes) = (0, 0, Vec::new());
        while ladder.len() > 0 {
            let mut run = Vec::new();
            let until = ladder.pour(&mut run).as_nanos();
            assert!(run.iter().rev().is_sorted_by_key(|entry| entry.key()));
            let times: Vec<u64> = run.iter().rev().map(|entry| entry.time.as_nanos()).collect();
            assert!(times.iter().all(|time| *time >= last.max(soon) && *time <= until), "{times:?}");
            (last, soon) = (times.last().copied().unwrap_or(last), until.saturating_add(1));
            assert!(ladder.rungs.len() <= MOST_RUNGS);
            sizes.push(times.len());
        }
        sizes
    }

    /// Every rung covers its time, in as many buckets as it should have or up to half as many.
    #[test]
    fn rungs_are_as_fine_as_they_should_be() {
        for (first, last) in
            [(0, 1), (7, 7), (5, 40_000), (1_000_000, 999_999_999_999), (0, u64::MAX), (u64::MAX - 9, u64::MAX)]
        {
            for number in [1, 40, 256, 5_000, 10_000_000] {
                let wanted = (number / PER_BUCKET).clamp(2, MOST_BUCKETS);
                let rung = Ladder::<Nothing>::default().rung(first, last, number);
                let buckets = rung.buckets.len();
                assert!(buckets <= wanted && (buckets >= wanted / 2 || rung.shift <= 1), "{buckets} of {wanted}");
                assert_eq!(rung.buckets.len() as u64 - 1, (last - first) >> rung.shift);
                assert_eq!((rung.end(buckets - 1), rung.current, rung.from, rung.len), (last, 0, first, 0));
            }
        }
        let rung = Ladder::<Nothing>::default().rung(100, 10_000, 80);
        assert_eq!((rung.shift, rung.end(0), rung.end(1)), (11, 100 + 2047, 100 + 4095));
    }

    /// Whether times are evenly spread or crowd together, entries come in handfuls that are sorted quickly, and these are
    /// few; the last few come together.
    #[test]
    fn handfuls_are_small_and_few() {
        let even = |number: u64| number * 1_000;
        let crowded = |number: u64| number * number * number;
        let apart = |number: u64| if number.is_multiple_of(2) { number } else { 1 << 50 | number };
        for (what, time) in [("even", &even as &dyn Fn(u64) -> u64), ("crowded", &crowded), ("apart", &apart)] {
            let mut ladder = Ladder::default();
            // Scattered: 7919 and 50,021 are primes.
            (0..50_021).for_each(|order| ladder.push(entry(time(order * 7919 % 50_021), order)));
            assert_eq!((ladder.len(), ladder.rungs.len()), (50_021, 0));
            let sizes = handfuls(ladder);
            assert_eq!(sizes.iter().sum::<usize>(), 50_021);
            assert!(sizes.iter().all(|size| *size <= SORTED_AT_ONCE), "{what}: {:?}", sizes.iter().max());
            let empty = sizes.iter().filter(|size| **size == 0).count();
            assert!(empty == 0 && sizes.len() < 50_021 / 5, "{what}: {} handfuls", sizes.len());
        }
        let mut few = Ladder::default();
        (0..FEW as u64).for_each(|order| few.push(entry(order, order)));
        assert_eq!(handfuls(few), [FEW]);
    }

    /// What happens at one instant is handed out together, however much it is.
    #[test]
    fn an_instant_cannot_be_split() {
        let mut ladder = Ladder::default();
        (0..2_000).for_each(|order| ladder.push(entry(if order < 1_500 { 9 } else { 9 + order }, order)));
        let sizes = handfuls(ladder);
        assert!(sizes[0] >= 1_500 && sizes[0] < 1_600, "{sizes:?}");
    }

    /// Entries that come before all others are a rung of their own, of no fewer buckets than a rung should have.
    #[test]
    fn what_comes_before_everything_is_handed_out_first() {
        let mut ladder = Ladder::default();
        (0..1_000).for_each(|order| ladder.push(entry(1_000_000 + order, order)));
        ladder.push_before(
            Time::from_nanos(10),
            Time::from_nanos(999_999),
            (0..300u32).map(|order| entry(10 + 3_000 * u64::from(order), order.into())),
        );
        assert_eq!((ladder.len(), ladder.rungs.len()), (1_300, 1));
        assert!((LEAST_BUCKETS / 2..=LEAST_BUCKETS + 2).contains(&ladder.rungs[0].buckets.len()));
        // One more in that time finds its bucket.
        ladder.push(entry(500_000, 5_000));
        assert_eq!((ladder.len(), ladder.rungs[0].len), (1_301, 301));
        let sizes = handfuls(ladder);
        assert!(sizes.iter().sum::<usize>() == 1_301 && sizes.iter().all(|size| *size <= SORTED_AT_ONCE), "{sizes:?}");
    }

    /// Every third entry is kept, on the rungs and on top.
    #[test]
    fn what_is_kept_stays_where_it_is() {
        let mut ladder = Ladder::default();
        (0..3_000).for_each(|order| ladder.push(entry(order * 100, order)));
        let mut run = Vec::new();
        ladder.pour(&mut run);
        let handed_out = run.len() as u64;
        assert!(handed_out < 100 && !ladder.rungs.is_empty());
        (0..900).for_each(|order| ladder.push(entry(1_000_000 + order, 3_000 + order)));
        ladder.retain(|entry| entry.order.is_multiple_of(3));
        let kept = (handed_out..3_900).filter(|order| order.is_multiple_of(3)).count();
        assert_eq!((ladder.len(), ladder.top.len()), (kept, 300));
        assert_eq!(ladder.rungs.iter().map(|rung| rung.len).sum::<usize>(), kept - 300);
        let mut all: Vec<u64> = ladder.drain().iter().map(|entry| entry.order).collect();
        all.sort_unstable();
        assert!(all.into_iter().eq((handed_out..3_900).filter(|order| order.is_multiple_of(3))));
        assert_eq!((ladder.len(), ladder.rungs.len(), ladder.top_first, ladder.top_last), (0, 0, u64::MAX, 0));
    }
}
