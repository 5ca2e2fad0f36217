//! Class probabilities.

/// The class probabilities that follow from logits.
pub(super) struct Softmax<'a> {
    logits: &'a [f32],
    class: usize,
    /// The largest logit: exponents are taken of what is below it, so that none overflows.
    top: f32,
    /// Sum of these.
    sum: f32,
}

impl<'a> Softmax<'a> {
    pub fn of(logits: &'a [f32]) -> Self {
        let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let class = logits.iter().position(|&l| l == top).unwrap_or(0);
        Self { logits, class, top, sum: logits.iter().map(|l| (l - top).exp()).sum() }
    }

    /// The most likely class; the first of equally likely ones.
    pub fn class(&self) -> usize {
        self.class
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.logits.len()
    }

    /// The largest probability.
    pub fn largest(&self) -> f32 {
        1.0 / self.sum
    }

    /// All of them, class by class.
    pub fn probabilities(&self) -> impl Iterator<Item = f32> {
        self.logits.iter().map(|l| (l - self.top).exp() / self.sum)
    }
}

/// log softmax of `logits`, written into `out`.
pub fn log_softmax(logits: &[f32], out: &mut [f32]) {
    let Softmax { top, sum, .. } = Softmax::of(logits);
    let shift = top + sum.ln();
    out.iter_mut().zip(logits).for_each(|(out, l)| *out = l - shift);
}
