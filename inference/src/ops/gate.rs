//! A map times a number for each of its channels, which depends on the image as well: the end of squeeze and excite
//! (Hu et al. 2018).

use std::sync::Arc;

#[cfg(test)]
use super::plain::{Plain, Tensors};
use super::{Fact, Inputs, Kernel, LayerCost, Op, Site, Tape};
use crate::error::OpError;
use crate::kernels::{Activation, LANES, Lane, scale_channels};
use crate::weights::Weights;

/// The first input times the second, which is a vector, channel by channel.
#[derive(Clone, Debug)]
pub struct Gate;

impl Op for Gate {
    fn name(&self) -> &'static str {
        "gate"
    }

    fn fact(&self, inputs: &[Fact]) -> Result<Fact, OpError> {
        match inputs {
            [map, gate] if gate.shape.pixels() == 1 && gate.shape.channels == map.shape.channels => Ok(*map),
            [map, gate] => Err(OpError::Gate(map.shape, gate.shape)),
            _ => Err(OpError::Inputs { takes: 2, given: inputs.len() }),
        }
    }

    fn cost(&self, inputs: &[Fact], output: Fact) -> Option<LayerCost> {
        Some(LayerCost::moving(inputs, output))
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
        scale_channels(&inputs[0], &inputs[1], &mut y);
        inputs.into_iter().for_each(|input| tape.save(input));
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
        let (gate, x) = (tape.pop(), tape.pop());
        let mut dx = tape.take(site.inputs[0], dy.images());
        scale_channels(&dy, &gate, &mut dx);
        let mut dgate = tape.take(site.inputs[1], dy.images());
        let (from, of, to) = (dy.extent(), x.extent(), dgate.extent());
        for image in 0..dy.images() {
            for block in 0..to.blocks() {
                let mut sum = [0.0f32; LANES];
                let rows = from.rows(block, 1).zip(of.rows(block, 1));
                for (row, other) in rows {
                    let pixels = dy.image_lanes(image)[row].iter().zip(&x.image_lanes(image)[other]);
                    for (Lane(dy), Lane(x)) in pixels {
                        (0..LANES).for_each(|lane| sum[lane] += dy[lane] * x[lane]);
                    }
                }
                dgate.image_lanes_mut(image)[(to.at(0, 0) + block * to.plane()) / LANES] = Lane(sum);
            }
        }
        tape.release(gate);
        tape.release(x);
        tape.give(dy);
        vec![Some(dx), Some(dgate)]
    }

    #[cfg(test)]
    fn twin(&self, inputs: &[Plain], _tensors: Tensors) -> Plain {
        Plain::each(inputs[0].shape, |y, x, c| inputs[0].at(y, x, c) * inputs[1].at(0, 0, c))
    }
}

impl Kernel for Gate {
    fn run(&self, inputs: Inputs, y: &mut Activation) {
        scale_channels(inputs.first(), inputs.second(), y);
    }
}
