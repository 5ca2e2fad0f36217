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
use crate::recorded::moment::Moment;
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
    pub(super) moments: Arc<[Time]>,
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
        let mut moments = Moments::default();
        let mut several = None;
        for row in sheet.rows() {
            let row = row?;
            let cell = &row.cells[column];
            clock.read(cell).and_then(|at| moments.push(at, cell)).map_err(|flaw| flaw.in_line(row.line))?;
            if sheet.heading().is_none() && sheet.width() > 2 && row.cells.iter().all(|cell| is_number(cell, &sheet)) {
                several = Some(row.line).filter(|_| moments.0.len() == 1);
            }
        }
        if let Some(line) = several {
            let what = format!("holds {} figures and is the only line; write one a line", sheet.width());
            return Err(Flaw::new(what).in_line(line));
        }
        Self::of(moments, &clock, asked)
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
        let mut moments = Moments::default();
        let mut add =
            |index: usize, clock: &mut Clock, cell: String, read: &dyn Fn(&mut Clock, &str) -> Result<Time, Flaw>| {
                read(clock, &cell).and_then(|at| moments.push(at, &cell)).map_err(|flaw| flaw.in_row(index + 1))
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
        Self::of(moments, &clock, asked)
    }

    fn of(moments: Moments, clock: &Clock, asked: &TimesFile) -> Result<Self, Flaw> {
        let moments = moments.0;
        let Some(last) = moments.last() else { return Err(Flaw::new("there are no arrivals in it")) };
        // Counted from the first, there is one gap fewer than there are arrivals; counted from 0, there is one before
        // the first.
        let gaps = moments.len() - usize::from(clock.begins_with_first());
        let gap = last.as_nanos() / gaps.max(1) as u64;
        let length = Span::from_nanos((last.as_nanos() + gap).max(1));
        Ok(Self { file: asked.file.display().to_string().into(), moments: moments.into(), length })
    }

    /// The arrival times.
    pub fn moments(&self) -> &[Time] {
        &self.moments
    }

    /// Whether it has a length above 0, so that it can start over.
    pub(super) fn can_loop(&self) -> bool {
        self.moments.last().is_some_and(|last| *last > Time::ZERO)
    }

    /// Arrivals before `end`, if it is played from its beginning, once or repeatedly.
    pub(super) fn arrivals_before(&self, end: Span, looped: bool) -> f64 {
        let within = |nanos: u64| self.moments.partition_point(|moment| moment.as_nanos() < nanos) as f64;
        let (rounds, rest) = (end.as_nanos() / self.length.as_nanos(), end.as_nanos() % self.length.as_nanos());
        if looped { rounds as f64 * self.moments.len() as f64 + within(rest) } else { within(end.as_nanos()) }
    }

    /// A one-line description: `visits.csv: 1,204 arrivals over 3,600 s, 0.334 /s`.
    pub fn told(&self) -> String {
        let last = self.moments.last().copied().unwrap_or(Time::ZERO) - Time::ZERO;
        let count = match self.moments.len() {
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
        let bytes: Vec<u8> = self.moments.iter().flat_map(|moment| moment.as_nanos().to_le_bytes()).collect();
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
    if Moment::begins(first) || sheet.name(0).is_some_and(sounds_like_time) {
        return Ok(());
    }
    let Some(place) = others.iter().position(|cell| Moment::begins(cell)) else { return Ok(()) };
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
struct Moments(Vec<Time>);

impl Moments {
    fn push(&mut self, at: Time, cell: &str) -> Result<(), Flaw> {
        if self.0.last().is_some_and(|last| at < *last) {
            return Err(Flaw::new(format!("{cell} comes before the one above")));
        }
        self.0.push(at);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::TimesEnd;
    use super::*;
    use crate::rate::TraceOffset;

    fn file() -> TimesFile {
        TimesFile { file: "t".into(), column: None, time_unit: None, end: TimesEnd::Loop, offset: TraceOffset::Start }
    }

    fn seconds_of(recording: &Recording) -> Vec<f64> {
        recording.moments().iter().map(|moment| moment.as_secs()).collect()
    }

    fn read(text: &str, asked: &TimesFile) -> Result<Vec<f64>, String> {
        let recording = Recording::of_text(text.as_bytes(), asked).map_err(|flaw| flaw.of("t").to_string())?;
        Ok(seconds_of(&recording))
    }

    /// The same arrivals in all the usual formats: at 1, 2.5 and 4 s.
    #[test]
    fn many_ways_of_writing_are_one() {
        for text in [
            "1\n2.5\n4\n",
            "\u{feff}1.0\r\n2.5\r\n4.0\r\n",
            "seconds,who\n1,a\n2.5,b\n4,\n",
            "# a doorbell\n\nt\n1\n# noon\n2.5\n4\n",
            "arrival_ms\n1000\n2500\n4000\n",
            "timestamp_us,x\n1000000,1\n2500000,1\n4000000,1\n",
            "time_ns\n1000000000\n2500000000\n4000000000\n",
            "t (s);who\n1,0;a\n2,5;b\n4,0;c\n",
            "t (s)\twho\n1\ta\n2.5\tb\n4\tc\n",
            "1 a\n2.5 b\n4 c\n",
            "1 s\n2500 ms\n4 s\n",
            "# arrival_ms\n1000\n2500\n4000\n",
        ] {
            assert_eq!(read(text, &file()), Ok(vec![1.0, 2.5, 4.0]), "{text}");
        }
        let ms = TimesFile { time_unit: Some("ms".into()), column: Some("at".into()), ..file() };
        assert_eq!(read("who,at\na,1000\nb,2500\n", &ms), Ok(vec![1.0, 2.5]));
    }

    #[test]
    fn dates_begin_with_the_first() {
        for text in [
            "t,ctx\n1700158623.979960,4808\n1700158624.979960,3180\n1700158626.479960,110\n",
            "timestamp_ms\n1700158623979\n1700158624979\n1700158626479\n",
            "2024-05-17T08:30:00Z\n2024-05-17T08:30:01Z\n2024-05-17T08:30:02.5Z\n",
            "when\n2024-05-17 08:30:00\n2024-05-17 08:30:01\n2024-05-17 08:30:02.5\n",
        ] {
            assert_eq!(read(text, &file()), Ok(vec![0.0, 1.0, 2.5]), "{text}");
        }
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let told = |text: &str| read(text, &file()).unwrap_err();
        assert_eq!(told("1\n0.5\n"), "t, line 2: 0.5 comes before the one above");
        assert_eq!(told("1\n-0.5\n"), "t, line 2: -0.5 comes before 0");
        assert!(told("1\nsoon\n").contains("t, line 2: 'soon' is no number of seconds, and no date"));
        assert!(told("1700158623979\n").contains("if it is a date in ms, say `time-unit: ms`"));
        assert!(told(",at\n0,5\n").contains("first column has no name"));
        assert!(told("id,time\n1,5\n").contains("is 'time' the column to read, or 'id', its first?"));
        assert!(told("0.5 0.7 0.9\n").contains("line 1: holds 3 figures and is the only line"));
        assert!(told("rate_kbps\n5\n").contains("states the unit of a rate"));
        assert!(told("time [fortnights]\n5\n").contains("'fortnights' is not known; allowed for a time are ns, us"));
        assert!(told("2024-05-17\n").contains("a day without a time of day"));
        assert!(told("08:30:00\n").contains("no number of seconds, and no date as"));
        assert!(told("t\n0,5\n").contains("numbers have a point"));
        assert!(told("# nobody\n").contains("no lines with figures"));
        let other = TimesFile { column: Some("at".into()), ..file() };
        assert!(read("who,when\na,1\n", &other).unwrap_err().contains("no column 'at'; the columns are: who, when"));
        assert!(read("1\n", &other).unwrap_err().contains("no heading in it"));
    }

    #[test]
    fn columns_with_types_are_read() {
        let of = |name: &str, stamps: Stamps| {
            let columns = Columns { names: &[name.to_owned()], temporal: &[] };
            let recording = Recording::of_column(name, columns, &stamps, &file(), Path::new("t"));
            recording.map(|recording| seconds_of(&recording)).map_err(|e| e.to_string())
        };
        let numbers = |digits: &[i128], decimals| Stamps::Numbers { digits: digits.to_vec(), decimals };
        assert_eq!(of("t", numbers(&[1, 2], 0)), Ok(vec![1.0, 2.0]));
        assert_eq!(of("t", numbers(&[150, 225], 2)), Ok(vec![1.5, 2.25]));
        assert_eq!(of("arrival_ns", numbers(&[1_500_000_000], 0)), Ok(vec![1.5]));
        assert_eq!(of("ts_us", numbers(&[1_700_158_623_000_000, 1_700_158_624_500_000], 0)), Ok(vec![0.0, 1.5]));
        assert_eq!(of("t_ms", Stamps::Floats(vec![1500.0, 1500.5])), Ok(vec![1.5, 1.5005]));
        assert_eq!(of("t_ms", Stamps::Dates(vec![5_000_000_000, 6_500_000_000])), Ok(vec![0.0, 1.5]));
        assert_eq!(of("t", Stamps::Nanos(vec![5_000_000_000])), Ok(vec![5.0]));
        assert_eq!(of("t", Stamps::Texts(vec!["2024-05-17T08:30:00".into()])), Ok(vec![0.0]));
        assert_eq!(of("t", numbers(&[2, 1], 0)).unwrap_err(), "t, row 2: 1 comes before the one above");
        assert!(
            of("t", numbers(&[1_700_158_623_979], 0))
                .unwrap_err()
                .contains("t, row 1: 1700158623979 s are 53876 years")
        );
        assert!(of("t", Stamps::Floats(vec![f64::NAN])).unwrap_err().contains("row 1: 'NaN' is no number"));
        assert!(of("t", numbers(&[], 0)).unwrap_err().contains("no arrivals"));
        let asked = TimesFile { time_unit: Some("ms".into()), ..file() };
        let told = Recording::of_column("t", Columns::default(), &Stamps::Dates(vec![0]), &asked, Path::new("t"));
        let told = told.unwrap_err().to_string();
        assert!(told.contains("leave `time-unit` out"), "{told}");
    }

    /// A data frame's index of dates is stored after its columns.
    #[test]
    fn numbers_beside_dates_are_not_read_without_asking() {
        let names = ["x".to_owned(), "__index_level_0__".to_owned()];
        let columns = Columns { names: &names, temporal: &names[1..] };
        let of = |name: &str, stamps: Stamps, asked: &TimesFile| {
            let recording = Recording::of_column(name, columns, &stamps, asked, Path::new("t"));
            recording.map(|recording| seconds_of(&recording)).map_err(|e| e.to_string())
        };
        let numbers = || Stamps::Numbers { digits: vec![1, 2], decimals: 0 };
        let told = of("x", numbers(), &file()).unwrap_err();
        assert_eq!(told, "t: is '__index_level_0__' the column to read, or 'x', its first? Say so with `column`");
        let asked = |name: &str| TimesFile { column: Some(name.into()), ..file() };
        assert_eq!(of("x", numbers(), &asked("x")), Ok(vec![1.0, 2.0]));
        let dates = Stamps::Dates(vec![5_000_000_000, 6_000_000_000]);
        assert_eq!(of("__index_level_0__", dates, &asked("__index_level_0__")), Ok(vec![0.0, 1.0]));

        let rows = "1,2024-05-17T08:30:00Z\n2,2024-05-17T08:30:05Z\n";
        let told = read(rows, &file()).unwrap_err();
        assert!(
            told.starts_with("t, line 1: is the column to read the first, with '1', or the one with '2024-"),
            "{told}"
        );
        assert!(told.contains("names of the columns above it"), "{told}");
        let told = read(&format!("x,y\n{rows}"), &file()).unwrap_err();
        assert!(
            told.contains("is 'y' the column to read, with dates such as '2024-05-17T08:30:00Z', or 'x'?"),
            "{told}"
        );
        assert_eq!(read(&format!("x,y\n{rows}"), &asked("y")), Ok(vec![0.0, 5.0]));
        assert_eq!(read(&format!("t_s,y\n{rows}"), &file()), Ok(vec![1.0, 2.0]));
    }

    /// Counted from 0, the mean gap is the time before an arrival; counted from the first, the time between two.
    #[test]
    fn it_begins_again_after_a_mean_gap() {
        let recording = |text: &str| Recording::of_text(text.as_bytes(), &file()).unwrap();
        let own = recording("1\n3\n");
        assert_eq!(own.length, Span::from_secs(4.5));
        assert_eq!(own.told(), "t: 2 arrivals over 3 s, 0.667 /s");
        let dated = recording("1700158623\n1700158625\n1700158627\n");
        assert_eq!(dated.length, Span::from_secs(6.0));
        assert_eq!(dated.told(), "t: 3 arrivals over 4 s, 0.5 /s");
        assert_eq!(dated.arrivals_before(Span::from_secs(11.0), true), 6.0);
        assert_eq!(dated.arrivals_before(Span::from_secs(2.0), true), 1.0);
        assert_eq!(dated.arrivals_before(Span::from_secs(11.0), false), 3.0);
        assert!(dated.can_loop() && !recording("1700158623\n").can_loop());
    }

    /// The arrivals and the length identify a recording, not the name of its file.
    #[test]
    fn a_recording_is_identified_by_what_is_in_it() {
        let identity = |text: &str, file: &str| {
            let asked = TimesFile { file: file.into(), ..self::file() };
            serde_json::to_string(&Recording::of_text(text.as_bytes(), &asked).unwrap()).unwrap()
        };
        let one = identity("1\n3\n", "t");
        assert_eq!(identity("t_s\n1.0\n3.0\n", "other"), one);
        assert_ne!(identity("1\n4\n", "t"), one);
        assert!(one.ends_with("\",4500000000]"), "{one}");
    }

    #[test]
    fn one_arrival_is_told_without_a_rate() {
        let told = |text: &str| Recording::of_text(text.as_bytes(), &file()).unwrap().told();
        assert_eq!(told("1700158623\n"), "t: 1 arrival over 0 s");
        assert_eq!(told("5\n"), "t: 1 arrival over 5 s, 0.2 /s");
        let all = |text: &str| Recording::of_text(text.as_bytes(), &file()).unwrap();
        // At 1 and 3 s, again at 5.5 and 7.5 s, and so on; what happens at the end itself has not happened before it.
        let arrivals =
            [0.5, 1.0, 1.5, 4.5, 5.5, 5.6, 9.0].map(|end| all("1\n3\n").arrivals_before(Span::from_secs(end), true));
        assert_eq!(arrivals, [0.0, 0.0, 1.0, 2.0, 2.0, 3.0, 4.0]);
    }
}
