//! Simulated time: whole nanoseconds.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};
use std::str::FromStr;

use crate::quantity::{self, QuantityError, Unit};

const NANOS: f64 = 1e9;

/// An instant: nanoseconds since the start of the simulation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(u64);

/// A length of time in nanoseconds; up to 584 years.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(u64);

impl Time {
    /// The start.
    pub const ZERO: Self = Self(0);
    /// Later than everything.
    pub const MAX: Self = Self(u64::MAX);

    /// The given number of nanoseconds after the start.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the start.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Seconds since the start.
    pub fn as_secs(self) -> f64 {
        self.0 as f64 / NANOS
    }

    /// The instant `span` later, unless that is beyond [`Time::MAX`]; `+` saturates there instead.
    pub fn checked_add(self, span: Span) -> Option<Self> {
        self.0.checked_add(span.0).map(Self)
    }

    /// Time since `earlier`, unless that is later.
    pub fn checked_since(self, earlier: Self) -> Option<Span> {
        self.0.checked_sub(earlier.0).map(Span)
    }

    /// Time since `earlier`, or none at all if that is later.
    pub fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Span {
    /// No time.
    pub const ZERO: Self = Self(0);
    /// Longer than everything.
    pub const MAX: Self = Self(u64::MAX);
    /// Units a span is written in.
    pub const UNITS: &[Unit] =
        &[("ns", 1e-9), ("us", 1e-6), ("ms", 1e-3), ("s", 1.0), ("min", 60.0), ("h", 3600.0), ("d", 86400.0)];

    /// The given number of nanoseconds.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Seconds, to the nearest nanosecond; a negative value or NaN is 0, a value that is too long is the longest span.
    pub fn from_secs(seconds: f64) -> Self {
        Self((seconds * NANOS).round() as u64)
    }

    /// Seconds, rounded up to the next nanosecond, so that what takes time never takes none.
    pub fn from_secs_up(seconds: f64) -> Self {
        Self((seconds * NANOS).ceil() as u64)
    }

    /// In nanoseconds.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// This span without another one; no time, if the other one is longer.
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// In seconds.
    pub fn as_secs(self) -> f64 {
        self.0 as f64 / NANOS
    }
}

/// Saturates at [`Time::MAX`] instead of wrapping round.
impl Add<Span> for Time {
    type Output = Time;

    fn add(self, span: Span) -> Time {
        Time(self.0.saturating_add(span.0))
    }
}

impl Add for Span {
    type Output = Span;

    fn add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Span {
    fn add_assign(&mut self, other: Span) {
        *self = *self + other;
    }
}

/// # Panics
/// In debug builds, if `earlier` is later; use [`Time::since`] or [`Time::checked_since`] where that may happen.
impl Sub for Time {
    type Output = Span;

    fn sub(self, earlier: Time) -> Span {
        debug_assert!(self >= earlier, "{self} is before {earlier}");
        self.since(earlier)
    }
}

/// Reads `20 ms`, `1.5 h` and so on.
impl FromStr for Span {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        quantity::parse(text, Self::UNITS).map(Span::from_secs)
    }
}

/// In the largest unit that leaves at least 1.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let seconds = self.as_secs();
        let (name, factor) = Self::UNITS.iter().rev().find(|(_, factor)| seconds >= *factor).unwrap_or(&("s", 1.0));
        let value = format!("{:.3}", seconds / factor);
        write!(f, "{} {name}", value.trim_end_matches('0').trim_end_matches('.'))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{:.9} s", self.as_secs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_and_written_with_units() {
        for (text, nanos) in [("20 ms", 20_000_000), ("1.5 s", 1_500_000_000), ("2 min", 120_000_000_000)] {
            let span: Span = text.parse().unwrap();
            assert_eq!(span, Span::from_nanos(nanos));
            assert_eq!(span.to_string(), text);
        }
        assert_eq!(Span::ZERO.to_string(), "0 s");
        assert!("5".parse::<Span>().is_err());
    }

    #[test]
    fn arithmetic_stops_at_the_ends() {
        assert_eq!(Time::MAX + Span::from_nanos(1), Time::MAX);
        assert_eq!(Time::ZERO.since(Time::MAX), Span::ZERO);
        assert_eq!(Time::MAX.checked_add(Span::from_nanos(1)), None);
        assert_eq!(Time::ZERO.checked_since(Time::from_nanos(1)), None);
        assert_eq!(Span::from_secs(-1.0), Span::ZERO);
        assert_eq!(Span::from_secs_up(1e-12), Span::from_nanos(1));
    }

    #[test]
    fn times_and_spans_add_up() {
        let (start, span) = (Time::from_nanos(5), Span::from_nanos(3));
        assert_eq!((start.checked_add(span), start + span), (Some(Time::from_nanos(8)), Time::from_nanos(8)));
        let later = start + span;
        assert_eq!((later - start, later.since(start), later.checked_since(start)), (span, span, Some(span)));
        let mut sum = span;
        sum += Span::from_nanos(4);
        assert_eq!((sum, Span::MAX + span), (Span::from_nanos(7), Span::MAX));
        assert_eq!((Time::from_nanos(2_500_000_000).as_secs(), Span::from_nanos(250_000_000).as_secs()), (2.5, 0.25));
    }

    /// The nearest nanosecond, or the next one up.
    #[test]
    fn seconds_become_whole_nanoseconds() {
        let nanos = [1.4e-9, 1.6e-9, 2.5, 1e300, f64::NAN].map(|seconds| Span::from_secs(seconds).as_nanos());
        assert_eq!(nanos, [1, 2, 2_500_000_000, u64::MAX, 0]);
        let up = [1.4e-9, 2e-9, 2.5, 0.0].map(|seconds| Span::from_secs_up(seconds).as_nanos());
        assert_eq!(up, [2, 2, 2_500_000_000, 0]);
    }

    #[test]
    fn a_span_is_written_in_the_largest_unit_that_leaves_at_least_one() {
        let written = [1e-9, 999e-9, 1e-6, 0.999, 1.0, 59.9, 60.0, 5400.0, 86_400.0]
            .map(|seconds| Span::from_secs(seconds).to_string());
        assert_eq!(written, ["1 ns", "999 ns", "1 us", "999 ms", "1 s", "59.9 s", "1 min", "1.5 h", "1 d"]);
        assert_eq!(Time::from_nanos(1_500_000_000).to_string(), "1.500000000 s");
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "0.000000001 s is before 0.000000002 s")]
    fn what_is_earlier_does_not_come_after() {
        let _ = Time::from_nanos(1) - Time::from_nanos(2);
    }
}
