//! Fully connected layer: every output sums all inputs.

use std::sync::Arc;

use super::{Op, Order, Role, Tail, Tensor, only, only_one};
#[cfg(test)]
use crate::graph::plain::{Plain, Tensors};
use crate::graph::{Ending, Fact, LayerCost, Purpose, Site};
use crate::kernels::{self, Activation, Finish, Lane, Shape, lanes_of};
use crate::program::{Inputs, Kernel};
use crate::train::Tape;
use crate::weights::Weights;

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
        kernels::Dense { inputs: site.input(0).shape.channels, outputs: self.outputs }
    }
}

impl Op for Dense {
    fn name(&self) -> &'static str {
        "dense"
    }

    fn fact(&self, inputs: &[Fact]) -> Result<Fact, String> {
        let input = only(inputs)?;
        let Shape { height, width, .. } = input.shape;
        match (self.outputs, height * width) {
            (0, _) => Err("out must be at least 1".into()),
            (outputs, 1) => Ok(Fact { shape: Shape::flat(outputs), ..input }),
            _ => Err(format!("needs one feature vector, not {height}×{width} of them: pool or flatten first")),
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
        [weight].into_iter().chain(self.bias.then(|| Tensor::vector("bias", self.outputs, 0.0))).collect()
    }

    fn cost(&self, inputs: &[Fact], output: Fact) -> Option<LayerCost> {
        let weights = inputs[0].shape.channels * self.outputs;
        Some(LayerCost {
            macs: weights as u64,
            weight_bits: (weights + if self.bias { self.outputs } else { 0 }) as u64 * output.format.bits(),
            ..LayerCost::moving(inputs, output)
        })
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
            // Outputs are the outermost extent.
            let rows = weight.chunks_exact_mut(kernel.inputs);
            rows.zip(scale).for_each(|(row, scale)| row.iter_mut().for_each(|w| *w *= scale));
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
        let bias = lanes_of(bias);
        let finish = Finish { bias: &bias, other: None, floor: site.floor() };
        kernel.forward(&x, &kernel.pack(weight), finish, &mut y);
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
        let kernel = self.kernel(site);
        tape.pass_rectifier(site, &mut dy);
        let x = tape.pop();
        let (dw, db) = site.gradients(gradients).split_at_mut(kernel.weights());
        kernel.backward_weights(&x, &dy, dw, db);
        let dx = wanted.then(|| {
            let mut dx = tape.take(site.input(0), dy.images());
            let weight = &site.parameters(parameters)[..kernel.weights()];
            kernel.backward_input(&dy, &kernel.pack_back(weight), &mut dx);
            dx
        });
        tape.release(x);
        tape.give(dy);
        vec![dx]
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

struct Compiled {
    kernel: kernels::Dense,
    weights: Vec<Lane>,
    ending: Ending,
}

impl Kernel for Compiled {
    fn run(&self, inputs: Inputs, y: &mut Activation) {
        self.kernel.forward(inputs.first(), &self.weights, self.ending.finish(inputs.get(1)), y);
    }
}
