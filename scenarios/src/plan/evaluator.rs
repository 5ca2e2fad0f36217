//! Asking the networks about what devices see.

use inference::{Answer, Remembering, Scratch};

use super::{NetworkPair, Observation, PrecomputedAnswers};
use crate::policies::Hindsight;

/// Somebody who asks the networks: buffers and a count of its own, told to the networks when it is done.
pub struct Evaluator<'a> {
    networks: &'a NetworkPair,
    precomputed: Option<&'a PrecomputedAnswers>,
    scratch: Scratch,
    little: u64,
    big: u64,
}

impl<'a> Evaluator<'a> {
    /// Asks `networks`; what `precomputed` knows is not asked again.
    pub fn new(networks: &'a NetworkPair, precomputed: Option<&'a PrecomputedAnswers>) -> Self {
        Self { networks, precomputed, scratch: Scratch::default(), little: 0, big: 0 }
    }

    /// What the little network says of an image.
    pub fn little(&mut self, observation: &Observation) -> Answer {
        self.little += 1;
        match self.precomputed(observation) {
            Some((little, _)) => little,
            None => self.ask(&self.networks.little, observation),
        }
    }

    /// The class the big network sees in an image.
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

    /// Questions so far: to the little network, to the big one.
    pub fn asked(&self) -> (u64, u64) {
        (self.little, self.big)
    }

    /// Asks without counting: the answers are kept, and whoever uses them counts.
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
