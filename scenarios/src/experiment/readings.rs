//! Combines a figure over replications that did not all observe it.

use analysis::{BatteryLife, Interval, Known, Percentile, Reading};
use sim_core::Moments;

/// Makes the interval of a figure from its values; none without values.
pub type Intervals<'a> = &'a dyn Fn(&[f64]) -> Option<Interval>;

/// A percentile over replications: the mean if it falls among the answers in all of them, otherwise the mean of the
/// lower bound from each.
///
/// `interval` makes the interval of the values that were observed.
pub fn of_percentiles(percentiles: &[Percentile], interval: Intervals) -> Option<Reading> {
    let exact: Option<Vec<f64>> = percentiles.iter().map(|percentile| percentile.exactly()).collect();
    if let Some(exact) = exact {
        return interval(&exact).map(Reading::Seen);
    }
    if percentiles.iter().all(|percentile| matches!(percentile, Percentile::Never(_))) {
        return Some(Reading::Never);
    }
    let bounds = percentiles.iter().filter_map(|percentile| percentile.exactly().or(percentile.at_least()));
    let bounds: Moments = bounds.collect();
    (bounds.count() > 0).then(|| Reading::AtLeast(bounds.mean()))
}

/// A battery life over replications: the mean if it is known in the same way in all of them, otherwise the median
/// replication's.
pub fn of_lives(lives: &[BatteryLife], interval: Intervals) -> Option<Reading> {
    let seen = lives.iter().filter(|life| life.known == Known::Seen).count();
    let never = lives.iter().filter(|life| life.seconds.is_none()).count();
    let one_way = (never == 0 && (seen == 0 || seen == lives.len())) || never == lives.len();
    if !one_way {
        let middle = BatteryLife::median(lives.iter().copied())?;
        return of_lives(&[middle], interval);
    }
    let known = lives.iter().map(|life| life.known).max()?;
    if never > 0 {
        return Some(if known == Known::Guessed { Reading::PerhapsNever } else { Reading::Never });
    }
    let seconds: Vec<f64> = lives.iter().filter_map(|life| life.seconds).collect();
    let interval = interval(&seconds)?;
    Some(match known {
        Known::Seen => Reading::Seen(interval),
        Known::Extrapolated => Reading::Extrapolated(interval),
        Known::Guessed => Reading::Guessed(interval),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(values: &[f64]) -> Option<Interval> {
        let estimate = values.iter().copied().collect::<Moments>().estimate()?;
        Some(Interval { half_width: estimate.half_width(), ..Interval::point(estimate.mean) })
    }

    fn of_percentiles(percentiles: &[Percentile]) -> Option<Reading> {
        super::of_percentiles(percentiles, &interval)
    }

    fn of_lives(lives: &[BatteryLife]) -> Option<Reading> {
        super::of_lives(lives, &interval)
    }

    #[test]
    fn a_bound_in_one_replication_makes_the_mean_a_bound() {
        use Percentile::{AtLeast, Exactly, Never};
        let all = of_percentiles(&[Exactly(1.0), Exactly(3.0)]).unwrap();
        assert!(matches!(all, Reading::Seen(Interval { mean: 2.0, half_width: Some(_), .. })), "{all:?}");
        assert_eq!(of_percentiles(&[Exactly(1.0), AtLeast(3.0)]), Some(Reading::AtLeast(2.0)));
        assert_eq!(of_percentiles(&[Never(5.0), Exactly(1.0)]), Some(Reading::AtLeast(3.0)));
        assert_eq!(of_percentiles(&[Never(5.0), Never(1.0)]), Some(Reading::Never));
        assert_eq!(of_percentiles(&[]), None);
    }

    /// Observed and extrapolated lives are never averaged together.
    #[test]
    fn lives_are_averaged_with_their_like() {
        let life = |seconds, known| BatteryLife { seconds, known };
        let (two, four) = (life(Some(2.0), Known::Seen), life(Some(4.0), Known::Seen));
        let (nine, guess) = (life(Some(9.0), Known::Extrapolated), life(Some(11.0), Known::Guessed));
        let never = life(None, Known::Extrapolated);
        assert!(matches!(of_lives(&[two, four]), Some(Reading::Seen(i)) if i.mean == 3.0));
        assert!(matches!(of_lives(&[nine, nine]), Some(Reading::Extrapolated(i)) if i.mean == 9.0));
        assert!(matches!(of_lives(&[nine, guess]), Some(Reading::Guessed(i)) if i.mean == 10.0));
        let alone = Interval::point(4.0);
        assert_eq!(of_lives(&[two, nine, four]), Some(Reading::Seen(alone)));
        assert!(matches!(of_lives(&[nine, never, two]), Some(Reading::Extrapolated(i)) if i.mean == 9.0));
        assert_eq!(of_lives(&[never, never]), Some(Reading::Never));
        assert_eq!(of_lives(&[never, life(None, Known::Guessed)]), Some(Reading::PerhapsNever));
        assert_eq!(of_lives(&[]), None);
    }
}
