//! The figures for people: a row a policy.

use std::fmt;

use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;

/// A mean over replications and half the width of its 95 % interval, which a single replication does not have.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// The mean.
    pub mean: f64,
    /// Half the width of the interval.
    pub half_width: Option<f64>,
}

/// A policy's figures; one that was never observed is absent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The policy, as the scenario file has it.
    pub policy: String,
    /// The threshold it came to.
    pub threshold: Option<f64>,
    /// Share answered rightly.
    pub accuracy: Option<Interval>,
    /// AccI: where the accuracy lies between the little network's (0) and the big one's (1).
    pub accuracy_gain: Option<Interval>,
    /// Share sent up.
    pub appeal_rate: Option<Interval>,
    /// Joules a request, idling left out.
    pub energy_j: Option<Interval>,
    /// Median latency, seconds.
    pub latency_p50_s: Option<Interval>,
    /// 95th percentile.
    pub latency_p95_s: Option<Interval>,
    /// 99th percentile.
    pub latency_p99_s: Option<Interval>,
    /// Share not answered by the deadline.
    pub deadline_misses: Option<Interval>,
    /// Bytes sent a request.
    pub uplink_bytes: Option<Interval>,
    /// Seconds until the battery is empty.
    pub battery_life_s: Option<Interval>,
}

/// All policies of an experiment side by side, and what follows in words.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// A row a policy, in the order of the scenario file.
    pub rows: Vec<Row>,
    /// Sentences.
    pub findings: Vec<String>,
}

/// A figure of a row with its heading and the way it is written.
type Shown = (&'static str, fn(&Row) -> Option<Interval>, fn(f64) -> (f64, &'static str));

const SHOWN: [Shown; 10] = [
    ("accuracy", |r| r.accuracy, percent),
    ("AccI", |r| r.accuracy_gain, percent),
    ("appeals", |r| r.appeal_rate, percent),
    ("energy/request", |r| r.energy_j, energy),
    ("p50", |r| r.latency_p50_s, time),
    ("p95", |r| r.latency_p95_s, time),
    ("p99", |r| r.latency_p99_s, time),
    ("late", |r| r.deadline_misses, percent),
    ("sent/request", |r| r.uplink_bytes, bytes),
    ("battery", |r| r.battery_life_s, time),
];

/// The table; columns that no policy has are left out.
impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let shown: Vec<&Shown> =
            SHOWN.iter().filter(|(_, read, _)| self.rows.iter().any(|row| read(row).is_some())).collect();
        let mut table = Table::new();
        table.load_style(presets::UTF8_HORIZONTAL_ONLY);
        table.set_header([&"policy"].into_iter().chain(shown.iter().map(|(heading, _, _)| heading)));
        for row in &self.rows {
            let figures = shown.iter().map(|(_, read, scale)| match read(row) {
                Some(interval) => interval.written(*scale),
                None => "-".to_owned(),
            });
            table.add_row([row.policy.clone()].into_iter().chain(figures));
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        writeln!(f, "{table}")?;
        for finding in &self.findings {
            writeln!(f, "\n{finding}")?;
        }
        Ok(())
    }
}

impl Interval {
    /// Mean and half-width in the unit that suits the mean.
    fn written(self, scale: fn(f64) -> (f64, &'static str)) -> String {
        let (factor, unit) = scale(self.mean);
        let digits = |value: f64| match value.abs() {
            v if v >= 100.0 => 0,
            v if v >= 10.0 => 1,
            _ => 2,
        };
        let mean = self.mean * factor;
        let shown = digits(mean);
        match self.half_width {
            Some(half) => format!("{mean:.shown$} ± {:.shown$} {unit}", half * factor),
            None => format!("{mean:.shown$} {unit}"),
        }
    }
}

fn percent(_: f64) -> (f64, &'static str) {
    (100.0, "%")
}

fn energy(joules: f64) -> (f64, &'static str) {
    scaled(joules, &[(1.0, "J"), (1e-3, "mJ"), (1e-6, "µJ")])
}

fn time(seconds: f64) -> (f64, &'static str) {
    scaled(seconds, &[(86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"), (1e-3, "ms"), (1e-6, "µs")])
}

fn bytes(bytes: f64) -> (f64, &'static str) {
    scaled(bytes, &[(1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")])
}

/// The largest unit that leaves at least 1; the last one for what is smaller still, the first for 0.
fn scaled(value: f64, units: &[(f64, &'static str)]) -> (f64, &'static str) {
    let fits = units.iter().find(|(size, _)| value.abs() >= *size);
    let (size, unit) = match fits {
        Some(fits) => fits,
        None if value == 0.0 => units.iter().find(|(size, _)| *size == 1.0).unwrap_or(&units[0]),
        None => &units[units.len() - 1],
    };
    (1.0 / size, unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_in_units_that_suit_them() {
        let interval = |mean, half_width| Interval { mean, half_width };
        assert_eq!(interval(0.9123, Some(0.004)).written(percent), "91.2 ± 0.4 %");
        assert_eq!(interval(0.01234, None).written(time), "12.3 ms");
        assert_eq!(interval(0.0, None).written(bytes), "0.00 B");
        assert_eq!(interval(200_000.0, Some(10_000.0)).written(time), "2.31 ± 0.12 d");
    }
}
