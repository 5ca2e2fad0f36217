//! Runs the networks on what devices see.

use inference::{Answer, Remembering, Scratch};

use super::{NetworkPair, Observation, PrecomputedAnswers};
use crate::policies::Hindsight;

/// Runs the networks with buffers and a count of its own; the count is added to the networks' when it is dropped.
pub struct Evaluator<'a> {
    networks: &'a NetworkPair,
    precomputed: Option<&'a PrecomputedAnswers>,
    scratch: Scratch,
    little: u64,
    big: u64,
}

impl<'a> Evaluator<'a> {
    /// Evaluates with `networks`, except for answers in `precomputed`.
    pub fn new(networks: &'a NetworkPair, precomputed: Option<&'a PrecomputedAnswers>) -> Self {
        Self { networks, precomputed, scratch: Scratch::default(), little: 0, big: 0 }
    }

    /// The little network's answer to an image.
    pub fn little(&mut self, observation: &Observation) -> Answer {
        self.little += 1;
        match self.precomputed(observation) {
            Some((little, _)) => little,
            None => self.ask(&self.networks.little, observation),
        }
    }

    /// The big network's class for an image.
    pub fn big(&mut self, observation: &Observation) -> u8 {
        self.big += 1;
        match self.precomputed(observation) {
            Some((_, big)) => big,
            None => self.ask(&self.networks.big, observation).class,
        }
    }

    /// Which of them are right about an image.
    pub fn hindsight(&mut self, observation: &Observation) -> Hindsight {
        let label = self.networks.data.label(observation.image as usize);
        Hindsight { little_right: self.little(observation).class == label, big_right: self.big(observation) == label }
    }

    /// Answers asked for so far: of the little network, of the big one.
    pub fn asked(&self) -> (u64, u64) {
        (self.little, self.big)
    }

    /// Evaluates without counting: the answers are kept, and counted when they are used.
    pub(super) fn unasked<T>(&mut self, ask: impl FnOnce(&mut Self) -> T) -> T {
        let counted = (self.little, self.big);
        let answer = ask(self);
        (self.little, self.big) = counted;
        answer
    }

    fn precomputed(&self, observation: &Observation) -> Option<(Answer, u8)> {
        self.precomputed?.at(observation.precomputed()?)
    }

    fn ask(&mut self, network: &Remembering, observation: &Observation) -> Answer {
        let (data, index) = (&self.networks.data, observation.image as usize);
        match observation.degraded(data.image(index)) {
            None => network.ask(data, index, &mut self.scratch),
            Some(image) => network.ask_new(image.view(), &mut self.scratch),
        }
    }
}

impl Drop for Evaluator<'_> {
    fn drop(&mut self) {
        self.networks.little.count(self.little);
        self.networks.big.count(self.big);
    }
}
