//! In which order a node reads a value.
//!
//! A value of a graph is a map of channels, rows and columns; in a file it goes by many extents and orders: batch before
//! channels, channels last, flattened, split into groups and turned round (the shuffle of ShuffleNet). None of these
//! moves a number by itself. A [`View`] follows them: for each of its axes which places of the map come after one
//! another, the map counted channel by channel and in each of them row by row. Only where an op needs a map or a vector
//! is something done, if the order is then another.

use crate::kernels::Shape;

/// Places that are equally far apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    count: usize,
    /// From a place to the next.
    step: usize,
}

/// An order in which to read a map: the first axis varies slowest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// Each axis as runs, the first of which varies slowest; none where there is one place only.
    axes: Vec<Vec<Run>>,
}

impl View {
    /// A map as most files have it: batch, channels, rows, columns.
    pub fn channels_first(shape: Shape) -> Self {
        let Shape { height, width, channels } = shape;
        let all = [Run { count: shape.len(), step: 1 }];
        Self { axes: grouped(all.to_vec(), &[1, channels, height, width]).expect("a map is its extents") }
    }

    /// Batch, rows, columns, channels.
    pub fn channels_last(shape: Shape) -> Self {
        Self::channels_first(shape).turned(&[0, 2, 3, 1])
    }

    /// A vector: batch, values.
    pub fn vector(length: usize) -> Self {
        let all = vec![Run { count: length, step: 1 }];
        Self { axes: grouped(all, &[1, length]).expect("a vector is its length") }
    }

    /// Its extents.
    pub fn sizes(&self) -> Vec<usize> {
        self.axes.iter().map(|axis| length(axis)).collect()
    }

    /// The same with its axes in this order.
    ///
    /// # Panics
    /// If there is no such axis.
    pub fn turned(&self, order: &[usize]) -> Self {
        Self { axes: order.iter().map(|axis| self.axes[*axis].clone()).collect() }
    }

    /// The same places one after the other, in these extents; none if they divide a run that they do not fit.
    pub fn reshaped(&self, sizes: &[usize]) -> Option<Self> {
        grouped(self.axes.concat(), sizes).map(|axes| Self { axes })
    }

    /// The places along an axis.
    pub fn places(&self, axis: usize) -> Vec<usize> {
        places(&self.axes[axis])
    }

    /// All places, in order.
    pub fn all(&self) -> Vec<usize> {
        places(&self.axes.concat())
    }

    /// If an axis is the channels of a map of this shape, and the others stay within one: which channel after which.
    pub fn channels(&self, axis: usize, shape: Shape) -> Option<Vec<usize>> {
        let pixels = shape.pixels();
        let places = self.places(axis);
        let whole = places.len() == shape.channels && places.iter().all(|place| place.is_multiple_of(pixels));
        whole.then(|| places.iter().map(|place| place / pixels).collect())
    }

    /// The same with another number of channels along the axis that they are on, in order.
    pub fn with_channels(&self, axis: usize, channels: usize, shape: Shape) -> Self {
        let mut axes = self.axes.clone();
        axes[axis] = merged(vec![Run { count: channels, step: shape.pixels() }]);
        Self { axes }
    }

    /// If these axes are all pixels of a map of this shape, in any order: the view of what is left when each channel has
    /// become one number. The axes stay, with an extent of 1, if they are `kept`.
    pub fn without_pixels(&self, axes: &[usize], kept: bool, shape: Shape) -> Option<Self> {
        let mut pixels: Vec<Run> = axes.iter().flat_map(|axis| self.axes[*axis].clone()).collect();
        pixels.sort_by_key(|run| std::cmp::Reverse(run.step));
        if merged(pixels) != merged(vec![Run { count: shape.pixels(), step: 1 }]) {
            return None;
        }
        let per_channel = |run: &Run| Run { step: run.step / shape.pixels(), ..*run };
        let left = self.axes.iter().enumerate().filter_map(|(axis, runs)| match axes.contains(&axis) {
            true => kept.then(Vec::new),
            false => Some(runs.iter().map(per_channel).collect()),
        });
        Some(Self { axes: left.collect() })
    }
}

fn length(axis: &[Run]) -> usize {
    axis.iter().map(|run| run.count).product()
}

fn places(axis: &[Run]) -> Vec<usize> {
    axis.iter().fold(vec![0], |before, run| {
        before.iter().flat_map(|place| (0..run.count).map(move |at| place + at * run.step)).collect()
    })
}

/// The same places in as few runs as possible.
fn merged(runs: Vec<Run>) -> Vec<Run> {
    let mut made: Vec<Run> = Vec::new();
    for run in runs.into_iter().filter(|run| run.count != 1) {
        match made.last_mut() {
            Some(last) if last.step == run.count * run.step => {
                *last = Run { count: last.count * run.count, step: run.step };
            }
            _ => made.push(run),
        }
    }
    made
}

/// Runs as axes of these extents; none if they do not come to that, or one would have to be divided unevenly.
fn grouped(runs: Vec<Run>, sizes: &[usize]) -> Option<Vec<Vec<Run>>> {
    let mut runs = merged(runs);
    runs.reverse();
    let mut axes = Vec::new();
    for size in sizes {
        let (mut axis, mut left) = (Vec::new(), *size);
        while left != 1 {
            let run = runs.pop()?;
            if left != 0 && left.is_multiple_of(run.count) {
                left /= run.count;
                axis.push(run);
            } else if left != 0 && run.count.is_multiple_of(left) {
                let inner = Run { count: run.count / left, ..run };
                axis.push(Run { count: left, step: inner.count * inner.step });
                runs.push(inner);
                left = 1;
            } else {
                return None;
            }
        }
        axes.push(merged(axis));
    }
    runs.is_empty().then_some(axes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAP: Shape = Shape { height: 2, width: 3, channels: 4 };

    #[test]
    fn orders_are_followed_place_by_place() {
        let map = View::channels_first(MAP);
        assert_eq!((map.sizes(), map.all()), (vec![1, 4, 2, 3], (0..24).collect()));
        let last = View::channels_last(MAP);
        assert_eq!((last.sizes(), &last.all()[..5]), (vec![1, 2, 3, 4], &[0, 6, 12, 18, 1][..]));
        assert_eq!(last.turned(&[0, 3, 1, 2]), map, "there and back");
    }

    /// Two groups of two channels: 0 1 | 2 3 becomes 0 2 1 3.
    #[test]
    fn a_shuffle_is_an_order_of_channels() {
        let groups = View::channels_first(MAP).reshaped(&[1, 2, 2, 2, 3]).unwrap();
        let shuffled = groups.turned(&[0, 2, 1, 3, 4]).reshaped(&[1, 4, 2, 3]).unwrap();
        assert_eq!(shuffled.channels(1, MAP), Some(vec![0, 2, 1, 3]));
        assert_eq!(shuffled.channels(2, MAP), None);
    }

    #[test]
    fn means_over_pixels_leave_channels_in_their_order() {
        let last = View::channels_last(MAP);
        let mean = last.without_pixels(&[1, 2], false, MAP).unwrap();
        assert_eq!(mean, View::vector(4));
        assert_eq!(last.without_pixels(&[1, 2], true, MAP).unwrap().sizes(), [1, 1, 1, 4]);
        assert_eq!(last.without_pixels(&[1], true, MAP), None, "a row is not all of it");
        assert_eq!(last.without_pixels(&[2, 3], true, MAP), None, "channels are no pixels");
    }

    #[test]
    fn what_does_not_divide_is_refused() {
        let map = View::channels_first(MAP);
        assert_eq!(map.reshaped(&[1, 5, 5]), None);
        assert_eq!(map.reshaped(&[1, 12]), None, "half of it is left");
        assert_eq!(map.reshaped(&[0]), None);
        assert_eq!(map.reshaped(&[24]).unwrap().all(), (0..24).collect::<Vec<_>>());
    }
}
