//! Pooling.

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
    /// How the window moves; its padding is narrower than its span, so that no window is empty.
    pub slide: Slide,
    /// What it makes of the values.
    pub pooling: Pooling,
}

impl Pool {
    /// Calls `visit` with the lane of each output over some images, and the lanes under its window.
    fn each(&self, images: usize, mut visit: impl FnMut(usize, &mut dyn Iterator<Item = usize>)) {
        let (input, output, Slide { window, stride, dilation, padding }) = (self.input, self.output, self.slide);
        let lane = |extent: Extent, (image, block): (usize, usize), y: usize, x: usize| {
            (image * extent.image() + block * extent.plane() + extent.at(y, x)) / LANES
        };
        for plane in 0..images * output.blocks() {
            let plane = (plane / output.blocks(), plane % output.blocks());
            for pixel in 0..output.shape.pixels() {
                let (y, x) = (pixel / output.shape.width, pixel % output.shape.width);
                let rows = seen(y * stride.rows, padding.top, window.rows, dilation.rows, input.shape.height);
                let columns =
                    || seen(x * stride.columns, padding.left, window.columns, dilation.columns, input.shape.width);
                let mut taps = rows.flat_map(|row| columns().map(move |column| lane(input, plane, row, column)));
                visit(lane(output, plane, y, x), &mut taps);
            }
        }
    }

    /// y ← what is made of each window.
    pub fn forward(&self, x: &Activation, y: &mut Activation) {
        let x = x.lanes();
        self.each(y.images(), |to, taps| {
            let lane = match self.pooling {
                Pooling::Max => {
                    let first = taps.next().map_or([0.0; LANES], |at| x[at].0);
                    taps.fold(first, |most, at| std::array::from_fn(|lane| most[lane].max(x[at].0[lane])))
                }
                Pooling::Average => {
                    let mut count = 0.0f32;
                    let sum = taps.fold([0.0; LANES], |sum: [f32; LANES], at| {
                        count += 1.0;
                        std::array::from_fn(|lane| sum[lane] + x[at].0[lane])
                    });
                    sum.map(|sum| sum / count)
                }
            };
            y.lanes_mut()[to] = Lane(lane);
        });
    }

    /// dx ← the gradient of the input. That of a maximum goes to where it was, the first place of equals; that of a
    /// mean to every value in equal parts.
    pub fn backward(&self, x: &Activation, dy: &Activation, dx: &mut Activation) {
        dx.lanes_mut().fill(Lane::default());
        let (x, dx) = (x.lanes(), dx.lanes_mut());
        let mut window = Vec::new();
        self.each(dy.images(), |to, taps| {
            window.clear();
            window.extend(taps);
            let dy = dy.lanes()[to].0;
            match self.pooling {
                Pooling::Max => {
                    for (lane, dy) in dy.into_iter().enumerate() {
                        let better = |best: usize, at: usize| if x[at].0[lane] > x[best].0[lane] { at } else { best };
                        if let Some(winner) = window.iter().copied().reduce(better) {
                            dx[winner].0[lane] += dy;
                        }
                    }
                }
                Pooling::Average => {
                    let count = window.len() as f32;
                    for at in &window {
                        dx[*at].0.iter_mut().zip(dy).for_each(|(dx, dy)| *dx += dy / count);
                    }
                }
            }
        });
    }
}

/// The places along a side of `length` that the taps of a window see whose first is `at` in the padded side.
fn seen(at: usize, padding: usize, taps: usize, gap: usize, length: usize) -> impl Iterator<Item = usize> {
    (0..taps).filter_map(move |tap| (at + tap * gap).checked_sub(padding)).filter(move |place| *place < length)
}
