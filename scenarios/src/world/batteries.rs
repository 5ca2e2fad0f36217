//! What is drawn from the batteries of a run, and how long they last.

use std::ops::Range;

use analysis::{BatteryLife, DeviceRecord, Known};
use sim_core::{Span, Time};

use super::battery_load::{DAY, hour_from, whole_hours};
use super::device::Device;
use crate::plan::{Group, Plan};

/// When to record what has been drawn from batteries.
pub struct Marks {
    next: Option<Time>,
}

impl Marks {
    /// At the end of the warm-up and then, if the run shows whole days, at every full hour; never without a battery.
    pub fn of(plan: &Plan) -> Self {
        let any = plan.groups.iter().any(|group| group.battery.is_some());
        Self { next: any.then(|| watched(plan).start) }
    }

    /// The next one, if that is not after `now`.
    pub fn due(&self, now: Time) -> Option<Time> {
        self.next.filter(|next| *next <= now)
    }

    /// Records what has been drawn from each battery.
    pub fn mark(&mut self, devices: &mut [Device], plan: &Plan, now: Time) {
        let watched = watched(plan);
        let shows_days = whole_hours(&watched).is_some();
        let (warm, full_hour) = (now == watched.start, shows_days && now == hour_from(now));
        for Device { battery, energy, .. } in devices {
            let Some(unit) = battery else { continue };
            let spent = energy.spent(now);
            if warm {
                unit.drawn.warmed_up(spent);
            }
            if full_hour {
                unit.drawn.full_hour(now, spent);
            }
        }
        self.next = shows_days.then(|| hour_from(now + Span::from_nanos(1)));
    }
}

/// The row of a device, with how long its battery lasts.
pub fn device_record(device: &Device, number: u32, plan: &Plan, end: Time) -> DeviceRecord {
    let group = &plan.groups[plan.group_of(number)];
    let record = device.record(number, group, end);
    let left = record.battery.map(|battery| battery.left);
    DeviceRecord { life: left.and_then(|left| life(device, left, group, plan, end)), ..record }
}

/// How long the battery of a device lasts, if `left` joules are left at the end.
fn life(device: &Device, left: f64, group: &Group, plan: &Plan, end: Time) -> Option<BatteryLife> {
    let (battery, unit) = group.battery.as_ref().zip(device.battery.as_deref())?;
    if let Some(died) = device.died {
        return Some(BatteryLife { seconds: Some(died.as_secs()), known: Known::Seen });
    }
    let watched = watched(plan);
    let load = match whole_hours(&watched) {
        Some(hours) => unit.drawn.by_hour(&hours),
        None => vec![unit.drawn.mean(device.energy.spent(end), end.since(watched.start).as_secs())],
    };
    let known = if has_shown_all_of(plan, group) { Known::Extrapolated } else { Known::Guessed };
    Some(BatteryLife { seconds: battery.empty_at(left, end, &load), known })
}

/// Mean share of their charge that the batteries have left, if there are any.
pub fn mean_charge(devices: &[Device], plan: &Plan, now: Time) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0u32);
    for group in plan.groups.iter().filter(|group| group.battery.is_some()) {
        let devices = &devices[group.first as usize..(group.first + group.count) as usize];
        sum += devices.iter().filter_map(|device| device.charge(group, now)).sum::<f64>();
        count += group.count;
    }
    (count > 0).then(|| sum / f64::from(count))
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
