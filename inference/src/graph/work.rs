//! What a network costs, node by node, from its facts alone.

use super::Graph;
use crate::ops::{Format, LayerCost, Purpose, Tail};
use crate::weights::Role;

impl Graph {
    /// The costs of everything that runs on a device, for a graph that is not fused: in the order of the steps that do
    /// it, so that what is done before any step comes first; within a step, in the order of the nodes.
    ///
    /// Normalisation and rectifiers are part of the layer that they are fused with. A sum is a layer of its own even
    /// where it is fused here: few devices' software does that.
    pub(crate) fn layer_costs(&self) -> Vec<LayerCost> {
        let heads = self.heads(Purpose::Inference);
        let steps = self.steps(Purpose::Inference);
        let mut places: Vec<Option<usize>> = Vec::new();
        let mut layers: Vec<LayerCost> = Vec::new();
        for (index, node) in self.nodes().iter().enumerate() {
            let head = heads[index];
            match node.op.tail().filter(|_| head != index) {
                // It goes into weights and bias of a layer that has both.
                Some(Tail::Affine) if head > index => places.push(None),
                Some(Tail::Affine) => {
                    // It becomes the bias, if there is none.
                    let tensors = self.nodes[head].op.tensors(&self.inputs(head));
                    let biased = tensors.iter().any(|tensor| matches!(tensor.role, Role::Vector(_)))
                        || self.nodes[head].weights != Format::F32;
                    if let Some(layer) = places[head].filter(|_| !biased) {
                        let output = self.fact(index + 1);
                        layers[layer].weight_bits += output.shape.channels as u64 * Format::F32.bits();
                    }
                    places.push(None);
                }
                Some(Tail::Rectifier | Tail::Relu6) => places.push(None),
                Some(Tail::Sum) | None => {
                    let output = self.fact(index + 1);
                    let cost = node.op.cost(&self.inputs(index), output);
                    let cost = cost.map(|cost| cost.stored(node.weights, output.shape.channels));
                    places.push(cost.map(|_| layers.len()));
                    layers.extend(cost.map(|cost| LayerCost { step: steps[index], ..cost }));
                }
            }
        }
        layers.sort_by_key(|layer| layer.step);
        layers
    }
}
