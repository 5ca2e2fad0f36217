//! Quantities in files: a number and its unit, `6.4 W`, kept in the base unit.

mod spelling;

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sim_core::Span;
use sim_core::quantity::{self, Unit};

use crate::shape::{self, Shaped};

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
    /// A sentence that explains the error and what is allowed.
    pub fn parse(text: &str) -> Result<Self, String> {
        if D::SIGNED
            && let Some(opposite) = text.trim().strip_prefix('-')
        {
            return quantity::parse(opposite, D::UNITS).map(|value| Self::new(-value)).map_err(|e| e.to_string());
        }
        let value = quantity::parse(text, D::UNITS).map_err(|e| e.to_string())?;
        if D::POSITIVE && value == 0.0 {
            return Err(format!("'{text}': this {} must be above 0", D::NAME));
        }
        if D::POSITIVE && value < D::SMALLEST {
            return Err(format!("'{text}': this {} must be at least {}", D::NAME, Self::new(D::SMALLEST)));
        }
        if value > D::LARGEST {
            return Err(format!("'{text}': this {} must be at most {}", D::NAME, Self::largest(text, value)));
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

/// The longest span that the clock holds, in whole days: 584 years.
const LONGEST: f64 = (u64::MAX / 86_400_000_000_000) as f64 * 86_400.0;

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

/// A length of time above 0, seconds.
pub type Duration = Quantity<TimeAboveZero>;
/// A length of time, 0 allowed, seconds.
pub type Delay = Quantity<TimeFromZero>;
/// Power, watts.
pub type Power = Quantity<PowerDimension>;
/// Energy, joules.
pub type Energy = Quantity<EnergyDimension>;
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
/// The share of what goes in that comes out, above 0 and at most 1.
pub type Efficiency = Quantity<EfficiencyDimension>;

/// See [`Duration`].
pub enum TimeAboveZero {}
impl Dimension for TimeAboveZero {
    const NAME: &'static str = "duration";
    const UNITS: &'static [Unit] = Span::UNITS;
    // A tick of the clock.
    const SMALLEST: f64 = 1e-9;
    const LARGEST: f64 = LONGEST;
}

/// See [`Delay`].
pub enum TimeFromZero {}
impl Dimension for TimeFromZero {
    const NAME: &'static str = "duration";
    const UNITS: &'static [Unit] = Span::UNITS;
    const POSITIVE: bool = false;
    const LARGEST: f64 = LONGEST;
}

/// See [`Power`].
pub enum PowerDimension {}
impl Dimension for PowerDimension {
    const NAME: &'static str = "power";
    const UNITS: &'static [Unit] = &[("W", 1.0), ("mW", 1e-3), ("uW", 1e-6), ("kW", 1e3)];
    const POSITIVE: bool = false;
}

/// See [`Energy`].
pub enum EnergyDimension {}
impl Dimension for EnergyDimension {
    const NAME: &'static str = "energy";
    const UNITS: &'static [Unit] =
        &[("J", 1.0), ("mJ", 1e-3), ("uJ", 1e-6), ("kJ", 1e3), ("Wh", 3600.0), ("mWh", 3.6), ("kWh", 3.6e6)];
}

/// See [`EnergyPerBit`].
pub enum EnergyPerBitDimension {}
impl Dimension for EnergyPerBitDimension {
    const NAME: &'static str = "energy per bit";
    const UNITS: &'static [Unit] = &[("mW/Mbps", 1e-9), ("nJ/bit", 1e-9), ("J/bit", 1.0)];
    const POSITIVE: bool = false;
}

/// See [`DataRate`].
pub enum DataRateDimension {}
impl Dimension for DataRateDimension {
    const NAME: &'static str = "data rate";
    const UNITS: &'static [Unit] = &[("bps", 1.0), ("kbps", 1e3), ("Mbps", 1e6), ("Gbps", 1e9)];
}

/// A data rate that may be 0, as in an outage.
pub enum DataRateFromZero {}
impl Dimension for DataRateFromZero {
    const NAME: &'static str = "data rate";
    const UNITS: &'static [Unit] = DataRateDimension::UNITS;
    const POSITIVE: bool = false;
}

/// See [`DataSize`].
pub enum DataSizeDimension {}
impl Dimension for DataSizeDimension {
    const NAME: &'static str = "amount of data";
    const UNITS: &'static [Unit] =
        &[("B", 1.0), ("kB", 1e3), ("MB", 1e6), ("GB", 1e9), ("KiB", 1024.0), ("MiB", 1048576.0)];
}

/// See [`Throughput`].
pub enum ThroughputDimension {}
impl Dimension for ThroughputDimension {
    const NAME: &'static str = "throughput";
    const UNITS: &'static [Unit] = &[("MAC/s", 1.0), ("MMAC/s", 1e6), ("GMAC/s", 1e9), ("TMAC/s", 1e12)];
}

/// See [`Bandwidth`].
pub enum BandwidthDimension {}
impl Dimension for BandwidthDimension {
    const NAME: &'static str = "bandwidth";
    const UNITS: &'static [Unit] = &[("B/s", 1.0), ("kB/s", 1e3), ("MB/s", 1e6), ("GB/s", 1e9)];
}

/// See [`Distance`].
pub enum DistanceDimension {}
impl Dimension for DistanceDimension {
    const NAME: &'static str = "distance";
    const UNITS: &'static [Unit] = &[("m", 1.0), ("km", 1e3)];
}

/// See [`SpectrumWidth`].
pub enum SpectrumWidthDimension {}
impl Dimension for SpectrumWidthDimension {
    const NAME: &'static str = "bandwidth of a channel";
    const UNITS: &'static [Unit] = &[("Hz", 1.0), ("kHz", 1e3), ("MHz", 1e6), ("GHz", 1e9)];
}

/// See [`SpectralEfficiency`].
pub enum SpectralEfficiencyDimension {}
impl Dimension for SpectralEfficiencyDimension {
    const NAME: &'static str = "spectral efficiency";
    const UNITS: &'static [Unit] = &[("bps/Hz", 1.0)];
}

/// See [`Decibels`].
pub enum DecibelsDimension {}
impl Dimension for DecibelsDimension {
    const NAME: &'static str = "ratio";
    const UNITS: &'static [Unit] = &[("dB", 1.0)];
    const POSITIVE: bool = false;
    const SIGNED: bool = true;
}

/// See [`Factor`].
pub enum FactorDimension {}
impl Dimension for FactorDimension {
    const NAME: &'static str = "factor";
    const UNITS: &'static [Unit] = &[("", 1.0), ("%", 0.01)];
}

/// See [`Macs`].
pub enum MacsDimension {}
impl Dimension for MacsDimension {
    const NAME: &'static str = "amount of computation";
    const UNITS: &'static [Unit] = &[("MAC", 1.0), ("kMAC", 1e3), ("MMAC", 1e6), ("GMAC", 1e9)];
}

/// See [`Frequency`].
pub enum FrequencyDimension {}
impl Dimension for FrequencyDimension {
    const NAME: &'static str = "frequency";
    const UNITS: &'static [Unit] =
        &[("/s", 1.0), ("/min", 1.0 / 60.0), ("/h", 1.0 / 3600.0), ("/d", 1.0 / 86400.0), ("Hz", 1.0)];
}

/// A frequency that may be 0.
pub enum FrequencyFromZero {}
impl Dimension for FrequencyFromZero {
    const NAME: &'static str = "frequency";
    const UNITS: &'static [Unit] = FrequencyDimension::UNITS;
    const POSITIVE: bool = false;
}

/// See [`Share`].
pub enum ShareDimension {}
impl Dimension for ShareDimension {
    const NAME: &'static str = "share";
    const UNITS: &'static [Unit] = &[("", 1.0), ("%", 0.01)];
    const POSITIVE: bool = false;
    const LARGEST: f64 = 1.0;
}

/// See [`Efficiency`].
pub enum EfficiencyDimension {}
impl Dimension for EfficiencyDimension {
    const NAME: &'static str = "efficiency";
    const UNITS: &'static [Unit] = ShareDimension::UNITS;
    const LARGEST: f64 = 1.0;
}

/// A written quantity of any dimension, or a bare number, in its base unit; none if it is not a quantity.
pub fn base_value(text: &str) -> Option<f64> {
    let (number, unit) = quantity::split(text.trim())?;
    let units = [
        TimeFromZero::UNITS,
        PowerDimension::UNITS,
        EnergyDimension::UNITS,
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

    fn of_figure(text: &str) -> Result<Self, String> {
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
mod tests {
    use super::*;

    #[test]
    fn written_as_read() {
        for text in ["18.9 Mbps", "1 Gbps", "0.5 bps"] {
            assert_eq!(DataRate::parse(text).unwrap().to_string(), text);
        }
        for (text, written) in [("14 MB", "14 MB"), ("2 KiB", "2.048 kB")] {
            assert_eq!(DataSize::parse(text).unwrap().to_string(), written);
        }
        assert_eq!(Share::parse("90 %").unwrap().get(), 0.9);
        assert_eq!(Share::parse("0.9").unwrap().get(), 0.9);
        assert_eq!(Energy::parse("10 Wh").unwrap().get(), 36_000.0);
    }

    /// Only a ratio in decibels may lie below 0.
    #[test]
    fn a_loss_is_a_ratio_below_0_decibels() {
        assert_eq!(Decibels::parse("-10 dB").unwrap().get(), -10.0);
        assert_eq!(serde_json::json!(Decibels::new(-10.0)), "-10 dB");
        assert!(Decibels::parse("--10 dB").is_err());
        assert!(Power::parse("-10 W").unwrap_err().contains("0 or above"));
    }

    /// Including values without a short spelling.
    #[test]
    fn what_is_serialized_is_read_as_the_very_same_value() {
        let text = |value: &dyn Fn() -> serde_json::Value| value().as_str().unwrap_or_default().to_owned();
        for value in [18.9e6, 18.9e6f64.next_up(), 1e-9, 1.0 / 3.0, 1e15 / 7.0] {
            let written = text(&|| serde_json::json!(DataRate::new(value)));
            assert_eq!(DataRate::parse(&written).map(DataRate::get), Ok(value), "{written}");
        }
        for value in [0.9, 0.57, 0.57f64.next_down(), 1e-12] {
            let written = text(&|| serde_json::json!(Share::new(value)));
            assert_eq!(Share::parse(&written).map(Share::get), Ok(value), "{written}");
        }
        assert_eq!(text(&|| serde_json::json!(Share::new(0.9))), "90 %");
    }

    #[test]
    fn a_quantity_of_any_dimension_has_a_base_value() {
        let values = ["3 Mbps", "90 %", "20ms", "3 µs", "7", "max-softmax"].map(base_value);
        assert_eq!(values, [Some(3e6), Some(0.9), Some(0.02), Some(3e-6), Some(7.0), None]);
    }

    #[test]
    fn micro_has_three_spellings() {
        // U+00B5, the sign for micro, and U+03BC, the Greek letter: they look the same.
        for text in ["20 \u{b5}s", "20\u{3bc}s"] {
            assert_eq!(Duration::parse(text), Duration::parse("20 us"), "{text}");
        }
        assert_eq!(Power::parse("5 µW").unwrap().to_string(), "5 uW");
        assert!(DataRate::parse("5 µbps").is_err());
    }

    /// The clock counts nanoseconds, in 64 bits.
    #[test]
    fn durations_fit_the_clock() {
        let told = |text: &str| Duration::parse(text).unwrap_err();
        assert_eq!(Duration::parse("1 ns").map(Duration::span), Ok(Span::from_nanos(1)));
        assert_eq!(told("0.1 ns"), "'0.1 ns': this duration must be at least 1 ns");
        assert_eq!(told("1e300 s"), "'1e300 s': this duration must be at most 213503 d");
        assert_eq!(Delay::parse("600000 d").unwrap_err(), "'600000 d': this duration must be at most 213503 d");
        assert_eq!(Delay::parse("0.1 ns").map(Delay::span), Ok(Span::ZERO));
        let longest = Duration::parse("213503 d").unwrap().span();
        assert_eq!(longest.as_nanos(), 213_503 * 86_400_000_000_000);
    }

    #[test]
    fn impossible_values_are_errors() {
        assert_eq!(DataRate::parse("0 Mbps").unwrap_err(), "'0 Mbps': this data rate must be above 0");
        assert_eq!(Share::parse("120 %").unwrap_err(), "'120 %': this share must be at most 100 %");
        assert_eq!(Share::parse("20").unwrap_err(), "'20': this share must be at most 100 %; did you mean 20 %?");
        assert_eq!(Share::parse("200").unwrap_err(), "'200': this share must be at most 100 %");
        assert!(Power::parse("3 J").unwrap_err().contains("unknown unit 'J', expected one of W, mW, uW, kW"));
    }

    #[test]
    fn the_largest_unit_that_leaves_at_least_one_is_written() {
        let powers = [0.0, 1e-6, 0.999, 1.0, 999.0, 1000.0, 2.5e6].map(|watts| Power::new(watts).to_string());
        assert_eq!(powers, ["0 W", "1 uW", "999 mW", "1 W", "999 W", "1 kW", "2500 kW"]);
        assert_eq!([Factor::new(2.0).to_string(), format!("{:?}", Factor::new(0.5))], ["2", "50 %"]);
        assert!(Power::new(1.0) != Power::new(2.0) && Power::new(1.0) == Power::new(1.0));
    }

    /// The limits themselves are allowed.
    #[test]
    fn limits_are_allowed() {
        assert_eq!(Share::parse("100 %").map(Share::get), Ok(1.0));
        assert_eq!((Share::parse("0").map(Share::get), Delay::parse("0 s").map(Delay::get)), (Ok(0.0), Ok(0.0)));
        assert_eq!(Share::parse("100").unwrap_err(), "'100': this share must be at most 100 %; did you mean 100 %?");
        assert_eq!(
            Efficiency::parse("1.5").unwrap_err(),
            "'1.5': this efficiency must be at most 100 %; did you mean 1.5 %?"
        );
        assert_eq!(Efficiency::parse("0 %").unwrap_err(), "'0 %': this efficiency must be above 0");
        assert_eq!(
            (Decibels::parse("0 dB").map(Decibels::get), Decibels::parse("3 dB").map(Decibels::get)),
            (Ok(0.0), Ok(3.0))
        );
        assert_eq!(<Delay as JsonSchema>::schema_name(), "duration");
        assert!(<Delay as JsonSchema>::inline_schema());
    }
}
