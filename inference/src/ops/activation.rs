//! Functions of single values.

use std::sync::Arc;

#[cfg(test)]
use super::plain::{Plain, Tensors};
use super::{Fact, Inputs, Kernel, LayerCost, Op, Site, Tail, Tape, only, only_one};
use crate::error::OpError;
use crate::kernels::{Activation, map, sigmoid, tanh};
use crate::weights::Weights;

/// A function of a value. Its slope is taken from its result, or from the value where the result does not say it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Function {
    /// max(0, x).
    Relu,
    /// min(max(0, x), 6) (MobileNet).
    Relu6,
    /// x above 0, and `slope`·x below.
    LeakyRelu {
        /// The slope below 0.
        slope: f32,
    },
    /// min(max(`low`, x), `high`).
    Clip {
        /// The least result.
        low: f32,
        /// The largest result.
        high: f32,
    },
    /// 1/(1 + e^−x).
    Sigmoid,
    /// min(max(0, `slope`·x + `shift`), 1).
    HardSigmoid {
        /// The slope between the bounds.
        slope: f32,
        /// The result at 0.
        shift: f32,
    },
    /// x/(1 + e^−x) (EfficientNet).
    Silu,
    /// x times its [switch](Function::SWITCH) (MobileNetV3).
    HardSwish,
    /// The hyperbolic tangent.
    Tanh,
}

#[inline(always)]
fn hard_sigmoid(x: f32, slope: f32, shift: f32) -> f32 {
    x.mul_add(slope, shift).clamp(0.0, 1.0)
}

impl Function {
    /// The hard sigmoid that a hard swish multiplies by.
    pub const SWITCH: Self = Self::HardSigmoid { slope: 1.0 / 6.0, shift: 0.5 };

    /// y ← f(x); both are laid out alike.
    fn apply(self, x: &Activation, y: &mut Activation) {
        match self {
            Self::Relu => map(
                y,
                x,
                x,
                #[inline(always)]
                |x, _| x.max(0.0),
            ),
            Self::Relu6 => map(
                y,
                x,
                x,
                #[inline(always)]
                |x, _| x.clamp(0.0, 6.0),
            ),
            Self::LeakyRelu { slope } => map(
                y,
                x,
                x,
                #[inline(always)]
                |x, _| if x > 0.0 { x } else { slope * x },
            ),
            Self::Clip { low, high } => map(
                y,
                x,
                x,
                #[inline(always)]
                |x, _| x.max(low).min(high),
            ),
            Self::Sigmoid => map(
                y,
                x,
                x,
                #[inline(always)]
                |x, _| sigmoid(x),
            ),
            Self::HardSigmoid { slope, shift } => map(
                y,
                x,
                x,
                #[inline(always)]
                |x, _| hard_sigmoid(x, slope, shift),
            ),
            Self::Silu => map(
                y,
                x,
                x,
                #[inline(always)]
                |x, _| x * sigmoid(x),
            ),
            Self::HardSwish => map(
                y,
                x,
                x,
                #[inline(always)]
                |x, _| x * hard_sigmoid(x, 1.0 / 6.0, 0.5),
            ),
            Self::Tanh => map(
                y,
                x,
                x,
                #[inline(always)]
                |x, _| tanh(x),
            ),
        }
    }

    /// Whether the slope is taken from the value.
    fn needs_value(self) -> bool {
        matches!(self, Self::LeakyRelu { .. } | Self::Silu | Self::HardSwish)
    }

    /// The slope where the result, or the value if that is needed, is `at`.
    fn slope(self, at: f32) -> f32 {
        match self {
            Self::Relu => f32::from(at > 0.0),
            Self::Relu6 => f32::from(at > 0.0 && at < 6.0),
            Self::LeakyRelu { slope } => {
                if at > 0.0 {
                    1.0
                } else {
                    slope
                }
            }
            Self::Clip { low, high } => f32::from(at > low && at < high),
            Self::Sigmoid => at * (1.0 - at),
            Self::HardSigmoid { slope, .. } => {
                if at > 0.0 && at < 1.0 {
                    slope
                } else {
                    0.0
                }
            }
            Self::Silu => sigmoid(at) * (1.0 + at * (1.0 - sigmoid(at))),
            Self::HardSwish if at <= -3.0 => 0.0,
            Self::HardSwish if at >= 3.0 => 1.0,
            Self::HardSwish => at / 3.0 + 0.5,
            Self::Tanh => 1.0 - at * at,
        }
    }
}

impl Op for Function {
    fn name(&self) -> &'static str {
        match self {
            Function::Relu => "relu",
            Function::Relu6 => "relu6",
            Function::LeakyRelu { .. } => "leaky relu",
            Function::Clip { .. } => "clip",
            Function::Sigmoid => "sigmoid",
            Function::HardSigmoid { .. } => "hard sigmoid",
            Function::Silu => "silu",
            Function::HardSwish => "hard swish",
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
        match self {
            Function::Relu => Some(Tail::Rectifier),
            Function::Relu6 => Some(Tail::Relu6),
            _ => None,
        }
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
        self.apply(&x, &mut y);
        let y = Arc::new(y);
        if self.needs_value() {
            tape.save(x);
        } else {
            tape.release(x);
            tape.save(Arc::clone(&y));
        }
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
        let saved = tape.pop();
        let mut dx = tape.take(site.inputs[0], dy.images());
        map(
            &mut dx,
            &dy,
            &saved,
            #[inline(always)]
            |dy, saved| dy * self.slope(saved),
        );
        tape.release(saved);
        tape.give(dy);
        vec![Some(dx)]
    }

    #[cfg(test)]
    fn twin(&self, inputs: &[Plain], _tensors: Tensors) -> Plain {
        Plain::each(inputs[0].shape, |y, x, c| {
            let x = inputs[0].at(y, x, c);
            let sigmoid = 1.0 / (1.0 + (-x).exp());
            match *self {
                Function::Relu => x.max(0.0),
                Function::Relu6 => x.clamp(0.0, 6.0),
                Function::LeakyRelu { slope } => x.max(0.0) + f64::from(slope) * x.min(0.0),
                Function::Clip { low, high } => x.clamp(f64::from(low), f64::from(high)),
                Function::Sigmoid => sigmoid,
                Function::HardSigmoid { slope, shift } => (f64::from(slope) * x + f64::from(shift)).clamp(0.0, 1.0),
                Function::Silu => x * sigmoid,
                Function::HardSwish => x * (x + 3.0).clamp(0.0, 6.0) / 6.0,
                Function::Tanh => x.tanh(),
            }
        })
    }
}

impl Kernel for Function {
    fn run(&self, inputs: Inputs, y: &mut Activation) {
        self.apply(inputs.first(), y);
    }
}
