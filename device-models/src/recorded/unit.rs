//! Units of time and of rates, in all the spellings of recordings.

/// A unit of a recording's column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Unit {
    /// A time: its length in nanoseconds.
    Time(i128),
    /// A rate: its size in bits a second.
    Rate(f64),
}

/// A piece of text, read as a unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reading {
    /// A unit.
    Unit(Unit),
    /// `MBPS`: bits or bytes?
    BitsOrBytes,
    /// `kB`, `Mbit`: an amount of data, not a rate.
    Amount,
    /// A unit, but not one of time or rate.
    Other,
    /// Not a unit.
    None,
}

const SECOND: i128 = 1_000_000_000;

/// Units of time, in lower case: megaseconds do not occur.
const TIMES: [(&[&str], i128); 7] = [
    (&["ns", "nsec", "nsecs", "nanos", "nanosec", "nanosecs", "nanosecond", "nanoseconds"], 1),
    (&["us", "µs", "μs", "usec", "usecs", "micros", "microsec", "microsecs", "microsecond", "microseconds"], 1_000),
    (&["ms", "msec", "msecs", "millis", "millisec", "millisecs", "millisecond", "milliseconds"], 1_000_000),
    (&["s", "sec", "secs", "second", "seconds"], SECOND),
    (&["min", "mins", "minute", "minutes"], 60 * SECOND),
    (&["h", "hr", "hrs", "hour", "hours"], 3600 * SECOND),
    (&["d", "days"], 86_400 * SECOND),
];

/// The spellings allowed for a time.
pub const TIMES_ALLOWED: &str = "ns, us, ms, s, min, h, d";

/// The spellings allowed for a rate.
pub const RATES_ALLOWED: &str =
    "bps, kbps, Mbps and Gbps for bits a second; B/s, kB/s, MB/s and GB/s for bytes a second";

/// Units that occur in recordings and are neither times nor data rates.
const OTHERS: [&str; 22] = [
    "hz", "khz", "mhz", "ghz", "dbm", "db", "percent", "pct", "%", "ticks", "tick", "jiffies", "frames", "samples",
    "packets", "pkts", "pps", "fps", "rps", "weeks", "months", "years",
];

/// Prefixes with their factors; upper-case K is the same as k, and millibits do not exist.
const PREFIXES: [(&str, f64); 15] = [
    ("kibi", 1024.0),
    ("mebi", 1048576.0),
    ("gibi", 1073741824.0),
    ("kilo", 1e3),
    ("mega", 1e6),
    ("giga", 1e9),
    ("tera", 1e12),
    ("ki", 1024.0),
    ("mi", 1048576.0),
    ("gi", 1073741824.0),
    ("k", 1e3),
    ("m", 1e6),
    ("g", 1e9),
    ("t", 1e12),
    ("", 1.0),
];

impl Unit {
    /// Reads a piece of text that may be a unit.
    pub fn read(text: &str) -> Reading {
        let text = text.trim();
        if let Some(nanos) = time(text) {
            return Reading::Unit(Self::Time(nanos));
        }
        rate(text)
    }
}

/// Nanoseconds in a unit of time.
pub fn time(text: &str) -> Option<i128> {
    let lower = text.trim().to_lowercase();
    TIMES.iter().find(|(names, _)| names.contains(&lower.as_str())).map(|(_, nanos)| *nanos)
}

fn rate(text: &str) -> Reading {
    let text = text.replace(" per ", "/").replace(' ', "");
    let lower = text.to_lowercase();
    let (amount, per) = match text.split_once('/') {
        Some((amount, per)) => match time(per) {
            Some(nanos) => (amount, Some(nanos)),
            None => return Reading::None,
        },
        None => match lower.strip_suffix("ps") {
            Some(short) if amount_in_bits(&text[..short.len()]).is_some() => (&text[..short.len()], Some(SECOND)),
            _ => (text.as_str(), None),
        },
    };
    let Some(bits) = amount_in_bits(amount) else {
        let other = per.is_some() && text.contains('/') || OTHERS.contains(&lower.as_str());
        return if other { Reading::Other } else { Reading::None };
    };
    let Some(per) = per else {
        // A single b or B is too short to be taken as a unit.
        return if amount.len() > 1 { Reading::Amount } else { Reading::None };
    };
    let short = amount.ends_with(['b', 'B']);
    if short && !text.chars().any(|c| c.is_lowercase()) {
        return Reading::BitsOrBytes;
    }
    Reading::Unit(Unit::Rate(bits * SECOND as f64 / per as f64))
}

/// Bits in an amount of data: `kbit`, `MB`, `Mebibytes`.
fn amount_in_bits(text: &str) -> Option<f64> {
    let lower = text.to_lowercase();
    let long = [("bytes", 8.0), ("byte", 8.0), ("bits", 1.0), ("bit", 1.0)];
    let spelled = long.iter().find_map(|(name, bits)| Some((lower.strip_suffix(name)?, *bits)));
    let (prefix, bits) = match spelled {
        Some(found) => found,
        None if text.ends_with('b') => (&lower[..lower.len() - 1], 1.0),
        None if text.ends_with('B') => (&lower[..lower.len() - 1], 8.0),
        None => return None,
    };
    PREFIXES.iter().find(|(name, _)| *name == prefix).map(|(_, factor)| factor * bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate_of(text: &str) -> f64 {
        match Unit::read(text) {
            Reading::Unit(Unit::Rate(rate)) => rate,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn bits_and_bytes_are_told_apart() {
        for (text, rate) in [
            ("bps", 1.0),
            ("bit/s", 1.0),
            ("b/s", 1.0),
            ("kbps", 1e3),
            ("Kbps", 1e3),
            ("kbit/s", 1e3),
            ("Kbits/sec", 1e3),
            ("Mbps", 1e6),
            ("mbps", 1e6),
            ("Mb/s", 1e6),
            ("Mbit/s", 1e6),
            ("Mbit / s", 1e6),
            ("megabits per second", 1e6),
            ("Gbps", 1e9),
            ("Bps", 8.0),
            ("B/s", 8.0),
            ("bytes/s", 8.0),
            ("kBps", 8e3),
            ("KB/s", 8e3),
            ("MB/s", 8e6),
            ("MBps", 8e6),
            ("MiB/s", 8.0 * 1048576.0),
            ("kbit/ms", 1e6),
            ("MB/min", 8e6 / 60.0),
        ] {
            assert_eq!(rate_of(text), rate, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_told_is_not_guessed() {
        assert_eq!(["MBPS", "KBPS", "BPS", "MB/S"].map(Unit::read), [Reading::BitsOrBytes; 4]);
        assert_eq!(["kB", "Mbit", "bytes", "bits", "Mb"].map(Unit::read), [Reading::Amount; 5]);
        assert_eq!(["packets/s", "pps", "MHz", "%"].map(Unit::read), [Reading::Other; 4]);
        assert_eq!(["", "b", "rate", "time", "maps", "t/x", "link"].map(Unit::read), [Reading::None; 7]);
    }

    #[test]
    fn times_have_many_names() {
        for (text, nanos) in
            [("ms", 1_000_000), ("MS", 1_000_000), ("µs", 1_000), ("Seconds", SECOND), ("h", 3600 * SECOND)]
        {
            assert_eq!(Unit::read(text), Reading::Unit(Unit::Time(nanos)), "{text}");
        }
    }

    #[test]
    fn binary_prefixes_are_powers_of_two() {
        for (text, bits) in [
            ("KiB/s", 8.0 * 1024.0),
            ("kibibits/s", 1024.0),
            ("GiB/s", 8.0 * 1073741824.0),
            ("Tbps", 1e12),
            ("bit/us", 1e6),
            ("B/h", 8.0 / 3600.0),
            ("kbits per s", 1e3),
        ] {
            assert_eq!(rate_of(text), bits, "{text}");
        }
        assert_eq!(time(" Minutes "), Some(60 * SECOND));
        assert_eq!((time("d"), time("fortnight"), time("")), (Some(86_400 * SECOND), None, None));
        // A byte may be meant by any capital, unless a small letter is beside it.
        assert_eq!(
            [Unit::read("B"), Unit::read("GBPS"), Unit::read("frames"), Unit::read("x/s")],
            [Reading::None, Reading::BitsOrBytes, Reading::Other, Reading::Other]
        );
    }
}
