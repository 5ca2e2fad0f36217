//! Recordings of a rate.
//!
//! A text with one column lists deliveries, as Mahimahi does; one with two or more has times and rates. Each format has
//! its own module.

mod deliveries;
mod measured;

use std::path::Path;

use serde::{Serialize, Serializer};
use sim_core::{Span, Time};
use xxhash_rust::xxh3::xxh3_128;

use super::{Stretch, TraceEnd, TraceFile};
use crate::recorded::sheet::Sheet;
use crate::recorded::{Flaw, RecordingError, bytes, decode, grouped, seconds};
use crate::units::DataRate;

/// A rate as it was measured: constant between its steps.
#[derive(Clone, Debug, PartialEq)]
pub struct RateTrace {
    /// The file, as named in the scenario.
    file: String,
    /// When each step begins, and its rate in bits a second; the first begins at 0.
    steps: Vec<(Time, f64)>,
    length: Span,
    /// Lines with data.
    rows: usize,
}

/// What a format reads from a text.
struct Steps {
    steps: Vec<(Time, f64)>,
    length: Span,
    rows: usize,
}

impl RateTrace {
    /// Reads the file that a scenario in `folder` names, in either format.
    ///
    /// # Errors
    /// If it cannot be read or understood.
    pub fn read(asked: &TraceFile, folder: &Path) -> Result<Self, RecordingError> {
        let path = folder.join(&asked.file);
        Self::of(&bytes(&path)?, asked, &path.display().to_string())
    }

    /// Reads the bytes of a file; `name` is its name in errors.
    fn of(bytes: &[u8], asked: &TraceFile, name: &str) -> Result<Self, RecordingError> {
        let Steps { steps, length, rows } = steps(bytes, asked).map_err(|flaw| flaw.of(name))?;
        Ok(Self { file: asked.file.display().to_string(), steps, length, rows })
    }

    /// How long it is.
    pub fn length(&self) -> Span {
        self.length
    }

    /// Lines with a rate or a delivery.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Its mean over time, bits a second.
    pub fn mean(&self) -> f64 {
        let ends = self.steps.iter().skip(1).map(|(begins, _)| *begins).chain([Time::ZERO + self.length]);
        let bits: f64 =
            self.steps.iter().zip(ends).map(|((begins, rate), ends)| rate * (ends - *begins).as_secs()).sum();
        bits / self.length.as_secs()
    }

    /// Its highest rate, bits a second.
    pub fn highest(&self) -> f64 {
        self.steps.iter().map(|(_, rate)| *rate).fold(0.0, f64::max)
    }

    /// A one-line description: `down.csv: 4 rows over 55 s, 6.33 Mbps on average`.
    pub fn told(&self) -> String {
        // Three digits are enough for a mean.
        let mean = format!("{:.2e}", self.mean()).parse().map(DataRate::new).unwrap_or(DataRate::new(self.mean()));
        let rows = if self.rows == 1 { "row" } else { "rows" };
        format!("{}: {} {rows} over {}, {mean} on average", self.file, grouped(self.rows), seconds(self.length))
    }

    /// The stretch around `now` for a path that began `offset` into it.
    pub(super) fn stretch(&self, now: Time, offset: Span, end: TraceEnd) -> Stretch {
        let place = now.as_nanos() + offset.as_nanos();
        let length = self.length.as_nanos();
        if end == TraceEnd::Hold && place >= length {
            return Stretch::at_rate(self.steps.last().map_or(0.0, |(_, rate)| *rate), Time::MAX);
        }
        let (round, within) = (place / length, Time::from_nanos(place % length));
        let next = self.steps.partition_point(|(begins, _)| *begins <= within);
        let ends = self.steps.get(next).map_or(length, |(begins, _)| begins.as_nanos());
        let rate = self.steps[next.max(1) - 1].1;
        Stretch::at_rate(rate, Time::from_nanos(round * length + ends - offset.as_nanos()))
    }
}

/// Identified by its contents, whatever the name of its file.
impl Serialize for RateTrace {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let steps = self.steps.iter().flat_map(|(at, rate)| [at.as_nanos().to_le_bytes(), rate.to_le_bytes()]);
        (format!("{:032x}", xxh3_128(&steps.flatten().collect::<Vec<u8>>())), self.length.as_nanos())
            .serialize(serializer)
    }
}

fn steps(bytes: &[u8], asked: &TraceFile) -> Result<Steps, Flaw> {
    let sheet = Sheet::read(decode(bytes)?)?;
    let read = if sheet.width() == 1 { deliveries::read(&sheet, asked)? } else { measured::read(&sheet, asked)? };
    if read.steps.iter().all(|(_, rate)| *rate == 0.0) {
        return Err(Flaw::new("nothing ever gets through"));
    }
    Ok(read)
}

#[cfg(test)]
pub mod tests {
    use std::sync::Arc;

    use sim_core::Streams;

    use super::*;
    use crate::rate::{Rate, RatePath, TraceOffset};

    /// What a scenario gets that names only the file.
    pub fn file() -> TraceFile {
        TraceFile {
            file: "t".into(),
            column: None,
            unit: None,
            time_unit: None,
            end: TraceEnd::Loop,
            offset: TraceOffset::Start,
        }
    }

    pub fn asked(text: &str, asked: &TraceFile) -> Result<RateTrace, RecordingError> {
        RateTrace::of(text.as_bytes(), asked, "t")
    }

    pub fn trace(text: &str) -> RateTrace {
        asked(text, &file()).unwrap_or_else(|e| panic!("{text}: {e}"))
    }

    pub fn told_of(text: &str, wanted: &TraceFile) -> String {
        match asked(text, wanted) {
            Ok(trace) => panic!("{text}: {trace:?}"),
            Err(error) => error.to_string(),
        }
    }

    pub fn told(text: &str) -> String {
        told_of(text, &file())
    }

    /// When the given number of bits, sent from `now`, are through.
    pub fn until(path: &mut RatePath, mut now: Time, mut bits: f64) -> Time {
        loop {
            let stretch = path.at(now);
            let can = stretch.rate * (stretch.until - now).as_secs();
            if can >= bits - 1e-6 {
                return now + Span::from_secs(bits / stretch.rate);
            }
            bits -= can;
            now = stretch.until;
        }
    }

    pub fn path(trace: &RateTrace, end: TraceEnd) -> RatePath {
        let rate = Rate::Trace(Arc::new(trace.clone()), end, TraceOffset::Start);
        RatePath::new(&rate, Streams::new(1, 0).open("rate", 0))
    }

    #[test]
    fn it_holds_or_loops() {
        let trace = trace("seconds,rate\n0,1 Mbps\n2, 3e6\n3,0 bps\n");
        assert_eq!(trace.length(), Span::from_secs(4.0));
        let rates = |end| {
            let mut path = path(&trace, end);
            [0.5, 2.5, 3.5, 4.5, 9.0].map(|at| path.at(Time::ZERO + Span::from_secs(at)).rate)
        };
        assert_eq!(rates(TraceEnd::Loop), [1e6, 3e6, 0.0, 1e6, 1e6]);
        assert_eq!(rates(TraceEnd::Hold), [1e6, 3e6, 0.0, 0.0, 0.0]);
        assert_eq!(trace.told(), "t: 3 rows over 4 s, 1.25 Mbps on average");
    }

    #[test]
    fn what_is_no_text_is_said() {
        assert_eq!(told(""), "t: there are no lines with figures in it");
        let told = |bytes: &[u8]| RateTrace::of(bytes, &file(), "t").unwrap_err().to_string();
        assert_eq!(told(b"\xff\xfe0\0,\0"), "t: it is UTF-16 (little endian); save it as UTF-8");
        assert!(told(b"0,1\n\xff,2\n").contains("t, line 2: is not UTF-8"));
    }

    /// 8 Mbps for 1 s, 2 Mbps for 2 s, 5 Mbps for 2 s.
    #[test]
    fn a_recording_is_described_by_its_steps() {
        let trace = trace("0, 8 Mbps\n1, 2 Mbps\n3, 5 Mbps\n");
        assert_eq!((trace.rows(), trace.length(), trace.highest()), (3, Span::from_secs(5.0), 8e6));
        assert!((trace.mean() - 22e6 / 5.0).abs() < 1e-6);
        assert_eq!(trace.told(), "t: 3 rows over 5 s, 4.4 Mbps on average");
        let at = |seconds: f64| Time::ZERO + Span::from_secs(seconds);
        let stretch = |now: f64, offset: f64, end| {
            let stretch = trace.stretch(at(now), Span::from_secs(offset), end);
            (stretch.rate / 1e6, stretch.until)
        };
        assert_eq!(stretch(0.0, 0.0, TraceEnd::Loop), (8.0, at(1.0)));
        assert_eq!(stretch(2.0, 1.0, TraceEnd::Loop), (5.0, at(4.0)));
        assert_eq!(stretch(7.5, 0.0, TraceEnd::Loop), (2.0, at(8.0)));
        assert_eq!(stretch(4.5, 1.0, TraceEnd::Loop), (8.0, at(5.0)));
        assert_eq!([4.9, 5.0].map(|now| stretch(now, 0.0, TraceEnd::Hold)), [(5.0, at(5.0)), (5.0, Time::MAX)]);
    }

    /// The rates and the length identify a recording, not the name of its file.
    #[test]
    fn a_recording_is_identified_by_what_is_in_it() {
        let identity = |text: &str, name: &str| {
            let trace = asked(text, &TraceFile { file: name.into(), ..file() }).unwrap();
            serde_json::to_string(&trace).unwrap()
        };
        let one = identity("0, 8 Mbps\n1, 2 Mbps\n", "t");
        assert_eq!(identity("s,kbps\n0,8000\n1,2000\n", "other"), one);
        assert_ne!(identity("0, 8 Mbps\n1, 3 Mbps\n", "t"), one);
        assert!(one.ends_with("\",2000000000]"), "{one}");
        assert_eq!(trace("0, 8 Mbps\n").told(), "t: 1 row over 1 s, 8 Mbps on average");
    }
}
