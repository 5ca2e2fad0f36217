//! An architecture broken down into kernels, each with the offsets of its parameters.
//!
//! All trainable parameters of a network form one flat vector and all running statistics another, so that optimisers,
//! checkpoints and gradient sums need no knowledge of layers. [`Slot`] maps between the vectors and the named tensors
//! of a weights file.

use crate::architecture::{Architecture, Block, Sees};
use crate::kernels::{BatchNorm, Conv, Dense, Depthwise, Extent, LANES, MaxPool};

/// One kernel with the offsets of its parameters.
#[derive(Clone, Debug)]
pub enum Layer {
    /// Dense convolution without bias.
    Conv { kernel: Conv, weight: usize },
    /// Depthwise convolution without bias.
    Depthwise { kernel: Depthwise, weight: usize },
    /// Batch normalisation, optionally with a rectifier; `statistics` is the offset of mean, then variance.
    Norm { kernel: BatchNorm, gamma: usize, beta: usize, statistics: usize },
    /// 2×2 maxima.
    MaxPool(MaxPool),
    /// Mean over pixels.
    GlobalAverage(Extent),
    /// Fully connected, optionally with a rectifier.
    Dense { kernel: Dense, weight: usize, bias: usize, relu: bool },
    /// max(0, body(x) + shortcut(x)); an empty shortcut is the identity.
    Residual { input: Extent, body: Vec<Layer>, shortcut: Vec<Layer> },
}

impl Layer {
    /// Extent of the output.
    pub fn output(&self) -> Extent {
        match self {
            Layer::Conv { kernel, .. } => kernel.output(),
            Layer::Depthwise { kernel, .. } => kernel.output(),
            Layer::Norm { kernel, .. } => kernel.extent,
            Layer::MaxPool(kernel) => kernel.output(),
            Layer::GlobalAverage(extent) => Extent::vector(extent.shape.channels),
            Layer::Dense { kernel, .. } => kernel.output(),
            Layer::Residual { input, body, .. } => body.last().map_or(*input, Layer::output),
        }
    }
}

/// The layout of a tensor of a weights file in the flat vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// File `[out, in, k, k]`, memory `[k, k, in, out]`.
    Conv { outputs: usize, inputs: usize, kernel: usize },
    /// File `[channels, 1, k, k]`, memory `[k, k, channels]`.
    Depthwise { channels: usize, kernel: usize },
    /// `[out, in]` in both.
    Dense { outputs: usize, inputs: usize },
    /// One value per channel.
    Vector(usize),
    /// Running mean or variance, one value per channel, in the vector of statistics.
    Statistic(usize),
}

/// A named tensor and its place.
#[derive(Clone, Debug)]
pub struct Slot {
    /// Name in a weights file, as in PyTorch.
    pub name: String,
    /// Its layout.
    pub layout: Layout,
    /// Where it starts.
    pub at: usize,
}

/// The predictor head.
#[derive(Clone, Debug)]
pub struct Predictor {
    /// What it reads.
    pub sees: Sees,
    /// Blocks whose outputs it also reads, averaged, with their extents.
    pub depths: Vec<(usize, Extent)>,
    /// Number of values it reads.
    pub inputs: usize,
    /// Its kernels down to one unit (before the sigmoid).
    pub layers: Vec<Layer>,
}

/// A network as kernels: extractor and heads.
#[derive(Clone, Debug)]
pub struct Layers {
    /// Extent of the image.
    pub input: Extent,
    /// Image to features; one entry per block of the architecture, so entries are cut points.
    pub extractor: Vec<Vec<Layer>>,
    /// Features to logits.
    pub approximator: Layer,
    /// The second head, if there is one.
    pub predictor: Option<Predictor>,
    /// Every tensor of a weights file.
    pub slots: Vec<Slot>,
    /// Length of the vector of trainable parameters.
    pub parameters: usize,
    /// Length of the vector of running statistics.
    pub statistics: usize,
}

impl Layers {
    /// Breaks an architecture down into kernels.
    pub fn of(architecture: &Architecture) -> Self {
        let mut places = Places::default();
        let input = input_extent(architecture);
        let mut extent = input;
        let mut extractor = Vec::new();
        for (index, block) in architecture.extractor.iter().enumerate() {
            let layers = places.block(block, extent, &format!("extractor.{index}"));
            extent = layers.last().map_or(extent, Layer::output);
            extractor.push(layers);
        }
        let features = extent.shape.channels;
        let approximator = places.dense("approximator", features, architecture.classes.count(), false);
        let predictor = architecture.predictor.as_ref().map(|predictor| {
            let output = |block: &usize| extractor[*block].last().map_or(input, Layer::output);
            let depths: Vec<_> = predictor.depths.iter().map(|block| (*block, output(block))).collect();
            let averages = depths.iter().map(|(_, extent)| extent.shape.channels).sum::<usize>();
            let inputs = predictor.sees.inputs(features + averages, architecture.classes.count());
            let mut layers = Vec::new();
            let mut width = inputs;
            if predictor.hidden > 0 {
                layers.push(places.dense("predictor.hidden", inputs, predictor.hidden, true));
                width = predictor.hidden;
            }
            layers.push(places.dense("predictor.out", width, 1, false));
            Predictor { sees: predictor.sees, depths, inputs, layers }
        });
        let Places { slots, parameters, statistics } = places;
        Self { input, extractor, approximator, predictor, slots, parameters, statistics }
    }

    /// The range of the predictor's parameters: after all others.
    pub fn predictor_range(&self) -> std::ops::Range<usize> {
        let first = self.slots.iter().find(|slot| slot.name.starts_with("predictor."));
        first.map_or(self.parameters, |slot| slot.at)..self.parameters
    }

    /// Every kernel, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Layer> {
        let predictor = self.predictor.iter().flat_map(|predictor| &predictor.layers);
        self.extractor.iter().flatten().chain([&self.approximator]).chain(predictor)
    }
}

/// The layout of an image: in a frame as wide as the widest window needs, and packed where a convolution reads it.
fn input_extent(architecture: &Architecture) -> Extent {
    let window = |block: &Block| match block {
        Block::Conv { kernel, .. } | Block::Separable { kernel, .. } => *kernel,
        Block::Residual { .. } => 3,
        Block::MaxPool | Block::GlobalAveragePool | Block::Dense { .. } => 1,
    };
    let frame = architecture.extractor.iter().map(window).max().unwrap_or(1) / 2;
    let shape = architecture.input_shape();
    match architecture.extractor.first() {
        Some(Block::Conv { .. }) if shape.channels < LANES => Extent::packed(shape, frame),
        _ => Extent::blocked(shape, frame),
    }
}

/// Assigns offsets and records names.
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

    fn block(&mut self, block: &Block, input: Extent, name: &str) -> Vec<Layer> {
        match *block {
            Block::Conv { out, kernel, stride } => {
                self.conv(&format!("{name}.conv"), Conv { input, outputs: out, kernel, stride }, true)
            }
            Block::Separable { out, kernel, stride } => {
                let depthwise = Depthwise { input, kernel, stride };
                let layout = Layout::Depthwise { channels: input.shape.channels, kernel };
                let weight = self.place(format!("{name}.depthwise.weight"), layout);
                let between = depthwise.output();
                let pointwise = Conv { input: between, outputs: out, kernel: 1, stride: 1 };
                let mut layers = vec![
                    Layer::Depthwise { kernel: depthwise, weight },
                    self.norm(&format!("{name}.depthwise"), between, true),
                ];
                layers.extend(self.conv(&format!("{name}.pointwise"), pointwise, true));
                layers
            }
            Block::Residual { out, stride } => {
                let first = Conv { input, outputs: out, kernel: 3, stride };
                let second = Conv { input: first.output(), outputs: out, kernel: 3, stride: 1 };
                let mut body = self.conv(&format!("{name}.first"), first, true);
                body.extend(self.conv(&format!("{name}.second"), second, false));
                let shortcut = if stride == 1 && out == input.shape.channels {
                    Vec::new()
                } else {
                    let project = Conv { input, outputs: out, kernel: 1, stride };
                    self.conv(&format!("{name}.shortcut"), project, false)
                };
                vec![Layer::Residual { input, body, shortcut }]
            }
            Block::MaxPool => vec![Layer::MaxPool(MaxPool { input })],
            Block::GlobalAveragePool => vec![Layer::GlobalAverage(input)],
            Block::Dense { out } => {
                vec![self.dense(&format!("{name}.dense"), input.shape.channels, out, true)]
            }
        }
    }

    fn conv(&mut self, name: &str, kernel: Conv, relu: bool) -> Vec<Layer> {
        let layout =
            Layout::Conv { outputs: kernel.outputs, inputs: kernel.input.shape.channels, kernel: kernel.kernel };
        let weight = self.place(format!("{name}.weight"), layout);
        vec![Layer::Conv { kernel, weight }, self.norm(name, kernel.output(), relu)]
    }

    fn norm(&mut self, name: &str, extent: Extent, relu: bool) -> Layer {
        let channels = extent.shape.channels;
        let gamma = self.place(format!("{name}.norm.weight"), Layout::Vector(channels));
        let beta = self.place(format!("{name}.norm.bias"), Layout::Vector(channels));
        let statistics = self.place(format!("{name}.norm.running_mean"), Layout::Statistic(channels));
        self.place(format!("{name}.norm.running_var"), Layout::Statistic(channels));
        Layer::Norm { kernel: BatchNorm { extent, relu }, gamma, beta, statistics }
    }

    fn dense(&mut self, name: &str, inputs: usize, outputs: usize, relu: bool) -> Layer {
        let weight = self.place(format!("{name}.weight"), Layout::Dense { outputs, inputs });
        let bias = self.place(format!("{name}.bias"), Layout::Vector(outputs));
        Layer::Dense { kernel: Dense { inputs, outputs }, weight, bias, relu }
    }
}
