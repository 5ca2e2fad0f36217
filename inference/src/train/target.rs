//! What a predictor learns to say of an answer, once it is known which networks are right.

use serde::{Deserialize, Serialize};

use crate::scores::sigmoid;

/// What a predictor learns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// What an appeal would gain or lose, by least squares: g = 2q − 1 against (little right − big right), so that q
    /// estimates half of 1 + that difference. The best rule for appeals orders images by what they gain (Jitkrittum et
    /// al., NeurIPS 2023).
    #[default]
    Gain,
    /// Whether the edge answer will do, by logistic regression: is the little network right, or the big one wrong as
    /// well?
    Outcome,
}

impl Target {
    /// The loss where the little and the big network are right or wrong and the predictor's output is `unit`, with
    /// q = sigmoid(`unit`), and the loss's derivative by that output.
    pub fn pull(self, little_right: bool, big_right: bool, unit: f32) -> (f32, f32) {
        match self {
            Target::Gain => {
                let count = |right: bool| f32::from(u8::from(right));
                // 2·sigmoid(x) − 1 = tanh(x/2), whose slope is (1 − tanh²)/2.
                let g = (unit / 2.0).tanh();
                let off = g - (count(little_right) - count(big_right));
                (off * off, off * (1.0 - g * g))
            }
            Target::Outcome => {
                let will_do = if little_right || !big_right { 1.0 } else { 0.0 };
                (softplus(unit) - will_do * unit, sigmoid(unit) - will_do)
            }
        }
    }
}

/// log(1 + eˣ).
pub fn softplus(x: f32) -> f32 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASES: [(bool, bool); 4] = [(false, false), (false, true), (true, false), (true, true)];

    #[test]
    fn derivatives_are_slopes() {
        for target in [Target::Gain, Target::Outcome] {
            for (little, big) in CASES {
                for unit in [-6.0, -1.5, -0.2, 0.0, 0.4, 2.0, 7.0] {
                    let (_, slope) = target.pull(little, big, unit);
                    let step = 1e-2;
                    let at = |unit| target.pull(little, big, unit).0;
                    let expected = (at(unit + step) - at(unit - step)) / (2.0 * step);
                    assert!((slope - expected).abs() < 1e-4, "{target:?} at {unit}: {slope}, not {expected}");
                }
            }
        }
    }

    /// Where the little network is right in `a` of ten looks at an image and the big one in `b`, descent ends at
    /// q = (1 + a/10 − b/10)/2 for the gain, and at the share of looks in which the answer will do for the outcome.
    #[test]
    fn q_goes_where_the_closed_form_says() {
        let right_in = |count: usize| move |look: usize| look < count;
        for (a, b) in [(9, 2), (5, 5), (3, 8), (1, 10)] {
            let (little, big) = (right_in(a), right_in(b));
            let will_do = (0..10).filter(|look| little(*look) || !big(*look)).count() as f32 / 10.0;
            let gain = (1.0 + (a as f32 - b as f32) / 10.0) / 2.0;
            for (target, expected) in [(Target::Gain, gain), (Target::Outcome, will_do)] {
                let mut unit = 0.0;
                for _ in 0..2000 {
                    let slope: f32 = (0..10).map(|look| target.pull(little(look), big(look), unit).1).sum();
                    unit -= 0.1 * slope;
                }
                let q = sigmoid(unit);
                assert!((q - expected).abs() < 5e-3, "{target:?} of {a} and {b}: q went to {q}, not {expected}");
            }
        }
    }
}
