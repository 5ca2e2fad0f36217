//! What a width costs in time, and the prices of time that are worth trying.
//!
//! Time on the device is no sum over layers, so it has no price by layer. What narrowing one width alone would save,
//! with all others as they are in some choice, stands in for it: allocations by such prices are guesses, and each is
//! then charged what it really takes.

use crate::allocate::Losses;
use crate::costs::Costs;
use crate::error::PlanError;
use crate::plan::device;
use crate::prefix::{Choice, Prefix};

/// How many prices of time are tried, from where it hardly matters to where hardly anything else does.
const PRICES: u32 = 16;

/// For each layer and width, the time that it adds to the narrowest, all other widths being as in some choice.
pub(crate) struct Times {
    weights: Vec<Vec<f64>>,
    activations: Vec<Vec<f64>>,
}

impl Times {
    pub fn around(prefix: &Prefix, choice: &Choice, costs: &impl Costs) -> Result<Self, PlanError> {
        let mut choice = choice.clone();
        let mut added = |of: fn(&mut Choice) -> &mut Vec<usize>, layer: usize| {
            let before = of(&mut choice)[layer];
            let mut times = Vec::new();
            for width in 0..prefix.widths().len() {
                of(&mut choice)[layer] = width;
                times.push(device(costs, &prefix.bits(&choice))?);
            }
            of(&mut choice)[layer] = before;
            let least = times[0];
            Ok(times.into_iter().map(|time| time - least).collect())
        };
        let layers = 0..prefix.layers.len();
        let weights = layers.clone().map(|layer| added(|choice| &mut choice.weights, layer));
        let weights = weights.collect::<Result<_, PlanError>>()?;
        let activations = layers.map(|layer| added(|choice| &mut choice.activations, layer));
        Ok(Self { weights, activations: activations.collect::<Result<_, PlanError>>()? })
    }

    /// Errors, and time at each of the prices.
    pub fn priced<'a>(&'a self, errors: &'a Losses) -> impl Iterator<Item = Losses> + 'a {
        let (low, high) = self.prices(errors).unwrap_or((1.0, 0.0));
        let price = move |rung| low * (high / low).powf(f64::from(rung) / f64::from(PRICES - 1));
        let rungs = if low <= high { 0..PRICES } else { 0..0 };
        rungs.map(move |rung| Losses {
            weights: sums(&errors.weights, &self.weights, price(rung)),
            activations: sums(&errors.activations, &self.activations, price(rung)),
        })
    }

    /// From below the smallest to above the largest price at which some layer would rather have another width.
    fn prices(&self, errors: &Losses) -> Option<(f64, f64)> {
        let errors = errors.weights.iter().chain(&errors.activations);
        let mut bounds: Option<(f64, f64)> = None;
        for (errors, times) in errors.zip(self.weights.iter().chain(&self.activations)) {
            for (narrow, wide) in (1..times.len()).flat_map(|wide| (0..wide).map(move |narrow| (narrow, wide))) {
                let price = (errors[narrow] - errors[wide]) / (times[wide] - times[narrow]);
                if price.is_finite() && price > 0.0 {
                    let (low, high) = bounds.unwrap_or((price, price));
                    bounds = Some((low.min(price), high.max(price)));
                }
            }
        }
        bounds.map(|(low, high)| (low / 2.0, high * 2.0))
    }
}

fn sums(errors: &[Vec<f64>], times: &[Vec<f64>], price: f64) -> Vec<Vec<f64>> {
    let sum = |(errors, times): (&Vec<f64>, &Vec<f64>)| errors.iter().zip(times).map(|(e, t)| e + price * t).collect();
    errors.iter().zip(times).map(sum).collect()
}
