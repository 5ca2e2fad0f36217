//! What a device's radio does: waking, listening, resting, and the power it draws. What it sends and receives is
//! [`transfers`](super::transfers).

use device_models::{Component, Direction, RadioState, Wake};
use rand::RngExt;
use sim_core::Span;

use super::Device;
use crate::plan::attempt_entity;
use crate::world::at::AtDevice;
use crate::world::radio::{TransferQueue, Watts};
use crate::world::{Event, Request};

impl Device {
    /// Starts whatever the radio can do; called whenever it has something new to do or has finished something.
    pub fn pump_radio(&mut self, at: &mut AtDevice) {
        if self.died.is_some() {
            return;
        }
        let unit = &mut self.radio;
        // Requests that gave up before their first bit are not sent.
        while let Some(request) = unit.up.line.front().copied().filter(|request| at.journeys.ended(*request)) {
            at.journeys[request].arrived();
            unit.up.line.pop_front();
        }
        let up = unit.up.next();
        let Some(first) = up.or(unit.down.next()) else {
            if unit.is_quiet() {
                self.rest_radio(at);
            }
            return;
        };
        let was = unit.state;
        match unit.state.wake(&at.access.radio) {
            Wake::Coming => {}
            Wake::After(promotion) => {
                // If the phase of the tail needs a promotion of its own, the tail ends here.
                let ready = at.agenda.timer(at.now + promotion, Event::RadioReady { device: at.device });
                if let Some(timer) = unit.timer.replace(ready) {
                    at.agenda.cancel(timer);
                }
                self.book_rousing(Component::Tail, at);
                self.rouse(Component::Promotion, first, at);
                self.set_radio_power(at);
            }
            Wake::Now => {
                if matches!(was, RadioState::Tail(_)) {
                    if let Some(timer) = unit.timer.take() {
                        at.agenda.cancel(timer);
                    }
                    self.book_rousing(Component::Tail, at);
                }
                self.hear_all(at);
                let down = self.radio.down.next();
                if let Some(request) = up {
                    self.start_send(request, at);
                }
                if let Some(request) = down {
                    self.start_receive(request, at);
                }
            }
        }
    }

    /// A promotion is over.
    pub fn radio_ready(&mut self, at: &mut AtDevice) {
        // If the request that woke it has given up meanwhile, the tail that follows is booked to it, too.
        self.radio.last_transfer = self.book_rousing(Component::Promotion, at);
        self.radio.state.ready();
        self.radio.timer = None;
        self.hear_all(at);
        self.pump_radio(at);
    }

    /// A phase of the tail is over: the next one begins, or the radio is idle.
    pub fn radio_sleeps(&mut self, at: &mut AtDevice) {
        let next = self.radio.state.sleep(&at.access.radio);
        self.rest_for(next, at);
        if next.is_none() {
            self.book_rousing(Component::Tail, at);
        }
        self.set_radio_power(at);
    }

    /// The tail belongs to the request whose transfer it follows.
    fn rest_radio(&mut self, at: &mut AtDevice) {
        let tail = self.radio.state.rest(&at.access.radio);
        self.rest_for(Some(tail), at);
        if let Some(request) = self.radio.last_transfer.take() {
            self.rouse(Component::Tail, request, at);
        }
        self.set_radio_power(at);
    }

    fn rest_for(&mut self, lasts: Option<Span>, at: &mut AtDevice) {
        let sleeps = Event::RadioSleeps { device: at.device };
        self.radio.timer = lasts.map(|lasts| at.agenda.timer(at.now + lasts, sleeps));
    }

    fn rouse(&mut self, component: Component, request: Request, at: &mut AtDevice) {
        self.radio.rousing = Some(self.energy.open(component, request, at.journeys, at.now));
    }

    fn book_rousing(&mut self, component: Component, at: &mut AtDevice) -> Option<Request> {
        let account = self.radio.rousing.take()?;
        self.energy.close(component, account, at.journeys, at.now);
        Some(account.request)
    }

    /// Books promotion or tail up to now.
    pub fn settle_rousing(&mut self, at: &mut AtDevice) {
        let promotes = matches!(self.radio.state, RadioState::Promoting(_));
        self.book_rousing(if promotes { Component::Promotion } else { Component::Tail }, at);
    }

    /// An answer reaches the end of the device's link.
    pub fn answer_arrival(&mut self, request: Request, attempt: u8, at: &mut AtDevice) {
        let journey = &mut at.journeys[request];
        // The device is dead, or the answer is to an attempt that was given up.
        if self.died.is_some() || journey.attempts.number() != attempt {
            return journey.arrived();
        }
        journey.answer_reaches_link(at.now);
        at.asked.down_bits += journey.channel.down_bits;
        let Some(cycle) = self.radio.state.cycle(&at.access.radio) else {
            self.hear((request, attempt), at);
            return self.pump_radio(at);
        };
        // It listens at any moment of its cycle with equal chance, which is drawn for the attempt, whatever the policy.
        let part: f64 = at.streams.open("drx", attempt_entity(journey.entity, attempt)).random();
        self.radio.unheard.push((request, attempt));
        at.agenda.after(Span::from_secs(part * cycle.as_secs()), Event::Heard { request, attempt });
    }

    /// The radio listens and hears of an answer, unless it became active and heard of it before, or the device died.
    pub fn heard(&mut self, request: Request, attempt: u8, at: &mut AtDevice) {
        let unheard = &mut self.radio.unheard;
        let Some(place) = unheard.iter().position(|answer| *answer == (request, attempt)) else { return };
        let answer = unheard.remove(place);
        self.hear(answer, at);
        self.pump_radio(at);
    }

    /// An active radio hears of all answers that have reached the link.
    fn hear_all(&mut self, at: &mut AtDevice) {
        for answer in std::mem::take(&mut self.radio.unheard) {
            self.hear(answer, at);
        }
    }

    /// An answer is to be received, unless its attempt was given up while it waited.
    fn hear(&mut self, (request, attempt): (Request, u8), at: &mut AtDevice) {
        let journey = &mut at.journeys[request];
        if journey.attempts.number() != attempt {
            return journey.arrived();
        }
        self.radio.heard_after(journey.channel.round_trip);
        let next = journey.attempts.heard(attempt);
        self.follow(request, next, at);
        self.radio.down.line.push_back(request);
    }

    /// Sets the radio's power by component, from what it is doing.
    pub fn set_radio_power(&mut self, at: &mut AtDevice) {
        if self.died.is_some() {
            return;
        }
        // Energy per bit is only metered by the rate if there is a battery, which has to know at once; or, for receiving,
        // outside a cell, where it is booked in no other way.
        let metered = at.group.battery.is_some();
        let rate = |direction: Direction, queue: &TransferQueue| match queue.request() {
            Some(request) if metered || (direction == Direction::Down && at.link.shared(direction).is_none()) => {
                at.link.rate(direction, &at.journeys[request])
            }
            _ => 0.0,
        };
        let (up, down) = (rate(Direction::Up, &self.radio.up), rate(Direction::Down, &self.radio.down));
        let extra = self.radio.up.request().map_or(0.0, |request| at.link.extra_power(&at.journeys[request]));
        let Watts { transmit, receive, promotion, tail } = self.radio.watts(&at.access.radio, up, extra, down);
        for (component, watts) in [
            (Component::Transmit, transmit),
            (Component::Receive, receive),
            (Component::Promotion, promotion),
            (Component::Tail, tail),
        ] {
            self.energy.draw(component, watts, at.now);
        }
        self.set_idle_power(at);
        at.trace.radio(at.device, at.now, self.radio.state);
        self.watch_battery(at);
    }
}
