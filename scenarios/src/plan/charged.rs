//! What networks cost, in one place or cut.

use device_models::units::DataSize;
use device_models::{LayerKind, LayerWork, Work};
use inference::coding::Coding;
use inference::{LayerCost, Network};

use crate::policies::Steps;

/// What a network costs for one image.
#[derive(Clone, Debug, PartialEq)]
pub struct Charged {
    /// All of it.
    pub work: Work,
    /// Where it can be cut; none if it is charged as another network, of which nothing but its work is known.
    cuts: Option<Cuts>,
}

#[derive(Clone, Debug, PartialEq)]
struct Cuts {
    /// The step that each layer belongs to.
    steps: Vec<usize>,
    /// The shapes of what crosses before each step.
    crossing: Vec<Vec<inference::kernels::Shape>>,
}

impl Charged {
    /// A network as it is.
    pub fn of(network: &Network) -> Self {
        let costs = network.layer_costs();
        let graph = network.graph();
        let shapes = |step: usize| network.cut(step).values.iter().map(|value| graph.fact(*value).shape).collect();
        let cuts = Cuts {
            steps: costs.iter().map(|cost| cost.step).collect(),
            crossing: (0..graph.nodes().len()).map(shapes).collect(),
        };
        Self { work: Work { layers: costs.iter().map(layer_work).collect() }, cuts: Some(cuts) }
    }

    /// This work, of a network whose steps are not known.
    pub fn as_if(work: Work) -> Self {
        Self { work, cuts: None }
    }

    /// The number of its steps, if they are known.
    pub fn steps(&self) -> Option<usize> {
        self.cuts.as_ref().map(|cuts| cuts.crossing.len())
    }

    /// The work of some of its steps.
    pub fn of_steps(&self, Steps { from, to }: Steps) -> Work {
        let Some(cuts) = self.cuts.as_ref().filter(|_| from > 0 || to.is_some()) else { return self.work.clone() };
        let within = |step: usize| step >= from && to.is_none_or(|to| step < to);
        let layers = self.work.layers.iter().zip(&cuts.steps).filter(|(_, step)| within(**step));
        Work { layers: layers.map(|(layer, _)| *layer).collect() }
    }

    /// The size of what crosses before a step in a coding, before it is compressed; nothing if there is no such step.
    pub fn crossing(&self, step: usize, coding: Coding) -> DataSize {
        let plain = Coding { compress: false, ..coding };
        let shapes = self.cuts.as_ref().and_then(|cuts| cuts.crossing.get(step));
        let bytes = shapes.and_then(|shapes| plain.size(shapes.iter().copied()));
        DataSize::new(bytes.unwrap_or_default() as f64)
    }
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
    LayerWork { kind, macs: cost.macs as f64, bytes: bytes(moved), weights: bytes(cost.weight_bits) }
}
