//! Zeros around a map.

use std::sync::Arc;

#[cfg(test)]
use super::plain::{Plain, Tensors};
use super::{Fact, Inputs, Kernel, LayerCost, Op, Site, Tape, only, only_one};
use crate::error::OpError;
use crate::kernels::{Activation, Margin, Shape};
use crate::weights::Weights;

/// Adds zeros on the sides of a map.
#[derive(Clone, Debug)]
pub struct Pad(pub Margin);

/// The most rows or columns on a side.
const MOST: usize = 1 << 12;

impl Pad {
    /// Where a pixel goes.
    fn place(&self) -> impl Fn(usize, usize, usize) -> (usize, usize, usize) + use<> {
        let Margin { top, left, .. } = self.0;
        move |y, x, channel| (y + top, x + left, channel)
    }
}

impl Op for Pad {
    fn name(&self) -> &'static str {
        "pad"
    }

    fn fact(&self, inputs: &[Fact]) -> Result<Fact, OpError> {
        let input = only(inputs)?;
        if self.0.widest() > MOST {
            return Err(OpError::WidePadding { most: MOST });
        }
        let (Margin { top, left, bottom, right }, Shape { height, width, channels }) = (self.0, input.shape);
        Ok(Fact { shape: Shape { height: height + top + bottom, width: width + left + right, channels }, ..input })
    }

    fn cost(&self, inputs: &[Fact], output: Fact) -> Option<LayerCost> {
        Some(LayerCost::moving(inputs, output))
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
        // A buffer may hold anything where the zeros go.
        y.lanes_mut().fill(Default::default());
        y.scatter(&x, self.place());
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
        dx.gather(&dy, self.place());
        tape.give(dy);
        vec![Some(dx)]
    }

    #[cfg(test)]
    fn twin(&self, inputs: &[Plain], _tensors: Tensors) -> Plain {
        let (input, Margin { top, left, bottom, right }) = (&inputs[0], self.0);
        let Shape { height, width, channels } = input.shape;
        let shape = Shape { height: height + top + bottom, width: width + left + right, channels };
        Plain::each(shape, |y, x, c| {
            let inside = (top..top + height).contains(&y) && (left..left + width).contains(&x);
            if inside { input.at(y - top, x - left, c) } else { 0.0 }
        })
    }
}

impl Kernel for Pad {
    fn run(&self, inputs: Inputs, y: &mut Activation) {
        y.lanes_mut().fill(Default::default());
        y.scatter(inputs.first(), self.place());
    }
}
