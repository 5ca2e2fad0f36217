//! Every choice of widths for the steps before a cut, but for those that cannot be on the front.
//!
//! Widths are settled one after the other. What is still open counts with the narrowest widths in time and memory, and
//! with the least errors: a choice that does not fit even so, or is covered by a plan on the front, is left with all
//! that begin like it. Sums are added up in the order in which a plan's are, so that rounding cannot turn a bound
//! round.

use crate::costs::{Costs, Sent};
use crate::error::PlanError;
use crate::front::Front;
use crate::plan::{Latency, device, link, server};
use crate::prefix::{Choice, Prefix};

/// Looks for plans in which what crosses has at most width `cap`, until `looks` choices have been looked at, and says
/// whether that was enough for all.
pub(crate) fn search(
    prefix: &Prefix,
    cap: usize,
    costs: &impl Costs,
    memory: u64,
    looks: usize,
    front: &mut Front,
) -> Result<bool, PlanError> {
    let sent: Sent = prefix.sent(cap);
    let least = |errors: &[f64]| errors.iter().copied().min_by(f64::total_cmp).unwrap_or(0.0);
    let errors = prefix.layers.iter().map(|layer| {
        let activations = &layer.errors.activations[..=prefix.widest_activation(layer, cap)];
        [least(&layer.errors.weights), least(activations)]
    });
    let mut search = Search {
        prefix,
        cap,
        costs,
        memory,
        link: link(costs, prefix.cut, sent)?,
        server: server(costs, prefix.cut)?,
        choice: prefix.narrowest(),
        errors: errors.collect(),
        looks,
        front,
    };
    search.settle(0)
}

struct Search<'a, C> {
    prefix: &'a Prefix<'a>,
    cap: usize,
    costs: &'a C,
    memory: u64,
    link: f64,
    server: f64,
    /// What is settled; the narrowest for what is open.
    choice: Choice,
    /// The errors of what is settled, of weights and activations; the least for what is open.
    errors: Vec<[f64; 2]>,
    /// How many more choices may be looked at.
    looks: usize,
    front: &'a mut Front,
}

impl<C: Costs> Search<'_, C> {
    /// Settles one width of weights or activations after the other, from `place` on: those of the first layer, of the
    /// second, and so on.
    fn settle(&mut self, place: usize) -> Result<bool, PlanError> {
        let (layer, part) = (place / 2, place % 2);
        if layer == self.prefix.layers.len() {
            self.front.add(self.prefix.plan(&self.choice, self.costs)?);
            return Ok(true);
        }
        let errors = self.prefix.layers[layer].errors;
        let (table, widest) = match part {
            0 => (&errors.weights, self.prefix.widest()),
            _ => (&errors.activations, self.prefix.widest_activation(&self.prefix.layers[layer], self.cap)),
        };
        let least = self.errors[layer][part];
        let mut is_complete = true;
        for (width, error) in table.iter().enumerate().take(widest + 1) {
            if self.looks == 0 {
                is_complete = false;
                break;
            }
            self.looks -= 1;
            self.set(layer, part, width, *error);
            if self.prefix.memory(&self.choice).total() > self.memory {
                break;
            }
            if !self.is_covered()? {
                is_complete &= self.settle(place + 1)?;
            }
        }
        self.set(layer, part, 0, least);
        Ok(is_complete)
    }

    fn set(&mut self, layer: usize, part: usize, width: usize, error: f64) {
        let widths = if part == 0 { &mut self.choice.weights } else { &mut self.choice.activations };
        widths[layer] = width;
        self.errors[layer][part] = error;
    }

    fn is_covered(&self) -> Result<bool, PlanError> {
        let device = device(self.costs, &self.prefix.bits(&self.choice))?;
        let latency = Latency { device, link: self.link, server: self.server };
        let error: f64 = self.errors.iter().map(|[weights, activations]| weights + activations).sum();
        Ok(self.front.covers(latency.total(), error))
    }
}
