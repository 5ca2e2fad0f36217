//! Every kernel against a plain scalar twin, on awkward shapes.

use inference::kernels::{Conv, Dense, Depthwise, Matrix, MaxPool, Shape, Workspace, global_average, matmul};
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

/// The input pixel behind output pixel (y, x) at window place (ky, kx), if it is not padding.
fn source(input: Shape, kernel: usize, stride: usize, at: (usize, usize), tap: (usize, usize)) -> Option<usize> {
    let pad = kernel / 2;
    let y = (at.0 * stride + tap.0).checked_sub(pad).filter(|y| *y < input.height)?;
    let x = (at.1 * stride + tap.1).checked_sub(pad).filter(|x| *x < input.width)?;
    Some((y * input.width + x) * input.channels)
}

/// Calls `visit(output pixel, input pixel, tap)` for every product of a convolution.
fn each_product(input: Shape, kernel: usize, stride: usize, mut visit: impl FnMut(usize, usize, usize)) {
    let out = input.windowed(kernel, stride, 1);
    for pixel in 0..out.pixels() {
        for tap in 0..kernel * kernel {
            let at = (pixel / out.width, pixel % out.width);
            if let Some(from) = source(input, kernel, stride, at, (tap / kernel, tap % kernel)) {
                visit(pixel, from, tap);
            }
        }
    }
}

fn conv_twin(conv: &Conv, x: &[f32], w: &[f32]) -> Vec<f32> {
    let (ci, co) = (conv.input.channels, conv.outputs);
    let mut y = vec![0.0; conv.output().len()];
    each_product(conv.input, conv.kernel, conv.stride, |pixel, from, tap| {
        for o in 0..co {
            for i in 0..ci {
                y[pixel * co + o] += x[from + i] * w[(tap * ci + i) * co + o];
            }
        }
    });
    y
}

fn conv_twin_back(conv: &Conv, x: &[f32], w: &[f32], dy: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let (ci, co) = (conv.input.channels, conv.outputs);
    let (mut dx, mut dw) = (vec![0.0; x.len()], vec![0.0; w.len()]);
    each_product(conv.input, conv.kernel, conv.stride, |pixel, from, tap| {
        for o in 0..co {
            for i in 0..ci {
                dx[from + i] += dy[pixel * co + o] * w[(tap * ci + i) * co + o];
                dw[(tap * ci + i) * co + o] += dy[pixel * co + o] * x[from + i];
            }
        }
    });
    (dx, dw)
}

fn any_shape() -> impl Strategy<Value = Shape> {
    (1usize..12, 1usize..12, 1usize..20).prop_map(|(height, width, channels)| Shape { height, width, channels })
}

proptest! {
    #[test]
    fn conv(input in any_shape(), outputs in 1usize..20, kernel in prop::sample::select(vec![1usize, 3, 5]), stride in 1usize..3) {
        let conv = Conv { input, outputs, kernel, stride };
        let (x, w) = (numbers(input.len(), 1), numbers(conv.weights(), 2));
        let mut work = Workspace::default();
        let mut y = numbers(conv.output().len(), 3);
        // Twice: what the first pass left in the work space must not matter.
        conv.forward(&x, &w, &mut y, &mut work);
        let first = y.clone();
        conv.forward(&x, &w, &mut y, &mut work);
        prop_assert_eq!(&first, &y);
        assert_close(&y, &conv_twin(&conv, &x, &w), kernel * kernel * input.channels);

        let dy = numbers(y.len(), 4);
        let (dx_twin, dw_twin) = conv_twin_back(&conv, &x, &w, &dy);
        let (mut dx, mut dw) = (numbers(x.len(), 5), vec![0.0; w.len()]);
        conv.backward_weights(&x, &dy, &mut dw, &mut work);
        assert_close(&dw, &dw_twin, conv.output().pixels());
        conv.backward_input(&dy, &conv.flipped(&w), &mut dx, &mut work);
        assert_close(&dx, &dx_twin, kernel * kernel * outputs);
    }

    #[test]
    fn depthwise(input in any_shape(), kernel in prop::sample::select(vec![1usize, 3, 5]), stride in 1usize..3) {
        let depthwise = Depthwise { input, kernel, stride };
        let c = input.channels;
        let (x, w) = (numbers(input.len(), 1), numbers(depthwise.weights(), 2));
        let mut work = Workspace::default();
        let mut y = numbers(depthwise.output().len(), 3);
        depthwise.forward(&x, &w, &mut y, &mut work);
        let dy = numbers(y.len(), 4);
        let (mut twin, mut dx_twin, mut dw_twin) = (vec![0.0; y.len()], vec![0.0; x.len()], vec![0.0; w.len()]);
        each_product(input, kernel, stride, |pixel, from, tap| {
            for i in 0..c {
                twin[pixel * c + i] += x[from + i] * w[tap * c + i];
                dx_twin[from + i] += dy[pixel * c + i] * w[tap * c + i];
                dw_twin[tap * c + i] += dy[pixel * c + i] * x[from + i];
            }
        });
        assert_close(&y, &twin, kernel * kernel);
        let (mut dx, mut dw) = (numbers(x.len(), 5), vec![0.0; w.len()]);
        depthwise.backward(&x, &w, &dy, &mut dw, &mut dx, &mut work);
        assert_close(&dx, &dx_twin, kernel * kernel);
        assert_close(&dw, &dw_twin, depthwise.output().pixels());
    }

    #[test]
    fn dense(inputs in 1usize..200, outputs in 1usize..40) {
        let dense = Dense { inputs, outputs };
        let (x, w, b) = (numbers(inputs, 1), numbers(inputs * outputs, 2), numbers(outputs, 3));
        let mut y = vec![0.0; outputs];
        dense.forward(&x, &w, &b, &mut y);
        let row = |o: usize| &w[o * inputs..(o + 1) * inputs];
        let twin: Vec<f32> = (0..outputs).map(|o| b[o] + row(o).iter().zip(&x).map(|(w, x)| w * x).sum::<f32>()).collect();
        assert_close(&y, &twin, inputs);
    }

    #[test]
    fn products_of_transposed_matrices(m in 1usize..30, k in 1usize..30, n in 1usize..30) {
        let (a, b) = (numbers(m * k, 1), numbers(k * n, 2));
        let mut twin = numbers(m * n, 3);
        let mut c = twin.clone();
        for i in 0..m {
            for j in 0..n {
                twin[i * n + j] += (0..k).map(|l| a[l * m + i] * b[j * k + l]).sum::<f32>();
            }
        }
        let (a, b) = (Matrix::row_major(&a, k, m).transposed(), Matrix::row_major(&b, n, k).transposed());
        matmul(&mut c, a, b, true);
        assert_close(&c, &twin, k + 1);
    }

    /// The mean lies between the extremes, and so does every maximum.
    #[test]
    fn pools_stay_within_their_input(input in any_shape()) {
        let x = numbers(input.len(), 1);
        let (low, high) = x.iter().fold((1.0f32, -1.0f32), |(low, high), x| (low.min(*x), high.max(*x)));
        let mut mean = vec![0.0; input.channels];
        global_average(&x, &mut mean);
        prop_assert!(mean.iter().all(|m| (low - 1e-6..=high + 1e-6).contains(m)));
        let pool = MaxPool { input };
        let mut y = vec![0.0; pool.output().len()];
        pool.forward(&x, &mut y);
        prop_assert!(y.iter().all(|y| x.contains(y)));
        let (dy, mut dx) = (numbers(y.len(), 2), vec![0.0; x.len()]);
        pool.backward(&x, &dy, &mut dx);
        let (sent, arrived): (f32, f32) = (dy.iter().sum(), dx.iter().sum());
        prop_assert!((sent - arrived).abs() < 1e-3, "a gradient was lost: {sent} sent, {arrived} arrived");
    }
}
