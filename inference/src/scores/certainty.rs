//! 1 − H(p)/ln K, one minus the normalised entropy of the K class probabilities.

use super::softmax::Softmax;
use super::{Measure, Read};

pub(super) const CERTAINTY: Measure = Measure {
    name: "entropy",
    column: "certainty",
    about: "One minus the normalised entropy.",
    choice: Some("One minus the normalised entropy of the class probabilities."),
    shown: None,
    read: Read::Softmax(certainty),
};

fn certainty(softmax: &Softmax) -> f32 {
    let mut entropy = 0.0f32;
    for p in softmax.probabilities().filter(|p| *p > 0.0) {
        entropy -= p * p.ln();
    }
    (1.0 - entropy / (softmax.classes() as f32).ln()).clamp(0.0, 1.0)
}
