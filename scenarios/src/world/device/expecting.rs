//! What a device expects of the parts of a strategy, when a policy asks.

use std::cell::RefCell;

use device_models::Stretch;
use rand::RngExt;
use sim_core::{Streams, Time};

use super::Device;
use crate::plan::{Access, Group, Route, Seen};
use crate::policies::{Channel, Expectations, Situation, Surroundings};
use crate::world::link::LinkUnit;

/// What surrounds a request that a device decides about.
pub struct Around<'w> {
    pub device: &'w Device,
    /// Number of the device, and what names the request among chances.
    pub number: u32,
    pub entity: u64,
    pub group: &'w Group,
    pub access: &'w Access,
    pub route: &'w Route,
    pub streams: &'w Streams,
    /// A rate that changes is followed as far as it is asked about.
    pub link: RefCell<&'w mut LinkUnit>,
    pub now: Time,
}

impl Surroundings for Around<'_> {
    fn chance(&self) -> f64 {
        self.streams.open("chance", self.entity).random()
    }

    fn situation(&self) -> Situation {
        self.device.situation(self.group, self.now)
    }

    fn expects(&self, channel: Channel) -> Expectations {
        self.access.expectations(self.group, self.route, &self.seen(channel))
    }
}

impl Around<'_> {
    fn seen(&self, channel: Channel) -> Seen {
        let (typically, radio) = (self.access.typically(), &self.device.radio);
        let mut link = self.link.borrow_mut();
        let stretch = match channel {
            Channel::Typical => return typically,
            Channel::Known => link.at_distance(self.number, self.now, self.streams).unwrap_or_else(|| {
                radio.last_rate().map_or(typically.stretch, |rate| Stretch::at_rate(rate, self.now))
            }),
            Channel::Drawn(_) => link.for_one_more(self.number, self.now, self.streams),
        };
        let round_trip = radio.last_round_trip().map_or(typically.round_trip, |seen| seen.as_secs());
        Seen { stretch, radio: radio.state, round_trip }
    }
}
