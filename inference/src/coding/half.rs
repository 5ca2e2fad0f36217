//! IEEE half precision (754-2019, binary16): a sign, five bits of exponent, ten of fraction. Every half is a single.

/// The half nearest to a single; of two that are equally near, the one that ends in 0. From 65,520 on that is infinity.
pub fn to_half(value: f32) -> u16 {
    /// The smallest half that is not subnormal, 2^-14, and how far exponents of singles are from those of halves.
    const NORMAL: u32 = (127 - 14) << 23;
    const REBIAS: u32 = (127 - 15) << 23;
    const INFINITY: u32 = 0x7c00;
    let (sign, magnitude) = ((value.to_bits() >> 16 & 0x8000) as u16, value.to_bits() & 0x7fff_ffff);
    let half = if value.is_nan() {
        0x7e00
    } else if magnitude < NORMAL {
        // Multiples of 2^-24; 2^10 of them make the smallest normal half, whose bits are 2^10.
        (value.abs() * 2f32.powi(24)).round_ties_even() as u32
    } else {
        // 13 bits of fraction go. A carry makes the exponent one larger, as it should.
        let rebiased = magnitude - REBIAS;
        let odd = rebiased >> 13 & 1;
        ((rebiased + 0xfff + odd) >> 13).min(INFINITY)
    };
    sign | half as u16
}

/// The single that a half is.
pub fn of_half(bits: u16) -> f32 {
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

    #[test]
    fn every_half_is_written_as_it_was_read() {
        for bits in 0..=u16::MAX {
            let value = of_half(bits);
            let written = to_half(value);
            assert!(written == bits || value.is_nan() && of_half(written).is_nan(), "{bits:#06x}: {written:#06x}");
        }
    }

    /// Between any two neighbours: singles on either side of the middle go to the nearer one, the middle itself to the
    /// one that ends in 0. After the largest half, 65,504, comes what would be 65,536: infinity.
    #[test]
    fn what_lies_between_two_halves_goes_to_the_nearer_one() {
        for low in 0..0x7c00_u16 {
            let high = low + 1;
            let above = if high == 0x7c00 { 65536.0 } else { of_half(high) };
            // Exact: a half has 11 significant bits, the middle one more, a single 24.
            let middle = (of_half(low) + above) / 2.0;
            let even = if low.is_multiple_of(2) { low } else { high };
            for (value, nearest) in [
                (of_half(low).next_up(), low),
                (middle.next_down(), low),
                (middle, even),
                (middle.next_up(), high),
                (above.next_down(), high),
            ] {
                assert_eq!(to_half(value), nearest, "{value:e}");
                assert_eq!(to_half(-value), nearest | 0x8000, "-{value:e}");
            }
        }
    }

    #[test]
    fn the_largest_and_smallest_singles_are_written() {
        for (value, bits) in [
            (f32::INFINITY, 0x7c00),
            (f32::NEG_INFINITY, 0xfc00),
            (f32::MAX, 0x7c00),
            (65520.0, 0x7c00),
            (65519.996, 0x7bff),
            (f32::MIN_POSITIVE, 0),
            (f32::from_bits(1), 0),
            (-0.0, 0x8000),
        ] {
            assert_eq!(to_half(value), bits, "{value:e}");
        }
        assert!(of_half(to_half(f32::NAN)).is_nan() && of_half(to_half(-f32::NAN)).is_nan());
    }
}
