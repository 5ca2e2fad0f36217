//! Laws of coders, over every coding.

use proptest::prelude::*;

use super::*;

const ONE: Shape = Shape { height: 2, width: 3, channels: 5 };
const OTHER: Shape = Shape::flat(7);

fn bits(bits: u8) -> Bits {
    Bits::new(bits).unwrap()
}

/// All that are not compressed.
fn codings() -> Vec<Coding> {
    let codes = (2..=8).flat_map(|of| {
        let numbers = [Scale::Tensor, Scale::Channel].map(|scale| Numbers::Codes { bits: bits(of), scale });
        numbers.map(|numbers| Coding { numbers, compress: false })
    });
    [Coding::FLOAT32, Coding::FLOAT16].into_iter().chain(codes).collect()
}

/// The bytes of tensors, and what arrives, from a coder that has sent something else before.
fn through(coding: Coding, shapes: &[Shape], values: &[f32]) -> (Vec<u8>, Vec<f32>) {
    through_as(coding, &shapes.iter().map(|shape| Sent::floats(*shape)).collect::<Vec<_>>(), values)
}

/// The same of tensors that may be stored in codes.
fn through_as(coding: Coding, tensors: &[Sent], values: &[f32]) -> (Vec<u8>, Vec<f32>) {
    let mut coder = Coder::new(coding);
    let (mut bytes, mut arrived) = (Vec::new(), Vec::new());
    let before = Sent::floats(Shape::flat(9));
    coder.encode([before].into_iter(), &[7.5; 9], &mut bytes);
    coder.decode([before].into_iter(), &bytes, &mut arrived);
    coder.encode(tensors.iter().copied(), values, &mut bytes);
    coder.decode(tensors.iter().copied(), &bytes, &mut arrived);
    (bytes, arrived)
}

/// Floats to the bit, any of them but what is no number.
fn numbers(count: usize) -> impl Strategy<Value = Vec<f32>> {
    prop::collection::vec(prop_oneof![Just(0.0), -4.0..4.0_f32, prop::num::f32::ANY], count)
}

/// By hand: 2·3·5 = 30 numbers in 5 channels, and 7 in 7. In three bits ⌈90/8⌉ = 12 and ⌈21/8⌉ = 3 bytes, besides a
/// grid of 5 bytes for each tensor, or each of the 5 channels and the vector.
#[test]
fn sizes_are_those_of_the_arithmetic() {
    let size = |text: &str| text.parse::<Coding>().unwrap().size([ONE, OTHER].map(Sent::floats));
    assert_eq!(size("float32"), Some(4 * 37));
    assert_eq!(size("float16"), Some(2 * 37));
    assert_eq!(size("8"), Some(5 + 30 + 5 + 7));
    assert_eq!(size("3"), Some(5 + 12 + 5 + 3));
    assert_eq!(size("{bits: 3, scale: channel}"), Some(25 + 12 + 5 + 3));
    assert_eq!(size("{bits: 3, compress: true}"), None);
}

/// By hand: channel 0 goes from 0 to 30 in steps of 10, channel 1 from -1 to 2 in steps of 1 with its zero at code 1,
/// channel 2 is 0. Codes 0 1 0, 3 3 0, 1 0 0, two bits each, from the right.
#[test]
fn each_channel_has_a_grid() {
    let coding: Coding = "{bits: 2, scale: channel}".parse().unwrap();
    let shape = Shape { height: 1, width: 3, channels: 3 };
    let (bytes, arrived) = through(coding, &[shape], &[0.0, 0.0, 0.0, 30.0, 2.0, 0.0, 9.0, -1.0, 0.0]);
    let step = |step: f32, zero: u8| [&step.to_le_bytes()[..], &[zero]].concat();
    let codes = vec![0b11_00_01_00, 0b00_01_00_11, 0b00];
    assert_eq!(bytes, [step(10.0, 0), step(1.0, 1), step(0.0, 0), codes].concat());
    assert_eq!(arrived, [0.0, 0.0, 0.0, 30.0, 2.0, 0.0, 10.0, -1.0, 0.0]);
}

/// By hand: four numbers of a grid of three bits, with steps of 0.5 and its zero at code 2: codes 2, 0, 7 and 3, or 010,
/// 000, 111 and 011, are 11|000|010 and 011|1 from the right. So they are sent wherever a number would take three bits
/// or more; two bits make a grid of their own.
#[test]
fn codes_are_sent_as_they_are_stored() {
    let grid = quantise::Grid { scale: 0.5, zero_point: 2, bits: bits(3) };
    let tensor = Sent { shape: Shape::flat(4), grid: Some(grid) };
    let values = [0.0, -1.0, 2.5, 0.5];
    for text in ["float32", "float16", "8", "3", "{bits: 3, scale: channel}"] {
        let coding: Coding = text.parse().unwrap();
        assert_eq!(coding.size([tensor]), Some(2), "{text}");
        let stored = (vec![0b1100_0010, 0b0111], values.to_vec());
        assert_eq!(through_as(coding, &[tensor], &values), stored, "{text}");
    }
    let two: Coding = "2".parse().unwrap();
    assert_eq!(two.size([tensor]), Some(5 + 1));
    assert_eq!(through_as(two, &[tensor], &values), through(two, &[tensor.shape], &values));
    // Beside a tensor of floats, and compressed.
    let beside = [Sent::floats(Shape::flat(1)), tensor, Sent::floats(Shape::flat(1))];
    let all = [&[0.1], &values[..], &[0.2]].concat();
    for coding in [Coding::FLOAT32, Coding::FLOAT32.compressed()] {
        assert_eq!(through_as(coding, &beside, &all).1, all);
    }
    assert_eq!(Coding::FLOAT32.size(beside), Some(4 + 2 + 4));
}

/// More bits, no larger error: over 2 to 8 bits the sum of squares falls with each, on numbers that fill their range.
#[test]
fn with_more_bits_less_is_lost() {
    let shape = Shape { height: 10, width: 10, channels: 4 };
    let values: Vec<f32> = (0..400).map(|i| ((i * i) as f32 * 0.618).fract() * 6.0 - 2.0).collect();
    for scale in [Scale::Tensor, Scale::Channel] {
        let lost = (2..=8).map(|of| {
            let numbers = Numbers::Codes { bits: bits(of), scale };
            let (_, arrived) = through(Coding { numbers, compress: false }, &[shape], &values);
            values.iter().zip(arrived).map(|(value, arrived)| f64::from(value - arrived).powi(2)).sum::<f64>()
        });
        let lost: Vec<f64> = lost.collect();
        // Half the step, a quarter of the error.
        assert!(lost.is_sorted_by(|fewer, more| *more < fewer / 2.0), "{lost:?}");
    }
}

/// Infinities and what is no number do not spoil the numbers around them.
#[test]
fn numbers_beside_infinity_arrive() {
    for coding in codings() {
        let values = [1.0, f32::INFINITY, 3.0, f32::NEG_INFINITY, f32::NAN, 0.0, 2.0];
        let (_, arrived) = through(coding, &[Shape { height: 7, width: 1, channels: 1 }], &values);
        for at in [0, 2, 5, 6] {
            // Two bits: steps of 1.
            assert!((arrived[at] - values[at]).abs() <= 0.5, "{coding}: {arrived:?}");
        }
        let (up, down) = (arrived[1], arrived[3]);
        match coding.numbers {
            Numbers::Codes { .. } => assert_eq!((up, down, arrived[4]), (arrived[2], 0.0, 0.0), "{coding}"),
            _ => assert!((up, down) == (f32::INFINITY, f32::NEG_INFINITY) && arrived[4].is_nan(), "{coding}"),
        }
    }
}

#[test]
#[should_panic(expected = "more numbers")]
fn other_tensors_are_not_sent() {
    through(Coding::FLOAT32, &[OTHER], &[0.0; 8]);
}

#[test]
#[should_panic(expected = "another coding or tensor")]
fn other_tensors_do_not_arrive() {
    let mut coder = Coder::new(Coding::FLOAT32.compressed());
    let mut bytes = Vec::new();
    coder.encode([Sent::floats(OTHER)].into_iter(), &[0.0; 7], &mut bytes);
    coder.decode([Sent::floats(ONE)].into_iter(), &bytes, &mut Vec::new());
}

proptest! {
    #[test]
    fn single_precision_arrives_to_the_bit(values in numbers(37)) {
        let wanted: Vec<u32> = values.iter().map(|value| value.to_bits()).collect();
        for coding in [Coding::FLOAT32, Coding::FLOAT32.compressed()] {
            let (_, arrived) = through(coding, &[ONE, OTHER], &values);
            prop_assert_eq!(arrived.iter().map(|value| value.to_bits()).collect::<Vec<_>>(), wanted.clone());
        }
    }

    /// What arrives does not depend on compression, has the size that was told, and is sent again as the same bytes
    /// where nothing more is lost.
    #[test]
    fn compression_loses_nothing(values in numbers(37)) {
        for coding in codings() {
            let (bytes, arrived) = through(coding, &[ONE, OTHER], &values);
            prop_assert_eq!(Some(bytes.len() as u64), coding.size([ONE, OTHER].map(Sent::floats)));
            let (_, compressed) = through(coding.compressed(), &[ONE, OTHER], &values);
            let to_bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(to_bits(&compressed), to_bits(&arrived), "{}", coding);
        }
    }

    /// A tensor's numbers arrive as they would if it were sent alone.
    #[test]
    fn tensors_do_not_meddle_with_each_other(values in numbers(37)) {
        for coding in codings() {
            let to_bits = |values: Vec<f32>| values.into_iter().map(f32::to_bits).collect::<Vec<_>>();
            let (together, one) = (through(coding, &[ONE, OTHER], &values).1, through(coding, &[ONE], &values[..30]).1);
            let other = through(coding, &[OTHER], &values[30..]).1;
            prop_assert_eq!(to_bits(together), to_bits([one, other].concat()), "{}", coding);
        }
    }
}
