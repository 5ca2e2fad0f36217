//! Codes of few bits side by side in memory.

use super::Bits;

/// Packs codes one after the other, the first in the lowest bits of the first byte: ⌈n·b/8⌉ bytes.
///
/// # Panics
/// If a code is above [`Bits::top`].
pub fn pack(bits: Bits, codes: &[u8]) -> Vec<u8> {
    let width = usize::from(bits.get());
    let mut packed = vec![0; (codes.len() * width).div_ceil(8)];
    for (at, code) in codes.iter().enumerate() {
        assert!(*code <= bits.top(), "code {code} of {bits} bits");
        let (byte, shift) = (at * width / 8, at * width % 8);
        let placed = u16::from(*code) << shift;
        packed[byte] |= placed as u8;
        // A code may lie across two bytes, and the second may not be there if none of it lies there.
        if shift + width > 8 {
            packed[byte + 1] |= (placed >> 8) as u8;
        }
    }
    packed
}

/// The first `count` codes that were packed.
///
/// # Panics
/// If there are not that many.
pub fn unpack(bits: Bits, packed: &[u8], count: usize) -> Vec<u8> {
    let width = usize::from(bits.get());
    let code = |at: usize| {
        let (byte, shift) = (at * width / 8, at * width % 8);
        let high = if shift + width > 8 { packed[byte + 1] } else { 0 };
        (u16::from_le_bytes([packed[byte], high]) >> shift) as u8 & bits.top()
    };
    (0..count).map(code).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1, 6, 3 and 5 in three bits are 001, 110, 011 and 101. From the lowest bit up the first byte is 001, then 110,
    /// then the lower 11 of 011: 0b11_110_001. The second has the 0 that is left, and 101: 0b101_0.
    #[test]
    fn codes_lie_side_by_side() {
        let three = Bits::new(3).unwrap();
        assert_eq!(pack(three, &[1, 6, 3, 5]), [0b1111_0001, 0b1010]);
        assert_eq!(unpack(three, &[0b1111_0001, 0b1010], 4), [1, 6, 3, 5]);
    }

    #[test]
    fn what_is_packed_is_unpacked() {
        for bits in Bits::all() {
            for count in [0, 1, 7, 8, 9, 100] {
                let codes: Vec<u8> = (0..count).map(|at| (at * 37 + 11) as u8 & bits.top()).collect();
                let packed = pack(bits, &codes);
                assert_eq!(packed.len(), (count * usize::from(bits.get())).div_ceil(8));
                assert_eq!(unpack(bits, &packed, count), codes, "{bits} bits");
            }
        }
    }
}
