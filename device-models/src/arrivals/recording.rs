//! Recordings of arrivals.
//!
//! A recording that counts from 0 begins at 0, so that its first request arrives when it did; one whose stamps are
//! dates begins with its first.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use serde::{Serialize, Serializer};
use sim_core::{Span, Time};
use xxhash_rust::xxh3::xxh3_128;

use super::TimesFile;
use crate::recorded::clock::Clock;
use crate::recorded::column::{sounds_like_time, unit_of};
use crate::recorded::date_time::DateTime;
use crate::recorded::number::Number;
use crate::recorded::sheet::Sheet;
use crate::recorded::unit::Unit;
use crate::recorded::{Flaw, RecordingError, bytes, decode, figure, grouped, seconds};

/// Recorded arrival times, ascending.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// The file, as named in the scenario.
    file: Arc<str>,
    /// The arrival times.
    pub(super) times: Arc<[Time]>,
    /// The time until it starts over: one mean gap after the last of them.
    pub(super) length: Span,
}

/// The stamps of a column whose types are known, row by row.
#[derive(Clone, Debug, PartialEq)]
pub enum Stamps {
    /// Numbers with the given number of decimals, in the unit that the name of the column or the scenario states.
    Numbers {
        /// Without their decimal point.
        digits: Vec<i128>,
        /// How many of the digits are decimals.
        decimals: u32,
    },
    /// Floats, in such a unit.
    Floats(Vec<f64>),
    /// Nanoseconds since 1970.
    Dates(Vec<i128>),
    /// Nanoseconds since the recording began.
    Nanos(Vec<i128>),
    /// As they would be written in a text file.
    Texts(Vec<String>),
}

/// The columns of a table whose types are known.
#[derive(Clone, Copy, Debug, Default)]
pub struct Columns<'a> {
    /// Names of all of them.
    pub names: &'a [String],
    /// Names of those whose type is an instant or a duration.
    pub temporal: &'a [String],
}

impl Recording {
    /// Reads the text file that a scenario in `folder` names.
    ///
    /// # Errors
    /// If it cannot be read or understood: the file and the line.
    pub fn read(asked: &TimesFile, folder: &Path) -> Result<Self, RecordingError> {
        let path = folder.join(&asked.file);
        let name = path.display().to_string();
        Self::of_text(&bytes(&path)?, asked).map_err(|flaw| flaw.of(&name))
    }

    fn of_text(bytes: &[u8], asked: &TimesFile) -> Result<Self, Flaw> {
        let sheet = Sheet::read(decode(bytes)?)?;
        let column = match &asked.column {
            Some(name) => sheet.find(name)?,
            None => 0,
        };
        if let (None, Some(names)) = (&asked.column, sheet.heading()) {
            first_will_do(names, &[])?;
        }
        if let (None, Some(row)) = (&asked.column, sheet.rows().next()) {
            let row = row?;
            no_dates_beside(&row.cells, &sheet).map_err(|flaw| flaw.in_line(row.line))?;
        }
        let mut clock = clock(sheet.name(column), asked, sheet.decimal_comma())?;
        let mut times = ArrivalTimes::default();
        let mut several = None;
        for row in sheet.rows() {
            let row = row?;
            let cell = &row.cells[column];
            clock.read(cell).and_then(|at| times.push(at, cell)).map_err(|flaw| flaw.in_line(row.line))?;
            if sheet.heading().is_none() && sheet.width() > 2 && row.cells.iter().all(|cell| is_number(cell, &sheet)) {
                several = Some(row.line).filter(|_| times.0.len() == 1);
            }
        }
        if let Some(line) = several {
            let what = format!("holds {} figures and is the only line; write one a line", sheet.width());
            return Err(Flaw::new(what).in_line(line));
        }
        Self::of(times, &clock, asked)
    }

    /// From the column of a table, called `name`, of the file at `path`, which has these `columns`.
    ///
    /// # Errors
    /// If its stamps cannot be understood: the file and the row.
    pub fn of_column(
        name: &str,
        columns: Columns,
        stamps: &Stamps,
        asked: &TimesFile,
        path: &Path,
    ) -> Result<Self, RecordingError> {
        let name_of_file = path.display().to_string();
        Self::of_stamps(name, columns, stamps, asked).map_err(|flaw| flaw.of(&name_of_file))
    }

    fn of_stamps(name: &str, columns: Columns, stamps: &Stamps, asked: &TimesFile) -> Result<Self, Flaw> {
        // A type that has a unit needs none from elsewhere.
        let typed = matches!(stamps, Stamps::Dates(_) | Stamps::Nanos(_));
        if typed && asked.time_unit.is_some() {
            let what = format!("column '{name}' says itself what its values are; leave `time-unit` out");
            return Err(Flaw::new(what));
        }
        if !typed && asked.column.is_none() {
            first_will_do(columns.names, columns.temporal)?;
        }
        let mut clock = match stamps {
            Stamps::Dates(_) => Clock::new(None, false, false),
            Stamps::Nanos(_) => Clock::new(Some(1), false, false),
            _ => clock(Some(name), asked, true)?,
        };
        let mut times = ArrivalTimes::default();
        let mut add =
            |index: usize, clock: &mut Clock, cell: String, read: &dyn Fn(&mut Clock, &str) -> Result<Time, Flaw>| {
                read(clock, &cell).and_then(|at| times.push(at, &cell)).map_err(|flaw| flaw.in_row(index + 1))
            };
        match stamps {
            Stamps::Numbers { digits, decimals } => {
                for (index, digits) in digits.iter().enumerate() {
                    let number = Number::scaled(*digits, *decimals);
                    let shown = if *decimals == 0 { digits.to_string() } else { number.value().to_string() };
                    add(index, &mut clock, shown, &|clock, cell| clock.read_number(number, cell))?;
                }
            }
            Stamps::Floats(values) => {
                for (index, value) in values.iter().enumerate() {
                    add(index, &mut clock, value.to_string(), &|clock, cell| clock.read(cell))?;
                }
            }
            Stamps::Texts(values) => {
                for (index, value) in values.iter().enumerate() {
                    add(index, &mut clock, value.trim().to_owned(), &|clock, cell| clock.read(cell))?;
                }
            }
            Stamps::Dates(values) => {
                for (index, nanos) in values.iter().enumerate() {
                    let shown = format!("{} ns since 1970", nanos);
                    add(index, &mut clock, shown, &|clock, cell| clock.read_date(*nanos, cell))?;
                }
            }
            Stamps::Nanos(values) => {
                for (index, nanos) in values.iter().enumerate() {
                    let number = Number::scaled(*nanos, 0);
                    add(index, &mut clock, format!("{nanos} ns"), &|clock, cell| clock.read_number(number, cell))?;
                }
            }
        }
        Self::of(times, &clock, asked)
    }

    fn of(times: ArrivalTimes, clock: &Clock, asked: &TimesFile) -> Result<Self, Flaw> {
        let times = times.0;
        let Some(last) = times.last() else { return Err(Flaw::new("there are no arrivals in it")) };
        // Counted from the first, there is one gap fewer than there are arrivals; counted from 0, there is one before
        // the first.
        let gaps = times.len() - usize::from(clock.begins_with_first());
        let gap = last.as_nanos() / gaps.max(1) as u64;
        let length = Span::from_nanos((last.as_nanos() + gap).max(1));
        Ok(Self { file: asked.file.display().to_string().into(), times: times.into(), length })
    }

    /// The arrival times.
    pub fn times(&self) -> &[Time] {
        &self.times
    }

    /// Whether it has a length above 0, so that it can start over.
    pub(super) fn can_loop(&self) -> bool {
        self.times.last().is_some_and(|last| *last > Time::ZERO)
    }

    /// Arrivals before `end`, if it is played from its beginning, once or repeatedly.
    pub(super) fn arrivals_before(&self, end: Span, looped: bool) -> f64 {
        let within = |nanos: u64| self.times.partition_point(|time| time.as_nanos() < nanos) as f64;
        let (rounds, rest) = (end.as_nanos() / self.length.as_nanos(), end.as_nanos() % self.length.as_nanos());
        if looped { rounds as f64 * self.times.len() as f64 + within(rest) } else { within(end.as_nanos()) }
    }

    /// A one-line description: `visits.csv: 1,204 arrivals over 3,600 s, 0.334 /s`.
    pub fn told(&self) -> String {
        let last = self.times.last().copied().unwrap_or(Time::ZERO) - Time::ZERO;
        let count = match self.times.len() {
            1 => "1 arrival".to_owned(),
            several => format!("{} arrivals", grouped(several)),
        };
        let gap = (self.length.as_nanos() - last.as_nanos()) as f64 / 1e9;
        let rate = if last == Span::ZERO { String::new() } else { format!(", {} /s", figure(1.0 / gap)) };
        format!("{}: {count} over {}{rate}", self.file, seconds(last))
    }
}

/// Identified by its contents, whatever the name of its file.
impl Serialize for Recording {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = self.times.iter().flat_map(|time| time.as_nanos().to_le_bytes()).collect();
        (format!("{:032x}", xxh3_128(&bytes)), self.length.as_nanos()).serialize(serializer)
    }
}

/// Whether the first of several columns, which holds numbers or texts, can be the intended one, where none is named.
/// `temporal` are the columns whose type is an instant or a duration.
fn first_will_do(names: &[String], temporal: &[String]) -> Result<(), Flaw> {
    let first = names.first().map(String::as_str).unwrap_or_default();
    let other = names.iter().skip(1).find(|name| temporal.contains(name) || sounds_like_time(name));
    match other {
        _ if first.is_empty() => Err(Flaw::new(format!(
            "its first column has no name and may count the rows; say which to read with `column`: {}",
            names.join(", ")
        ))),
        Some(other) if !sounds_like_time(first) => {
            Err(Flaw::new(format!("is '{other}' the column to read, or '{first}', its first? Say so with `column`")))
        }
        _ => Ok(()),
    }
}

/// Numbers in the first column are not read as times if another column holds dates, unless its name is that of a time.
fn no_dates_beside(cells: &[Cow<str>], sheet: &Sheet) -> Result<(), Flaw> {
    let [first, others @ ..] = cells else { return Ok(()) };
    if DateTime::begins(first) || sheet.name(0).is_some_and(sounds_like_time) {
        return Ok(());
    }
    let Some(place) = others.iter().position(|cell| DateTime::begins(cell)) else { return Ok(()) };
    let date = &others[place];
    Err(Flaw::new(match sheet.heading() {
        Some(names) => {
            let (first, other) = (&names[0], &names[place + 1]);
            format!("is '{other}' the column to read, with dates such as '{date}', or '{first}'? Say so with `column`")
        }
        None => format!(
            "is the column to read the first, with '{first}', or the one with '{date}'? Put a line with the names of \
             the columns above it, and say which to read with `column`"
        ),
    }))
}

fn is_number(cell: &str, sheet: &Sheet) -> bool {
    Number::leading(cell, sheet.decimal_comma()).is_some_and(|(_, _, rest)| rest.is_empty())
}

/// The clock for a column of this name.
fn clock(name: Option<&str>, asked: &TimesFile, decimal_comma: bool) -> Result<Clock, Flaw> {
    let unit = unit_of(name, asked.time_unit.as_deref(), "time-unit", true)?;
    let nanos = unit.and_then(|unit| if let Unit::Time(nanos) = unit { Some(nanos) } else { None });
    Ok(Clock::new(nanos, decimal_comma, false))
}

/// Arrival times so far.
#[derive(Default)]
struct ArrivalTimes(Vec<Time>);

impl ArrivalTimes {
    fn push(&mut self, at: Time, cell: &str) -> Result<(), Flaw> {
        if self.0.last().is_some_and(|last| at < *last) {
            return Err(Flaw::new(format!("{cell} comes before the one above")));
        }
        self.0.push(at);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
