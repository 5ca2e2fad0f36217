//! A layer's products, with its weights ready.

use super::super::conv::Bundle;
use super::super::sweep::Walk;
use super::super::{Conv, Depthwise, LANES, Sides};
use super::Codes;
use super::depthwise::Pass;
use super::rescale::{Output, Rescale};
use super::sweep::{Sweep, WORD};
use super::unit::{OnUnit, Quad, Sums, Unit, on_unit};

/// The products of a layer with codes, its weights ready.
#[derive(Clone, Debug)]
pub struct Product {
    layer: Layer,
    /// For each block of outputs, what makes up for the zero point of the input.
    start: Vec<Sums>,
}

#[derive(Clone, Debug)]
enum Layer {
    Conv(Conv, Vec<Quad>),
    Depthwise(Depthwise, Vec<Sums>),
}

impl Product {
    /// Of a convolution, over codes whose zero is `zero`; the weights of an output channel, laid
    /// `[row][column][input of the group]`, come after those of the one before.
    pub fn conv(conv: Conv, weights: &[i8], zero: u8) -> Self {
        let start = start(weights, conv.output.shape.channels, zero);
        let quads = conv.bundles().flat_map(|bundle| quads(&conv, &bundle, weights)).collect();
        Self { layer: Layer::Conv(conv, quads), start }
    }

    /// Of a depthwise convolution, in the same way.
    pub fn depthwise(depthwise: Depthwise, weights: &[i8], zero: u8) -> Self {
        let (span, channels) = (depthwise.slide.span(), depthwise.output.shape.channels);
        let window = depthwise.slide.window.area();
        let tap = |at: usize| {
            let (block, pixel) = (at / span.area(), at % span.area());
            let tap = depthwise.slide.tap(pixel / span.columns, pixel % span.columns);
            Sums(std::array::from_fn(|lane| {
                let channel = Some(block * LANES + lane).filter(|channel| *channel < channels);
                channel.zip(tap).map_or(0, |(channel, tap)| i32::from(weights[channel * window + tap]))
            }))
        };
        let taps = (0..depthwise.input.blocks() * span.area()).map(tap).collect();
        Self { layer: Layer::Depthwise(depthwise, taps), start: start(weights, channels, zero) }
    }

    /// Writes what it makes of `x`, with `other` added if there is one, which is laid out as the output.
    pub fn run(&self, x: &Codes, rescale: &Rescale, other: Option<&Codes>, output: &mut Output) {
        self.does(x, rescale, other, output, |mut work| on_unit(&mut work));
    }

    /// Calls `run` with the work to be done, part by part.
    fn does(
        &self,
        x: &Codes,
        rescale: &Rescale,
        other: Option<&Codes>,
        output: &mut Output,
        mut run: impl FnMut(Work),
    ) {
        match &self.layer {
            Layer::Conv(conv, weights) => {
                let mut rest = &weights[..];
                for bundle in conv.bundles() {
                    let blocks = bundle.outputs.len().div_ceil(LANES);
                    let first = bundle.outputs.start / LANES;
                    let weights;
                    (weights, rest) = rest.split_at(blocks * words(&bundle));
                    run(Work::Sweep(Sweep {
                        scan: conv.scan(&bundle),
                        input: x.bytes(),
                        weights,
                        start: &self.start[first..first + blocks],
                        rescale: (rescale, first),
                        other: other.map(Codes::bytes),
                        output,
                    }));
                }
            }
            Layer::Depthwise(depthwise, weights) => {
                let span = depthwise.slide.span();
                run(Work::Pass(Pass {
                    rows: depthwise.output.shape.height,
                    columns: depthwise.output.shape.width,
                    input: x.bytes(),
                    from: depthwise.from(),
                    taps: (span.rows, span.columns),
                    pitch: depthwise.input.row() / LANES,
                    weights,
                    start: &self.start,
                    rescale,
                    to: Walk::inside(depthwise.output, Sides::both(1)),
                    output,
                }));
            }
        }
    }
}

/// Part of a layer's work.
enum Work<'a, 'y> {
    Sweep(Sweep<'a, 'y>),
    Pass(Pass<'a, 'y>),
}

impl OnUnit for Work<'_, '_> {
    #[inline(always)]
    fn work<U: Unit>(&mut self, unit: U) {
        match self {
            Work::Sweep(sweep) => sweep.work(unit),
            Work::Pass(pass) => pass.work(unit),
        }
    }
}

/// −zero·Σw for each output channel: codes count from 0, and what they stand for from their zero point.
fn start(weights: &[i8], channels: usize, zero: u8) -> Vec<Sums> {
    let mut start = vec![Sums::default(); channels.div_ceil(LANES)];
    for (channel, weights) in weights.chunks_exact(weights.len() / channels).enumerate() {
        let sum: i32 = weights.iter().map(|weight| i32::from(*weight)).sum();
        start[channel / LANES].0[channel % LANES] = -i32::from(zero) * sum;
    }
    start
}

/// Words of a window of a bundle.
fn words(bundle: &Bundle) -> usize {
    let window = bundle.packing.window;
    let blocks = (0..window.blocks).map(|block| window.run_of(block).div_ceil(WORD));
    window.rows * blocks.sum::<usize>()
}

/// The weights of a bundle, as a sweep reads them.
fn quads(conv: &Conv, bundle: &Bundle, weights: &[i8]) -> Vec<Quad> {
    let (window, outputs) = (bundle.packing.window, conv.output.shape.channels);
    let length = weights.len() / outputs;
    let words = words(bundle);
    let mut quads = vec![Quad::ZERO; bundle.outputs.len().div_ceil(LANES) * words];
    bundle.packing.visit(|lane, output, place| {
        // Lanes come one for each value of a window; here rows are filled up to whole words.
        let (block, mut at) = (lane / window.len(), lane % window.len());
        let (mut inputs, mut word) = (0, 0);
        while at >= window.rows * window.run_of(inputs) {
            at -= window.rows * window.run_of(inputs);
            word += window.rows * window.run_of(inputs).div_ceil(WORD);
            inputs += 1;
        }
        let run = window.run_of(inputs);
        word += at / run * run.div_ceil(WORD) + at % run / WORD;
        if let Some(index) = conv.index(bundle.place(place)) {
            // From [row][column][input][output] to [output][row][column][input].
            let weight = weights[index % outputs * length + index / outputs];
            quads[block * words + word].0[output][at % run % WORD] = weight;
        }
    });
    quads
}

#[cfg(test)]
mod tests;
