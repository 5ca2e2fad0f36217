//! Mahimahi's format: each line is the millisecond in which a packet can be sent.
//!
//! As in mm-link, a packet is 1,504 bytes, the largest that its device takes: 1,500 of IP and 4 of the device's own
//! header. The last stamp is the length, and each round begins where the one before it ended, so a line stamped 0 and
//! the last line of the round before fall on the same instant.
//!
//! The packets of a millisecond are spread evenly over the millisecond before their stamp, so that the n-th is through
//! by the n-th line. There is none before 0: packets stamped 0 are sent at once, within [`AT_ONCE`].

use sim_core::{Span, Time};

use super::Steps;
use crate::rate::TraceFile;
use crate::recorded::Flaw;
use crate::recorded::column::{self, unit_of};
use crate::recorded::sheet::Sheet;
use crate::recorded::unit::Unit;

/// Bits of a delivery opportunity.
const PACKET_BITS: f64 = 1504.0 * 8.0;

const MILLISECOND: u64 = 1_000_000;

/// How long packets stamped 0 take: a microsecond.
const AT_ONCE: u64 = 1_000;

/// The longest recording, in milliseconds; from here on, stamps are dates.
const LONGEST: u64 = 100_000_000_000;

pub fn read(sheet: &Sheet, asked: &TraceFile) -> Result<Steps, Flaw> {
    check_units(sheet, asked)?;
    let mut counts: Vec<(u64, u32)> = Vec::new();
    let mut rows = 0;
    for row in sheet.rows() {
        let row = row?;
        let wrong = |what: String| Flaw::new(what).in_line(row.line);
        let cell = &row.cells[0];
        let stamp: u64 = cell.parse().map_err(|_| {
            let hint = if cell.contains(['.', ',']) {
                ": a file with one column lists deliveries, as Mahimahi does"
            } else {
                ""
            };
            wrong(format!("'{cell}' is no whole millisecond{hint}"))
        })?;
        if stamp >= LONGEST {
            return Err(wrong(format!("{stamp} ms is no moment of a recording that counts from its beginning")));
        }
        rows += 1;
        match counts.last_mut() {
            Some((last, _)) if stamp < *last => {
                return Err(wrong(format!("{stamp} comes after {last}: time goes back")));
            }
            Some((last, count)) if stamp == *last => *count += 1,
            _ => counts.push((stamp, 1)),
        }
    }
    let last = counts.last().map_or(0, |(last, _)| *last);
    if last == 0 {
        return Err(Flaw::new("all deliveries are stamped 0, so the recording has no length"));
    }
    Ok(Steps { steps: steps(&counts), length: Span::from_nanos(last * MILLISECOND), rows })
}

/// Its stamps can only be milliseconds.
fn check_units(sheet: &Sheet, asked: &TraceFile) -> Result<(), Flaw> {
    if asked.unit.is_some() || asked.column.is_some() {
        let key = if asked.unit.is_some() { "unit" } else { "column" };
        return Err(Flaw::new(format!("it has one column, of deliveries, and no rates; leave `{key}` out")));
    }
    if sheet.name(0).is_some_and(|name| matches!(column::read(name), Ok(Some(Unit::Rate(_))))) {
        return Err(Flaw::new("it has one column, of rates; write the time from which on each holds before it"));
    }
    let unit = unit_of(sheet.name(0), asked.time_unit.as_deref(), "time-unit", true)?;
    match unit {
        None | Some(Unit::Time(1_000_000)) => Ok(()),
        Some(_) => Err(Flaw::new("it has one column, of deliveries, and these are stamped in milliseconds alone")),
    }
}

/// Rates over time, from the number of packets with each stamp.
fn steps(counts: &[(u64, u32)]) -> Vec<(Time, f64)> {
    let mut steps: Vec<(Time, f64)> = Vec::new();
    let packets = |count: u32, nanos: u64| f64::from(count) * PACKET_BITS * 1e9 / nanos as f64;
    let mut step = |at: u64, rate: f64| steps.push((Time::from_nanos(at), rate));
    let mut ended = 0;
    for (index, (stamp, count)) in counts.iter().enumerate() {
        let rate = packets(*count, MILLISECOND);
        match stamp.checked_sub(1) {
            None => {
                let meanwhile = counts.get(index + 1).filter(|(next, _)| *next == 1);
                let meanwhile = meanwhile.map_or(0.0, |(_, count)| packets(*count, MILLISECOND));
                step(0, packets(*count, AT_ONCE) + meanwhile);
                ended = AT_ONCE;
            }
            Some(before) => {
                let begins = (before * MILLISECOND).max(ended);
                if begins > ended {
                    step(ended, 0.0);
                }
                step(begins, rate);
                ended = stamp * MILLISECOND;
            }
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::super::tests::{path, told, trace, until};
    use super::*;
    use crate::rate::TraceEnd;

    /// A transfer of n packets is through at the time of the n-th line, round after round.
    #[test]
    fn packets_go_when_their_lines_say() {
        for stamps in
            [vec![1, 1, 4, 9, 9, 9, 10, 25, 26, 40], vec![0, 0, 0, 100], vec![0, 0, 1, 1, 2, 7], vec![0, 3], vec![5]]
        {
            let text: String = stamps.iter().map(|stamp| format!("{stamp}\n")).collect();
            let trace = trace(&text);
            let last = stamps[stamps.len() - 1];
            assert_eq!(trace.length(), Span::from_nanos(last * MILLISECOND));
            for packets in 1..=25 {
                let (round, place) = ((packets - 1) / stamps.len(), (packets - 1) % stamps.len());
                let expected = (round as u64 * last + stamps[place]) as f64;
                let mut path = path(&trace, TraceEnd::Loop);
                let done = until(&mut path, Time::ZERO, packets as f64 * PACKET_BITS).as_secs() * 1e3;
                // Packets of one millisecond are sent one after the other within it, those of the instant 0 within a
                // microsecond.
                assert!(
                    done <= expected + 1.1e-3 && done > expected - 1.0,
                    "{stamps:?}, {packets}: {done}, not {expected}"
                );
            }
        }
    }

    /// Nine packets at the beginning of a round and one at its end: 1,500 kB are 997.3 packets, 99 rounds and 8
    /// packets.
    #[test]
    fn what_is_stamped_0_goes_in_every_round() {
        let mut path = path(&trace(&("0\n".repeat(9) + "100\n")), TraceEnd::Loop);
        let begins = Time::ZERO + Span::from_secs(10.0);
        let done = until(&mut path, begins, 1_500_000.0 * 8.0) - begins;
        assert!((done.as_secs() - 9.9).abs() < 2e-6, "{done}");
    }

    #[test]
    fn what_is_no_list_of_deliveries_is_said() {
        assert_eq!(told("1\n2\nthree\n"), "t, line 3: 'three' is no whole millisecond");
        assert_eq!(told("5\n4\n"), "t, line 2: 4 comes after 5: time goes back");
        assert!(
            told("1.25\n2.5\n").contains("'1.25' is no whole millisecond: a file with one column lists deliveries")
        );
        assert!(told("-1\n").contains("no whole millisecond"));
        assert!(told("0\n0\n").contains("all deliveries are stamped 0"));
        assert!(told("1582824615000\n1582824615001\n").contains("no moment of a recording"));
        assert!(told("99999999999999999999\n").contains("no whole millisecond"));
        assert!(told("time_s\n1\n").contains("in milliseconds alone"));
        assert!(told("Mbps\n1.5\n2\n").contains("one column, of rates; write the time"));
        assert_eq!(trace("# a comment\n\n1\r\n2\r\n").rows(), 2);
        assert_eq!(trace("\u{feff}ms\n1\n2\n").rows(), 2);
    }

    /// Two packets at once, one by 1 ms and two by 3 ms; a packet a millisecond is 12.032 Mbps.
    #[test]
    fn packets_are_spread_over_the_millisecond_before() {
        let found = steps(&[(0, 2), (1, 1), (3, 2)]);
        let micros = |at: u64| Time::from_nanos(at * 1000);
        let expected = [(0, 24_064e6 + 12.032e6), (1, 12.032e6), (1000, 0.0), (2000, 24.064e6)];
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for ((at, rate), (micro, bits)) in found.into_iter().zip(expected) {
            assert!(at == micros(micro) && (rate - bits).abs() < 1e-3, "{rate} at {at}");
        }
        // Nothing goes meanwhile if the next line is later than the first millisecond.
        assert_eq!(steps(&[(0, 1), (2, 1)])[0], (Time::ZERO, 12_032e6));
    }

    #[test]
    fn the_scenario_may_only_say_milliseconds() {
        let asked = |unit: Option<&str>, column: Option<&str>, time_unit: Option<&str>, text: &str| {
            let owned = |text: Option<&str>| text.map(str::to_owned);
            let wanted = TraceFile {
                unit: owned(unit),
                column: owned(column),
                time_unit: owned(time_unit),
                ..super::super::tests::file()
            };
            super::super::tests::asked(text, &wanted).map(|trace| trace.length()).map_err(|e| e.to_string())
        };
        let two = Ok(Span::from_nanos(2_000_000));
        assert_eq!(
            (asked(None, None, Some("ms"), "1\n2\n"), asked(None, None, None, "ms\n1\n2\n")),
            (two.clone(), two)
        );
        assert!(asked(Some("Mbps"), None, None, "1\n2\n").unwrap_err().contains("leave `unit` out"));
        assert!(asked(None, Some("x"), None, "1\n2\n").unwrap_err().contains("leave `column` out"));
        assert!(asked(None, None, Some("s"), "1\n2\n").unwrap_err().contains("in milliseconds alone"));
        let last = asked(None, None, None, "99999999999\n").unwrap();
        assert_eq!(last.as_nanos(), 99_999_999_999 * MILLISECOND);
        assert!(told("100000000000\n").contains("100000000000 ms is no moment of a recording"));
    }
}
