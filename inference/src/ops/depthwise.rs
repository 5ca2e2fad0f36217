//! Depthwise convolution: every channel by itself, which has a kernel of its own.

use std::sync::Arc;

use super::layer::{self, Folded, Layer};
#[cfg(test)]
use super::plain::{Plain, Tensors};
use super::{Fact, Frame, Kernel, LayerCost, Op, Purpose, Site, Tail, Tape, only, only_one};
use crate::error::OpError;
use crate::kernels::integer::Product;
use crate::kernels::{self, Activation, Finish, Lane, Shape, Sides, Slide, add_pixels, frame_for_gradients};
use crate::weights::{Tensor, Weights};

/// A convolution of each channel by itself.
#[derive(Clone, Debug)]
pub struct Depthwise {
    /// How its window moves.
    pub slide: Slide,
    /// Whether a number is added for each channel.
    pub bias: bool,
}

impl Depthwise {
    fn kernel(&self, site: &Site) -> kernels::Depthwise {
        kernels::Depthwise { input: site.inputs[0], output: site.output, slide: self.slide }
    }
}

impl Op for Depthwise {
    fn name(&self) -> &'static str {
        "depthwise"
    }

    fn fact(&self, inputs: &[Fact]) -> Result<Fact, OpError> {
        let input = only(inputs)?;
        Ok(Fact { shape: self.slide.output(input.shape, input.shape.channels)?, ..input })
    }

    fn tensors(&self, inputs: &[Fact]) -> Vec<Tensor> {
        let channels = inputs[0].shape.channels;
        let Sides { rows, columns } = self.slide.window;
        layer::tensors(Tensor::window([channels, 1, rows, columns]), channels, self.bias)
    }

    fn cost(&self, inputs: &[Fact], output: Fact) -> Option<LayerCost> {
        let window = self.slide.window.area();
        let weights = window * output.shape.channels;
        Some(LayerCost { window, depthwise: true, ..LayerCost::weighted(inputs, output, weights, self.bias) })
    }

    fn frame(&self, input: Shape, output: Shape) -> Frame {
        Frame { input: self.slide.padding.widest(), gradient: frame_for_gradients(input, output, self.slide) }
    }

    fn takes(&self, tail: Tail, purpose: Purpose) -> bool {
        match tail {
            Tail::Affine | Tail::Relu6 => purpose == Purpose::Inference,
            Tail::Sum => false,
            Tail::Rectifier => true,
        }
    }

    fn is_layer(&self) -> bool {
        true
    }

    fn folded(&self, site: &Site, weights: &Weights) -> Option<Folded> {
        Some(layer::folded(&self.kernel(site), site, weights))
    }

    fn product(&self, site: &Site, weights: &[i8], zero: u8) -> Option<Product> {
        Some(Product::depthwise(self.kernel(site), weights, zero))
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
        let x = &inputs[0];
        let channels = x.shape.channels;
        let (weight, bias) = tensors.parameters.split_at(self.slide.window.area() * channels);
        Plain::each(self.slide.output(x.shape, channels).unwrap(), |y, column, c| {
            let products =
                x.window(self.slide, y, column).map(|(tap, pixel)| pixel[c] * f64::from(weight[tap * channels + c]));
            products.sum::<f64>() + bias.get(c).map_or(0.0, |bias| f64::from(*bias))
        })
    }
}

impl Layer for kernels::Depthwise {
    type Back = Vec<Vec<Lane>>;

    fn weights(&self) -> usize {
        self.weights()
    }

    fn rows(&self, weights: &[f32]) -> Vec<f32> {
        layer::innermost_rows(weights, self.output.shape.channels)
    }

    /// Channels are the innermost extent.
    fn scale(&self, weights: &mut [f32], scale: &[f32]) {
        layer::scale_innermost(weights, scale);
    }

    fn pack(&self, weights: &[f32]) -> Vec<Lane> {
        self.pack(weights)
    }

    fn forward(&self, x: &Activation, packed: &[Lane], finish: Finish, y: &mut Activation) {
        (0..x.images()).for_each(|image| self.forward(x.image_lanes(image), packed, finish, y.image_lanes_mut(image)));
    }

    fn backward_weights(&self, x: &Activation, dy: &Activation, dw: &mut [f32], db: &mut [f32]) {
        let mut sums = self.no_sums();
        (0..x.images()).for_each(|image| self.backward_weights(x.image_lanes(image), dy.image_lanes(image), &mut sums));
        self.unpack(&sums, dw);
        add_pixels(dy, db);
    }

    fn pack_back(&self, weights: &[f32]) -> Self::Back {
        self.pack_back(weights)
    }

    fn backward_input(&self, dy: &Activation, packed: &Self::Back, dx: &mut Activation) {
        (0..dy.images())
            .for_each(|image| self.backward_input(dy.image_lanes(image), packed, dx.image_lanes_mut(image)));
    }
}
