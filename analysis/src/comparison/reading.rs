//! Figures over replications, and how they are written: how well a figure is known stands beside it.

use serde::{Deserialize, Serialize};

/// A mean over replications and half the width of its 95 % interval; a single replication has no interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The mean.
    pub mean: f64,
    /// Half the width of the interval.
    pub half_width: Option<f64>,
    /// Half the width that comes from the simulation alone, which more replications would reduce; the rest comes from
    /// the choice of images.
    pub simulation: Option<f64>,
}

impl Interval {
    /// A mean without an interval.
    pub fn point(mean: f64) -> Self {
        Self { mean, half_width: None, simulation: None }
    }
}

/// A figure over replications that some replications may not have observed. An observed figure is never averaged with
/// an extrapolated one or a bound.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reading {
    /// Every replication observed it.
    Seen(Interval),
    /// It is at least this: some replication only has a bound.
    AtLeast(f64),
    /// It is beyond the end of the run, extrapolated on the assumption that the load continues as it was.
    Extrapolated(Interval),
    /// The same, but the run has not covered a whole cycle of the load.
    Guessed(Interval),
    /// It never happens.
    Never,
    /// It would never happen, but the run has not covered a whole cycle of the load.
    PerhapsNever,
}

impl Reading {
    /// The mean or bound, unless it never happens.
    pub fn figure(self) -> Option<f64> {
        match self {
            Self::Seen(interval) | Self::Extrapolated(interval) | Self::Guessed(interval) => Some(interval.mean),
            Self::AtLeast(bound) => Some(bound),
            Self::Never | Self::PerhapsNever => None,
        }
    }

    /// The figure, if it was observed.
    pub fn seen(self) -> Option<Interval> {
        match self {
            Self::Seen(interval) => Some(interval),
            _ => None,
        }
    }

    /// In `unit`, with a mark for how it is known.
    pub fn written(self, unit: f64) -> String {
        match self {
            Self::Seen(interval) => interval.written(unit),
            Self::AtLeast(mean) => format!("≥ {}", Interval::point(mean).written(unit)),
            Self::Extrapolated(interval) => format!("~ {}", interval.written(unit)),
            Self::Guessed(interval) => format!("~ {} ?", interval.written(unit)),
            Self::Never => "never".to_owned(),
            Self::PerhapsNever => "never ?".to_owned(),
        }
    }
}

impl Interval {
    /// Mean and half-width in `unit`. The half-width decides how many digits are significant: its first, or its first
    /// two if the first is a 1 or a 2, but at most four of the mean. Without a half-width, the mean has three.
    pub(crate) fn written(self, unit: f64) -> String {
        let (mean, half) = (self.mean / unit, self.half_width.map_or(0.0, |half| half / unit));
        if mean == 0.0 && half == 0.0 {
            return "0".to_owned();
        }
        let place = |value: f64| value.abs().log10().floor();
        let leading = if mean == 0.0 { place(half) } else { place(mean) };
        let most = (3.0 - leading).max(0.0);
        // A half-width that would round to zero in the last digit shown is left out.
        if half < 0.5 * 10f64.powf(-most) {
            return format!("{mean:.*}", (2.0 - leading).clamp(0.0, 9.0) as usize);
        }
        let begins_small = half / 10f64.powf(place(half)) < 3.0;
        let digits = (f64::from(u8::from(begins_small)) - place(half)).clamp(0.0, most) as usize;
        // A value above zero is not shown as nothing, however uncertain it is: 0.35 ±43.
        let digits_of_mean = if mean > 0.0 { digits.max((1.0 - leading).clamp(0.0, 9.0) as usize) } else { digits };
        let shown = |digits: usize| format!("{mean:.digits$}");
        let rounded = shown(digits);
        let nothing = rounded.trim_matches(['-', '0', '.']).is_empty();
        // A value that rounds to zero has no sign.
        let mean = if nothing { shown(digits_of_mean) } else { rounded };
        let mean = if mean.trim_matches(['-', '0', '.']).is_empty() { mean.trim_start_matches('-') } else { &mean };
        format!("{mean} ±{half:.digits$}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_digits_that_mean_something() {
        let interval = |mean, half_width| Interval { half_width, ..Interval::point(mean) };
        assert_eq!(interval(0.9123, Some(0.004)).written(0.01), "91.2 ±0.4");
        assert_eq!(interval(0.9123, Some(0.014)).written(0.01), "91.2 ±1.4");
        assert_eq!(interval(1.63, Some(0.34)).written(0.01), "163 ±34");
        assert_eq!(interval(0.007, Some(0.004_14)).written(0.01), "0.7 ±0.4");
        assert_eq!(interval(0.000_151, None).written(1e-3), "0.151");
        assert_eq!(interval(1.0, Some(0.0)).written(0.01), "100");
        assert_eq!(interval(0.0, Some(0.0)).written(1.0), "0");
        assert_eq!(interval(-0.000_4, Some(0.03)).written(0.01), "0 ±3", "there is no -0");
        assert_eq!(interval(-0.004, Some(0.03)).written(0.01), "0 ±3");
        assert_eq!(interval(-0.02, Some(0.03)).written(0.01), "-2 ±3");
        assert_eq!(interval(0.000_351, Some(0.043)).written(1e-3), "0.35 ±43");
        // Four digits of the mean at most: of 12345 none after the point, of 0.001234 six, of 1 three.
        assert_eq!(interval(12_345.0, Some(0.3)).written(1.0), "12345");
        assert_eq!(interval(0.001_234, Some(0.000_021)).written(1.0), "0.001234 ±0.000021");
        assert_eq!(interval(1.0, Some(0.000_5)).written(1.0), "1.000 ±0.001");
        assert_eq!(interval(0.0, Some(3.0)).written(1.0), "0 ±3");
    }
}
