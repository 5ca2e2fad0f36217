//! From a description to a graph.

use super::block::{self, Block, PoolKind};
use super::figures::{Activation, Around, Pair};
use super::{Architecture, EarlyExit, Predictor, Sees};
use crate::error::{ArchitectureError, BlockError, BlockPlace};
use crate::graph::{Exit, Graph, Head, Value};
use crate::kernels::{Margin, Pooling, Shape, Sides, Slide};
use crate::ops::{Add, Affine, Concat, Conv, Dense, Depthwise, Fact, Flatten, Function, Op, Over, Pad, Pool, Scores};

/// The value that the first block reads.
const IMAGE: Value = 0;

/// The graph of an architecture. Everything that an early exit needs stands before what follows it.
///
/// # Errors
/// If a block does not take what the one before makes, a head ends in a map, or a block that is named is not there.
pub fn graph(architecture: &Architecture) -> Result<Graph, ArchitectureError> {
    check_order(&architecture.exits, architecture.extractor.len())?;
    let mut graph = Graph::new(Fact::f32(architecture.input_shape()));
    let mut exits = architecture.exits.iter().enumerate().peekable();
    let mut outputs: Vec<Value> = Vec::new();
    for (index, block) in architecture.extractor.iter().enumerate() {
        let place = BlockPlace::Extractor(index);
        let draft = Draft { graph: &mut graph, outputs: &outputs, name: format!("extractor.{index}") };
        let output = draft.placed(place, block, outputs.last().copied().unwrap_or(IMAGE))?;
        outputs.push(output);
        while let Some((number, exit)) = exits.next_if(|(_, exit)| exit.after == index) {
            let mut features = output;
            for (block, form) in exit.head.iter().enumerate() {
                let place = BlockPlace::Exit { exit: number, block };
                let draft = Draft { graph: &mut graph, outputs: &outputs, name: format!("exits.{number}.{block}") };
                features = draft.placed(place, form, features)?;
            }
            let heads = Heads { exit: Some(number), features, outputs: &outputs, predictor: exit.predictor.as_ref() };
            heads.add(&mut graph, architecture.classes.count())?;
        }
    }
    let features = outputs.last().copied().unwrap_or(IMAGE);
    let heads = Heads { exit: None, features, outputs: &outputs, predictor: architecture.predictor.as_ref() };
    heads.add(&mut graph, architecture.classes.count())?;
    Ok(graph)
}

/// Exits are after blocks that are there, one after the other.
fn check_order(exits: &[EarlyExit], blocks: usize) -> Result<(), ArchitectureError> {
    let mut reached = 0;
    for (exit, &EarlyExit { after, .. }) in exits.iter().enumerate() {
        if after >= blocks {
            return Err(ArchitectureError::After { exit, after, blocks });
        }
        if after < reached {
            return Err(ArchitectureError::ExitsInDisorder { exit });
        }
        reached = after;
    }
    Ok(())
}

/// The heads where a network can answer, early or at its end.
struct Heads<'a> {
    /// The number of an early exit.
    exit: Option<usize>,
    /// The feature vector.
    features: Value,
    /// Outputs of the blocks so far.
    outputs: &'a [Value],
    predictor: Option<&'a Predictor>,
}

impl Heads<'_> {
    fn add(self, graph: &mut Graph, classes: usize) -> Result<(), ArchitectureError> {
        let Self { exit, features, predictor, .. } = self;
        let Shape { height, width, .. } = graph.fact(features).shape;
        if height * width != 1 {
            return Err(ArchitectureError::Map { exit, height, width });
        }
        let logits = graph.add(&self.named("approximator"), dense(classes), &[features])?;
        let predictor = predictor.map(|predictor| self.predictor(graph, predictor, logits)).transpose()?;
        graph.add_exit(Exit { logits, predictor });
        Ok(())
    }

    fn predictor(&self, graph: &mut Graph, predictor: &Predictor, logits: Value) -> Result<Head, ArchitectureError> {
        let (exit, blocks) = (self.exit, self.outputs.len());
        let mut read = vec![self.features];
        for &depth in &predictor.depths {
            let output = *self.outputs.get(depth).ok_or(ArchitectureError::Depth { exit, depth, blocks })?;
            let average = Pool { pooling: Pooling::Average, over: Over::Map };
            read.push(graph.add(&self.named(&format!("predictor.depths.{depth}")), average, &[output])?);
        }
        if predictor.sees == Sees::FeaturesAndScores {
            read.push(graph.add(&self.named("predictor.scores"), Scores, &[logits])?);
        }
        let seen = match read[..] {
            [_] => self.features,
            _ => graph.add(&self.named("predictor.seen"), Concat, &read)?,
        };
        let mut at = seen;
        if predictor.norm {
            at = graph.add(&self.named("predictor.norm"), Affine, &[at])?;
        }
        if predictor.hidden > 0 {
            at = graph.add(&self.named("predictor.hidden"), dense(predictor.hidden), &[at])?;
            at = graph.add(&self.named("predictor.hidden.relu"), Function::Relu, &[at])?;
        }
        let unit = graph.add(&self.named("predictor.out"), dense(predictor.estimates.outputs()), &[at])?;
        Ok(Head { seen, unit })
    }

    /// What a layer is called.
    fn named(&self, layer: &str) -> String {
        self.exit.map_or_else(|| layer.to_owned(), |exit| format!("exits.{exit}.{layer}"))
    }
}

/// A block on its way into the graph.
struct Draft<'a> {
    graph: &'a mut Graph,
    /// Outputs of the extractor's blocks so far, which blocks may name.
    outputs: &'a [Value],
    /// What the block is called; a layer of several in it has a name of its own after that.
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
    /// Adds a block, which is written at `place`.
    fn placed(mut self, place: BlockPlace, block: &Block, input: Value) -> Result<Value, ArchitectureError> {
        self.block(block, input).map_err(|source| ArchitectureError::Block { place, source })
    }

    fn add(&mut self, name: &str, op: impl Op + 'static, inputs: &[Value]) -> Result<Value, BlockError> {
        Ok(self.graph.add(name, op, inputs)?)
    }

    /// Adds what is all there is in the block.
    fn add_all(&mut self, op: impl Op + 'static, inputs: &[Value]) -> Result<Value, BlockError> {
        Ok(self.graph.add(&self.name, op, inputs)?)
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
                let sum = self.add(&format!("{}.sum", self.name), Add, &[second, shortcut])?;
                self.add(&format!("{}.relu", self.name), Function::Relu, &[sum])
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
            Block::Flatten => self.add_all(Flatten, &[input]),
            Block::Dense(block::Dense { out, bias, activation }) => {
                let after = After { norm: false, activation: *activation };
                self.layer("dense", Dense { outputs: *out, bias: *bias }, input, after)
            }
            Block::Norm => self.add(&format!("{}.norm", self.name), Affine, &[input]),
            Block::Activation(Activation(function)) => match function {
                Some(function) => self.add_all(*function, &[input]),
                None => Ok(input),
            },
            Block::Pad(Around(margin)) => self.add_all(Pad(*margin), &[input]),
            Block::Add(block) => {
                let other = self.earlier(*block)?;
                self.add_all(Add, &[input, other])
            }
            Block::Concat(blocks) => {
                let others = blocks.iter().map(|block| self.earlier(*block)).collect::<Result<Vec<_>, _>>()?;
                let all: Vec<Value> = [input].into_iter().chain(others).collect();
                self.add_all(Concat, &all)
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
            Activation(Some(function)) => self.add(&format!("{name}.{}", function.name()), function, &[at]),
            Activation(None) => Ok(at),
        }
    }

    fn pool(&mut self, pooling: Pooling, over: Over, input: Value) -> Result<Value, BlockError> {
        self.add_all(Pool { pooling, over }, &[input])
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
