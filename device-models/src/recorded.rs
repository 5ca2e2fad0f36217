//! Recordings of rates and arrivals, as text in columns.
//!
//! A file is read in four steps, each in a module of its own: bytes become [`text`], text becomes a [`sheet`] of cells
//! under a heading, a [`column`] determines the unit of its cells, and a [`clock`] turns stamps into times since the
//! recording began. The readers of rates and of arrivals share all four, so that a byte-order mark, a comment or a unit
//! is understood in both or in neither. What a file leaves open is settled by a documented default; anything in it that
//! is not understood is an error, never a guess.

pub(crate) mod clock;
pub(crate) mod column;
pub(crate) mod date_time;
pub(crate) mod number;
pub(crate) mod sheet;
mod text;
pub(crate) mod unit;

use std::path::Path;

/// An error in a recording.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordingError {
    /// The file cannot be read.
    #[error("cannot read {file}: {why}")]
    Unreadable {
        /// The file.
        file: String,
        /// Why.
        why: std::io::Error,
    },
    /// A line, or a row of a table, is invalid.
    #[error("{file}, {place} {number}: {what}")]
    Place {
        /// The file.
        file: String,
        /// What is counted: `line` or `row`.
        place: &'static str,
        /// Its number, from 1.
        number: usize,
        /// The reason.
        what: String,
    },
    /// The file as a whole is not a recording.
    #[error("{file}: {what}")]
    Whole {
        /// The file.
        file: String,
        /// The reason.
        what: String,
    },
    /// It is in a format that others read, and they cannot.
    #[error(transparent)]
    Format(Box<dyn std::error::Error + Send + Sync>),
}

/// What is wrong with a recording, or with a part of it; line and file are added where they are known.
#[derive(Debug, PartialEq)]
pub(crate) struct Flaw {
    pub what: String,
    /// `line` or `row`, and its number, from 1.
    place: Option<(&'static str, usize)>,
}

impl Flaw {
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), place: None }
    }

    /// It is in this line of a text.
    pub fn in_line(self, number: usize) -> Self {
        Self { place: Some(("line", number)), ..self }
    }

    /// It is in this row of a table.
    pub fn in_row(self, number: usize) -> Self {
        Self { place: Some(("row", number)), ..self }
    }

    /// The error, for a file of this name.
    pub fn of(self, file: &str) -> RecordingError {
        let (file, what) = (file.to_owned(), self.what);
        match self.place {
            Some((place, number)) => RecordingError::Place { file, place, number, what },
            None => RecordingError::Whole { file, what },
        }
    }
}

/// The bytes of a file.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>, RecordingError> {
    std::fs::read(path).map_err(|why| RecordingError::Unreadable { file: path.display().to_string(), why })
}

pub(crate) use text::decode;

/// A count as people read it: `1,204`.
pub(crate) fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A length of time as people read it: `3,600 s`, `0.1 s`.
pub(crate) fn seconds(span: sim_core::Span) -> String {
    let seconds = span.as_secs();
    if seconds >= 100.0 {
        return format!("{} s", grouped(seconds.round() as usize));
    }
    format!("{} s", figure(seconds))
}

/// A figure with three significant digits.
pub(crate) fn figure(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    if value >= 1000.0 {
        return grouped(value.round() as usize);
    }
    let decimals = (2 - value.abs().log10().floor() as i32).clamp(0, 12) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use sim_core::Span;

    use super::*;

    #[test]
    fn figures_are_short() {
        assert_eq!([0, 12, 1204, 1_234_567].map(grouped), ["0", "12", "1,204", "1,234,567"]);
        assert_eq!([1000.4, 1e6].map(figure), ["1,000", "1,000,000"]);
        assert_eq!([0.334_4, 5.0, 0.1, 123.4, 0.000_123_4].map(figure), ["0.334", "5", "0.1", "123", "0.000123"]);
        assert_eq!(seconds(Span::from_secs(3600.0)), "3,600 s");
        assert_eq!(seconds(Span::from_secs(0.1)), "0.1 s");
    }

    #[test]
    fn seconds_are_whole_from_a_hundred_on() {
        let told = [99.94, 100.0, 100.6, 1234.4, 0.0].map(|secs| seconds(Span::from_secs(secs)));
        assert_eq!(told, ["99.9 s", "100 s", "101 s", "1,234 s", "0 s"]);
        assert_eq!([999.4, 1000.0, 99.95, 0.0, f64::INFINITY].map(figure), ["999", "1,000", "100", "0", "inf"]);
        assert_eq!([100, 1000, 12_345, 123_456].map(grouped), ["100", "1,000", "12,345", "123,456"]);
        assert_eq!(figure(1e-20), "0");
    }

    #[test]
    fn a_flaw_is_told_with_its_place() {
        let flaw = || Flaw::new("is wrong");
        assert_eq!(flaw().of("t").to_string(), "t: is wrong");
        assert_eq!(flaw().in_line(3).of("t").to_string(), "t, line 3: is wrong");
        assert_eq!(flaw().in_row(4).of("t").to_string(), "t, row 4: is wrong");
        let told = bytes(Path::new("there/is/no/such file")).unwrap_err().to_string();
        assert!(told.starts_with("cannot read there/is/no/such file: "), "{told}");
    }
}
