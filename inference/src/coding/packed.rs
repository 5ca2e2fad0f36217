//! Numbers of a few bits, one after the other without gaps; the first is in the lowest bits of the first byte.

use crate::quantise::Bits;

/// Bytes that so many numbers take.
pub fn size(count: usize, bits: Bits) -> usize {
    (count * usize::from(bits.get())).div_ceil(8)
}

/// Appends numbers below 2^bits; what is left of the last byte is 0.
pub fn pack(codes: impl Iterator<Item = u8>, bits: Bits, bytes: &mut Vec<u8>) {
    let (mut waiting, mut filled) = (0_u32, 0);
    for code in codes {
        waiting |= u32::from(code) << filled;
        filled += u32::from(bits.get());
        if filled >= 8 {
            bytes.push(waiting as u8);
            waiting >>= 8;
            filled -= 8;
        }
    }
    if filled > 0 {
        bytes.push(waiting as u8);
    }
}

/// The numbers in some bytes, and after them what the rest of the last byte would be.
pub fn unpack(bytes: &[u8], bits: Bits) -> impl Iterator<Item = u8> {
    let bits = u32::from(bits.get());
    let mut bytes = bytes.iter();
    let (mut waiting, mut filled) = (0_u32, 0);
    std::iter::from_fn(move || {
        if filled < bits {
            waiting |= u32::from(*bytes.next()?) << filled;
            filled += 8;
        }
        let code = (waiting & ((1 << bits) - 1)) as u8;
        waiting >>= bits;
        filled -= bits;
        Some(code)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bits(bits: u8) -> Bits {
        Bits::new(bits).unwrap()
    }

    fn packed(codes: &[u8], of: u8) -> Vec<u8> {
        let mut bytes = Vec::new();
        pack(codes.iter().copied(), bits(of), &mut bytes);
        bytes
    }

    /// By hand: 5, 1, 6 as 101, 001 and 110, from the right, are 0 10|001|101 and 1.
    #[test]
    fn numbers_run_over_the_ends_of_bytes() {
        assert_eq!(packed(&[5, 1, 6], 3), [0b1000_1101, 0b1]);
        assert_eq!(packed(&[3, 0, 2, 1, 3], 2), [0b0110_0011, 0b11]);
        assert_eq!(packed(&[7, 255], 8), [7, 255]);
        assert_eq!(packed(&[], 5), [0; 0]);
    }

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked(of in 2..=8_u8, codes in prop::collection::vec(any::<u8>(), 0..40)) {
            let codes: Vec<u8> = codes.iter().map(|code| code >> (8 - of)).collect();
            let bytes = packed(&codes, of);
            prop_assert_eq!(bytes.len(), size(codes.len(), bits(of)));
            let unpacked: Vec<u8> = unpack(&bytes, bits(of)).take(codes.len()).collect();
            prop_assert_eq!(unpacked, codes);
        }
    }
}
