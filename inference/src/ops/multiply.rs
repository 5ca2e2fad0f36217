//! The product of two values of the same shape, number by number.

use std::sync::Arc;

#[cfg(test)]
use super::plain::{Plain, Tensors};
use super::{Fact, Inputs, Kernel, LayerCost, Op, Site, Tape};
use crate::error::OpError;
use crate::kernels::{Activation, map};
use crate::weights::Weights;

/// A product.
#[derive(Clone, Debug)]
pub struct Multiply;

impl Op for Multiply {
    fn name(&self) -> &'static str {
        "multiply"
    }

    fn fact(&self, inputs: &[Fact]) -> Result<Fact, OpError> {
        match inputs {
            [a, b] if a == b => Ok(*a),
            [a, b] => Err(OpError::Product(a.shape, b.shape)),
            _ => Err(OpError::Inputs { takes: 2, given: inputs.len() }),
        }
    }

    fn cost(&self, inputs: &[Fact], output: Fact) -> Option<LayerCost> {
        Some(LayerCost::moving(inputs, output))
    }

    fn in_place(&self) -> bool {
        true
    }

    fn compile(&self, _site: &Site, _weights: &Weights) -> Box<dyn Kernel> {
        Box::new(Self)
    }

    fn forward(
        &self,
        site: &Site,
        _parameters: &[f32],
        inputs: Vec<Arc<Activation>>,
        tape: &mut Tape,
    ) -> Arc<Activation> {
        let mut y = tape.take(site.output, inputs[0].images());
        map(
            &mut y,
            &inputs[0],
            &inputs[1],
            #[inline(always)]
            |a, b| a * b,
        );
        inputs.into_iter().for_each(|input| tape.save(input));
        Arc::new(y)
    }

    fn backward(
        &self,
        _site: &Site,
        _parameters: &[f32],
        dy: Activation,
        _gradients: &mut [f32],
        _wanted: bool,
        tape: &mut Tape,
    ) -> Vec<Option<Activation>> {
        // What was saved last comes first.
        let gradients = [tape.pop(), tape.pop()].map(|other| {
            let mut gradient = tape.take(dy.extent(), dy.images());
            map(
                &mut gradient,
                &dy,
                &other,
                #[inline(always)]
                |dy, other| dy * other,
            );
            tape.release(other);
            Some(gradient)
        });
        tape.give(dy);
        gradients.into()
    }

    #[cfg(test)]
    fn twin(&self, inputs: &[Plain], _tensors: Tensors) -> Plain {
        Plain::each(inputs[0].shape, |y, x, c| inputs[0].at(y, x, c) * inputs[1].at(y, x, c))
    }
}

impl Kernel for Multiply {
    fn run(&self, inputs: Inputs, y: &mut Activation) {
        map(
            y,
            inputs.first(),
            inputs.second(),
            #[inline(always)]
            |a, b| a * b,
        );
    }
}
