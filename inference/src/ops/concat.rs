//! Values of the same rows and columns side by side: the channels of the first, then those of the next.

use std::sync::Arc;

#[cfg(test)]
use super::plain::{Plain, Tensors};
use super::{Fact, Inputs, Kernel, LayerCost, Op, Site, Tape};
use crate::error::OpError;
use crate::kernels::{Activation, Shape, put_channels};
use crate::weights::Weights;

/// Puts channels side by side.
#[derive(Clone, Debug)]
pub struct Concat;

/// Where a value goes whose input begins at channel `first`.
fn place(first: usize) -> impl Fn(usize, usize, usize) -> (usize, usize, usize) {
    move |y, x, channel| (y, x, first + channel)
}

impl Op for Concat {
    fn name(&self) -> &'static str {
        "concat"
    }

    fn fact(&self, inputs: &[Fact]) -> Result<Fact, OpError> {
        let [first, rest @ ..] = inputs else { return Err(OpError::NoInput) };
        let sides = |fact: &Fact| (fact.shape.height, fact.shape.width);
        if let Some(odd) = rest.iter().find(|fact| sides(fact) != sides(first) || fact.format != first.format) {
            return Err(OpError::SideBySide(first.shape, odd.shape));
        }
        let channels = inputs.iter().map(|fact| fact.shape.channels).sum();
        Ok(Fact { shape: Shape { channels, ..first.shape }, ..*first })
    }

    /// Inputs may as well be made where they belong.
    fn cost(&self, _inputs: &[Fact], _output: Fact) -> Option<LayerCost> {
        None
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
        let mut first = 0;
        for x in inputs {
            put_channels(&x, first, &mut y);
            first += x.extent().shape.channels;
            tape.release(x);
        }
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
        let mut first = 0;
        let part = |input: usize| {
            let mut dx = tape.take(site.inputs[input], dy.images());
            dx.gather(&dy, place(first));
            first += dx.extent().shape.channels;
            Some(dx)
        };
        let parts = (0..site.inputs.len()).map(part).collect();
        tape.give(dy);
        parts
    }

    #[cfg(test)]
    fn twin(&self, inputs: &[Plain], _tensors: Tensors) -> Plain {
        let channels = inputs.iter().map(|input| input.shape.channels).sum();
        Plain::each(Shape { channels, ..inputs[0].shape }, |y, x, mut c| {
            for input in inputs {
                if c < input.shape.channels {
                    return input.at(y, x, c);
                }
                c -= input.shape.channels;
            }
            unreachable!("channels are those of the inputs")
        })
    }
}

impl Kernel for Concat {
    fn run(&self, inputs: Inputs, y: &mut Activation) {
        let mut first = 0;
        for x in inputs.iter() {
            put_channels(x, first, y);
            first += x.extent().shape.channels;
        }
    }
}
