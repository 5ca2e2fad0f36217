//! The sum of two values of the same shape: the end of a residual block (He et al. 2016).

use std::sync::Arc;

#[cfg(test)]
use super::plain::{Plain, Tensors};
use super::{Fact, Inputs, Kernel, LayerCost, Op, Purpose, Site, Tail, Tape};
use crate::error::OpError;
use crate::kernels::{Activation, add_clamped};
use crate::weights::Weights;

/// A sum.
#[derive(Clone, Debug)]
pub struct Add;

impl Op for Add {
    fn name(&self) -> &'static str {
        "add"
    }

    fn fact(&self, inputs: &[Fact]) -> Result<Fact, OpError> {
        match inputs {
            [a, b] if a == b => Ok(*a),
            [a, b] => Err(OpError::Sum(a.shape, b.shape)),
            _ => Err(OpError::Inputs { takes: 2, given: inputs.len() }),
        }
    }

    fn cost(&self, inputs: &[Fact], output: Fact) -> Option<LayerCost> {
        Some(LayerCost::moving(inputs, output))
    }

    fn in_place(&self) -> bool {
        true
    }

    fn tail(&self) -> Option<Tail> {
        Some(Tail::Sum)
    }

    fn takes(&self, tail: Tail, _purpose: Purpose) -> bool {
        tail == Tail::Rectifier
    }

    fn compile(&self, site: &Site, _weights: &Weights) -> Box<dyn Kernel> {
        Box::new(Compiled { floor: site.floor() })
    }

    fn forward(
        &self,
        site: &Site,
        _parameters: &[f32],
        inputs: Vec<Arc<Activation>>,
        tape: &mut Tape,
    ) -> Arc<Activation> {
        let mut y = tape.take(site.output, inputs[0].images());
        add_clamped(y.lanes_mut(), inputs[0].lanes(), inputs[1].lanes(), site.floor());
        inputs.into_iter().for_each(|input| tape.release(input));
        tape.save_rectified(site, y)
    }

    fn backward(
        &self,
        site: &Site,
        _parameters: &[f32],
        mut dy: Activation,
        _gradients: &mut [f32],
        _wanted: bool,
        tape: &mut Tape,
    ) -> Vec<Option<Activation>> {
        tape.pass_rectifier(site, &mut dy);
        let mut copy = tape.take(dy.extent(), dy.images());
        copy.lanes_mut().copy_from_slice(dy.lanes());
        vec![Some(dy), Some(copy)]
    }

    #[cfg(test)]
    fn twin(&self, inputs: &[Plain], _tensors: Tensors) -> Plain {
        Plain::each(inputs[0].shape, |y, x, c| inputs[0].at(y, x, c) + inputs[1].at(y, x, c))
    }
}

struct Compiled {
    floor: f32,
}

impl Kernel for Compiled {
    fn run(&self, inputs: Inputs, y: &mut Activation) {
        add_clamped(y.lanes_mut(), inputs.first().lanes(), inputs.second().lanes(), self.floor);
    }
}
