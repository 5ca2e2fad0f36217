//! What a split takes on the devices of a group, for a request that is alone on its link and at its server.

use std::cell::RefCell;
use std::collections::HashMap;

use device_models::units::DataSize;
use device_models::{LayerWork, Work};
use inference::{BitWidths, Bits, Calibrated, Coding, Cut, Network, StepNumbers};
use sim_core::Span;
use split_planner::{Costs, FLOAT, Sent, StepCosts, Widths};

use crate::plan::{Access, CLOUD, Group, Load, Plan, Size, Tier, work_of};

/// Seconds by the models of a scenario.
pub struct ModelCosts<'a> {
    calibrated: &'a Calibrated,
    group: &'a Group,
    access: &'a Access,
    tier: &'a Tier,
    steps: Vec<StepNumbers>,
    /// The network as it is.
    pub(super) floats: Network,
    /// The work of steps in the widths that a planner has asked about: it asks about most of them again and again.
    works: RefCell<HashMap<StepWidths, Vec<LayerWork>>>,
}

/// A step, and all that its work depends on.
#[derive(PartialEq, Eq, Hash)]
struct StepWidths {
    step: usize,
    /// The bits of its weights, of what it makes, and of all that it reads.
    bits: Vec<u8>,
    /// The cut, if it reads the image: that is in integers if nothing after the cut reads it as well.
    cut: Option<usize>,
}

impl<'a> ModelCosts<'a> {
    /// For a network on the devices of `group`.
    ///
    /// # Errors
    /// If it does not run in floats.
    pub fn new(calibrated: &'a Calibrated, plan: &'a Plan, group: &'a Group) -> Result<Self, inference::Error> {
        let access = &plan.links[group.link];
        let tier = access.edge.as_ref().map_or(CLOUD, |(tier, _)| *tier);
        let floats = calibrated.network(&vec![None; calibrated.layers().len()])?;
        let (steps, tier) = (calibrated.steps(), &plan.tiers[usize::from(tier)]);
        Ok(Self { calibrated, group, access, tier, steps, floats, works: RefCell::default() })
    }

    /// The same of each step and each value for itself, in floats, and what sending anything at all takes besides.
    pub(super) fn by_step(&self) -> (StepCosts, f64) {
        let steps = self.floats.cuts().len() - 1;
        let device: Vec<f64> = (0..=steps).map(|steps| Costs::device(self, &Widths::floats(steps))).collect();
        let server: Vec<f64> = (0..=steps).map(|cut| self.server(cut)).collect();
        let nothing = self.sending(DataSize::new(0.0));
        let graph = self.floats.graph();
        let value = |value: usize| match value {
            0 => self.group.payload,
            made => DataSize::new(4.0 * graph.fact(made).shape.len() as f64),
        };
        let between = |of: &[f64]| of.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect();
        let values = (0..=steps).map(|number| (self.sending(value(number)) - nothing).max(0.0)).collect();
        (StepCosts { device: between(&device), server: between(&server), values }, nothing)
    }

    /// Seconds until a payload's answer is there, beyond what the server takes.
    fn sending(&self, payload: DataSize) -> f64 {
        let load = Load { payload: Size::Fixed(payload), kind: 0, served: Span::ZERO };
        self.access.offload(self.group, &load, &self.access.typically()).seconds
    }

    /// The work of a step before the cut.
    fn work_of(&self, step: usize, widths: &Widths) -> Vec<LayerWork> {
        let reads = &self.steps[step].reads;
        let own = [widths.weights[step], widths.values[step + 1]];
        let key = StepWidths {
            step,
            bits: own.into_iter().chain(reads.iter().map(|value| widths.values[*value])).collect(),
            cut: reads.contains(&0).then(|| widths.steps()),
        };
        self.works.borrow_mut().entry(key).or_insert_with(|| self.work_in(step, widths)).clone()
    }

    /// The same, by the costs of the whole network.
    fn work_in(&self, step: usize, widths: &Widths) -> Vec<LayerWork> {
        let of = |step: usize| {
            let [weights, activations] = [widths.weights.get(step)?, widths.values.get(step + 1)?];
            let integers = *weights != FLOAT;
            integers.then(|| {
                let bits = |bits: u8| Bits::new(bits).unwrap_or(Bits::EIGHT);
                BitWidths { weights: bits(*weights), activations: bits(*activations) }
            })
        };
        let layers: Vec<Option<BitWidths>> = self.calibrated.layers().iter().map(|layer| of(layer.step)).collect();
        let costs = self.calibrated.costs(&layers);
        let own: Vec<_> = costs.into_iter().filter(|layer| layer.step == step).collect();
        work_of(&own).layers
    }

    fn cut(&self, cut: usize) -> &Cut {
        self.floats.cut(cut)
    }
}

impl Costs for ModelCosts<'_> {
    fn device(&self, widths: &Widths) -> f64 {
        if widths.steps() == 0 {
            return 0.0;
        }
        let layers = (0..widths.steps()).flat_map(|step| self.work_of(step, widths));
        self.group.processor.time(&Work { layers: layers.collect() }).as_secs()
    }

    fn link(&self, cut: usize, sent: Sent) -> f64 {
        let payload = match sent {
            Sent::Input => self.group.payload,
            Sent::Floats => DataSize::new(self.cut(cut).size(Coding::FLOAT32).unwrap_or_default() as f64),
            Sent::Bits(bits) => {
                let bytes = |numbers: usize| (numbers * usize::from(bits)).div_ceil(8);
                DataSize::new(self.cut(cut).shapes().map(|shape| bytes(shape.len())).sum::<usize>() as f64)
            }
            Sent::Answer => return 0.0,
        };
        self.sending(payload)
    }

    fn server(&self, cut: usize) -> f64 {
        if self.cut(cut).is_end() {
            return 0.0;
        }
        let costs = self.floats.layer_costs();
        let before = costs.partition_point(|layer| layer.step < cut);
        (self.tier.prepare + self.tier.server.time(&work_of(&costs[before..]), 1)).as_secs()
    }
}

#[cfg(test)]
mod tests;
