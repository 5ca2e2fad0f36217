//! What single changes of width add to the front.
//!
//! Prices find few plans, on or near the convex hull. From each plan on the front, every change of one width of one
//! layer is tried, and what no plan covers joins the front, to be changed in turn, until nothing is left to try (Pareto
//! local search; Paquete, Chiarandini & Stützle, 2004).

use crate::costs::Costs;
use crate::error::PlanError;
use crate::front::Front;
use crate::plan::latency;
use crate::prefix::{Choice, Prefix};

/// Tries all changes of one width, from every plan on the front, until so many `changes` have been tried.
pub(crate) fn improve(
    prefixes: &[Prefix],
    costs: &impl Costs,
    memory: u64,
    mut changes: usize,
    front: &mut Front,
) -> Result<(), PlanError> {
    while let Some((cut, choice)) = front.next_unchanged() {
        let Some(prefix) = prefixes.iter().find(|prefix| prefix.cut == cut) else { continue };
        for changed in neighbours(prefix, &choice) {
            let Some(left) = changes.checked_sub(1) else { return Ok(()) };
            changes = left;
            if prefix.memory(&changed).total() > memory {
                continue;
            }
            let latency = latency(costs, &prefix.bits(&changed), prefix.sent_by(&changed))?;
            if !front.covers(latency.total(), prefix.error(&changed)) {
                front.add_choice(prefix.plan(&changed, costs)?, changed);
            }
        }
    }
    Ok(())
}

/// All choices that differ in one width.
fn neighbours<'a>(prefix: &'a Prefix, choice: &'a Choice) -> impl Iterator<Item = Choice> + 'a {
    let widths = 0..=prefix.widest();
    (0..prefix.layers.len()).flat_map(move |layer| {
        let (weights, activations) = (choice.weights[layer], choice.activations[layer]);
        let weights = widths.clone().filter(move |width| *width != weights).map(move |width| {
            let mut changed = choice.clone();
            changed.weights[layer] = width;
            changed
        });
        let activations = widths.clone().filter(move |width| *width != activations).map(move |width| {
            let mut changed = choice.clone();
            changed.activations[layer] = width;
            changed
        });
        weights.chain(activations)
    })
}
