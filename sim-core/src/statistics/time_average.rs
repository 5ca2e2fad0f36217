use crate::meter::Meter;
use crate::time::Time;

/// The mean over time of something that changes in steps, such as a queue's length: each value counts for as long as it
/// lasts.
#[derive(Clone, Copy, Debug)]
pub struct TimeAverage {
    value: Meter,
    square: Meter,
    from: Time,
    largest: f64,
}

impl TimeAverage {
    /// From `from` on, where the value is `value`.
    pub fn new(from: Time, value: f64) -> Self {
        let meter = Meter::starting(from);
        let mut average = Self { value: meter, square: meter, from, largest: value };
        average.set(from, value);
        average
    }

    /// The value becomes `value` at `now`.
    pub fn set(&mut self, now: Time, value: f64) {
        self.value.set(now, value);
        self.square.set(now, value * value);
        self.largest = self.largest.max(value);
    }

    /// The value now.
    pub fn value(&self) -> f64 {
        self.value.rate()
    }

    /// The mean up to `now`; the value itself if no time has passed.
    pub fn mean(&self, now: Time) -> f64 {
        self.over(now, &self.value)
    }

    /// The variance over time up to `now`.
    pub fn variance(&self, now: Time) -> f64 {
        let mean = self.mean(now);
        (self.over(now, &self.square) - mean * mean).max(0.0)
    }

    /// The largest value so far.
    pub fn largest(&self) -> f64 {
        self.largest
    }

    fn over(&self, now: Time, meter: &Meter) -> f64 {
        let seconds = now.since(self.from).as_secs();
        if seconds > 0.0 { meter.total_at(now) / seconds } else { meter.rate() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_count_for_as_long_as_they_last() {
        let at = |seconds: u64| Time::from_nanos(seconds * 1_000_000_000);
        let mut length = TimeAverage::new(at(10), 2.0);
        length.set(at(13), 6.0);
        length.set(at(14), 0.0);
        // 3 s of 2, 1 s of 6, 4 s of 0.
        assert_eq!(length.mean(at(18)), 12.0 / 8.0);
        assert_eq!(length.variance(at(18)), (3.0 * 4.0 + 36.0) / 8.0 - 2.25);
        assert_eq!((length.value(), length.largest()), (0.0, 6.0));
        assert_eq!(TimeAverage::new(at(5), 7.0).mean(at(5)), 7.0);
    }

    #[test]
    fn nothing_has_passed_at_the_start() {
        let start = Time::from_nanos(5);
        let average = TimeAverage::new(start, 3.0);
        assert_eq!(
            (average.value(), average.mean(start), average.variance(start), average.largest()),
            (3.0, 3.0, 0.0, 3.0)
        );
    }
}
