//! What all layers of weights have in common: how they are folded and packed, run, and trained.

use std::sync::Arc;

use super::{Ending, Inputs, Kernel, Site, Tape};
use crate::kernels::{Activation, Finish, Lane, lanes_of};
use crate::weights::{Tensor, Weights};

/// The arithmetic of a layer of weights, on the images of a batch.
pub trait Layer: Send + Sync {
    /// Weights as the backward pass reads them.
    type Back;

    /// The number of weights; a bias comes after them.
    fn weights(&self) -> usize;

    /// The weights of one output channel after those of the other.
    fn rows(&self, weights: &[f32]) -> Vec<f32>;

    /// Multiplies the weights of each output channel by its scale.
    fn scale(&self, weights: &mut [f32], scale: &[f32]);

    /// Takes over a scale and a shift of each channel that it reads: of an [op that does](super::Op::takes_lead) only.
    fn lead(&self, _weights: &mut [f32], _bias: &mut [f32], _scale: &[f32], _shift: &[f32]) {
        unreachable!("no normalisation is put into a layer that does not take it")
    }

    /// Weights as [`Layer::forward`] reads them.
    fn pack(&self, weights: &[f32]) -> Vec<Lane>;

    /// y ← finish(sums of products of x and the weights).
    fn forward(&self, x: &Activation, packed: &[Lane], finish: Finish, y: &mut Activation);

    /// dw, db ← dw, db + the gradients of weights and bias; db is empty where there is no bias.
    fn backward_weights(&self, x: &Activation, dy: &Activation, dw: &mut [f32], db: &mut [f32]);

    /// Weights as [`Layer::backward_input`] reads them.
    fn pack_back(&self, weights: &[f32]) -> Self::Back;

    /// dx ← the gradient of the input.
    fn backward_input(&self, dy: &Activation, packed: &Self::Back, dx: &mut Activation);
}

/// Its tensors: weights, and a number for each of the output channels if it has a `bias`.
pub fn tensors(weight: Tensor, outputs: usize, bias: bool) -> Vec<Tensor> {
    [weight].into_iter().chain(bias.then(|| Tensor::vector("bias", outputs, 0.0))).collect()
}

/// Multiplies weights whose innermost extent is the output channels.
pub fn scale_innermost(weights: &mut [f32], scale: &[f32]) {
    let rows = weights.chunks_exact_mut(scale.len());
    rows.for_each(|row| row.iter_mut().zip(scale).for_each(|(weight, scale)| *weight *= scale));
}

/// The rows of weights whose innermost extent is the output channels.
pub fn innermost_rows(weights: &[f32], outputs: usize) -> Vec<f32> {
    (0..outputs).flat_map(|output| weights[output..].iter().step_by(outputs).copied()).collect()
}

/// The weights of a layer with normalisation folded in.
#[derive(Clone, Debug)]
pub struct Folded {
    /// Those of one output channel after those of the other.
    pub weights: Vec<f32>,
    /// How many belong to an output channel.
    pub length: usize,
    /// What is added to the sums of each output channel.
    pub bias: Vec<f32>,
    /// The lower bound of what is written.
    pub floor: f32,
    /// The upper bound of what is written.
    pub ceiling: f32,
}

/// Its weights, with normalisation folded in.
pub fn folded(layer: &impl Layer, site: &Site, weights: &Weights) -> Folded {
    let (own, ending) = fold(layer, site, weights);
    let outputs = site.output.shape.channels;
    let (length, weights) = (own.len() / outputs, layer.rows(&own));
    Folded { weights, length, bias: ending.bias(outputs), floor: site.floor(), ceiling: site.ceiling() }
}

fn fold(layer: &impl Layer, site: &Site, weights: &Weights) -> (Vec<f32>, Ending) {
    let mut own = site.parameters(&weights.parameters).to_vec();
    let mut bias = own.split_off(layer.weights());
    if let Some((scale, shift)) = site.leading(weights) {
        layer.lead(&mut own, &mut bias, &scale, &shift);
    }
    let (scale, ending) = site.ending(&bias, weights);
    if let Some(scale) = scale {
        layer.scale(&mut own, &scale);
    }
    (own, ending)
}

/// Makes it ready to run, with normalisation folded into its weights.
pub fn compile(layer: impl Layer + 'static, site: &Site, weights: &Weights) -> Box<dyn Kernel> {
    let (own, ending) = fold(&layer, site, weights);
    Box::new(Compiled { weights: layer.pack(&own), layer, ending })
}

/// Runs it in training, with a rectifier if one is done together with it.
pub fn forward(
    layer: &impl Layer,
    site: &Site,
    parameters: &[f32],
    x: Arc<Activation>,
    tape: &mut Tape,
) -> Arc<Activation> {
    let mut y = tape.take(site.output, x.images());
    let (weights, bias) = site.parameters(parameters).split_at(layer.weights());
    let bias = lanes_of(bias);
    let finish = Finish { bias: &bias, floor: site.floor(), ..Finish::PLAIN };
    layer.forward(&x, &layer.pack(weights), finish, &mut y);
    tape.save(x);
    tape.save_rectified(site, y)
}

/// Adds the gradients of its parameters, and returns that of its input if it is `wanted`.
pub fn backward(
    layer: &impl Layer,
    site: &Site,
    parameters: &[f32],
    mut dy: Activation,
    gradients: &mut [f32],
    wanted: bool,
    tape: &mut Tape,
) -> Vec<Option<Activation>> {
    tape.pass_rectifier(site, &mut dy);
    let x = tape.pop();
    let (dw, db) = site.gradients(gradients).split_at_mut(layer.weights());
    layer.backward_weights(&x, &dy, dw, db);
    tape.release(x);
    let dx = wanted.then(|| {
        let mut dx = tape.take(site.inputs[0], dy.images());
        let weights = &site.parameters(parameters)[..layer.weights()];
        layer.backward_input(&dy, &layer.pack_back(weights), &mut dx);
        dx
    });
    tape.give(dy);
    vec![dx]
}

struct Compiled<L> {
    layer: L,
    weights: Vec<Lane>,
    ending: Ending,
}

impl<L: Layer> Kernel for Compiled<L> {
    fn run(&self, inputs: Inputs, y: &mut Activation) {
        self.layer.forward(inputs.first(), &self.weights, self.ending.finish(inputs.get(1)), y);
    }
}
