//! An architecture taken apart into kernels, each knowing where its parameters lie.
//!
//! All trainable parameters of a network form one flat vector and all running statistics another, so that an optimiser,
//! a checkpoint or a gradient sum needs to know nothing about layers. [`Slot`] maps between the vectors and the named
//! tensors of a weights file.

use crate::architecture::{Architecture, Block, Sees};
use crate::kernels::{BatchNorm, Conv, Dense, Depthwise, MaxPool, Shape};

/// One kernel with the offsets of its parameters.
#[derive(Clone, Debug)]
pub enum Layer {
    /// Dense convolution without bias.
    Conv { kernel: Conv, weight: usize },
    /// Depthwise convolution without bias.
    Depthwise { kernel: Depthwise, weight: usize },
    /// Batch normalisation and, perhaps, a rectifier; `statistics` is the offset of mean, then variance.
    Norm { kernel: BatchNorm, shape: Shape, gamma: usize, beta: usize, statistics: usize },
    /// 2×2 maxima.
    MaxPool(MaxPool),
    /// Mean over pixels.
    GlobalAverage(Shape),
    /// Fully connected and, perhaps, a rectifier.
    Dense { kernel: Dense, weight: usize, bias: usize, relu: bool },
    /// max(0, body(x) + shortcut(x)); an empty shortcut is the identity.
    Residual { input: Shape, body: Vec<Layer>, shortcut: Vec<Layer> },
}

impl Layer {
    /// Extent of the output.
    pub fn output(&self) -> Shape {
        match self {
            Layer::Conv { kernel, .. } => kernel.output(),
            Layer::Depthwise { kernel, .. } => kernel.output(),
            Layer::Norm { shape, .. } => *shape,
            Layer::MaxPool(kernel) => kernel.output(),
            Layer::GlobalAverage(shape) => Shape::flat(shape.channels),
            Layer::Dense { kernel, .. } => Shape::flat(kernel.outputs),
            Layer::Residual { input, body, .. } => body.last().map_or(*input, Layer::output),
        }
    }
}

/// How a tensor of a weights file lies in the flat vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// File `[out, in, k, k]`, memory `[k, k, in, out]`.
    Conv { outputs: usize, inputs: usize, kernel: usize },
    /// File `[channels, 1, k, k]`, memory `[k, k, channels]`.
    Depthwise { channels: usize, kernel: usize },
    /// `[out, in]` in both.
    Dense { outputs: usize, inputs: usize },
    /// One value a channel.
    Vector(usize),
    /// Running mean or variance, one value a channel, in the vector of statistics.
    Statistic(usize),
}

/// A named tensor and its place.
#[derive(Clone, Debug)]
pub struct Slot {
    /// Name in a weights file, PyTorch fashion.
    pub name: String,
    /// How it lies.
    pub layout: Layout,
    /// Where it starts.
    pub at: usize,
}

/// A network as kernels: extractor and heads.
#[derive(Clone, Debug)]
pub struct Layers {
    /// Image to features; one entry a block of the architecture, so entries are cut points.
    pub extractor: Vec<Vec<Layer>>,
    /// Features to logits.
    pub approximator: Layer,
    /// What the predictor reads, and its kernels down to one unit (before the sigmoid).
    pub predictor: Option<(Sees, Vec<Layer>)>,
    /// Every tensor of a weights file.
    pub slots: Vec<Slot>,
    /// Length of the vector of trainable parameters.
    pub parameters: usize,
    /// Length of the vector of running statistics.
    pub statistics: usize,
}

impl Layers {
    /// Takes an architecture apart.
    pub fn of(architecture: &Architecture) -> Self {
        let mut places = Places::default();
        let mut shape = architecture.input_shape();
        let mut extractor = Vec::new();
        for (index, block) in architecture.extractor.iter().enumerate() {
            let layers = places.block(block, shape, &format!("extractor.{index}"));
            shape = layers.last().map_or(shape, Layer::output);
            extractor.push(layers);
        }
        let features = shape.channels;
        let approximator = places.dense("approximator", features, architecture.classes, false);
        let predictor = architecture.predictor.as_ref().map(|predictor| {
            let mut inputs = predictor.sees.inputs(features, architecture.classes);
            let mut layers = Vec::new();
            if predictor.hidden > 0 {
                layers.push(places.dense("predictor.hidden", inputs, predictor.hidden, true));
                inputs = predictor.hidden;
            }
            layers.push(places.dense("predictor.out", inputs, 1, false));
            (predictor.sees, layers)
        });
        let Places { slots, parameters, statistics } = places;
        Self { extractor, approximator, predictor, slots, parameters, statistics }
    }

    /// Where the predictor's parameters lie: behind all others.
    pub fn predictor_range(&self) -> std::ops::Range<usize> {
        let first = self.slots.iter().find(|slot| slot.name.starts_with("predictor."));
        first.map_or(self.parameters, |slot| slot.at)..self.parameters
    }

    /// Every kernel, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Layer> {
        let predictor = self.predictor.iter().flat_map(|(_, layers)| layers);
        self.extractor.iter().flatten().chain([&self.approximator]).chain(predictor)
    }
}

/// Hands out offsets and remembers names.
#[derive(Default)]
struct Places {
    slots: Vec<Slot>,
    parameters: usize,
    statistics: usize,
}

impl Places {
    fn place(&mut self, name: String, layout: Layout) -> usize {
        let (counter, length) = match layout {
            Layout::Conv { outputs, inputs, kernel } => (&mut self.parameters, outputs * inputs * kernel * kernel),
            Layout::Depthwise { channels, kernel } => (&mut self.parameters, channels * kernel * kernel),
            Layout::Dense { outputs, inputs } => (&mut self.parameters, outputs * inputs),
            Layout::Vector(length) => (&mut self.parameters, length),
            Layout::Statistic(length) => (&mut self.statistics, length),
        };
        let at = *counter;
        *counter += length;
        self.slots.push(Slot { name, layout, at });
        at
    }

    fn block(&mut self, block: &Block, input: Shape, name: &str) -> Vec<Layer> {
        match *block {
            Block::Conv { out, kernel, stride } => {
                self.conv(&format!("{name}.conv"), Conv { input, outputs: out, kernel, stride }, true)
            }
            Block::Separable { out, kernel, stride } => {
                let depthwise = Depthwise { input, kernel, stride };
                let layout = Layout::Depthwise { channels: input.channels, kernel };
                let weight = self.place(format!("{name}.depthwise.weight"), layout);
                let shape = depthwise.output();
                let pointwise = Conv { input: shape, outputs: out, kernel: 1, stride: 1 };
                let mut layers = vec![
                    Layer::Depthwise { kernel: depthwise, weight },
                    self.norm(&format!("{name}.depthwise"), shape, true),
                ];
                layers.extend(self.conv(&format!("{name}.pointwise"), pointwise, true));
                layers
            }
            Block::Residual { out, stride } => {
                let first = Conv { input, outputs: out, kernel: 3, stride };
                let second = Conv { input: first.output(), outputs: out, kernel: 3, stride: 1 };
                let mut body = self.conv(&format!("{name}.first"), first, true);
                body.extend(self.conv(&format!("{name}.second"), second, false));
                let shortcut = if stride == 1 && out == input.channels {
                    Vec::new()
                } else {
                    let project = Conv { input, outputs: out, kernel: 1, stride };
                    self.conv(&format!("{name}.shortcut"), project, false)
                };
                vec![Layer::Residual { input, body, shortcut }]
            }
            Block::MaxPool => vec![Layer::MaxPool(MaxPool { input })],
            Block::GlobalAveragePool => vec![Layer::GlobalAverage(input)],
            Block::Dense { out } => vec![self.dense(&format!("{name}.dense"), input.channels, out, true)],
        }
    }

    fn conv(&mut self, name: &str, kernel: Conv, relu: bool) -> Vec<Layer> {
        let layout = Layout::Conv { outputs: kernel.outputs, inputs: kernel.input.channels, kernel: kernel.kernel };
        let weight = self.place(format!("{name}.weight"), layout);
        vec![Layer::Conv { kernel, weight }, self.norm(name, kernel.output(), relu)]
    }

    fn norm(&mut self, name: &str, shape: Shape, relu: bool) -> Layer {
        let channels = shape.channels;
        let gamma = self.place(format!("{name}.norm.weight"), Layout::Vector(channels));
        let beta = self.place(format!("{name}.norm.bias"), Layout::Vector(channels));
        let statistics = self.place(format!("{name}.norm.running_mean"), Layout::Statistic(channels));
        self.place(format!("{name}.norm.running_var"), Layout::Statistic(channels));
        Layer::Norm { kernel: BatchNorm { channels, relu }, shape, gamma, beta, statistics }
    }

    fn dense(&mut self, name: &str, inputs: usize, outputs: usize, relu: bool) -> Layer {
        let weight = self.place(format!("{name}.weight"), Layout::Dense { outputs, inputs });
        let bias = self.place(format!("{name}.bias"), Layout::Vector(outputs));
        Layer::Dense { kernel: Dense { inputs, outputs }, weight, bias, relu }
    }
}
