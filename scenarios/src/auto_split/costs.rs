//! What a split takes on the devices of a group, for a request that is alone on its link and at its server.

use device_models::units::DataSize;
use inference::{BitWidths, Bits, Calibrated, Coding, Cut, Network};
use sim_core::Span;
use split_planner::{Costs, FLOAT, Sent, Widths};

use crate::plan::{Access, CLOUD, Group, Load, Plan, Size, Tier, work_of};

/// Seconds by the models of a scenario.
pub struct ModelCosts<'a> {
    calibrated: &'a Calibrated,
    group: &'a Group,
    access: &'a Access,
    tier: &'a Tier,
    /// The network as it is.
    pub(super) floats: Network,
}

impl<'a> ModelCosts<'a> {
    /// For a network on the devices of `group`.
    pub fn new(calibrated: &'a Calibrated, plan: &'a Plan, group: &'a Group) -> Self {
        let access = &plan.links[group.link];
        let tier = access.edge.as_ref().map_or(CLOUD, |(tier, _)| *tier);
        Self { floats: calibrated.floats(), calibrated, group, access, tier: &plan.tiers[usize::from(tier)] }
    }

    fn cut(&self, cut: usize) -> &Cut {
        self.floats.cut(cut)
    }
}

impl Costs for ModelCosts<'_> {
    fn device(&self, widths: &Widths) -> f64 {
        let steps = widths.steps();
        if steps == 0 {
            return 0.0;
        }
        let of = |step: usize| {
            let [weights, activations] = [widths.weights.get(step)?, widths.values.get(step + 1)?];
            let integers = *weights != FLOAT;
            integers.then(|| {
                let bits = |bits: u8| Bits::new(bits.min(Bits::EIGHT.get())).unwrap_or(Bits::EIGHT);
                BitWidths { weights: bits(*weights), activations: bits(*activations) }
            })
        };
        let layers: Vec<Option<BitWidths>> = self.calibrated.layers().iter().map(|layer| of(layer.step)).collect();
        let costs = self.calibrated.costs(&layers);
        let before = costs.partition_point(|layer| layer.step < steps);
        self.group.processor.time(&work_of(&costs[..before])).as_secs()
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
        let load = Load { payload: Size::Fixed(payload), kind: 0, served: Span::ZERO };
        self.access.offload(self.group, &load, &self.access.typically()).seconds
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
