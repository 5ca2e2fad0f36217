//! Which timers are still pending.

use super::Handle;

/// One slot per timer; slots are reused, so a handle also holds the generation of its slot.
#[derive(Default)]
pub struct Timers {
    slots: Vec<Slot>,
    free: Vec<u32>,
    dead: usize,
}

#[derive(Clone, Copy, Default)]
struct Slot {
    generation: u32,
    dead: bool,
}

impl Timers {
    pub fn open(&mut self) -> Handle {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot::default());
            (self.slots.len() - 1) as u32
        });
        Handle { slot, generation: self.slots[slot as usize].generation }
    }

    /// Cancels a timer; returns whether it was pending.
    pub fn cancel(&mut self, timer: Handle) -> bool {
        let pending = self.slots.get_mut(timer.slot as usize).filter(|slot| slot.generation == timer.generation);
        let Some(slot) = pending else { return false };
        slot.generation = slot.generation.wrapping_add(1);
        slot.dead = true;
        self.dead += 1;
        true
    }

    #[cfg(test)]
    pub fn bytes(&self) -> usize {
        self.slots.capacity() * size_of::<Slot>() + self.free.capacity() * size_of::<u32>()
    }

    /// Cancelled timers whose entries are still stored.
    #[inline(always)]
    pub fn dead(&self) -> usize {
        self.dead
    }

    /// Whether the entry with this slot is pending; those without a slot always are.
    pub fn alive(&self, slot: u32) -> bool {
        self.slots.get(slot as usize).is_none_or(|slot| !slot.dead)
    }

    /// The entry of a timer has come up, and its slot is freed; returns whether the timer fires.
    // Few events are timers: kept out of line, so that the path of the others stays short.
    #[inline(never)]
    pub fn happens(&mut self, slot: u32) -> bool {
        let place = &mut self.slots[slot as usize];
        let dead = std::mem::take(&mut place.dead);
        if dead {
            self.dead -= 1;
        } else {
            place.generation = place.generation.wrapping_add(1);
        }
        self.free.push(slot);
        !dead
    }

    /// The entry of a cancelled timer has been removed.
    pub fn bury(&mut self, slot: u32) {
        self.slots[slot as usize].dead = false;
        self.dead -= 1;
        self.free.push(slot);
    }
}
