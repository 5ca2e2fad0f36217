//! Widths for the steps before a cut, of the least loss within a memory.
//!
//! Auto-Split gives memory to activations first, at an average of so many bits, by a price; then, as their memory is a
//! maximum, raises all of them to the widest that still fits under the peak; and gives what is left to the weights, by
//! a price. After raising, all that matters of the activations is the peak, and there are only as many peaks as sizes
//! sᵃ·b: so here every peak is considered, which contains whatever any average and price lead to, and for each of them
//! the weights are packed exactly into what is left. Peaks come in the order of the bound that a price gives for the
//! weights; most never need to be packed.

use crate::knapsack::{Packed, pack};
use crate::lagrange::{Item, Walk};
use crate::prefix::{Choice, Prefix, PrefixLayer};

/// What is to be small: for each layer and width, its share of the loss. Errors, or errors and time at some price.
pub(crate) struct Losses {
    pub weights: Vec<Vec<f64>>,
    pub activations: Vec<Vec<f64>>,
}

impl Losses {
    /// Errors alone.
    pub fn errors(prefix: &Prefix) -> Self {
        Self {
            weights: prefix.layers.iter().map(|layer| layer.errors.weights.clone()).collect(),
            activations: prefix.layers.iter().map(|layer| layer.errors.activations.clone()).collect(),
        }
    }
}

/// Widths within a memory.
pub(crate) struct Allocation {
    pub choice: Choice,
    /// Whether no choice has less loss, but for rounding.
    pub is_best: bool,
}

/// The widths of the least loss within `memory` bits, where what crosses has at most width `cap`; none if the narrowest
/// do not fit.
pub(crate) fn allocate(prefix: &Prefix, losses: &Losses, cap: usize, memory: u64) -> Option<Allocation> {
    let classes = weight_classes(prefix, losses);
    let walk = Walk::new(&classes);
    let mut open: Vec<Open> = Vec::new();
    for peak in peaks(prefix, cap) {
        let Some(budget) = memory.checked_sub(peak + prefix.fixed_weights) else { break };
        let Some(priced) = walk.at(budget) else { break };
        let (activations, lost) = under_peak(prefix, losses, cap, peak);
        open.push(Open { bound: lost + priced.bound, budget, activations, lost });
    }
    open.sort_by(|a, b| a.bound.total_cmp(&b.bound));
    let mut best: Option<(f64, Choice)> = None;
    let mut is_best = true;
    for Open { bound, budget, activations, lost } in open {
        if best.as_ref().is_some_and(|(loss, _)| bound >= *loss) {
            break;
        }
        let Some(packed) = pack(&classes, &walk, budget) else { continue };
        let Packed { items, loss, is_best: is_packed } = packed;
        is_best &= is_packed;
        if best.as_ref().is_none_or(|(least, _)| lost + loss < *least) {
            best = Some((lost + loss, Choice { weights: items, activations }));
        }
    }
    best.map(|(_, choice)| Allocation { choice, is_best })
}

/// A peak whose weights are still to be packed.
struct Open {
    /// What it loses at least.
    bound: f64,
    /// Bits left for the weights of layers.
    budget: u64,
    activations: Vec<usize>,
    /// What these lose.
    lost: f64,
}

fn weight_classes(prefix: &Prefix, losses: &Losses) -> Vec<Vec<Item>> {
    let item = |weights: u64, (width, loss): (&u8, &f64)| Item { size: weights * u64::from(*width), loss: *loss };
    let layers = prefix.layers.iter().zip(&losses.weights);
    let class = |(layer, losses): (&PrefixLayer, &Vec<f64>)| {
        prefix.widths().iter().zip(losses).map(|figures| item(layer.weights, figures)).collect()
    };
    layers.map(class).collect()
}

/// Every size that the largest value may have, in ascending order.
fn peaks(prefix: &Prefix, cap: usize) -> Vec<u64> {
    let sizes = |width: u8| prefix.layers.iter().map(move |layer| layer.activations * u64::from(width));
    let least = sizes(prefix.widths()[0]).max().unwrap_or(0).max(prefix.fixed_peak);
    let mut peaks = vec![least];
    for layer in &prefix.layers {
        let widths = &prefix.widths()[..=prefix.widest_activation(layer, cap)];
        peaks.extend(widths.iter().map(|width| layer.activations * u64::from(*width)).filter(|peak| *peak > least));
    }
    peaks.sort_unstable();
    peaks.dedup();
    peaks
}

/// For each layer the activations of the least loss under a peak, and what they lose together.
fn under_peak(prefix: &Prefix, losses: &Losses, cap: usize, peak: u64) -> (Vec<usize>, f64) {
    let mut lost = 0.0;
    let mut best = |(layer, losses): (&PrefixLayer, &Vec<f64>)| {
        let fits = |width: &usize| layer.activations * u64::from(prefix.widths()[*width]) <= peak;
        let widths = (0..=prefix.widest_activation(layer, cap)).filter(fits);
        let width = widths.min_by(|a, b| losses[*a].total_cmp(&losses[*b])).unwrap_or(0);
        lost += losses[width];
        width
    };
    (prefix.layers.iter().zip(&losses.activations).map(&mut best).collect(), lost)
}
