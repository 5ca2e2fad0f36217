//! A device's battery: what it holds, whom it takes along when it is empty, and how long it lasts.

use analysis::BatteryRecord;
use device_models::{Battery, Next, Store};
use sim_core::{Handle, Time};

use super::Request;
use super::battery_load::Drawn;

/// A battery's state.
pub struct BatteryUnit {
    store: Store,
    /// When it will be empty, or the harvested power may change.
    timer: Option<Handle>,
    is_empty: bool,
    /// Every request that has not ended, and some that have, in case it runs empty.
    noted: Vec<Request>,
    /// How many may be noted before those that have ended are removed.
    room: usize,
    /// What has been drawn from it, by hour of the day.
    pub drawn: Drawn,
    /// Requests that had arrived when it ran empty, if it did.
    pub outlived: Option<u32>,
}

impl BatteryUnit {
    /// A full one.
    pub fn new(battery: &Battery) -> Self {
        Self {
            store: Store::full(battery),
            timer: None,
            is_empty: false,
            noted: Vec::new(),
            room: 8,
            drawn: Drawn::default(),
            outlived: None,
        }
    }

    /// Notes a request that would end with the battery. Ended ones are removed when the room is used up, which then
    /// doubles, so that removal is cheap however many are under way.
    pub fn note(&mut self, request: Request, ended: impl Fn(Request) -> bool) {
        if self.noted.len() >= self.room {
            self.noted.retain(|noted| !ended(*noted));
            self.room = 8.max(2 * self.noted.len());
        }
        self.noted.push(request);
    }

    /// From `now`, `watts` are drawn from it. Returns when to look at it again, if ever; the timer for that is
    /// [`BatteryUnit::watch`]ed.
    pub fn supply(&mut self, battery: &Battery, watts: f64, now: Time) -> Option<Time> {
        let next = self.store.follow(battery, now, watts);
        self.is_empty = matches!(next, Next::Empty(_));
        match next {
            Next::Empty(at) | Next::Change(at) => Some(at),
            Next::Never => None,
        }
    }

    /// The timer that tells when to look at it again; replaces the last one, which is returned.
    pub fn watch(&mut self, timer: Option<Handle>) -> Option<Handle> {
        std::mem::replace(&mut self.timer, timer)
    }

    /// Whether it is empty when that timer goes off.
    pub fn is_empty(&self) -> bool {
        self.is_empty
    }

    /// It is empty, after so many requests; returns those that end with it, and some that have ended before.
    pub fn dies(&mut self, requests: u32) -> Vec<Request> {
        self.outlived = Some(requests);
        std::mem::take(&mut self.noted)
    }

    /// Share of its charge that is left.
    pub fn charge(&self, battery: &Battery, now: Time) -> f64 {
        (self.store.at(battery, now).level() / battery.usable()).max(0.0)
    }

    /// What became of its energy until `until`.
    pub fn record(&self, battery: &Battery, until: Time) -> BatteryRecord {
        let store = self.store.at(battery, until);
        BatteryRecord {
            usable: battery.usable(),
            left: store.level().max(0.0),
            harvested: store.harvested(),
            spilled: store.spilled(),
            drained: store.drained(),
            lost_in_conversion: store.lost_in_conversion(),
        }
    }
}
