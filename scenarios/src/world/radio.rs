//! A radio: its state, what it sends and receives, and what waits until it listens.

use std::collections::VecDeque;

use device_models::{Connection, Direction, Radio, RadioState};
use sim_core::{Handle, Span};

use super::Request;
use super::energy::Account;
use super::journeys::Journeys;

/// A radio's state.
#[derive(Default)]
pub struct RadioUnit {
    pub state: RadioState,
    /// The end of a promotion, or of a phase of the tail.
    pub timer: Option<Handle>,
    /// Account of the request that woke it, or whose transfer ended last: promotion and tail are booked to it.
    pub rousing: Option<Account>,
    /// The request whose transfer ended last, or that woke it, until the tail that follows is booked to it.
    pub last_transfer: Option<Request>,
    pub connection: Connection,
    pub up: TransferQueue,
    pub down: TransferQueue,
    /// Answers, and the attempts they are to, that have reached the link but not the radio, which is not listening.
    pub unheard: Vec<(Request, u8)>,
    /// Bits a second of the last transfer that it sent, and the round trip that was last seen; 0 before any.
    rate: f32,
    round_trip: Span,
}

/// The transfers in one direction: one moves, the others wait.
#[derive(Default)]
pub struct TransferQueue {
    /// What waits.
    pub line: VecDeque<Request>,
    /// The account of the request that moves.
    pub moving: Option<Account>,
    /// Its next step, unless that is its cell's.
    pub timer: Option<Handle>,
}

impl TransferQueue {
    /// The request that moves.
    pub fn request(&self) -> Option<Request> {
        self.moving.map(|account| account.request)
    }

    /// The request that can move now, since none does.
    pub fn next(&self) -> Option<Request> {
        self.line.front().copied().filter(|_| self.moving.is_none())
    }
}

/// Watts of a radio by what they are for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Watts {
    pub transmit: f64,
    pub receive: f64,
    pub promotion: f64,
    pub tail: f64,
}

impl RadioUnit {
    /// The transfers in a direction.
    pub fn queue(&mut self, direction: Direction) -> &mut TransferQueue {
        match direction {
            Direction::Up => &mut self.up,
            Direction::Down => &mut self.down,
        }
    }

    /// Requests that wait to be sent or are being sent.
    pub fn sending(&self) -> usize {
        self.up.line.len() + usize::from(self.up.moving.is_some())
    }

    /// Bits a second of the last transfer that it sent, if there was one.
    pub fn last_rate(&self) -> Option<f64> {
        (self.rate > 0.0).then_some(self.rate.into())
    }

    /// The round trip of the last attempt whose answer it heard, if there was one.
    pub fn last_round_trip(&self) -> Option<Span> {
        (self.round_trip > Span::ZERO).then_some(self.round_trip)
    }

    /// The answer to an attempt with that round trip is heard.
    pub fn heard_after(&mut self, round_trip: Span) {
        self.round_trip = round_trip;
    }

    /// A transfer was sent at that many bits a second.
    pub fn sent_at(&mut self, rate: f64) {
        self.rate = rate as f32;
    }

    /// The request that promotion or tail are booked to.
    pub fn rouser(&self) -> Option<Request> {
        self.rousing.map(|account| account.request)
    }

    /// A figure that is read to fetch it.
    pub fn touch(&self) -> u64 {
        self.last_transfer.map_or(0, u64::from)
    }

    /// Stops for good; returns its timers.
    pub fn stop(&mut self) -> impl Iterator<Item = Handle> + use<> {
        [&mut self.timer, &mut self.up.timer, &mut self.down.timer].map(Option::take).into_iter().flatten()
    }

    /// What waited for it is lost.
    pub fn lose_all(&mut self, journeys: &mut Journeys) {
        let unheard = self.unheard.drain(..).map(|(request, _)| request);
        for request in self.up.line.drain(..).chain(self.down.line.drain(..)).chain(unheard) {
            journeys[request].arrived();
        }
    }

    /// Whether it is active for nothing.
    pub fn is_quiet(&self) -> bool {
        self.state == RadioState::Active && self.up.moving.is_none() && self.down.moving.is_none()
    }

    /// Watts, beyond idling, of a radio that sends at `up` and receives at `down` bits a second if it does, and draws
    /// `extra` watts more while it sends.
    pub fn watts(&self, radio: &Radio, up: f64, extra: f64, down: f64) -> Watts {
        let mut watts = Watts::default();
        match self.state {
            RadioState::Idle => {}
            RadioState::Promoting(from) => watts.promotion = radio.promoting_power(from),
            RadioState::Tail(phase) => watts.tail = radio.tail_power(phase),
            RadioState::Active => {
                let (sends, receives) = (self.up.moving.is_some(), self.down.moving.is_some());
                if sends {
                    watts.transmit = radio.active.get() + extra + radio.per_bit_up.get() * up;
                }
                if receives {
                    // Active power is charged once, to sending if the radio does both.
                    let active = if sends { 0.0 } else { radio.active.get() };
                    watts.receive = active + radio.per_bit_down.get() * down;
                }
            }
        }
        watts
    }
}

#[cfg(test)]
mod tests {
    use device_models::Component;
    use sim_core::Time;

    use super::*;
    use crate::world::energy::Energy;
    use crate::world::journey::tests::journey;

    fn radio() -> Radio {
        let text = "{idle: 10 mW, promotion: 1 s, promotion-power: 0.5 W, active: 1 W, per-bit-up: 20 nJ/bit,
            per-bit-down: 5 nJ/bit, tail: [{for: 4 s, power: 0.7 W}]}";
        serde_yaml::from_str(text).unwrap()
    }

    /// At 10 Mbit/s up and 40 Mbit/s down both ways take 0.2 W on top of the active power, which is charged once; the
    /// link adds 0.05 W to sending.
    #[test]
    fn active_power_is_charged_once() {
        let (radio, mut unit) = (radio(), RadioUnit::default());
        let watts = |unit: &RadioUnit| unit.watts(&radio, 10e6, 0.05, 40e6);
        assert_eq!(watts(&unit), Watts::default());
        unit.state = RadioState::Active;
        assert_eq!(watts(&unit), Watts::default());
        let mut journeys = Journeys::default();
        journeys.push(journey());
        let account = Energy::default().open(Component::Receive, 0, &mut journeys, Time::ZERO);
        unit.down.moving = Some(account);
        assert_eq!(watts(&unit), Watts { receive: 1.2, ..Watts::default() });
        unit.up.moving = Some(account);
        assert_eq!(watts(&unit), Watts { transmit: 1.25, receive: 0.2, ..Watts::default() });
        unit.state = RadioState::Tail(0);
        assert_eq!(watts(&unit), Watts { tail: 0.7, ..Watts::default() });
        unit.state = RadioState::Promoting(None);
        assert_eq!(watts(&unit), Watts { promotion: 0.5, ..Watts::default() });
    }

    /// One request at a time moves in each direction, in order.
    #[test]
    fn a_queue_moves_one_at_a_time() {
        let mut queue = TransferQueue::default();
        assert_eq!(queue.next(), None);
        queue.line.extend([3, 4]);
        assert_eq!((queue.next(), queue.request()), (Some(3), None));
        let mut journeys = Journeys::default();
        journeys.push(journey());
        queue.moving = Some(Energy::default().open(Component::Transmit, 0, &mut journeys, Time::ZERO));
        assert_eq!((queue.next(), queue.request()), (None, Some(0)));
    }
}
