//! What a predictor learns to say of an answer, once it is known which networks are right.

use serde::{Deserialize, Serialize};

use crate::architecture::Estimates;
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
    /// Whether each network is right, by logistic regression: two outputs, of which q is made.
    Both,
}

impl Target {
    /// What the outputs of a predictor that learns this have to estimate.
    pub fn estimates(self) -> Estimates {
        match self {
            Target::Gain | Target::Outcome => Estimates::Q,
            Target::Both => Estimates::Both,
        }
    }

    /// The loss where the little and the big network are right or wrong and these are the predictor's `outputs`, which are
    /// replaced by the derivatives.
    pub fn pull(self, little_right: bool, big_right: bool, outputs: &mut [f32]) -> f32 {
        match self {
            Target::Gain => {
                // 2·sigmoid(x) − 1 = tanh(x/2), whose slope is (1 − tanh²)/2.
                let g = (outputs[0] / 2.0).tanh();
                let off = g - (count(little_right) - count(big_right));
                outputs[0] = off * (1.0 - g * g);
                off * off
            }
            Target::Outcome => logistic(little_right || !big_right, &mut outputs[0]),
            Target::Both => {
                let known = outputs.iter_mut().zip([little_right, big_right]);
                known.map(|(output, right)| logistic(right, output)).sum()
            }
        }
    }
}

/// The loss of logistic regression where `so` is the case, at an output that is replaced by the derivative.
fn logistic(so: bool, output: &mut f32) -> f32 {
    let so = count(so);
    let loss = softplus(*output) - so * *output;
    *output = sigmoid(*output) - so;
    loss
}

fn count(so: bool) -> f32 {
    f32::from(u8::from(so))
}

/// log(1 + eˣ).
pub fn softplus(x: f32) -> f32 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scores::q;

    const CASES: [(bool, bool); 4] = [(false, false), (false, true), (true, false), (true, true)];

    #[test]
    fn derivatives_are_slopes() {
        for target in [Target::Gain, Target::Outcome, Target::Both] {
            for (little, big) in CASES {
                for unit in [-6.0, -1.5, -0.2, 0.0, 0.4, 2.0, 7.0] {
                    let outputs = [unit, 0.3 - unit];
                    for output in 0..target.estimates().outputs() {
                        let mut slopes = outputs;
                        target.pull(little, big, &mut slopes);
                        let step = 1e-2;
                        let at = |step: f32| {
                            let mut moved = outputs;
                            moved[output] += step;
                            target.pull(little, big, &mut moved)
                        };
                        let (slope, expected) = (slopes[output], (at(step) - at(-step)) / (2.0 * step));
                        assert!((slope - expected).abs() < 1e-4, "{target:?} at {unit}: {slope}, not {expected}");
                    }
                }
            }
        }
    }

    /// Where the little network is right in `a` of ten looks at an image and the big one in `b`, descent ends at
    /// q = (1 + a/10 − b/10)/2 for the gain and for both, and at the share of looks in which the answer will do for the
    /// outcome.
    #[test]
    fn q_goes_where_the_closed_form_says() {
        let right_in = |count: usize| move |look: usize| look < count;
        for (a, b) in [(9, 2), (5, 5), (3, 8), (1, 10)] {
            let (little, big) = (right_in(a), right_in(b));
            let will_do = (0..10).filter(|look| little(*look) || !big(*look)).count() as f32 / 10.0;
            let gain = (1.0 + (a as f32 - b as f32) / 10.0) / 2.0;
            for (target, expected) in [(Target::Gain, gain), (Target::Both, gain), (Target::Outcome, will_do)] {
                let mut outputs = vec![0.0; target.estimates().outputs()];
                for _ in 0..2000 {
                    let before = outputs.clone();
                    for look in 0..10 {
                        let mut slopes = before.clone();
                        target.pull(little(look), big(look), &mut slopes);
                        outputs.iter_mut().zip(slopes).for_each(|(output, slope)| *output -= 0.1 * slope);
                    }
                }
                let q = q(&outputs);
                assert!((q - expected).abs() < 5e-3, "{target:?} of {a} and {b}: q went to {q}, not {expected}");
            }
        }
    }
}
