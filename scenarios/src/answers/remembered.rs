use std::collections::HashMap;
use std::hash::Hash;

use inference::Answer;

use super::{Answers, Observation, QuestionId, Scratch};
use crate::identity::Identity;
use crate::policies::{Crossing, Way};
use crate::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// Parts of the memory that threads lock one by one.
const SHARDS: usize = 64;

/// Questions that are kept at a time, besides those about images as they are in one place; about a gigabyte.
pub const MOST: usize = 10_000_000;

/// Asks another source once, and keeps what it said.
///
/// Answers of networks in one place to images as they are in the data set have a place each. All others, of which there
/// may be any number, are kept by what identifies the question; a part that is full is emptied, since what is forgotten
/// can be asked again.
pub struct Remembered<A> {
    source: A,
    /// By network and image.
    clear: Vec<Vec<OnceLock<Answer>>>,
    shards: Vec<Mutex<Shard>>,
    /// Most answers of a part.
    most: usize,
}

/// What a device sees.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Seen {
    /// An image as it is in the data set.
    Clear(u32),
    Degraded(QuestionId),
}

#[derive(Default)]
struct Shard {
    answers: HashMap<(Way, Seen), Answer>,
    bytes: HashMap<(Crossing, Seen), u64>,
}

impl Shard {
    /// Keeps what was said, in place of all else if there is no room.
    fn keep<Q: Eq + Hash, A>(map: &mut HashMap<Q, A>, most: usize, question: Q, said: A) {
        if map.len() >= most {
            map.clear();
        }
        map.insert(question, said);
    }
}

impl Seen {
    fn of(observation: &Observation) -> Self {
        observation.id().map_or(Self::Clear(observation.image), Self::Degraded)
    }
}

impl<A: Answers> Remembered<A> {
    /// Remembers what `source` says about `images` images by `networks` networks, and about all else.
    pub fn new(source: A, networks: usize, images: usize) -> Self {
        Self::with_room(source, networks, images, MOST)
    }

    fn with_room(source: A, networks: usize, images: usize, most: usize) -> Self {
        let clear = (0..networks).map(|_| (0..images).map(|_| OnceLock::new()).collect()).collect();
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { source, clear, shards, most: most.div_ceil(SHARDS) }
    }

    /// The part that holds questions about what is seen.
    fn shard(&self, seen: Seen) -> MutexGuard<'_, Shard> {
        let hash = match seen {
            Seen::Clear(image) => image as usize,
            Seen::Degraded(id) => id.hash() as usize,
        };
        // A thread that panicked leaves the answers as they were.
        self.shards[hash % SHARDS].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// No part is locked while the kernels run; if two threads ask at once, both get the same answer.
impl<A: Answers> Answers for Remembered<A> {
    fn answer(&self, way: Way, observation: &Observation, scratch: &mut Scratch) -> Answer {
        let seen = Seen::of(observation);
        if let (Seen::Clear(image), true) = (seen, way.is_whole()) {
            let place = &self.clear[way.network()][image as usize];
            return *place.get_or_init(|| self.source.answer(way, observation, scratch));
        }
        if let Some(answer) = self.shard(seen).answers.get(&(way, seen)) {
            return *answer;
        }
        let answer = self.source.answer(way, observation, scratch);
        Shard::keep(&mut self.shard(seen).answers, self.most, (way, seen), answer);
        answer
    }

    fn bytes(&self, crossing: &Crossing, observation: &Observation, scratch: &mut Scratch) -> u64 {
        let seen = Seen::of(observation);
        if let Some(bytes) = self.shard(seen).bytes.get(&(*crossing, seen)) {
            return *bytes;
        }
        let bytes = self.source.bytes(crossing, observation, scratch);
        Shard::keep(&mut self.shard(seen).bytes, self.most, (*crossing, seen), bytes);
        bytes
    }

    fn identity(&self) -> Identity {
        self.source.identity()
    }

    fn runs(&self, way: Way) -> u64 {
        self.source.runs(way)
    }
}

#[cfg(test)]
mod tests {
    #[cfg(feature = "interleavings")]
    mod interleavings;

    use std::sync::atomic::{AtomicU64, Ordering};

    use inference::{Coding, Degrade, Scores};
    use sim_core::Streams;

    use super::*;

    /// Answers with the number of questions so far.
    #[derive(Default)]
    struct Counter(AtomicU64);

    impl Answers for Counter {
        fn answer(&self, _: Way, _: &Observation, _: &mut Scratch) -> Answer {
            let asked = self.0.fetch_add(1, Ordering::Relaxed);
            Answer { class: asked as u8, scores: Scores::default() }
        }

        fn bytes(&self, _: &Crossing, _: &Observation, _: &mut Scratch) -> u64 {
            self.0.fetch_add(1, Ordering::Relaxed)
        }

        fn identity(&self) -> Identity {
            Identity::of(&())
        }

        fn runs(&self, _: Way) -> u64 {
            self.0.load(Ordering::Relaxed)
        }
    }

    fn noisy(entity: u64) -> Observation {
        let degrade: Degrade = serde_yaml::from_str("{noise: 0.5}").unwrap();
        Observation::drawn(3, Some(&degrade), || Streams::new(1, 0).open("degrade", entity))
    }

    /// An image in three ways, degraded in two, and as it is: six questions, each asked once; and so are those about
    /// sizes.
    #[test]
    fn a_question_is_asked_once() {
        let memory = Remembered::new(Counter::default(), 2, 10);
        let ask = |way, observation: &Observation| memory.answer(way, observation, &mut Scratch::default()).class;
        let questions = [
            (Way::LITTLE, Observation::clear(3)),
            (Way::BIG, Observation::clear(3)),
            (Way::LITTLE, noisy(1)),
            (Way::LITTLE, noisy(2)),
            (Way::BIG, noisy(1)),
            (Way::BIG.across(3, Coding::FLOAT16), Observation::clear(3)),
        ];
        for _ in 0..3 {
            let said = questions.each_ref().map(|(way, observation)| ask(*way, observation));
            assert_eq!(said, [0, 1, 2, 3, 4, 5]);
        }
        assert_eq!(memory.runs(Way::LITTLE), 6);
        let crossing = |step| Crossing { network: Way::BIG, step, coding: Coding::FLOAT32.compressed() };
        let bytes =
            |step, observation: &Observation| memory.bytes(&crossing(step), observation, &mut Scratch::default());
        for _ in 0..3 {
            let sizes = [bytes(3, &Observation::clear(3)), bytes(4, &Observation::clear(3)), bytes(3, &noisy(1))];
            assert_eq!(sizes, [6, 7, 8]);
        }
    }

    /// Room for a single answer in each part: what is asked again later may have been forgotten, and is asked anew.
    #[test]
    fn a_full_memory_forgets() {
        let memory = Remembered::with_room(Counter::default(), 1, 1, 1);
        for entity in 0..1_000 {
            memory.answer(Way::LITTLE, &noisy(entity), &mut Scratch::default());
        }
        let kept: usize = memory.shards.iter().map(|shard| shard.lock().unwrap().answers.len()).sum();
        assert!(kept <= SHARDS && memory.runs(Way::LITTLE) == 1_000, "{kept}");
    }
}
