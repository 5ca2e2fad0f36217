//! Figures of a comparison as people see them: in tables, and in charts over a sweep.

use super::{Interval, Reading, Row};
use crate::unit::{BYTES, CARBON, ENERGY, PERCENT, PRICE, TIME, Unit};

/// A figure for display.
pub(crate) struct Shown {
    /// Its heading in tables.
    pub heading: &'static str,
    /// How it is read from a row.
    pub read: fn(&Row) -> Option<Reading>,
    /// The units it may be written in.
    pub units: &'static [Unit],
}

const fn shown(heading: &'static str, read: fn(&Row) -> Option<Reading>, units: &'static [Unit]) -> Shown {
    Shown { heading, read, units }
}

pub(crate) const ACCURACY: Shown = shown("accuracy", |r| r.accuracy.map(Reading::Seen), PERCENT);
pub(crate) const ENERGY_PER_REQUEST: Shown = shown("energy", |r| r.energy_j.map(Reading::Seen), ENERGY);
pub(crate) const LATENCY_P95: Shown = shown("p95", |r| r.latency_p95_s, TIME);
pub(crate) const CO2: Shown = shown("CO2", |r| r.co2_g.map(Reading::Seen), CARBON);
pub(crate) const LATE: Shown = shown("late", |r| r.deadline_misses.map(Reading::Seen), PERCENT);

/// All of them, in the order of a table's columns.
pub(crate) const SHOWN: [Shown; 14] = [
    ACCURACY,
    shown("AccI", |r| r.accuracy_gain.map(Reading::Seen), PERCENT),
    shown("appeals", |r| r.appeal_rate.map(Reading::Seen), PERCENT),
    shown("edge server", |r| Some(Reading::Seen(Interval::point(r.by_edge_servers?))), PERCENT),
    ENERGY_PER_REQUEST,
    shown("p50", |r| r.latency_p50_s, TIME),
    LATENCY_P95,
    shown("p99", |r| r.latency_p99_s, TIME),
    LATE,
    shown("sent", |r| r.uplink_bytes.map(Reading::Seen), BYTES),
    shown("battery", |r| r.battery_life_s, TIME),
    shown("cost", |r| r.cloud_cost.map(Reading::Seen), PRICE),
    CO2,
    shown("CO2 in all", |r| r.co2_with_servers_g.map(Reading::Seen), CARBON),
];
