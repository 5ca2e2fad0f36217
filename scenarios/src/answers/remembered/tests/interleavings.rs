//! The memory of answers and the threads that ask it, in many interleavings.

use shuttle::sync::atomic;
use shuttle::thread;

use super::*;
use crate::sync::explore;

const WAYS: [Way; 2] = [Way::LITTLE, Way::BIG];

/// Tells questions apart by its answers, and counts them. Another thread may come in at the count.
#[derive(Default)]
struct Source {
    runs: [atomic::AtomicU64; 2],
}

impl Source {
    /// What it says: the way in the last bit, what is asked about in the others.
    fn says(way: Way, observation: &Observation) -> u8 {
        let about = observation.id().map_or(observation.image as u8, |id| (id.hash() >> 8) as u8);
        about << 1 | way.network() as u8
    }
}

impl Answers for Source {
    fn answer(&self, way: Way, observation: &Observation, _: &mut Scratch) -> Answer {
        self.runs[way.network()].fetch_add(1, Ordering::Relaxed);
        Answer { class: Self::says(way, observation), scores: Scores::default() }
    }

    fn bytes(&self, _: &Crossing, _: &Observation, _: &mut Scratch) -> u64 {
        0
    }

    fn identity(&self) -> Identity {
        Identity::of(&())
    }

    fn runs(&self, way: Way) -> u64 {
        self.runs[way.network()].load(Ordering::Relaxed)
    }
}

/// Asks about everything in both ways, beginning with the item `first`; fails if an answer is not the source's.
fn ask_all(memory: &Remembered<Source>, observations: &[Observation], first: usize) {
    let (before, from) = observations.split_at(first);
    for observation in from.iter().chain(before) {
        for way in WAYS {
            let answer = memory.answer(way, observation, &mut Scratch::default());
            assert_eq!(answer.class, Source::says(way, observation));
        }
    }
}

/// The kernels' runs in both ways.
fn runs(memory: &Remembered<Source>) -> [u64; 2] {
    WAYS.map(|way| memory.runs(way))
}

/// Two degraded images that are kept in the same part, and that the source tells apart.
fn of_one_part() -> [Observation; 2] {
    let part = |observation: &Observation| observation.id().unwrap().hash() as usize % SHARDS;
    let says = |observation: &Observation| Source::says(Way::LITTLE, observation);
    let first = noisy(0);
    let second = (1..).map(noisy).find(|other| part(other) == part(&first) && says(other) != says(&first));
    [first, second.unwrap()]
}

/// Three threads ask about the same two images: one of them runs the kernels, the others wait for its answer.
#[test]
fn kernels_run_once_for_each_clear_image_and_way() {
    explore(|| {
        let memory = Remembered::new(Source::default(), 2, 2);
        let images = [Observation::clear(0), Observation::clear(1)];
        thread::scope(|scope| {
            for first in [0, 1, 0] {
                let (memory, images) = (&memory, &images);
                scope.spawn(move || ask_all(memory, images, first));
            }
        });
        assert_eq!(runs(&memory), [2, 2]);
    });
}

/// Two threads ask about the same two degraded images. Each may run the kernels itself, but afterwards they are not run
/// again.
#[test]
fn degraded_images_are_kept_whoever_asks() {
    let images = of_one_part();
    explore(move || {
        let memory = Remembered::new(Source::default(), 2, 0);
        thread::scope(|scope| {
            for first in [0, 1] {
                let (memory, images) = (&memory, &images);
                scope.spawn(move || ask_all(memory, images, first));
            }
        });
        let before = runs(&memory);
        assert!(before.iter().all(|runs| (2..=4).contains(runs)), "{before:?}");
        ask_all(&memory, &images, 0);
        assert_eq!(runs(&memory), before);
    });
}

/// Room for a single answer, while two threads ask for four: parts are emptied all the time, but answers stay right and
/// no more than one is kept.
#[test]
fn answers_are_right_while_parts_are_emptied() {
    let images = of_one_part();
    explore(move || {
        let memory = Remembered::with_room(Source::default(), 2, 0, 1);
        thread::scope(|scope| {
            for first in [0, 1] {
                let (memory, images) = (&memory, &images);
                scope.spawn(move || ask_all(memory, images, first));
            }
        });
        let kept: usize = memory.degraded.iter().map(|shard| shard.lock().unwrap().len()).sum();
        assert_eq!(kept, 1);
        assert!(runs(&memory).iter().all(|runs| (2..=4).contains(runs)));
    });
}
