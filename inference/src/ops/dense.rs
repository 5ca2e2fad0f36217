//! Fully connected layer: every output sums all inputs.

use std::sync::Arc;

use super::layer::{self, Folded, Layer};
#[cfg(test)]
use super::plain::{Plain, Tensors};
use super::{Fact, Kernel, LayerCost, Op, Purpose, Site, Tail, Tape, only, only_one};
use crate::error::OpError;
use crate::kernels::integer::Product;
use crate::kernels::{self, Activation, Finish, Lane, Shape, Slide};
use crate::weights::{Order, Role, Tensor, Weights};

/// A fully connected layer.
#[derive(Clone, Debug)]
pub struct Dense {
    /// Units.
    pub outputs: usize,
    /// Whether a number is added for each unit.
    pub bias: bool,
}

impl Dense {
    fn kernel(&self, site: &Site) -> kernels::Dense {
        kernels::Dense { inputs: site.inputs[0].shape.channels, outputs: self.outputs }
    }
}

impl Op for Dense {
    fn name(&self) -> &'static str {
        "dense"
    }

    fn fact(&self, inputs: &[Fact]) -> Result<Fact, OpError> {
        let input = only(inputs)?;
        match (self.outputs, input.shape.pixels()) {
            (0, _) => Err(OpError::NoOutput),
            (outputs, 1) => Ok(Fact { shape: Shape::flat(outputs), ..input }),
            _ => Err(OpError::Map(input.shape)),
        }
    }

    fn tensors(&self, inputs: &[Fact]) -> Vec<Tensor> {
        let inputs = inputs[0].shape.channels;
        let weight = Tensor {
            name: "weight",
            shape: vec![self.outputs, inputs],
            order: Order::AsInFile,
            role: Role::Weights { inputs, gain: 1.0 },
        };
        layer::tensors(weight, self.outputs, self.bias)
    }

    fn cost(&self, inputs: &[Fact], output: Fact) -> Option<LayerCost> {
        Some(LayerCost::weighted(inputs, output, inputs[0].shape.channels * self.outputs, self.bias))
    }

    fn takes(&self, tail: Tail, purpose: Purpose) -> bool {
        purpose == Purpose::Inference || tail == Tail::Rectifier
    }

    /// A shift becomes part of the bias, so there must be one.
    fn takes_lead(&self) -> bool {
        self.bias
    }

    fn is_layer(&self) -> bool {
        true
    }

    fn folded(&self, site: &Site, weights: &Weights) -> Option<Folded> {
        Some(layer::folded(&self.kernel(site), site, weights))
    }

    /// A window over a single pixel.
    fn product(&self, site: &Site, weights: &[i8], zero: u8) -> Option<Product> {
        let (input, slide) = (site.inputs[0], Slide::centred(1, 1));
        Some(Product::conv(kernels::Conv { input, output: site.output, slide, groups: 1 }, weights, zero))
    }

    fn compile(&self, site: &Site, weights: &Weights) -> Box<dyn Kernel> {
        layer::compile(self.kernel(site), site, weights)
    }

    fn forward(
        &self,
        site: &Site,
        parameters: &[f32],
        inputs: Vec<Arc<Activation>>,
        tape: &mut Tape,
    ) -> Arc<Activation> {
        layer::forward(&self.kernel(site), site, parameters, only_one(inputs), tape)
    }

    fn backward(
        &self,
        site: &Site,
        parameters: &[f32],
        dy: Activation,
        gradients: &mut [f32],
        wanted: bool,
        tape: &mut Tape,
    ) -> Vec<Option<Activation>> {
        layer::backward(&self.kernel(site), site, parameters, dy, gradients, wanted, tape)
    }

    #[cfg(test)]
    fn twin(&self, inputs: &[Plain], tensors: Tensors) -> Plain {
        let x = &inputs[0].values;
        let (weight, bias) = tensors.parameters.split_at(x.len() * self.outputs);
        Plain::each(Shape::flat(self.outputs), |_, _, o| {
            let products = x.iter().zip(&weight[o * x.len()..]).map(|(x, w)| x * f64::from(*w));
            products.sum::<f64>() + bias.get(o).map_or(0.0, |bias| f64::from(*bias))
        })
    }
}

impl Layer for kernels::Dense {
    type Back = Vec<Lane>;

    fn weights(&self) -> usize {
        self.weights()
    }

    /// Outputs are the outermost extent.
    fn rows(&self, weights: &[f32]) -> Vec<f32> {
        weights.to_vec()
    }

    /// Outputs are the outermost extent.
    fn scale(&self, weights: &mut [f32], scale: &[f32]) {
        let rows = weights.chunks_exact_mut(self.inputs).zip(scale);
        rows.for_each(|(row, scale)| row.iter_mut().for_each(|weight| *weight *= scale));
    }

    /// Σ w (scale x + shift) = Σ (w scale) x + Σ w shift.
    fn lead(&self, weights: &mut [f32], bias: &mut [f32], scale: &[f32], shift: &[f32]) {
        for (row, bias) in weights.chunks_exact_mut(self.inputs).zip(bias) {
            *bias += row.iter().zip(shift).map(|(weight, shift)| weight * shift).sum::<f32>();
            row.iter_mut().zip(scale).for_each(|(weight, scale)| *weight *= scale);
        }
    }

    fn pack(&self, weights: &[f32]) -> Vec<Lane> {
        self.pack(weights)
    }

    fn forward(&self, x: &Activation, packed: &[Lane], finish: Finish, y: &mut Activation) {
        self.forward(x, packed, finish, y);
    }

    fn backward_weights(&self, x: &Activation, dy: &Activation, dw: &mut [f32], db: &mut [f32]) {
        self.backward_weights(x, dy, dw, db);
    }

    fn pack_back(&self, weights: &[f32]) -> Self::Back {
        self.pack_back(weights)
    }

    fn backward_input(&self, dy: &Activation, packed: &Self::Back, dx: &mut Activation) {
        self.backward_input(dy, packed, dx);
    }
}
