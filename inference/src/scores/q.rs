//! q(1|x), the predictor head's probability that the edge answer will do (Li et al., DAC 2021).

use super::{Measure, Read, Shown, sigmoid};

pub(super) const Q: Measure = Measure {
    name: "q",
    column: "q",
    about: "Score of the predictor head.",
    // AppealNet's own.
    choice: None,
    shown: Some(Shown { chart: "scores-q", title: "q" }),
    read: Read::Predictor(q),
};

/// The sigmoid of the predictor's output; where it has two, for the little network and the big one, half of 1 + the
/// difference of their sigmoids. It is kept away from 0 and 1: no prediction is certain, and a threshold of 1 then always
/// appeals.
pub(crate) fn q(outputs: &[f32]) -> f32 {
    let q = match *outputs {
        [little, big] => (1.0 + sigmoid(little) - sigmoid(big)) / 2.0,
        _ => sigmoid(outputs[0]),
    };
    q.clamp(f32::MIN_POSITIVE, 1.0 - f32::EPSILON)
}
