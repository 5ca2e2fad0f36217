//! Buckets of entries in one pool of memory.
//!
//! A bucket is a chain of chunks. Appending touches the end of one chunk, and reading a bucket walks whole chunks, so
//! both are cache-friendly; and as all buckets draw on one pool, what one frees the next one uses.

use super::Event;
use super::entry::Entry;

/// Entries of a chunk: a few cache lines.
const CHUNK: usize = 32;

const NONE: u32 = u32::MAX;

pub struct Pool<E> {
    entries: Vec<Entry<E>>,
    /// The chunk after each chunk, in its bucket or among the free ones.
    next: Vec<u32>,
    free: u32,
}

/// A collection of entries in a [`Pool`].
#[derive(Clone, Copy)]
pub struct Bucket {
    chunk: u32,
    len: u32,
}

impl Bucket {
    pub const EMPTY: Self = Self { chunk: NONE, len: 0 };

    pub fn len(self) -> usize {
        self.len as usize
    }
}

impl<E> Default for Pool<E> {
    fn default() -> Self {
        Self { entries: Vec::new(), next: Vec::new(), free: NONE }
    }
}

impl<E: Event> Pool<E> {
    #[inline(always)]
    pub fn push(&mut self, bucket: &mut Bucket, entry: Entry<E>) {
        let place = bucket.len() % CHUNK;
        if place == 0 {
            let chunk = self.chunk(entry);
            self.next[chunk as usize] = bucket.chunk;
            bucket.chunk = chunk;
        }
        self.entries[bucket.chunk as usize * CHUNK + place] = entry;
        bucket.len += 1;
    }

    /// Takes the entry that was pushed last.
    #[inline(always)]
    pub fn pop(&mut self, bucket: &mut Bucket) -> Option<Entry<E>> {
        bucket.len = bucket.len.checked_sub(1)?;
        let (chunk, place) = (bucket.chunk, bucket.len() % CHUNK);
        let entry = self.entries[chunk as usize * CHUNK + place];
        if place == 0 {
            bucket.chunk = self.give_back(chunk);
        }
        Some(entry)
    }

    /// Keeps the entries of a bucket for which `keep` is true.
    pub fn retain(&mut self, bucket: &mut Bucket, mut keep: impl FnMut(&Entry<E>) -> bool) {
        let mut all = std::mem::replace(bucket, Bucket::EMPTY);
        while let Some(entry) = self.pop(&mut all) {
            if keep(&entry) {
                self.push(bucket, entry);
            }
        }
    }

    /// Moves all of a bucket to the end of `to`.
    pub fn pour(&mut self, bucket: Bucket, to: &mut Vec<Entry<E>>) {
        let (mut chunk, mut left) = (bucket.chunk, bucket.len());
        while left > 0 {
            let here = (left - 1) % CHUNK + 1;
            let from = chunk as usize * CHUNK;
            to.extend_from_slice(&self.entries[from..from + here]);
            chunk = self.give_back(chunk);
            left -= here;
        }
    }

    #[cfg(test)]
    pub fn bytes(&self) -> usize {
        self.entries.capacity() * size_of::<Entry<E>>() + self.next.capacity() * size_of::<u32>()
    }

    /// A free chunk; `filler` is what new memory is filled with.
    #[inline(always)]
    fn chunk(&mut self, filler: Entry<E>) -> u32 {
        if self.free == NONE {
            self.grow(Entry { time: filler.time, order: filler.order, slot: filler.slot, event: filler.event });
        }
        let chunk = self.free;
        self.free = self.next[chunk as usize];
        chunk
    }

    #[cold]
    fn grow(&mut self, filler: Entry<E>) {
        // By a quarter: at the price of a few more moves, little memory is held unused.
        if self.entries.len() == self.entries.capacity() {
            self.entries.reserve_exact((self.entries.len() / 4).next_multiple_of(CHUNK).max(CHUNK * 64));
        }
        self.free = self.next.len() as u32;
        self.next.push(NONE);
        self.entries.resize(self.entries.len() + CHUNK, filler);
    }

    /// Frees a chunk; returns the one that follows it.
    #[inline(always)]
    fn give_back(&mut self, chunk: u32) -> u32 {
        std::mem::replace(&mut self.next[chunk as usize], std::mem::replace(&mut self.free, chunk))
    }
}
