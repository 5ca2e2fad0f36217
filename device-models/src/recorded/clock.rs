//! From stamps to times since a recording began.
//!
//! A stamp is a number of seconds, or of another unit if the column or the stamp states one, or a date with a time of
//! day. Numbers from [`DATES_FROM`] on are dates, too: seconds since 1970. A dated recording begins with its first
//! stamp. One that counts from 0 begins there or with its first stamp, as its reader chooses.

use sim_core::Time;

use super::Flaw;
use super::date_time::DateTime;
use super::number::Number;
use super::unit::{TIMES_ALLOWED, time};

const SECOND: i128 = 1_000_000_000;

/// Seconds from which a stamp is a date: 3 March 1973. No recording counts from 0 for that long.
const DATES_FROM: i128 = 100_000_000;
/// Seconds from which a stamp is not a date in seconds but in a smaller unit: the year 2286.
const DATES_UNTIL: i128 = 10_000_000_000;

/// Turns the stamps of a column into times.
pub struct Clock {
    /// Nanoseconds in a unit; none if no unit was stated, which means seconds.
    unit: Option<i128>,
    decimal_comma: bool,
    /// Whether a recording that counts from 0 also begins with its first stamp.
    from_first: bool,
    /// The first stamp, and how it was written.
    first: Option<(i128, Style)>,
    mark: Option<char>,
}

/// How a stamp is written.
#[derive(Clone, Copy, PartialEq)]
enum Style {
    Number,
    Date { zoned: bool },
}

impl Clock {
    /// Stamps in a unit of the given number of nanoseconds, if one was stated; otherwise in seconds.
    pub fn new(unit: Option<i128>, decimal_comma: bool, from_first: bool) -> Self {
        Self { unit, decimal_comma, from_first, first: None, mark: None }
    }

    /// Whether the recording begins with its first stamp.
    pub fn begins_with_first(&self) -> bool {
        self.from_first
            || self.first.is_some_and(|(first, style)| style != Style::Number || first >= DATES_FROM * SECOND)
    }

    /// The time of a written stamp.
    ///
    /// # Errors
    /// If it is not a stamp, or is inconsistent with those before.
    pub fn read(&mut self, cell: &str) -> Result<Time, Flaw> {
        if cell.is_empty() {
            return Err(Flaw::new("there is no time in it"));
        }
        if DateTime::begins(cell) {
            if self.unit.is_some() {
                return Err(Flaw::new(format!("'{cell}' is a date, and the column is said to be in a unit")));
            }
            let date = DateTime::parse(cell)?;
            return self.place(date.nanos, Style::Date { zoned: date.zoned }, cell);
        }
        let no_time = || {
            let unit = self.unit.map_or("seconds".to_owned(), name);
            Flaw::new(format!("'{cell}' is no number of {unit}, and no date as 2024-05-17T08:30:00"))
        };
        let (number, mark, rest) = Number::leading(cell, self.decimal_comma).ok_or_else(no_time)?;
        one_mark(&mut self.mark, mark, cell)?;
        let unit = match rest.trim() {
            "" => self.unit,
            written => {
                let unit = time(written).ok_or_else(no_time)?;
                if self.unit.is_some_and(|stated| stated != unit) {
                    return Err(Flaw::new(format!("'{cell}' is in another unit than the column is said to be")));
                }
                Some(unit)
            }
        };
        self.number(number, unit, cell)
    }

    /// The time of a number in the column's unit, shown as `cell` in errors.
    ///
    /// # Errors
    /// If it is not a stamp, or is inconsistent with those before.
    pub fn read_number(&mut self, number: Number, cell: &str) -> Result<Time, Flaw> {
        self.number(number, self.unit, cell)
    }

    /// The time of a date, in nanoseconds since 1970, shown as `cell` in errors.
    ///
    /// # Errors
    /// If it is inconsistent with those before.
    pub fn read_date(&mut self, nanos: i128, cell: &str) -> Result<Time, Flaw> {
        self.place(nanos, Style::Date { zoned: false }, cell)
    }

    fn number(&mut self, number: Number, unit: Option<i128>, cell: &str) -> Result<Time, Flaw> {
        let nanos = number.times(unit.unwrap_or(SECOND));
        let nanos = nanos.filter(|nanos| *nanos < DATES_UNTIL * SECOND).ok_or_else(|| too_late(number, unit, cell))?;
        if nanos < 0 {
            return Err(Flaw::new(format!("{cell} comes before 0")));
        }
        self.place(nanos, Style::Number, cell)
    }

    fn place(&mut self, nanos: i128, style: Style, cell: &str) -> Result<Time, Flaw> {
        let (first, written) = *self.first.get_or_insert((nanos, style));
        match (written, style) {
            _ if written == style => {}
            (Style::Date { .. }, Style::Date { .. }) => {
                return Err(Flaw::new(format!("'{cell}': some of the dates say their zone, and some do not")));
            }
            _ => return Err(Flaw::new(format!("'{cell}': there are numbers, and there are dates"))),
        }
        let since = if self.begins_with_first() { nanos - first } else { nanos };
        let since = u64::try_from(since).map_err(|_| Flaw::new(format!("{cell} comes before the first")))?;
        Ok(Time::from_nanos(since))
    }
}

/// A point and a comma in numbers of one column: one of them would be a thousands separator.
pub fn one_mark(seen: &mut Option<char>, mark: Option<char>, cell: &str) -> Result<(), Flaw> {
    match (*seen, mark) {
        (Some(seen), Some(mark)) if seen != mark => {
            Err(Flaw::new(format!("'{cell}': decimals stand behind a '{mark}' here and behind a '{seen}' above")))
        }
        (None, Some(_)) => {
            *seen = mark;
            Ok(())
        }
        _ => Ok(()),
    }
}

fn name(unit: i128) -> String {
    TIMES_ALLOWED.split(", ").find(|name| time(name) == Some(unit)).unwrap_or_default().to_owned()
}

fn too_late(number: Number, unit: Option<i128>, cell: &str) -> Flaw {
    let named = name(unit.unwrap_or(SECOND));
    let date = |unit: i128| {
        let nanos = number.times(unit).unwrap_or(i128::MAX);
        (DATES_FROM * SECOND..DATES_UNTIL * SECOND).contains(&nanos)
    };
    Flaw::new(match ["ms", "us", "ns"].into_iter().find(|unit| time(unit).is_some_and(date)) {
        Some(likely) => format!(
            "{cell} {named} are {} years; if it is a date in {likely}, say `time-unit: {likely}`, or name the unit in \
             the heading",
            (number.value() * unit.unwrap_or(SECOND) as f64 / 1e9 / 31_556_952.0).round()
        ),
        None => format!("{cell} {named} is no moment of a recording"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(clock: &mut Clock, cells: &[&str]) -> Result<Vec<f64>, Flaw> {
        cells.iter().map(|cell| clock.read(cell).map(Time::as_secs)).collect()
    }

    #[test]
    fn dates_begin_with_the_first() {
        for cells in [
            ["1582824615", "1582824616.5"],
            ["2020-02-27T17:30:15Z", "2020-02-27T17:30:16.5Z"],
            ["1582824615000 ms", "1582824616500 ms"],
        ] {
            assert_eq!(seconds(&mut Clock::new(None, true, false), &cells), Ok(vec![0.0, 1.5]), "{cells:?}");
        }
        let mut ms = Clock::new(Some(1_000_000), true, false);
        assert_eq!(seconds(&mut ms, &["1582824615000", "1582824616500"]), Ok(vec![0.0, 1.5]));
    }

    #[test]
    fn a_time_of_its_own_begins_where_its_reader_says() {
        assert_eq!(seconds(&mut Clock::new(None, true, false), &["2", "3,5"]), Ok(vec![2.0, 3.5]));
        assert_eq!(seconds(&mut Clock::new(None, true, true), &["2", "3.5"]), Ok(vec![0.0, 1.5]));
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let told = |cells: &[&str]| seconds(&mut Clock::new(None, true, false), cells).unwrap_err().what;
        assert!(told(&["1582824615000"]).contains("say `time-unit: ms`"), "{}", told(&["1582824615000"]));
        assert!(told(&["1582824615000000000"]).contains("say `time-unit: ns`"));
        assert!(told(&["-1"]).contains("before 0"));
        assert!(told(&["1582824615", "1582824614"]).contains("before the first"));
        assert!(told(&["1", "2024-05-17T08:30:00"]).contains("numbers, and there are dates"));
        assert!(told(&["2024-05-17T08:30:00", "2024-05-17T08:30:00Z"]).contains("zone"));
        assert!(told(&["1.5", "1,5"]).contains("decimals stand behind"));
        assert!(told(&["soon"]).contains("no number of seconds, and no date"));
        assert!(told(&[""]).contains("no time"));
        assert!(told(&["nan"]).contains("no number"));
        let told = seconds(&mut Clock::new(Some(1_000_000), true, false), &["5 s"]).unwrap_err().what;
        assert!(told.contains("another unit"), "{told}");
    }

    /// A number from 100,000,000 s on is a date, and from ten billion on in a smaller unit.
    #[test]
    fn numbers_are_dates_from_a_hundred_million_seconds_on() {
        let fresh = || Clock::new(None, false, false);
        assert_eq!(seconds(&mut fresh(), &["99999999", "100000000"]), Ok(vec![99_999_999.0, 100_000_000.0]));
        assert_eq!(seconds(&mut fresh(), &["100000000", "100000001"]), Ok(vec![0.0, 1.0]));
        assert_eq!(seconds(&mut fresh(), &["9999999999"]), Ok(vec![0.0]));
        let told = |clock: &mut Clock, cell: &str| seconds(clock, &[cell]).unwrap_err().what;
        // A hundred billion seconds are 3,169 years of 365.2425 days; as milliseconds they are a date.
        assert_eq!(
            told(&mut fresh(), "100000000000"),
            "100000000000 s are 3169 years; if it is a date in ms, say `time-unit: ms`, or name the unit in \
             the heading"
        );
        assert_eq!(told(&mut fresh(), "10000000000"), "10000000000 s is no moment of a recording");
        assert_eq!(
            told(&mut Clock::new(Some(3600 * SECOND), false, false), "1e9"),
            "1e9 h is no moment of a recording"
        );
        assert!(told(&mut fresh(), "1582824615000000").contains("say `time-unit: us`"));
    }

    #[test]
    fn a_clock_knows_where_it_begins() {
        let begins = |from_first, cells: &[&str]| {
            let mut clock = Clock::new(None, false, from_first);
            seconds(&mut clock, cells).unwrap();
            clock.begins_with_first()
        };
        assert_eq!((begins(false, &[]), begins(true, &[]), begins(false, &["5"])), (false, true, false));
        assert!(
            begins(false, &["100000000"]) && begins(false, &["2024-05-17T08:30:00"]) && !begins(false, &["99999999"])
        );
        let mut clock = Clock::new(Some(1_000_000), false, false);
        assert_eq!(clock.read_number(Number::scaled(1500, 0), "x"), Ok(Time::from_nanos(1_500_000_000)));
        let mut dates = Clock::new(None, false, false);
        assert_eq!([5, 7].map(|nanos| dates.read_date(nanos, "x")), [Ok(Time::ZERO), Ok(Time::from_nanos(2))]);
        assert_eq!(dates.read_date(4, "it").unwrap_err().what, "it comes before the first");
        assert_eq!(
            Clock::new(Some(1_000_000), false, false).read("2024-05-17T08:30:00").unwrap_err().what,
            "'2024-05-17T08:30:00' is a date, and the column is said to be in a unit"
        );
        // A unit that is said twice is the same one; zoned and other dates do not mix, nor do dates and numbers.
        assert_eq!(Clock::new(Some(1_000_000), false, false).read("5 ms"), Ok(Time::from_nanos(5_000_000)));
        assert!(seconds(&mut Clock::new(None, false, false), &["2024-05-17T08:30:00", "5"]).is_err());
    }

    #[test]
    fn a_column_has_one_decimal_mark() {
        let mut seen = None;
        assert_eq!(
            [None, Some(','), None, Some(',')].map(|mark| one_mark(&mut seen, mark, "x")),
            [const { Ok(()) }; 4]
        );
        let told = one_mark(&mut seen, Some('.'), "1.5").unwrap_err().what;
        assert_eq!(told, "'1.5': decimals stand behind a '.' here and behind a ',' above");
    }
}
