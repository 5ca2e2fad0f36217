//! Energy drawn from batteries by hour of the day, from which their lives are extrapolated.
//!
//! A run that lasts whole days shows what is drawn in each hour, and those hours are repeated. A shorter one only shows
//! a mean; if requests follow the hour of the day, extrapolating that is a guess, and is reported as one.

use analysis::{BatteryLife, Known};
use sim_core::{Span, Time};

use super::World;
use super::device::Powered;
use crate::plan::{Group, Plan};

const HOURS: u64 = 24;
const HOUR: Span = Span::from_nanos(3_600_000_000_000);

/// The next full hour, at or after `now`.
fn hour_from(now: Time) -> Time {
    Time::from_nanos(now.as_nanos().div_ceil(HOUR.as_nanos()) * HOUR.as_nanos())
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

impl World<'_> {
    /// Begins to record what is drawn from batteries, if there are any.
    pub(super) fn watch_batteries(&mut self) {
        if self.plan.groups.iter().any(|group| group.battery.is_some()) {
            self.next_battery_mark = Some(self.plan.watched_from());
        }
    }

    /// When the energy drawn is to be recorded next, if that is not after `now`: at the end of the warm-up, and then,
    /// if the run shows whole days, at every full hour.
    pub(super) fn next_battery_mark(&self, now: Time) -> Option<Time> {
        let next = self.next_battery_mark?;
        (next <= now).then_some(next)
    }

    /// Records what has been drawn from each battery.
    pub(super) fn mark_batteries(&mut self, now: Time) {
        let (warm, whole_days) = (now == self.plan.watched_from(), self.plan.whole_hours().is_some());
        let hour = (now == hour_from(now)).then(|| now.as_nanos() / HOUR.as_nanos());
        for device in &mut self.devices {
            let Some(Powered { drawn, .. }) = device.powered.as_deref_mut() else { continue };
            let spent = device.ledger.spent(now);
            if warm {
                drawn.warm = spent;
            } else if hour.is_some() && !drawn.by_hour.is_empty() {
                let ended = (hour.unwrap_or_default() + HOURS - 1) % HOURS;
                drawn.by_hour[ended as usize] += spent - drawn.last;
            }
            if hour.is_some() && whole_days {
                drawn.last = spent;
                drawn.by_hour.resize(HOURS as usize, 0.0);
            }
        }
        self.next_battery_mark = whole_days.then(|| hour_from(now + Span::from_nanos(1)));
    }

    /// How long a battery lasts that holds `level` joules at the end.
    pub(super) fn battery_life(&self, device: u32, level: f64, end: Time) -> Option<BatteryLife> {
        let (group, state) = (self.group(device), &self.devices[device as usize]);
        let (battery, powered) = group.battery.as_ref().zip(state.powered.as_deref())?;
        if let Some(died) = state.died {
            return Some(BatteryLife { seconds: Some(died.as_secs()), known: Known::Seen });
        }
        let drawn = &powered.drawn;
        let load = match self.plan.whole_hours() {
            Some(hours) => {
                let watts = |(hour, joules): (u64, &f64)| {
                    // How many of the full hours before `number` are this hour of the day.
                    let until = |number: u64| (number + HOURS - 1 - hour) / HOURS;
                    let seen = until(hours.end) - until(hours.start);
                    joules / (seen as f64 * HOUR.as_secs())
                };
                (0..).zip(&drawn.by_hour).map(watts).collect()
            }
            None => {
                let seconds = end.since(self.plan.watched_from()).as_secs();
                vec![(state.ledger.spent(end) - drawn.warm) / seconds]
            }
        };
        let known = if self.plan.has_shown_all_of(group) { Known::Extrapolated } else { Known::Guessed };
        Some(BatteryLife { seconds: battery.empty_at(level, end, &load), known })
    }
}

impl Plan {
    /// The end of the warm-up; the start if the whole run is warm-up.
    fn watched_from(&self) -> Time {
        if self.warmup < self.duration { Time::ZERO + self.warmup } else { Time::ZERO }
    }

    /// Numbers of the full hours after the warm-up, if they include every hour of the day.
    fn whole_hours(&self) -> Option<std::ops::Range<u64>> {
        let first = hour_from(self.watched_from()).as_nanos() / HOUR.as_nanos();
        let last = self.duration.as_nanos() / HOUR.as_nanos();
        (last >= first + HOURS).then_some(first..last)
    }

    /// Whether a run shows the whole cycle of a group's arrivals.
    fn has_shown_all_of(&self, group: &Group) -> bool {
        let cycle = group.arrivals.cycle();
        let shown = (Time::ZERO + self.duration).since(self.watched_from());
        let day = Span::from_nanos(HOURS * HOUR.as_nanos());
        cycle <= shown && (cycle < day || self.whole_hours().is_some())
    }
}
