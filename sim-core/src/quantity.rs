//! Numbers with units, as people write them: `20 ms`, `18.9 Mbps`, `0.5 /s`.

/// Why a written quantity was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum QuantityError {
    /// It does not begin with a number.
    #[error("'{0}' does not begin with a number")]
    NoNumber(String),
    /// There is a number but no unit.
    #[error("'{text}' lacks its unit, one of {}", .units.join(", "))]
    NoUnit {
        /// What was written.
        text: String,
        /// The units that are allowed.
        units: Vec<&'static str>,
    },
    /// The unit is not one of those allowed here.
    #[error("unknown unit '{unit}', expected one of {}", .units.join(", "))]
    UnknownUnit {
        /// What follows the number.
        unit: String,
        /// The units that are allowed.
        units: Vec<&'static str>,
    },
    /// The number is negative, infinite or not a number.
    #[error("'{0}' must be a finite number, 0 or above")]
    OutOfRange(String),
}

/// A unit and its size in the base unit.
pub type Unit = (&'static str, f64);

/// Reads a number and its unit; the result is in the base unit, finite and at least 0. A unit of `""` allows a bare
/// number.
///
/// ```
/// let seconds = sim_core::quantity::parse("1.5 ms", &[("s", 1.0), ("ms", 1e-3)]);
/// assert_eq!(seconds, Ok(0.0015));
/// ```
///
/// # Errors
/// See [`QuantityError`].
pub fn parse(text: &str, units: &[Unit]) -> Result<f64, QuantityError> {
    let text = text.trim();
    let (number, unit) = split(text).ok_or_else(|| QuantityError::NoNumber(text.to_owned()))?;
    let names = || units.iter().map(|(name, _)| *name).filter(|name| !name.is_empty()).collect();
    let Some((_, factor)) = find_unit(units, unit) else {
        return Err(if unit.is_empty() {
            QuantityError::NoUnit { text: text.to_owned(), units: names() }
        } else {
            QuantityError::UnknownUnit { unit: unit.to_owned(), units: names() }
        });
    };
    let value = number * factor;
    if value.is_finite() && value >= 0.0 { Ok(value) } else { Err(QuantityError::OutOfRange(text.to_owned())) }
}

/// The unit of this name. A unit that begins with `u` for micro may be written with the Greek letter, either of the two
/// characters that look like it: U+00B5 and U+03BC.
pub fn find_unit<'a>(units: &'a [Unit], written: &str) -> Option<&'a Unit> {
    let greek = written.strip_prefix(['\u{b5}', '\u{3bc}']);
    units.iter().find(|(name, _)| *name == written || greek.is_some_and(|rest| name.strip_prefix('u') == Some(rest)))
}

/// The longest number at the front, and what follows it, which should be a unit.
pub fn split(text: &str) -> Option<(f64, &str)> {
    let numeric = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E' | '_');
    let mut end = text.find(|c| !numeric(c)).unwrap_or(text.len());
    // `5 e` is not a number, and neither is the `E` of a unit part of one.
    while end > 0 {
        if let Ok(number) = text[..end].replace('_', "").parse() {
            return Some((number, text[end..].trim_start()));
        }
        end -= 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const POWER: &[Unit] = &[("W", 1.0), ("mW", 1e-3)];

    #[test]
    fn reads_numbers_with_and_without_a_space() {
        assert_eq!(parse("2W", POWER), Ok(2.0));
        assert_eq!(parse(" 1_500 mW ", POWER), Ok(1.5));
        assert_eq!(parse("1e3 mW", POWER), Ok(1.0));
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(parse("W", POWER), Err(QuantityError::NoNumber("W".into())));
        assert_eq!(parse("5", POWER).unwrap_err().to_string(), "'5' lacks its unit, one of W, mW");
        assert_eq!(parse("5 kW", POWER).unwrap_err().to_string(), "unknown unit 'kW', expected one of W, mW");
        assert_eq!(parse("-5 W", POWER), Err(QuantityError::OutOfRange("-5 W".into())));
    }

    #[test]
    fn a_number_ends_where_its_unit_begins() {
        for (text, expected) in [
            ("5 e", (5.0, "e")),
            ("5E", (5.0, "E")),
            ("1e3", (1000.0, "")),
            ("-2.5e-1 dB", (-0.25, "dB")),
            ("+3s", (3.0, "s")),
            ("1_000", (1000.0, "")),
        ] {
            assert_eq!(split(text), Some(expected), "{text}");
        }
        assert_eq!([split(""), split("ms"), split("-")], [None; 3]);
    }

    /// Only micro has another spelling.
    #[test]
    fn a_unit_is_found_by_its_name() {
        let units: &[Unit] = &[("s", 1.0), ("us", 1e-6), ("", 1.0)];
        assert_eq!(find_unit(units, "s"), Some(&("s", 1.0)));
        assert_eq!(["us", "\u{b5}s", "\u{3bc}s"].map(|name| find_unit(units, name)), [Some(&("us", 1e-6)); 3]);
        assert_eq!([find_unit(units, "ms"), find_unit(units, "S"), find_unit(units, "\u{b5}m")], [None; 3]);
        assert_eq!((parse("7", units), parse("0 s", units)), (Ok(7.0), Ok(0.0)));
        // A bare number is allowed, so its empty name is not told.
        assert_eq!(parse("7 h", units).unwrap_err().to_string(), "unknown unit 'h', expected one of s, us");
        assert!(parse("1e308 h", &[("h", 3600.0)]).is_err(), "infinitely long");
    }
}
