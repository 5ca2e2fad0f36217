//! What networks cost, in one place or cut.

use device_models::units::DataSize;
use device_models::{LayerKind, LayerWork, Work};
use inference::{Coding, Cut, LayerCost, Network};

use crate::policies::Steps;

/// What a network costs for one image.
#[derive(Clone, Debug, PartialEq)]
pub struct Charged {
    /// All of it.
    pub work: Work,
    /// Where it can be cut, from before the first step to after the last; empty if it is charged as another network, of
    /// which nothing but its work is known.
    cuts: Vec<Cut>,
}

impl Charged {
    /// A network as it is.
    pub fn of(network: &Network) -> Self {
        Self { work: work_of(network.layer_costs()), cuts: network.cuts().to_vec() }
    }

    /// This work, of a model whose steps are not known.
    pub fn as_if(work: Work) -> Self {
        Self { work, cuts: Vec::new() }
    }

    /// A model that was recorded, of whose work nothing is known.
    pub fn unknown() -> Self {
        Self::as_if(Work { layers: Vec::new() })
    }

    /// Whether nothing is known of its work.
    pub fn is_unknown(&self) -> bool {
        self.work.layers.is_empty()
    }

    /// The number of its steps, if they are known.
    pub fn steps(&self) -> Option<usize> {
        self.cuts.len().checked_sub(1)
    }

    /// The work of some of its steps.
    pub fn of_steps(&self, Steps { from, to }: Steps) -> Work {
        let all = &self.work.layers;
        let before = |step: usize, unknown: usize| self.cuts.get(step).map_or(unknown, |cut| cut.layers_before);
        let to = to.map_or(all.len(), |to| before(to, all.len()));
        Work { layers: all[before(from, 0).min(to)..to].to_vec() }
    }

    /// The size of what crosses before a step in a coding, before it is compressed; nothing if there is no such step.
    pub fn crossing(&self, step: usize, coding: Coding) -> DataSize {
        let plain = Coding { compress: false, ..coding };
        let bytes = self.cuts.get(step).and_then(|cut| cut.size(plain));
        DataSize::new(bytes.unwrap_or_default() as f64)
    }
}

/// The work of layers with these costs.
pub fn work_of(costs: &[LayerCost]) -> Work {
    Work { layers: costs.iter().map(layer_work).collect() }
}

/// The kind of a layer follows from how often its weights are used and from how many values each output reads.
fn layer_work(cost: &LayerCost) -> LayerWork {
    let kind = match *cost {
        LayerCost { macs: 0, .. } => LayerKind::Other,
        LayerCost { depthwise: true, .. } => LayerKind::Depthwise,
        LayerCost { window: 1, pixels: 1, .. } => LayerKind::Dense,
        LayerCost { window: 1, .. } => LayerKind::Pointwise,
        _ => LayerKind::Convolution,
    };
    let bytes = |bits: u64| bits as f64 / 8.0;
    let moved = cost.weight_bits + cost.read_bits + cost.written_bits;
    LayerWork { kind, macs: cost.macs as f64, bytes: bytes(moved), weights: bytes(cost.weight_bits), integers: false }
}
