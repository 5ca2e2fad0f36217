//! Future events in the order they will happen.
//!
//! A 4-ary heap of small keys beside a slab of events: keys move, events stay where they were put. Cancelling empties the
//! event's place and leaves the key to be dropped when it surfaces; when more than half the keys are dead, they are swept
//! out, so far-away timers that never fire cost neither time nor memory.
//!
//! Most events schedule another one. Taking an event therefore leaves a hole at the root, and the next event scheduled
//! starts there: one walk down the heap instead of one down and one up.

use crate::time::{Span, Time};

/// Children of a heap node; four keys of 24 bytes lie in two cache lines.
const ARITY: usize = 4;

/// Something that happens at an instant.
pub trait Event {
    /// What comes first among events of one instant: lower ranks do. Equal ranks keep the order of scheduling.
    fn rank(&self) -> u8 {
        0
    }
}

/// Names a scheduled event, to cancel it. Harmless once the event has happened or been cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handle {
    place: u32,
    generation: u32,
}

/// Pending events, totally ordered by (time, rank, order of scheduling), and the clock.
pub struct Agenda<E> {
    now: Time,
    keys: Vec<Key>,
    places: Vec<Place<E>>,
    free: Vec<u32>,
    scheduled: u64,
    /// Keys whose events were cancelled.
    cancelled: usize,
    /// Whether the first key's event is gone already. Never while any key is dead, so that the next one is alive.
    hole: bool,
}

#[derive(Clone, Copy)]
struct Key {
    time: Time,
    /// Rank in the top byte, number of scheduling below.
    order: u64,
    place: u32,
}

impl Key {
    /// What keys are compared by, as one number: no branch between time and order.
    fn rank(&self) -> u128 {
        u128::from(self.time.as_nanos()) << 64 | u128::from(self.order)
    }
}

struct Place<E> {
    generation: u32,
    event: Option<E>,
}

impl<E: Event> Default for Agenda<E> {
    fn default() -> Self {
        Self {
            now: Time::ZERO,
            keys: Vec::new(),
            places: Vec::new(),
            free: Vec::new(),
            scheduled: 0,
            cancelled: 0,
            hole: false,
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
        self.keys.len() - self.cancelled - usize::from(self.hole)
    }

    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// When the next event happens.
    pub fn peek(&self) -> Option<Time> {
        if self.hole {
            return self.least_child(0).map(|least| self.keys[least].time);
        }
        self.keys.first().map(|key| key.time)
    }

    /// Schedules `event` at `time`; the past is taken to mean now. O(log pending).
    pub fn at(&mut self, time: Time, event: E) -> Handle {
        let order = u64::from(event.rank()) << 56 | self.scheduled;
        self.scheduled += 1;
        let place = match self.free.pop() {
            Some(place) => {
                self.places[place as usize].event = Some(event);
                place
            }
            None => {
                self.places.push(Place { generation: 0, event: Some(event) });
                (self.places.len() - 1) as u32
            }
        };
        let key = Key { time: time.max(self.now), order, place };
        if std::mem::take(&mut self.hole) {
            self.keys[0] = key;
            self.sink(0);
        } else {
            self.keys.push(key);
            self.rise(self.keys.len() - 1);
        }
        Handle { place, generation: self.places[place as usize].generation }
    }

    /// Schedules `event` after `span` from now.
    pub fn after(&mut self, span: Span, event: E) -> Handle {
        self.at(self.now + span, event)
    }

    /// Takes an event back, if it has not happened yet. Amortised, it costs no more than a pop.
    pub fn cancel(&mut self, handle: Handle) -> Option<E> {
        let place = self.places.get_mut(handle.place as usize).filter(|p| p.generation == handle.generation)?;
        let event = place.event.take()?;
        place.generation = place.generation.wrapping_add(1);
        self.close_hole();
        self.cancelled += 1;
        if self.cancelled * 2 > self.keys.len() {
            self.sweep();
        } else {
            self.drop_dead_head();
        }
        Some(event)
    }

    /// Takes the next event and moves the clock to it. O(log pending).
    pub fn pop(&mut self) -> Option<(Time, E)> {
        self.close_hole();
        let key = *self.keys.first()?;
        let place = &mut self.places[key.place as usize];
        place.generation = place.generation.wrapping_add(1);
        let event = place.event.take();
        self.free.push(key.place);
        self.now = key.time;
        self.hole = true;
        if self.cancelled > 0 {
            self.close_hole();
            self.drop_dead_head();
        }
        event.map(|event| (key.time, event))
    }

    fn close_hole(&mut self) {
        if std::mem::take(&mut self.hole) {
            self.remove_head();
        }
    }

    /// Keeps the invariant that the first key is alive, so that `peek` need not look further.
    fn drop_dead_head(&mut self) {
        while self.keys.first().is_some_and(|key| self.places[key.place as usize].event.is_none()) {
            if let Some(key) = self.remove_head() {
                self.free.push(key.place);
                self.cancelled -= 1;
            }
        }
    }

    fn sweep(&mut self) {
        let (places, free) = (&self.places, &mut self.free);
        self.keys.retain(|key| {
            let alive = places[key.place as usize].event.is_some();
            if !alive {
                free.push(key.place);
            }
            alive
        });
        self.cancelled = 0;
        for at in (0..self.keys.len().div_ceil(ARITY)).rev() {
            self.sink(at);
        }
    }

    fn remove_head(&mut self) -> Option<Key> {
        if self.keys.is_empty() {
            return None;
        }
        let head = self.keys.swap_remove(0);
        self.sink(0);
        Some(head)
    }

    fn rise(&mut self, mut at: usize) {
        let key = self.keys[at];
        while at > 0 {
            let parent = (at - 1) / ARITY;
            if self.keys[parent].rank() <= key.rank() {
                break;
            }
            self.keys[at] = self.keys[parent];
            at = parent;
        }
        self.keys[at] = key;
    }

    fn sink(&mut self, mut at: usize) {
        let Some(&key) = self.keys.get(at) else { return };
        while let Some(least) = self.least_child(at).filter(|least| self.keys[*least].rank() < key.rank()) {
            self.keys[at] = self.keys[least];
            at = least;
        }
        self.keys[at] = key;
    }

    fn least_child(&self, at: usize) -> Option<usize> {
        let first = at * ARITY + 1;
        let children = first..(first + ARITY).min(self.keys.len());
        children.min_by_key(|child| self.keys[*child].rank())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Numbered(u8, usize);

    impl Event for Numbered {
        fn rank(&self) -> u8 {
            self.0
        }
    }

    proptest! {
        /// Against a sorted list: events come out by (time, rank, order of scheduling), cancelled ones never.
        #[test]
        fn order_is_total(steps in prop::collection::vec((0u64..50, 0u8..3, 0u8..4), 1..400)) {
            let mut agenda = Agenda::default();
            let mut twin: Vec<(Time, u8, usize)> = Vec::new();
            let mut handles = Vec::new();
            for (number, (delay, rank, action)) in steps.into_iter().enumerate() {
                match action {
                    0 => {
                        twin.sort();
                        let expected = (!twin.is_empty()).then(|| twin.remove(0));
                        let popped = agenda.pop().map(|(time, e): (_, Numbered)| (time, e.0, e.1));
                        prop_assert_eq!(popped, expected);
                    }
                    1 if !handles.is_empty() => {
                        let (id, handle) = handles.swap_remove(delay as usize % handles.len());
                        let pending = twin.iter().any(|entry| entry.2 == id);
                        prop_assert_eq!(agenda.cancel(handle).is_some(), pending);
                        twin.retain(|entry| entry.2 != id);
                    }
                    _ => {
                        let time = agenda.now() + Span::from_nanos(delay);
                        handles.push((number, agenda.at(time, Numbered(rank, number))));
                        twin.push((time, rank, number));
                    }
                }
                prop_assert_eq!(agenda.len(), twin.len());
                prop_assert_eq!(agenda.peek(), twin.iter().map(|entry| entry.0).min());
            }
        }
    }

    #[test]
    fn cancelled_timers_leave_nothing_behind() {
        let mut agenda = Agenda::default();
        for number in 0..100_000 {
            let handle = agenda.at(Time::MAX, Numbered(0, number));
            agenda.cancel(handle);
        }
        assert!(agenda.is_empty());
        assert!(agenda.keys.len() <= 1 && agenda.places.len() <= 2);
    }

    #[test]
    fn the_past_is_now() {
        let mut agenda = Agenda::default();
        agenda.at(Time::ZERO + Span::from_nanos(10), Numbered(0, 0));
        agenda.pop();
        agenda.at(Time::ZERO, Numbered(0, 1));
        assert_eq!(agenda.pop().map(|(time, _)| time.as_nanos()), Some(10));
    }
}
