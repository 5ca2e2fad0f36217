//! The memory layout of activations.
//!
//! Channels come in contiguous blocks of sixteen, a [`Lane`]; an activation is a plane of lanes for every
//! block, in a frame of zeros as wide as the widest window of the network needs (the blocked layout of oneDNN, with its
//! padding kept in memory). A window is then read in place wherever it is, the next pixel is always one lane away, and
//! sixteen outputs are summed at once. Kernels write only inside the frame.

use bytemuck::{Pod, Zeroable};

use super::Shape;

/// Channels in a block.
pub const LANES: usize = 16;

/// A value for each channel of a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
#[repr(C, align(64))]
pub struct Lane(pub [f32; LANES]);

/// Lanes that hold `values`, the last one filled up with zeros.
pub fn lanes_of(values: &[f32]) -> Vec<Lane> {
    let lane = |values: &[f32]| {
        let mut lane = Lane::default();
        lane.0[..values.len()].copy_from_slice(values);
        lane
    };
    values.chunks(LANES).map(lane).collect()
}

/// Shape and layout of one image's activation; distances are in values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Rows, columns and channels.
    pub shape: Shape,
    /// Zeros on every side of a plane.
    pub frame: usize,
    /// From a pixel to the next.
    pub column: usize,
}

impl Extent {
    /// Channels in blocks.
    pub const fn blocked(shape: Shape, frame: usize) -> Self {
        Self { shape, frame, column: LANES }
    }

    /// All channels in one block: for images, which have few.
    pub const fn packed(shape: Shape, frame: usize) -> Self {
        Self { shape, frame, column: shape.channels }
    }

    /// A flat vector; its values are contiguous.
    pub const fn vector(channels: usize) -> Self {
        Self::blocked(Shape::flat(channels), 0)
    }

    /// Blocks of channels.
    pub const fn blocks(self) -> usize {
        self.shape.channels.div_ceil(self.column)
    }

    /// From a row to the next.
    pub const fn row(self) -> usize {
        (self.shape.width + 2 * self.frame) * self.column
    }

    /// From a block of channels to the next.
    pub const fn plane(self) -> usize {
        (self.shape.height + 2 * self.frame) * self.row()
    }

    /// From an image to the next.
    pub const fn image(self) -> usize {
        (self.blocks() * self.plane()).next_multiple_of(LANES)
    }

    /// The offset of a pixel of the first block in its image.
    pub const fn at(self, y: usize, x: usize) -> usize {
        (y + self.frame) * self.row() + (x + self.frame) * self.column
    }

    /// The offset of a value in its image.
    pub const fn place(self, y: usize, x: usize, channel: usize) -> usize {
        channel / self.column * self.plane() + self.at(y, x) + channel % self.column
    }

    /// Calls `visit` with row, column and channel of every value.
    fn each(self, mut visit: impl FnMut(usize, usize, usize)) {
        let Shape { height, width, channels } = self.shape;
        for channel in 0..channels {
            for y in 0..height {
                (0..width).for_each(|x| visit(y, x, channel));
            }
        }
    }

    /// The lanes of each row of one block inside the frame, over `images` images.
    pub fn rows(self, block: usize, images: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
        let (height, width) = (self.shape.height, self.shape.width);
        let first = block * self.plane() + self.at(0, 0);
        (0..images * height).map(move |row| {
            let from = (row / height * self.image() + first + row % height * self.row()) / LANES;
            from..from + width
        })
    }
}

/// The activations of some images.
#[derive(Clone, Debug)]
pub struct Activation {
    extent: Extent,
    images: usize,
    lanes: Vec<Lane>,
}

impl Activation {
    /// Nothing, in place of one that is elsewhere.
    pub const fn none() -> Self {
        Self { extent: Extent::vector(0), images: 0, lanes: Vec::new() }
    }

    /// All zeros.
    pub fn zeros(extent: Extent, images: usize) -> Self {
        Self { extent, images, lanes: vec![Lane::default(); images * extent.image() / LANES] }
    }

    /// Shape and layout of each image.
    pub fn extent(&self) -> Extent {
        self.extent
    }

    /// The number of images.
    pub fn images(&self) -> usize {
        self.images
    }

    /// Everything, frames included.
    pub fn lanes(&self) -> &[Lane] {
        &self.lanes
    }

    /// Everything, frames included: they must stay zero.
    pub fn lanes_mut(&mut self) -> &mut [Lane] {
        &mut self.lanes
    }

    /// One image, frame included.
    pub fn image(&self, image: usize) -> &[f32] {
        let length = self.extent.image();
        &bytemuck::cast_slice(&self.lanes)[image * length..][..length]
    }

    /// One image, frame included: it must stay zero.
    pub fn image_mut(&mut self, image: usize) -> &mut [f32] {
        let length = self.extent.image();
        &mut bytemuck::cast_slice_mut(&mut self.lanes)[image * length..][..length]
    }

    /// The lanes of one image, frame included.
    pub fn image_lanes(&self, image: usize) -> &[Lane] {
        let length = self.extent.image() / LANES;
        &self.lanes[image * length..][..length]
    }

    /// The lanes of one image, frame included: it must stay zero.
    pub fn image_lanes_mut(&mut self, image: usize) -> &mut [Lane] {
        let length = self.extent.image() / LANES;
        &mut self.lanes[image * length..][..length]
    }

    /// Writes one image, given channels-last.
    pub fn lay(&mut self, image: usize, values: &[f32]) {
        let extent = self.extent;
        let Shape { width, channels, .. } = extent.shape;
        let place = self.image_mut(image);
        for (pixel, values) in values.chunks_exact(channels).enumerate() {
            for (channel, value) in values.iter().enumerate() {
                place[extent.place(pixel / width, pixel % width, channel)] = *value;
            }
        }
    }

    /// One image that is a flat vector without a frame.
    pub fn vector(&self, image: usize) -> &[f32] {
        debug_assert!(self.extent == Extent::vector(self.extent.shape.channels));
        &self.image(image)[..self.extent.shape.channels]
    }

    /// One image, which is a flat vector without a frame.
    pub fn vector_mut(&mut self, image: usize) -> &mut [f32] {
        let channels = self.extent.shape.channels;
        debug_assert!(self.extent == Extent::vector(channels));
        &mut self.image_mut(image)[..channels]
    }

    /// One image, from another activation of this shape, whatever its layout.
    pub fn copy_image(&mut self, image: usize, from: &Self, other: usize) {
        if self.extent == from.extent {
            self.image_lanes_mut(image).copy_from_slice(from.image_lanes(other));
        } else {
            self.lay(image, &from.read(other));
        }
    }

    /// Writes every value of `x` where `place` says, given row, column and channel; images stay.
    pub fn scatter(&mut self, x: &Self, place: impl Fn(usize, usize, usize) -> (usize, usize, usize)) {
        let (from, to) = (x.extent, self.extent);
        for image in 0..x.images {
            let (values, out) = (x.image(image), self.image_mut(image));
            from.each(|y, x, channel| {
                let (row, column, into) = place(y, x, channel);
                out[to.place(row, column, into)] = values[from.place(y, x, channel)];
            });
        }
    }

    /// Reads every value of this from where `place` says in `x`: the other way round.
    pub fn gather(&mut self, x: &Self, place: impl Fn(usize, usize, usize) -> (usize, usize, usize)) {
        let (from, to) = (x.extent, self.extent);
        for image in 0..x.images {
            let (values, out) = (x.image(image), self.image_mut(image));
            to.each(|y, x, channel| {
                let (row, column, of) = place(y, x, channel);
                out[to.place(y, x, channel)] = values[from.place(row, column, of)];
            });
        }
    }

    /// The single pixel of one image, copied.
    pub fn read_vector(&self, image: usize, out: &mut [f32]) {
        let (extent, values) = (self.extent, self.image(image));
        for (block, out) in out.chunks_mut(LANES).enumerate() {
            out.copy_from_slice(&values[extent.at(0, 0) + block * extent.plane()..][..out.len()]);
        }
    }

    /// One image, channels-last.
    pub fn read(&self, image: usize) -> Vec<f32> {
        self.values(image).collect()
    }

    /// One image, value by value, channels-last.
    pub fn values(&self, image: usize) -> impl Iterator<Item = f32> {
        let (extent, values) = (self.extent, self.image(image));
        let Shape { width, channels, .. } = extent.shape;
        let value = move |index: usize| {
            let (pixel, channel) = (index / channels, index % channels);
            values[extent.place(pixel / width, pixel % width, channel)]
        };
        (0..extent.shape.len()).map(value)
    }
}
