//! Events that several devices notice.
//!
//! The events are one process, drawn from its own stream, so that all devices see the same ones; each device notices
//! its own share of them, after its own delay.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rand::RngExt;
use serde::Serialize;
use sim_core::{Stream, Time};

use super::{ArrivalPath, ArrivalProcess};
use crate::random_time::RandomTime;

/// An event as a device sees it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sighting {
    /// When it happens.
    pub event: ArrivalProcess,
    /// The entity of its stream.
    pub number: u64,
    /// The share of them that a device notices.
    pub by: f64,
    /// How long after it a device notices it.
    pub after: RandomTime,
}

/// The events, and those noticed but not returned yet.
#[derive(Clone, Debug)]
pub struct Watch {
    events: ArrivalPath,
    upcoming: Time,
    noticed: BinaryHeap<Reverse<Time>>,
}

impl Watch {
    /// From the start of the simulation; `events` is the stream that all observing devices share.
    pub fn new(sighting: &Sighting, events: Stream) -> Self {
        let mut events = ArrivalPath::alone(events);
        let upcoming = events.next_arrival(&sighting.event);
        Self { events, upcoming, noticed: BinaryHeap::new() }
    }

    /// When the next one is noticed. Delays are not negative, so whatever is noticed before the next event happens
    /// comes first.
    pub fn next(&mut self, sighting: &Sighting, random: &mut Stream) -> Time {
        loop {
            if self.noticed.peek().is_some_and(|Reverse(first)| *first <= self.upcoming) {
                return self.noticed.pop().map_or(Time::MAX, |Reverse(first)| first);
            }
            if self.upcoming == Time::MAX {
                return Time::MAX;
            }
            if random.random::<f64>() < sighting.by {
                self.noticed.push(Reverse(self.upcoming + sighting.after.sample(random)));
            }
            self.upcoming = self.events.next_arrival(&sighting.event);
        }
    }
}
