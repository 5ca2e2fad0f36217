//! Dense convolution.

use super::correlation::Correlation;
use super::pack::{Packing, Place};
use super::phase::Phase;
use super::sweep::{Finish, Scan, Sweep, Walk, Window};
use super::{Extent, LANES, Lane};

/// A k×k convolution with k/2 zeros of padding, weights laid `[k][k][in][out]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv {
    /// Extent of the input; its frame is at least k/2.
    pub input: Extent,
    /// Output channels.
    pub outputs: usize,
    /// Side of the window, odd.
    pub kernel: usize,
    /// Step of the window.
    pub stride: usize,
}

impl Conv {
    /// Extent of the output.
    pub const fn output(&self) -> Extent {
        Extent::blocked(self.input.shape.windowed(self.kernel, self.stride, self.outputs), self.input.frame)
    }

    /// Number of weights.
    pub const fn weights(&self) -> usize {
        self.kernel * self.kernel * self.input.shape.channels * self.outputs
    }

    /// Multiply-accumulates for one image, padding counted.
    pub const fn macs(&self) -> u64 {
        (self.output().shape.pixels() * self.weights()) as u64
    }

    /// Weights as [`Conv::forward`] expects them.
    pub fn pack(&self, w: &[f32]) -> Vec<Lane> {
        self.packing().pack(|place| w[self.index(place)])
    }

    /// y ← finish(x ∗ w), on one image.
    pub fn forward(&self, x: &[f32], packed: &[Lane], finish: Finish, y: &mut [Lane]) {
        Sweep { scan: self.scan(), input: x, weights: packed, output: y, finish }.run();
    }

    /// sums ← sums + the gradient of the weights, packed, from one image.
    pub fn backward_weights(&self, x: &[f32], dy: &[Lane], sums: &mut [Lane]) {
        Correlation { scan: self.scan(), input: x, gradient: dy, sums }.run();
    }

    /// Zero sums, for [`Conv::backward_weights`].
    pub fn no_sums(&self) -> Vec<Lane> {
        vec![Lane::default(); self.packing().len()]
    }

    /// dw ← dw + sums.
    pub fn unpack(&self, sums: &[Lane], dw: &mut [f32]) {
        self.packing().visit(|lane, at, place| dw[self.index(place)] += sums[lane].0[at]);
    }

    /// Weights as [`Conv::backward_input`] expects them.
    pub fn pack_back(&self, w: &[f32]) -> Vec<Vec<Lane>> {
        let pack = |(rows, columns): (Phase, Phase)| {
            self.packing_back(rows, columns).pack(|Place { row, column, input, output }| {
                // The inputs are gradients of outputs.
                let (row, column) = (rows.tap(row), columns.tap(column));
                w[self.index(Place { row, column, input: output, output: input })]
            })
        };
        self.phases().map(pack).collect()
    }

    /// dx ← the gradient of the input of one image, stored in blocks.
    pub fn backward_input(&self, dy: &[f32], packed: &[Vec<Lane>], dx: &mut [Lane]) {
        let out = self.output();
        for ((rows, columns), weights) in self.phases().zip(packed) {
            let first = |phase: Phase, step: usize| phase.first * step as isize;
            let at = out.at(0, 0) as isize + first(rows, out.row()) + first(columns, out.column);
            let scan = Scan {
                rows: rows.inputs,
                columns: columns.inputs,
                from: Walk { at: at.max(0) as usize, column: out.column, row: out.row(), block: out.plane() },
                window: self.packing_back(rows, columns).window,
                to: Walk {
                    at: self.input.at(rows.remainder, columns.remainder) / LANES,
                    ..Walk::inside(self.input, self.stride)
                },
                outputs: self.input.shape.channels,
            };
            Sweep { scan, input: dy, weights, output: dx, finish: Finish::PLAIN }.run();
        }
    }

    fn phases(&self) -> impl Iterator<Item = (Phase, Phase)> + use<> {
        Phase::pairs(self.input.shape, self.kernel, self.stride)
    }

    /// Windows start in the frame.
    fn scan(&self) -> Scan {
        let (input, out, pad) = (self.input, self.output(), self.kernel / 2);
        Scan {
            rows: out.shape.height,
            columns: out.shape.width,
            from: Walk {
                at: input.at(0, 0) - pad * (input.row() + input.column),
                column: self.stride * input.column,
                row: self.stride * input.row(),
                block: input.plane(),
            },
            window: self.packing().window,
            to: Walk::inside(out, 1),
            outputs: self.outputs,
        }
    }

    fn packing(&self) -> Packing {
        packing(self.input, (self.kernel, self.kernel), self.outputs)
    }

    fn packing_back(&self, rows: Phase, columns: Phase) -> Packing {
        packing(self.output(), (rows.taps, columns.taps), self.input.shape.channels)
    }

    fn index(&self, Place { row, column, input, output }: Place) -> usize {
        ((row * self.kernel + column) * self.input.shape.channels + input) * self.outputs + output
    }
}

/// Windows of these extents over `input`.
fn packing(input: Extent, (rows, columns): (usize, usize), outputs: usize) -> Packing {
    let inputs = input.shape.channels;
    let run = columns * input.column;
    let tail = if columns == 1 { inputs - (input.blocks() - 1) * input.column } else { run };
    let window = Window { blocks: input.blocks(), rows, pitch: input.row(), run, tail };
    Packing { window, column: input.column, inputs, outputs }
}
