//! Batch normalisation (Ioffe & Szegedy, ICML 2015): over the chunk of images in training; afterwards a scale and a shift
//! of each channel, which the layer before usually takes over.

use std::sync::Arc;

#[cfg(test)]
use super::plain::{Plain, Tensors};
use super::{Fact, Inputs, Kernel, LayerCost, Op, Purpose, Site, Tail, Tape, only, only_one};
use crate::error::OpError;
use crate::kernels::{self, Activation, BatchNorm, EPSILON, Lane, lanes_of, scale_and_shift, shift_channels};
use crate::weights::{Order, Role, Tensor, Weights};

/// Scale and shift of each channel by γ, β and the moments seen in training.
#[derive(Clone, Debug)]
pub struct Affine;

impl Affine {
    /// Its tensors if it is a scale and a shift as they are, one of each for every channel.
    pub fn of(scale: Vec<f32>, shift: Vec<f32>) -> [Vec<f32>; 4] {
        let channels = scale.len();
        [scale, shift, vec![0.0; channels], vec![1.0 - EPSILON; channels]]
    }

    fn kernel(&self, site: &Site) -> BatchNorm {
        BatchNorm { extent: site.output, relu: site.has(Tail::Rectifier) }
    }
}

impl Op for Affine {
    fn name(&self) -> &'static str {
        "norm"
    }

    fn fact(&self, inputs: &[Fact]) -> Result<Fact, OpError> {
        only(inputs)
    }

    fn tensors(&self, inputs: &[Fact]) -> Vec<Tensor> {
        let channels = inputs[0].shape.channels;
        let statistic =
            |name, value| Tensor { name, shape: vec![channels], order: Order::AsInFile, role: Role::Statistic(value) };
        vec![
            Tensor::vector("weight", channels, 1.0),
            Tensor::vector("bias", channels, 0.0),
            statistic("running_mean", 0.0),
            statistic("running_var", 1.0),
        ]
    }

    fn cost(&self, inputs: &[Fact], output: Fact) -> Option<LayerCost> {
        let weight_bits = 2 * output.shape.channels as u64 * output.format.bits();
        Some(LayerCost { weight_bits, ..LayerCost::moving(inputs, output) })
    }

    fn in_place(&self) -> bool {
        true
    }

    fn tail(&self) -> Option<Tail> {
        Some(Tail::Affine)
    }

    fn takes(&self, tail: Tail, _purpose: Purpose) -> bool {
        tail == Tail::Rectifier
    }

    fn compile(&self, site: &Site, weights: &Weights) -> Box<dyn Kernel> {
        let statistics = &weights.statistics[site.own.statistics.clone()];
        let (scale, shift) = scale_and_shift(site.parameters(&weights.parameters), statistics);
        Box::new(Compiled { scale: lanes_of(&scale), shift: lanes_of(&shift), floor: site.floor() })
    }

    fn forward(
        &self,
        site: &Site,
        parameters: &[f32],
        inputs: Vec<Arc<Activation>>,
        tape: &mut Tape,
    ) -> Arc<Activation> {
        // Normalised in place, unless somebody else reads it.
        let mut x = Arc::unwrap_or_clone(only_one(inputs));
        let mut y = tape.take(site.output, x.images());
        let (gamma, beta) = halves(site.parameters(parameters));
        let moments = self.kernel(site).forward(&mut x, kernels::Affine { gamma, beta }, &mut y);
        let samples = x.images() * site.output.shape.pixels();
        tape.save_moments(site.own.statistics.clone(), samples, moments);
        tape.save(Arc::new(x));
        Arc::new(y)
    }

    fn backward(
        &self,
        site: &Site,
        parameters: &[f32],
        mut dy: Activation,
        gradients: &mut [f32],
        _wanted: bool,
        tape: &mut Tape,
    ) -> Vec<Option<Activation>> {
        let (normalised, variance) = (tape.pop(), tape.pop_variance());
        let (gamma, beta) = halves(site.parameters(parameters));
        let gradients = site.gradients(gradients);
        let (dgamma, dbeta) = gradients.split_at_mut(gradients.len() / 2);
        let gradient = kernels::Affine { gamma: dgamma, beta: dbeta };
        self.kernel(site).backward(&normalised, &variance, kernels::Affine { gamma, beta }, &mut dy, gradient);
        tape.release(normalised);
        vec![Some(dy)]
    }

    #[cfg(test)]
    fn twin(&self, inputs: &[Plain], tensors: Tensors) -> Plain {
        let x = &inputs[0];
        let c = x.shape.channels;
        let (gamma, beta) = tensors.parameters.split_at(c);
        let (mean, variance) = tensors.statistics.split_at(c);
        Plain::each(x.shape, |y, column, i| {
            let deviation = (f64::from(variance[i]) + 1e-5).sqrt();
            (x.at(y, column, i) - f64::from(mean[i])) / deviation * f64::from(gamma[i]) + f64::from(beta[i])
        })
    }
}

fn halves(values: &[f32]) -> (&[f32], &[f32]) {
    values.split_at(values.len() / 2)
}

struct Compiled {
    scale: Vec<Lane>,
    shift: Vec<Lane>,
    floor: f32,
}

impl Kernel for Compiled {
    fn run(&self, inputs: Inputs, y: &mut Activation) {
        shift_channels(inputs.first(), &self.scale, &self.shift, self.floor, y);
    }
}
