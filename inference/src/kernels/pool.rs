//! Pooling.

use std::ops::Range;

use super::sweep::Walk;
use super::vectorised::vectorised;
use super::{Activation, Extent, LANES, Lane, Sides, Slide};

/// y ← the mean over pixels, a channel at a time.
pub fn global_average(x: &Activation, y: &mut Activation) {
    let extent = x.extent();
    let share = 1.0 / extent.shape.pixels() as f32;
    let to = Walk::inside(y.extent(), Sides::both(1));
    vectorised(
        #[inline(always)]
        || {
            for block in 0..extent.blocks() {
                let mut rows = extent.rows(block, x.images());
                for image in 0..x.images() {
                    let mut sum = [0.0f32; LANES];
                    for row in rows.by_ref().take(extent.shape.height) {
                        for x in &x.lanes()[row] {
                            sum.iter_mut().zip(x.0).for_each(|(sum, x)| *sum += x);
                        }
                    }
                    y.image_lanes_mut(image)[to.at + block * to.block] = Lane(sum.map(|sum| sum * share));
                }
            }
        },
    );
}

/// dx ← the gradient of the input of [`global_average`].
pub fn global_average_backward(dy: &Activation, dx: &mut Activation) {
    let extent = dx.extent();
    let share = 1.0 / extent.shape.pixels() as f32;
    let from = Walk::inside(dy.extent(), Sides::both(1));
    for block in 0..extent.blocks() {
        for (row, lanes) in extent.rows(block, dy.images()).enumerate() {
            let dy = dy.image_lanes(row / extent.shape.height)[from.at + block * from.block];
            dx.lanes_mut()[lanes].fill(Lane(dy.0.map(|dy| dy * share)));
        }
    }
}

/// What a pool makes of the values under its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pooling {
    /// The largest.
    Max,
    /// Their mean.
    Average,
}

/// One value for each position of a window, a channel at a time. Padding is left out of it: a window at the edge pools
/// what it has of the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Extent of the input, in blocks.
    pub input: Extent,
    /// Extent of the output, in blocks.
    pub output: Extent,
    /// How the window moves. Its padding is narrower than the window, so that none is empty, and its taps are adjacent.
    pub slide: Slide,
    /// What it makes of the values.
    pub pooling: Pooling,
}

/// The part of a window that lies on the image: some rows of adjacent lanes.
#[derive(Clone, Copy)]
struct Patch {
    /// The first lane.
    first: usize,
    /// Rows.
    rows: usize,
    /// Lanes in each of them.
    columns: usize,
    /// From a row to the next, in lanes.
    row: usize,
}

impl Patch {
    /// Its lanes, row by row.
    fn rows(self) -> impl Iterator<Item = Range<usize>> {
        (0..self.rows).map(move |row| self.first + row * self.row).map(move |first| first..first + self.columns)
    }

    /// What `join` makes of its lanes, one after the other.
    #[inline(always)]
    fn fold(self, x: &[Lane], first: f32, join: impl Fn(f32, f32) -> f32) -> [f32; LANES] {
        let mut made = [first; LANES];
        for row in self.rows() {
            for x in &x[row] {
                (0..LANES).for_each(|lane| made[lane] = join(made[lane], x.0[lane]));
            }
        }
        made
    }

    /// The number of its lanes.
    fn count(self) -> f32 {
        (self.rows * self.columns) as f32
    }
}

impl Pool {
    /// Calls `visit` with the lane of each output over some images, and the patch that it sees.
    #[inline(always)]
    fn each(&self, images: usize, mut visit: impl FnMut(usize, Patch)) {
        let (input, output, Slide { window, stride, padding, .. }) = (self.input, self.output, self.slide);
        for plane in 0..images * output.blocks() {
            let (image, block) = (plane / output.blocks(), plane % output.blocks());
            let lane =
                |extent: Extent, y, x| (image * extent.image() + block * extent.plane() + extent.at(y, x)) / LANES;
            for y in 0..output.shape.height {
                let rows = seen(y * stride.rows, padding.top, window.rows, input.shape.height);
                for x in 0..output.shape.width {
                    let columns = seen(x * stride.columns, padding.left, window.columns, input.shape.width);
                    let patch = Patch {
                        first: lane(input, rows.start, columns.start),
                        rows: rows.len(),
                        columns: columns.len(),
                        row: input.row() / LANES,
                    };
                    visit(lane(output, y, x), patch);
                }
            }
        }
    }

    /// y ← what is made of each window.
    pub fn forward(&self, x: &Activation, y: &mut Activation) {
        let (images, x, y) = (y.images(), x.lanes(), y.lanes_mut());
        vectorised(
            #[inline(always)]
            || match self.pooling {
                Pooling::Max => self.each(
                    images,
                    #[inline(always)]
                    |to, patch| y[to].0 = patch.fold(x, f32::NEG_INFINITY, f32::max),
                ),
                Pooling::Average => self.each(
                    images,
                    #[inline(always)]
                    |to, patch| {
                        let count = patch.count();
                        y[to].0 = patch.fold(x, 0.0, |sum, x| sum + x).map(|sum| sum / count);
                    },
                ),
            },
        );
    }

    /// dx ← the gradient of the input. That of a maximum goes to where it was, the first place of equals; that of a
    /// mean to every value in equal parts.
    pub fn backward(&self, x: &Activation, dy: &Activation, dx: &mut Activation) {
        dx.lanes_mut().fill(Lane::default());
        let (x, dx) = (x.lanes(), dx.lanes_mut());
        self.each(dy.images(), |to, patch| {
            let dy = dy.lanes()[to].0;
            match self.pooling {
                Pooling::Max => {
                    let mut winners = [patch.first; LANES];
                    for at in patch.rows().flatten() {
                        let better =
                            |lane: usize| if x[at].0[lane] > x[winners[lane]].0[lane] { at } else { winners[lane] };
                        winners = std::array::from_fn(better);
                    }
                    winners.into_iter().enumerate().for_each(|(lane, winner)| dx[winner].0[lane] += dy[lane]);
                }
                Pooling::Average => {
                    let share = dy.map(|dy| dy / patch.count());
                    for row in patch.rows() {
                        dx[row].iter_mut().for_each(|dx| dx.0 = each_lane(|lane| dx.0[lane] + share[lane]));
                    }
                }
            }
        });
    }
}

fn each_lane(value: impl Fn(usize) -> f32) -> [f32; LANES] {
    std::array::from_fn(value)
}

/// The places along a side of `length` under a window of `taps` that starts at `at` of the padded side.
fn seen(at: usize, padding: usize, taps: usize, length: usize) -> Range<usize> {
    at.saturating_sub(padding)..(at + taps).saturating_sub(padding).min(length)
}

#[cfg(test)]
mod tests {
    use super::super::Shape;
    use super::*;

    /// Two windows of 2×2: in the first 1 is the largest, at the top left first; in the second 3, at the top right first.
    #[test]
    fn of_equal_values_the_first_gets_the_gradient() {
        let extent = |height, width| Extent::blocked(Shape { height, width, channels: 1 }, 1);
        let laid = |extent: Extent, values: &[f32]| {
            let mut activation = Activation::zeros(extent, 1);
            activation.lay(0, values);
            activation
        };
        let x = laid(extent(2, 4), &[1.0, 1.0, 0.0, 3.0, 1.0, 0.0, 3.0, 3.0]);
        let dy = laid(extent(1, 2), &[5.0, 7.0]);
        let mut dx = x.clone();
        let slide = Slide::tiled(Sides::both(2));
        Pool { input: x.extent(), output: dy.extent(), slide, pooling: Pooling::Max }.backward(&x, &dy, &mut dx);
        assert_eq!(dx.read(0), [5.0, 0.0, 0.0, 7.0, 0.0, 0.0, 0.0, 0.0]);
    }
}
