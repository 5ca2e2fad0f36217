//! Layers in integers against loops over their products, on every vector unit, bit for bit.

use proptest::prelude::*;

use super::super::super::{Activation, Extent, Lane, Margin, Shape, Slide, lanes_of};
use super::super::unit::tests::{on, units};
use super::*;
use crate::quantise::nearest;

/// Numbers in [0, 1) that look random.
fn number(at: usize, salt: usize) -> f32 {
    ((at + 1) as f64 * (salt as f64 + 0.618_033_988_749_895) * 7.13).fract() as f32
}

/// The largest code that is written.
const HIGH: u8 = 200;

/// Everything about a layer but its kind.
#[derive(Clone, Debug)]
struct Case {
    shape: Shape,
    slide: Slide,
    /// The zero points of input, of what is added, and of the output.
    zeros: [u8; 3],
    spare: usize,
    adds: bool,
    rectifies: bool,
}

impl Case {
    fn input(&self, packed: bool) -> Extent {
        let frame = self.slide.padding.widest() + self.spare;
        if packed { Extent::packed(self.shape, frame) } else { Extent::blocked(self.shape, frame) }
    }

    fn output(&self, channels: usize) -> Extent {
        Extent::blocked(self.slide.output(self.shape, channels).unwrap(), self.spare)
    }

    /// A scale and a shift for each channel, of sums so large that many codes are between the ends.
    fn rescale(&self, channels: usize, products: usize, to_codes: bool) -> Rescale {
        let zero = if to_codes { f32::from(self.zeros[2]) } else { 0.0 };
        let factor = 1.0 / (127.0 * (products as f32).sqrt());
        let factors: Vec<f32> = (0..channels).map(|at| factor * (0.5 + number(at, 3))).collect();
        let mut shift = lanes_of(&(0..channels).map(|at| zero + 50.0 * number(at, 4)).collect::<Vec<_>>());
        if let Some(Lane(last)) = shift.last_mut() {
            last[channels - (channels - 1) / LANES * LANES..].fill(zero);
        }
        Rescale {
            factor: lanes_of(&factors),
            shift,
            other: self.adds.then_some((f32::from(self.zeros[1]), 0.37)),
            low: match (to_codes, self.rectifies) {
                (_, true) => zero,
                (true, false) => 0.0,
                (false, false) => f32::NEG_INFINITY,
            },
            high: f32::from(HIGH),
        }
    }

    /// Compares what `product` makes on every unit with what follows from the sums of products.
    fn check(&self, product: &Product, x: &Codes, output: Extent, products: usize, sum: impl Fn(usize, usize) -> i32) {
        let channels = output.shape.channels;
        let other = self.adds.then(|| codes(output, self.zeros[1], 6));
        let added: Option<Vec<u8>> = other.as_ref().map(|other| other.codes().collect());
        for to_codes in [true, false] {
            let rescale = self.rescale(channels, products, to_codes);
            let scaled = |at: usize| {
                let (pixel, channel) = (at / channels, at % channels);
                let of = |lanes: &[Lane]| lanes[channel / LANES].0[channel % LANES];
                let mut scaled = sum(pixel, channel) as f32 * of(&rescale.factor) + of(&rescale.shift);
                if let (Some(added), Some((zero, ratio))) = (&added, rescale.other) {
                    scaled += (f32::from(added[at]) - zero) * ratio;
                }
                scaled.max(rescale.low).min(rescale.high)
            };
            let expected: Vec<f32> = (0..output.shape.len()).map(scaled).collect();
            let rounded: Vec<u8> = expected.iter().map(|x| nearest(*x, rescale.low, rescale.high)).collect();
            for unit in units() {
                let mut in_codes = Codes::zeros(output, self.zeros[2]);
                let mut in_floats = Activation::zeros(output, 1);
                let mut target =
                    if to_codes { Output::Codes(in_codes.bytes_mut()) } else { Output::Floats(in_floats.lanes_mut()) };
                product.does(x, &rescale, other.as_ref(), &mut target, |mut work| on(unit, &mut work));
                if to_codes {
                    assert_eq!(in_codes.codes().collect::<Vec<_>>(), rounded, "{unit}, {self:?}");
                    // Frames and missing channels still hold the code of zero.
                    let mut clean = Codes::zeros(output, self.zeros[2]);
                    clean.lay_codes(&rounded);
                    assert!(clean.bytes() == in_codes.bytes(), "{unit}, {self:?}");
                } else {
                    assert_eq!(in_floats.read(0), expected, "{unit}, {self:?}");
                    let mut clean = Activation::zeros(output, 1);
                    clean.lay(0, &expected);
                    assert!(clean.lanes() == in_floats.lanes(), "{unit}, {self:?}");
                }
            }
        }
    }
}

impl Codes {
    /// Writes codes, given channels-last.
    fn lay_codes(&mut self, codes: &[u8]) {
        let extent = self.extent();
        let Shape { width, channels, .. } = extent.shape;
        for (at, code) in codes.iter().enumerate() {
            let pixel = at / channels;
            self.bytes_mut()[extent.place(pixel / width, pixel % width, at % channels)] = *code;
        }
    }
}

/// Codes from 0 to 255, and a frame of the zero point.
fn codes(extent: Extent, zero: u8, salt: usize) -> Codes {
    let mut codes = Codes::zeros(extent, zero);
    codes.lay_codes(&(0..extent.shape.len()).map(|at| (number(at, salt) * 256.0) as u8).collect::<Vec<_>>());
    codes
}

/// Weights of all sizes, the largest among them.
fn weights(count: usize) -> Vec<i8> {
    (0..count).map(|at| (number(at, 2) * 255.0 - 127.5).round() as i8).collect()
}

/// Σw·(q − zero) over the window at an output pixel, where what is around the image is zero; `each` says which input
/// channels meet which weights of the output's row at a tap.
fn sum<'a>(
    case: &Case,
    x: &[u8],
    pixel: usize,
    each: impl Fn(usize) -> Box<dyn Iterator<Item = (usize, i8)> + 'a>,
) -> i32 {
    let Case { shape, slide, zeros, .. } = case;
    let width = slide.output(*shape, 1).unwrap().width;
    let mut total = 0;
    for tap in 0..slide.window.area() {
        let (row, column) = (tap / slide.window.columns, tap % slide.window.columns);
        let y = (pixel / width * slide.stride.rows + row * slide.dilation.rows).checked_sub(slide.padding.top);
        let x_at =
            (pixel % width * slide.stride.columns + column * slide.dilation.columns).checked_sub(slide.padding.left);
        let (Some(y), Some(x_at)) = (y, x_at) else { continue };
        if y < shape.height && x_at < shape.width {
            let codes = &x[(y * shape.width + x_at) * shape.channels..][..shape.channels];
            total += each(tap).map(|(i, w)| i32::from(w) * (i32::from(codes[i]) - i32::from(zeros[0]))).sum::<i32>();
        }
    }
    total
}

fn any_sides(most: usize) -> impl Strategy<Value = Sides> {
    (1..=most, 1..=most).prop_map(|(rows, columns)| Sides { rows, columns })
}

fn any_case() -> impl Strategy<Value = Case> {
    let padding = (0usize..4, 0usize..4, 0usize..4, 0usize..4);
    let padding = padding.prop_map(|(top, left, bottom, right)| Margin { top, left, bottom, right });
    let slide = (any_sides(4), any_sides(3), any_sides(2), padding);
    let slide = slide.prop_map(|(window, stride, dilation, padding)| Slide { window, stride, dilation, padding });
    let shape = (1usize..12, 1usize..34, 1usize..40);
    let shape = shape.prop_map(|(height, width, channels)| Shape { height, width, channels });
    let case = (shape, slide, (any::<u8>(), any::<u8>(), 0..=HIGH), 0usize..2, any::<bool>(), any::<bool>()).prop_map(
        |(shape, slide, zeros, spare, adds, rectifies)| Case {
            shape,
            slide,
            zeros: zeros.into(),
            spare,
            adds,
            rectifies,
        },
    );
    case.prop_filter("does not fit", |case| case.slide.output(case.shape, 1).is_ok())
}

proptest! {
    #[test]
    fn conv(
        case in any_case(),
        groups in 1usize..4,
        (inputs, outputs) in prop_oneof![(1usize..14, 1usize..40), Just((8, 4)), Just((16, 8)), Just((16, 32))],
    ) {
        let case = Case { shape: Shape { channels: groups * inputs, ..case.shape }, ..case };
        let output = case.output(groups * outputs);
        let length = case.slide.window.area() * inputs;
        let weights = weights(length * output.shape.channels);
        for packed in [false, true] {
            let conv = Conv { input: case.input(packed), output, slide: case.slide, groups };
            let product = Product::conv(conv, &weights, case.zeros[0]);
            let x = codes(conv.input, case.zeros[0], 1);
            let values: Vec<u8> = x.codes().collect();
            case.check(&product, &x, output, length, |pixel, o| {
                sum(&case, &values, pixel, |tap| {
                    let row = &weights[o * length + tap * inputs..][..inputs];
                    Box::new(row.iter().enumerate().map(move |(i, w)| (o / outputs * inputs + i, *w)))
                })
            });
        }
    }

    #[test]
    fn depthwise(case in any_case()) {
        let case = Case { adds: false, ..case };
        let (output, window) = (case.output(case.shape.channels), case.slide.window.area());
        let weights = weights(window * case.shape.channels);
        let depthwise = Depthwise { input: case.input(false), output, slide: case.slide };
        let product = Product::depthwise(depthwise, &weights, case.zeros[0]);
        let x = codes(depthwise.input, case.zeros[0], 1);
        let values: Vec<u8> = x.codes().collect();
        case.check(&product, &x, output, window, |pixel, channel| {
            let weights = &weights;
            sum(&case, &values, pixel, |tap| Box::new([(channel, weights[channel * window + tap])].into_iter()))
        });
    }
}
