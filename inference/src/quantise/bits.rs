//! How many bits a number takes.

use std::fmt;

/// How many bits a rounded number takes: 2 to 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bits(u8);

/// A number of bits that no kernel computes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} bits: rounded numbers have 2 to 8")]
pub struct BitsError(pub u8);

impl Bits {
    /// The fewest: a code for less, one for nothing, one for more.
    pub const TWO: Self = Self(2);

    /// The most: a byte, which is what kernels compute with whatever is stored.
    pub const EIGHT: Self = Self(8);

    /// So many bits.
    ///
    /// # Errors
    /// If there are fewer than 2 or more than 8.
    pub const fn new(bits: u8) -> Result<Self, BitsError> {
        match bits {
            2..=8 => Ok(Self(bits)),
            _ => Err(BitsError(bits)),
        }
    }

    /// All of them, fewest first.
    pub fn all() -> impl DoubleEndedIterator<Item = Self> + ExactSizeIterator {
        (2..9).map(Self)
    }

    /// How many.
    pub const fn get(self) -> u8 {
        self.0
    }

    /// The largest code that counts from 0.
    pub const fn top(self) -> u8 {
        (0xff_u16 >> (8 - self.0)) as u8
    }

    /// The largest code of a grid that is symmetric about 0.
    pub const fn side(self) -> i8 {
        (self.top() / 2) as i8
    }
}

impl TryFrom<u8> for Bits {
    type Error = BitsError;

    fn try_from(bits: u8) -> Result<Self, BitsError> {
        Self::new(bits)
    }
}

impl fmt::Display for Bits {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2 bits count to 3 and, symmetric, from -1 to 1; 8 bits to 255 and from -127 to 127.
    #[test]
    fn codes_are_those_that_so_many_bits_can_count() {
        assert_eq!((Bits::TWO.top(), Bits::TWO.side()), (3, 1));
        assert_eq!((Bits::EIGHT.top(), Bits::EIGHT.side()), (255, 127));
        assert_eq!(Bits::all().map(Bits::get).collect::<Vec<_>>(), [2, 3, 4, 5, 6, 7, 8]);
    }

    #[test]
    fn bits_out_of_range_are_refused() {
        for bits in [0, 1, 9, 16, 255] {
            assert_eq!(Bits::try_from(bits), Err(BitsError(bits)));
        }
        assert_eq!(BitsError(9).to_string(), "9 bits: rounded numbers have 2 to 8");
        assert!((2..=8).all(|bits| Bits::new(bits).is_ok_and(|known| known.get() == bits)));
    }
}
