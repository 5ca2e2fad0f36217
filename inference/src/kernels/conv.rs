//! Dense convolution.

use std::ops::Range;

use super::correlation::Correlation;
use super::pack::{Packing, Place};
use super::phase::Phase;
use super::sweep::{Finish, Scan, Sweep, Walk, Window};
use super::{Extent, LANES, Lane, Sides, Slide};

/// A convolution, weights laid `[row][column][input of the group][output]`.
///
/// Groups are computed by themselves where their channels fill whole blocks, and otherwise as few together as do. Gaps
/// between taps, and weights between one group and another computed together, are zeros among the packed weights.
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

/// Channels that are computed together, and where their weights are among the packed ones.
pub struct Bundle {
    inputs: Range<usize>,
    /// Output channels.
    pub outputs: Range<usize>,
    /// The order of its weights.
    pub packing: Packing,
    lanes: Range<usize>,
}

impl Bundle {
    /// A place among its channels as one among all.
    pub fn place(&self, Place { row, column, input, output }: Place) -> Place {
        Place { row, column, input: self.inputs.start + input, output: self.outputs.start + output }
    }
}

impl Conv {
    /// Number of weights.
    pub const fn weights(&self) -> usize {
        self.slide.window.area() * (self.input.shape.channels / self.groups) * self.output.shape.channels
    }

    /// Weights as [`Conv::forward`] expects them.
    pub fn pack(&self, w: &[f32]) -> Vec<Lane> {
        let pack =
            |bundle: Bundle| bundle.packing.pack(|place| self.index(bundle.place(place)).map_or(0.0, |at| w[at]));
        self.bundles().flat_map(pack).collect()
    }

    /// y ← finish(x ∗ w), on one image.
    pub fn forward(&self, x: &[f32], packed: &[Lane], finish: Finish, y: &mut [Lane]) {
        for bundle in self.bundles() {
            let bias = finish.bias.get(bundle.outputs.start / LANES..).unwrap_or_default();
            let (finish, weights) = (Finish { bias, ..finish }, &packed[bundle.lanes.clone()]);
            Sweep { scan: self.scan(&bundle), input: x, weights, output: y, finish }.run();
        }
    }

    /// sums ← sums + the gradient of the weights, packed, from one image.
    pub fn backward_weights(&self, x: &[f32], dy: &[Lane], sums: &mut [Lane]) {
        for bundle in self.bundles() {
            let sums = &mut sums[bundle.lanes.clone()];
            Correlation { scan: self.scan(&bundle), input: x, gradient: dy, sums }.run();
        }
    }

    /// Zero sums, for [`Conv::backward_weights`].
    pub fn no_sums(&self) -> Vec<Lane> {
        vec![Lane::default(); self.bundles().last().map_or(0, |bundle| bundle.lanes.end)]
    }

    /// dw ← dw + sums.
    pub fn unpack(&self, sums: &[Lane], dw: &mut [f32]) {
        for bundle in self.bundles() {
            let sums = &sums[bundle.lanes.clone()];
            bundle.packing.visit(|lane, at, place| {
                if let Some(index) = self.index(bundle.place(place)) {
                    dw[index] += sums[lane].0[at];
                }
            });
        }
    }

    /// Weights as [`Conv::backward_input`] expects them.
    pub fn pack_back(&self, w: &[f32]) -> Vec<Vec<Lane>> {
        let pack = |(rows, columns): (Phase, Phase)| {
            let window = Sides { rows: rows.taps, columns: columns.taps };
            let pack = |bundle: Bundle| {
                bundle.packing.pack(|place| {
                    // The inputs are gradients of outputs.
                    let Place { row, column, input, output } = bundle.place(place);
                    let (row, column) = (rows.tap(row), columns.tap(column));
                    self.index(Place { row, column, input: output, output: input }).map_or(0.0, |at| w[at])
                })
            };
            self.bundles_back(window).flat_map(pack).collect()
        };
        self.phases().map(pack).collect()
    }

    /// dx ← the gradient of the input of one image, stored in blocks. The frame of the output is as wide as
    /// [`frame_for_gradients`](super::frame_for_gradients) says.
    pub fn backward_input(&self, dy: &[f32], packed: &[Vec<Lane>], dx: &mut [Lane]) {
        let (out, to) = (self.output, Walk::inside(self.input, self.slide.stride));
        for ((rows, columns), packed) in self.phases().zip(packed) {
            let first = |phase: Phase, step: usize| phase.first * step as isize;
            let at = out.at(0, 0) as isize + first(rows, out.row()) + first(columns, out.column);
            for bundle in self.bundles_back(Sides { rows: rows.taps, columns: columns.taps }) {
                let from = at.max(0) as usize + bundle.inputs.start / LANES * out.plane();
                let at = self.input.at(rows.remainder, columns.remainder) / LANES;
                let scan = Scan {
                    rows: rows.inputs,
                    columns: columns.inputs,
                    from: Walk { at: from, column: out.column, row: out.row(), block: out.plane() },
                    window: bundle.packing.window,
                    to: Walk { at: at + bundle.outputs.start / LANES * to.block, ..to },
                    outputs: bundle.outputs.len(),
                };
                let weights = &packed[bundle.lanes.clone()];
                Sweep { scan, input: dy, weights, output: dx, finish: Finish::PLAIN }.run();
            }
        }
    }

    fn phases(&self) -> impl Iterator<Item = (Phase, Phase)> + use<> {
        Phase::pairs(self.input.shape, self.slide)
    }

    /// Windows start in the frame.
    pub(super) fn scan(&self, bundle: &Bundle) -> Scan {
        let (input, out, Slide { stride, padding, .. }) = (self.input, self.output, self.slide);
        let to = Walk::inside(out, Sides::both(1));
        let corner = input.at(0, 0) - padding.top * input.row() - padding.left * input.column;
        Scan {
            rows: out.shape.height,
            columns: out.shape.width,
            from: Walk {
                at: corner + bundle.inputs.start / input.column * input.plane(),
                column: stride.columns * input.column,
                row: stride.rows * input.row(),
                block: input.plane(),
            },
            window: bundle.packing.window,
            to: Walk { at: to.at + bundle.outputs.start / LANES * to.block, ..to },
            outputs: bundle.outputs.len(),
        }
    }

    /// Inputs and outputs of a group.
    const fn group(&self) -> (usize, usize) {
        (self.input.shape.channels / self.groups, self.output.shape.channels / self.groups)
    }

    /// What is computed together, in order.
    pub(super) fn bundles(&self) -> impl Iterator<Item = Bundle> + use<> {
        let (inputs, outputs) = self.group();
        self.bundled(self.input, self.slide.span(), inputs, outputs)
    }

    /// The same from gradients of outputs to those of inputs, with a window of this extent.
    fn bundles_back(&self, window: Sides) -> impl Iterator<Item = Bundle> + use<> {
        let (inputs, outputs) = self.group();
        self.bundled(self.output, window, outputs, inputs)
    }

    /// Bundles that read `from`, where a group has so many inputs and outputs.
    fn bundled(
        &self,
        from: Extent,
        window: Sides,
        inputs: usize,
        outputs: usize,
    ) -> impl Iterator<Item = Bundle> + use<> {
        // All of them are powers of two, so that the larger fills blocks of both.
        let filling = |channels: usize| LANES >> channels.trailing_zeros().min(LANES.trailing_zeros());
        let packed = self.input.column != LANES;
        let groups = self.groups;
        let together = if packed { groups } else { filling(inputs).max(filling(outputs)).min(groups) };
        let mut lanes = 0..0;
        (0..groups).step_by(together).map(move |first| {
            let last = (first + together).min(groups);
            let (inputs, outputs) = (first * inputs..last * inputs, first * outputs..last * outputs);
            let packing = packing(from, window, inputs.len(), outputs.len());
            lanes = lanes.end..lanes.end + packing.len();
            Bundle { inputs, outputs, packing, lanes: lanes.clone() }
        })
    }

    /// Which weight is at a place; none where taps are apart and between groups.
    pub(super) fn index(&self, Place { row, column, input, output }: Place) -> Option<usize> {
        let (inputs, outputs) = (self.input.shape.channels, self.output.shape.channels);
        if self.groups == 1 && self.slide.dilation == Sides::both(1) {
            return Some(((row * self.slide.window.columns + column) * inputs + input) * outputs + output);
        }
        let (inputs, ours) = self.group();
        let tap = self.slide.tap(row, column).filter(|_| input / inputs == output / ours)?;
        Some((tap * inputs + input % inputs) * outputs + output)
    }
}

/// Windows of these extents over some of the channels of `from`.
fn packing(from: Extent, window: Sides, inputs: usize, outputs: usize) -> Packing {
    let (blocks, run) = (inputs.div_ceil(from.column), window.columns * from.column);
    let tail = if window.columns == 1 { inputs - (blocks - 1) * from.column } else { run };
    let window = Window { blocks, rows: window.rows, pitch: from.row(), run, tail };
    Packing { window, column: from.column, inputs, outputs }
}
