//! Dense convolution.

use super::correlation::Correlation;
use super::pack::{Packing, Place};
use super::phase::Phase;
use super::sweep::{Finish, Scan, Sweep, Walk, Window};
use super::{Extent, LANES, Lane, Sides, Slide};

/// A convolution, weights laid `[row][column][input of the group][output]`.
///
/// Gaps between taps and weights between one group and another are zeros among the packed weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv {
    /// Extent of the input; its frame holds the padding.
    pub input: Extent,
    /// Extent of the output, in blocks.
    pub output: Extent,
    /// How the window moves.
    pub slide: Slide,
    /// Groups of channels: an output reads the inputs of its own group.
    pub groups: usize,
}

impl Conv {
    /// Number of weights.
    pub const fn weights(&self) -> usize {
        self.slide.window.area() * (self.input.shape.channels / self.groups) * self.output.shape.channels
    }

    /// Weights as [`Conv::forward`] expects them.
    pub fn pack(&self, w: &[f32]) -> Vec<Lane> {
        self.packing().pack(|place| self.index(place).map_or(0.0, |at| w[at]))
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
        self.packing().visit(|lane, at, place| {
            if let Some(index) = self.index(place) {
                dw[index] += sums[lane].0[at];
            }
        });
    }

    /// Weights as [`Conv::backward_input`] expects them.
    pub fn pack_back(&self, w: &[f32]) -> Vec<Vec<Lane>> {
        let pack = |(rows, columns): (Phase, Phase)| {
            self.packing_back(rows, columns).pack(|Place { row, column, input, output }| {
                // The inputs are gradients of outputs.
                let (row, column) = (rows.tap(row), columns.tap(column));
                self.index(Place { row, column, input: output, output: input }).map_or(0.0, |at| w[at])
            })
        };
        self.phases().map(pack).collect()
    }

    /// dx ← the gradient of the input of one image, stored in blocks. The frame of the output is as wide as
    /// [`frame_for_gradients`](super::frame_for_gradients) says.
    pub fn backward_input(&self, dy: &[f32], packed: &[Vec<Lane>], dx: &mut [Lane]) {
        let out = self.output;
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
                    ..Walk::inside(self.input, self.slide.stride)
                },
                outputs: self.input.shape.channels,
            };
            Sweep { scan, input: dy, weights, output: dx, finish: Finish::PLAIN }.run();
        }
    }

    fn phases(&self) -> impl Iterator<Item = (Phase, Phase)> + use<> {
        Phase::pairs(self.input.shape, self.slide)
    }

    /// Windows start in the frame.
    fn scan(&self) -> Scan {
        let (input, out, Slide { stride, padding, .. }) = (self.input, self.output, self.slide);
        Scan {
            rows: out.shape.height,
            columns: out.shape.width,
            from: Walk {
                at: input.at(0, 0) - padding.top * input.row() - padding.left * input.column,
                column: stride.columns * input.column,
                row: stride.rows * input.row(),
                block: input.plane(),
            },
            window: self.packing().window,
            to: Walk::inside(out, Sides::both(1)),
            outputs: out.shape.channels,
        }
    }

    fn packing(&self) -> Packing {
        packing(self.input, self.slide.span(), self.output.shape.channels)
    }

    fn packing_back(&self, rows: Phase, columns: Phase) -> Packing {
        packing(self.output, Sides { rows: rows.taps, columns: columns.taps }, self.input.shape.channels)
    }

    /// Which weight is at a place; none where taps are apart and between groups.
    fn index(&self, Place { row, column, input, output }: Place) -> Option<usize> {
        let (inputs, outputs) = (self.input.shape.channels, self.output.shape.channels);
        if self.groups == 1 && self.slide.dilation == Sides::both(1) {
            return Some(((row * self.slide.window.columns + column) * inputs + input) * outputs + output);
        }
        let (inputs, ours) = (inputs / self.groups, outputs / self.groups);
        let tap = self.slide.tap(row, column).filter(|_| input / inputs == output / ours)?;
        Some((tap * inputs + input % inputs) * outputs + output)
    }
}

/// Windows of these extents over `input`.
fn packing(input: Extent, window: Sides, outputs: usize) -> Packing {
    let inputs = input.shape.channels;
    let run = window.columns * input.column;
    let tail = if window.columns == 1 { inputs - (input.blocks() - 1) * input.column } else { run };
    let window = Window { blocks: input.blocks(), rows: window.rows, pitch: input.row(), run, tail };
    Packing { window, column: input.column, inputs, outputs }
}
