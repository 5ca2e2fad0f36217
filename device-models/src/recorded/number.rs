//! Written numbers, kept exact: a timestamp in nanoseconds since 1970 has more digits than a float.

/// A number as it is written: an integer times a power of ten.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number {
    digits: i128,
    exponent: i32,
}

/// Digits that are kept of a number; more are meaningless, and fewer would cut nanoseconds since 1970. The product with
/// a day in nanoseconds still fits in 128 bits.
const MOST_DIGITS: usize = 24;

impl Number {
    /// The given number of units of ten to the power of `-scale`.
    pub fn scaled(digits: i128, scale: u32) -> Self {
        Self { digits, exponent: -(scale as i32) }
    }

    /// The number at the front of a text, the mark before its decimals, and what follows. A decimal comma is read if
    /// `comma`.
    pub fn leading(text: &str, comma: bool) -> Option<(Self, Option<char>, &str)> {
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let negative = text.starts_with('-');
        let (mut digits, mut exponent, mut kept, mut any, mut mark) = (0i128, 0i32, 0, false, None);
        let mut end = unsigned.len();
        for (index, c) in unsigned.char_indices() {
            match c {
                '0'..='9' => {
                    any = true;
                    if kept < MOST_DIGITS {
                        digits = digits * 10 + i128::from(c as u8 - b'0');
                        kept += usize::from(digits > 0);
                        exponent -= i32::from(mark.is_some());
                    } else {
                        exponent += i32::from(mark.is_none());
                    }
                }
                '_' if any => {}
                '.' if mark.is_none() => mark = Some('.'),
                ',' if mark.is_none() && comma => mark = Some(','),
                // `1.234,5` and `1.2.3` are not numbers: which mark would be the decimal one?
                '.' | ',' => return None,
                _ => {
                    end = index;
                    break;
                }
            }
        }
        if !any {
            return None;
        }
        let mut rest = &unsigned[end..];
        // `5 e` is not a power of ten, nor is the `E` of a unit.
        if let Some(power) = rest.strip_prefix(['e', 'E']) {
            let length = power.find(|c: char| !c.is_ascii_digit() && c != '+' && c != '-').unwrap_or(power.len());
            if let Ok(power_of_ten) = power[..length].parse::<i16>() {
                exponent = exponent.saturating_add(power_of_ten.into());
                rest = &power[length..];
            }
        }
        Some((Self { digits: if negative { -digits } else { digits }, exponent }, mark, rest))
    }

    /// The nearest float.
    pub fn value(self) -> f64 {
        format!("{}e{}", self.digits, self.exponent).parse().unwrap_or(f64::NAN)
    }

    /// This number times `unit`, to the nearest integer; none on overflow.
    pub fn times(self, unit: i128) -> Option<i128> {
        let product = self.digits.checked_mul(unit)?;
        let power = |exponent: u32| 10i128.checked_pow(exponent);
        match self.exponent {
            0.. => product.checked_mul(power(self.exponent as u32)?),
            _ => Some(power(self.exponent.unsigned_abs()).map_or(0, |power| (product + power / 2).div_euclid(power))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact() {
        let nanos = |text: &str, unit| {
            let (number, _, rest) = Number::leading(text, true).unwrap();
            assert_eq!(rest, "");
            number.times(unit).unwrap()
        };
        assert_eq!(nanos("1700158623.979960", 1_000_000_000), 1_700_158_623_979_960_000);
        assert_eq!(nanos("1700158623979960123", 1), 1_700_158_623_979_960_123);
        assert_eq!(nanos("1700158623.979960123456789012345678901234567890", 1_000_000_000), 1_700_158_623_979_960_123);
        assert_eq!(nanos("0.999999999999999999999999999999", 86_400_000_000_000), 86_400_000_000_000);
        assert_eq!(nanos("1,5", 1_000_000_000), 1_500_000_000);
        assert_eq!(nanos("1.5e3", 1_000_000), 1_500_000_000);
        assert_eq!(nanos("-0.25", 100), -25);
        assert_eq!(nanos("0.0000000006", 1_000_000_000), 1);
        assert_eq!(nanos("1e-200", 1_000_000_000), 0);
        assert_eq!(nanos("00000000000000000000000000000000000000000000001.5", 10), 15);
        assert_eq!(Number::leading("1e300", true).unwrap().0.times(1), None);
    }

    #[test]
    fn what_follows_is_left() {
        let (number, mark, rest) = Number::leading("1.5 Mbps", false).unwrap();
        assert_eq!((number.value(), mark, rest), (1.5, Some('.'), " Mbps"));
        assert_eq!(Number::leading("3E", false).unwrap().2, "E");
        assert_eq!(Number::leading("2,5", false), None);
        assert_eq!(Number::leading("1.234,5", true), None);
        for no_number in ["", "x", "-", ".", "nan", "inf"] {
            assert_eq!(Number::leading(no_number, true), None, "{no_number}");
        }
    }

    /// To the nearest whole, halves upwards, and none where 128 bits do not hold it.
    #[test]
    fn products_are_rounded() {
        let times = |text: &str, unit| Number::leading(text, false).unwrap().0.times(unit);
        let cases =
            [("0.4", 0), ("0.5", 1), ("1.49", 1), ("2.5", 3), ("-0.5", 0), ("-0.6", -1), ("-1.5", -1), ("12e2", 1200)];
        for (text, expected) in cases {
            assert_eq!(times(text, 1), Some(expected), "{text}");
        }
        assert_eq!(
            (times("1e38", 1), times("1e38", 10), times("1e40", 1), times("1e-40", 1)),
            (Some(10i128.pow(38)), None, None, Some(0))
        );
        assert_eq!(times("123456789012345678901234567890", 1), Some(123_456_789_012_345_678_901_234_000_000));
        assert_eq!(Number::scaled(1234, 2).times(100), Some(1234));
    }

    #[test]
    fn a_number_ends_where_something_else_begins() {
        for (text, value, mark, rest) in [
            ("+5 s", 5.0, None, " s"),
            ("-2.5e-1x", -0.25, Some('.'), "x"),
            ("1_000", 1000.0, None, ""),
            ("5e", 5.0, None, "e"),
            ("5e+", 5.0, None, "e+"),
            ("7E2", 700.0, None, ""),
            ("0.007", 0.007, Some('.'), ""),
            ("5.", 5.0, Some('.'), ""),
            ("2e99999", 2.0, None, "e99999"),
        ] {
            let (number, found, left) = Number::leading(text, false).unwrap();
            assert_eq!((number.value(), found, left), (value, mark, rest), "{text}");
        }
        assert_eq!(
            [Number::leading("_5", true), Number::leading("1.2.3", true), Number::leading("1,2,3", true)],
            [None; 3]
        );
        assert_eq!(
            Number::leading("2,5", true).map(|(number, mark, _)| (number.value(), mark)),
            Some((2.5, Some(',')))
        );
    }
}
