//! How far the largest class probability is ahead of the second largest (Park et al., CODES+ISSS 2015).

use super::softmax::Softmax;
use super::{Measure, Read};

pub(super) const MARGIN: Measure = Measure {
    name: "margin",
    column: "margin",
    about: "Largest minus second largest class probability.",
    choice: Some("The largest minus the second largest."),
    shown: None,
    read: Read::Softmax(margin),
};

fn margin(softmax: &Softmax) -> f32 {
    let others = softmax.probabilities().enumerate().filter(|(class, _)| *class != softmax.class());
    softmax.largest() - others.fold(0.0, |second: f32, (_, p)| second.max(p))
}
