//! Weights between the order of the parameters and the order in which a sweep reads them.

use super::sweep::Window;
use super::{LANES, Lane};

/// A weight's place: row and column of the window, input and output channel.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Row of the window.
    pub row: usize,
    /// Column of the window, in pixels.
    pub column: usize,
    /// Input channel.
    pub input: usize,
    /// Output channel.
    pub output: usize,
}

/// How the weights of a sweep are packed: for each block of outputs a lane for each value of a window.
#[derive(Clone, Copy, Debug)]
pub struct Packing {
    /// The contents of a window.
    pub window: Window,
    /// Values of a pixel in a window's row.
    pub column: usize,
    /// Input channels.
    pub inputs: usize,
    /// Output channels.
    pub outputs: usize,
}

impl Packing {
    /// Total number of lanes.
    pub fn len(&self) -> usize {
        self.outputs.div_ceil(LANES) * self.window.len()
    }

    /// Packs the weights that `weight` returns, with zeros for missing channels.
    pub fn pack(&self, weight: impl Fn(Place) -> f32) -> Vec<Lane> {
        let mut lanes = vec![Lane::default(); self.len()];
        self.visit(|lane, at, place| lanes[lane].0[at] = weight(place));
        lanes
    }

    /// Visits every weight: its lane, its position in the lane, and its place.
    pub fn visit(&self, mut visit: impl FnMut(usize, usize, Place)) {
        let mut lane = 0;
        for first in (0..self.outputs).step_by(LANES) {
            let here = LANES.min(self.outputs - first);
            for block in 0..self.window.blocks {
                for row in 0..self.window.rows {
                    for at in 0..self.window.run_of(block) {
                        let (column, input) = (at / self.column, block * self.column + at % self.column);
                        if input < self.inputs {
                            for output in 0..here {
                                visit(lane, output, Place { row, column, input, output: first + output });
                            }
                        }
                        lane += 1;
                    }
                }
            }
        }
    }
}
