//! The largest class probability (Hendrycks & Gimpel, ICLR 2017).

use super::{Measure, Read, Shown};

pub(super) const MAX_SOFTMAX: Measure = Measure {
    name: "max-softmax",
    column: "max_softmax",
    about: "Largest class probability.",
    choice: Some("The largest class probability."),
    shown: Some(Shown { chart: "scores-max-softmax", title: "Max softmax" }),
    read: Read::Softmax(|softmax| softmax.largest()),
};
