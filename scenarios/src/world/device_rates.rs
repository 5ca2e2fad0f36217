//! One direction of a link whose devices do not affect each other.

use std::collections::BTreeMap;

use device_models::{Rate, RatePath, Stretch};
use sim_core::{Streams, Time};

/// The rate of each device: the same for all, or each on its own path.
pub struct DeviceRates {
    rate: Rate,
    /// Purpose of the paths' random streams.
    purpose: &'static str,
    /// Paths of the devices that have used it.
    paths: BTreeMap<u32, RatePath>,
}

impl DeviceRates {
    pub fn new(rate: &Rate, purpose: &'static str) -> Self {
        Self { rate: rate.clone(), purpose, paths: BTreeMap::new() }
    }

    /// A device's rate from `now` on, and until when it holds.
    pub fn at(&mut self, device: u32, now: Time, streams: &Streams) -> Stretch {
        if let Some(rate) = self.rate.constant() {
            return Stretch::at_rate(rate, Time::MAX);
        }
        self.path(device, streams).at(now)
    }

    /// What a device's distance says of its rate, if that follows its way.
    pub fn at_distance(&mut self, device: u32, now: Time, streams: &Streams) -> Option<Stretch> {
        self.rate.constant().is_none().then(|| self.path(device, streams).at_distance(now))?
    }

    fn path(&mut self, device: u32, streams: &Streams) -> &mut RatePath {
        let begin = || RatePath::new(&self.rate, streams.open(self.purpose, device.into()));
        self.paths.entry(device).or_insert_with(begin)
    }
}
