//! Numbers rounded to a grid of few bits, as networks that were made for integers have them (Jacob et al. 2018).

use std::sync::Arc;

#[cfg(test)]
use super::plain::{Plain, Tensors};
use super::{Fact, Inputs, Kernel, LayerCost, Op, Site, Tape, only, only_one};
use crate::error::OpError;
use crate::kernels::{Activation, map};
use crate::weights::Weights;

/// What the nearest codes stand for: (clamp(round(x/scale) + zero) − zero)·scale. Halves are rounded to even codes. In
/// training the gradient passes where the codes end nowhere near (a straight-through estimate).
#[derive(Clone, Copy, Debug)]
pub struct Round {
    /// From a code to the next.
    pub scale: f32,
    /// The code of 0.
    pub zero: f32,
    /// The lowest code.
    pub low: f32,
    /// The highest code.
    pub high: f32,
}

impl Round {
    #[inline(always)]
    fn code(self, x: f32) -> f32 {
        (x / self.scale).round_ties_even() + self.zero
    }

    #[inline(always)]
    fn of(self, x: f32) -> f32 {
        (self.code(x).max(self.low).min(self.high) - self.zero) * self.scale
    }
}

impl Op for Round {
    fn name(&self) -> &'static str {
        "round"
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
        map(
            &mut y,
            &x,
            &x,
            #[inline(always)]
            |x, _| self.of(x),
        );
        tape.save(x);
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
        let x = tape.pop();
        let mut dx = tape.take(dy.extent(), dy.images());
        let passes = |x| (self.low..=self.high).contains(&self.code(x));
        map(
            &mut dx,
            &dy,
            &x,
            #[inline(always)]
            |dy, x| if passes(x) { dy } else { 0.0 },
        );
        tape.release(x);
        tape.give(dy);
        vec![Some(dx)]
    }

    #[cfg(test)]
    fn twin(&self, inputs: &[Plain], _tensors: Tensors) -> Plain {
        let [scale, zero, low, high] = [self.scale, self.zero, self.low, self.high].map(f64::from);
        let code = |x: f64| ((x / scale).round_ties_even() + zero).clamp(low, high);
        Plain::each(inputs[0].shape, |y, x, c| (code(inputs[0].at(y, x, c)) - zero) * scale)
    }
}

impl Kernel for Round {
    fn run(&self, inputs: Inputs, y: &mut Activation) {
        let x = inputs.first();
        map(
            y,
            x,
            x,
            #[inline(always)]
            |x, _| self.of(x),
        );
    }
}
