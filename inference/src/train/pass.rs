//! Forward and backward through a list of layers, on a chunk of images.

use std::sync::Arc;

use crate::kernels::{
    Activation, Affine, Extent, Finish, Moments, add, add_rectified, global_average, global_average_backward, lanes_of,
    pass_where_positive,
};
use crate::layers::Layer;

/// What the forward pass saves for the backward pass, last layer on top, and buffers for both.
///
/// Saved activations are shared, since one layer's output is the next one's input.
#[derive(Default)]
pub struct Tape {
    saved: Vec<Arc<Activation>>,
    /// Moments of each normalisation, with the offset of its running statistics.
    pub moments: Vec<(usize, Moments)>,
    variances: Vec<Vec<f32>>,
    free: Vec<Activation>,
}

impl Tape {
    /// A buffer with arbitrary contents inside its frames, which are zero.
    pub fn take(&mut self, extent: Extent, images: usize) -> Activation {
        let fits = |free: &Activation| free.extent() == extent && free.images() == images;
        match self.free.iter().rposition(fits) {
            Some(at) => self.free.swap_remove(at),
            None => Activation::zeros(extent, images),
        }
    }

    /// Takes a buffer back.
    pub fn give(&mut self, buffer: Activation) {
        self.free.push(buffer);
    }

    /// Takes a shared buffer back, if it is not used elsewhere.
    pub fn release(&mut self, buffer: Arc<Activation>) {
        self.free.extend(Arc::into_inner(buffer));
    }

    /// The input of the current layer in the backward pass.
    fn pop(&mut self) -> Arc<Activation> {
        self.saved.pop().unwrap_or_else(|| Arc::new(Activation::zeros(Extent::vector(0), 0)))
    }

    /// Runs `layers` and keeps what [`Tape::backward`] needs.
    pub fn forward(&mut self, layers: &[Layer], parameters: &[f32], x: Arc<Activation>) -> Arc<Activation> {
        layers.iter().fold(x, |x, layer| self.forward_layer(layer, parameters, x))
    }

    fn forward_layer(&mut self, layer: &Layer, parameters: &[f32], x: Arc<Activation>) -> Arc<Activation> {
        let images = x.images();
        let mut y = self.take(layer.output(), images);
        match layer {
            Layer::Conv { kernel, weight } => {
                let packed = kernel.pack(&parameters[*weight..][..kernel.weights()]);
                for image in 0..images {
                    kernel.forward(x.image(image), &packed, Finish::PLAIN, y.image_lanes_mut(image));
                }
                self.saved.push(x);
            }
            Layer::Depthwise { kernel, weight } => {
                let packed = kernel.pack(&parameters[*weight..][..kernel.weights()]);
                for image in 0..images {
                    kernel.forward(x.image_lanes(image), &packed, Finish::PLAIN, y.image_lanes_mut(image));
                }
                self.saved.push(x);
            }
            Layer::Norm { kernel, gamma, beta, statistics } => {
                let mut x = Arc::unwrap_or_clone(x);
                let c = kernel.extent.shape.channels;
                let affine = Affine { gamma: &parameters[*gamma..][..c], beta: &parameters[*beta..][..c] };
                let moments = kernel.forward(&mut x, affine, &mut y);
                self.variances.push(moments.variance.clone());
                self.moments.push((*statistics, moments));
                self.saved.push(Arc::new(x));
            }
            Layer::MaxPool(kernel) => {
                kernel.forward(&x, &mut y);
                self.saved.push(x);
            }
            Layer::GlobalAverage(_) => {
                global_average(&x, &mut y);
                self.release(x);
            }
            Layer::Dense { kernel, weight, bias, relu } => {
                let packed = kernel.pack(&parameters[*weight..][..kernel.weights()]);
                let bias = lanes_of(&parameters[*bias..][..kernel.outputs]);
                let floor = if *relu { 0.0 } else { f32::NEG_INFINITY };
                kernel.forward(&x, &packed, Finish { bias: &bias, floor, ..Finish::PLAIN }, &mut y);
                self.saved.push(x);
                if *relu {
                    let y = Arc::new(y);
                    self.saved.push(Arc::clone(&y));
                    return y;
                }
            }
            Layer::Residual { body, shortcut, .. } => {
                let main = self.forward(body, parameters, Arc::clone(&x));
                let round = self.forward(shortcut, parameters, x);
                add_rectified(y.lanes_mut(), main.lanes(), round.lanes());
                self.release(main);
                self.release(round);
                let y = Arc::new(y);
                self.saved.push(Arc::clone(&y));
                return y;
            }
        }
        Arc::new(y)
    }

    /// Adds the gradients of `layers` to `gradients` and returns that of their input, if `wanted`.
    pub fn backward(
        &mut self,
        layers: &[Layer],
        parameters: &[f32],
        dy: Activation,
        gradients: &mut [f32],
        wanted: bool,
    ) -> Activation {
        layers
            .iter()
            .enumerate()
            .rev()
            .fold(dy, |dy, (index, layer)| self.backward_layer(layer, parameters, dy, gradients, wanted || index > 0))
    }

    fn backward_layer(
        &mut self,
        layer: &Layer,
        parameters: &[f32],
        mut dy: Activation,
        gradients: &mut [f32],
        wanted: bool,
    ) -> Activation {
        let images = dy.images();
        match layer {
            Layer::Conv { kernel, weight } => {
                let x = self.pop();
                let range = *weight..*weight + kernel.weights();
                let mut sums = kernel.no_sums();
                for image in 0..images {
                    kernel.backward_weights(x.image(image), dy.image_lanes(image), &mut sums);
                }
                kernel.unpack(&sums, &mut gradients[range.clone()]);
                self.release(x);
                let mut dx = self.take(kernel.input, images);
                if wanted {
                    let packed = kernel.pack_back(&parameters[range]);
                    for image in 0..images {
                        kernel.backward_input(dy.image(image), &packed, dx.image_lanes_mut(image));
                    }
                }
                self.give(dy);
                dx
            }
            Layer::Depthwise { kernel, weight } => {
                let x = self.pop();
                let range = *weight..*weight + kernel.weights();
                let mut sums = kernel.no_sums();
                let mut dx = self.take(kernel.input, images);
                let packed = kernel.pack_back(&parameters[range.clone()]);
                for image in 0..images {
                    let dy = dy.image_lanes(image);
                    kernel.backward_weights(x.image_lanes(image), dy, &mut sums);
                    kernel.backward_input(dy, &packed, dx.image_lanes_mut(image));
                }
                kernel.unpack(&sums, &mut gradients[range]);
                self.release(x);
                self.give(dy);
                dx
            }
            Layer::Norm { kernel, gamma, beta, .. } => {
                let normalised = self.pop();
                let variance = self.variances.pop().unwrap_or_default();
                let c = kernel.extent.shape.channels;
                let affine = Affine { gamma: &parameters[*gamma..][..c], beta: &parameters[*beta..][..c] };
                // γ and β are adjacent, γ first.
                let (dgamma, dbeta) = gradients[*gamma..*beta + c].split_at_mut(c);
                let gradient = Affine { gamma: dgamma, beta: dbeta };
                kernel.backward(&normalised, &variance, affine, &mut dy, gradient);
                self.release(normalised);
                dy
            }
            Layer::MaxPool(kernel) => {
                let x = self.pop();
                let mut dx = self.take(kernel.input, images);
                kernel.backward(&x, &dy, &mut dx);
                self.release(x);
                self.give(dy);
                dx
            }
            Layer::GlobalAverage(extent) => {
                let mut dx = self.take(*extent, images);
                global_average_backward(&dy, &mut dx);
                self.give(dy);
                dx
            }
            Layer::Dense { kernel, weight, bias, relu } => {
                if *relu {
                    let y = self.pop();
                    pass_where_positive(dy.lanes_mut(), y.lanes());
                    self.release(y);
                }
                let x = self.pop();
                let mut dx = self.take(x.extent(), images);
                let weights = *weight..*weight + kernel.weights();
                // Weight and bias of a dense layer are adjacent, the weight first.
                let (dw, db) = gradients[weights.start..*bias + kernel.outputs].split_at_mut(weights.len());
                kernel.backward_weights(&x, &dy, dw, db);
                kernel.backward_input(&dy, &kernel.pack_back(&parameters[weights]), &mut dx);
                self.release(x);
                self.give(dy);
                dx
            }
            Layer::Residual { body, shortcut, .. } => {
                let y = self.pop();
                pass_where_positive(dy.lanes_mut(), y.lanes());
                self.release(y);
                let mut copy = self.take(dy.extent(), images);
                copy.lanes_mut().copy_from_slice(dy.lanes());
                let round = self.backward(shortcut, parameters, copy, gradients, true);
                let mut dx = self.backward(body, parameters, dy, gradients, true);
                add(dx.lanes_mut(), round.lanes());
                self.give(round);
                dx
            }
        }
    }
}
