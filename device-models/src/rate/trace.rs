//! Recordings of a rate.

use std::path::Path;

use serde::{Serialize, Serializer};
use sim_core::{Span, Time};
use xxhash_rust::xxh3::xxh3_128;

use super::{Stretch, TraceEnd};
use crate::units::{DataRate, base_value};

/// Bits of a delivery opportunity in Mahimahi's format.
const PACKET_BITS: f64 = 1500.0 * 8.0;

/// A rate as it was measured: constant between its steps.
#[derive(Clone, Debug, PartialEq)]
pub struct RateTrace {
    /// When each step begins, and its rate in bits a second; the first begins at 0.
    steps: Vec<(Time, f64)>,
    length: Span,
}

/// What is wrong with a recording.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TraceError {
    /// The file cannot be read.
    #[error("cannot read {file}: {why}")]
    Unreadable {
        /// The file.
        file: String,
        /// Why.
        why: std::io::Error,
    },
    /// A line is no part of a recording.
    #[error("{file}, line {line}: {what}")]
    Line {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
    /// It says nothing.
    #[error("{file}: {what}")]
    Empty {
        /// The file.
        file: String,
        /// What it lacks.
        what: &'static str,
    },
}

impl RateTrace {
    /// Reads a file in either format.
    ///
    /// # Errors
    /// If it cannot be read or understood.
    pub fn read(path: &Path) -> Result<Self, TraceError> {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|why| TraceError::Unreadable { file: file.clone(), why })?;
        Self::parse(&text, &file)
    }

    /// Reads the text of a file: CSV if there is a comma in its first line, Mahimahi's format else.
    ///
    /// # Errors
    /// If it cannot be understood.
    pub fn parse(text: &str, file: &str) -> Result<Self, TraceError> {
        let (steps, length) = match text.lines().next() {
            Some(first) if first.contains(',') => seconds_and_rates(text, file)?,
            _ => deliveries(text, file)?,
        };
        if steps.iter().all(|(_, rate)| *rate == 0.0) || length == Span::ZERO {
            return Err(TraceError::Empty { file: file.to_owned(), what: "nothing ever gets through" });
        }
        Ok(Self { steps, length })
    }

    /// How long it is.
    pub fn length(&self) -> Span {
        self.length
    }

    /// The stretch around `now` for somebody who began `offset` into it.
    pub(super) fn stretch(&self, now: Time, offset: Span, end: TraceEnd) -> Stretch {
        let place = now.as_nanos() + offset.as_nanos();
        let length = self.length.as_nanos();
        if end == TraceEnd::Hold && place >= length {
            return Stretch { rate: self.steps.last().map_or(0.0, |(_, rate)| *rate), until: Time::MAX };
        }
        let (round, within) = (place / length, Time::from_nanos(place % length));
        let next = self.steps.partition_point(|(begins, _)| *begins <= within);
        let ends = self.steps.get(next).map_or(length, |(begins, _)| begins.as_nanos());
        let rate = self.steps[next.max(1) - 1].1;
        Stretch { rate, until: Time::from_nanos(round * length + ends - offset.as_nanos()) }
    }
}

/// By its contents, whatever its file is called.
impl Serialize for RateTrace {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let steps = self.steps.iter().flat_map(|(at, rate)| [at.as_nanos().to_le_bytes(), rate.to_le_bytes()]);
        (format!("{:032x}", xxh3_128(&steps.flatten().collect::<Vec<u8>>())), self.length.as_nanos())
            .serialize(serializer)
    }
}

type Steps = (Vec<(Time, f64)>, Span);

/// Mahimahi: each line is the millisecond in which a packet of 1,500 bytes could go. A millisecond's packets go evenly in the
/// millisecond before the stamp, so that the n-th packet is through by the n-th line. The last stamp is the length.
fn deliveries(text: &str, file: &str) -> Result<Steps, TraceError> {
    let mut counts: Vec<(u64, u32)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let wrong = |what: String| TraceError::Line { file: file.to_owned(), line: index + 1, what };
        if line.trim().is_empty() {
            continue;
        }
        let stamp: u64 =
            line.trim().parse().map_err(|_| wrong(format!("'{}' is no whole millisecond", line.trim())))?;
        match counts.last_mut() {
            Some((last, _)) if stamp < *last => {
                return Err(wrong(format!("{stamp} comes after {last}: time goes back")));
            }
            Some((last, count)) if stamp == *last => *count += 1,
            _ => counts.push((stamp, 1)),
        }
    }
    let Some((last, _)) = counts.last().copied() else {
        return Err(TraceError::Empty { file: file.to_owned(), what: "there are no lines" });
    };
    let at = |millis: u64| Time::from_nanos(millis * 1_000_000);
    let mut steps: Vec<(Time, f64)> = Vec::new();
    let mut ended = 0;
    for (stamp, count) in counts {
        // What could go at 0 has gone before the recording begins.
        let Some(begins) = stamp.checked_sub(1) else { continue };
        if begins > ended {
            steps.push((at(ended), 0.0));
        }
        steps.push((at(begins), f64::from(count) * PACKET_BITS * 1e3));
        ended = stamp;
    }
    Ok((steps, Span::from_nanos(last * 1_000_000)))
}

/// CSV: seconds and the rate from then on, in bits a second or with a unit. The first step counts from 0, the last lasts as
/// long as the one before it.
fn seconds_and_rates(text: &str, file: &str) -> Result<Steps, TraceError> {
    let mut steps: Vec<(Time, f64)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let wrong = |what: String| TraceError::Line { file: file.to_owned(), line: index + 1, what };
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (seconds, rate) = line.split_once(',').ok_or_else(|| wrong("write seconds,rate".into()))?;
        let Ok(seconds) = seconds.trim().parse::<f64>() else {
            if steps.is_empty() && index == 0 {
                continue;
            }
            return Err(wrong(format!("'{}' is no number of seconds", seconds.trim())));
        };
        let rate = rate.trim();
        let bits = rate.parse::<f64>().ok().or_else(|| DataRate::parse(rate).ok().map(DataRate::get));
        let bits = bits.or_else(|| base_value(rate).filter(|rate| *rate == 0.0));
        let bits = bits.filter(|bits| bits.is_finite() && *bits >= 0.0);
        let bits = bits.ok_or_else(|| wrong(format!("'{rate}' is no rate: write bits a second, or a unit")))?;
        if !(seconds.is_finite() && seconds >= 0.0) {
            return Err(wrong(format!("{seconds} s is no moment of a recording")));
        }
        let at = if steps.is_empty() { Time::ZERO } else { Time::ZERO + Span::from_secs(seconds) };
        match steps.last() {
            Some((last, _)) if at <= *last => {
                return Err(wrong(format!("{seconds} s does not come after the line before")));
            }
            _ => steps.push((at, bits)),
        }
    }
    let last = match steps.as_slice() {
        [.., (before, _), (last, _)] => *last - *before,
        [_] => Span::from_secs(1.0),
        [] => return Err(TraceError::Empty { file: file.to_owned(), what: "there are no lines" }),
    };
    let length =
        steps.last().map_or(Span::ZERO, |(at, _)| Span::from_nanos(at.as_nanos())).as_nanos() + last.as_nanos();
    Ok((steps, Span::from_nanos(length)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rate::{Rate, RatePath, TraceOffset};
    use sim_core::Streams;
    use std::sync::Arc;

    /// When so many bits from `now` on are through.
    fn through(path: &mut RatePath, mut now: Time, mut bits: f64) -> Time {
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

    fn path(trace: RateTrace, end: TraceEnd) -> RatePath {
        let rate = Rate::Trace(Arc::new(trace), end, TraceOffset::Start);
        RatePath::new(&rate, Streams::new(1, 0).open("rate", 0))
    }

    /// A transfer of n packets is through when the n-th line says so, round after round.
    #[test]
    fn mahimahi_packets_go_when_their_lines_say() {
        let stamps = [1, 1, 4, 9, 9, 9, 10, 25, 26, 40];
        let text: String = stamps.iter().map(|stamp| format!("{stamp}\n")).collect();
        let trace = RateTrace::parse(&text, "t").unwrap();
        assert_eq!(trace.length(), Span::from_nanos(40_000_000));
        for packets in 1..=25u64 {
            let expected = (packets - 1) / 10 * 40 + stamps[(packets - 1) as usize % 10];
            let mut path = path(trace.clone(), TraceEnd::Loop);
            let done = through(&mut path, Time::ZERO, packets as f64 * PACKET_BITS).as_secs() * 1e3;
            // Packets of one millisecond go one after the other within it.
            assert!(
                done <= expected as f64 + 1e-3 && done > expected as f64 - 1.0,
                "{packets}: {done} ms, not {expected}"
            );
        }
    }

    #[test]
    fn csv_holds_or_loops() {
        let trace = RateTrace::parse("seconds,rate\n0,1 Mbps\n2, 3e6\n3,0 bps\n", "t").unwrap();
        assert_eq!(trace.length(), Span::from_secs(4.0));
        let rates = |end| {
            let mut path = path(trace.clone(), end);
            [0.5, 2.5, 3.5, 4.5, 9.0].map(|at| path.at(Time::ZERO + Span::from_secs(at)).rate)
        };
        assert_eq!(rates(TraceEnd::Loop), [1e6, 3e6, 0.0, 1e6, 1e6]);
        assert_eq!(rates(TraceEnd::Hold), [1e6, 3e6, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn a_bad_line_is_named() {
        let told = |text: &str| RateTrace::parse(text, "up.trace").unwrap_err().to_string();
        assert_eq!(told("1\n2\nthree\n"), "up.trace, line 3: 'three' is no whole millisecond");
        assert_eq!(told("5\n4\n"), "up.trace, line 2: 4 comes after 5: time goes back");
        assert_eq!(told("0,1 Mbps\n1,fast\n"), "up.trace, line 2: 'fast' is no rate: write bits a second, or a unit");
        assert_eq!(told("0,0\n"), "up.trace: nothing ever gets through");
        assert_eq!(told(""), "up.trace: there are no lines");
    }
}
