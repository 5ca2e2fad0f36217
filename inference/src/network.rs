//! Networks ready to run: normalisation folded, scratch passed in.

use ndarray::{ArrayView3, Axis};
use xxhash_rust::xxh3::Xxh3;

use crate::architecture::{Architecture, Normalise, Sees};
use crate::cost::{Cost, LayerCost, layer_costs};
use crate::kernels::{
    Conv, Dense, Depthwise, EPSILON, MaxPool, Shape, Workspace, add_bias, add_rectified, global_average,
};
use crate::layers::{Layer, Layers};
use crate::predictor::predictor_score;
use crate::scores::Answer;
use crate::weights::Weights;

/// A network of one or two heads, ready to run.
pub struct Network {
    name: String,
    input: Shape,
    normalise: Normalise,
    classes: usize,
    extractor: Vec<Stage>,
    approximator: Stage,
    predictor: Option<(Sees, Vec<Stage>)>,
    costs: Vec<LayerCost>,
    fingerprint: u64,
}

/// Buffers of a pass; once they have grown, nothing is allocated but what the `gemm` crate packs its factors into.
#[derive(Default)]
pub struct Scratch {
    free: Vec<Vec<f32>>,
    work: Workspace,
}

/// A kernel with its folded weights.
enum Stage {
    Conv { kernel: Conv, weight: Vec<f32>, bias: Vec<f32>, relu: bool },
    Depthwise { kernel: Depthwise, weight: Vec<f32>, bias: Vec<f32>, relu: bool },
    MaxPool(MaxPool),
    GlobalAverage { channels: usize },
    Dense { kernel: Dense, weight: Vec<f32>, bias: Vec<f32>, relu: bool },
    Residual { body: Vec<Stage>, shortcut: Vec<Stage> },
}

impl Network {
    /// Folds `weights` into the kernels of `architecture`.
    pub fn new(architecture: &Architecture, weights: &Weights) -> Self {
        let layers = Layers::of(architecture);
        let stage = |layers: &[Layer]| fold(layers, weights);
        Self {
            name: architecture.name.clone(),
            input: architecture.input_shape(),
            normalise: architecture.normalise.clone(),
            classes: architecture.classes,
            extractor: layers.extractor.iter().flat_map(|block| stage(block)).collect(),
            approximator: dense(&layers.approximator, weights),
            predictor: layers.predictor.as_ref().map(|(sees, layers)| (*sees, stage(layers))),
            costs: layer_costs(layers.iter()),
            fingerprint: fingerprint(architecture, weights),
        }
    }

    /// Names architecture and weights: a hash over both.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// What it is called in results.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Extent of an input image.
    pub fn input(&self) -> Shape {
        self.input
    }

    /// Whether there is a predictor head.
    pub fn has_predictor(&self) -> bool {
        self.predictor.is_some()
    }

    /// What one pass takes.
    pub fn cost(&self) -> Cost {
        Cost::of(&self.costs)
    }

    /// What each layer takes, in the order they run.
    pub fn layer_costs(&self) -> &[LayerCost] {
        &self.costs
    }

    /// Runs the network on one image, `[height][width][channels]` of pixels 0 to 255.
    ///
    /// # Panics
    /// If the image has another extent than the network's input.
    pub fn run(&self, image: ArrayView3<u8>, scratch: &mut Scratch) -> Answer {
        let input = self.normalised(image, scratch);
        self.heads(input, scratch, |_, logits, q| Answer::from_logits(logits, q))
    }

    /// Runs the network on one image and lets `read` see the logits.
    ///
    /// # Panics
    /// As [`Network::run`].
    pub fn read<R>(&self, image: ArrayView3<u8>, scratch: &mut Scratch, read: impl FnOnce(&[f32]) -> R) -> R {
        let input = self.normalised(image, scratch);
        self.heads(input, scratch, |_, logits, _| read(logits))
    }

    /// One pass through extractor and approximator from normalised pixels; `read` gets features and logits.
    pub(crate) fn features<R>(&self, x: &[f32], scratch: &mut Scratch, read: impl FnOnce(&[f32], &[f32]) -> R) -> R {
        let mut input = scratch.take(x.len());
        input.copy_from_slice(x);
        self.heads(input, scratch, |features, logits, _| read(features, logits))
    }

    /// One pass through extractor and heads; `read` gets features, logits and q.
    fn heads<R>(
        &self,
        input: Vec<f32>,
        scratch: &mut Scratch,
        read: impl FnOnce(&[f32], &[f32], Option<f32>) -> R,
    ) -> R {
        let features = self.extractor.iter().fold(input, |x, stage| stage.run(x, scratch));
        let mut logits = scratch.take(self.classes);
        self.approximator.apply(&features, &mut logits, scratch);
        let q = self.predictor.as_ref().map(|(sees, stages)| {
            let mut seen = scratch.take(sees.inputs(features.len(), self.classes));
            sees.gather(&features, &logits, &mut seen);
            let unit = stages.iter().fold(seen, |x, stage| stage.run(x, scratch));
            let q = predictor_score(unit[0]);
            scratch.give(unit);
            q
        });
        let result = read(&features, &logits, q);
        scratch.give(features);
        scratch.give(logits);
        result
    }

    fn normalised(&self, image: ArrayView3<u8>, scratch: &mut Scratch) -> Vec<f32> {
        let Shape { height, width, channels } = self.input;
        assert_eq!(image.dim(), (height, width, channels), "extent of the image");
        let mut x = scratch.take(self.input.len());
        for (channel, plane) in image.axis_iter(Axis(2)).enumerate() {
            let (mean, scale) = (self.normalise.mean[channel], self.normalise.deviation[channel].recip());
            let place = x[channel..].iter_mut().step_by(channels);
            place.zip(plane.iter()).for_each(|(x, pixel)| *x = (f32::from(*pixel) / 255.0 - mean) * scale);
        }
        x
    }
}

impl Scratch {
    /// A buffer of `length` values, their contents left over from earlier use.
    fn take(&mut self, length: usize) -> Vec<f32> {
        let mut buffer = self.free.pop().unwrap_or_default();
        buffer.resize(length, 0.0);
        buffer
    }

    fn give(&mut self, buffer: Vec<f32>) {
        self.free.push(buffer);
    }
}

impl Stage {
    fn output_len(&self, input: usize) -> usize {
        match self {
            Stage::Conv { kernel, .. } => kernel.output().len(),
            Stage::Depthwise { kernel, .. } => kernel.output().len(),
            Stage::MaxPool(kernel) => kernel.output().len(),
            Stage::GlobalAverage { channels } => *channels,
            Stage::Dense { kernel, .. } => kernel.outputs,
            Stage::Residual { body, .. } => body.iter().fold(input, |len, stage| stage.output_len(len)),
        }
    }

    /// Consumes one buffer of the scratch and yields another.
    fn run(&self, x: Vec<f32>, scratch: &mut Scratch) -> Vec<f32> {
        let mut y = scratch.take(self.output_len(x.len()));
        self.apply(&x, &mut y, scratch);
        scratch.give(x);
        y
    }

    fn apply(&self, x: &[f32], y: &mut [f32], scratch: &mut Scratch) {
        match self {
            Stage::Conv { kernel, weight, bias, relu } => {
                kernel.forward(x, weight, y, &mut scratch.work);
                add_bias(y, bias, *relu);
            }
            Stage::Depthwise { kernel, weight, bias, relu } => {
                kernel.forward(x, weight, y, &mut scratch.work);
                add_bias(y, bias, *relu);
            }
            Stage::MaxPool(kernel) => kernel.forward(x, y),
            Stage::GlobalAverage { .. } => global_average(x, y),
            Stage::Dense { kernel, weight, bias, relu } => {
                kernel.forward(x, weight, bias, y);
                if *relu {
                    y.iter_mut().for_each(|y| *y = y.max(0.0));
                }
            }
            Stage::Residual { body, shortcut } => {
                let branch = |stages: &[Stage], scratch: &mut Scratch| {
                    let mut copy = scratch.take(x.len());
                    copy.copy_from_slice(x);
                    stages.iter().fold(copy, |x, stage| stage.run(x, scratch))
                };
                let main = branch(body, scratch);
                let round = branch(shortcut, scratch);
                add_rectified(y, &main, &round);
                scratch.give(main);
                scratch.give(round);
            }
        }
    }
}

fn fingerprint(architecture: &Architecture, weights: &Weights) -> u64 {
    let mut hasher = Xxh3::new();
    hasher.update(architecture.fingerprint().as_bytes());
    weights.parameters.iter().chain(&weights.statistics).for_each(|value| hasher.update(&value.to_le_bytes()));
    hasher.digest()
}

/// Joins each convolution with the normalisation behind it.
fn fold(layers: &[Layer], weights: &Weights) -> Vec<Stage> {
    let mut stages = Vec::new();
    for (index, layer) in layers.iter().enumerate() {
        match layer {
            Layer::Conv { kernel, weight } => {
                let (weight, bias, relu) = fold_norm(*weight, kernel.weights(), layers.get(index + 1), weights);
                stages.push(Stage::Conv { kernel: *kernel, weight, bias, relu });
            }
            Layer::Depthwise { kernel, weight } => {
                let (weight, bias, relu) = fold_norm(*weight, kernel.weights(), layers.get(index + 1), weights);
                stages.push(Stage::Depthwise { kernel: *kernel, weight, bias, relu });
            }
            Layer::Norm { .. } => {}
            Layer::MaxPool(kernel) => stages.push(Stage::MaxPool(*kernel)),
            Layer::GlobalAverage(shape) => stages.push(Stage::GlobalAverage { channels: shape.channels }),
            Layer::Dense { .. } => stages.push(dense(layer, weights)),
            Layer::Residual { body, shortcut, .. } => {
                stages.push(Stage::Residual { body: fold(body, weights), shortcut: fold(shortcut, weights) });
            }
        }
    }
    stages
}

/// Weights, bias and rectifier of a convolution followed by `next`. Output channels are the innermost extent of every
/// convolution's weights, so scaling walks them in step.
fn fold_norm(at: usize, length: usize, next: Option<&Layer>, weights: &Weights) -> (Vec<f32>, Vec<f32>, bool) {
    let mut weight = weights.parameters[at..at + length].to_vec();
    let Some(Layer::Norm { kernel, gamma, beta, statistics, .. }) = next else {
        unreachable!("every convolution is laid out with its normalisation");
    };
    let c = kernel.channels;
    let (gamma, beta) = (&weights.parameters[*gamma..][..c], &weights.parameters[*beta..][..c]);
    let (mean, variance) = weights.statistics[*statistics..][..2 * c].split_at(c);
    let scale: Vec<f32> = gamma.iter().zip(variance).map(|(g, v)| g / (v.max(0.0) + EPSILON).sqrt()).collect();
    let bias = (0..c).map(|i| beta[i] - mean[i] * scale[i]).collect();
    for row in weight.chunks_exact_mut(c) {
        row.iter_mut().zip(&scale).for_each(|(w, s)| *w *= s);
    }
    (weight, bias, kernel.relu)
}

fn dense(layer: &Layer, weights: &Weights) -> Stage {
    let Layer::Dense { kernel, weight, bias, relu } = layer else {
        unreachable!("heads are dense");
    };
    let weight = weights.parameters[*weight..][..kernel.inputs * kernel.outputs].to_vec();
    let bias = weights.parameters[*bias..][..kernel.outputs].to_vec();
    Stage::Dense { kernel: *kernel, weight, bias, relu: *relu }
}
