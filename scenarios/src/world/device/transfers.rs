//! Sending and receiving, burst after burst: the same in both directions, but for where the bits are counted.
//!
//! ```text
//!   start -> (pause) -> burst -> (pause) -> burst ... -> sent, or received
//! ```
//!
//! A burst moves in a cell, which says when it is through, or alone, step by step at the device's own rate.

use device_models::{Component, Direction};

use super::Device;
use crate::world::at::AtDevice;
use crate::world::moving::Moving;
use crate::world::{Event, Request};
use sim_core::Time;

fn component(direction: Direction) -> Component {
    match direction {
        Direction::Up => Component::Transmit,
        Direction::Down => Component::Receive,
    }
}

impl Device {
    /// Opens the connection, if it is not, and sends the first in line.
    pub fn start_send(&mut self, request: Request, at: &mut AtDevice) {
        self.start(Direction::Up, request, at);
        let transport = &at.access.link.transport;
        let journey = &mut at.journeys[request];
        journey.sending_begins(at.now);
        let (bits, round_trip) = (journey.channel.up_bits, journey.channel.round_trip);
        let ready = at.now + self.radio.connection.open(transport, at.now, round_trip);
        journey.transfer = self.radio.connection.send(transport, bits, at.now, round_trip);
        self.go_on(Direction::Up, request, ready, at);
    }

    /// Receives the first in line.
    pub fn start_receive(&mut self, request: Request, at: &mut AtDevice) {
        self.start(Direction::Down, request, at);
        let transport = &at.access.link.transport;
        let journey = &mut at.journeys[request];
        journey.receiving_begins(at.now);
        let (bits, round_trip) = (journey.channel.down_bits, journey.channel.round_trip);
        let sent = journey.transfer;
        journey.transfer = self.radio.connection.receive(transport, &sent, bits, at.now, round_trip);
        self.go_on(Direction::Down, request, at.now, at);
    }

    fn start(&mut self, direction: Direction, request: Request, at: &mut AtDevice) {
        let account = self.energy.open(component(direction), request, at.journeys, at.now);
        let queue = self.radio.queue(direction);
        queue.line.pop_front();
        queue.moving = Some(account);
    }

    /// The next burst begins at `when`.
    fn go_on(&mut self, direction: Direction, request: Request, when: Time, at: &mut AtDevice) {
        let (now, journey) = (at.now, &mut at.journeys[request]);
        if when > now {
            journey.moving = Moving::NOTHING;
            self.step_at(direction, when, at);
            return self.set_radio_power(at);
        }
        let paused = journey.transfer.paused(now);
        match direction {
            Direction::Up => {
                at.asked.up_pauses_s += paused.as_secs();
                journey.sending_paused(paused);
            }
            Direction::Down => at.asked.down_pauses_s += paused.as_secs(),
        }
        let bits = journey.transfer.burst(now);
        match at.link.shared(direction) {
            None => self.move_alone(direction, request, bits, at),
            Some(_) => self.enter_cell(direction, request, bits, at),
        }
    }

    fn step_at(&mut self, direction: Direction, when: Time, at: &mut AtDevice) {
        let device = at.device;
        let step = match direction {
            Direction::Up => Event::SendStep { device },
            Direction::Down => Event::ReceiveStep { device },
        };
        self.radio.queue(direction).timer = Some(at.agenda.timer(when, step));
    }

    /// Moves what is left of a burst at the current rate.
    fn move_alone(&mut self, direction: Direction, request: Request, bits: f64, at: &mut AtDevice) {
        let stretch = at.link.rates(direction).at(at.device, at.now, at.streams);
        let moving = Moving::begin(bits, at.now, stretch);
        at.journeys[request].moving = moving;
        self.step_at(direction, moving.next(), at);
        self.set_radio_power(at);
    }

    fn enter_cell(&mut self, direction: Direction, request: Request, bits: f64, at: &mut AtDevice) {
        let metered = at.group.battery.as_ref().map(|_| at.device);
        if let Some(cell) = &mut at.link.cell {
            cell.enter(request, direction, bits, metered, at.now);
        }
        self.set_radio_power(at);
        if let Some(cell) = &mut at.link.cell {
            cell.schedule(at.agenda);
        }
    }

    fn leave_cell(&mut self, direction: Direction, request: Request, at: &mut AtDevice) {
        if let Some(cell) = &mut at.link.cell
            && cell.leave(request, direction, at.device, at.now)
        {
            cell.schedule(at.agenda);
        }
    }

    /// A pause is over; or a burst that moves alone is through, or goes on at another rate.
    pub fn transfer_step(&mut self, direction: Direction, at: &mut AtDevice) {
        let queue = self.radio.queue(direction);
        queue.timer = None;
        let Some(request) = queue.request() else { return };
        let journey = &at.journeys[request];
        let moving = journey.moving;
        if journey.transfer.pauses() {
            self.go_on(direction, request, at.now, at);
        } else if moving.is_done(at.now) {
            self.burst_through(direction, request, at);
        } else {
            self.move_alone(direction, request, moving.left(at.now), at);
        }
    }

    /// A burst is through in the cell.
    pub fn through_cell(&mut self, direction: Direction, request: Request, at: &mut AtDevice) {
        self.leave_cell(direction, request, at);
        self.burst_through(direction, request, at);
    }

    /// A burst is through: the next one follows, now or later, if it was not the last.
    fn burst_through(&mut self, direction: Direction, request: Request, at: &mut AtDevice) {
        match (at.journeys[request].transfer.through(at.now), direction) {
            (Some(next), _) => self.go_on(direction, request, next, at),
            (None, Direction::Up) => self.sent(request, at),
            (None, Direction::Down) => self.received(request, at),
        }
    }

    /// The last bit has been sent.
    fn sent(&mut self, request: Request, at: &mut AtDevice) {
        self.settle_transfer(Direction::Up, at);
        let journey = &mut at.journeys[request];
        journey.sent(at.now);
        if let Some(rate) = journey.sent_at() {
            self.radio.sent_at(rate);
        }
        self.radio.connection.transferred(Direction::Up, &journey.transfer, at.now);
        self.radio.last_transfer = Some(request);
        self.under_way(request, at);
        self.set_radio_power(at);
        self.pump_radio(at);
    }

    /// The last bit has been received.
    fn received(&mut self, request: Request, at: &mut AtDevice) {
        self.settle_transfer(Direction::Down, at);
        self.radio.last_transfer = Some(request);
        let journey = &mut at.journeys[request];
        self.radio.connection.transferred(Direction::Down, &journey.transfer, at.now);
        journey.received();
        let next = journey.attempts.answered(journey.attempts.number());
        self.follow(request, next, at);
        self.set_radio_power(at);
        self.pump_radio(at);
    }

    /// A dying device's transfers stop; what has been sent so far is counted.
    pub fn withdraw(&mut self, at: &mut AtDevice) {
        for direction in [Direction::Up, Direction::Down] {
            if let Some(request) = self.settle_transfer(direction, at) {
                at.journeys[request].arrived();
                self.leave_cell(direction, request, at);
            }
        }
    }

    /// Books the transfers under way, up to now.
    pub fn settle_transfers(&mut self, at: &mut AtDevice) {
        self.settle_transfer(Direction::Up, at);
        self.settle_transfer(Direction::Down, at);
    }

    /// Books the joules and bits of a transfer under way, up to now.
    fn settle_transfer(&mut self, direction: Direction, at: &mut AtDevice) -> Option<Request> {
        let account = self.radio.queue(direction).moving.take()?;
        let (request, journey) = (account.request, &mut at.journeys[account.request]);
        let of_all = match direction {
            Direction::Up => journey.channel.up_bits,
            Direction::Down => journey.channel.down_bits,
        };
        let bits = of_all - journey.transfer.left() - at.link.left_of_burst(direction, journey, at.now);
        let radio = &at.access.radio;
        let per_bit = match direction {
            Direction::Up => Some(radio.per_bit_up),
            // Outside a cell, power follows the rate.
            Direction::Down => at.link.shared(direction).map(|_| radio.per_bit_down),
        };
        if let (Some(per_bit), None) = (per_bit, &at.group.battery) {
            self.energy.add(component(direction), per_bit.get() * bits);
        }
        if direction == Direction::Up {
            let bytes = (bits / 8.0).round() as u64;
            self.uplink_bytes += bytes;
            journey.sent_bytes(bytes);
        }
        self.energy.close(component(direction), account, at.journeys, at.now);
        Some(request)
    }
}
