//! Dates with times of day, as ISO 8601 and RFC 3339 write them.

use super::Flaw;

/// A date and a time of day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DateTime {
    /// Nanoseconds since 1970.
    pub nanos: i128,
    /// Whether it states its zone.
    pub zoned: bool,
}

const SECOND: i128 = 1_000_000_000;

impl DateTime {
    /// Whether a text begins like a date: four digits, a dash, two digits.
    pub fn begins(text: &str) -> bool {
        let bytes = text.as_bytes();
        bytes.len() >= 8
            && bytes[4] == b'-'
            && [0, 1, 2, 3, 5, 6].iter().all(|place| bytes[*place].is_ascii_digit())
            && bytes[7] == b'-'
    }

    /// Reads `2024-05-17T08:30:00.25Z`: seconds, their decimals and the zone may be left out, and a blank may replace
    /// the T.
    ///
    /// # Errors
    /// What is missing.
    pub fn parse(text: &str) -> Result<Self, Flaw> {
        let wrong = || Flaw::new(format!("'{text}' is no date and time as 2024-05-17T08:30:00"));
        let (date, rest) = text.split_at_checked(10).ok_or_else(wrong)?;
        let date: Option<Vec<i64>> = date.split('-').map(|part| part.parse().ok()).collect();
        let Some([year, month, day]) = date.as_deref() else { return Err(wrong()) };
        let days = days_since_1970(*year, *month, *day).ok_or_else(wrong)?;
        let Some(rest) = rest.strip_prefix(['T', 't', ' ', '_']) else {
            let day = || Flaw::new(format!("'{text}' is a day without a time of day"));
            return Err(if rest.is_empty() { day() } else { wrong() });
        };
        let end = rest.find(|c: char| !c.is_ascii_digit() && !matches!(c, ':' | '.' | ',')).unwrap_or(rest.len());
        let (clock, zone) = rest.split_at(end);
        let time_of_day = time_of_day(clock).ok_or_else(wrong)?;
        let offset = offset(zone.trim()).ok_or_else(wrong)?;
        let nanos = i128::from(days) * 86_400 * SECOND + time_of_day - i128::from(offset.unwrap_or(0)) * 60 * SECOND;
        Ok(Self { nanos, zoned: offset.is_some() })
    }
}

/// Nanoseconds since midnight of `08:30`, `08:30:00` or `08:30:00.25`.
fn time_of_day(clock: &str) -> Option<i128> {
    let (whole, decimals) = clock.split_once(['.', ',']).unwrap_or((clock, "0"));
    let parts: Option<Vec<i128>> = whole.split(':').map(two_digits).collect();
    let (hour, minute, second) = match parts.as_deref()? {
        [hour, minute] => (*hour, *minute, 0),
        [hour, minute, second] => (*hour, *minute, *second),
        _ => return None,
    };
    // A leap second is the first of the next minute.
    if hour > 23 || minute > 59 || second > 60 || decimals.is_empty() || !decimals.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let decimals: i128 = format!("{decimals:0<9}")[..9].parse().ok()?;
    Some(((hour * 60 + minute) * 60 + second) * SECOND + decimals)
}

fn two_digits(text: &str) -> Option<i128> {
    if text.len() == 2 { text.parse().ok() } else { None }
}

/// Minutes east of Greenwich; none if no zone is given. The outer option is none if it is not a zone.
fn offset(zone: &str) -> Option<Option<i64>> {
    if zone.is_empty() {
        return Some(None);
    }
    if ["z", "utc", "gmt"].iter().any(|name| zone.eq_ignore_ascii_case(name)) {
        return Some(Some(0));
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let digits = zone.strip_prefix(['+', '-'])?.replace(':', "");
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) || !matches!(digits.len(), 2 | 4) {
        return None;
    }
    let hours: i64 = digits[..2].parse().ok()?;
    let minutes: i64 = if digits.len() == 4 { digits[2..].parse().ok()? } else { 0 };
    (hours <= 15 && minutes <= 59).then_some(Some(sign * (hours * 60 + minutes)))
}

/// Days since 1970 of a day of the Gregorian calendar; none if there is no such day.
fn days_since_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let lengths = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let before = usize::try_from(month - 1).ok().filter(|month| *month < 12)?;
    if !(1..=lengths[before]).contains(&day) {
        return None;
    }
    // Leap days of all years before this one, and of those before 1970.
    let leap_days = |year: i64| year / 4 - year / 100 + year / 400;
    let years = (year - 1970) * 365 + leap_days(year - 1) - leap_days(1969);
    Some(years + lengths[..before].iter().sum::<i64>() + day - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_counted_from_1970() {
        let nanos = |text: &str| DateTime::parse(text).unwrap().nanos;
        assert_eq!(nanos("1970-01-01T00:00:00Z"), 0);
        assert_eq!(nanos("2020-02-27 17:30:15"), 1_582_824_615 * SECOND);
        assert_eq!(nanos("2000-02-29T12:00"), 951_825_600 * SECOND);
        assert_eq!(nanos("2024-03-01T01:00:00.25+01:00"), nanos("2024-03-01 00:00:00,250 UTC"));
        assert_eq!(nanos("2023-12-31T23:59:60Z"), nanos("2024-01-01T00:00:00Z"));
        assert!(DateTime::parse("2024-01-01T00:00:00-0530").unwrap().zoned);
        assert!(!DateTime::parse("2024-01-01T00:00:00").unwrap().zoned);
    }

    #[test]
    fn what_is_no_date_is_said() {
        for text in
            ["2024-02-30T00:00", "2024-13-01T00:00", "2024-01-01T24:00", "2024-01-01T1:00", "2024-01-01T00:00 CET"]
        {
            assert!(DateTime::parse(text).unwrap_err().what.contains("no date and time"), "{text}");
        }
        assert!(DateTime::parse("2024-01-01").unwrap_err().what.contains("without a time of day"));
        assert!(DateTime::begins("2024-01-01 x") && !DateTime::begins("2024.01.01") && !DateTime::begins("12-01-2024"));
    }

    /// Day after day through eight centuries: each is the next after the one before, and none is left out.
    #[test]
    fn days_follow_each_other() {
        let leap =
            |year: i64| matches!((year % 400, year % 100, year % 4), (0, ..)) || (year % 100 != 0 && year % 4 == 0);
        let mut expected = days_since_1970(1600, 1, 1).unwrap();
        for year in 1600..2400 {
            for month in 1..=12 {
                let days = match month {
                    2 => 28 + i64::from(leap(year)),
                    4 | 6 | 9 | 11 => 30,
                    _ => 31,
                };
                for day in 1..=days {
                    assert_eq!(days_since_1970(year, month, day), Some(expected), "{year}-{month}-{day}");
                    expected += 1;
                }
                assert_eq!([0, days + 1].map(|day| days_since_1970(year, month, day)), [None; 2], "{year}-{month}");
            }
        }
        assert_eq!(days_since_1970(1970, 1, 1), Some(0));
        assert_eq!([0, 13].map(|month| days_since_1970(2000, month, 1)), [None; 2]);
        assert_eq!(
            [1900, 2000, 2023, 2024].map(|year| days_since_1970(year, 2, 29).is_some()),
            [false, true, false, true]
        );
    }

    #[test]
    fn a_time_of_day_is_counted_from_midnight() {
        let minute = 60 * SECOND;
        for (text, nanos) in [
            ("00:00", 0),
            ("01:02", 62 * minute),
            ("23:59:59", 24 * 60 * minute - SECOND),
            ("00:00:60", minute),
            ("00:00:00.5", SECOND / 2),
            ("00:00:01,000000001", SECOND + 1),
            ("00:00:00.1234567899", 123_456_789),
        ] {
            assert_eq!(time_of_day(text), Some(nanos), "{text}");
        }
        for text in ["24:00", "00:60", "00:00:61", "00", "00:00:00:00", "0:00", "00:00.", "00:00:00.x", ""] {
            assert_eq!(time_of_day(text), None, "{text}");
        }
    }

    #[test]
    fn zones_are_minutes_east_of_greenwich() {
        for (text, minutes) in [
            ("", None),
            ("Z", Some(0)),
            ("utc", Some(0)),
            ("GMT", Some(0)),
            ("+01", Some(60)),
            ("+05:30", Some(330)),
            ("-0530", Some(-330)),
            ("+15:59", Some(959)),
            ("-00:01", Some(-1)),
        ] {
            assert_eq!(offset(text), Some(minutes), "{text}");
        }
        for text in ["05:30", "+5", "+16:00", "+05:60", "+005", "+0x:00", "CET", "+"] {
            assert_eq!(offset(text), None, "{text}");
        }
        // Noon in India is half past six in Greenwich.
        let nanos = |text: &str| DateTime::parse(text).unwrap().nanos;
        assert_eq!(nanos("1970-01-02T12:00:00+05:30"), (86_400 + 6 * 3600 + 1800) * SECOND);
        assert_eq!(nanos("1970-01-01T12:00:00-01:00"), 13 * 3600 * SECOND);
    }

    #[test]
    fn a_date_begins_with_its_digits() {
        for text in ["2024-05-", "2024-05-17T08:30"] {
            assert!(DateTime::begins(text), "{text}");
        }
        for text in ["2024-05", "2024-5-17", "2024:05-17", "2024-05:17", "202x-05-17", "2024-0x-17", ""] {
            assert!(!DateTime::begins(text), "{text}");
        }
        for text in ["2024-05-17x08:30:00", "2024-05-17", "2024-05x17T08:30", "2024-05-17T08:30 CET"] {
            assert!(DateTime::parse(text).is_err(), "{text}");
        }
    }
}
