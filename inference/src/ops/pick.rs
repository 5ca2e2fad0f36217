//! Some channels of a value, in any order: a part of them, or a shuffle (ShuffleNet, Zhang et al. 2018).

use std::sync::Arc;

#[cfg(test)]
use super::plain::{Plain, Tensors};
use super::{Fact, Inputs, Kernel, LayerCost, Op, Site, Tape, only, only_one};
use crate::error::OpError;
use crate::kernels::{Activation, Shape, pick_channels};
use crate::weights::Weights;

/// Channel i of what it makes is channel `order[i]` of its input.
#[derive(Clone, Debug)]
pub struct Pick(pub Arc<[usize]>);

impl Op for Pick {
    fn name(&self) -> &'static str {
        "pick"
    }

    fn fact(&self, inputs: &[Fact]) -> Result<Fact, OpError> {
        let input = only(inputs)?;
        if self.0.is_empty() {
            return Err(OpError::NoOutput);
        }
        match self.0.iter().find(|channel| **channel >= input.shape.channels) {
            Some(channel) => Err(OpError::Channel { channel: *channel, channels: input.shape.channels }),
            None => Ok(Fact { shape: Shape { channels: self.0.len(), ..input.shape }, ..input }),
        }
    }

    fn cost(&self, inputs: &[Fact], output: Fact) -> Option<LayerCost> {
        // Of its input it reads what it writes.
        let read = Fact { shape: output.shape, ..inputs[0] };
        Some(LayerCost::moving(&[read], output))
    }

    fn only_moves(&self) -> bool {
        true
    }

    fn compile(&self, _site: &Site, _weights: &Weights) -> Box<dyn Kernel> {
        Box::new(self.clone())
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
        pick_channels(&x, &self.0, &mut y);
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
        dx.lanes_mut().fill(Default::default());
        let (from, to) = (dy.extent(), dx.extent());
        let Shape { height, width, .. } = from.shape;
        for image in 0..dy.images() {
            let (dy, dx) = (dy.image(image), dx.image_mut(image));
            for (channel, of) in self.0.iter().enumerate() {
                for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
                    dx[to.place(y, x, *of)] += dy[from.place(y, x, channel)];
                }
            }
        }
        tape.give(dy);
        vec![Some(dx)]
    }

    #[cfg(test)]
    fn twin(&self, inputs: &[Plain], _tensors: Tensors) -> Plain {
        let shape = Shape { channels: self.0.len(), ..inputs[0].shape };
        Plain::each(shape, |y, x, c| inputs[0].at(y, x, self.0[c]))
    }
}

impl Kernel for Pick {
    fn run(&self, inputs: Inputs, y: &mut Activation) {
        pick_channels(inputs.first(), &self.0, y);
    }
}
