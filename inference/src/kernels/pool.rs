//! Pooling.

use super::vectorised::vectorised;
use super::{Activation, Extent, LANES, Lane, Shape};

/// y ← the mean over pixels, a channel at a time.
pub fn global_average(x: &Activation, y: &mut Activation) {
    let extent = x.extent();
    let share = 1.0 / extent.shape.pixels() as f32;
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
                    y.image_lanes_mut(image)[block] = Lane(sum.map(|sum| sum * share));
                }
            }
        },
    );
}

/// dx ← the gradient of the input of [`global_average`].
pub fn global_average_backward(dy: &Activation, dx: &mut Activation) {
    let extent = dx.extent();
    let share = 1.0 / extent.shape.pixels() as f32;
    let blocks = extent.blocks();
    for block in 0..blocks {
        for (row, lanes) in extent.rows(block, dy.images()).enumerate() {
            let dy = dy.lanes()[row / extent.shape.height * blocks + block];
            dx.lanes_mut()[lanes].fill(Lane(dy.0.map(|dy| dy * share)));
        }
    }
}

/// The largest value of each 2×2 block; an odd last row or column is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxPool {
    /// Extent of the input, in blocks.
    pub input: Extent,
}

impl MaxPool {
    /// Extent of the output.
    pub const fn output(&self) -> Extent {
        let Extent { shape, frame, .. } = self.input;
        Extent::blocked(Shape { height: shape.height / 2, width: shape.width / 2, ..shape }, frame)
    }

    /// The position of each output and of the first of its four inputs, over some images.
    fn each(&self, images: usize) -> impl Iterator<Item = (usize, usize)> {
        let (input, output) = (self.input, self.output());
        (0..images * output.blocks() * output.shape.pixels()).map(move |index| {
            let (pixel, plane) = (index % output.shape.pixels(), index / output.shape.pixels());
            let (image, block) = (plane / output.blocks(), plane % output.blocks());
            let (y, x) = (pixel / output.shape.width, pixel % output.shape.width);
            let lane =
                |extent: Extent, y, x| (image * extent.image() + block * extent.plane() + extent.at(y, x)) / LANES;
            (lane(output, y, x), lane(input, 2 * y, 2 * x))
        })
    }

    /// The four inputs of an output, from the first of them.
    fn window(&self, corner: usize) -> [usize; 4] {
        let row = self.input.row() / LANES;
        [corner, corner + 1, corner + row, corner + row + 1]
    }

    /// y ← the maxima.
    pub fn forward(&self, x: &Activation, y: &mut Activation) {
        let (x, y) = (x.lanes(), &mut *y);
        for (at, corner) in self.each(y.images()) {
            let most = |a: [f32; LANES], b: [f32; LANES]| std::array::from_fn(|lane| a[lane].max(b[lane]));
            let [a, b, c, d] = self.window(corner).map(|at| x[at].0);
            y.lanes_mut()[at] = Lane(most(most(a, b), most(c, d)));
        }
    }

    /// dx ← the gradient of the input: each gradient goes to the maximum, the first one of equals.
    pub fn backward(&self, x: &Activation, dy: &Activation, dx: &mut Activation) {
        dx.lanes_mut().fill(Lane::default());
        for (at, corner) in self.each(dy.images()) {
            let window = self.window(corner);
            for lane in 0..LANES {
                let value = |at: usize| x.lanes()[at].0[lane];
                let winner =
                    window.into_iter().fold(corner, |best, at| if value(at) > value(best) { at } else { best });
                dx.lanes_mut()[winner].0[lane] += dy.lanes()[at].0[lane];
            }
        }
    }
}
