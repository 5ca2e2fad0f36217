//! Every kernel against a plain scalar twin, on awkward shapes.

use inference::kernels::{
    Activation, Conv, Dense, Depthwise, Extent, Finish, Margin, Pool, Pooling, Shape, Sides, Slide,
    frame_for_gradients, global_average, global_average_backward, lanes_of,
};
use proptest::prelude::*;

/// Numbers in [-1, 1) that look random: the fractional parts of multiples of the golden ratio.
fn numbers(count: usize, salt: usize) -> Vec<f32> {
    (0..count).map(|i| (((i + 1) * (salt * 2 + 1)) as f64 * 0.618_033_988_749_895).fract() as f32 * 2.0 - 1.0).collect()
}

/// Sums of n products of numbers below 1 in f32 may differ by some n·ε.
fn assert_close(found: &[f32], expected: &[f32], terms: usize) {
    assert_eq!(found.len(), expected.len());
    let allowed = 4.0 * f32::EPSILON * terms as f32;
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!((found - expected).abs() <= allowed, "{found} not {expected} at {at}");
    }
}

/// The input pixel behind output pixel (y, x) at a tap of the window, if it is not padding.
fn source(input: Shape, slide: Slide, (y, x): (usize, usize), tap: usize) -> Option<usize> {
    let (row, column) = (tap / slide.window.columns, tap % slide.window.columns);
    let y = (y * slide.stride.rows + row * slide.dilation.rows).checked_sub(slide.padding.top)?;
    let x = (x * slide.stride.columns + column * slide.dilation.columns).checked_sub(slide.padding.left)?;
    (y < input.height && x < input.width).then(|| (y * input.width + x) * input.channels)
}

/// Calls `visit(output pixel, input pixel, tap)` for every product of a convolution.
fn each_product(input: Shape, slide: Slide, mut visit: impl FnMut(usize, usize, usize)) {
    let out = slide.output(input, 1).unwrap();
    for pixel in 0..out.pixels() {
        for tap in 0..slide.window.area() {
            if let Some(from) = source(input, slide, (pixel / out.width, pixel % out.width), tap) {
                visit(pixel, from, tap);
            }
        }
    }
}

/// Calls `visit(output, input, weight)` for every product of a convolution.
fn each_weight(conv: &Conv, mut visit: impl FnMut(usize, usize, usize)) {
    let (inputs, outputs) = (conv.input.shape.channels, conv.output.shape.channels);
    let (ci, co) = (inputs / conv.groups, outputs / conv.groups);
    each_product(conv.input.shape, conv.slide, |pixel, from, tap| {
        for o in 0..outputs {
            for i in 0..ci {
                visit(pixel * outputs + o, from + o / co * ci + i, (tap * ci + i) * outputs + o);
            }
        }
    });
}

/// A batch of one image; its frame is zero.
fn laid(extent: Extent, values: &[f32]) -> Activation {
    let mut activation = Activation::zeros(extent, 1);
    activation.lay(0, values);
    activation
}

/// Whether nothing but the image itself was written: frames and missing channels must stay zero.
fn is_clean(activation: &Activation) -> bool {
    laid(activation.extent(), &activation.read(0)).lanes() == activation.lanes()
}

/// y and its twin, where bias and another activation are added and a rectifier follows.
fn finished(y: &[f32], bias: &[f32], other: &[f32]) -> Vec<f32> {
    let sums = y.iter().zip(other).zip(bias.iter().cycle());
    sums.map(|((y, other), bias)| (y + bias + other).max(0.0)).collect()
}

fn any_shape() -> impl Strategy<Value = Shape> {
    (1usize..18, 1usize..18, 1usize..40).prop_map(|(height, width, channels)| Shape { height, width, channels })
}

fn any_sides(most: usize) -> impl Strategy<Value = Sides> {
    (1..=most, 1..=most).prop_map(|(rows, columns)| Sides { rows, columns })
}

/// Windows of even and odd sides, their steps, gaps and padding, on images they fit into.
fn any_slide() -> impl Strategy<Value = (Shape, Slide)> {
    let padding = (0usize..4, 0usize..4, 0usize..4, 0usize..4);
    let padding = padding.prop_map(|(top, left, bottom, right)| Margin { top, left, bottom, right });
    let slide = (any_sides(5), any_sides(3), any_sides(2), padding);
    let slide = slide.prop_map(|(window, stride, dilation, padding)| Slide { window, stride, dilation, padding });
    (any_shape(), slide).prop_filter("does not fit", |(shape, slide)| slide.output(*shape, 1).is_ok())
}

proptest! {
    #[test]
    fn conv(
        (shape, slide) in any_slide(),
        groups in 1usize..4,
        (inputs, outputs) in prop_oneof![(1usize..14, 1usize..14), Just((8, 4)), Just((16, 8)), Just((16, 32))],
        spare in 0usize..2,
    ) {
        let (shape, outputs) = (Shape { channels: groups * inputs, ..shape }, groups * outputs);
        let frame = slide.padding.widest() + spare;
        let out = slide.output(shape, outputs).unwrap();
        let out = Extent::blocked(out, frame_for_gradients(shape, out, slide) + spare);
        for input in [Extent::blocked(shape, frame), Extent::packed(shape, frame)] {
            let conv = Conv { input, output: out, slide, groups };
            let (x, w) = (numbers(shape.len(), 1), numbers(conv.weights(), 2));
            let (bias, other) = (numbers(outputs, 3), numbers(out.shape.len(), 4));
            let dy = numbers(out.shape.len(), 5);
            let (mut twin, mut dx_twin, mut dw_twin) = (vec![0.0; dy.len()], vec![0.0; x.len()], vec![0.0; w.len()]);
            each_weight(&conv, |o, i, weight| {
                twin[o] += x[i] * w[weight];
                dx_twin[i] += dy[o] * w[weight];
                dw_twin[weight] += dy[o] * x[i];
            });
            let terms = slide.window.area() * inputs;
            let laid_x = laid(input, &x);
            let mut y = Activation::zeros(out, 1);
            conv.forward(laid_x.image(0), &conv.pack(&w), Finish::PLAIN, y.image_lanes_mut(0));
            assert_close(&y.read(0), &twin, terms);
            prop_assert!(is_clean(&y));
            let lanes = lanes_of(&bias);
            let laid_other = laid(out, &other);
            let finish = Finish { bias: &lanes, other: Some(laid_other.lanes()), floor: 0.0, ceiling: f32::INFINITY };
            conv.forward(laid_x.image(0), &conv.pack(&w), finish, y.image_lanes_mut(0));
            assert_close(&y.read(0), &finished(&twin, &bias, &other), terms + 2);
            prop_assert!(is_clean(&y));

            let laid_dy = laid(out, &dy);
            let (mut sums, mut dw) = (conv.no_sums(), vec![0.0; w.len()]);
            conv.backward_weights(laid_x.image(0), laid_dy.image_lanes(0), &mut sums);
            conv.unpack(&sums, &mut dw);
            assert_close(&dw, &dw_twin, out.shape.pixels());
            if input == Extent::blocked(shape, frame) {
                let mut dx = laid(input, &numbers(shape.len(), 6));
                conv.backward_input(laid_dy.image(0), &conv.pack_back(&w), dx.image_lanes_mut(0));
                assert_close(&dx.read(0), &dx_twin, slide.window.area() * outputs);
                prop_assert!(is_clean(&dx));
            }
        }
    }

    #[test]
    fn depthwise((shape, slide) in any_slide(), spare in 0usize..2) {
        let (c, out) = (shape.channels, slide.output(shape, shape.channels).unwrap());
        let input = Extent::blocked(shape, slide.padding.widest() + spare);
        let output = Extent::blocked(out, frame_for_gradients(shape, out, slide) + spare);
        let depthwise = Depthwise { input, output, slide };
        let (x, w) = (numbers(shape.len(), 1), numbers(depthwise.weights(), 2));
        let (laid_x, mut y) = (laid(input, &x), Activation::zeros(output, 1));
        depthwise.forward(laid_x.lanes(), &depthwise.pack(&w), Finish::PLAIN, y.lanes_mut());
        let dy = numbers(out.len(), 4);
        let (mut twin, mut dx_twin, mut dw_twin) = (vec![0.0; dy.len()], vec![0.0; x.len()], vec![0.0; w.len()]);
        each_product(shape, slide, |pixel, from, tap| {
            for i in 0..c {
                twin[pixel * c + i] += x[from + i] * w[tap * c + i];
                dx_twin[from + i] += dy[pixel * c + i] * w[tap * c + i];
                dw_twin[tap * c + i] += dy[pixel * c + i] * x[from + i];
            }
        });
        let taps = slide.window.area();
        assert_close(&y.read(0), &twin, taps);
        prop_assert!(is_clean(&y));
        let laid_dy = laid(output, &dy);
        let (mut dx, mut sums, mut dw) = (laid(input, &numbers(x.len(), 5)), depthwise.no_sums(), vec![0.0; w.len()]);
        depthwise.backward_input(laid_dy.lanes(), &depthwise.pack_back(&w), dx.lanes_mut());
        assert_close(&dx.read(0), &dx_twin, taps);
        prop_assert!(is_clean(&dx));
        depthwise.backward_weights(laid_x.lanes(), laid_dy.lanes(), &mut sums);
        depthwise.unpack(&sums, &mut dw);
        assert_close(&dw, &dw_twin, out.pixels());
    }

    /// And the vectors of a batch do not see each other.
    #[test]
    fn dense(inputs in 1usize..200, outputs in 1usize..40, images in 1usize..40, frame in 0usize..2) {
        let dense = Dense { inputs, outputs };
        let (w, b) = (numbers(inputs * outputs, 2), numbers(outputs, 3));
        let extent = Extent::blocked(Shape::flat(inputs), frame);
        let out = Extent::blocked(Shape::flat(outputs), frame);
        let (mut x, mut y) = (Activation::zeros(extent, images), Activation::zeros(out, images));
        let (mut dy, mut dx) = (y.clone(), x.clone());
        let (mut dw_twin, mut db_twin, mut dw, mut db) = (vec![0.0; w.len()], vec![0.0; outputs], w.clone(), b.clone());
        dw_twin.copy_from_slice(&w);
        db_twin.copy_from_slice(&b);
        for image in 0..images {
            let (values, gradients) = (numbers(inputs, 4 + image), numbers(outputs, 5 + image));
            x.lay(image, &values);
            dy.lay(image, &gradients);
            for (o, gradient) in gradients.iter().enumerate() {
                db_twin[o] += gradient;
                values.iter().enumerate().for_each(|(i, value)| dw_twin[o * inputs + i] += gradient * value);
            }
        }
        let bias = lanes_of(&b);
        dense.forward(&x, &dense.pack(&w), Finish { bias: &bias, ..Finish::PLAIN }, &mut y);
        dense.backward_weights(&x, &dy, &mut dw, &mut db);
        dense.backward_input(&dy, &dense.pack_back(&w), &mut dx);
        assert_close(&dw, &dw_twin, images + 1);
        assert_close(&db, &db_twin, images + 1);
        for image in 0..images {
            let (x, dy) = (x.read(image), dy.read(image));
            let row = |o: usize| &w[o * inputs..(o + 1) * inputs];
            let dot = |o: usize| b[o] + row(o).iter().zip(&x).map(|(w, x)| w * x).sum::<f32>();
            assert_close(&y.read(image), &(0..outputs).map(dot).collect::<Vec<_>>(), inputs + 1);
            let back = |i: usize| dy.iter().enumerate().map(|(o, dy)| w[o * inputs + i] * dy).sum::<f32>();
            assert_close(&dx.read(image), &(0..inputs).map(back).collect::<Vec<_>>(), outputs);
            let mut alone = Activation::zeros(out, 1);
            dense.forward(&laid(extent, &x), &dense.pack(&w), Finish { bias: &bias, ..Finish::PLAIN }, &mut alone);
            prop_assert_eq!(alone.read(0), y.read(image));
        }
    }

    /// The mean lies between the extremes, and so does every maximum; no gradient is lost.
    #[test]
    fn pools_stay_within_their_input((shape, slide) in any_slide(), frame in 0usize..2) {
        let input = Extent::blocked(shape, frame);
        let values = numbers(shape.len(), 1);
        let x = laid(input, &values);
        let (low, high) = values.iter().fold((1.0f32, -1.0f32), |(low, high), x| (low.min(*x), high.max(*x)));
        let mut mean = Activation::zeros(Extent::blocked(Shape::flat(shape.channels), frame), 1);
        global_average(&x, &mut mean);
        prop_assert!(mean.read(0).iter().all(|m| (low - 1e-6..=high + 1e-6).contains(m)) && is_clean(&mean));
        let sum = |values: Vec<f32>| values.iter().sum::<f32>();
        let mut dx = Activation::zeros(input, 1);
        global_average_backward(&mean, &mut dx);
        prop_assert!((sum(mean.read(0)) - sum(dx.read(0))).abs() < 1e-3);
        // No window of a pool is all padding.
        let window = Sides { rows: slide.window.rows + 3, columns: slide.window.columns + 3 };
        let slide = Slide { window, dilation: Sides::both(1), ..slide };
        let Ok(out) = slide.output(shape, shape.channels) else { return Ok(()) };
        for pooling in [Pooling::Max, Pooling::Average] {
            let pool = Pool { input, output: Extent::blocked(out, frame), slide, pooling };
            let mut y = Activation::zeros(pool.output, 1);
            pool.forward(&x, &mut y);
            match pooling {
                Pooling::Max => prop_assert!(y.read(0).iter().all(|y| values.contains(y))),
                Pooling::Average => prop_assert!(y.read(0).iter().all(|m| (low - 1e-5..=high + 1e-5).contains(m))),
            }
            let dy = laid(pool.output, &numbers(out.len(), 2));
            pool.backward(&x, &dy, &mut dx);
            prop_assert!((sum(dy.read(0)) - sum(dx.read(0))).abs() < 1e-2);
            prop_assert!(is_clean(&y) && is_clean(&dx));
        }
    }
}
