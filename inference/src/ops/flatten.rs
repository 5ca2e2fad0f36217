//! A map laid out as one vector, channel by channel and in each of them row by row, as PyTorch does.

use std::sync::Arc;

#[cfg(test)]
use super::plain::{Plain, Tensors};
use super::{Fact, Inputs, Kernel, LayerCost, Op, Site, Tape, only, only_one};
use crate::error::OpError;
use crate::kernels::{Activation, Shape};
use crate::weights::Weights;

/// From a map to a vector.
#[derive(Clone, Debug)]
pub struct Flatten;

/// Where a value of a map goes.
fn place(map: Shape) -> impl Fn(usize, usize, usize) -> (usize, usize, usize) {
    move |y, x, channel| (0, 0, channel * map.pixels() + y * map.width + x)
}

impl Op for Flatten {
    fn name(&self) -> &'static str {
        "flatten"
    }

    fn fact(&self, inputs: &[Fact]) -> Result<Fact, OpError> {
        let input = only(inputs)?;
        Ok(Fact { shape: Shape::flat(input.shape.len()), ..input })
    }

    /// The same values, read in another order.
    fn cost(&self, _inputs: &[Fact], _output: Fact) -> Option<LayerCost> {
        None
    }

    fn only_moves(&self) -> bool {
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
        let x = only_one(inputs);
        let mut y = tape.take(site.output, x.images());
        y.scatter(&x, place(x.extent().shape));
        tape.release(x);
        Arc::new(y)
    }

    fn backward(
        &self,
        site: &Site,
        _parameters: &[f32],
        dy: Activation,
        _gradients: &mut [f32],
        _wanted: bool,
        tape: &mut Tape,
    ) -> Vec<Option<Activation>> {
        let mut dx = tape.take(site.inputs[0], dy.images());
        dx.gather(&dy, place(site.inputs[0].shape));
        tape.give(dy);
        vec![Some(dx)]
    }

    #[cfg(test)]
    fn twin(&self, inputs: &[Plain], _tensors: Tensors) -> Plain {
        let x = &inputs[0];
        let Shape { height, width, .. } = x.shape;
        Plain::each(Shape::flat(x.shape.len()), |_, _, at| x.at(at / width % height, at % width, at / (height * width)))
    }
}

impl Kernel for Flatten {
    fn run(&self, inputs: Inputs, y: &mut Activation) {
        let x = inputs.first();
        y.scatter(x, place(x.extent().shape));
    }
}
