//! Images of a half, with what the networks say about them.

use std::sync::Arc;

use inference::Answer;

use super::{Offload, Strategy, Way};

/// One image of a half, as a threshold sees it: its answer is kept, or it is sent up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// The little network's answer to it, or that of whatever network a strategy runs first.
    pub little: Answer,
    /// Whether that answer is right.
    pub little_right: bool,
    /// Whether the big network is right, or whatever network answers in its place.
    pub big_right: bool,
    /// A random number in [0, 1) that belongs to it.
    pub chance: f64,
    /// How many images it counts for: 1 if the devices see every image equally often.
    pub weight: f64,
}

/// One image of a half, with the answers to it in several ways: by each network in one place, and across the cuts that
/// policies always make.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageAnswers {
    /// The ways: first those of the networks, in order.
    pub ways: Arc<[Way]>,
    /// The answers, by way.
    pub answers: Vec<Answer>,
    /// Which of them are right, by way.
    pub right: Vec<bool>,
    /// How an appeal of it is answered, as far as that can be known: a full tier may forward it to another one.
    pub appeal: Way,
    /// A random number in [0, 1) that belongs to it.
    pub chance: f64,
    /// How many images it counts for: 1 if the devices see every image equally often.
    pub weight: f64,
}

impl ImageAnswers {
    /// Its place in the lists.
    ///
    /// # Panics
    /// If the image was not asked about in this way.
    fn place(&self, way: Way) -> usize {
        match way.is_whole() {
            true => way.network(),
            false => self.ways.iter().position(|other| *other == way).expect("an answer that was asked for"),
        }
    }

    /// Whether it was asked about in a way.
    pub fn knows(&self, way: Way) -> bool {
        self.ways.contains(&way)
    }

    /// The answer got in a way.
    ///
    /// # Panics
    /// If the image was not asked about in this way.
    pub fn answer(&self, way: Way) -> &Answer {
        &self.answers[self.place(way)]
    }

    /// Whether the answer got in a way is right.
    ///
    /// # Panics
    /// If the image was not asked about in this way.
    pub fn is_right(&self, way: Way) -> bool {
        self.right[self.place(way)]
    }

    /// How an offload of it is answered, as far as that can be known.
    pub fn way_of(&self, offload: &Offload) -> Way {
        offload.way(self.appeal)
    }

    /// As a threshold sees it that keeps answers got in one way, and has others answered in another.
    pub fn sample(&self, kept: Way, referred: Way) -> Sample {
        Sample {
            little: *self.answer(kept),
            little_right: self.is_right(kept),
            big_right: self.is_right(referred),
            chance: self.chance,
            weight: self.weight,
        }
    }

    /// As the threshold of a policy with this strategy sees it: its first answer is kept, or else its first offload is
    /// sent up; without any, its last answer is taken.
    pub fn under(&self, strategy: &Strategy) -> Sample {
        let mut exits = strategy.exits(strategy.segments.len());
        let kept = exits.next().unwrap_or(Way::LITTLE);
        let referred = match strategy.offloads.first() {
            Some(offload) => self.way_of(offload),
            None => exits.last().unwrap_or(kept),
        };
        self.sample(kept, referred)
    }
}
