//! What is drawn from the batteries of a run, and how long they last.

use std::ops::Range;

use analysis::{BatteryLife, Known};
use sim_core::{Span, Time};

use super::World;
use super::battery_load::{DAY, hour_from, whole_hours};
use crate::plan::{Group, Plan};

impl World<'_> {
    /// Begins to record what is drawn from batteries, if there are any.
    pub(super) fn watch_batteries(&mut self) {
        if self.plan.groups.iter().any(|group| group.battery.is_some()) {
            self.next_battery_mark = Some(watched(self.plan).start);
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
        let watched = watched(self.plan);
        let shows_days = whole_hours(&watched).is_some();
        let (warm, full_hour) = (now == watched.start, shows_days && now == hour_from(now));
        for device in &mut self.devices {
            let Some(powered) = device.powered.as_deref_mut() else { continue };
            let spent = device.ledger.spent(now);
            if warm {
                powered.drawn.warmed_up(spent);
            }
            if full_hour {
                powered.drawn.full_hour(now, spent);
            }
        }
        self.next_battery_mark = shows_days.then(|| hour_from(now + Span::from_nanos(1)));
    }

    /// How long a battery lasts that holds `level` joules at the end.
    pub(super) fn battery_life(&self, device: u32, level: f64, end: Time) -> Option<BatteryLife> {
        let (group, state) = (self.group(device), &self.devices[device as usize]);
        let (battery, powered) = group.battery.as_ref().zip(state.powered.as_deref())?;
        if let Some(died) = state.died {
            return Some(BatteryLife { seconds: Some(died.as_secs()), known: Known::Seen });
        }
        let watched = watched(self.plan);
        let load = match whole_hours(&watched) {
            Some(hours) => powered.drawn.by_hour(&hours),
            None => vec![powered.drawn.mean(state.ledger.spent(end), end.since(watched.start).as_secs())],
        };
        let known = if has_shown_all_of(self.plan, group) { Known::Extrapolated } else { Known::Guessed };
        Some(BatteryLife { seconds: battery.empty_at(level, end, &load), known })
    }
}

/// The run without its warm-up; all of it, if it is nothing else.
fn watched(plan: &Plan) -> Range<Time> {
    let warmup = if plan.warmup < plan.duration { plan.warmup } else { Span::ZERO };
    Time::ZERO + warmup..Time::ZERO + plan.duration
}

/// Whether a run shows the whole cycle of a group's arrivals.
fn has_shown_all_of(plan: &Plan, group: &Group) -> bool {
    let (cycle, watched) = (group.arrivals.cycle(), watched(plan));
    cycle <= watched.end.since(watched.start) && (cycle < DAY || whole_hours(&watched).is_some())
}
