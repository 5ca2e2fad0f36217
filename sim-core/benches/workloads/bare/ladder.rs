//! A ladder queue (Tang, Goh & Thng 2005) as one writes it by hand: a sorted bottom, rungs of buckets, an unsorted top.

use super::{Entry, Queue};

/// Entries of a bucket that are sorted at once; more become a finer rung.
const SORTED_AT_ONCE: usize = 64;

/// Entries a bucket of a new rung holds on average.
const PER_BUCKET: usize = 4;

const NONE: u32 = u32::MAX;

pub struct Ladder<E> {
    /// Latest first.
    bottom: Vec<Entry<E>>,
    /// The coarsest first.
    rungs: Vec<Rung>,
    /// Rungs to be used again.
    spare: Vec<Rung>,
    top: Vec<Entry<E>>,
    /// What comes from here on belongs on the top.
    top_from: u64,
    /// The entries of all buckets, chained.
    links: Vec<Link<E>>,
    free: u32,
    pushed: u64,
}

struct Link<E> {
    entry: Entry<E>,
    next: u32,
}

#[derive(Clone, Copy)]
struct Chain {
    first: u32,
    len: u32,
}

#[derive(Default)]
struct Rung {
    start: u64,
    shift: u32,
    /// The first bucket that is still to come.
    current: usize,
    buckets: Vec<Chain>,
    len: usize,
}

impl<E> Default for Ladder<E> {
    fn default() -> Self {
        Self {
            bottom: Vec::new(),
            rungs: Vec::new(),
            spare: Vec::new(),
            top: Vec::new(),
            top_from: 0,
            links: Vec::new(),
            free: NONE,
            pushed: 0,
        }
    }
}

impl Rung {
    fn start_of(&self, bucket: usize) -> u64 {
        self.start + ((bucket as u64) << self.shift)
    }
}

impl<E: Copy> Ladder<E> {
    /// A rung from `first` to `last` for `number` entries.
    fn rung(&mut self, first: u64, last: u64, number: usize) -> Rung {
        let mut rung = self.spare.pop().unwrap_or_default();
        let width = (last - first) / (number / PER_BUCKET).max(1) as u64 + 1;
        rung.start = first;
        rung.shift = width.next_power_of_two().trailing_zeros();
        rung.current = 0;
        rung.len = 0;
        rung.buckets.clear();
        rung.buckets.resize(((last - first) >> rung.shift) as usize + 1, Chain { first: NONE, len: 0 });
        rung
    }

    #[inline(always)]
    fn put(links: &mut Vec<Link<E>>, free: &mut u32, rung: &mut Rung, entry: Entry<E>) {
        let chain = &mut rung.buckets[((entry.time - rung.start) >> rung.shift) as usize];
        let link = Link { entry, next: chain.first };
        if let Some(place) = links.get_mut(*free as usize) {
            chain.first = std::mem::replace(free, place.next);
            *place = link;
        } else {
            chain.first = links.len() as u32;
            links.push(link);
        }
        chain.len += 1;
        rung.len += 1;
    }

    /// Fills the bottom with what comes next; says whether there was anything.
    fn refill(&mut self) -> bool {
        loop {
            let Some(rung) = self.rungs.last_mut() else {
                let (Some(first), Some(last)) =
                    (self.top.iter().map(|entry| entry.time).min(), self.top.iter().map(|entry| entry.time).max())
                else {
                    return false;
                };
                let mut rung = self.rung(first, last, self.top.len());
                for entry in self.top.drain(..) {
                    Self::put(&mut self.links, &mut self.free, &mut rung, entry);
                }
                self.top_from = rung.start_of(rung.buckets.len());
                self.rungs.push(rung);
                continue;
            };
            if rung.len == 0 {
                self.spare.extend(self.rungs.pop());
                continue;
            }
            while rung.buckets[rung.current].len == 0 {
                rung.current += 1;
            }
            let Chain { first: mut link, len } = rung.buckets[rung.current];
            let (from, until) = (rung.start_of(rung.current), rung.start_of(rung.current + 1));
            rung.current += 1;
            rung.len -= len as usize;
            while let Some(place) = self.links.get_mut(link as usize) {
                self.bottom.push(place.entry);
                let freed = std::mem::replace(&mut self.free, link);
                link = std::mem::replace(&mut place.next, freed);
            }
            if len as usize > SORTED_AT_ONCE && until - from > 1 {
                let mut finer = self.rung(from, until - 1, len as usize);
                for entry in self.bottom.drain(..) {
                    Self::put(&mut self.links, &mut self.free, &mut finer, entry);
                }
                self.rungs.push(finer);
                continue;
            }
            self.bottom.sort_unstable_by_key(|entry| std::cmp::Reverse(entry.key()));
            return true;
        }
    }
}

impl<E: Copy> Queue<E> for Ladder<E> {
    #[inline(always)]
    fn push(&mut self, time: u64, event: E) {
        self.pushed += 1;
        let entry = Entry { time, number: self.pushed, event };
        if time >= self.top_from {
            return self.top.push(entry);
        }
        if let Some(rung) = self.rungs.iter_mut().find(|rung| time >= rung.start_of(rung.current)) {
            return Self::put(&mut self.links, &mut self.free, rung, entry);
        }
        let mut at = self.bottom.len();
        self.bottom.push(entry);
        while at > 0 && self.bottom[at - 1].key() < entry.key() {
            self.bottom[at] = self.bottom[at - 1];
            at -= 1;
        }
        self.bottom[at] = entry;
    }

    #[inline(always)]
    fn pop(&mut self) -> Option<(u64, E)> {
        if self.bottom.is_empty() && !self.refill() {
            return None;
        }
        self.bottom.pop().map(|entry| (entry.time, entry.event))
    }
}
