//! The precisions in which values may be stored.

use safetensors::tensor::{Dtype, TensorView};

/// A tensor's values in single precision, if their type is supported. A double that is too large becomes infinite.
pub fn values(tensor: &TensorView) -> Option<Vec<f32>> {
    let bytes = tensor.data();
    let words = || bytes.as_chunks::<2>().0.iter().map(|bytes| u16::from_le_bytes(*bytes));
    Some(match tensor.dtype() {
        Dtype::F32 => bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
        Dtype::F64 => bytes.as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes) as f32).collect(),
        // The upper half of a single.
        Dtype::BF16 => words().map(|bits| f32::from_bits(u32::from(bits) << 16)).collect(),
        Dtype::F16 => words().map(of_half).collect(),
        _ => return None,
    })
}

/// An IEEE half: a sign, five bits of exponent, ten of fraction. Every half is a single, too.
fn of_half(bits: u16) -> f32 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f32::from(bits & 0x3ff) / 1024.0);
    match exponent {
        // Subnormal, with the exponent of the smallest normal.
        0 => sign * fraction * 2f32.powi(-14),
        0x1f if fraction == 0.0 => sign * f32::INFINITY,
        0x1f => f32::NAN,
        _ => sign * (1.0 + fraction) * 2f32.powi(exponent - 15),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values from the format's definition (IEEE 754-2019, binary16).
    #[test]
    fn halves_are_read_to_the_bit() {
        for (bits, value) in [
            (0x0000, 0.0),
            (0x8000, -0.0),
            (0x0001, 2f32.powi(-24)),
            (0x03ff, 1023.0 * 2f32.powi(-24)),
            (0x0400, 2f32.powi(-14)),
            (0x3555, 0.333_251_95),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0xfc00, f32::NEG_INFINITY),
        ] {
            assert_eq!(of_half(bits).to_bits(), value.to_bits(), "{bits:#06x}: {}", of_half(bits));
        }
        assert!(of_half(0x7e00).is_nan());
    }
}
