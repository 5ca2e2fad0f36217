//! Columns of times and rates: each rate holds from its stamp on.
//!
//! The recording begins with its first stamp, whatever that is, and its last rate lasts as long as the one before it.

use sim_core::{Span, Time};

use super::Steps;
use crate::rate::TraceFile;
use crate::recorded::clock::{Clock, one_mark};
use crate::recorded::column::{self, unit_of};
use crate::recorded::number::Number;
use crate::recorded::sheet::{Separator, Sheet};
use crate::recorded::unit::{RATES_ALLOWED, Reading, Unit};
use crate::recorded::{Flaw, figure};

/// A rate below this, in bits a second, is more likely to be in another unit if none is stated.
const LEAST_WITHOUT_UNIT: f64 = 1000.0;

pub fn read(sheet: &Sheet, asked: &TraceFile) -> Result<Steps, Flaw> {
    let (times, rates) = columns(sheet, asked)?;
    let named = |column| sheet.name(column);
    let time_unit = unit_of(named(times), asked.time_unit.as_deref(), "time-unit", true)?;
    let rate_unit = unit_of(named(rates), asked.unit.as_deref(), "unit", false)?;
    let nanos = time_unit.and_then(|unit| if let Unit::Time(nanos) = unit { Some(nanos) } else { None });
    let mut clock = Clock::new(nanos, sheet.decimal_comma(), true);
    let mut scale = Scale::new(sheet, rate_unit);
    let mut steps: Vec<(Time, f64)> = Vec::new();
    for row in sheet.rows() {
        let row = row?;
        let wrong = |flaw: Flaw| flaw.in_line(row.line);
        let at = clock.read(&row.cells[times]).map_err(wrong)?;
        let rate = scale.read(&row.cells[rates]).map_err(wrong)?;
        if steps.last().is_some_and(|(last, _)| at <= *last) {
            return Err(wrong(Flaw::new(format!("{} does not come after the line before", row.cells[times]))));
        }
        steps.push((at, rate));
    }
    scale.check()?;
    let last = match steps.as_slice() {
        [.., (before, _), (last, _)] => *last - *before,
        _ => Span::from_secs(1.0),
    };
    let length = steps.last().map_or(Span::ZERO, |(at, _)| *at + last - Time::ZERO);
    Ok(Steps { rows: steps.len(), steps, length })
}

/// Which columns hold the times and the rates.
fn columns(sheet: &Sheet, asked: &TraceFile) -> Result<(usize, usize), Flaw> {
    let width = sheet.width();
    let rates = asked.column.as_deref().map(|name| sheet.find(name)).transpose()?;
    if width == 2 {
        let rates = rates.unwrap_or(1);
        return Ok((1 - rates, rates));
    }
    let Some(heading) = sheet.heading() else {
        return Err(Flaw::new(format!("it has {width} columns and no heading that says which is which; two are read")));
    };
    let names = || heading.join(", ");
    let Some(rates) = rates else {
        return Err(Flaw::new(format!("it has {width} columns; say with `column` which holds the rates: {}", names())));
    };
    let sounding: Vec<usize> =
        (0..width).filter(|at| *at != rates && column::sounds_like_time(&heading[*at])).collect();
    match sounding.as_slice() {
        [times] => Ok((*times, rates)),
        [0, ..] => Ok((0, rates)),
        _ => Err(Flaw::new(format!("of its {width} columns, one has to be called `time`: {}", names()))),
    }
}

/// Turns the cells of a column into bits a second.
struct Scale {
    /// Bits a second in a unit; none if no unit was stated.
    unit: Option<f64>,
    decimal_comma: bool,
    /// Whether bare numbers are bits a second.
    bare: bool,
    mark: Option<char>,
    /// The largest bare number that was taken as bits a second.
    largest_bare: Option<f64>,
}

impl Scale {
    fn new(sheet: &Sheet, unit: Option<Unit>) -> Self {
        let unit = unit.and_then(|unit| if let Unit::Rate(bits) = unit { Some(bits) } else { None });
        // Between blanks and tabs, rates are in Mbit/s as often as not.
        let bare = sheet.heading().is_some() || !matches!(sheet.separator(), Separator::Blanks | Separator::Char('\t'));
        Self { unit, decimal_comma: sheet.decimal_comma(), bare, mark: None, largest_bare: None }
    }

    fn read(&mut self, cell: &str) -> Result<f64, Flaw> {
        if cell.is_empty() {
            return Err(Flaw::new("there is no rate in it"));
        }
        let no_rate = || Flaw::new(format!("'{cell}' is no rate: write bits a second, or a unit ({RATES_ALLOWED})"));
        let (number, mark, rest) = Number::leading(cell, self.decimal_comma).ok_or_else(no_rate)?;
        one_mark(&mut self.mark, mark, cell)?;
        let unit = match (rest.trim(), self.unit) {
            ("", Some(unit)) => unit,
            ("", None) if self.bare || number.value() == 0.0 => {
                self.largest_bare = Some(self.largest_bare.unwrap_or(0.0).max(number.value()));
                1.0
            }
            ("", None) => {
                return Err(Flaw::new(
                    "nothing says in which unit the rates are: say `unit: Mbps`, or another, beside `file` in the \
                     scenario, or write a heading such as `seconds Mbps`",
                ));
            }
            (written, stated) => match Unit::read(written) {
                Reading::Unit(Unit::Rate(bits)) if stated.is_none_or(|stated| stated == bits) => bits,
                Reading::Unit(Unit::Rate(_)) => {
                    return Err(Flaw::new(format!("'{cell}' is in another unit than the column is said to be")));
                }
                Reading::BitsOrBytes => {
                    return Err(Flaw::new(format!("'{cell}' may be bits or bytes; allowed are {RATES_ALLOWED}")));
                }
                _ => return Err(no_rate()),
            },
        };
        let bits = number.value() * unit;
        if bits.is_finite() && bits >= 0.0 {
            Ok(bits)
        } else {
            Err(Flaw::new(format!("'{cell}' is no rate from 0 on")))
        }
    }

    /// Whether bare numbers can be bits a second.
    fn check(&self) -> Result<(), Flaw> {
        match self.largest_bare {
            Some(largest) if largest > 0.0 && largest < LEAST_WITHOUT_UNIT => Err(Flaw::new(format!(
                "no unit is stated for the rates, and in bits a second none would be above {}; say `unit: Mbps`, \
                 or another, beside `file` in the scenario, or in the heading (`unit: bps` if they are)",
                figure(largest)
            ))),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{asked, file, path, told, told_of, trace};
    use super::*;
    use crate::rate::{RateTrace, TraceEnd};

    /// Rates at these seconds of a looped recording.
    fn rates(trace: &RateTrace, at: &[f64]) -> Vec<f64> {
        let mut path = path(trace, TraceEnd::Loop);
        at.iter().map(|at| path.at(Time::ZERO + Span::from_secs(*at)).rate).collect()
    }

    /// The same recording in all the usual formats: 1.25 Mbit/s for 10 s, 2.5 for 10 s.
    #[test]
    fn many_ways_of_writing_are_one() {
        for text in [
            "0,1250000\n10,2500000\n",
            "\u{feff}0,1250000\r\n10,2500000\r\n",
            "0 s,1250 kbps\n10 s,2.5 Mbps\n",
            "time,rate\n0,1250000\n10,2500000\n",
            "# on the bus\n\ntime,Mbps\n0,1.25\n# a bridge\n10,2.5\n",
            "seconds,rate\n0,1.25 Mbps\n10,2500 kbit/s\n",
            "time_ms,bandwidth_kbps\n0,1250\n10000,2500\n",
            "Timestamp,DL_bitrate\n1582824615,1250000\n1582824625,2500000\n",
            "Timestamp,DL_kbps\n2020-02-27T17:30:15,1250\n2020-02-27T17:30:25,2500\n",
            "t (s);rate (Mbit/s)\n0,0;1,25\n10,0;2,5\n",
            "sep=;\nt (s);rate (Mbit/s);\n0;1,25;\n10;2,5;\n",
            "t [ms]\trate [Mbit/s]\n0\t1.25\n10000\t2.5\n",
            "t/s R/(Mbit/s)\n0 1.25\n10 2.5\n",
            "# seconds Mbps\n0 1.25\n10 2.5\n",
            "0 1.25Mbps\n10 2.5 Mbps\n",
            "\"time\",\"rate (Mbps)\"\n\"0\",\"1.25\"\n\"10\",\"2.5\"\n",
            "time,rate (kB/s)\n0,156.25\n10,312.5\n",
            "2,1250000\n12,2500000\n",
            "epoch_ms,rate_bps\n1582824615000,1250000\n1582824625000,2.5e6\n",
        ] {
            let trace = trace(text);
            assert_eq!(trace.length(), Span::from_secs(20.0), "{text}");
            assert_eq!(rates(&trace, &[0.0, 9.9, 10.0, 19.9, 20.0]), [1.25e6, 1.25e6, 2.5e6, 2.5e6, 1.25e6], "{text}");
            assert_eq!(trace.rows(), 2);
            assert_eq!(trace.mean(), 1.875e6);
        }
    }

    #[test]
    fn the_scenario_may_say_the_units() {
        let text = "0.0\t1.25\n10.0\t2.5\n";
        let mut wanted = TraceFile { unit: Some("Mbps".into()), ..file() };
        assert_eq!(rates(&asked(text, &wanted).unwrap(), &[0.0, 10.0]), [1.25e6, 2.5e6]);
        wanted.time_unit = Some("ms".into());
        assert_eq!(asked(text, &wanted).unwrap().length(), Span::from_secs(0.02));
        let three = "time,lat,DL_kbps\n0,48.1,1250\n10,48.2,2500\n";
        let wanted = TraceFile { column: Some("DL_kbps".into()), ..file() };
        assert_eq!(rates(&asked(three, &wanted).unwrap(), &[0.0, 10.0]), [1.25e6, 2.5e6]);
        let indexed = ",time,Mbps\n0,5,1.25\n1,15,2.5\n";
        let wanted = TraceFile { column: Some("Mbps".into()), ..file() };
        assert_eq!(asked(indexed, &wanted).unwrap().length(), Span::from_secs(20.0));
    }

    #[test]
    fn units_are_not_guessed() {
        assert!(
            told("0.0 1.25\n0.5 2.5\n")
                .starts_with("t, line 1: nothing says in which unit the rates are: say `unit: Mbps`")
        );
        assert!(told("0.0\t1250000\n").contains("nothing says in which unit"));
        assert!(told("time,throughput\n0,1.25\n10,2.5\n").contains("none would be above 2.5; say `unit: Mbps`"));
        assert!(told("time,rate [kbqs]\n0,1\n").contains("'kbqs' is not known; allowed for a rate are bps"));
        assert!(told("time,RATE_MBPS\n0,1\n").contains("may be bits or bytes"));
        assert!(told("time,size_kB\n0,1\n").contains("an amount of data, not a rate"));
        assert!(told("rate_kbps,time_ms\n0,1\n").contains("the unit of a rate"));
        assert!(told("time_ms,rate_kbps\n0,1 Mbps\n").contains("line 2: '1 Mbps' is in another unit"));
        assert!(told("timestamp,rate\n1582824615000,86 kbps\n").contains("say `time-unit: ms`"));
        let wanted = TraceFile { unit: Some("kbps".into()), ..file() };
        assert!(told_of("time,Mbps\n0,1\n", &wanted).contains("states another unit than `unit`"));
    }

    #[test]
    fn a_bad_line_is_named() {
        assert!(told("0,1 Mbps\n1,fast\n").starts_with("t, line 2: 'fast' is no rate: write bits a second, or a unit"));
        assert!(told("0,1 Mbps\n1,\n").contains("line 2: there is no rate in it"));
        assert!(told("0,1 Mbps\n1,-5 Mbps\n").contains("line 2: '-5 Mbps' is no rate from 0 on"));
        assert!(told("0,1 Mbps\n1,nan\n").contains("line 2"));
        assert!(told("0,1 Mbps\n-1,1 Mbps\n").contains("line 2: -1 comes before 0"));
        assert!(told("5,1 Mbps\n5,1 Mbps\n").contains("line 2: 5 does not come after the line before"));
        assert!(told("5,1 Mbps\n4,1 Mbps\n").contains("line 2: 4 comes before the first"));
        assert!(told("soon,1 Mbps\n").contains("line 1: 'soon' is no number of seconds"));
        assert!(told("0,1,2\n").contains("3 columns and no heading"));
        assert!(told("time,up,down\n0,1,2\n").contains("say with `column` which holds the rates: time, up, down"));
        assert_eq!(told("0,0\n"), "t: nothing ever gets through");
    }

    #[test]
    fn times_are_found_beside_the_rates() {
        let length = |text: &str, column: Option<&str>| {
            let wanted = TraceFile { column: column.map(str::to_owned), ..file() };
            asked(text, &wanted).map(|trace| trace.length().as_secs()).map_err(|e| e.to_string())
        };
        // The first of two is asked for, so the other one holds the times.
        assert_eq!(length("Mbps,x\n5,0\n6,7\n", Some("Mbps")), Ok(14.0));
        // Of several that sound like times, the first column is taken.
        assert_eq!(length("time,Mbps,date\n0,5,9\n2,6,8\n", Some("Mbps")), Ok(4.0));
        assert_eq!(length("x,Mbps,t_s\n9,5,0\n8,6,3\n", Some("Mbps")), Ok(6.0));
        let told = length("x,Mbps,y\n0,5,9\n", Some("Mbps")).unwrap_err();
        assert!(told.contains("of its 3 columns, one has to be called `time`: x, Mbps, y"), "{told}");
        assert!(
            length("x,Mbps,time,t_s\n0,5,9,1\n", Some("Mbps")).unwrap_err().contains("one has to be called `time`")
        );
        // A single rate lasts a second.
        assert_eq!(length("0,5 Mbps\n", None), Ok(1.0));
    }

    /// A thousand bits a second are believed, and zeros need no unit.
    #[test]
    fn small_bare_rates_are_doubted() {
        assert_eq!(trace("0,1000\n").highest(), 1000.0);
        assert!(told("0,999\n").contains("none would be above 999; say `unit: Mbps`"));
        assert!(told("0,999\n1,998\n").contains("none would be above 999"));
        assert_eq!(trace("0 0\n1 5 Mbps\n").highest(), 5e6);
        assert_eq!(rates(&trace("0,500\n1,5000\n"), &[0.0, 1.0]), [500.0, 5000.0]);
        assert!(told("0,5 MBPS\n").contains("'5 MBPS' may be bits or bytes"));
        assert!(told("0,5 ms\n").contains("'5 ms' is no rate: write bits a second"));
        assert!(told("0;1.5 kbps\n1;1,5 kbps\n").contains("decimals stand behind a ',' here"));
        assert_eq!(rates(&trace("s,kbps\n0,5 kbit/s\n"), &[0.0]), [5e3]);
    }
}
