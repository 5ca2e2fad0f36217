//! Batteries: a store of joules, possibly charged by the sun.
//!
//! dS/dt = harvest(t) − drain − load / efficiency, with 0 ≤ S ≤ usable · capacity. What comes in when it is full is
//! lost; when it is empty, the device dies and stays dead. Harvest follows the time of day in steps, so between a
//! change of the load and a step everything is linear, and the instant of death is exact.
//!
//! A converter between battery and device turns the cells' voltage into the device's. Its efficiency is a constant
//! here; a real one's falls at very small loads.
//!
//! The life of a battery that outlives a run is extrapolated with the same equation, day after day, at the load
//! observed in the run ([`Battery::empty_at`]). The level after a day is min(c, S + balance) for some c, whatever S
//! was, so a day with no net loss is followed by such days for ever, and days without spilling all lose the same.
//!
//! Left out: ageing, temperature, the rate dependence of the capacity, charging losses, restarting after it was empty.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{MapAccess, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sim_core::{Span, Time};

use crate::error::FigureError;
use crate::shape::{self, Shaped};
use crate::units::{Efficiency, Energy, Power, Share};

const DAY_NANOS: u64 = 86_400_000_000_000;
const DAY_SECONDS: f64 = 86_400.0;

/// A battery: its capacity, or more of its figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Battery(BatteryFigures);

/// A battery's figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BatteryFigures {
    /// Energy it holds when it is full.
    pub capacity: Energy,
    /// The part of that which can be drawn before the device dies.
    #[serde(default = "all")]
    pub usable: Share,
    /// The part of what is drawn from it that reaches the device; conversion loses the rest, typically a fifth.
    #[serde(default = "lossless")]
    pub efficiency: Efficiency,
    /// Self-discharge.
    #[serde(default = "nothing")]
    pub drain: Power,
    /// Power that charges it, in equal parts of the day; none by default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub harvest: Vec<Power>,
}

impl Battery {
    /// Joules that can be drawn when it is full.
    pub fn usable(&self) -> f64 {
        self.0.capacity.get() * self.0.usable.get()
    }

    /// The part of what is drawn that reaches the device.
    pub fn efficiency(&self) -> f64 {
        self.0.efficiency.get()
    }

    /// Watts that it gives while the device draws `load`.
    fn given_for(&self, load: f64) -> f64 {
        load / self.efficiency()
    }

    /// Incoming watts at a time of day.
    fn harvest_at(&self, now: Time) -> f64 {
        if self.0.harvest.is_empty() { 0.0 } else { self.0.harvest[part_of_day(now, self.0.harvest.len())].get() }
    }

    /// When the incoming power may change next; never if there is none.
    fn next_change(&self, now: Time) -> Time {
        next_part_of_day(now, self.0.harvest.len())
    }

    /// When it is empty, in seconds since the start of the simulation, if `level` joules can be drawn of it at `from`
    /// and the device then draws `load`: watts in equal parts of the day, the same every day. None if it never is,
    /// because each day brings in at least as much as it takes.
    pub fn empty_at(&self, level: f64, from: Time, load: &[f64]) -> Option<f64> {
        let day = self.day_from(from, load);
        let (mut balance, mut moved, mut lowest) = (0.0, 0.0, 0.0f64);
        for (seconds, watts) in &day {
            balance += seconds * watts;
            moved += (seconds * watts).abs();
            lowest = lowest.min(balance);
        }
        // A balance that is only rounding counts as 0.
        let lasts = balance >= -1e-9 * moved;
        let (mut level, mut now) = (level, from.as_secs());
        for days in 1u64.. {
            let before = level;
            let mut spilled = false;
            for (seconds, watts) in &day {
                let after = level + seconds * watts;
                if *watts < 0.0 && after <= 0.0 {
                    return Some(now + level.max(0.0) / -watts);
                }
                spilled |= after > self.usable();
                level = after.min(self.usable());
                now += seconds;
            }
            // Where some was spilled, the second day ends as the first did.
            if lasts && (level >= before || days > 1) {
                return None;
            }
            if !lasts && !spilled {
                // All further days lose the same; those before the last two need not be simulated.
                let whole_days = ((level + lowest) / -balance - 1.0).floor().max(0.0);
                level += whole_days * balance;
                now += whole_days * DAY_SECONDS;
            }
        }
        None
    }

    /// A day starting at `from`, in stretches of constant net power: seconds, and watts that come in less those that go
    /// out.
    fn day_from(&self, from: Time, load: &[f64]) -> Vec<(f64, f64)> {
        let mut now = Time::from_nanos(from.as_nanos() % DAY_NANOS);
        let end = now + Span::from_nanos(DAY_NANOS);
        let mut day = Vec::new();
        while now < end {
            let next = self.next_change(now).min(next_part_of_day(now, load.len())).min(end);
            let drawn = if load.is_empty() { 0.0 } else { load[part_of_day(now, load.len())] };
            day.push(((next - now).as_secs(), self.harvest_at(now) - self.0.drain.get() - self.given_for(drawn)));
            now = next;
        }
        day
    }
}

/// Which of the given number of equal parts of the day it is.
fn part_of_day(now: Time, parts: usize) -> usize {
    (u128::from(now.as_nanos() % DAY_NANOS) * parts as u128 / u128::from(DAY_NANOS)) as usize
}

/// When the next of the given number of equal parts of the day begins; never if there are none.
fn next_part_of_day(now: Time, parts: usize) -> Time {
    if parts == 0 {
        return Time::MAX;
    }
    let day = now.as_nanos() / DAY_NANOS;
    let next = part_of_day(now, parts) as u128 + 1;
    // The first nanosecond that belongs to the next part.
    let begins = (next * u128::from(DAY_NANOS)).div_ceil(parts as u128) as u64;
    Time::from_nanos(day * DAY_NANOS + begins)
}

/// The level of a battery, and where its energy went.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Store {
    level: f64,
    since: Time,
    /// Drawn by the device.
    load: f64,
    /// Coming in.
    harvest: f64,
    /// Joules that came in, those that were spilled, those lost to self-discharge, and those lost in conversion.
    harvested: f64,
    spilled: f64,
    drained: f64,
    lost_in_conversion: f64,
}

/// What happens to a battery next, if its load does not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It is empty.
    Empty(Time),
    /// The incoming power may change; call [`Store::follow`] then.
    Change(Time),
    /// Nothing, ever.
    Never,
}

impl Store {
    /// A full battery, nothing drawn yet.
    pub fn full(battery: &Battery) -> Self {
        Self {
            level: battery.usable(),
            since: Time::ZERO,
            load: 0.0,
            harvest: battery.harvest_at(Time::ZERO),
            harvested: 0.0,
            spilled: 0.0,
            drained: 0.0,
            lost_in_conversion: 0.0,
        }
    }

    /// From `now` the device draws `load` watts; call this whenever that changes, and whenever [`Next`] says so.
    pub fn follow(&mut self, battery: &Battery, now: Time, load: f64) -> Next {
        *self = self.at(battery, now);
        self.load = load;
        self.harvest = battery.harvest_at(now);
        let net = self.net(battery);
        let change = battery.next_change(now);
        if self.level <= 0.0 && net < 0.0 {
            return Next::Empty(now);
        }
        let empty = if net < 0.0 { now + Span::from_secs_up(self.level / -net) } else { Time::MAX };
        match (empty, change) {
            (Time::MAX, Time::MAX) => Next::Never,
            (empty, change) if empty <= change => Next::Empty(empty),
            (_, change) => Next::Change(change),
        }
    }

    /// The store at `now`, before the incoming power or the load changes again.
    pub fn at(&self, battery: &Battery, now: Time) -> Self {
        let seconds = (now - self.since).as_secs();
        let filled = self.level + self.net(battery) * seconds;
        let most = battery.usable();
        Self {
            level: filled.min(most),
            since: now,
            harvested: self.harvested + self.harvest * seconds,
            spilled: self.spilled + (filled - most).max(0.0),
            drained: self.drained + battery.0.drain.get() * seconds,
            lost_in_conversion: self.lost_in_conversion + (battery.given_for(self.load) - self.load) * seconds,
            ..*self
        }
    }

    /// Joules that can still be drawn.
    pub fn level(&self) -> f64 {
        self.level
    }

    /// Joules that came in.
    pub fn harvested(&self) -> f64 {
        self.harvested
    }

    /// Joules of these that were spilled because it was full.
    pub fn spilled(&self) -> f64 {
        self.spilled
    }

    /// Joules lost to self-discharge.
    pub fn drained(&self) -> f64 {
        self.drained
    }

    /// Joules lost in conversion, on top of what the device drew.
    pub fn lost_in_conversion(&self) -> f64 {
        self.lost_in_conversion
    }

    fn net(&self, battery: &Battery) -> f64 {
        self.harvest - battery.0.drain.get() - battery.given_for(self.load)
    }
}

impl Shaped for Battery {
    fn expected(f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an energy such as '10 Wh', or capacity, usable, efficiency, drain, harvest")
    }

    fn of_figure(text: &str) -> Result<Self, FigureError> {
        let (capacity, usable, efficiency, drain) = (Energy::parse(text)?, all(), lossless(), nothing());
        Ok(Self(BatteryFigures { capacity, usable, efficiency, drain, harvest: Vec::new() }))
    }

    fn of_map<'de, A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        BatteryFigures::deserialize(MapAccessDeserializer::new(map)).map(Self)
    }
}

impl<'de> Deserialize<'de> for Battery {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        shape::read(deserializer)
    }
}

impl Serialize for Battery {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let BatteryFigures { capacity, usable, efficiency, drain, harvest } = &self.0;
        let plain = (*usable, *efficiency, *drain) == (all(), lossless(), nothing()) && harvest.is_empty();
        if plain { capacity.serialize(serializer) } else { self.0.serialize(serializer) }
    }
}

impl JsonSchema for Battery {
    fn schema_name() -> Cow<'static, str> {
        "Battery".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        shape::either::<Energy, BatteryFigures>(generator)
    }
}

fn all() -> Share {
    Share::new(1.0)
}

fn lossless() -> Efficiency {
    Efficiency::new(1.0)
}

fn nothing() -> Power {
    Power::new(0.0)
}

#[cfg(test)]
mod tests;
