//! Depthwise convolution: every channel by itself, which has a kernel of its own.

use std::sync::Arc;

use super::{Frame, Op, Tail, Tensor, only, only_one};
#[cfg(test)]
use crate::graph::plain::{Plain, Tensors};
use crate::graph::{Ending, Fact, LayerCost, Purpose, Site};
use crate::kernels::{self, Activation, Finish, Lane, Shape, Sides, Slide, add_pixels, frame_for_gradients, lanes_of};
use crate::program::{Inputs, Kernel};
use crate::train::Tape;
use crate::weights::Weights;

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
        kernels::Depthwise { input: site.input(0), output: site.output(), slide: self.slide }
    }
}

impl Op for Depthwise {
    fn name(&self) -> &'static str {
        "depthwise"
    }

    fn fact(&self, inputs: &[Fact]) -> Result<Fact, String> {
        let input = only(inputs)?;
        Ok(Fact { shape: self.slide.output(input.shape, input.shape.channels)?, ..input })
    }

    fn tensors(&self, inputs: &[Fact]) -> Vec<Tensor> {
        let channels = inputs[0].shape.channels;
        let Sides { rows, columns } = self.slide.window;
        let weight = Tensor::window([channels, 1, rows, columns]);
        [weight].into_iter().chain(self.bias.then(|| Tensor::vector("bias", channels, 0.0))).collect()
    }

    fn cost(&self, inputs: &[Fact], output: Fact) -> Option<LayerCost> {
        let channels = output.shape.channels;
        let weights = self.slide.window.area() * channels;
        Some(LayerCost {
            macs: (output.shape.pixels() * weights) as u64,
            window: self.slide.window.area(),
            depthwise: true,
            weight_bits: (weights + if self.bias { channels } else { 0 }) as u64 * output.format.bits(),
            ..LayerCost::moving(inputs, output)
        })
    }

    fn frame(&self, input: Shape, output: Shape) -> Frame {
        Frame { input: self.slide.padding.widest(), gradient: frame_for_gradients(input, output, self.slide) }
    }

    fn takes(&self, tail: Tail, purpose: Purpose) -> bool {
        match tail {
            Tail::Affine => purpose == Purpose::Inference,
            Tail::Sum => false,
            Tail::Rectifier => true,
        }
    }

    fn compile(&self, site: &Site, weights: &Weights) -> Box<dyn Kernel> {
        let kernel = self.kernel(site);
        let (weight, bias) = site.parameters(&weights.parameters).split_at(kernel.weights());
        let (scale, ending) = site.ending(bias, weights);
        let mut weight = weight.to_vec();
        if let Some(scale) = scale {
            // Channels are the innermost extent.
            let rows = weight.chunks_exact_mut(scale.len());
            rows.for_each(|row| row.iter_mut().zip(&scale).for_each(|(w, s)| *w *= s));
        }
        Box::new(Compiled { kernel, weights: kernel.pack(&weight), ending })
    }

    fn forward(
        &self,
        site: &Site,
        parameters: &[f32],
        inputs: Vec<Arc<Activation>>,
        tape: &mut Tape,
    ) -> Arc<Activation> {
        let (x, kernel) = (only_one(inputs), self.kernel(site));
        let mut y = tape.take(site.output(), x.images());
        let (weight, bias) = site.parameters(parameters).split_at(kernel.weights());
        let (packed, bias) = (kernel.pack(weight), lanes_of(bias));
        for image in 0..x.images() {
            let finish = Finish { bias: &bias, other: None, floor: site.floor() };
            kernel.forward(x.image_lanes(image), &packed, finish, y.image_lanes_mut(image));
        }
        tape.save(x);
        tape.save_rectified(site, y)
    }

    fn backward(
        &self,
        site: &Site,
        parameters: &[f32],
        mut dy: Activation,
        gradients: &mut [f32],
        wanted: bool,
        tape: &mut Tape,
    ) -> Vec<Option<Activation>> {
        let (kernel, images) = (self.kernel(site), dy.images());
        tape.pass_rectifier(site, &mut dy);
        let x = tape.pop();
        let (dw, db) = site.gradients(gradients).split_at_mut(kernel.weights());
        let mut sums = kernel.no_sums();
        for image in 0..images {
            kernel.backward_weights(x.image_lanes(image), dy.image_lanes(image), &mut sums);
        }
        kernel.unpack(&sums, dw);
        add_pixels(&dy, db);
        tape.release(x);
        let dx = wanted.then(|| {
            let mut dx = tape.take(kernel.input, images);
            let packed = kernel.pack_back(&site.parameters(parameters)[..kernel.weights()]);
            for image in 0..images {
                kernel.backward_input(dy.image_lanes(image), &packed, dx.image_lanes_mut(image));
            }
            dx
        });
        tape.give(dy);
        vec![dx]
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

struct Compiled {
    kernel: kernels::Depthwise,
    weights: Vec<Lane>,
    ending: Ending,
}

impl Kernel for Compiled {
    fn run(&self, inputs: Inputs, y: &mut Activation) {
        self.kernel.forward(inputs.first().lanes(), &self.weights, self.ending.finish(None), y.lanes_mut());
    }
}
