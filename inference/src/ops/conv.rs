//! Convolution: every output sums a window of the inputs of its group.

use std::sync::Arc;

use super::layer::{self, Folded, Layer};
#[cfg(test)]
use super::plain::{Plain, Tensors};
use super::{Fact, Frame, Kernel, LayerCost, Op, Purpose, Site, Tail, Tape, only, only_one};
use crate::error::OpError;
use crate::kernels::integer::Product;
use crate::kernels::{self, Activation, Finish, Lane, Shape, Sides, Slide, add_pixels, frame_for_gradients};
use crate::weights::{Tensor, Weights};

/// A convolution.
#[derive(Clone, Debug)]
pub struct Conv {
    /// Output channels.
    pub outputs: usize,
    /// How its window moves.
    pub slide: Slide,
    /// Groups of channels, which see nothing of each other.
    pub groups: usize,
    /// Whether a number is added for each output channel.
    pub bias: bool,
}

impl Conv {
    fn kernel(&self, site: &Site) -> kernels::Conv {
        kernels::Conv { input: site.inputs[0], output: site.output, slide: self.slide, groups: self.groups }
    }

    fn window(&self, inputs: usize) -> [usize; 4] {
        let Sides { rows, columns } = self.slide.window;
        [self.outputs, inputs / self.groups, rows, columns]
    }
}

impl Op for Conv {
    fn name(&self) -> &'static str {
        "conv"
    }

    fn fact(&self, inputs: &[Fact]) -> Result<Fact, OpError> {
        let input = only(inputs)?;
        let (channels, groups) = (input.shape.channels, self.groups);
        if self.outputs == 0 {
            return Err(OpError::NoOutput);
        }
        if groups == 0 || !channels.is_multiple_of(groups) || !self.outputs.is_multiple_of(groups) {
            return Err(OpError::Groups { inputs: channels, outputs: self.outputs });
        }
        Ok(Fact { shape: self.slide.output(input.shape, self.outputs)?, ..input })
    }

    fn tensors(&self, inputs: &[Fact]) -> Vec<Tensor> {
        layer::tensors(Tensor::window(self.window(inputs[0].shape.channels)), self.outputs, self.bias)
    }

    fn cost(&self, inputs: &[Fact], output: Fact) -> Option<LayerCost> {
        let channels = inputs[0].shape.channels;
        Some(LayerCost {
            window: self.slide.window.area(),
            depthwise: self.groups > 1 && self.groups == channels,
            ..LayerCost::weighted(inputs, output, self.window(channels).iter().product(), self.bias)
        })
    }

    fn frame(&self, input: Shape, output: Shape) -> Frame {
        Frame { input: self.slide.padding.widest(), gradient: frame_for_gradients(input, output, self.slide) }
    }

    fn reads_packed(&self) -> bool {
        true
    }

    fn takes(&self, tail: Tail, purpose: Purpose) -> bool {
        purpose == Purpose::Inference || tail == Tail::Rectifier
    }

    fn is_layer(&self) -> bool {
        true
    }

    fn folded(&self, site: &Site, weights: &Weights) -> Option<Folded> {
        Some(layer::folded(&self.kernel(site), site, weights))
    }

    fn product(&self, site: &Site, weights: &[i8], zero: u8) -> Option<Product> {
        Some(Product::conv(self.kernel(site), weights, zero))
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
        let (ci, co) = (x.shape.channels / self.groups, self.outputs / self.groups);
        let (weight, bias) = tensors.parameters.split_at(self.window(x.shape.channels).iter().product());
        Plain::each(self.slide.output(x.shape, self.outputs).unwrap(), |y, column, o| {
            let mut sum = bias.get(o).map_or(0.0, |bias| f64::from(*bias));
            for (tap, pixel) in x.window(self.slide, y, column) {
                for i in 0..ci {
                    sum += pixel[o / co * ci + i] * f64::from(weight[(tap * ci + i) * self.outputs + o]);
                }
            }
            sum
        })
    }
}

impl Layer for kernels::Conv {
    type Back = Vec<Vec<Lane>>;

    fn weights(&self) -> usize {
        self.weights()
    }

    fn rows(&self, weights: &[f32]) -> Vec<f32> {
        layer::innermost_rows(weights, self.output.shape.channels)
    }

    /// Output channels are the innermost extent.
    fn scale(&self, weights: &mut [f32], scale: &[f32]) {
        layer::scale_innermost(weights, scale);
    }

    fn pack(&self, weights: &[f32]) -> Vec<Lane> {
        self.pack(weights)
    }

    fn forward(&self, x: &Activation, packed: &[Lane], finish: Finish, y: &mut Activation) {
        (0..x.images()).for_each(|image| self.forward(x.image(image), packed, finish, y.image_lanes_mut(image)));
    }

    fn backward_weights(&self, x: &Activation, dy: &Activation, dw: &mut [f32], db: &mut [f32]) {
        let mut sums = self.no_sums();
        (0..x.images()).for_each(|image| self.backward_weights(x.image(image), dy.image_lanes(image), &mut sums));
        self.unpack(&sums, dw);
        add_pixels(dy, db);
    }

    fn pack_back(&self, weights: &[f32]) -> Self::Back {
        self.pack_back(weights)
    }

    fn backward_input(&self, dy: &Activation, packed: &Self::Back, dx: &mut Activation) {
        (0..dy.images()).for_each(|image| self.backward_input(dy.image(image), packed, dx.image_lanes_mut(image)));
    }
}
