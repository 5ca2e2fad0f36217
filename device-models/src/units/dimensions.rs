//! The dimensions, and the units each is written in.

use sim_core::Span;
use sim_core::quantity::Unit;

use super::Dimension;

/// The longest span that the clock holds, in whole days: 584 years.
const LONGEST: f64 = (u64::MAX / 86_400_000_000_000) as f64 * 86_400.0;

/// See [`Duration`](super::Duration).
pub enum TimeAboveZero {}
impl Dimension for TimeAboveZero {
    const NAME: &'static str = "duration";
    const UNITS: &'static [Unit] = Span::UNITS;
    // A tick of the clock.
    const SMALLEST: f64 = 1e-9;
    const LARGEST: f64 = LONGEST;
}

/// See [`Delay`](super::Delay).
pub enum TimeFromZero {}
impl Dimension for TimeFromZero {
    const NAME: &'static str = "duration";
    const UNITS: &'static [Unit] = Span::UNITS;
    const POSITIVE: bool = false;
    const LARGEST: f64 = LONGEST;
}

/// See [`Power`](super::Power).
pub enum PowerDimension {}
impl Dimension for PowerDimension {
    const NAME: &'static str = "power";
    const UNITS: &'static [Unit] = &[("W", 1.0), ("mW", 1e-3), ("uW", 1e-6), ("kW", 1e3)];
    const POSITIVE: bool = false;
}

/// See [`Energy`](super::Energy).
pub enum EnergyDimension {}
impl Dimension for EnergyDimension {
    const NAME: &'static str = "energy";
    const UNITS: &'static [Unit] =
        &[("J", 1.0), ("mJ", 1e-3), ("uJ", 1e-6), ("kJ", 1e3), ("Wh", 3600.0), ("mWh", 3.6), ("kWh", 3.6e6)];
}

/// See [`CarbonIntensity`](super::CarbonIntensity).
pub enum CarbonIntensityDimension {}
impl Dimension for CarbonIntensityDimension {
    const NAME: &'static str = "carbon intensity";
    const UNITS: &'static [Unit] = &[("g/kWh", 1.0), ("kg/kWh", 1e3)];
    const POSITIVE: bool = false;
}

/// See [`EnergyPerBit`](super::EnergyPerBit).
pub enum EnergyPerBitDimension {}
impl Dimension for EnergyPerBitDimension {
    const NAME: &'static str = "energy per bit";
    const UNITS: &'static [Unit] = &[("mW/Mbps", 1e-9), ("nJ/bit", 1e-9), ("J/bit", 1.0)];
    const POSITIVE: bool = false;
}

/// See [`DataRate`](super::DataRate).
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

/// See [`DataSize`](super::DataSize).
pub enum DataSizeDimension {}
impl Dimension for DataSizeDimension {
    const NAME: &'static str = "amount of data";
    const UNITS: &'static [Unit] =
        &[("B", 1.0), ("kB", 1e3), ("MB", 1e6), ("GB", 1e9), ("KiB", 1024.0), ("MiB", 1048576.0)];
}

/// See [`Throughput`](super::Throughput).
pub enum ThroughputDimension {}
impl Dimension for ThroughputDimension {
    const NAME: &'static str = "throughput";
    const UNITS: &'static [Unit] = &[("MAC/s", 1.0), ("MMAC/s", 1e6), ("GMAC/s", 1e9), ("TMAC/s", 1e12)];
}

/// See [`Bandwidth`](super::Bandwidth).
pub enum BandwidthDimension {}
impl Dimension for BandwidthDimension {
    const NAME: &'static str = "bandwidth";
    const UNITS: &'static [Unit] = &[("B/s", 1.0), ("kB/s", 1e3), ("MB/s", 1e6), ("GB/s", 1e9)];
}

/// See [`Distance`](super::Distance).
pub enum DistanceDimension {}
impl Dimension for DistanceDimension {
    const NAME: &'static str = "distance";
    const UNITS: &'static [Unit] = &[("m", 1.0), ("km", 1e3)];
}

/// See [`SpectrumWidth`](super::SpectrumWidth).
pub enum SpectrumWidthDimension {}
impl Dimension for SpectrumWidthDimension {
    const NAME: &'static str = "bandwidth of a channel";
    const UNITS: &'static [Unit] = &[("Hz", 1.0), ("kHz", 1e3), ("MHz", 1e6), ("GHz", 1e9)];
}

/// See [`SpectralEfficiency`](super::SpectralEfficiency).
pub enum SpectralEfficiencyDimension {}
impl Dimension for SpectralEfficiencyDimension {
    const NAME: &'static str = "spectral efficiency";
    const UNITS: &'static [Unit] = &[("bps/Hz", 1.0)];
}

/// See [`Decibels`](super::Decibels).
pub enum DecibelsDimension {}
impl Dimension for DecibelsDimension {
    const NAME: &'static str = "ratio";
    const UNITS: &'static [Unit] = &[("dB", 1.0)];
    const POSITIVE: bool = false;
    const SIGNED: bool = true;
}

/// See [`Factor`](super::Factor).
pub enum FactorDimension {}
impl Dimension for FactorDimension {
    const NAME: &'static str = "factor";
    const UNITS: &'static [Unit] = &[("", 1.0), ("%", 0.01)];
}

/// See [`Macs`](super::Macs).
pub enum MacsDimension {}
impl Dimension for MacsDimension {
    const NAME: &'static str = "amount of computation";
    const UNITS: &'static [Unit] = &[("MAC", 1.0), ("kMAC", 1e3), ("MMAC", 1e6), ("GMAC", 1e9)];
}

/// See [`Frequency`](super::Frequency).
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

/// See [`Share`](super::Share).
pub enum ShareDimension {}
impl Dimension for ShareDimension {
    const NAME: &'static str = "share";
    const UNITS: &'static [Unit] = &[("", 1.0), ("%", 0.01)];
    const POSITIVE: bool = false;
    const LARGEST: f64 = 1.0;
}

/// See [`Points`](super::Points).
pub enum PointsDimension {}
impl Dimension for PointsDimension {
    const NAME: &'static str = "number of percentage points";
    const UNITS: &'static [Unit] = &[("", 1.0), ("points", 1.0)];
    const POSITIVE: bool = false;
    const LARGEST: f64 = 100.0;
}

/// See [`Efficiency`](super::Efficiency).
pub enum EfficiencyDimension {}
impl Dimension for EfficiencyDimension {
    const NAME: &'static str = "efficiency";
    const UNITS: &'static [Unit] = ShareDimension::UNITS;
    const LARGEST: f64 = 1.0;
}
