//! What the devices of a group expect of the parts of a strategy, before they happen.

use device_models::units::DataSize;
use device_models::{Exchange, RadioState, Stretch};
use sim_core::Time;

use super::{Access, Group, Load, Route, Size};
use crate::policies::{Expectations, Expected};

/// What is seen of a channel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// The rate at which the device would send, and what that draws.
    pub stretch: Stretch,
    /// What its radio is doing.
    pub radio: RadioState,
    /// Seconds of the round trip to the first servers on its way.
    pub round_trip: f64,
}

impl Access {
    /// What the link is like on average, for a request that has it for itself.
    pub fn typically(&self) -> Seen {
        let stretch = Stretch::at_rate(self.typical.up, Time::ZERO);
        Seen { stretch, radio: RadioState::Idle, round_trip: self.typical.round_trip }
    }

    /// What the devices of `group`, who are on this link, expect of `route`.
    pub fn expectations(&self, group: &Group, route: &Route, seen: &Seen) -> Expectations {
        let segments = route.segments.iter();
        let segments = segments
            .map(|leg| Expected { seconds: leg.takes.as_secs(), joules: leg.interval.as_secs() * leg.extra_power })
            .collect();
        Expectations { segments, offloads: route.offloads.iter().map(|load| self.offload(group, load, seen)).collect() }
    }

    /// The same of a single offload.
    pub fn offload(&self, group: &Group, load: &Load, seen: &Seen) -> Expected {
        let bits = |size: DataSize| size.get() * 8.0 / (1.0 - self.link.loss.share.get());
        let payload = match load.payload {
            Size::Fixed(size) | Size::Recorded(size) => size,
            Size::Measured { at_most, .. } => at_most,
        };
        let exchange = Exchange {
            up: (bits(payload), seen.stretch.rate),
            down: (bits(group.answer), self.typical.down),
            extra_power: seen.stretch.extra_power,
            opening: f64::from(self.link.transport.round_trips_each()) * seen.round_trip,
            away: seen.round_trip + load.served.as_secs(),
        };
        let (seconds, joules) = exchange.expected(&self.radio, seen.radio);
        let prepare = group.prepare.as_ref();
        let (preparing, extra) = prepare.map_or((0.0, 0.0), |prepare| (prepare.time.as_secs(), prepare.extra_power));
        Expected { seconds: preparing + seconds, joules: preparing * extra + joules }
    }
}
