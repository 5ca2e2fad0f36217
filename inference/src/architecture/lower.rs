//! From a description to a graph.

use super::block::{self, Block, PoolKind};
use super::figures::{Activation, Around, Pair};
use super::{Architecture, Predictor, Sees};
use crate::error::{ArchitectureError, BlockError, BlockPlace};
use crate::graph::{Exit, Graph, Head, Value};
use crate::kernels::{Margin, Pooling, Shape, Sides, Slide};
use crate::ops::{Add, Affine, Concat, Conv, Dense, Depthwise, Fact, Flatten, Function, Op, Over, Pad, Pool, Scores};

/// The value that the first block reads.
const IMAGE: Value = 0;

/// The graph of an architecture.
///
/// # Errors
/// If a block does not take what the one before makes, or a head what it reads.
pub fn graph(architecture: &Architecture) -> Result<Graph, ArchitectureError> {
    let mut graph = Graph::new(Fact::f32(architecture.input_shape()));
    let mut outputs: Vec<Value> = Vec::new();
    for (index, block) in architecture.extractor.iter().enumerate() {
        let mut draft = Draft { graph: &mut graph, outputs: &outputs, name: format!("extractor.{index}") };
        let input = outputs.last().copied().unwrap_or(IMAGE);
        let place = BlockPlace::Extractor(index);
        let output = draft.block(block, input).map_err(|source| ArchitectureError::Block { place, source })?;
        outputs.push(output);
    }
    let features = outputs.last().copied().unwrap_or(IMAGE);
    let Shape { height, width, .. } = graph.fact(features).shape;
    if height * width != 1 {
        return Err(ArchitectureError::Map { height, width });
    }
    let logits = graph.add("approximator", dense(architecture.classes.count()), &[features])?;
    let predictor = match &architecture.predictor {
        Some(predictor) => Some(head(&mut graph, predictor, features, logits, &outputs)?),
        None => None,
    };
    graph.add_exit(Exit { logits, predictor });
    Ok(graph)
}

/// A predictor head.
fn head(
    graph: &mut Graph,
    predictor: &Predictor,
    features: Value,
    logits: Value,
    outputs: &[Value],
) -> Result<Head, ArchitectureError> {
    let mut read = vec![features];
    for depth in &predictor.depths {
        let blocks = outputs.len();
        let output = outputs.get(*depth).ok_or(ArchitectureError::Depth { depth: *depth, blocks })?;
        read.push(graph.add("", Pool { pooling: Pooling::Average, over: Over::Map }, &[*output])?);
    }
    if predictor.sees == Sees::FeaturesAndScores {
        read.push(graph.add("", Scores, &[logits])?);
    }
    let seen = if read.len() == 1 { features } else { graph.add("", Concat, &read)? };
    let mut at = seen;
    if predictor.hidden > 0 {
        at = graph.add("predictor.hidden", dense(predictor.hidden), &[at])?;
        at = graph.add("", Function::Relu, &[at])?;
    }
    let unit = graph.add("predictor.out", dense(1), &[at])?;
    Ok(Head { seen, unit })
}

/// A block on its way into the graph.
struct Draft<'a> {
    graph: &'a mut Graph,
    /// Those of the blocks before.
    outputs: &'a [Value],
    name: String,
}

/// What follows a layer.
#[derive(Clone, Copy)]
struct After {
    norm: bool,
    activation: Activation,
}

/// Normalisation and a rectifier.
const USUAL: After = After { norm: true, activation: Activation(Some(Function::Relu)) };

impl Draft<'_> {
    fn add(&mut self, name: &str, op: impl Op + 'static, inputs: &[Value]) -> Result<Value, BlockError> {
        Ok(self.graph.add(name, op, inputs)?)
    }

    fn block(&mut self, block: &Block, input: Value) -> Result<Value, BlockError> {
        match block {
            Block::Conv(block) => self.conv_block(block, input),
            Block::Depthwise(block) => {
                let slide = slide(block.kernel, block.stride, block.padding, block.dilation)?;
                let after = After { norm: block.norm, activation: block.activation };
                self.layer("depthwise", Depthwise { slide, bias: block.bias }, input, after)
            }
            Block::Separable { out, kernel, stride } => {
                let slide = slide(*kernel, *stride, None, Pair(Sides::both(1)))?;
                let between = self.layer("depthwise", Depthwise { slide, bias: false }, input, USUAL)?;
                self.layer("pointwise", plain(*out, Slide::centred(1, 1)), between, USUAL)
            }
            Block::Residual { out, stride: Pair(stride) } => {
                let linear = After { activation: Activation(None), ..USUAL };
                let window = |side: usize, stride: Sides| plain(*out, Slide { stride, ..Slide::centred(side, 1) });
                let first = self.layer("first", window(3, *stride), input, USUAL)?;
                let second = self.layer("second", window(3, Sides::both(1)), first, linear)?;
                let same = *stride == Sides::both(1) && *out == self.graph.fact(input).shape.channels;
                let shortcut = if same { input } else { self.layer("shortcut", window(1, *stride), input, linear)? };
                let sum = self.add("", Add, &[second, shortcut])?;
                self.add("", Function::Relu, &[sum])
            }
            Block::MaxPool => self.pool(Pooling::Max, Over::Window(Slide::tiled(Sides::both(2))), input),
            Block::AveragePool => self.pool(Pooling::Average, Over::Window(Slide::tiled(Sides::both(2))), input),
            Block::Pool(block::Pool { kind, kernel, stride, padding }) => {
                let pooling = match kind {
                    PoolKind::Max => Pooling::Max,
                    PoolKind::Average => Pooling::Average,
                };
                let slide = slide(*kernel, stride.unwrap_or(*kernel), Some(*padding), Pair(Sides::both(1)))?;
                self.pool(pooling, Over::Window(slide), input)
            }
            Block::GlobalMaxPool => self.pool(Pooling::Max, Over::Map, input),
            Block::GlobalAveragePool => self.pool(Pooling::Average, Over::Map, input),
            Block::Flatten => self.add("", Flatten, &[input]),
            Block::Dense(block::Dense { out, bias, activation }) => {
                let after = After { norm: false, activation: *activation };
                self.layer("dense", Dense { outputs: *out, bias: *bias }, input, after)
            }
            Block::Norm => self.add(&format!("{}.norm", self.name), Affine, &[input]),
            Block::Activation(Activation(function)) => match function {
                Some(function) => self.add("", *function, &[input]),
                None => Ok(input),
            },
            Block::Pad(Around(margin)) => self.add("", Pad(*margin), &[input]),
            Block::Add(block) => {
                let other = self.earlier(*block)?;
                self.add("", Add, &[input, other])
            }
            Block::Concat(blocks) => {
                let others = blocks.iter().map(|block| self.earlier(*block)).collect::<Result<Vec<_>, _>>()?;
                let all: Vec<Value> = [input].into_iter().chain(others).collect();
                self.add("", Concat, &all)
            }
        }
    }

    fn conv_block(&mut self, block: &block::Conv, input: Value) -> Result<Value, BlockError> {
        let slide = slide(block.kernel, block.stride, block.padding, block.dilation)?;
        let after = After { norm: block.norm, activation: block.activation };
        let channels = self.graph.fact(input).shape.channels;
        // The same tensors under the same name, and a kernel of its own.
        if block.groups > 1 && block.groups == channels && block.out == channels {
            return self.layer("conv", Depthwise { slide, bias: block.bias }, input, after);
        }
        let conv = Conv { outputs: block.out, slide, groups: block.groups, bias: block.bias };
        self.layer("conv", conv, input, after)
    }

    fn layer(&mut self, name: &str, op: impl Op + 'static, input: Value, after: After) -> Result<Value, BlockError> {
        let name = format!("{}.{name}", self.name);
        let mut at = self.add(&name, op, &[input])?;
        if after.norm {
            at = self.add(&format!("{name}.norm"), Affine, &[at])?;
        }
        match after.activation {
            Activation(Some(function)) => self.add("", function, &[at]),
            Activation(None) => Ok(at),
        }
    }

    fn pool(&mut self, pooling: Pooling, over: Over, input: Value) -> Result<Value, BlockError> {
        self.add("", Pool { pooling, over }, &[input])
    }

    /// The output of a block before this one.
    fn earlier(&self, block: usize) -> Result<Value, BlockError> {
        match (self.outputs.get(block), self.outputs.len()) {
            (Some(output), _) => Ok(*output),
            (None, 0) => Err(BlockError::NoneBefore),
            (None, before) => Err(BlockError::NotBefore { block, before }),
        }
    }
}

/// A dense layer with a bias.
fn dense(outputs: usize) -> Dense {
    Dense { outputs, bias: true }
}

/// A convolution without bias.
fn plain(outputs: usize, slide: Slide) -> Conv {
    Conv { outputs, slide, groups: 1, bias: false }
}

fn slide(
    Pair(window): Pair,
    Pair(stride): Pair,
    padding: Option<Around>,
    Pair(dilation): Pair,
) -> Result<Slide, BlockError> {
    let padding = match padding {
        Some(Around(margin)) => margin,
        None if window.rows.is_multiple_of(2) || window.columns.is_multiple_of(2) => {
            return Err(BlockError::EvenKernel);
        }
        None => {
            let half = |taps: usize, gap: usize| (taps / 2).saturating_mul(gap);
            let (rows, columns) = (half(window.rows, dilation.rows), half(window.columns, dilation.columns));
            Margin { top: rows, left: columns, bottom: rows, right: columns }
        }
    };
    Ok(Slide { window, stride, dilation, padding })
}
