//! Forward and backward through a list of layers, on a chunk of images.

use crate::kernels::{Affine, Moments, Workspace, add_rectified, global_average, global_average_backward};
use crate::layers::Layer;

/// What the forward pass leaves for the backward pass, last layer on top, and buffers for both.
#[derive(Default)]
pub struct Tape {
    saved: Vec<Vec<f32>>,
    /// Moments each normalisation saw, with the offset of its running statistics.
    pub moments: Vec<(usize, Moments)>,
    variances: Vec<Vec<f32>>,
    free: Vec<Vec<f32>>,
    work: Workspace,
}

impl Tape {
    /// A buffer of `length` values with anything in it.
    pub fn take(&mut self, length: usize) -> Vec<f32> {
        let mut buffer = self.free.pop().unwrap_or_default();
        buffer.resize(length, 0.0);
        buffer
    }

    /// Takes a buffer back.
    pub fn give(&mut self, buffer: Vec<f32>) {
        self.free.push(buffer);
    }

    fn copy_of(&mut self, values: &[f32]) -> Vec<f32> {
        let mut copy = self.take(values.len());
        copy.copy_from_slice(values);
        copy
    }

    fn pop(&mut self) -> Vec<f32> {
        self.saved.pop().unwrap_or_default()
    }

    /// Runs `layers` on `images` images; what [`Tape::backward`] needs is kept.
    pub fn forward(&mut self, layers: &[Layer], parameters: &[f32], x: Vec<f32>, images: usize) -> Vec<f32> {
        layers.iter().fold(x, |x, layer| self.forward_layer(layer, parameters, x, images))
    }

    fn forward_layer(&mut self, layer: &Layer, parameters: &[f32], mut x: Vec<f32>, images: usize) -> Vec<f32> {
        let mut y = self.take(images * layer.output().len());
        let each = x.len() / images;
        let pairs = x.chunks_exact(each).zip(y.chunks_exact_mut(layer.output().len()));
        match layer {
            Layer::Conv { kernel, weight } => {
                let w = &parameters[*weight..][..kernel.weights()];
                pairs.for_each(|(x, y)| kernel.forward(x, w, y, &mut self.work));
                self.saved.push(x);
            }
            Layer::Depthwise { kernel, weight } => {
                let w = &parameters[*weight..][..kernel.weights()];
                pairs.for_each(|(x, y)| kernel.forward(x, w, y, &mut self.work));
                self.saved.push(x);
            }
            Layer::Norm { kernel, gamma, beta, statistics, .. } => {
                let c = kernel.channels;
                let affine = Affine { gamma: &parameters[*gamma..][..c], beta: &parameters[*beta..][..c] };
                let moments = kernel.forward(&mut x, affine, &mut y);
                self.variances.push(moments.variance.clone());
                self.moments.push((*statistics, moments));
                self.saved.push(x);
            }
            Layer::MaxPool(kernel) => {
                pairs.for_each(|(x, y)| kernel.forward(x, y));
                self.saved.push(x);
            }
            Layer::GlobalAverage(_) => {
                pairs.for_each(|(x, y)| global_average(x, y));
                self.give(x);
            }
            Layer::Dense { kernel, weight, bias, relu } => {
                let w = &parameters[*weight..][..kernel.inputs * kernel.outputs];
                let b = &parameters[*bias..][..kernel.outputs];
                pairs.for_each(|(x, y)| kernel.forward(x, w, b, y));
                self.saved.push(x);
                if *relu {
                    y.iter_mut().for_each(|y| *y = y.max(0.0));
                    let mask = self.copy_of(&y);
                    self.saved.push(mask);
                }
            }
            Layer::Residual { body, shortcut, .. } => {
                let copy = self.copy_of(&x);
                let main = self.forward(body, parameters, copy, images);
                let round = self.forward(shortcut, parameters, x, images);
                add_rectified(&mut y, &main, &round);
                self.give(main);
                self.give(round);
                let mask = self.copy_of(&y);
                self.saved.push(mask);
            }
        }
        y
    }

    /// Adds the gradients of `layers` to `gradients` and returns that of their input, or nothing sensible if the
    /// input's is not `wanted` (the first layer then skips the work).
    pub fn backward(
        &mut self,
        layers: &[Layer],
        parameters: &[f32],
        dy: Vec<f32>,
        images: usize,
        gradients: &mut [f32],
        wanted: bool,
    ) -> Vec<f32> {
        layers.iter().enumerate().rev().fold(dy, |dy, (index, layer)| {
            self.backward_layer(layer, parameters, dy, images, gradients, wanted || index > 0)
        })
    }

    fn backward_layer(
        &mut self,
        layer: &Layer,
        parameters: &[f32],
        mut dy: Vec<f32>,
        images: usize,
        gradients: &mut [f32],
        wanted: bool,
    ) -> Vec<f32> {
        let out = dy.len() / images;
        match layer {
            Layer::Conv { kernel, weight } => {
                let x = self.pop();
                let range = *weight..*weight + kernel.weights();
                let dw = &mut gradients[range.clone()];
                let each = x.len() / images;
                for (x, dy) in x.chunks_exact(each).zip(dy.chunks_exact(out)) {
                    kernel.backward_weights(x, dy, dw, &mut self.work);
                }
                // The input is needed no more; its buffer takes the gradient.
                let mut dx = x;
                if wanted {
                    let flipped = kernel.flipped(&parameters[range]);
                    for (dx, dy) in dx.chunks_exact_mut(each).zip(dy.chunks_exact(out)) {
                        kernel.backward_input(dy, &flipped, dx, &mut self.work);
                    }
                }
                self.give(dy);
                dx
            }
            Layer::Depthwise { kernel, weight } => {
                let x = self.pop();
                let mut dx = self.take(x.len());
                let range = *weight..*weight + kernel.weights();
                let (w, dw) = (&parameters[range.clone()], &mut gradients[range]);
                let each = x.len() / images;
                for ((x, dx), dy) in x.chunks_exact(each).zip(dx.chunks_exact_mut(each)).zip(dy.chunks_exact(out)) {
                    kernel.backward(x, w, dy, dw, dx, &mut self.work);
                }
                self.give(x);
                self.give(dy);
                dx
            }
            Layer::Norm { kernel, gamma, beta, .. } => {
                let normalised = self.pop();
                let variance = self.variances.pop().unwrap_or_default();
                let c = kernel.channels;
                let affine = Affine { gamma: &parameters[*gamma..][..c], beta: &parameters[*beta..][..c] };
                // γ and β lie side by side, γ first.
                let (dgamma, dbeta) = gradients[*gamma..*beta + c].split_at_mut(c);
                let gradient = Affine { gamma: dgamma, beta: dbeta };
                kernel.backward(&normalised, &variance, affine, &mut dy, gradient);
                self.give(normalised);
                dy
            }
            Layer::MaxPool(kernel) => {
                let x = self.pop();
                let mut dx = self.take(x.len());
                let each = x.len() / images;
                for ((x, dx), dy) in x.chunks_exact(each).zip(dx.chunks_exact_mut(each)).zip(dy.chunks_exact(out)) {
                    kernel.backward(x, dy, dx);
                }
                self.give(x);
                self.give(dy);
                dx
            }
            Layer::GlobalAverage(shape) => {
                let mut dx = self.take(images * shape.len());
                for (dx, dy) in dx.chunks_exact_mut(shape.len()).zip(dy.chunks_exact(out)) {
                    global_average_backward(dy, dx);
                }
                self.give(dy);
                dx
            }
            Layer::Dense { kernel, weight, bias, relu } => {
                if *relu {
                    let y = self.pop();
                    pass_where_positive(&mut dy, &y);
                    self.give(y);
                }
                let x = self.pop();
                let mut dx = self.take(x.len());
                let weights = *weight..*weight + kernel.inputs * kernel.outputs;
                // Weight and bias of a dense layer lie side by side, the weight first.
                let (dw, db) = gradients[weights.start..*bias + kernel.outputs].split_at_mut(weights.len());
                let w = &parameters[weights];
                let pairs = x.chunks_exact(kernel.inputs).zip(dx.chunks_exact_mut(kernel.inputs));
                for ((x, dx), dy) in pairs.zip(dy.chunks_exact(out)) {
                    kernel.backward(x, w, dy, dw, db, dx);
                }
                self.give(x);
                self.give(dy);
                dx
            }
            Layer::Residual { body, shortcut, .. } => {
                let y = self.pop();
                pass_where_positive(&mut dy, &y);
                self.give(y);
                let copy = self.copy_of(&dy);
                let round = self.backward(shortcut, parameters, copy, images, gradients, true);
                let mut dx = self.backward(body, parameters, dy, images, gradients, true);
                dx.iter_mut().zip(&round).for_each(|(dx, round)| *dx += round);
                self.give(round);
                dx
            }
        }
    }
}

/// The gradient of max(0, ·), given its result.
fn pass_where_positive(dy: &mut [f32], y: &[f32]) {
    for (dy, y) in dy.iter_mut().zip(y) {
        *dy = if *y > 0.0 { *dy } else { 0.0 };
    }
}
