use super::Event;
use crate::time::Time;

/// An event with its place in the order of things.
#[derive(Clone, Copy)]
pub struct Entry<E> {
    pub time: Time,
    /// Rank in the top byte, number of scheduling below.
    pub order: u64,
    /// Where it is noted whether this was taken back; [`Entry::FINAL`] if it cannot be.
    pub slot: u32,
    pub event: E,
}

impl<E: Event> Entry<E> {
    /// The slot of what cannot be taken back.
    pub const FINAL: u32 = u32::MAX;

    /// What entries are compared by, as one number: no branch between time and order. No two entries share it.
    #[inline(always)]
    pub fn key(&self) -> u128 {
        u128::from(self.time.as_nanos()) << 64 | u128::from(self.order)
    }

    /// The same entry, without what lies between its parts in memory.
    #[inline(always)]
    pub fn copy(&self) -> Self {
        Self { time: self.time, order: self.order, slot: self.slot, event: self.event }
    }

    /// Stands in where there is none: later than every entry.
    pub fn last(like: Self) -> Self {
        Self { time: Time::MAX, order: u64::MAX, ..like }
    }
}
