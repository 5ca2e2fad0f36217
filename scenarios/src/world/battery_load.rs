//! Energy drawn from a battery by hour of the day, from which its life is extrapolated.
//!
//! A run that lasts whole days shows what is drawn in each hour, and those hours are repeated. A shorter one only shows
//! a mean; if requests follow the hour of the day, extrapolating that is a guess, and is reported as one.

use std::ops::Range;

use sim_core::{Span, Time};

const HOURS: u64 = 24;
const HOUR: Span = Span::from_nanos(3_600_000_000_000);

/// A day.
pub const DAY: Span = Span::from_nanos(HOURS * HOUR.as_nanos());

/// The next full hour, at or after `now`.
pub fn hour_from(now: Time) -> Time {
    Time::from_nanos(now.as_nanos().div_ceil(HOUR.as_nanos()) * HOUR.as_nanos())
}

/// Numbers of the full hours in a stretch of time, if they include every hour of the day.
pub fn whole_hours(of: &Range<Time>) -> Option<Range<u64>> {
    let first = hour_from(of.start).as_nanos() / HOUR.as_nanos();
    let last = of.end.as_nanos() / HOUR.as_nanos();
    (last >= first + HOURS).then_some(first..last)
}

/// Energy drawn from a battery since the warm-up.
#[derive(Debug, Default)]
pub struct Drawn {
    /// Joules that had been drawn at the end of the warm-up, and at the last full hour.
    warm: f64,
    last: f64,
    /// Joules in each hour of the day, over all days; empty if the run does not last a day.
    by_hour: Vec<f64>,
}

impl Drawn {
    /// The warm-up is over, and `spent` joules have been drawn so far.
    pub fn warmed_up(&mut self, spent: f64) {
        self.warm = spent;
    }

    /// It is a full hour, and `spent` joules have been drawn so far.
    pub fn full_hour(&mut self, now: Time, spent: f64) {
        let ended = now.as_nanos() / HOUR.as_nanos() + HOURS - 1;
        if let Some(joules) = self.by_hour.get_mut((ended % HOURS) as usize) {
            *joules += spent - self.last;
        }
        self.last = spent;
        self.by_hour.resize(HOURS as usize, 0.0);
    }

    /// Mean watts in each hour of the day, after the full hours of these numbers.
    pub fn by_hour(&self, hours: &Range<u64>) -> Vec<f64> {
        let watts = |(hour, joules): (u64, &f64)| {
            // How many of the full hours before `number` are this hour of the day.
            let until = |number: u64| (number + HOURS - 1 - hour) / HOURS;
            let seen = until(hours.end) - until(hours.start);
            joules / (seen as f64 * HOUR.as_secs())
        };
        (0..).zip(&self.by_hour).map(watts).collect()
    }

    /// Mean watts since the warm-up, which ended that long ago, if `spent` joules have been drawn so far.
    pub fn mean(&self, spent: f64, seconds: f64) -> f64 {
        (spent - self.warm) / seconds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hour(number: u64) -> Time {
        Time::from_nanos(number * HOUR.as_nanos())
    }

    #[test]
    fn whole_hours_are_a_day_or_more() {
        assert_eq!(whole_hours(&(hour(2)..hour(26))), Some(2..26));
        // The hour that has begun does not count, nor does the one that has not ended.
        let second = Span::from_secs(1.0);
        assert_eq!(whole_hours(&(hour(1) + second..hour(26) + second)), Some(2..26));
        assert_eq!(whole_hours(&(hour(2) + second..hour(26) + second)), None);
    }

    /// From 23 h on the first day to midnight after the second, 3 600 J are drawn in each hour, but 7 200 J in the
    /// first: that is 1 W, and 1.5 W in the last hour of the day, which was seen twice.
    #[test]
    fn hours_of_the_day_are_means_over_days() {
        let mut drawn = Drawn::default();
        drawn.warmed_up(500.0);
        drawn.full_hour(hour(23), 1_000.0);
        for number in 24..=48 {
            drawn.full_hour(hour(number), 1_000.0 + 3_600.0 * (number - 22) as f64);
        }
        let mut watts = [1.0; 24];
        watts[23] = 1.5;
        assert_eq!(drawn.by_hour(&(23..48)), watts);
        // 500 J were drawn in the warm-up.
        assert_eq!(drawn.mean(1_500.0, 100.0), 10.0);
    }
}
