//! How likely an answer is to be right, by its score: P(right | s) = 1 / (1 + exp(−(a·logit(s) + b))).
//!
//! J. Platt: Probabilistic outputs for support vector machines, in Advances in Large Margin Classifiers, 1999; a and b
//! maximise the likelihood of what was right and what was wrong, with Platt's softened labels, so that they exist even
//! where a score separates the two perfectly. Scores are shares, so the curve is that of their logits.

use std::ops::Add;

/// A logistic curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Logistic {
    /// a, at least 0: a higher score never makes an answer less likely to be right.
    pub(crate) slope: f64,
    /// b
    pub(crate) offset: f64,
}

/// Scores nearer to 0 or 1 than this are as good as 0 or 1: the resolution of 32-bit floats below 1.
const RESOLUTION: f64 = 6e-8;

/// Newton's method needs about ten steps; it ends when no step climbs any more.
const STEPS: usize = 100;

/// How often a step is halved.
const HALVINGS: i32 = 40;

/// Added to the curvature, so that the two equations can be solved where all scores are the same; where it ends is the
/// same.
const RIDGE: f64 = 1e-9;

fn logit(share: f64) -> f64 {
    let share = share.clamp(RESOLUTION, 1.0 - RESOLUTION);
    (share / (1.0 - share)).ln()
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// What a scored answer adds to the gradient and the curvature of the likelihood.
#[derive(Clone, Copy, Default)]
struct Sums {
    by_slope: f64,
    by_offset: f64,
    slope_slope: f64,
    slope_offset: f64,
    offset_offset: f64,
}

impl Add for Sums {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            by_slope: self.by_slope + other.by_slope,
            by_offset: self.by_offset + other.by_offset,
            slope_slope: self.slope_slope + other.slope_slope,
            slope_offset: self.slope_offset + other.slope_offset,
            offset_offset: self.offset_offset + other.offset_offset,
        }
    }
}

impl Logistic {
    /// The most likely curve for answers with these scores, of which some are right, each counting for so many: by Newton's
    /// method, with steps halved until they climb (Lin, Lin & Weng, Machine Learning 68, 2007).
    pub fn fit(answers: &[(f64, bool, f64)]) -> Self {
        let weight_of = |right: bool| answers.iter().filter(|(_, is, _)| *is == right).map(|(.., w)| w).sum::<f64>();
        let (right, wrong) = (weight_of(true), weight_of(false));
        let wanted = |is_right: bool| if is_right { (right + 1.0) / (right + 2.0) } else { 1.0 / (wrong + 2.0) };
        let mean = (right * wanted(true) + wrong * wanted(false)) / (right + wrong);
        let level = Self { slope: 0.0, offset: logit(if mean.is_finite() { mean } else { 0.5 }) };
        let mut curve = level;
        for _ in 0..STEPS {
            let step = curve.newton(answers, wanted);
            let here = curve.likelihood(answers, wanted);
            let shorter = (0..HALVINGS).map(|halvings| 0.5f64.powi(halvings));
            let steps = shorter.map(|share| Self {
                slope: curve.slope + share * step.slope,
                offset: curve.offset + share * step.offset,
            });
            let Some(next) = steps.into_iter().find(|next| next.likelihood(answers, wanted) > here) else { break };
            curve = next;
        }
        if curve.slope >= 0.0 { curve } else { level }
    }

    /// How likely it is, as a logarithm, that answers are as they are.
    fn likelihood(&self, answers: &[(f64, bool, f64)], wanted: impl Fn(bool) -> f64) -> f64 {
        let of = |(score, right, weight): &(f64, bool, f64)| {
            let (x, wanted) = (self.slope * logit(*score) + self.offset, wanted(*right));
            // ln p = −ln(1 + e⁻ˣ), and ln(1 − p) = ln p − x.
            weight * (-(-x.abs()).exp().ln_1p() + x.min(0.0) - (1.0 - wanted) * x)
        };
        answers.iter().map(of).sum()
    }

    /// Newton's step from here.
    fn newton(&self, answers: &[(f64, bool, f64)], wanted: impl Fn(bool) -> f64) -> Self {
        let sums = answers.iter().map(|(score, right, weight)| {
            let (x, p) = (logit(*score), self.at(*score));
            let (miss, spread) = (weight * (wanted(*right) - p), weight * p * (1.0 - p));
            let (slope_slope, slope_offset) = (spread * x * x, spread * x);
            Sums { by_slope: miss * x, by_offset: miss, slope_slope, slope_offset, offset_offset: spread }
        });
        let sums = sums.fold(Sums::default(), Add::add);
        let (aa, ab, bb) = (sums.slope_slope + RIDGE, sums.slope_offset, sums.offset_offset + RIDGE);
        let determinant = aa * bb - ab * ab;
        Self {
            slope: (bb * sums.by_slope - ab * sums.by_offset) / determinant,
            offset: (aa * sums.by_offset - ab * sums.by_slope) / determinant,
        }
    }

    /// How likely an answer with this score is to be right.
    pub fn at(&self, score: f64) -> f64 {
        sigmoid(self.slope * logit(score) + self.offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a thousand answers at each of nine scores, as many are right as a curve with a = 2 and b = -0.5 says: that curve
    /// is found again, up to the softened labels and the rounding.
    #[test]
    fn the_curve_that_made_the_answers_is_found() {
        let made = Logistic { slope: 2.0, offset: -0.5 };
        let answers: Vec<(f64, bool, f64)> = (1..10)
            .flat_map(|tenth| {
                let score = f64::from(tenth) / 10.0;
                let right = (made.at(score) * 1e6).round();
                [(score, true, right), (score, false, 1e6 - right)]
            })
            .collect();
        let found = Logistic::fit(&answers);
        assert!((found.slope - 2.0).abs() < 1e-3 && (found.offset + 0.5).abs() < 1e-3, "{found:?}");
    }

    /// Perfectly separated, all alike, all right, the wrong way round, none at all: always finite, never falling.
    #[test]
    fn there_is_always_a_curve() {
        let answers = |of: &[(f64, bool)]| of.iter().map(|(s, right)| (*s, *right, 1.0)).collect::<Vec<_>>();
        for of in [
            &[(0.1, false), (0.2, false), (0.8, true), (0.9, true)][..],
            &[(0.5, true), (0.5, false), (0.5, true)],
            &[(0.3, true), (0.7, true)],
            &[(0.1, true), (0.2, true), (0.8, false), (0.9, false)],
            &[(1.0, true), (0.0, false)],
            &[],
        ] {
            let curve = Logistic::fit(&answers(of));
            let values: Vec<f64> = [0.0, 0.3, 0.6, 1.0].map(|score| curve.at(score)).to_vec();
            assert!(values.iter().all(|p| p.is_finite() && (0.0..=1.0).contains(p)), "{of:?}: {values:?}");
            assert!(values.is_sorted(), "{of:?}: {values:?}");
        }
        let of = |of: &[(f64, bool)]| Logistic::fit(&answers(of));
        let apart = of(&[(0.1, false), (0.2, false), (0.8, true), (0.9, true)]);
        assert!(apart.at(0.1) < 0.3 && apart.at(0.9) > 0.7, "{apart:?}");
        let reversed = of(&[(0.1, true), (0.2, true), (0.8, false), (0.9, false)]);
        assert_eq!(reversed.slope, 0.0);
        let even = Logistic::fit(&answers(&[(0.5, true), (0.5, false)]));
        assert!((even.at(0.5) - 0.5).abs() < 1e-6);
    }
}
