//! What is minimised, image by image.

use super::target::{Target, softplus};
use crate::scores::sigmoid;

/// What is minimised.
#[derive(Clone, Copy, Debug)]
pub enum Objective {
    /// Cross-entropy of the approximator.
    Classify,
    /// AppealNet's joint loss (Li et al., DAC 2021), plus `cross_entropy` times the approximator's cross-entropy:
    ///
    /// L = q·ℓ1 + (1 − q)·ℓ0 − β·log q
    Appeal { beta: f32, cross_entropy: f32 },
    /// Cross-entropy of the approximator, and of q against "the edge answer will do".
    Outcome,
}

/// The big network's result on one image.
#[derive(Clone, Copy, Debug, Default)]
pub struct Big {
    /// ℓ(f0, y).
    pub loss: f32,
    /// Whether its class is the label.
    pub right: bool,
}

/// The loss of one image at a given predictor output, and its derivatives for both heads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pull {
    /// The loss.
    pub loss: f32,
    /// Its derivative by ℓ1: the weight of this image for the approximator.
    pub approximator: f32,
    /// Its derivative by the predictor's output before the sigmoid.
    pub predictor: f32,
}

impl Objective {
    /// Loss and derivatives at ℓ1 = `little`, q = sigmoid(`unit`). By the sigmoid's slope q(1 − q), the derivative of
    /// −β·log q is −β(1 − q): finite however small q gets.
    pub fn pull(self, little: f32, little_right: bool, big: Big, unit: f32) -> Pull {
        let q = sigmoid(unit);
        match self {
            Objective::Classify => Pull { loss: little, approximator: 1.0, predictor: 0.0 },
            Objective::Appeal { beta, cross_entropy } => Pull {
                loss: q * little + (1.0 - q) * big.loss + beta * softplus(-unit) + cross_entropy * little,
                approximator: q + cross_entropy,
                predictor: (little - big.loss) * q * (1.0 - q) - beta * (1.0 - q),
            },
            Objective::Outcome => {
                let mut slope = [unit];
                let loss = Target::Outcome.pull(little_right, big.right, &mut slope);
                Pull { loss: little + loss, approximator: 1.0, predictor: slope[0] }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At fixed losses, q·ℓ1 + (1 − q)·ℓ0 − β·log q is least at q = β/(ℓ1 − ℓ0), or at 1 if that is above 1.
    #[test]
    fn q_goes_where_the_closed_form_says() {
        let beta = 0.3;
        for (little, big) in [(2.0f32, 0.1), (0.9, 0.2), (0.35, 0.1), (0.2, 0.5), (5.0, 0.0)] {
            let objective = Objective::Appeal { beta, cross_entropy: 0.0 };
            let mut unit = 0.0;
            for _ in 0..20_000 {
                unit -= 0.5 * objective.pull(little, false, Big { loss: big, right: true }, unit).predictor;
            }
            let expected = if little <= big + beta { 1.0 } else { beta / (little - big) };
            let q = sigmoid(unit);
            assert!((q - expected).abs() < 2e-3, "q went to {q}, not {expected}");
        }
    }
}
