//! Functions of single values.

use std::sync::Arc;

#[cfg(test)]
use super::plain::{Plain, Tensors};
use super::{Fact, Inputs, Kernel, LayerCost, Op, Site, Tail, Tape, only, only_one};
use crate::error::OpError;
use crate::kernels::{Activation, map};
use crate::scores::sigmoid;
use crate::weights::Weights;

/// A function of a value, which takes its slope from its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// max(0, x).
    Relu,
    /// min(max(0, x), 6) (MobileNet).
    Relu6,
    /// 1/(1 + e^−x).
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
}

impl Function {
    fn of(self, x: f32) -> f32 {
        match self {
            Function::Relu => x.max(0.0),
            Function::Relu6 => x.clamp(0.0, 6.0),
            Function::Sigmoid => sigmoid(x),
            Function::Tanh => x.tanh(),
        }
    }

    /// The slope where the function is y.
    fn slope(self, y: f32) -> f32 {
        match self {
            Function::Relu => f32::from(y > 0.0),
            Function::Relu6 => f32::from(y > 0.0 && y < 6.0),
            Function::Sigmoid => y * (1.0 - y),
            Function::Tanh => 1.0 - y * y,
        }
    }
}

impl Op for Function {
    fn name(&self) -> &'static str {
        match self {
            Function::Relu => "relu",
            Function::Relu6 => "relu6",
            Function::Sigmoid => "sigmoid",
            Function::Tanh => "tanh",
        }
    }

    fn fact(&self, inputs: &[Fact]) -> Result<Fact, OpError> {
        only(inputs)
    }

    fn cost(&self, inputs: &[Fact], output: Fact) -> Option<LayerCost> {
        Some(LayerCost::moving(inputs, output))
    }

    fn in_place(&self) -> bool {
        true
    }

    fn tail(&self) -> Option<Tail> {
        (*self == Function::Relu).then_some(Tail::Rectifier)
    }

    fn only_moves(&self) -> bool {
        *self == Function::Relu
    }

    fn compile(&self, _site: &Site, _weights: &Weights) -> Box<dyn Kernel> {
        Box::new(*self)
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
        map(&mut y, &x, &x, |x, _, _| self.of(x));
        tape.release(x);
        let y = Arc::new(y);
        tape.save(Arc::clone(&y));
        y
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
        let y = tape.pop();
        let mut dx = tape.take(site.inputs[0], dy.images());
        map(&mut dx, &dy, &y, |dy, y, _| dy * self.slope(y));
        tape.release(y);
        tape.give(dy);
        vec![Some(dx)]
    }

    #[cfg(test)]
    fn twin(&self, inputs: &[Plain], _tensors: Tensors) -> Plain {
        Plain::each(inputs[0].shape, |y, x, c| {
            let x = inputs[0].at(y, x, c);
            match self {
                Function::Relu => x.max(0.0),
                Function::Relu6 => x.clamp(0.0, 6.0),
                Function::Sigmoid => 1.0 / (1.0 + (-x).exp()),
                Function::Tanh => x.tanh(),
            }
        })
    }
}

impl Kernel for Function {
    fn run(&self, inputs: Inputs, y: &mut Activation) {
        let x = inputs.first();
        map(y, x, x, |x, _, _| self.of(x));
    }
}
