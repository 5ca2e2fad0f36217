//! A device's radio: waking, sending, receiving, resting.

use device_models::{Component, Direction, RadioState, Wake};
use rand::RngExt;
use sim_core::{Agenda, Span, Time};

use super::appeals::attempt_entity;
use super::{Event, Flight, Moving, Request, World};

impl World<'_> {
    /// Starts whatever the radio can do; called whenever it has something new to do or has finished something.
    pub(super) fn pump_radio(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        let radio = &self.plan.links[self.group(device).link].radio;
        let state = &mut self.devices[device as usize];
        if state.died.is_some() {
            return;
        }
        // Requests that gave up before their first bit are not sent.
        while let Some(request) = state.outbox.front().copied().filter(|request| self.flights.ended(*request)) {
            self.flights[request].arrived();
            state.outbox.pop_front();
        }
        let next_up = state.outbox.front().copied().filter(|_| state.sending.is_none());
        let next_down = state.inbox.front().copied().filter(|_| state.receiving.is_none());
        let Some(first) = next_up.or(next_down) else {
            if state.radio == RadioState::Active && state.sending.is_none() && state.receiving.is_none() {
                self.rest_radio(device, now, agenda);
            }
            return;
        };
        let was = state.radio;
        match state.radio.wake(radio) {
            Wake::Coming => {}
            Wake::After(promotion) => {
                // If the phase of the tail needs a promotion of its own, the tail ends here.
                let ready = agenda.timer(now + promotion, Event::RadioReady { device });
                if let Some(timer) = state.radio_timer.replace(ready) {
                    agenda.cancel(timer);
                }
                self.settle_rousing(device, Component::Tail, now);
                let account = self.account(device, Component::Promotion, first, now);
                self.devices[device as usize].rousing = Some(account);
                self.set_radio_power(device, now, agenda);
            }
            Wake::Now => {
                if matches!(was, RadioState::Tail(_)) {
                    if let Some(timer) = state.radio_timer.take() {
                        agenda.cancel(timer);
                    }
                    self.settle_rousing(device, Component::Tail, now);
                }
                self.hear_all(device, now, agenda);
                let state = &self.devices[device as usize];
                let next_down = state.inbox.front().copied().filter(|_| state.receiving.is_none());
                if let Some(request) = next_up {
                    self.start_send(device, request, now, agenda);
                }
                if let Some(request) = next_down {
                    self.start_receive(device, request, now, agenda);
                }
            }
        }
    }

    pub(super) fn radio_ready(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        // If the request that woke it has given up meanwhile, the tail that follows is booked to it, too.
        let woken_by = self.settle_rousing(device, Component::Promotion, now);
        let state = &mut self.devices[device as usize];
        state.last_transfer = woken_by;
        state.radio.ready();
        state.radio_timer = None;
        self.hear_all(device, now, agenda);
        self.pump_radio(device, now, agenda);
    }

    /// A phase of the tail is over: the next one begins, or the radio is idle.
    pub(super) fn radio_sleeps(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        let radio = &self.plan.links[self.group(device).link].radio;
        let state = &mut self.devices[device as usize];
        let next = state.radio.sleep(radio);
        state.radio_timer = next.map(|lasts| agenda.timer(now + lasts, Event::RadioSleeps { device }));
        if next.is_none() {
            self.settle_rousing(device, Component::Tail, now);
        }
        self.set_radio_power(device, now, agenda);
    }

    /// The tail belongs to the request whose transfer it follows.
    fn rest_radio(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        let radio = &self.plan.links[self.group(device).link].radio;
        let state = &mut self.devices[device as usize];
        let tail = state.radio.rest(radio);
        state.radio_timer = Some(agenda.timer(now + tail, Event::RadioSleeps { device }));
        if let Some(request) = state.last_transfer.take() {
            let account = self.account(device, Component::Tail, request, now);
            self.devices[device as usize].rousing = Some(account);
        }
        self.set_radio_power(device, now, agenda);
    }

    fn settle_rousing(&mut self, device: u32, component: Component, now: Time) -> Option<Request> {
        let account = self.devices[device as usize].rousing.take()?;
        self.book(device, component, account, now);
        Some(account.request)
    }

    /// A device has sent its last bit.
    pub(super) fn sent(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        let Some(request) = self.devices[device as usize].sending.map(|account| account.request) else { return };
        self.settle_send(device, now);
        let flight = &mut self.flights[request];
        if !flight.ended() {
            flight.record.send_done = Some(now.as_nanos());
        }
        let state = &mut self.devices[device as usize];
        state.connection.transferred(Direction::Up, &flight.transfer, now);
        state.last_transfer = Some(request);
        self.under_way(device, request, now, agenda);
        self.set_radio_power(device, now, agenda);
        self.pump_radio(device, now, agenda);
    }

    pub(super) fn answer_arrival(&mut self, request: Request, attempt: u8, now: Time, agenda: &mut Agenda<Event>) {
        let flight = &mut self.flights[request];
        let device = flight.record.device;
        // The device is dead, or the answer is to an attempt that was given up.
        if self.devices[device as usize].died.is_some() || flight.attempts.number() != attempt {
            flight.arrived();
            return;
        }
        if !flight.ended() {
            flight.record.answer_arrival = Some(now.as_nanos());
        }
        self.asked[self.plan.group_of(device)].down_bits += flight.channel.down_bits;
        let (entity, radio) = (flight.entity, &self.plan.links[self.group(device).link].radio);
        let state = &mut self.devices[device as usize];
        let Some(cycle) = state.radio.cycle(radio) else {
            self.hear(device, (request, attempt), now, agenda);
            return self.pump_radio(device, now, agenda);
        };
        // It listens at any moment of its cycle with equal chance, which is drawn for the attempt, whatever the policy.
        let part: f64 = self.streams.open("drx", attempt_entity(entity, attempt)).random();
        state.unheard.push((request, attempt));
        agenda.after(Span::from_secs(part * cycle.as_secs()), Event::Heard { request, attempt });
    }

    /// The radio listens and hears of an answer, unless it became active and heard of it before, or the device died.
    pub(super) fn heard(&mut self, request: Request, attempt: u8, now: Time, agenda: &mut Agenda<Event>) {
        if !self.flights.has(request) {
            return;
        }
        let device = self.flights[request].record.device;
        let unheard = &mut self.devices[device as usize].unheard;
        let Some(place) = unheard.iter().position(|answer| *answer == (request, attempt)) else { return };
        let answer = unheard.remove(place);
        self.hear(device, answer, now, agenda);
        self.pump_radio(device, now, agenda);
    }

    /// An active radio hears of all answers that have reached the link.
    fn hear_all(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        for answer in std::mem::take(&mut self.devices[device as usize].unheard) {
            self.hear(device, answer, now, agenda);
        }
    }

    /// An answer is to be received, unless its attempt was given up while it waited.
    fn hear(&mut self, device: u32, (request, attempt): (Request, u8), now: Time, agenda: &mut Agenda<Event>) {
        let flight = &mut self.flights[request];
        if flight.attempts.number() != attempt {
            return flight.arrived();
        }
        let next = flight.attempts.heard(attempt);
        self.follow(request, next, now, agenda);
        self.devices[device as usize].inbox.push_back(request);
    }

    fn start_receive(&mut self, device: u32, request: Request, now: Time, agenda: &mut Agenda<Event>) {
        let account = self.account(device, Component::Receive, request, now);
        let transport = &self.plan.links[self.group(device).link].link.transport;
        let flight = &mut self.flights[request];
        let (bits, round_trip) = (flight.channel.down_bits, flight.channel.round_trip);
        let state = &mut self.devices[device as usize];
        state.inbox.pop_front();
        state.receiving = Some(account);
        flight.transfer = state.connection.receive(transport, &flight.transfer, bits, now, round_trip);
        self.continue_receive(device, request, now, now, agenda);
    }

    /// Receives the next burst at `at`.
    fn continue_receive(&mut self, device: u32, request: Request, at: Time, now: Time, agenda: &mut Agenda<Event>) {
        let flight = &mut self.flights[request];
        if at > now {
            flight.moving = Moving::NOTHING;
            self.devices[device as usize].receive_timer = Some(agenda.timer(at, Event::ReceiveStep { device }));
            return self.set_radio_power(device, now, agenda);
        }
        self.asked[self.plan.group_of(device)].down_pauses_s += flight.transfer.paused(now).as_secs();
        let bits = flight.transfer.burst(now);
        if self.receives_in_cell(self.group(device).link) {
            self.enter_cell(device, request, Direction::Down, bits, now, agenda);
        } else {
            self.receive_on(device, request, bits, now, agenda);
        }
    }

    /// Receives what is left of a burst at the current rate.
    fn receive_on(&mut self, device: u32, request: Request, bits: f64, now: Time, agenda: &mut Agenda<Event>) {
        let link = self.group(device).link;
        let moving = Moving::begin(bits, now, self.downlinks[link].at(device, now, &self.streams));
        self.flights[request].moving = moving;
        self.devices[device as usize].receive_timer = Some(agenda.timer(moving.next(), Event::ReceiveStep { device }));
        self.set_radio_power(device, now, agenda);
    }

    /// A pause is over; or a device outside a cell has received a burst, or continues receiving at another rate.
    pub(super) fn receive_step(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        let state = &mut self.devices[device as usize];
        state.receive_timer = None;
        let Some(request) = state.receiving.map(|account| account.request) else { return };
        let Flight { transfer, moving, .. } = self.flights[request];
        if transfer.pauses() {
            self.continue_receive(device, request, now, now, agenda);
        } else if moving.is_done(now) {
            self.burst_received(device, request, now, agenda);
        } else {
            self.receive_on(device, request, moving.left(now), now, agenda);
        }
    }

    /// A burst is through: the next one follows, now or later, or the device has its answer.
    pub(super) fn burst_received(&mut self, device: u32, request: Request, now: Time, agenda: &mut Agenda<Event>) {
        match self.flights[request].transfer.through(now) {
            Some(next) => self.continue_receive(device, request, next, now, agenda),
            None => self.received(device, request, now, agenda),
        }
    }

    /// A device has received its last bit.
    fn received(&mut self, device: u32, request: Request, now: Time, agenda: &mut Agenda<Event>) {
        self.settle_receive(device, now);
        let state = &mut self.devices[device as usize];
        state.last_transfer = Some(request);
        let flight = &mut self.flights[request];
        state.connection.transferred(Direction::Down, &flight.transfer, now);
        flight.arrived();
        flight.record.downlink_bytes = (flight.channel.down_bits / 8.0).round() as u64;
        let next = flight.attempts.answered(flight.attempts.number());
        self.follow(request, next, now, agenda);
        self.set_radio_power(device, now, agenda);
        self.pump_radio(device, now, agenda);
    }

    /// Sets the radio's power by component, from what it is doing.
    pub(super) fn set_radio_power(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        let group = self.group(device);
        let radio = &self.plan.links[group.link].radio;
        let state = &self.devices[device as usize];
        if state.died.is_some() {
            return;
        }
        let idle = state.idle_power(&group.processor, radio);
        let (doing, sending, receiving) = (state.radio, state.sending, state.receiving);
        let (mut transmit, mut receive, mut promotion, mut tail) = (0.0, 0.0, 0.0, 0.0);
        match doing {
            RadioState::Idle => {}
            RadioState::Promoting(from) => promotion = radio.promoting_power(from),
            RadioState::Tail(phase) => tail = radio.tail_power(phase),
            RadioState::Active => {
                if let Some(account) = sending {
                    // Energy per bit is only metered by the rate if there is a battery, which has to know at once.
                    let rate = match group.battery {
                        Some(_) => self.send_rate(group.link, account.request),
                        None => 0.0,
                    };
                    let extra = self.send_extra_power(group.link, account.request);
                    transmit = radio.active.get() + extra + radio.per_bit_up.get() * rate;
                }
                if let Some(account) = receiving {
                    // Active power is charged once, to sending if the radio does both.
                    let active = if sending.is_some() { 0.0 } else { radio.active.get() };
                    let booked_later = group.battery.is_none() && self.receives_in_cell(group.link);
                    let rate = if booked_later { 0.0 } else { self.receive_rate(group.link, account.request) };
                    receive = active + radio.per_bit_down.get() * rate;
                }
            }
        }
        let state = &mut self.devices[device as usize];
        for (component, watts) in [
            (Component::Transmit, transmit),
            (Component::Receive, receive),
            (Component::Promotion, promotion),
            (Component::Tail, tail),
            (Component::Idle, idle),
        ] {
            state.ledger.set(now, component, watts);
        }
        self.trace.radio(device, now, state.radio);
        self.watch_battery(device, now, agenda);
    }
}
