//! The scores of one pass besides the class: how confident the network is.

/// An answer of a network on one image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    /// The most likely class.
    pub class: u8,
    /// How confident the network is, by each measure.
    pub scores: Scores,
}

/// Measures of confidence, each in [0, 1] and larger when more confident.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scores {
    /// q(1|x): the predictor head's probability that the edge answer will do; none without that head.
    pub q: Option<f32>,
    /// Largest class probability.
    pub max_softmax: f32,
    /// Largest minus second largest class probability (Park et al., CODES+ISSS 2015).
    pub margin: f32,
    /// 1 − H(p)/ln K, one minus the normalised entropy of the class probabilities.
    pub certainty: f32,
}

/// log softmax of `logits`, written into `out`.
pub fn log_softmax(logits: &[f32], out: &mut [f32]) {
    let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f32 = logits.iter().map(|l| (l - top).exp()).sum();
    let shift = top + sum.ln();
    out.iter_mut().zip(logits).for_each(|(out, l)| *out = l - shift);
}

/// 1/(1 + e^−x).
pub fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

impl Answer {
    /// Reads class and scores off the logits; the first of equal logits wins.
    pub fn from_logits(logits: &[f32], q: Option<f32>) -> Self {
        let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let class = logits.iter().position(|&l| l == top).unwrap_or(0);
        let sum: f32 = logits.iter().map(|l| (l - top).exp()).sum();
        let (mut second, mut entropy) = (0.0f32, 0.0f32);
        for (index, l) in logits.iter().enumerate() {
            let p = (l - top).exp() / sum;
            if index != class {
                second = second.max(p);
            }
            if p > 0.0 {
                entropy -= p * p.ln();
            }
        }
        let max_softmax = 1.0 / sum;
        let certainty = (1.0 - entropy / (logits.len() as f32).ln()).clamp(0.0, 1.0);
        let scores = Scores { q, max_softmax, margin: max_softmax - second, certainty };
        Self { class: class as u8, scores }
    }
}

/// q from a predictor's output: its sigmoid, kept away from 0 and 1. No prediction is certain, and a threshold of 1
/// then always appeals.
pub fn predictor_score(unit: f32) -> f32 {
    sigmoid(unit).clamp(f32::MIN_POSITIVE, 1.0 - f32::EPSILON)
}
