//! Activations in codes.

use super::super::{Activation, Extent, Shape};
use crate::quantise::Grid;

/// Bytes after the last value: a window reads four values at a time, and some of them may lie beyond.
const SLACK: usize = 4;

/// The codes of one image's activation, laid out as numbers are: distances are the same, in bytes. Frames and missing
/// channels hold the code of zero.
#[derive(Clone, Debug)]
pub struct Codes {
    extent: Extent,
    bytes: Vec<u8>,
}

impl Codes {
    /// All of them `zero`, the code of zero.
    pub fn zeros(extent: Extent, zero: u8) -> Self {
        Self { extent, bytes: vec![zero; extent.image() + SLACK] }
    }

    /// Nothing, in place of one that is elsewhere.
    pub const fn none() -> Self {
        Self { extent: Extent::vector(0), bytes: Vec::new() }
    }

    /// Shape and layout.
    pub fn extent(&self) -> Extent {
        self.extent
    }

    /// Everything, frames included.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Everything, frames included: they must stay as they are.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// Writes the codes of numbers that are laid out alike.
    pub fn round(&mut self, grid: Grid, x: &Activation) {
        let rounding = grid.rounding();
        for (line, here) in lines(self.extent) {
            let numbers = &x.image(0)[line..][..here];
            let codes = &mut self.bytes[line..][..here];
            codes.iter_mut().zip(numbers).for_each(|(code, x)| *code = rounding.code(*x));
        }
    }

    /// Writes the numbers that the codes stand for into `y`, which is laid out alike.
    pub fn restore(&self, grid: Grid, y: &mut Activation) {
        for (line, here) in lines(self.extent) {
            let codes = &self.bytes[line..][..here];
            let numbers = &mut y.image_mut(0)[line..][..here];
            numbers.iter_mut().zip(codes).for_each(|(y, code)| *y = grid.value(*code));
        }
    }

    /// Writes the codes of numbers, given channels-last.
    pub fn lay(&mut self, grid: Grid, values: &[f32]) {
        let (extent, rounding) = (self.extent, grid.rounding());
        let Shape { width, channels, .. } = extent.shape;
        for (pixel, values) in values.chunks_exact(channels).enumerate() {
            for (channel, value) in values.iter().enumerate() {
                self.bytes[extent.place(pixel / width, pixel % width, channel)] = rounding.code(*value);
            }
        }
    }

    /// The codes, channels-last.
    pub fn codes(&self) -> impl Iterator<Item = u8> {
        let extent = self.extent;
        let Shape { width, channels, .. } = extent.shape;
        (0..extent.shape.len()).map(move |index| {
            let (pixel, channel) = (index / channels, index % channels);
            self.bytes[extent.place(pixel / width, pixel % width, channel)]
        })
    }
}

/// The runs of values inside the frame, missing channels included: a row of a block each. Where they start, and how
/// many there are.
fn lines(extent: Extent) -> impl Iterator<Item = (usize, usize)> {
    let Shape { height, width, .. } = extent.shape;
    (0..extent.blocks() * height)
        .map(move |row| (row / height * extent.plane() + extent.at(row % height, 0), width * extent.column))
}
