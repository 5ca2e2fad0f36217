//! The rate of a device moving through a cell.
//!
//! SNR(t) = SNR₀ · (d₀/d(t))^n · |h(t)|²
//! rate = B · min(η · log₂(1 + SNR), most per hertz), and 0 below the least SNR
//!
//! The mean falls with the distance to the power of n (2 in free space, 3 to 4 in towns), and the multipath gain |h|²
//! is redrawn for each coherence time (block fading): exponential without a line of sight (Rayleigh), non-central with
//! one that is K times as strong as all other paths together (Rice).
//!
//! By default the rate is Shannon's bound (1949), which no modem reaches. What the links of LTE reach is that bound,
//! attenuated and truncated (3GPP TR 36.942, Annex A; the uplink's maximum is quoted from memory, the minimum and the
//! factors are also those of ITU-R M.2101):
//!
//! | | efficiency η | at most | nothing below |
//! |---|---|---|---|
//! | uplink | 0.4 | 2.0 bit/s/Hz | −10 dB |
//! | downlink | 0.6 | 4.4 bit/s/Hz | −10 dB |
//!
//! Where the device's transmit power follows the distance, so does the SNR: see `power_control.rs`. Left out: shadowing
//! by obstacles, handover, interference; `most` caps the rate.

use rand_distr::{Distribution, StandardNormal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim_core::{Span, Stream, Time};

use super::{PowerControl, Stretch, TraceOffset};
use crate::error::FigureError;
use crate::units::{DataRate, Decibels, Delay, Distance, Duration, Share, SpectralEfficiency, SpectrumWidth};

/// Fading along a way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fading {
    /// Distance from the antenna over time: straight from each place to the next. At the last place's time it begins
    /// again at the first: for a way back, repeat the first place at the end.
    pub way: Vec<Place>,
    /// Where each device begins in it.
    #[serde(default)]
    pub offset: TraceOffset,
    /// Mean signal-to-noise ratio at the reference distance.
    pub snr: Decibels,
    /// That distance.
    pub at: Distance,
    /// The power of the distance with which the signal falls.
    pub exponent: f64,
    /// How much stronger the line of sight is than all other paths together; 0 is Rayleigh fading.
    #[serde(default)]
    pub line_of_sight: f64,
    /// How long a gain holds.
    pub coherence: Duration,
    /// Width of the channel.
    pub bandwidth: SpectrumWidth,
    /// The share of Shannon's bound that the modem reaches; by default, all of it. LTE's reaches 40 % up and 60 % down
    /// (3GPP TR 36.942).
    #[serde(default = "all", skip_serializing_if = "is_all")]
    pub efficiency: Share,
    /// The most that the modem gets out of each hertz: 2 bps/Hz up and 4.4 bps/Hz down with LTE (3GPP TR 36.942).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most_per_hertz: Option<SpectralEfficiency>,
    /// Below this signal-to-noise ratio nothing gets through: -10 dB with LTE (3GPP TR 36.942).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub least_snr: Option<Decibels>,
    /// How the device's transmit power follows its distance; by default it is always the same. Only for an uplink.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power_control: Option<PowerControl>,
    /// The highest rate of the radio.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<DataRate>,
}

/// Where a device is at a time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Place {
    /// Time since the start of the way.
    pub after: Delay,
    /// Distance from the antenna.
    pub distance: Distance,
}

fn all() -> Share {
    Share::new(1.0)
}

fn is_all(share: &Share) -> bool {
    *share == all()
}

/// The shortest coherence time, 10 us. A radio at 6 GHz in a bullet train has some hundred times that.
const SHORTEST: Span = Span::from_nanos(10_000);

impl Fading {
    /// Checks the figures against each other.
    ///
    /// # Errors
    /// What is wrong.
    pub fn check(&self) -> Result<(), FigureError> {
        let Some(first) = self.way.first() else { return Err(FigureError::new("a way has at least one place")) };
        if first.after.get() != 0.0 {
            return Err(FigureError::new("a way begins after 0 s"));
        }
        let mut pairs = self.way.iter().zip(&self.way[1..]);
        if let Some((_, late)) = pairs.find(|(one, other)| other.after.get() <= one.after.get()) {
            return Err(FigureError::new(format!(
                "places must be in order of time: {} is not after the place before it",
                late.after
            )));
        }
        if self.coherence.span() < SHORTEST {
            return Err(FigureError::new(format!(
                "coherence ({}) must be at least 10 us, or runs would never end",
                self.coherence
            )));
        }
        if !(self.exponent.is_finite() && (0.0..=10.0).contains(&self.exponent)) {
            return Err(FigureError::new("exponent: from 0 to 10; 2 in free space, 3 to 4 in towns"));
        }
        if !(self.line_of_sight.is_finite() && self.line_of_sight >= 0.0) {
            return Err(FigureError::new("line-of-sight must be 0 or above"));
        }
        if self.efficiency.get() == 0.0 {
            return Err(FigureError::new("efficiency must be above 0"));
        }
        self.power_control.as_ref().map_or(Ok(()), PowerControl::check)
    }

    /// How long the way takes before it starts over.
    pub(super) fn length(&self) -> f64 {
        self.way.last().map_or(0.0, |last| last.after.get())
    }

    /// Metres from the antenna, the given number of seconds into the way.
    fn distance(&self, seconds: f64) -> f64 {
        let length = self.length();
        let into = if length > 0.0 { seconds % length } else { 0.0 };
        let next = self.way.partition_point(|place| place.after.get() <= into);
        let here = self.way[next.max(1) - 1];
        let Some(there) = self.way.get(next) else { return here.distance.get() };
        let part = (into - here.after.get()) / (there.after.get() - here.after.get());
        here.distance.get() + part * (there.distance.get() - here.distance.get())
    }

    /// The stretch of one coherence time that begins at `from`.
    pub(super) fn stretch(&self, from: Time, offset: Span, random: &mut Stream) -> Stretch {
        let lasts = self.coherence.span().max(Span::from_nanos(1));
        let middle = from.as_secs() + offset.as_secs() + lasts.as_secs() / 2.0;
        let (mean, extra_power) = self.at_distance(self.distance(middle));
        Stretch { rate: self.rate(mean * self.gain(random)), until: from + lasts, extra_power }
    }

    /// The same at one moment, if the signal were always as strong as on average.
    pub(super) fn without_multipath(&self, now: Time, offset: Span) -> Stretch {
        let (mean, extra_power) = self.at_distance(self.distance(now.as_secs() + offset.as_secs()));
        Stretch { rate: self.rate(mean), until: now, extra_power }
    }

    /// At a distance: the mean signal-to-noise ratio, and the watts that the sender draws beyond those at the reference
    /// distance.
    fn at_distance(&self, distance: f64) -> (f64, f64) {
        let mean = ratio(self.snr) * (self.at.get() / distance).powf(self.exponent);
        let Some(control) = &self.power_control else { return (mean, 0.0) };
        let sends = control.sends((distance / self.at.get()).powf(self.exponent));
        (mean * sends / control.at_reference.get(), control.extra_power(sends))
    }

    /// Bits a second at a signal-to-noise ratio.
    fn rate(&self, snr: f64) -> f64 {
        if self.least_snr.is_some_and(|least| snr < ratio(least)) {
            return 0.0;
        }
        let per_hertz = self.efficiency.get() * (1.0 + snr).log2();
        let per_hertz = self.most_per_hertz.map_or(per_hertz, |most| per_hertz.min(most.get()));
        let rate = self.bandwidth.get() * per_hertz;
        self.most.map_or(rate, |most| rate.min(most.get()))
    }

    /// |h|² of one block; 1 on average.
    fn gain(&self, random: &mut Stream) -> f64 {
        let k = self.line_of_sight;
        let (sight, scattered) = ((k / (k + 1.0)).sqrt(), (0.5 / (k + 1.0)).sqrt());
        let mut normal = || -> f64 { StandardNormal.sample(random) };
        let (re, im) = (sight + scattered * normal(), scattered * normal());
        re * re + im * im
    }
}

fn ratio(decibels: Decibels) -> f64 {
    10f64.powf(decibels.get() / 10.0)
}

#[cfg(test)]
mod tests {
    use sim_core::{Moments, Streams};

    use super::*;

    fn fading(yaml: &str) -> Fading {
        let fading: Fading = serde_yaml::from_str(yaml).unwrap();
        fading.check().unwrap();
        fading
    }

    const STILL: &str = "{way: [{after: 0 s, distance: 200 m}], snr: 20 dB, at: 100 m, exponent: 3, coherence: 50 ms, bandwidth: 10 MHz";

    /// Without a line of sight the gain is exponential, so that P(rate < r) = 1 − exp(−(2^(r/B) − 1)/mean SNR).
    #[test]
    fn rayleigh_outage_is_that_of_the_formula() {
        let fading = fading(&format!("{STILL}}}"));
        let mean = 100.0 / 8.0;
        let mut random = Streams::new(1, 0).open("fading", 0);
        for rate in [5e6, 20e6, 40e6] {
            let below: Moments = (0..20_000)
                .map(|_| f64::from(u8::from(fading.stretch(Time::ZERO, Span::ZERO, &mut random).rate < rate)))
                .collect();
            let (expected, estimate) = (1.0 - (-((rate / 10e6).exp2() - 1.0) / mean).exp(), below.estimate().unwrap());
            assert!(
                (estimate.mean - expected).abs() < 3.0 * estimate.half_width().unwrap(),
                "{estimate:?}, {expected}"
            );
        }
    }

    /// With the figures of LTE's uplink, 10 MHz carry 0.4 · log₂(1 + 3) · 10 = 8 Mbps at an SNR of 3, 0.4 · log₂(1.125)
    /// · 10 = 0.680 Mbps at an eighth, nothing below a tenth, and from 2^(2.0/0.4) − 1 = 31 on 20 Mbps: 0.4 · log₂(30)
    /// · 10 = 19.63 Mbps at 29, and no more at 1000 than at 32.
    #[test]
    fn a_modem_falls_short_of_the_bound() {
        let lte = fading(&format!("{STILL}, efficiency: 40 %, most-per-hertz: 2 bps/Hz, least-snr: -10 dB}}"));
        let close = |rate: f64, expected: f64| (rate / expected - 1.0).abs() < 1e-3;
        assert!(close(lte.rate(3.0), 8e6) && close(lte.rate(0.125), 0.680e6));
        assert!(close(lte.rate(29.0), 19.63e6) && lte.rate(32.0) == 20e6 && lte.rate(1000.0) == 20e6);
        assert_eq!((lte.rate(0.0999), lte.rate(0.1001) > 0.0), (0.0, true));
        let bound = fading(&format!("{STILL}}}"));
        assert_eq!((bound.rate(3.0), bound.rate(0.0), bound.rate(1023.0)), (20e6, 0.0, 100e6));
    }

    /// The signal falls with the cube of the distance. Wholly made up for, 10 mW at 100 m become 80 mW at 200 m, and
    /// the SNR stays at 100; 270 mW would be needed at 300 m, so that with 200 mW it falls to 100 · 200/270. The
    /// amplifier draws 5 mW for each, from 50 mW at 100 m on.
    #[test]
    fn the_signal_holds_until_the_power_is_at_its_highest() {
        let control = "power-control: {at-reference: 10 mW, most: 200 mW, compensation: 100 %,
                       amplifier: [{sends: 0 W, draws: 0 W}, {sends: 200 mW, draws: 1 W}]}";
        let fading = fading(&format!("{STILL}, {control}}}"));
        for (distance, snr, extra) in [
            (100.0, 100.0, 0.0),
            (200.0, 100.0, 0.35),
            (300.0, 100.0 * 200.0 / 270.0, 0.95),
            (600.0, 100.0 * 20.0 / 216.0, 0.95),
            (50.0, 100.0, -0.05 * 7.0 / 8.0),
        ] {
            let found = fading.at_distance(distance);
            assert!((found.0 / snr - 1.0).abs() < 1e-9 && (found.1 - extra).abs() < 1e-12, "{found:?} at {distance} m");
        }
        let mut random = Streams::new(1, 0).open("fading", 0);
        let stretch = fading.stretch(Time::ZERO, Span::ZERO, &mut random);
        assert!((stretch.extra_power - 0.35).abs() < 1e-12, "{stretch:?} at 200 m");
    }

    /// |h|² is 1 on average, and its variance is (2K + 1)/(K + 1)².
    #[test]
    fn a_line_of_sight_steadies_the_gain() {
        for k in [0.0, 3.0, 10.0] {
            let fading = fading(&format!("{STILL}, line-of-sight: {k}}}"));
            let mut random = Streams::new(1, 0).open("fading", 0);
            let gains: Moments = (0..40_000).map(|_| fading.gain(&mut random)).collect();
            let estimate = gains.estimate().unwrap();
            assert!((estimate.mean - 1.0).abs() < 3.0 * estimate.half_width().unwrap(), "{estimate:?}");
            let (variance, expected) = (gains.variance().unwrap(), (2.0 * k + 1.0) / ((k + 1.0) * (k + 1.0)));
            assert!((variance / expected - 1.0).abs() < 0.1, "{variance}, not {expected}");
        }
    }

    #[test]
    fn what_cannot_be_is_said() {
        let told = |from: &str, to: &str| {
            let fading: Fading = serde_yaml::from_str(&format!("{STILL}}}").replace(from, to)).unwrap();
            fading.check().unwrap_err().what
        };
        assert!(told("50 ms", "1 ns").contains("coherence (1 ns) must be at least 10 us"));
        assert!(told("exponent: 3", "exponent: 30").contains("from 0 to 10"));
        assert!(told("after: 0 s", "after: 1 s").contains("begins after 0 s"));
        assert!(told("10 MHz", "10 MHz, efficiency: 0 %").contains("efficiency must be above 0"));
    }

    #[test]
    fn a_way_is_walked_and_begins_again() {
        let there_and_back = fading(
            "{way: [{after: 0 s, distance: 50 m}, {after: 10 s, distance: 150 m}, {after: 30 s, distance: 50 m}],
              snr: 20 dB, at: 100 m, exponent: 3, coherence: 50 ms, bandwidth: 10 MHz}",
        );
        let distances = [0.0, 5.0, 10.0, 20.0, 29.999, 35.0].map(|seconds| there_and_back.distance(seconds).round());
        assert_eq!(distances, [50.0, 100.0, 150.0, 100.0, 50.0, 100.0]);
        // Twice the distance is an eighth of the signal.
        assert!((there_and_back.at_distance(100.0).0 / there_and_back.at_distance(200.0).0 - 8.0).abs() < 1e-9);
    }

    /// Halfway through a coherence time of 2 s that begins at 4 s, 3 s into the way: after 8 of 10 s from 100 to 200 m
    /// it is 180 m away, where 18 mW are sent and 90 mW drawn with an exponent of 1, 40 more than at 100 m.
    #[test]
    fn a_gain_holds_for_the_middle_of_its_time() {
        let control = "power-control: {at-reference: 10 mW, most: 200 mW, compensation: 100 %,
                       amplifier: [{sends: 0 W, draws: 0 W}, {sends: 200 mW, draws: 1 W}]}";
        let way = "way: [{after: 0 s, distance: 100 m}, {after: 10 s, distance: 200 m}]";
        let figures = "snr: 20 dB, at: 100 m, exponent: 1, coherence: 2 s, bandwidth: 10 MHz";
        let fading = fading(&format!("{{{way}, {figures}, {control}}}"));
        let from = Time::from_nanos(4_000_000_000);
        let stretch = fading.stretch(from, Span::from_secs(3.0), &mut Streams::new(1, 0).open("fading", 0));
        assert_eq!(stretch.until, Time::from_nanos(6_000_000_000));
        assert!((stretch.extra_power - 0.04).abs() < 1e-12, "{stretch:?}");
        assert_eq!(
            crate::Rate::Fading(std::sync::Arc::new(fading.clone())).power_control(),
            fading.power_control.as_ref()
        );
    }

    #[test]
    fn the_limits_of_figures_are_allowed() {
        let check = |from: &str, to: &str| {
            let text = format!("{STILL}, line-of-sight: 1, efficiency: 50 %}}");
            assert!(text.contains(from), "{from}");
            serde_yaml::from_str::<Fading>(&text.replace(from, to)).unwrap().check()
        };
        for (from, to) in [
            ("50 ms", "10 us"),
            ("exponent: 3", "exponent: 0"),
            ("exponent: 3", "exponent: 10"),
            ("sight: 1", "sight: 0"),
            ("50 %", "100 %"),
        ] {
            assert_eq!(check(from, to), Ok(()), "{to}");
        }
        let told = |from: &str, to: &str| check(from, to).unwrap_err().what;
        assert!(told("exponent: 3", "exponent: -1").contains("from 0 to 10"));
        assert!(told("exponent: 3", "exponent: .nan").contains("from 0 to 10"));
        assert!(told("sight: 1", "sight: -1").contains("line-of-sight must be 0 or above"));
        assert!(told("sight: 1", "sight: .inf").contains("line-of-sight must be 0 or above"));
        assert!(told("[{after: 0 s, distance: 200 m}]", "[]").contains("at least one place"));
        let twice = "[{after: 0 s, distance: 1 m}, {after: 2 s, distance: 1 m}, {after: 2 s, distance: 2 m}]";
        let twice = told("[{after: 0 s, distance: 200 m}]", twice);
        assert!(twice.contains("2 s is not after the place before it"), "{twice}");
    }

    /// All of the bound is the default, and not written; the fastest that a radio can is a limit.
    #[test]
    fn a_radio_has_its_highest_rate() {
        let fast = fading(&format!("{STILL}, most: 15 Mbps}}"));
        assert_eq!((fast.rate(1.0), fast.rate(3.0)), (10e6, 15e6));
        let written = |text: &str| serde_json::to_value(fading(text)).unwrap().get("efficiency").cloned();
        assert_eq!(written(&format!("{STILL}}}")), None);
        assert_eq!(written(&format!("{STILL}, efficiency: 40 %}}")), Some("40 %".into()));
    }
}
