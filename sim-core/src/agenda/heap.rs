//! A 4-ary heap whose root may be a hole.
//!
//! Most events schedule another one. Taking the least entry therefore leaves a hole at the root, and the next entry
//! starts there: one walk down the heap instead of one down and one up.
//!
//! Everything is in one array: the root, then families of four siblings, the children of entry i from 4i + 1 on. The
//! last family is padded with entries later than everything. So the least of a family is found by a tournament of fixed
//! length without a branch that could be mispredicted.

use std::hint::select_unpredictable;

use super::Event;
use super::entry::Entry;
use crate::time::Time;

const ARITY: usize = 4;

pub struct Heap<E> {
    /// The root and whole families; nothing when there is no root.
    entries: Vec<Entry<E>>,
    /// Entries that are not padding, including the hole.
    len: usize,
    /// Whether the root has been taken.
    hole: bool,
}

impl<E> Default for Heap<E> {
    fn default() -> Self {
        Self { entries: Vec::new(), len: 0, hole: false }
    }
}

impl<E: Event> Heap<E> {
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len - usize::from(self.hole)
    }

    /// Puts an entry into the hole; returns whether there was one.
    #[inline(always)]
    pub fn fill(&mut self, entry: Entry<E>) -> bool {
        let hole = std::mem::take(&mut self.hole);
        if hole {
            self.sink(0, entry);
        }
        hole
    }

    /// Adds an entry, when there is no hole.
    #[inline]
    pub fn push(&mut self, entry: Entry<E>) {
        debug_assert!(!self.hole, "the hole was not filled");
        let mut at = self.len;
        if at == self.entries.len() {
            self.grow(Entry::last(entry));
        }
        self.len += 1;
        // Walk up to the root, moving down what is later.
        while at > 0 {
            let parent = (at - 1) / ARITY;
            if self.entries[parent].key() < entry.key() {
                break;
            }
            self.entries[at] = self.entries[parent];
            at = parent;
        }
        self.entries[at] = entry;
    }

    /// Fills the hole, if there is one.
    #[inline(always)]
    pub fn close(&mut self) {
        if self.hole {
            self.hole = false;
            self.move_last_to_root();
        }
    }

    /// The least entry, when there is no hole.
    #[inline(always)]
    pub fn root(&self) -> Option<&Entry<E>> {
        debug_assert!(!self.hole, "the heap was not closed");
        self.entries.first()
    }

    /// Removes the least entry, when there is one and no hole; this leaves a hole.
    #[inline(always)]
    pub fn take(&mut self) {
        debug_assert!(self.root().is_some(), "there is nothing to take");
        self.hole = true;
    }

    /// Keeps the entries for which `keep` is true.
    pub fn retain(&mut self, keep: impl FnMut(&Entry<E>) -> bool) {
        self.close();
        self.entries.truncate(self.len);
        self.entries.retain(keep);
        self.len = self.entries.len();
        let Some(root) = self.entries.first() else { return };
        let filler = Entry::last(*root);
        self.entries.resize(1 + (self.len - 1).next_multiple_of(ARITY), filler);
        // From the last parent to the root: everything below each is in order when its turn comes.
        for parent in (0..(self.len + ARITY - 2) / ARITY).rev() {
            self.sink(parent, self.entries[parent]);
        }
    }

    /// All entries, in no order; the heap is empty afterwards.
    pub fn drain(&mut self) -> Vec<Entry<E>> {
        self.close();
        self.entries.truncate(self.len);
        self.len = 0;
        std::mem::take(&mut self.entries)
    }

    #[cfg(test)]
    pub fn bytes(&self) -> usize {
        self.entries.capacity() * size_of::<Entry<E>>()
    }

    /// Room for a root or for one more family.
    #[cold]
    fn grow(&mut self, filler: Entry<E>) {
        let more = if self.len == 0 { 1 } else { ARITY };
        self.entries.resize(self.len + more, filler);
    }

    #[inline(always)]
    fn move_last_to_root(&mut self) {
        self.len -= 1;
        let last = self.entries[self.len].copy();
        self.entries[self.len] = Entry::last(last);
        if self.len == 0 || self.len % ARITY == 1 {
            self.entries.truncate(self.len);
        }
        if self.len > 0 {
            self.sink(0, last);
        }
    }

    /// Sifts `entry` down from the empty place `at`.
    #[inline(always)]
    fn sink(&mut self, mut at: usize, entry: Entry<E>) {
        let entries = self.entries.as_mut_slice();
        let mut first = ARITY * at + 1;
        while let Some(family) = entries.get(first..first + ARITY) {
            let (least, earliest) = least(family);
            if entry.time <= earliest && (entry.time < earliest || entry.order < family[least].order) {
                break;
            }
            // The time is already in a register: reading it back from an entry just written in smaller pieces would
            // stall.
            let Entry { order, slot, event, .. } = family[least];
            entries[at] = Entry { time: earliest, order, slot, event };
            at = first + least;
            first = ARITY * at + 1;
        }
        entries[at] = entry;
    }
}

/// Which member of a family is the least, and its time. Only times are compared, without branches, unless the earliest
/// are equal.
#[inline(always)]
fn least<E: Event>(family: &[Entry<E>]) -> (usize, Time) {
    let [a, b, c, d] = [family[0].time, family[1].time, family[2].time, family[3].time];
    let (left, l) = (select_unpredictable(b < a, 1, 0), select_unpredictable(b < a, b, a));
    let (right, r) = (select_unpredictable(d < c, 3, 2), select_unpredictable(d < c, d, c));
    if l == r || (c == d && r < l) || (a == b && l < r) {
        return least_of_same(family);
    }
    (select_unpredictable(r < l, right, left), select_unpredictable(r < l, r, l))
}

/// As [`least`], where several are at the same time.
#[inline(never)]
fn least_of_same<E: Event>(family: &[Entry<E>]) -> (usize, Time) {
    let contestant = |member: usize| (member, family[member].key());
    let earlier = |one: (usize, u128), other: (usize, u128)| {
        let second = other.1 < one.1;
        (select_unpredictable(second, other.0, one.0), select_unpredictable(second, other.1, one.1))
    };
    let left = earlier(contestant(0), contestant(1));
    let right = earlier(contestant(2), contestant(3));
    let (least, _) = earlier(left, right);
    (least, family[least].time)
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

    /// Every parent is no later than its children, and the last family is filled up with entries later than all.
    fn check(heap: &Heap<Nothing>) {
        let keys: Vec<u128> = heap.entries.iter().map(Entry::key).collect();
        assert!((1..heap.len).all(|at| keys[(at - 1) / ARITY] < keys[at]), "{keys:?}");
        assert!(keys[heap.len..].iter().all(|key| *key == u128::MAX) && keys.len() < heap.len + ARITY);
        assert!(keys.is_empty() || keys.len() % ARITY == 1);
    }

    /// Through every size up and down, with many at one time.
    #[test]
    fn the_least_is_at_the_root() {
        for spread in [1, 3, 1_000] {
            let mut heap = Heap::default();
            for order in 0..200 {
                heap.push(entry(order * 7919 % spread, order));
                check(&heap);
            }
            let mut last = 0;
            for left in (0..200).rev() {
                let root = *heap.root().unwrap();
                assert!(root.key() >= last);
                last = root.key();
                heap.take();
                assert_eq!(heap.len(), left);
                if left % 3 == 0 {
                    // The hole is filled with something later, and that is taken at once where it is least.
                    assert!(heap.fill(entry(2_000, 1_000 + left as u64)));
                    assert!(!heap.fill(entry(0, 0)), "there is one hole only");
                    check(&heap);
                    heap.retain(|entry| entry.time < Time::from_nanos(2_000));
                }
                heap.close();
                check(&heap);
            }
            assert!(heap.root().is_none());
        }
    }

    #[test]
    fn what_is_kept_is_a_heap() {
        for size in 0..40u64 {
            let mut heap = Heap::default();
            (0..size).for_each(|order| heap.push(entry(order * 17 % 41, order)));
            heap.retain(|entry| entry.time.as_nanos() % 3 != 0);
            check(&heap);
            let kept: Vec<u64> = (0..size).filter(|order| order * 17 % 41 % 3 != 0).collect();
            assert_eq!(heap.len(), kept.len());
            let mut orders: Vec<u64> = heap.drain().iter().map(|entry| entry.order).collect();
            orders.sort_unstable();
            assert_eq!((orders, heap.len(), heap.root().is_none()), (kept, 0, true));
        }
    }

    /// Of four, whichever is least is found, equal times by their order.
    #[test]
    fn the_least_of_a_family_is_found() {
        for times in 0..256u64 {
            let family: Vec<_> = (0..4).map(|member| entry(times >> (2 * member) & 3, (member * 7 + 3) % 5)).collect();
            let expected = (0..4).min_by_key(|member| family[*member].key()).unwrap();
            assert_eq!(least(&family), (expected, family[expected].time));
        }
    }
}
