//! Future events in the order they will happen.
//!
//! Events that happen soon are in a small heap and in a sorted run, later ones in a ladder of buckets that are sorted
//! only when they are due. With up to a few thousand events pending everything is in the heap, the fastest structure at
//! that size; with more, the ladder keeps the cost of an event nearly flat.
//!
//! Most events are never cancelled, and pay nothing for the possibility. Those that may be, timers, own a slot that
//! records whether they are pending; a cancelled one stays in place until it comes up, or until half of all entries are
//! cancelled, and is then swept out.

mod entry;
mod heap;
mod ladder;
mod pool;
mod timers;

use crate::time::{Span, Time};
use entry::Entry;
use heap::Heap;
use ladder::Ladder;
use timers::Timers;

/// Something that happens at an instant: a small value that says what, and to whom. Larger data belongs in the world.
pub trait Event: Copy {
    /// The order among events of one instant: lower ranks come first. Equal ranks keep the order of scheduling.
    fn rank(&self) -> u8 {
        0
    }
}

/// A handle to a timer, to cancel it. Harmless once the timer has fired or been cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handle {
    slot: u32,
    generation: u32,
}

/// With more entries than this, the heap hands some to the ladder.
const HEAP_AT_MOST: usize = 2048;

/// This many cancelled timers are not worth a sweep.
const WORTH_SWEEPING: usize = 32;

/// Pending events, totally ordered by (time, rank, order of scheduling), and the clock.
pub struct Agenda<E> {
    now: Time,
    scheduled: u64,
    /// Soon, added one by one.
    heap: Heap<E>,
    /// Soon, taken from the ladder: latest first.
    run: Vec<Entry<E>>,
    /// The last instant that counts as soon.
    soon: Time,
    /// Later than soon.
    ladder: Ladder<E>,
    /// The length at which the heap is too long.
    too_long: usize,
    timers: Timers,
    /// How often the ladder has handed out.
    refills: u64,
}

impl<E> Default for Agenda<E> {
    fn default() -> Self {
        Self {
            now: Time::ZERO,
            scheduled: 0,
            heap: Heap::default(),
            run: Vec::new(),
            soon: Time::MAX,
            ladder: Ladder::default(),
            too_long: HEAP_AT_MOST,
            timers: Timers::default(),
            refills: 0,
        }
    }
}

impl<E: Event> Agenda<E> {
    /// The clock: when the last event taken off the agenda happened.
    pub fn now(&self) -> Time {
        self.now
    }

    /// Number of pending events.
    pub fn len(&self) -> usize {
        self.entries() - self.timers.dead()
    }

    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// When the next event happens. Clears away cancelled timers before it.
    pub fn peek(&mut self) -> Option<Time> {
        loop {
            let (next, from_run) = self.next()?;
            if self.timers.alive(next.slot) {
                return Some(next.time);
            }
            self.take(from_run);
            self.timers.bury(next.slot);
        }
    }

    /// Schedules `event` at `time`; a time in the past means now.
    #[inline]
    pub fn at(&mut self, time: Time, event: E) {
        self.schedule(time.max(self.now), event, Entry::<E>::FINAL);
    }

    /// Schedules `event` after `span` from now.
    #[inline]
    pub fn after(&mut self, span: Span, event: E) {
        self.schedule(self.now + span, event, Entry::<E>::FINAL);
    }

    /// Schedules `event` at `time` like [`Agenda::at`], so that it can be cancelled.
    #[inline]
    pub fn timer(&mut self, time: Time, event: E) -> Handle {
        let handle = self.timers.open();
        self.schedule(time.max(self.now), event, handle.slot);
        handle
    }

    /// Cancels a timer; returns whether it was pending. Its entry costs a pop when it comes up, or its share of a
    /// sweep.
    pub fn cancel(&mut self, timer: Handle) -> bool {
        if !self.timers.cancel(timer) {
            return false;
        }
        if self.timers.dead() > WORTH_SWEEPING && self.timers.dead() * 2 > self.entries() {
            self.sweep();
        }
        true
    }

    /// Removes all events, timers too: nothing more happens unless it is scheduled again.
    pub fn clear(&mut self) {
        let timers = &mut self.timers;
        let mut keep = |entry: &Entry<E>| {
            if entry.slot != Entry::<E>::FINAL {
                // Its slot is free again, and its handle no longer names a timer.
                timers.happens(entry.slot);
            }
            false
        };
        self.heap.retain(&mut keep);
        self.run.retain(&mut keep);
        self.ladder.retain(&mut keep);
        self.ladder.drain();
        self.soon = Time::MAX;
    }

    /// Takes the next event and moves the clock to it.
    #[inline]
    pub fn pop(&mut self) -> Option<(Time, E)> {
        self.pop_if(|_| true)
    }

    /// Takes the next event and moves the clock to it, if it happens before `end`.
    #[inline]
    pub fn pop_before(&mut self, end: Time) -> Option<(Time, E)> {
        self.pop_if(|time| time < end)
    }

    /// Takes the next event, if its time is acceptable.
    #[inline(always)]
    fn pop_if(&mut self, will_do: impl Fn(Time) -> bool) -> Option<(Time, E)> {
        loop {
            let (next, from_run) = self.next()?;
            if !will_do(next.time) {
                return None;
            }
            self.take(from_run);
            if next.slot == Entry::<E>::FINAL || self.timers.happens(next.slot) {
                self.now = next.time;
                return Some((next.time, next.event));
            }
        }
    }

    /// The next entry, even if it is a cancelled timer, and whether it is in the run.
    #[inline(always)]
    fn next(&mut self) -> Option<(Entry<E>, bool)> {
        loop {
            self.heap.close();
            return match (self.run.last(), self.heap.root()) {
                (Some(last), Some(root)) if last.key() < root.key() => Some((*last, true)),
                (Some(last), None) => Some((*last, true)),
                (_, Some(root)) => Some((*root, false)),
                (None, None) if self.ladder.len() == 0 => None,
                (None, None) => {
                    self.refill();
                    continue;
                }
            };
        }
    }

    /// Takes the next entry from the run or from the heap.
    #[inline(always)]
    fn take(&mut self, from_run: bool) {
        if from_run {
            self.run.pop();
        } else {
            self.heap.take();
        }
    }

    /// How often a handful of events that were far ahead came near; [`Agenda::near`] changes each time.
    #[inline]
    pub fn refills(&self) -> u64 {
        self.refills
    }

    /// Some of the events that happen next, including cancelled timers: those that came near together. None while few
    /// are pending.
    pub fn near(&self) -> impl Iterator<Item = &E> + Clone {
        self.run.iter().rev().map(|entry| &entry.event)
    }

    /// Schedules at a time that is not past.
    #[inline(always)]
    fn schedule(&mut self, time: Time, event: E, slot: u32) {
        let order = u64::from(event.rank()) << 56 | self.scheduled;
        self.scheduled += 1;
        // Entries are built where they are stored: passed through memory in parts, they would cause stalls.
        if time > self.soon {
            self.add_later(time, order, slot, event);
        } else if !self.heap.fill(Entry { time, order, slot, event }) {
            self.add(time, order, slot, event);
        }
    }

    #[inline(never)]
    fn add_later(&mut self, time: Time, order: u64, slot: u32, event: E) {
        self.ladder.push(Entry { time, order, slot, event });
    }

    #[inline(never)]
    fn add(&mut self, time: Time, order: u64, slot: u32, event: E) {
        self.heap.push(Entry { time, order, slot, event });
        if self.heap.len() > self.too_long {
            self.unload();
        }
    }

    /// Entries of any kind, including those of cancelled timers.
    fn entries(&self) -> usize {
        self.heap.len() + self.run.len() + self.ladder.len()
    }

    /// Bytes of memory held.
    #[cfg(test)]
    fn bytes(&self) -> usize {
        let run = self.run.capacity() * size_of::<Entry<E>>();
        self.heap.bytes() + run + self.ladder.bytes() + self.timers.bytes()
    }

    /// Makes the ladder hand out the next entries, when nothing else is soon.
    #[inline(never)]
    fn refill(&mut self) {
        self.soon = if self.ladder.len() > 0 { self.ladder.pour(&mut self.run) } else { Time::MAX };
        self.too_long = HEAP_AT_MOST;
        self.refills += 1;
    }

    /// Hands the later part of the heap to the ladder.
    #[cold]
    fn unload(&mut self) {
        // What the run holds is soon, and so is everything no later than it.
        let run_ends = self.run.first().map(|latest| latest.time);
        let (later, soon): (Vec<_>, Vec<_>) =
            self.heap.drain().into_iter().partition(|entry| run_ends.is_none_or(|ends| entry.time > ends));
        soon.into_iter().for_each(|entry| self.heap.push(entry));
        if let Some(first) = later.iter().map(|entry| entry.time).min() {
            if self.ladder.len() == 0 {
                self.ladder.fold();
                later.into_iter().for_each(|entry| self.ladder.push(entry));
            } else {
                let first = run_ends.map_or(first, |ends| ends + Span::from_nanos(1));
                self.ladder.push_before(first, self.soon, later.into_iter());
            }
            self.soon = run_ends.unwrap_or(Time::ZERO);
        }
        if self.heap.len() + self.run.len() == 0 {
            self.refill();
        }
        self.too_long = HEAP_AT_MOST.max(2 * self.heap.len());
    }

    /// Removes all cancelled timers.
    #[cold]
    fn sweep(&mut self) {
        let timers = &mut self.timers;
        let mut keep = |entry: &Entry<E>| {
            let alive = timers.alive(entry.slot);
            if !alive {
                timers.bury(entry.slot);
            }
            alive
        };
        self.heap.retain(&mut keep);
        self.run.retain(&mut keep);
        self.ladder.retain(&mut keep);
        if self.ladder.len() + self.heap.len() <= HEAP_AT_MOST / 4 {
            self.soon = Time::MAX;
            self.ladder.drain().into_iter().for_each(|entry| self.heap.push(entry));
        }
    }
}

#[cfg(test)]
mod tests;
