//! A network as a straight line of steps over buffers, with everything folded that can be.
//!
//! Normalisation goes into the convolution before it; bias, rectifier and the sum of a residual block are done while a
//! convolution's sums are still in registers. Buffers are assigned in advance, so that running allocates nothing.

use crate::architecture::Sees;
use crate::kernels::{
    Activation, Conv, Dense, Depthwise, EPSILON, Extent, Finish, Lane, MaxPool, global_average, lanes_of,
};
use crate::layers::{Layer, Layers};
use crate::weights::Weights;

/// Steps, and the extents of the buffers they use.
pub struct Program {
    steps: Vec<Step>,
    buffers: Vec<Extent>,
    /// Buffer of the image.
    pub image: usize,
    /// Buffer of what the predictor reads.
    pub seen: Option<usize>,
    /// Buffer of the logits.
    pub logits: usize,
    /// Buffer of the predictor's unit.
    pub unit: Option<usize>,
}

struct Step {
    kernel: Kernel,
    from: usize,
    /// A second input: what a residual block adds, or the logits beside the features.
    other: Option<usize>,
    /// Averages of earlier blocks, which the predictor reads.
    averages: Vec<usize>,
    to: usize,
}

impl Step {
    /// What it reads.
    fn reads(&self) -> impl Iterator<Item = usize> {
        [self.from].into_iter().chain(self.other).chain(self.averages.iter().copied())
    }
}

enum Kernel {
    Conv(Conv, Folded),
    Depthwise(Depthwise, Folded),
    MaxPool(MaxPool),
    GlobalAverage,
    Dense(Dense, Folded),
    /// What the predictor reads.
    Gather(Sees),
}

/// Packed weights, and what is done to the sums.
struct Folded {
    weights: Vec<Lane>,
    bias: Vec<Lane>,
    floor: f32,
}

/// Buffers of the programs that ran with it, reused from run to run.
#[derive(Default)]
pub struct Scratch {
    sets: Vec<(Vec<Extent>, Vec<Activation>)>,
}

impl Scratch {
    /// The buffers of a program.
    pub fn buffers(&mut self, program: &Program) -> &mut [Activation] {
        let known = self.sets.iter().position(|(extents, _)| *extents == program.buffers);
        let at = known.unwrap_or_else(|| {
            let buffers = program.buffers.iter().map(|extent| Activation::zeros(*extent, 1)).collect();
            self.sets.push((program.buffers.clone(), buffers));
            self.sets.len() - 1
        });
        &mut self.sets[at].1
    }
}

impl Program {
    /// Folds `weights` into the kernels of a network.
    pub fn new(layers: &Layers, weights: &Weights) -> Self {
        let mut draft = Draft { weights, extents: vec![layers.input], steps: Vec::new() };
        let mut outputs = vec![0];
        for (index, block) in layers.extractor.iter().enumerate() {
            outputs.push(draft.lower(block, outputs[index]));
        }
        let features = outputs[layers.extractor.len()];
        let logits = draft.lower(std::slice::from_ref(&layers.approximator), features);
        let seen = layers.predictor.as_ref().map(|predictor| {
            let average = |&(block, extent): &(usize, Extent)| {
                draft.step(Kernel::GlobalAverage, outputs[block + 1], Extent::vector(extent.shape.channels))
            };
            let averages = predictor.depths.iter().map(average).collect();
            let seen = draft.step(Kernel::Gather(predictor.sees), features, Extent::vector(predictor.inputs));
            let gather = draft.last();
            (gather.other, gather.averages) = (Some(logits), averages);
            seen
        });
        let unit = layers.predictor.as_ref().zip(seen).map(|(predictor, seen)| draft.lower(&predictor.layers, seen));
        let kept = [Some(logits), seen, unit];
        draft.settle(kept.into_iter().flatten().collect(), |places, steps, buffers| Self {
            steps,
            buffers,
            image: places[0],
            seen: seen.map(|seen| places[seen]),
            logits: places[logits],
            unit: unit.map(|unit| places[unit]),
        })
    }

    /// Runs on the image in its buffer.
    pub fn run(&self, buffers: &mut [Activation]) {
        for step in &self.steps {
            let mut y = std::mem::replace(&mut buffers[step.to], Activation::zeros(Extent::vector(0), 0));
            let x = &buffers[step.from];
            let other = step.other.map(|other| &buffers[other]);
            match &step.kernel {
                Kernel::Conv(kernel, folded) => {
                    let finish = Finish { other: other.map(Activation::lanes), ..folded.finish() };
                    kernel.forward(x.image(0), &folded.weights, finish, y.lanes_mut());
                }
                Kernel::Depthwise(kernel, folded) => {
                    kernel.forward(x.lanes(), &folded.weights, folded.finish(), y.lanes_mut());
                }
                Kernel::MaxPool(kernel) => kernel.forward(x, &mut y),
                Kernel::GlobalAverage => global_average(x, &mut y),
                Kernel::Dense(kernel, folded) => kernel.forward(x, &folded.weights, folded.finish(), &mut y),
                Kernel::Gather(sees) => {
                    if let Some(logits) = other {
                        let averages = step.averages.iter().map(|average| &buffers[*average]);
                        sees.gather([x].into_iter().chain(averages), logits, 0, &mut y);
                    }
                }
            }
            buffers[step.to] = y;
        }
    }
}

impl Folded {
    fn finish(&self) -> Finish<'_> {
        Finish { bias: &self.bias, other: None, floor: self.floor }
    }
}

/// A program in which every value still has its own buffer.
struct Draft<'a> {
    weights: &'a Weights,
    extents: Vec<Extent>,
    steps: Vec<Step>,
}

impl Draft<'_> {
    /// Adds a step; its result is a new value.
    fn step(&mut self, kernel: Kernel, from: usize, extent: Extent) -> usize {
        self.extents.push(extent);
        let to = self.extents.len() - 1;
        self.steps.push(Step { kernel, from, other: None, averages: Vec::new(), to });
        to
    }

    fn last(&mut self) -> &mut Step {
        let last = self.steps.len() - 1;
        &mut self.steps[last]
    }

    fn lower(&mut self, layers: &[Layer], from: usize) -> usize {
        let next = |index: usize| layers.get(index + 1);
        layers.iter().enumerate().fold(from, |from, (index, layer)| match layer {
            Layer::Conv { kernel, weight } => {
                let (w, bias, floor) = self.fold(*weight, kernel.weights(), next(index));
                let folded = Folded { weights: kernel.pack(&w), bias, floor };
                self.step(Kernel::Conv(*kernel, folded), from, kernel.output())
            }
            Layer::Depthwise { kernel, weight } => {
                let (w, bias, floor) = self.fold(*weight, kernel.weights(), next(index));
                let folded = Folded { weights: kernel.pack(&w), bias, floor };
                self.step(Kernel::Depthwise(*kernel, folded), from, kernel.output())
            }
            Layer::Norm { .. } => from,
            Layer::MaxPool(kernel) => self.step(Kernel::MaxPool(*kernel), from, kernel.output()),
            Layer::GlobalAverage(_) => self.step(Kernel::GlobalAverage, from, layer.output()),
            Layer::Dense { kernel, weight, bias, relu } => {
                let parameters = &self.weights.parameters;
                let folded = Folded {
                    weights: kernel.pack(&parameters[*weight..][..kernel.weights()]),
                    bias: lanes_of(&parameters[*bias..][..kernel.outputs]),
                    floor: floor(*relu),
                };
                self.step(Kernel::Dense(*kernel, folded), from, kernel.output())
            }
            Layer::Residual { body, shortcut, .. } => {
                let round = self.lower(shortcut, from);
                let main = self.lower(body, from);
                let last = self.last();
                last.other = Some(round);
                if let Kernel::Conv(_, folded) = &mut last.kernel {
                    folded.floor = 0.0;
                }
                main
            }
        })
    }

    /// Weights, bias and floor of a convolution followed by `next`. Output channels are the innermost extent of every
    /// convolution's weights, so the scales repeat along them.
    fn fold(&self, at: usize, length: usize, next: Option<&Layer>) -> (Vec<f32>, Vec<Lane>, f32) {
        let Weights { parameters, statistics: moments } = self.weights;
        let mut weight = parameters[at..at + length].to_vec();
        let Some(Layer::Norm { kernel, gamma, beta, statistics }) = next else {
            unreachable!("every convolution is laid out with its normalisation");
        };
        let c = kernel.extent.shape.channels;
        let (gamma, beta) = (&parameters[*gamma..][..c], &parameters[*beta..][..c]);
        let (mean, variance) = moments[*statistics..][..2 * c].split_at(c);
        let scale: Vec<f32> = gamma.iter().zip(variance).map(|(g, v)| g / (v.max(0.0) + EPSILON).sqrt()).collect();
        let bias: Vec<f32> = (0..c).map(|i| beta[i] - mean[i] * scale[i]).collect();
        for row in weight.chunks_exact_mut(c) {
            row.iter_mut().zip(&scale).for_each(|(w, s)| *w *= s);
        }
        (weight, lanes_of(&bias), floor(kernel.relu))
    }

    /// Gives values buffers: two of the same extent share one if the first is no longer read when the second is
    /// written. Values in `kept` are read after the run; `made` gets the buffer of each value.
    fn settle<R>(mut self, kept: Vec<usize>, made: impl FnOnce(Vec<usize>, Vec<Step>, Vec<Extent>) -> R) -> R {
        let mut last_read = vec![0; self.extents.len()];
        for (index, step) in self.steps.iter().enumerate() {
            step.reads().for_each(|value| last_read[value] = index);
        }
        // The image is written before the first step, and must keep the unused places of its layout.
        kept.into_iter().chain([0]).for_each(|value| last_read[value] = self.steps.len());
        let mut buffers: Vec<Extent> = vec![self.extents[0]];
        let mut free: Vec<usize> = Vec::new();
        let mut places = vec![0; self.extents.len()];
        for index in 0..self.steps.len() {
            let step = &self.steps[index];
            let to = step.to;
            let place = match free.iter().position(|&buffer| buffers[buffer] == self.extents[to]) {
                Some(at) => free.swap_remove(at),
                None => {
                    buffers.push(self.extents[to]);
                    buffers.len() - 1
                }
            };
            places[to] = place;
            for value in step.reads() {
                // Only once, though a step may read a value twice.
                if last_read[value] == index && !free.contains(&places[value]) {
                    free.push(places[value]);
                }
            }
        }
        for step in &mut self.steps {
            step.from = places[step.from];
            step.other = step.other.map(|other| places[other]);
            step.averages.iter_mut().for_each(|average| *average = places[*average]);
            step.to = places[step.to];
        }
        made(places, self.steps, buffers)
    }
}

fn floor(relu: bool) -> f32 {
    if relu { 0.0 } else { f32::NEG_INFINITY }
}
