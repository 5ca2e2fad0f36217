//! Fully connected layer.

use super::correlation::Correlation;
use super::pack::{Packing, Place};
use super::sweep::{Finish, Scan, Sweep, Walk, Window};
use super::{Activation, Extent, LANES, Lane};

/// y = W·x + b, weights laid `[outputs][inputs]`.
///
/// A window that holds a whole vector; the vectors of a batch are its columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dense {
    /// Length of x.
    pub inputs: usize,
    /// Length of y.
    pub outputs: usize,
}

impl Dense {
    /// Number of weights.
    pub const fn weights(&self) -> usize {
        self.inputs * self.outputs
    }

    /// Weights as [`Dense::forward`] expects them.
    pub fn pack(&self, w: &[f32]) -> Vec<Lane> {
        packing(self.inputs, self.outputs).pack(|Place { input, output, .. }| w[output * self.inputs + input])
    }

    /// y ← finish(W·x), on every vector of a batch.
    pub fn forward(&self, x: &Activation, packed: &[Lane], finish: Finish, y: &mut Activation) {
        sweep(x, packed, finish, y);
    }

    /// dw, db ← dw, db + the gradients of a batch; db is empty where there is no bias.
    pub fn backward_weights(&self, x: &Activation, dy: &Activation, dw: &mut [f32], db: &mut [f32]) {
        let packing = packing(self.inputs, self.outputs);
        let mut sums = vec![Lane::default(); packing.len()];
        let (scan, input) = (scan(x, dy.extent()), bytemuck::cast_slice(x.lanes()));
        Correlation { scan, input, gradient: dy.lanes(), sums: &mut sums }.run();
        packing.visit(|lane, at, Place { input, output, .. }| dw[output * self.inputs + input] += sums[lane].0[at]);
        let extent = dy.extent();
        for image in 0..dy.images() {
            for (block, db) in db.chunks_mut(LANES).enumerate() {
                let dy = &dy.image(image)[extent.at(0, 0) + block * extent.plane()..];
                db.iter_mut().zip(dy).for_each(|(db, dy)| *db += dy);
            }
        }
    }

    /// Weights as [`Dense::backward_input`] expects them.
    pub fn pack_back(&self, w: &[f32]) -> Vec<Lane> {
        packing(self.outputs, self.inputs).pack(|Place { input, output, .. }| w[input * self.inputs + output])
    }

    /// dx ← the gradient of the input of a batch.
    pub fn backward_input(&self, dy: &Activation, packed: &[Lane], dx: &mut Activation) {
        sweep(dy, packed, Finish::PLAIN, dx);
    }
}

fn sweep(x: &Activation, packed: &[Lane], finish: Finish, y: &mut Activation) {
    let (scan, input) = (scan(x, y.extent()), bytemuck::cast_slice(x.lanes()));
    Sweep { scan, input, weights: packed, output: y.lanes_mut(), finish }.run();
}

/// The input and output vectors of a batch.
fn scan(x: &Activation, out: Extent) -> Scan {
    Scan {
        rows: 1,
        columns: x.images(),
        from: vectors_of(x.extent(), 1),
        window: packing(x.extent().shape.channels, out.shape.channels).window,
        to: vectors_of(out, LANES),
        outputs: out.shape.channels,
    }
}

fn packing(inputs: usize, outputs: usize) -> Packing {
    let blocks = inputs.div_ceil(LANES);
    let window = Window { blocks, rows: 1, pitch: 0, run: LANES, tail: inputs - (blocks - 1) * LANES };
    Packing { window, column: LANES, inputs, outputs }
}

/// A walk whose columns are the vectors of a batch, in units of `unit` values.
fn vectors_of(extent: Extent, unit: usize) -> Walk {
    Walk { at: extent.at(0, 0) / unit, column: extent.image() / unit, row: 0, block: extent.plane() / unit }
}
