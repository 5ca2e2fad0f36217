//! Pooling: the largest value or the mean under a window, or over the whole map.

use std::sync::Arc;

#[cfg(test)]
use super::plain::{Plain, Tensors};
use super::{Fact, Inputs, Kernel, LayerCost, Op, Site, Tape, only, only_one};
use crate::error::OpError;
use crate::kernels::{self, Activation, Margin, Pooling, Shape, Sides, Slide, global_average, global_average_backward};
use crate::weights::Weights;

/// A pool.
#[derive(Clone, Debug)]
pub struct Pool {
    /// What is made of the values.
    pub pooling: Pooling,
    /// Which values.
    pub over: Over,
}

/// Which values a pool makes one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// All of a channel.
    Map,
    /// Those under a window. What of it lies in the padding is left out; it has no gaps.
    Window(Slide),
}

impl Pool {
    fn slide(&self, input: Shape) -> Slide {
        match self.over {
            Over::Map => Slide::tiled(Sides { rows: input.height, columns: input.width }),
            Over::Window(slide) => slide,
        }
    }

    fn kernel(&self, site: &Site) -> Compiled {
        let (input, output) = (site.inputs[0], site.output);
        match self {
            Self { pooling: Pooling::Average, over: Over::Map } => Compiled::GlobalAverage,
            Self { pooling, .. } => {
                let slide = self.slide(input.shape);
                Compiled::Window(kernels::Pool { input, output, slide, pooling: *pooling })
            }
        }
    }
}

impl Op for Pool {
    fn name(&self) -> &'static str {
        match self.pooling {
            Pooling::Max => "max pool",
            Pooling::Average => "average pool",
        }
    }

    fn fact(&self, inputs: &[Fact]) -> Result<Fact, OpError> {
        let input = only(inputs)?;
        let Over::Window(slide) = self.over else {
            return Ok(Fact { shape: Shape::flat(input.shape.channels), ..input });
        };
        let shape = slide.output(input.shape, input.shape.channels)?;
        let (Sides { rows, columns }, Margin { top, left, bottom, right }) = (slide.window, slide.padding);
        match slide.dilation == Sides::both(1) && top.max(bottom) < rows && left.max(right) < columns {
            true => Ok(Fact { shape, ..input }),
            false => Err(OpError::PoolPadding),
        }
    }

    fn cost(&self, inputs: &[Fact], output: Fact) -> Option<LayerCost> {
        Some(LayerCost::moving(inputs, output))
    }

    fn only_moves(&self) -> bool {
        self.pooling == Pooling::Max
    }

    fn compile(&self, site: &Site, _weights: &Weights) -> Box<dyn Kernel> {
        Box::new(self.kernel(site))
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
        match self.kernel(site) {
            Compiled::GlobalAverage => {
                global_average(&x, &mut y);
                tape.release(x);
            }
            Compiled::Window(kernel) => {
                kernel.forward(&x, &mut y);
                tape.save(x);
            }
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
        let mut dx = tape.take(site.inputs[0], dy.images());
        match self.kernel(site) {
            Compiled::GlobalAverage => global_average_backward(&dy, &mut dx),
            Compiled::Window(kernel) => {
                let x = tape.pop();
                kernel.backward(&x, &dy, &mut dx);
                tape.release(x);
            }
        }
        tape.give(dy);
        vec![Some(dx)]
    }

    #[cfg(test)]
    fn twin(&self, inputs: &[Plain], _tensors: Tensors) -> Plain {
        let x = &inputs[0];
        let slide = self.slide(x.shape);
        Plain::each(slide.output(x.shape, x.shape.channels).unwrap(), |y, column, c| {
            let seen: Vec<f64> = x.window(slide, y, column).map(|(_, pixel)| pixel[c]).collect();
            match self.pooling {
                Pooling::Max => seen.iter().copied().fold(f64::NEG_INFINITY, f64::max),
                Pooling::Average => seen.iter().sum::<f64>() / seen.len() as f64,
            }
        })
    }
}

enum Compiled {
    GlobalAverage,
    Window(kernels::Pool),
}

impl Kernel for Compiled {
    fn run(&self, inputs: Inputs, y: &mut Activation) {
        match self {
            Compiled::GlobalAverage => global_average(inputs.first(), y),
            Compiled::Window(kernel) => kernel.forward(inputs.first(), y),
        }
    }
}
