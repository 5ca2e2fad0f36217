//! Heaps as one writes them by hand.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{Entry, Queue};

/// The standard library's heap.
pub struct Binary<E> {
    heap: BinaryHeap<Reverse<Entry<E>>>,
    pushed: u64,
}

/// A 4-ary heap that leaves a hole at the root for the next push.
pub struct Quaternary<E> {
    entries: Vec<Entry<E>>,
    pushed: u64,
    hole: bool,
}

impl<E> Default for Binary<E> {
    fn default() -> Self {
        Self { heap: BinaryHeap::new(), pushed: 0 }
    }
}

impl<E> Queue<E> for Binary<E> {
    #[inline(always)]
    fn push(&mut self, time: u64, event: E) {
        self.pushed += 1;
        self.heap.push(Reverse(Entry { time, number: self.pushed, event }));
    }

    #[inline(always)]
    fn pop(&mut self) -> Option<(u64, E)> {
        self.heap.pop().map(|Reverse(entry)| (entry.time, entry.event))
    }
}

impl<E> Default for Quaternary<E> {
    fn default() -> Self {
        Self { entries: Vec::new(), pushed: 0, hole: false }
    }
}

impl<E: Copy> Quaternary<E> {
    #[inline(always)]
    fn fall(&mut self, entry: Entry<E>) {
        let mut at = 0;
        loop {
            let first = 4 * at + 1;
            let Some(least) = (match self.entries.get(first..first + 4) {
                Some([a, b, c, d]) => {
                    let (left, l) = if b.key() < a.key() { (1, b.key()) } else { (0, a.key()) };
                    let (right, r) = if d.key() < c.key() { (3, d.key()) } else { (2, c.key()) };
                    Some(first + if r < l { right } else { left })
                }
                _ => (first..self.entries.len()).min_by_key(|child| self.entries[*child].key()),
            }) else {
                break;
            };
            if entry.key() < self.entries[least].key() {
                break;
            }
            self.entries[at] = self.entries[least];
            at = least;
        }
        self.entries[at] = entry;
    }
}

impl<E: Copy> Queue<E> for Quaternary<E> {
    #[inline(always)]
    fn push(&mut self, time: u64, event: E) {
        self.pushed += 1;
        let entry = Entry { time, number: self.pushed, event };
        if std::mem::take(&mut self.hole) {
            return self.fall(entry);
        }
        let mut at = self.entries.len();
        self.entries.push(entry);
        while at > 0 && entry.key() < self.entries[(at - 1) / 4].key() {
            self.entries[at] = self.entries[(at - 1) / 4];
            at = (at - 1) / 4;
        }
        self.entries[at] = entry;
    }

    #[inline(always)]
    fn pop(&mut self) -> Option<(u64, E)> {
        if std::mem::take(&mut self.hole) {
            let last = self.entries.pop()?;
            if !self.entries.is_empty() {
                self.fall(last);
            }
        }
        let first = *self.entries.first()?;
        self.hole = true;
        Some((first.time, first.event))
    }
}
