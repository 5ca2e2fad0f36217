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
    /// What steps take, by the widths that a planner has asked about: it asks about most of them again and again.
    taken: RefCell<HashMap<u128, Taken>>,
}

/// What a step takes: seconds, and bytes of weights.
type Taken = (f64, f64);

/// Bits that a width, and the number of a step, have in a key.
const WIDTH: u32 = 6;
const STEP: u32 = 16;

/// Widths that fit into a key with the numbers of a step and a cut.
const MOST: usize = ((u128::BITS - 2 * STEP) / WIDTH) as usize;

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
        Ok(Self { calibrated, group, access, tier, steps, floats, taken: RefCell::default() })
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
        // More steps on the device take it longer, and leave less to the server.
        let grows = |of: &[f64]| of.windows(2).map(|pair| (pair[1] - pair[0]).max(0.0)).collect();
        let falls = |of: &[f64]| of.windows(2).map(|pair| (pair[0] - pair[1]).max(0.0)).collect();
        let values = (0..=steps).map(|number| (self.sending(value(number)) - nothing).max(0.0)).collect();
        (StepCosts { device: grows(&device), server: falls(&server), values }, nothing)
    }

    /// Seconds until a payload's answer is there, beyond what the server takes.
    fn sending(&self, payload: DataSize) -> f64 {
        let load = Load { payload: Size::Fixed(payload), kind: 0, served: Span::ZERO };
        self.access.offload(self.group, &load, &self.access.typically()).seconds
    }

    /// A step with all that its work depends on: the bits of its weights, of what it makes and of all that it reads; and
    /// the cut, if it reads the image, which is in integers if nothing after the cut reads it as well. None if that is too
    /// much to be remembered.
    fn key(&self, step: usize, widths: &Widths) -> Option<u128> {
        let reads = &self.steps[step].reads;
        let cut = if reads.contains(&0) { widths.steps() } else { 0 };
        let own = [widths.weights[step], widths.values[step + 1]];
        let bits = own.into_iter().chain(reads.iter().map(|value| widths.values[*value]));
        let key = bits.fold(1, |key, bits| key << WIDTH | u128::from(bits));
        let fits = reads.len() + own.len() < MOST && step.max(cut) < 1 << STEP;
        fits.then_some((key << STEP | step as u128) << STEP | cut as u128)
    }

    /// What a step before the cut takes.
    fn taken(&self, step: usize, widths: &Widths) -> Taken {
        let takes = || {
            let work = Work { layers: self.work_in(step, widths) };
            (self.group.processor.layers(&work), work.weights())
        };
        match self.key(step, widths) {
            Some(key) => *self.taken.borrow_mut().entry(key).or_insert_with(takes),
            None => takes(),
        }
    }

    /// Its work, by the costs of the whole network.
    fn work_in(&self, step: usize, widths: &Widths) -> Vec<LayerWork> {
        let of = |step: usize| {
            let [weights, activations] = [widths.weights.get(step)?, widths.values.get(step + 1)?];
            let integers = *weights != FLOAT;
            integers.then(|| {
                let bits = |bits: u8| Bits::new(bits).expect("the planner was given widths from 2 to 8");
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
        let processor = &self.group.processor;
        let steps = (0..widths.steps()).map(|step| self.taken(step, widths));
        let (seconds, weights) = steps.fold((0.0, 0.0), |(s, w), (seconds, weights)| (s + seconds, w + weights));
        processor.overhead.get() + seconds + processor.reading(weights)
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
