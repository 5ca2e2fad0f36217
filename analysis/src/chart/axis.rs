use crate::unit::three_digits;

/// One direction of a chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// What it measures, with its unit.
    pub label: String,
    /// How values are placed along it.
    pub scale: Scale,
    /// Values that must be in view, whatever the points are.
    pub includes: Vec<f64>,
}

/// How values are placed along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Equal steps are equal differences.
    Linear,
    /// Equal steps are equal ratios; values at or below 0 are not shown.
    Log,
}

/// An axis laid out: which values it shows, and where.
pub(super) struct Layout {
    scale: Scale,
    from: f64,
    to: f64,
    start: f64,
    end: f64,
}

impl Axis {
    /// A linear axis.
    pub fn linear(label: impl Into<String>) -> Self {
        Self { label: label.into(), scale: Scale::Linear, includes: Vec::new() }
    }

    /// A logarithmic axis.
    pub fn log(label: impl Into<String>) -> Self {
        Self { label: label.into(), scale: Scale::Log, includes: Vec::new() }
    }

    /// The same, with a value that must be in view.
    pub fn including(mut self, value: f64) -> Self {
        self.includes.push(value);
        self
    }

    /// Lays the axis out from `start` to `end` so that `values` are in view.
    pub(super) fn layout(&self, values: impl Iterator<Item = f64>, start: f64, end: f64) -> Layout {
        let shown = |value: &f64| value.is_finite() && (self.scale == Scale::Linear || *value > 0.0);
        let all: Vec<f64> = values.chain(self.includes.iter().copied()).filter(shown).collect();
        let (mut from, mut to) =
            all.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), value| (a.min(*value), b.max(*value)));
        if all.is_empty() {
            (from, to) = (1.0, 10.0);
        }
        match self.scale {
            Scale::Linear => {
                let room = if to > from { (to - from) * 0.04 } else { from.abs().max(1.0) * 0.1 };
                // An axis that begins or ends at 0 or at an included value keeps that end.
                let fixed = |value: f64| value == 0.0 || self.includes.contains(&value);
                let single = to <= from;
                from -= if fixed(from) { 0.0 } else { room };
                to += if fixed(to) && !single { 0.0 } else { room };
            }
            Scale::Log => {
                let room = (to / from).powf(0.04).max(1.05);
                from /= room;
                to *= room;
            }
        }
        Layout { scale: self.scale, from, to, start, end }
    }
}

impl Layout {
    /// The position of a value.
    pub fn at(&self, value: f64) -> f64 {
        let part = match self.scale {
            Scale::Linear => (value - self.from) / (self.to - self.from),
            Scale::Log => (value.max(self.from * 1e-3) / self.from).ln() / (self.to / self.from).ln(),
        };
        self.start + part * (self.end - self.start)
    }

    /// Whether a value is on the axis.
    pub fn shows(&self, value: f64) -> bool {
        let slack = (self.to - self.from).abs() * 1e-9;
        (self.from - slack..=self.to + slack).contains(&value)
    }

    /// About `wanted` round values along it, with their labels.
    pub fn ticks(&self, wanted: usize) -> Vec<(f64, String)> {
        let ticks = match self.scale {
            Scale::Linear => self.linear_ticks(wanted),
            Scale::Log => self.log_ticks(wanted),
        };
        ticks.into_iter().map(|tick| (tick, label(tick))).collect()
    }

    fn linear_ticks(&self, wanted: usize) -> Vec<f64> {
        let rough = (self.to - self.from) / wanted.max(1) as f64;
        let decade = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].iter().map(|m| m * decade).find(|step| *step >= 0.75 * rough).unwrap_or(rough);
        let first = (self.from / step).ceil() as i64;
        (first..).map(|number| number as f64 * step).take_while(|tick| self.shows(*tick)).take(50).collect()
    }

    fn log_ticks(&self, wanted: usize) -> Vec<f64> {
        let (first, last) = (self.from.log10().floor() as i32, self.to.log10().ceil() as i32);
        let within = |multiples: &[f64]| -> Vec<f64> {
            let decades = (first..=last).flat_map(|power| multiples.iter().map(move |m| m * 10f64.powi(power)));
            decades.filter(|tick| self.shows(*tick)).collect()
        };
        let (coarse, fine) = (within(&[1.0]), within(&[1.0, 2.0, 5.0]));
        let chosen = if 2 * coarse.len() > wanted { coarse } else { fine };
        let every = chosen.len().div_ceil(2 * wanted.max(1)).max(1);
        if chosen.len() < 2 { self.linear_ticks(wanted) } else { chosen.into_iter().step_by(every).collect() }
    }
}

/// A tick's value without the digits that come from binary fractions.
fn label(value: f64) -> String {
    let rounded = format!("{value:.9}");
    let rounded: f64 = rounded.parse().unwrap_or(value);
    if rounded != 0.0 && rounded.abs() < 1e-4 {
        return format!("{value:e}");
    }
    let text = format!("{rounded}");
    if text.len() <= 7 { text } else { three_digits(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        let labels = |axis: Axis, values: &[f64]| -> Vec<String> {
            axis.layout(values.iter().copied(), 0.0, 100.0).ticks(5).into_iter().map(|(_, label)| label).collect()
        };
        assert_eq!(labels(Axis::linear("x").including(0.0), &[3.0, 97.0]), ["0", "20", "40", "60", "80", "100"]);
        assert_eq!(labels(Axis::log("x"), &[1.0, 1e4]), ["1", "10", "100", "1000", "10000"]);
        assert_eq!(labels(Axis::log("x"), &[1.0, 20.0]), ["1", "2", "5", "10", "20"]);
        assert_eq!(labels(Axis::log("x"), &[1.0, 100.0]), ["1", "10", "100"]);
        assert_eq!(labels(Axis::log("x"), &[2.0, 5.0]), ["2", "5"]);
        assert_eq!(labels(Axis::log("x"), &[1.0, 1e7]).len(), 8);
        // Two decades are half of the four ticks wanted, which is too few.
        let four = Axis::log("x").layout([1.0, 20.0].into_iter(), 0.0, 100.0).ticks(4);
        assert_eq!(four.len(), 5, "{four:?}");
        // From 2.86 to 4.2 there is no 1, 2 or 5, and from 1.43 to 3.15 only a 2: steps are equal there, too.
        assert_eq!(labels(Axis::log("x"), &[3.0, 4.0]), ["3", "3.5", "4"]);
        assert_eq!(labels(Axis::log("x"), &[1.5, 3.0]), ["1.5", "2", "2.5", "3"]);
        assert!(labels(Axis::linear("x"), &[0.91, 0.94]).len() <= 7);
        assert!(!labels(Axis::linear("x"), &[]).is_empty());
    }

    /// An axis from 0 to 100 px. Ends that are 0 or were asked for are kept; others get 4 % of the range as room: 10 to
    /// 20 is shown from 9.6 to 20.4, so that 10 is at 0.4 / 10.8 of it.
    #[test]
    fn an_axis_keeps_the_ends_that_were_asked_for() {
        let place = |axis: Axis, values: &[f64], value: f64| axis.layout(values.iter().copied(), 0.0, 100.0).at(value);
        let near = |place: f64, expected: f64| assert!((place - expected).abs() < 1e-9, "{place}, not {expected}");
        near(place(Axis::linear("x"), &[10.0, 20.0], 10.0), 100.0 * 0.4 / 10.8);
        near(place(Axis::linear("x"), &[10.0, 20.0], 20.0), 100.0 * 10.4 / 10.8);
        near(place(Axis::linear("x"), &[0.0, 20.0], 0.0), 0.0);
        near(place(Axis::linear("x"), &[-20.0, 0.0], 0.0), 100.0);
        near(place(Axis::linear("x").including(5.0).including(25.0), &[10.0, 20.0], 5.0), 0.0);
        near(place(Axis::linear("x").including(5.0).including(25.0), &[10.0, 20.0], 25.0), 100.0);
        // A single value is in the middle, with a tenth of it as room, or of 1.
        near(place(Axis::linear("x"), &[50.0], 50.0), 50.0);
        near(place(Axis::linear("x"), &[50.0], 55.0), 100.0);
        // Where all is 0, that is at the beginning.
        near(place(Axis::linear("x"), &[0.0, 0.0], 0.0), 0.0);
        near(place(Axis::linear("x"), &[0.0], 0.1), 100.0);
        near(place(Axis::log("x"), &[1.0, 100.0], 10.0), 50.0);
        // The room on a logarithmic axis is the 0.04th power of the ratio: 100^0.04 is 1.2023.
        near(place(Axis::log("x"), &[1.0, 100.0], 1.0), 100.0 * 0.04 / 1.08);
        near(place(Axis::log("x"), &[10.0, 1000.0], 10.0), 100.0 * 0.04 / 1.08);
    }

    #[test]
    fn what_is_beyond_the_ends_is_not_shown() {
        let layout = Axis::linear("x").including(0.0).including(10.0).layout([5.0].into_iter(), 0.0, 100.0);
        assert!([0.0, 5.0, 10.0].iter().all(|value| layout.shows(*value)));
        assert!([-0.1, 10.1, f64::NAN].iter().all(|value| !layout.shows(*value)));
        let nothing = Axis::log("x").layout([0.0, -1.0, f64::NAN].into_iter(), 0.0, 100.0);
        assert!(nothing.shows(1.0) && nothing.shows(10.0) && !nothing.shows(100.0), "1 to 10, if there is nothing");
    }

    /// Labels have the digits of the value alone, an exponent only where it is tiny, and three digits where it is long.
    #[test]
    fn labels_are_short() {
        let told = [0.1 + 0.2, 0.0, 2.5, 12.345, 1e-5, 1e-4, 1_234_567.0, 123_456.75, 0.001].map(label);
        assert_eq!(told, ["0.3", "0", "2.5", "12.345", "1e-5", "0.0001", "1234567", "123457", "0.001"]);
    }

    #[test]
    fn values_lie_in_order_between_the_ends() {
        for axis in [Axis::linear("x"), Axis::log("x")] {
            let layout = axis.layout([0.5, 7.0, 300.0].into_iter(), 10.0, 200.0);
            let places: Vec<f64> = [0.5, 7.0, 300.0].iter().map(|value| layout.at(*value)).collect();
            assert!(places.is_sorted() && places[0] >= 10.0 && places[2] <= 200.0, "{places:?}");
        }
    }
}
