use inference::Answer;

use super::{Networks, Observation, Scratch};
use crate::policies::{Crossing, Way};

/// Asks for answers with buffers and a count of its own; the count is added to the networks' when it is dropped, since
/// updating a shared one for every answer would slow all threads.
pub struct Evaluator<'a> {
    networks: &'a Networks,
    scratch: Scratch,
    asked: Vec<u64>,
}

impl<'a> Evaluator<'a> {
    /// Asks `networks`.
    pub fn new(networks: &'a Networks) -> Self {
        Self { networks, scratch: Scratch::default(), asked: vec![0; networks.ways().count()] }
    }

    /// The answer to an image, got in a way.
    pub fn answer(&mut self, way: Way, observation: &Observation) -> Answer {
        self.asked[way.network()] += 1;
        self.networks.answers().answer(way, observation, &mut self.scratch)
    }

    /// Whether a way leads to the right answer.
    pub fn is_right(&mut self, way: Way, observation: &Observation) -> bool {
        self.answer(way, observation).class == self.networks.data.label(observation.image as usize)
    }

    /// Bytes of what crosses a cut of a network that has seen an image.
    pub fn bytes(&mut self, crossing: &Crossing, observation: &Observation) -> u64 {
        self.networks.answers().bytes(crossing, observation, &mut self.scratch)
    }

    /// Bytes that are sent up for a sample, where that was recorded.
    pub fn recorded_bytes(&self, observation: &Observation) -> Option<f64> {
        Some(self.networks.recorded_bytes()?[observation.image as usize])
    }

    /// What a sample takes of the model of a way, as a multiple of what samples take on average; none if all take the same.
    pub fn effort(&self, way: Way, observation: &Observation) -> Option<f64> {
        self.networks.effort(way, observation.image)
    }

    /// Answers asked for so far, by network.
    pub fn asked(&self) -> &[u64] {
        &self.asked
    }

    /// Asks without counting: for answers that have been counted before.
    pub(crate) fn unasked<T>(&mut self, ask: impl FnOnce(&mut Self) -> T) -> T {
        let counted = std::mem::take(&mut self.asked);
        self.asked.resize(counted.len(), 0);
        let answer = ask(self);
        self.asked = counted;
        answer
    }
}

impl Drop for Evaluator<'_> {
    fn drop(&mut self) {
        self.networks.count(&self.asked);
    }
}
