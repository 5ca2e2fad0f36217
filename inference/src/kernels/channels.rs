//! Passes over the channels of a map.

use super::sweep::Walk;
use super::vectorised::vectorised;
use super::{Activation, LANES, Lane, Sides};

/// y ← x times a number for each channel, on every image; `gate` is a vector.
pub fn scale_channels(x: &Activation, gate: &Activation, y: &mut Activation) {
    let (from, to) = (Walk::inside(x.extent(), Sides::both(1)), Walk::inside(y.extent(), Sides::both(1)));
    let (extent, of) = (x.extent(), Walk::inside(gate.extent(), Sides::both(1)));
    let width = extent.shape.width;
    vectorised(
        #[inline(always)]
        || {
            for image in 0..x.images() {
                let (x, y) = (x.image_lanes(image), y.image_lanes_mut(image));
                for block in 0..extent.blocks() {
                    let gate = gate.image_lanes(image)[of.at + block * of.block].0;
                    for row in 0..extent.shape.height {
                        let x = &x[from.at + block * from.block + row * from.row..][..width];
                        let y = &mut y[to.at + block * to.block + row * to.row..][..width];
                        for (x, y) in x.iter().zip(y) {
                            (0..LANES).for_each(|lane| y.0[lane] = x.0[lane] * gate[lane]);
                        }
                    }
                }
            }
        },
    );
}

/// y ← max(floor, scale·x + shift), with a scale and a shift for each channel; x and y are laid out alike.
pub fn shift_channels(x: &Activation, scale: &[Lane], shift: &[Lane], floor: f32, y: &mut Activation) {
    let extent = x.extent();
    vectorised(
        #[inline(always)]
        || {
            for (block, (scale, shift)) in scale.iter().zip(shift).enumerate() {
                for row in extent.rows(block, x.images()) {
                    for (x, y) in x.lanes()[row.clone()].iter().zip(&mut y.lanes_mut()[row]) {
                        for lane in 0..LANES {
                            y.0[lane] = x.0[lane].mul_add(scale.0[lane], shift.0[lane]).max(floor);
                        }
                    }
                }
            }
        },
    );
}

/// y ← some channels of x: channel i is channel `order[i]`.
pub fn pick_channels(x: &Activation, order: &[usize], y: &mut Activation) {
    for (block, order) in order.chunks(LANES).enumerate() {
        copy_block(x, order, y, block);
    }
}

/// One block of y ← these channels of x.
fn copy_block(x: &Activation, order: &[usize], y: &mut Activation, block: usize) {
    let (from, to) = (x.extent(), y.extent());
    let (height, width) = (to.shape.height, to.shape.width);
    let whole = order[0].is_multiple_of(LANES) && order.iter().enumerate().all(|(lane, of)| *of == order[0] + lane);
    let places: Vec<usize> = order.iter().map(|channel| from.place(0, 0, *channel)).collect();
    for image in 0..x.images() {
        for row in 0..height {
            let written = to.at(row, 0) + block * to.plane();
            let read = row * from.row();
            let x = x.image(image);
            let y = &mut y.image_mut(image)[written..][..width * LANES];
            if whole && from.column == LANES {
                y.copy_from_slice(&x[places[0] + read..][..width * LANES]);
            } else {
                for (pixel, y) in y.chunks_exact_mut(LANES).enumerate() {
                    let at = read + pixel * from.column;
                    places.iter().zip(y).for_each(|(place, y)| *y = x[place + at]);
                }
            }
        }
    }
}

/// Channels of `x` next to each other in `y`, from channel `first` on.
pub fn put_channels(x: &Activation, first: usize, y: &mut Activation) {
    let (from, to) = (x.extent(), y.extent());
    let (height, width, channels) = (from.shape.height, from.shape.width, from.shape.channels);
    for image in 0..x.images() {
        for (channel, lanes) in blocks(first, channels) {
            let (read, written) = (from.place(0, 0, channel), to.place(0, 0, first + channel));
            let whole = lanes == LANES && from.column == LANES;
            for row in 0..height {
                let x = &x.image(image)[read + row * from.row()..];
                let y = &mut y.image_mut(image)[written + row * to.row()..];
                if whole {
                    y[..width * LANES].copy_from_slice(&x[..width * LANES]);
                    continue;
                }
                for pixel in 0..width {
                    let x = &x[pixel * from.column..][..lanes];
                    y[pixel * to.column..][..lanes].copy_from_slice(x);
                }
            }
        }
    }
}

/// Channels in parts that lie within one block of both activations: the first of each, and how many.
fn blocks(first: usize, channels: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let left = |channel: usize| LANES - channel % LANES;
        let part = (at, left(at).min(left(first + at)).min(channels - at));
        at += part.1;
        (part.1 > 0).then_some(part)
    })
}
