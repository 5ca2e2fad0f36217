//! A whole trajectory in one number.

use std::hash::{Hash, Hasher};

use crate::agenda::{Agenda, Event};
use crate::simulation::World;
use crate::time::Time;

/// A world whose every event is hashed, with its time and its rank, before it happens. Two runs with the same
/// fingerprint did the same things at the same times in the same order; kept in a test, it shows when a change has
/// altered that.
///
/// The hash is FNV-1a over the words that an event's derived `Hash` feeds it: the same on every 64-bit machine, in
/// every build.
pub struct Fingerprint<W> {
    /// The world.
    pub world: W,
    hash: Words,
}

impl<W> Fingerprint<W> {
    /// Nothing has happened yet.
    pub fn new(world: W) -> Self {
        Self { world, hash: Words(0xcbf2_9ce4_8422_2325) }
    }

    /// The fingerprint of what has happened so far.
    pub fn get(&self) -> u64 {
        self.hash.finish()
    }
}

impl<W: World<Event: Hash>> World for Fingerprint<W> {
    type Event = W::Event;

    fn handle(&mut self, now: Time, event: Self::Event, agenda: &mut Agenda<Self::Event>) {
        (now.as_nanos(), event.rank(), event).hash(&mut self.hash);
        self.world.handle(now, event, agenda);
    }
}

struct Words(u64);

impl Hasher for Words {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, word: u64) {
        // Multiplication carries upwards only; the rotation brings the high bits down again.
        self.0 = (self.0 ^ word).wrapping_mul(0x0100_0000_01b3).rotate_left(29);
    }

    fn write_u8(&mut self, word: u8) {
        self.write_u64(word.into());
    }

    fn write_u32(&mut self, word: u32) {
        self.write_u64(word.into());
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }

    fn write_isize(&mut self, word: isize) {
        self.write_u64(word as u64);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
