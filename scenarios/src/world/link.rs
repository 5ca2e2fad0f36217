//! Links: how fast their devices send and receive, each for itself, or together in a cell.

use device_models::{Direction, Link, Stretch};
use sim_core::{Streams, Time};

use super::cell::Cell;
use super::device_rates::DeviceRates;
use super::journey::Journey;

/// A link's state.
pub struct LinkUnit {
    /// A capacity that the devices sending share, if they do.
    pub cell: Option<Cell>,
    /// Rates of devices that do not affect each other.
    up: DeviceRates,
    down: DeviceRates,
}

impl LinkUnit {
    /// A link on which nothing moves.
    pub fn new(number: u32, link: &Link, streams: &Streams) -> Self {
        Self {
            cell: Cell::new(number, link, streams),
            up: DeviceRates::new(&link.uplink, "uplink-rate"),
            down: DeviceRates::new(&link.downlink, "downlink-rate"),
        }
    }

    /// The cell, if what goes in a direction takes part of its capacity.
    pub fn shared(&self, direction: Direction) -> Option<&Cell> {
        self.cell.as_ref().filter(|cell| cell.carries(direction))
    }

    /// The rates of devices for themselves.
    pub fn rates(&mut self, direction: Direction) -> &mut DeviceRates {
        match direction {
            Direction::Up => &mut self.up,
            Direction::Down => &mut self.down,
        }
    }

    /// What a device's distance from the antenna says of the rate at which it sends, if that follows its way.
    pub fn at_distance(&mut self, device: u32, now: Time, streams: &Streams) -> Option<Stretch> {
        self.up.at_distance(device, now, streams)
    }

    /// The rate at which a device would begin to send now.
    pub fn for_one_more(&mut self, device: u32, now: Time, streams: &Streams) -> Stretch {
        match self.shared(Direction::Up) {
            Some(cell) => Stretch::at_rate(cell.rate_for_one_more(), now),
            None => self.up.at(device, now, streams),
        }
    }

    /// Bits a second at which a request moves; 0 while it pauses.
    pub fn rate(&self, direction: Direction, journey: &Journey) -> f64 {
        match self.shared(direction) {
            _ if journey.transfer.pauses() => 0.0,
            Some(cell) => cell.rate(direction),
            None => journey.moving.rate(),
        }
    }

    /// Watts that a device draws beyond its radio's active power while it sends, or less than that. In a cell, devices
    /// send at constant power.
    pub fn extra_power(&self, journey: &Journey) -> f64 {
        match self.shared(Direction::Up) {
            Some(_) => 0.0,
            None => journey.moving.extra_power(),
        }
    }

    /// Bits that are left of a request's burst.
    pub fn left_of_burst(&self, direction: Direction, journey: &Journey, now: Time) -> f64 {
        match self.shared(direction) {
            Some(cell) => cell.left(journey.request(), direction, now),
            None => journey.moving.left(now),
        }
    }
}
