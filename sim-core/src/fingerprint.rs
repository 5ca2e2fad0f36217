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

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever the width of a word, its value is hashed the same; bytes are words of their own.
    #[test]
    fn words_are_hashed_by_their_value() {
        let of = |write: &dyn Fn(&mut Words)| {
            let mut hash = Words(1);
            write(&mut hash);
            hash.finish()
        };
        let seven = of(&|hash| hash.write_u64(7));
        // 1 xor 7 is 6; six times the prime is below 2^64.
        assert_eq!(seven, (6 * 0x0100_0000_01b3u64).rotate_left(29));
        let sevens = [
            of(&|hash| hash.write_u8(7)),
            of(&|hash| hash.write_u32(7)),
            of(&|hash| hash.write_usize(7)),
            of(&|hash| hash.write_isize(7)),
            of(&|hash| hash.write(&[7])),
        ];
        assert_eq!(sevens, [seven; 5]);
        let two = |hash: &mut Words| {
            hash.write_u64(7);
            hash.write_u64(8);
        };
        assert_eq!(of(&|hash| hash.write(&[7, 8])), of(&two));
    }

    #[derive(Clone, Copy, Hash)]
    struct Step(u8, u8);

    impl Event for Step {
        fn rank(&self) -> u8 {
            self.0
        }
    }

    #[derive(Default)]
    struct Counts(usize);

    impl World for Counts {
        type Event = Step;

        fn handle(&mut self, _: Time, _: Step, _: &mut Agenda<Step>) {
            self.0 += 1;
        }
    }

    /// Time, rank and event each make a difference, and so does the order.
    #[test]
    fn whatever_differs_is_seen() {
        let fingerprint = |steps: &[(u64, Step)]| {
            let mut world = Fingerprint::new(Counts::default());
            let mut agenda = Agenda::default();
            steps.iter().for_each(|(at, step)| world.handle(Time::from_nanos(*at), *step, &mut agenda));
            assert_eq!(world.world.0, steps.len());
            world.get()
        };
        let (one, other) = ((1, Step(0, 1)), (1, Step(0, 2)));
        let all = [
            fingerprint(&[]),
            fingerprint(&[one]),
            fingerprint(&[(2, Step(0, 1))]),
            fingerprint(&[(1, Step(3, 1))]),
            fingerprint(&[other]),
            fingerprint(&[one, other]),
            fingerprint(&[other, one]),
        ];
        assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), all.len(), "{all:?}");
        assert_eq!(fingerprint(&[one, other]), all[5]);
    }
}
