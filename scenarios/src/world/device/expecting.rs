//! What a device expects of the parts of a strategy, when a policy asks.

use std::cell::RefCell;

use device_models::units::DataSize;
use device_models::{Exchange, RadioState, Stretch};
use rand::RngExt;
use sim_core::{Streams, Time};

use super::Device;
use crate::plan::{Access, Group, Load, Route, Size};
use crate::policies::{Channel, Expectations, Expected, Situation, Surroundings};
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
        let watts = self.group.processor.extra_power();
        let segment = |takes: f64, busy: f64| Expected { seconds: takes, joules: busy * watts };
        let (stretch, state) = (self.stretch(channel), self.state(channel));
        Expectations {
            segments: self.route.segments.iter().map(|s| segment(s.takes.as_secs(), s.interval.as_secs())).collect(),
            offloads: self.route.offloads.iter().map(|load| self.offload(load, stretch, state, channel)).collect(),
        }
    }
}

impl Around<'_> {
    /// The rate at which the device would send, and what that draws.
    fn stretch(&self, channel: Channel) -> Stretch {
        let typical = Stretch::at_rate(self.access.typical.up, self.now);
        let mut link = self.link.borrow_mut();
        match channel {
            Channel::Typical => typical,
            Channel::Known => link.at_distance(self.number, self.now, self.streams).unwrap_or_else(|| {
                let last = self.device.radio.last_rate();
                last.map_or(typical, |rate| Stretch::at_rate(rate, self.now))
            }),
            Channel::Drawn(_) => link.for_one_more(self.number, self.now, self.streams),
        }
    }

    /// What the radio is doing; typically, nothing.
    fn state(&self, channel: Channel) -> RadioState {
        if channel == Channel::Typical { RadioState::Idle } else { self.device.radio.state }
    }

    fn offload(&self, load: &Load, stretch: Stretch, state: RadioState, channel: Channel) -> Expected {
        let Access { radio, link, typical, .. } = self.access;
        let bits = |size: DataSize| size.get() * 8.0 / (1.0 - link.loss.share.get());
        let seen = self.device.radio.last_round_trip().filter(|_| channel != Channel::Typical);
        let round_trip = seen.map_or(typical.round_trip, |seen| seen.as_secs());
        let payload = match load.payload {
            Size::Fixed(size) => size,
            Size::Measured { at_most, .. } => at_most,
        };
        let exchange = Exchange {
            up: (bits(payload), stretch.rate),
            down: (bits(self.group.answer), typical.down),
            extra_power: stretch.extra_power,
            opening: f64::from(link.transport.round_trips_each()) * round_trip,
            away: round_trip + load.served.as_secs(),
        };
        let (seconds, joules) = exchange.expected(radio, state);
        let prepare = self.group.prepare.as_ref();
        let (preparing, extra) = prepare.map_or((0.0, 0.0), |prepare| (prepare.time.as_secs(), prepare.extra_power));
        Expected { seconds: preparing + seconds, joules: preparing * extra + joules }
    }
}
