use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

#[derive(Clone, Copy, Debug, PartialEq)]
struct Numbered(u8, usize);

impl Event for Numbered {
    fn rank(&self) -> u8 {
        self.0
    }
}

/// An agenda together with a sorted map as reference.
#[derive(Default)]
struct Twins {
    agenda: Agenda<Numbered>,
    map: BTreeMap<(Time, u8, usize), ()>,
    timers: Vec<((Time, u8, usize), Handle)>,
    scheduled: usize,
}

impl Twins {
    fn schedule(&mut self, time: Time, rank: u8, timer: bool) {
        let event = Numbered(rank, self.scheduled);
        let key = (time.max(self.agenda.now()), rank, self.scheduled);
        self.scheduled += 1;
        self.map.insert(key, ());
        if timer {
            self.timers.push((key, self.agenda.timer(time, event)));
        } else {
            self.agenda.at(time, event);
        }
    }

    fn pop(&mut self) -> Result<(), TestCaseError> {
        let expected = self.map.pop_first().map(|(key, ())| key);
        let popped = self.agenda.pop().map(|(time, event)| (time, event.0, event.1));
        prop_assert_eq!(popped, expected);
        Ok(())
    }

    fn cancel(&mut self, which: usize) -> Result<(), TestCaseError> {
        if !self.timers.is_empty() {
            let which = which % self.timers.len();
            let (key, handle) = self.timers[which];
            prop_assert_eq!(self.agenda.cancel(handle), self.map.remove(&key).is_some());
            prop_assert!(!self.agenda.cancel(handle), "a second time");
            if which.is_multiple_of(2) {
                self.timers.swap_remove(which);
            }
        }
        Ok(())
    }

    fn agree(&mut self) -> Result<(), TestCaseError> {
        prop_assert_eq!(self.agenda.len(), self.map.len());
        prop_assert_eq!(self.agenda.peek(), self.map.keys().next().map(|key| key.0));
        Ok(())
    }

    fn empty(mut self) -> Result<(), TestCaseError> {
        while !self.map.is_empty() {
            self.pop()?;
        }
        prop_assert_eq!(self.agenda.pop(), None);
        prop_assert_eq!(self.agenda.entries(), 0);
        Ok(())
    }
}

proptest! {
    /// Events come out by (time, rank, order of scheduling), cancelled timers never.
    #[test]
    fn order_is_total(steps in prop::collection::vec((0u64..50, 0u8..3, 0u8..6), 1..400)) {
        let mut twins = Twins::default();
        for (delay, rank, action) in steps {
            match action {
                0 | 1 => twins.pop()?,
                2 => twins.cancel(delay as usize)?,
                _ => {
                    let time = twins.agenda.now() + Span::from_nanos(delay);
                    twins.schedule(time, rank, action == 3);
                }
            }
            twins.agree()?;
        }
        twins.empty()?;
    }

    /// The same with enough events for the ladder: waves of thousands near and far, many of them at one instant,
    /// removed again, or cancelled.
    #[test]
    fn order_is_total_in_large(waves in prop::collection::vec((0u8..5, 0u32..64, 100usize..4000, any::<u64>()), 1..12)) {
        let mut twins = Twins::default();
        for (action, reach, count, salt) in waves {
            let mut random = salt;
            for number in 0..count {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let delay = Span::from_nanos((random >> 8) >> (63 - reach).min(55));
                match action {
                    0 => twins.pop()?,
                    1 => twins.cancel(random as usize >> 16)?,
                    // A hold: one off, one on.
                    2 => {
                        twins.pop()?;
                        let time = twins.agenda.now() + delay;
                        twins.schedule(time, (random % 3) as u8, number % 2 == 0);
                    }
                    // Everything at a few instants.
                    3 => {
                        let time = twins.agenda.now() + Span::from_nanos(delay.as_nanos() & (3 << reach.min(60)));
                        twins.schedule(time, (random % 3) as u8, number % 3 == 0);
                    }
                    _ => {
                        let time = twins.agenda.now() + delay;
                        twins.schedule(time, (random % 3) as u8, number % 2 == 0);
                    }
                }
                if number % 97 == 0 {
                    twins.agree()?;
                }
            }
        }
        twins.agree()?;
        twins.empty()?;
    }
}

#[test]
fn cancelled_timers_leave_nothing_behind() {
    let mut agenda = Agenda::default();
    for number in 0..100_000 {
        let timer = agenda.timer(Time::MAX, Numbered(0, number));
        agenda.cancel(timer);
    }
    assert!(agenda.is_empty());
    assert!(agenda.entries() <= WORTH_SWEEPING + 1);
}

#[test]
fn the_past_is_now() {
    let mut agenda = Agenda::default();
    agenda.at(Time::from_nanos(10), Numbered(0, 0));
    agenda.pop();
    agenda.at(Time::ZERO, Numbered(0, 1));
    assert_eq!(agenda.pop().map(|(time, _)| time.as_nanos()), Some(10));
}

#[test]
fn the_end_of_time_is_a_time_like_any_other() {
    let mut agenda = Agenda::default();
    for number in 0..10_000 {
        agenda.at(Time::MAX, Numbered(1, number));
    }
    agenda.at(Time::MAX, Numbered(0, 10_000));
    assert_eq!(agenda.pop(), Some((Time::MAX, Numbered(0, 10_000))));
    agenda.at(Time::MAX, Numbered(0, 10_001));
    assert_eq!(agenda.pop(), Some((Time::MAX, Numbered(0, 10_001))));
    assert_eq!(agenda.pop(), Some((Time::MAX, Numbered(1, 0))));
    assert_eq!(agenda.pop_before(Time::MAX), None);
}

/// A pending event of sixteen bytes takes less than 64, however long the agenda has been in use.
#[test]
fn memory_per_pending_event() {
    #[derive(Clone, Copy)]
    struct Sixteen(#[expect(dead_code, reason = "sixteen bytes")] [u64; 2]);
    impl Event for Sixteen {}

    for pending in [10_000u64, 100_000, 1_000_000] {
        let mut agenda = Agenda::default();
        let mut random = 1u64;
        let mut delay = || {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            Span::from_secs(-((random >> 11) as f64 / (1u64 << 53) as f64).ln_1p() + 1.0)
        };
        for number in 0..pending {
            agenda.after(delay(), Sixteen([number; 2]));
        }
        for _ in 0..pending {
            agenda.pop();
            agenda.after(delay(), Sixteen([0; 2]));
        }
        let bytes = agenda.bytes() as f64 / pending as f64;
        assert!(bytes < 64.0, "{bytes} bytes for each of {pending}");
    }
}

/// With many pending, [`Agenda::near`] gives the next ones, in their order.
#[test]
fn what_is_near_happens_next() {
    let mut agenda: Agenda<Numbered> = Agenda::default();
    for number in 0..10_000 {
        agenda.at(Time::from_nanos(number as u64 * 7919 % 100_003 * 1000), Numbered(0, number));
    }
    let mut met = 0;
    let mut refills = agenda.refills();
    while let Some((_, Numbered(_, event))) = agenda.pop() {
        if agenda.refills() != refills {
            refills = agenda.refills();
            let near: Vec<usize> = agenda.near().map(|Numbered(_, event)| *event).collect();
            let next: Vec<usize> =
                near.iter().map_while(|_| agenda.pop().map(|(_, Numbered(_, event))| event)).collect();
            assert_eq!(near, next, "after {event}");
            met += near.len();
        }
    }
    assert!(met > 5_000, "{met}");
}

#[test]
fn a_cleared_agenda_is_as_good_as_new() {
    // If few, all are in the heap; if many, some are in the run and the ladder.
    for many in [3, 3 * HEAP_AT_MOST] {
        let mut agenda = Agenda::default();
        let timers: Vec<Handle> =
            (0..many).map(|number| agenda.timer(Time::from_nanos(number as u64), Numbered(0, number))).collect();
        (0..many).for_each(|number| agenda.at(Time::from_nanos(7 * number as u64), Numbered(0, number)));
        agenda.pop();
        agenda.cancel(timers[2]);
        let now = agenda.now();
        agenda.clear();
        assert!(agenda.is_empty() && agenda.pop().is_none());
        assert!(timers.iter().all(|timer| !agenda.cancel(*timer)), "a timer outlived the others");
        agenda.at(Time::from_nanos(9), Numbered(0, 2));
        agenda.at(Time::ZERO, Numbered(0, 1));
        assert_eq!(agenda.pop(), Some((now, Numbered(0, 1))));
        assert_eq!(agenda.pop(), Some((Time::from_nanos(9).max(now), Numbered(0, 2))));
        assert_eq!(agenda.pop(), None);
    }
}

/// Few cancelled timers stay where they are, and so do those that are at most half of all entries.
#[test]
fn cancelled_timers_are_swept_out_once_they_are_many() {
    for (all, kept_until) in [(40, 32), (100, 50), (1000, 500)] {
        let mut agenda = Agenda::default();
        let timers: Vec<Handle> =
            (0..all).map(|number| agenda.timer(Time::from_nanos(number as u64), Numbered(0, number))).collect();
        for (cancelled, timer) in timers.iter().enumerate().take(kept_until) {
            assert_eq!((agenda.entries(), agenda.len()), (all, all - cancelled));
            assert!(agenda.cancel(*timer));
        }
        assert_eq!(agenda.entries(), all);
        assert!(agenda.cancel(timers[kept_until]));
        assert_eq!((agenda.entries(), agenda.len()), (all - kept_until - 1, all - kept_until - 1));
        assert_eq!(agenda.pop(), Some((Time::from_nanos(kept_until as u64 + 1), Numbered(0, kept_until + 1))));
    }
}

/// Of thousands of timers a few are left, wherever they are: soon, in the ladder, or beyond all its rungs.
#[test]
fn what_is_left_after_many_cancellations_happens_in_order() {
    for (keep_every, beyond) in [(1000, 0), (1000, 2000), (7, 2000), (3, 1), (997, 40)] {
        let mut agenda = Agenda::default();
        let mut timers: Vec<(u64, Handle)> = Vec::new();
        let mut schedule = |agenda: &mut Agenda<Numbered>, number: usize, nanos: u64| {
            timers.push((nanos, agenda.timer(Time::from_nanos(nanos), Numbered(0, number))));
        };
        (0..10_000).for_each(|number| schedule(&mut agenda, number, (number as u64 * 7919 % 10_007 + 1) * 1000));
        (0..50).for_each(|_| assert!(agenda.pop().is_some()));
        (0..beyond).for_each(|number| schedule(&mut agenda, 10_000 + number, 20_000_000 + 500 * number as u64));
        let now = agenda.now().as_nanos();
        let mut left: Vec<(u64, usize)> = Vec::new();
        for (number, (nanos, handle)) in timers.into_iter().enumerate() {
            if number % keep_every == 0 && nanos > now {
                left.push((nanos, number));
            } else {
                assert_eq!(agenda.cancel(handle), nanos > now, "{number}");
            }
        }
        left.sort_unstable();
        assert!(agenda.len() == left.len() && agenda.entries() <= 2 * left.len() + 32, "{}", agenda.entries());
        // What comes after a sweep finds its place as well.
        agenda.at(Time::from_nanos(now + 1), Numbered(0, 90_000));
        agenda.at(Time::from_nanos(u64::MAX - 1), Numbered(0, 90_001));
        left.insert(0, (now + 1, 90_000));
        left.push((u64::MAX - 1, 90_001));
        let happened: Vec<(u64, usize)> =
            std::iter::from_fn(|| agenda.pop().map(|(time, event)| (time.as_nanos(), event.1))).collect();
        assert_eq!(happened, left, "every {keep_every}th of them, {beyond} beyond");
    }
}

/// However many are pending, at different times, the heap holds no more than it should.
#[test]
fn a_heap_that_is_too_long_hands_its_later_part_over() {
    let mut agenda = Agenda::default();
    for number in 0..20_000 {
        agenda.at(Time::from_nanos(number as u64 * 7919 % 20_011), Numbered(0, number));
        assert!(agenda.heap.len() <= HEAP_AT_MOST);
        assert_eq!(agenda.len(), number + 1);
    }
    // One at a time goes and comes, soon and late.
    for number in 20_000..60_000 {
        let (now, _) = agenda.pop().unwrap();
        let delay = if number % 2 == 0 { 3 } else { 20_000 };
        agenda.at(now + Span::from_nanos(delay), Numbered(0, number));
        assert!(agenda.heap.len() <= HEAP_AT_MOST && agenda.len() == 20_000);
    }
}

#[test]
fn the_next_time_is_seen_without_taking_it() {
    let mut agenda = Agenda::default();
    assert_eq!((agenda.peek(), agenda.len(), agenda.is_empty(), agenda.now()), (None, 0, true, Time::ZERO));
    agenda.after(Span::from_nanos(5), Numbered(0, 0));
    let timer = agenda.timer(Time::from_nanos(3), Numbered(0, 1));
    assert_eq!((agenda.peek(), agenda.len(), agenda.is_empty()), (Some(Time::from_nanos(3)), 2, false));
    agenda.cancel(timer);
    assert_eq!((agenda.peek(), agenda.len()), (Some(Time::from_nanos(5)), 1));
    assert_eq!((agenda.pop_before(Time::from_nanos(5)), agenda.now()), (None, Time::ZERO));
    assert_eq!(agenda.pop_before(Time::from_nanos(6)), Some((Time::from_nanos(5), Numbered(0, 0))));
    assert_eq!((agenda.now(), agenda.is_empty(), agenda.refills()), (Time::from_nanos(5), true, 0));
}

/// A slot is used again, and an old handle to it cancels nothing.
#[test]
fn an_old_handle_is_harmless() {
    let mut agenda = Agenda::default();
    let old = agenda.timer(Time::from_nanos(1), Numbered(0, 0));
    agenda.pop();
    let new = agenda.timer(Time::from_nanos(2), Numbered(0, 1));
    assert_eq!((old.slot, agenda.cancel(old), agenda.len()), (new.slot, false, 1));
    assert!(agenda.cancel(new) && !agenda.cancel(new));
    // A cancelled one gives its slot back when it comes up or is looked past.
    assert_eq!((agenda.peek(), agenda.entries()), (None, 0));
    let third = agenda.timer(Time::from_nanos(3), Numbered(0, 2));
    assert_eq!(
        (third.slot, agenda.cancel(new), agenda.pop()),
        (new.slot, false, Some((Time::from_nanos(3), Numbered(0, 2))))
    );
}
