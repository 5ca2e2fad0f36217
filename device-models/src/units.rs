//! Quantities in files: a number and its unit, `6.4 W`, kept in the base unit.

mod dimensions;
mod spelling;

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sim_core::Span;
use sim_core::quantity::{self, Unit};

use crate::error::FigureError;
use crate::shape::{self, Shaped};

pub use dimensions::*;
pub use spelling::respelt;

/// A dimension: its name and the units it may be written in, including the base unit (factor 1).
pub trait Dimension {
    /// Its name, as error messages and the schema use it.
    const NAME: &'static str;
    /// Its units; one of `""` allows a bare number.
    const UNITS: &'static [Unit];
    /// Whether 0 is not a sensible value.
    const POSITIVE: bool = true;
    /// Whether values below 0 are sensible.
    const SIGNED: bool = false;
    /// The smallest value above 0 that differs from 0.
    const SMALLEST: f64 = 0.0;
    /// The largest sensible value.
    const LARGEST: f64 = f64::INFINITY;
}

/// A finite value of dimension `D`, in its base unit.
pub struct Quantity<D> {
    value: f64,
    dimension: PhantomData<D>,
}

impl<D: Dimension> Quantity<D> {
    /// The given number of base units; for constants in code, since values in files are checked by `Deserialize`.
    pub const fn new(value: f64) -> Self {
        Self { value, dimension: PhantomData }
    }

    /// In base units.
    pub const fn get(self) -> f64 {
        self.value
    }

    /// Reads a written quantity.
    ///
    /// # Errors
    /// What is wrong, and what is allowed.
    pub fn parse(text: &str) -> Result<Self, FigureError> {
        if D::SIGNED
            && let Some(opposite) = text.trim().strip_prefix('-')
        {
            return quantity::parse(opposite, D::UNITS).map(|value| Self::new(-value)).map_err(FigureError::new);
        }
        let value = quantity::parse(text, D::UNITS).map_err(FigureError::new)?;
        let wrong = |limit: String| Err(FigureError::new(format!("'{text}': this {} must be {limit}", D::NAME)));
        if D::POSITIVE && value == 0.0 {
            return wrong("above 0".to_owned());
        }
        if D::POSITIVE && value < D::SMALLEST {
            return wrong(format!("at least {}", Self::new(D::SMALLEST)));
        }
        if value > D::LARGEST {
            return wrong(format!("at most {}", Self::largest(text, value)));
        }
        Ok(Self::new(value))
    }

    /// The largest value, in per cent where that is a unit, and the percentage that a bare number may be meant as.
    fn largest(text: &str, value: f64) -> String {
        match D::UNITS.iter().find(|(unit, _)| *unit == "%") {
            Some((_, factor)) if !text.contains('%') && value <= D::LARGEST / factor => {
                format!("{} %; did you mean {value} %?", D::LARGEST / factor)
            }
            Some((_, factor)) => format!("{} %", D::LARGEST / factor),
            None => Self::new(D::LARGEST).to_string(),
        }
    }
}

impl Duration {
    /// As simulated time.
    pub fn span(self) -> Span {
        Span::from_secs(self.value)
    }
}

impl Delay {
    /// As simulated time.
    pub fn span(self) -> Span {
        Span::from_secs(self.value)
    }
}

impl CarbonIntensity {
    /// Grams of CO2 for each joule.
    pub fn grams_per_joule(self) -> f64 {
        const JOULES_IN_A_KWH: f64 = 3.6e6;
        self.value / JOULES_IN_A_KWH
    }
}

/// A length of time above 0, seconds.
pub type Duration = Quantity<TimeAboveZero>;
/// A length of time, 0 allowed, seconds.
pub type Delay = Quantity<TimeFromZero>;
/// Power, watts.
pub type Power = Quantity<PowerDimension>;
/// Energy, joules.
pub type Energy = Quantity<EnergyDimension>;
/// CO2 emitted for a kilowatt-hour, grams.
pub type CarbonIntensity = Quantity<CarbonIntensityDimension>;
/// Energy per bit transferred, joules a bit.
pub type EnergyPerBit = Quantity<EnergyPerBitDimension>;
/// Data rate, bits a second.
pub type DataRate = Quantity<DataRateDimension>;
/// Amount of data, bytes.
pub type DataSize = Quantity<DataSizeDimension>;
/// Speed of a processor, multiply-accumulates a second.
pub type Throughput = Quantity<ThroughputDimension>;
/// Speed of a memory, bytes a second.
pub type Bandwidth = Quantity<BandwidthDimension>;
/// A distance, metres.
pub type Distance = Quantity<DistanceDimension>;
/// Width of a channel, hertz.
pub type SpectrumWidth = Quantity<SpectrumWidthDimension>;
/// Spectral efficiency, bits a second in each hertz.
pub type SpectralEfficiency = Quantity<SpectralEfficiencyDimension>;
/// A ratio of powers, in decibels.
pub type Decibels = Quantity<DecibelsDimension>;
/// A factor, above 0.
pub type Factor = Quantity<FactorDimension>;
/// Amount of computation, multiply-accumulates.
pub type Macs = Quantity<MacsDimension>;
/// How often something happens, per second.
pub type Frequency = Quantity<FrequencyDimension>;
/// A share, 0 to 1.
pub type Share = Quantity<ShareDimension>;
/// A difference of two shares, in percentage points, 0 to 100.
pub type Points = Quantity<PointsDimension>;
/// The share of what goes in that comes out, above 0 and at most 1.
pub type Efficiency = Quantity<EfficiencyDimension>;

/// A written quantity of any dimension, or a bare number, in its base unit; none if it is not a quantity.
pub fn base_value(text: &str) -> Option<f64> {
    let (number, unit) = quantity::split(text.trim())?;
    let units = [
        TimeFromZero::UNITS,
        PowerDimension::UNITS,
        EnergyDimension::UNITS,
        CarbonIntensityDimension::UNITS,
        EnergyPerBitDimension::UNITS,
        DataRateDimension::UNITS,
        DataSizeDimension::UNITS,
        ThroughputDimension::UNITS,
        BandwidthDimension::UNITS,
        MacsDimension::UNITS,
        FrequencyDimension::UNITS,
        DistanceDimension::UNITS,
        SpectrumWidthDimension::UNITS,
        SpectralEfficiencyDimension::UNITS,
        DecibelsDimension::UNITS,
        ShareDimension::UNITS,
    ];
    let (_, factor) = units.iter().find_map(|units| quantity::find_unit(units, unit))?;
    Some(number * factor)
}

// Derived impls would require the same of `D`, which has no values.
impl<D> Clone for Quantity<D> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<D> Copy for Quantity<D> {}

impl<D> PartialEq for Quantity<D> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<D: Dimension> fmt::Debug for Quantity<D> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// In the largest unit that leaves at least 1.
impl<D: Dimension> fmt::Display for Quantity<D> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        // Binary units are read, but only decimal ones written: mixed, they would turn 14 MB into 13.35144043 MiB.
        let fits = D::UNITS.iter().filter(|(name, factor)| self.value >= *factor && !name.ends_with("iB"));
        let base = D::UNITS.iter().find(|(_, factor)| *factor == 1.0);
        let (unit, factor) = fits.max_by(|a, b| a.1.total_cmp(&b.1)).or(base).unwrap_or(&("", 1.0));
        // Nine digits are enough to distinguish figures and few enough to hide the rounding of the factor.
        let value = format!("{:.9}", self.value / factor);
        let value = value.trim_end_matches('0').trim_end_matches('.');
        if unit.is_empty() { f.write_str(value) } else { write!(f, "{value} {unit}") }
    }
}

/// In its usual unit where that is read back as exactly the same value, or else in base units with all its digits: what
/// is written is read back unchanged, and identifies the value.
impl<D: Dimension> Serialize for Quantity<D> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.to_string();
        if Self::parse(&text).is_ok_and(|read| read.value == self.value) {
            return serializer.serialize_str(&text);
        }
        let base = D::UNITS.iter().find(|(_, factor)| *factor == 1.0).map_or("", |(unit, _)| unit);
        serializer.collect_str(&format_args!("{}{}{base}", self.value, if base.is_empty() { "" } else { " " }))
    }
}

impl<D: Dimension> Shaped for Quantity<D> {
    fn expected(f: &mut fmt::Formatter) -> fmt::Result {
        let units: Vec<&str> = D::UNITS.iter().map(|(name, _)| *name).filter(|name| !name.is_empty()).collect();
        let article = if D::NAME.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
        write!(f, "{article} {} such as '1 {}' (units: {})", D::NAME, units[0], units.join(", "))
    }

    fn of_figure(text: &str) -> Result<Self, FigureError> {
        Self::parse(text)
    }
}

impl<'de, D: Dimension> Deserialize<'de> for Quantity<D> {
    fn deserialize<T: Deserializer<'de>>(deserializer: T) -> Result<Self, T::Error> {
        shape::read(deserializer)
    }
}

impl<D: Dimension> JsonSchema for Quantity<D> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        D::NAME.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut units: Vec<String> = D::UNITS.iter().map(|(name, _)| (*name).to_owned()).collect();
        // Both ways to write the Greek letter: the sign for micro, and the letter itself.
        let micro = D::UNITS.iter().filter_map(|(name, _)| name.strip_prefix('u'));
        units.extend(micro.flat_map(|rest| [format!("µ{rest}"), format!("μ{rest}")]).collect::<Vec<_>>());
        let pattern = format!("^[0-9.eE+_-]+ ?({})$", units.join("|"));
        let kinds = if units.iter().any(String::is_empty) { vec!["string", "number"] } else { vec!["string"] };
        json_schema!({ "type": kinds, "pattern": pattern, "title": D::NAME })
    }
}

#[cfg(test)]
mod tests;
