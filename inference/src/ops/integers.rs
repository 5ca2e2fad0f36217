//! Layers in integers, which all kinds of layers have in common.

use super::layer::Folded;
use super::{Op, Site};
use crate::kernels::integer::{Codes, Output, Product, Rescale};
use crate::kernels::{Lane, lanes_of};
use crate::quantise::{Bits, Grid, Rows};
use crate::weights::Weights;

/// The grids of what a layer reads and makes.
#[derive(Clone, Copy, Debug)]
pub struct Grids {
    /// Of its input.
    pub input: Grid,
    /// Of what is added to its sums, if something is.
    pub other: Option<Grid>,
    /// Of what it makes; none if these are floats.
    pub output: Option<Grid>,
}

/// A layer of integer weights, ready to run.
pub struct Integers {
    product: Product,
    rescale: Rescale,
}

impl Integers {
    /// Rounds the weights of a layer to so many bits.
    ///
    /// # Panics
    /// If the op is no layer.
    pub fn new(op: &dyn Op, site: &Site, weights: &Weights, bits: Bits, grids: Grids) -> Self {
        let folded = op.folded(site, weights).expect("a layer");
        let rows = Rows::fitted(&folded.weights, folded.length, bits);
        let product = op.product(site, &rows.codes(), grids.input.zero_point).expect("a layer");
        Self { product, rescale: rescale(&folded, &rows, grids) }
    }

    /// Writes what it makes of `x`, and of what is added.
    pub fn run(&self, x: &Codes, other: Option<&Codes>, output: &mut Output) {
        self.product.run(x, &self.rescale, other, output);
    }
}

/// From sums of products of codes to what is written: s_x·s_w[channel] to a unit, in steps of the output.
fn rescale(folded: &Folded, rows: &Rows, Grids { input, other, output }: Grids) -> Rescale {
    let step = output.map_or(1.0, |grid| f64::from(grid.scale));
    let zero = output.map_or(0.0, |grid| f32::from(grid.zero_point));
    let factor = |scale: &f32| (f64::from(input.scale) * f64::from(*scale) / step) as f32;
    let shift = |bias: &f32| (f64::from(*bias) / step + f64::from(zero)) as f32;
    let factors: Vec<f32> = rows.scales().iter().map(factor).collect();
    let shifts: Vec<f32> = folded.bias.iter().map(shift).collect();
    let mut shift = lanes_of(&shifts);
    // Missing channels hold zero.
    if let Some(Lane(last)) = shift.last_mut() {
        let missing = shifts.len().next_multiple_of(last.len()) - shifts.len();
        let there = last.len() - missing;
        last[there..].fill(zero);
    }
    Rescale {
        factor: lanes_of(&factors),
        shift,
        other: other.map(|grid| (f32::from(grid.zero_point), (f64::from(grid.scale) / step) as f32)),
        low: match output {
            _ if folded.floor == 0.0 => zero,
            Some(_) => 0.0,
            None => f32::NEG_INFINITY,
        },
        high: output.map_or(f32::INFINITY, |grid| f32::from(grid.bits.top())).min(folded.ceiling / step as f32 + zero),
    }
}
