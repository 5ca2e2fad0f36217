//! Other spellings of units: `usec`, `KB`, `Mbit/s`.
//!
//! A hint corrects how a unit is written, never how large the quantity was meant to be: `MW` is a million times `W`,
//! not a misspelt `mW`. So a spelling is parsed into its meaning, and only a unit with the same meaning is suggested.

/// What a spelling means: a kind of unit, and how many base units one is.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Meaning {
    /// The base unit.
    base: &'static str,
    factor: f64,
}

/// A unit without its prefix.
struct Stem {
    base: &'static str,
    factor: f64,
    /// Stems where case matters: `b` is a bit, `B` a byte.
    exact: &'static [&'static str],
    /// Stems where it does not.
    any_case: &'static [&'static str],
}

const fn stem(base: &'static str, factor: f64, any_case: &'static [&'static str]) -> Stem {
    Stem { base, factor, exact: &[], any_case }
}

const STEMS: [Stem; 21] = [
    stem("s", 1.0, &["s", "sec", "secs", "second", "seconds"]),
    stem("s", 60.0, &["min", "mins", "minute", "minutes"]),
    stem("s", 3600.0, &["h", "hr", "hrs", "hour", "hours"]),
    stem("s", 86400.0, &["d", "day", "days"]),
    Stem {
        base: "bps",
        factor: 1.0,
        exact: &["bps", "b/s", "b"],
        any_case: &["bit", "bits", "bit/s", "bits/s", "bit/sec", "bits/sec", "bits per second"],
    },
    Stem { base: "B", factor: 1.0, exact: &["B"], any_case: &["byte", "bytes"] },
    Stem {
        base: "B/s",
        factor: 1.0,
        exact: &["B/s", "Bps", "B/sec"],
        any_case: &["byte/s", "bytes/s", "bytes/sec", "bytes per second"],
    },
    stem("W", 1.0, &["W", "watt", "watts"]),
    stem("J", 1.0, &["J", "joule", "joules"]),
    stem("J", 3600.0, &["Wh", "Whr", "watt-hour", "watt-hours", "watthours"]),
    stem("g/kWh", 1.0, &["g/kWh", "gCO2/kWh", "gCO2e/kWh", "gCO2eq/kWh", "gram/kWh", "grams/kWh"]),
    stem("J/bit", 1.0, &["J/bit", "joule/bit", "joules/bit"]),
    Stem { base: "m", factor: 1.0, exact: &["m"], any_case: &["metre", "metres", "meter", "meters"] },
    stem("Hz", 1.0, &["Hz", "hertz"]),
    stem("dB", 1.0, &["dB", "decibel", "decibels"]),
    stem("MAC", 1.0, &["MAC", "MACs"]),
    stem("MAC/s", 1.0, &["MAC/s", "MACs/s", "MAC/sec", "MACs/sec"]),
    stem("Hz", 1.0, &["/s", "/sec", "/second", "per s", "per second"]),
    stem("Hz", 1.0 / 60.0, &["/min", "/minute", "per min", "per minute"]),
    stem("Hz", 1.0 / 3600.0, &["/h", "/hr", "/hour", "per h", "per hour"]),
    stem("Hz", 1.0 / 86400.0, &["/d", "/day", "per day"]),
];

/// Prefixes of a stem.
const PREFIXES: [(&str, f64); 22] = [
    ("", 1.0),
    ("n", 1e-9),
    ("nano", 1e-9),
    ("u", 1e-6),
    ("micro", 1e-6),
    ("m", 1e-3),
    ("milli", 1e-3),
    ("k", 1e3),
    ("K", 1e3),
    ("kilo", 1e3),
    ("M", 1e6),
    ("mega", 1e6),
    ("Mega", 1e6),
    ("g", 1e9),
    ("G", 1e9),
    ("giga", 1e9),
    ("T", 1e12),
    ("tera", 1e12),
    ("Ki", 1024.0),
    ("ki", 1024.0),
    ("Mi", 1048576.0),
    ("Gi", 1073741824.0),
];

/// The one of `units` that means the same as `written`, which is none of them; nothing if there is none.
///
/// ```
/// use device_models::units::respelt;
/// assert_eq!(respelt("usec", &["s", "ms", "us"]), Some("us"));
/// assert_eq!(respelt("MW", &["W", "mW", "kW"]), None);
/// ```
pub fn respelt<'a>(written: &str, units: &[&'a str]) -> Option<&'a str> {
    let meant = meaning(written)?;
    units.iter().copied().find(|unit| meaning(unit) == Some(meant))
}

fn meaning(written: &str) -> Option<Meaning> {
    let written = written.trim().replace(['µ', 'μ'], "u");
    if ["%", "percent", "per cent", "pct"].contains(&&*written) {
        return Some(Meaning { base: "%", factor: 0.01 });
    }
    PREFIXES.iter().find_map(|(prefix, times)| {
        let rest = written.strip_prefix(prefix)?;
        let fits = |stem: &&Stem| {
            stem.exact.contains(&rest) || stem.any_case.iter().any(|name| name.eq_ignore_ascii_case(rest))
        };
        let stem = STEMS.iter().find(fits)?;
        // There is no thousandth of a bit, a byte or a multiplication.
        let counted = ["bps", "B", "B/s", "MAC", "MAC/s"].contains(&stem.base);
        let times = if counted && *prefix == "m" { 1e6 } else { *times };
        Some(Meaning { base: stem.base, factor: times * stem.factor })
    })
}

#[cfg(test)]
mod tests {
    use super::super::*;
    use super::*;

    /// Every unit means what its table says: a hint can only suggest a unit of the same size.
    #[test]
    fn units_mean_what_they_are() {
        let all = [
            (Span::UNITS, "s"),
            (PowerDimension::UNITS, "W"),
            (EnergyDimension::UNITS, "J"),
            (CarbonIntensityDimension::UNITS, "g/kWh"),
            (DataRateDimension::UNITS, "bps"),
            (DataSizeDimension::UNITS, "B"),
            (ThroughputDimension::UNITS, "MAC/s"),
            (BandwidthDimension::UNITS, "B/s"),
            (DistanceDimension::UNITS, "m"),
            (SpectrumWidthDimension::UNITS, "Hz"),
            (DecibelsDimension::UNITS, "dB"),
            (MacsDimension::UNITS, "MAC"),
            (FrequencyDimension::UNITS, "Hz"),
        ];
        for (units, base) in all {
            for (name, factor) in units {
                let meant = meaning(name).unwrap_or_else(|| panic!("'{name}' means nothing"));
                assert_eq!(meant.base, base, "{name}");
                assert!((meant.factor / factor - 1.0).abs() < 1e-12, "{name}: {meant:?}");
            }
        }
        assert_eq!(meaning("%").map(|meant| meant.factor), Some(0.01));
    }

    #[test]
    fn other_spellings_are_known() {
        let time = ["ns", "us", "ms", "s", "min", "h", "d"];
        for (written, unit) in [
            ("usec", "us"),
            ("microseconds", "us"),
            ("msec", "ms"),
            ("mS", "ms"),
            ("Sec", "s"),
            ("seconds", "s"),
            ("mins", "min"),
            ("Min", "min"),
            ("hours", "h"),
            ("days", "d"),
        ] {
            assert_eq!(respelt(written, &time), Some(unit), "{written}");
        }
        let rate = ["bps", "kbps", "Mbps", "Gbps"];
        for (written, unit) in
            [("Mbit/s", "Mbps"), ("Mb/s", "Mbps"), ("mbps", "Mbps"), ("Kbps", "kbps"), ("Gbit", "Gbps")]
        {
            assert_eq!(respelt(written, &rate), Some(unit), "{written}");
        }
        assert_eq!(respelt("KB", &["B", "kB", "MB"]), Some("kB"));
        assert_eq!(respelt("mB", &["B", "kB", "MB"]), Some("MB"));
        assert_eq!(respelt("kwh", &["J", "Wh", "mWh", "kWh"]), Some("kWh"));
        assert_eq!(respelt("Mhz", &["Hz", "MHz"]), Some("MHz"));
        assert_eq!(respelt("per second", &["/s", "/min"]), Some("/s"));
        assert_eq!(respelt("percent", &["%"]), Some("%"));
    }

    /// A factor of a thousand, of eight or of a million is not a misspelling.
    #[test]
    fn sizes_are_not_guessed() {
        assert_eq!(respelt("MW", &["W", "mW", "uW", "kW"]), None);
        assert_eq!(respelt("Ms", &["s", "ms"]), None);
        assert_eq!(respelt("MB/s", &["bps", "Mbps"]), None);
        assert_eq!(respelt("MBps", &["bps", "Mbps"]), None);
        assert_eq!(respelt("Mb", &["B", "kB", "MB"]), None);
        assert_eq!(respelt("ps", &["ns", "us", "ms", "s"]), None);
        assert_eq!(respelt("J", &["W", "mW"]), None);
        assert_eq!(respelt("parsec", &["m", "km"]), None);
        assert_eq!(respelt("", &["m", "km"]), None);
    }
}
