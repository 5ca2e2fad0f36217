use std::collections::HashMap;

use inference::{Answer, Scratch};

use super::{Answers, Observation, QuestionId};
use crate::identity::Identity;
use crate::policies::Way;
use crate::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// Parts of the memory of degraded images that threads lock one by one.
const SHARDS: usize = 64;

/// Questions about degraded images that are kept at a time, about a gigabyte.
pub const MOST: usize = 10_000_000;

/// Asks another source once, and keeps what it said.
///
/// Images as they are in the data set have a place each. Degraded ones, of which there may be any number, are kept by
/// what identifies them; a part that is full is emptied, since what is forgotten can be asked again.
pub struct Remembered<A> {
    source: A,
    /// By way and image.
    clear: Vec<Vec<OnceLock<Answer>>>,
    degraded: Vec<Mutex<HashMap<(Way, QuestionId), Answer>>>,
    /// Most answers of a part.
    most: usize,
}

impl<A: Answers> Remembered<A> {
    /// Remembers what `source` says about `images` images in `ways` ways, and about degraded ones.
    pub fn new(source: A, ways: usize, images: usize) -> Self {
        Self::with_room(source, ways, images, MOST)
    }

    fn with_room(source: A, ways: usize, images: usize, most: usize) -> Self {
        let clear = (0..ways).map(|_| (0..images).map(|_| OnceLock::new()).collect()).collect();
        let degraded = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { source, clear, degraded, most: most.div_ceil(SHARDS) }
    }

    /// The part that holds a question.
    fn shard(&self, id: QuestionId) -> MutexGuard<'_, HashMap<(Way, QuestionId), Answer>> {
        // A thread that panicked leaves the answers as they were.
        self.degraded[id.hash() as usize % SHARDS].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<A: Answers> Answers for Remembered<A> {
    fn answer(&self, way: Way, observation: &Observation, scratch: &mut Scratch) -> Answer {
        let Some(id) = observation.id() else {
            let place = &self.clear[way.index()][observation.image as usize];
            return *place.get_or_init(|| self.source.answer(way, observation, scratch));
        };
        if let Some(answer) = self.shard(id).get(&(way, id)) {
            return *answer;
        }
        // The part is not locked while the kernels run; if two threads ask at once, both get the same answer.
        let answer = self.source.answer(way, observation, scratch);
        let mut shard = self.shard(id);
        if shard.len() >= self.most {
            shard.clear();
        }
        shard.insert((way, id), answer);
        answer
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

    use inference::{Degrade, Scores};
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

    /// An image in two ways, degraded in two, and as it is: five questions, each asked once.
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
        ];
        for _ in 0..3 {
            let said = questions.each_ref().map(|(way, observation)| ask(*way, observation));
            assert_eq!(said, [0, 1, 2, 3, 4]);
        }
        assert_eq!(memory.runs(Way::LITTLE), 5);
    }

    /// Room for a single answer in each part: what is asked again later may have been forgotten, and is asked anew.
    #[test]
    fn a_full_memory_forgets() {
        let memory = Remembered::with_room(Counter::default(), 1, 1, 1);
        for entity in 0..1_000 {
            memory.answer(Way::LITTLE, &noisy(entity), &mut Scratch::default());
        }
        let kept: usize = memory.degraded.iter().map(|shard| shard.lock().unwrap().len()).sum();
        assert!(kept <= SHARDS && memory.runs(Way::LITTLE) == 1_000, "{kept}");
    }
}
