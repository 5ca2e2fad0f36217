//! How confident a network is, for a predictor head to read: logits, their log-softmax and the largest probabilities.

use std::sync::Arc;

#[cfg(test)]
use super::plain::{Plain, Tensors};
use super::{Fact, Inputs, Kernel, LayerCost, Op, Site, Tape, only, only_one};
use crate::error::OpError;
use crate::kernels::{Activation, Shape};
use crate::scores::log_softmax;
use crate::weights::Weights;

/// Number of largest probabilities.
const LARGEST: usize = 4;

/// Logits, log-softmax and the largest probabilities. Who reads them does not train them: no gradient passes.
#[derive(Clone, Debug)]
pub struct Scores;

fn write(logits: &[f32], out: &mut [f32]) {
    let classes = logits.len();
    out[..classes].copy_from_slice(logits);
    let (logs, largest) = out[classes..].split_at_mut(classes);
    log_softmax(logits, logs);
    largest.fill(0.0);
    for log in logs.iter() {
        let mut p = log.exp();
        for place in largest.iter_mut() {
            if p > *place {
                std::mem::swap(&mut p, place);
            }
        }
    }
}

impl Op for Scores {
    fn name(&self) -> &'static str {
        "scores"
    }

    fn fact(&self, inputs: &[Fact]) -> Result<Fact, OpError> {
        let logits = only(inputs)?;
        match logits.shape.pixels() {
            1 => Ok(Fact { shape: Shape::flat(2 * logits.shape.channels + LARGEST), ..logits }),
            _ => Err(OpError::Map(logits.shape)),
        }
    }

    /// A few operations per class.
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
        let logits = only_one(inputs);
        let mut y = tape.take(site.output, logits.images());
        (0..logits.images()).for_each(|image| write(logits.vector(image), y.vector_mut(image)));
        tape.release(logits);
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
        tape.give(dy);
        vec![None]
    }

    #[cfg(test)]
    fn twin(&self, inputs: &[Plain], _tensors: Tensors) -> Plain {
        let logits = &inputs[0].values;
        let classes = logits.len();
        let sum: f64 = logits.iter().map(|logit| logit.exp()).sum();
        let mut largest: Vec<f64> = logits.iter().map(|logit| logit.exp() / sum).collect();
        largest.sort_by(|a, b| b.total_cmp(a));
        Plain::each(Shape::flat(2 * classes + LARGEST), |_, _, at| match at {
            _ if at < classes => logits[at],
            _ if at < 2 * classes => logits[at - classes] - sum.ln(),
            _ => largest.get(at - 2 * classes).copied().unwrap_or(0.0),
        })
    }
}

impl Kernel for Scores {
    fn run(&self, inputs: Inputs, y: &mut Activation) {
        write(inputs.first().vector(0), y.vector_mut(0));
    }
}
