//! Convolution: every output sums a window of the inputs of its group.

use std::sync::Arc;

use super::{Frame, Op, Tail, Tensor, only, only_one};
#[cfg(test)]
use crate::graph::plain::{Plain, Tensors};
use crate::graph::{Ending, Fact, LayerCost, Purpose, Site};
use crate::kernels::{self, Activation, Finish, Lane, Shape, Sides, Slide, add_pixels, frame_for_gradients, lanes_of};
use crate::program::{Inputs, Kernel};
use crate::train::Tape;
use crate::weights::Weights;

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
        kernels::Conv { input: site.input(0), output: site.output(), slide: self.slide, groups: self.groups }
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

    fn fact(&self, inputs: &[Fact]) -> Result<Fact, String> {
        let input = only(inputs)?;
        let (channels, groups) = (input.shape.channels, self.groups);
        if self.outputs == 0 {
            return Err("out must be at least 1".into());
        }
        if groups == 0 || !channels.is_multiple_of(groups) || !self.outputs.is_multiple_of(groups) {
            let outputs = self.outputs;
            return Err(format!("groups must divide the {channels} input and the {outputs} output channels"));
        }
        Ok(Fact { shape: self.slide.output(input.shape, self.outputs)?, ..input })
    }

    fn tensors(&self, inputs: &[Fact]) -> Vec<Tensor> {
        let weight = Tensor::window(self.window(inputs[0].shape.channels));
        [weight].into_iter().chain(self.bias.then(|| Tensor::vector("bias", self.outputs, 0.0))).collect()
    }

    fn cost(&self, inputs: &[Fact], output: Fact) -> Option<LayerCost> {
        let weights = self.window(inputs[0].shape.channels).iter().product::<usize>();
        let values = weights + if self.bias { self.outputs } else { 0 };
        Some(LayerCost {
            macs: (output.shape.pixels() * weights) as u64,
            window: self.slide.window.area(),
            depthwise: self.groups > 1 && self.groups == inputs[0].shape.channels,
            weight_bits: values as u64 * output.format.bits(),
            ..LayerCost::moving(inputs, output)
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

    fn compile(&self, site: &Site, weights: &Weights) -> Box<dyn Kernel> {
        let kernel = self.kernel(site);
        let (weight, bias) = site.parameters(&weights.parameters).split_at(kernel.weights());
        let (scale, ending) = site.ending(bias, weights);
        let mut weight = weight.to_vec();
        if let Some(scale) = scale {
            // Output channels are the innermost extent.
            weight.chunks_exact_mut(self.outputs).for_each(|row| row.iter_mut().zip(&scale).for_each(|(w, s)| *w *= s));
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
            kernel.forward(x.image(image), &packed, finish, y.image_lanes_mut(image));
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
            kernel.backward_weights(x.image(image), dy.image_lanes(image), &mut sums);
        }
        kernel.unpack(&sums, dw);
        add_pixels(&dy, db);
        tape.release(x);
        let dx = wanted.then(|| {
            let mut dx = tape.take(kernel.input, images);
            let packed = kernel.pack_back(&site.parameters(parameters)[..kernel.weights()]);
            for image in 0..images {
                kernel.backward_input(dy.image(image), &packed, dx.image_lanes_mut(image));
            }
            dx
        });
        tape.give(dy);
        vec![dx]
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

struct Compiled {
    kernel: kernels::Conv,
    weights: Vec<Lane>,
    ending: Ending,
}

impl Kernel for Compiled {
    fn run(&self, inputs: Inputs, y: &mut Activation) {
        let finish = self.ending.finish(inputs.get(1));
        self.kernel.forward(inputs.first().image(0), &self.weights, finish, y.lanes_mut());
    }
}
