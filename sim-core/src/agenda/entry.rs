use super::Event;
use crate::time::Time;

/// An event with its place in the total order.
#[derive(Clone, Copy)]
pub struct Entry<E> {
    pub time: Time,
    /// Rank in the top byte, sequence number of scheduling below.
    pub order: u64,
    /// The slot that records whether this was cancelled; [`Entry::FINAL`] if it cannot be.
    pub slot: u32,
    pub event: E,
}

impl<E: Event> Entry<E> {
    /// The slot of an event that cannot be cancelled.
    pub const FINAL: u32 = u32::MAX;

    /// The sort key as one number, so that no branch separates time and order. No two entries share it.
    #[inline(always)]
    pub fn key(&self) -> u128 {
        u128::from(self.time.as_nanos()) << 64 | u128::from(self.order)
    }

    /// The same entry, without padding between its parts in memory.
    #[inline(always)]
    pub fn copy(&self) -> Self {
        Self { time: self.time, order: self.order, slot: self.slot, event: self.event }
    }

    /// A placeholder, later than every entry.
    pub fn last(like: Self) -> Self {
        Self { time: Time::MAX, order: u64::MAX, ..like }
    }
}
