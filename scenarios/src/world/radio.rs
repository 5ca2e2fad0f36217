//! A device's radio: waking, sending, receiving, resting.

use analysis::Outcome;
use device_models::{Component, RadioState, Wake};
use sim_core::{Agenda, Span, Time};

use super::{Event, Request, World};

impl World<'_> {
    /// Lets the radio do what it can; called whenever it has something new to do or has finished something.
    pub(super) fn pump_radio(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        let radio = &self.plan.links[self.group(device).link].radio;
        let open = &self.open;
        let state = &mut self.devices[device as usize];
        if state.died.is_some() {
            return;
        }
        // Those that gave up before their first bit stay where they are.
        while state.outbox.front().is_some_and(|request| open[*request as usize].ended) {
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
                state.radio_timer = Some(agenda.timer(now + promotion, Event::RadioReady { device }));
                self.own(device, Component::Promotion, first, now);
                self.set_radio_power(device, now, agenda);
            }
            Wake::Now => {
                if was == RadioState::Tail {
                    if let Some(timer) = state.radio_timer.take() {
                        agenda.cancel(timer);
                    }
                    self.disown(device, Component::Tail, now);
                }
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
        self.disown(device, Component::Promotion, now);
        let state = &mut self.devices[device as usize];
        state.radio.ready();
        state.radio_timer = None;
        self.pump_radio(device, now, agenda);
    }

    pub(super) fn radio_sleeps(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        self.disown(device, Component::Tail, now);
        let state = &mut self.devices[device as usize];
        state.radio.sleep();
        state.radio_timer = None;
        self.set_radio_power(device, now, agenda);
    }

    /// The tail belongs to the request whose transfer it follows.
    fn rest_radio(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        let radio = &self.plan.links[self.group(device).link].radio;
        let state = &mut self.devices[device as usize];
        let tail = state.radio.rest(radio);
        state.radio_timer = Some(agenda.timer(now + tail, Event::RadioSleeps { device }));
        if let Some(request) = state.last_transfer {
            self.own(device, Component::Tail, request, now);
        }
        self.set_radio_power(device, now, agenda);
    }

    fn start_send(&mut self, device: u32, request: Request, now: Time, agenda: &mut Agenda<Event>) {
        let state = &mut self.devices[device as usize];
        state.outbox.pop_front();
        state.sending = Some(request);
        self.own(device, Component::Transmit, request, now);
        self.records[request as usize].send_start = Some(now.as_nanos());
        self.join_uplink(device, request, now, agenda);
    }

    /// A device's last bit is out.
    pub(super) fn sent(&mut self, device: u32, request: Request, now: Time, agenda: &mut Agenda<Event>) {
        self.disown(device, Component::Transmit, now);
        let channel = self.open[request as usize].channel;
        let record = &mut self.records[request as usize];
        if !self.open[request as usize].ended {
            record.send_done = Some(now.as_nanos());
        }
        record.uplink_bytes = (channel.up_bits / 8.0).round() as u64;
        agenda.after(channel.one_way, Event::CloudArrival { request });
        let state = &mut self.devices[device as usize];
        state.sending = None;
        state.last_transfer = Some(request);
        self.set_radio_power(device, now, agenda);
        self.pump_radio(device, now, agenda);
    }

    pub(super) fn answer_arrival(&mut self, request: Request, now: Time, agenda: &mut Agenda<Event>) {
        let record = &mut self.records[request as usize];
        let device = record.device;
        if !self.open[request as usize].ended {
            record.answer_arrival = Some(now.as_nanos());
        }
        self.devices[device as usize].inbox.push_back(request);
        self.pump_radio(device, now, agenda);
    }

    fn start_receive(&mut self, device: u32, request: Request, now: Time, agenda: &mut Agenda<Event>) {
        let rate = self.plan.links[self.group(device).link].link.downlink.get();
        let takes = Span::from_secs_up(self.open[request as usize].channel.down_bits / rate);
        let state = &mut self.devices[device as usize];
        state.inbox.pop_front();
        state.receiving = Some(request);
        state.receive_timer = Some(agenda.timer(now + takes, Event::ReceiveDone { device }));
        self.own(device, Component::Receive, request, now);
        self.set_radio_power(device, now, agenda);
    }

    pub(super) fn receive_done(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        self.disown(device, Component::Receive, now);
        let state = &mut self.devices[device as usize];
        state.receive_timer = None;
        let Some(request) = state.receiving.take() else { return };
        state.last_transfer = Some(request);
        let bits = self.open[request as usize].channel.down_bits;
        let record = &mut self.records[request as usize];
        record.downlink_bytes = (bits / 8.0).round() as u64;
        let answer = record.cloud_class;
        self.end(request, Outcome::Cloud, answer, now, agenda);
        self.set_radio_power(device, now, agenda);
        self.pump_radio(device, now, agenda);
    }

    /// Sets what the radio draws, by component, from what it is doing.
    pub(super) fn set_radio_power(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        let group = self.group(device);
        let access = &self.plan.links[group.link];
        let radio = &access.radio;
        let up_rate = self.uplinks[group.link].rate();
        let state = &mut self.devices[device as usize];
        if state.died.is_some() {
            return;
        }
        let (mut transmit, mut receive, mut promotion, mut tail) = (0.0, 0.0, 0.0, 0.0);
        let mut idle = group.processor.idle.get();
        match state.radio {
            RadioState::Idle => idle += radio.idle.get(),
            RadioState::Promoting => promotion = radio.promotion_power.get(),
            RadioState::Tail => tail = radio.tail_power.get(),
            RadioState::Active => {
                let (up, down) = (state.sending.is_some(), state.receiving.is_some());
                if up {
                    transmit = radio.active.get() + radio.per_bit_up.get() * up_rate;
                }
                if down {
                    // Being active is charged once, to sending if both go on.
                    let active = if up { 0.0 } else { radio.active.get() };
                    receive = active + radio.per_bit_down.get() * access.link.downlink.get();
                }
            }
        }
        for (component, watts) in [
            (Component::Transmit, transmit),
            (Component::Receive, receive),
            (Component::Promotion, promotion),
            (Component::Tail, tail),
            (Component::Idle, idle),
        ] {
            state.ledger.set(now, component, watts);
        }
        self.watch_battery(device, now, agenda);
    }

    /// From now on, what `component` spends belongs to `request`.
    fn own(&mut self, device: u32, component: Component, request: Request, now: Time) {
        let state = &mut self.devices[device as usize];
        let before = state.ledger.spent_on(component, now);
        state.owners.push((component, request, before));
    }

    /// Books what `component` spent to the request it belongs to, if there is one.
    pub(super) fn disown(&mut self, device: u32, component: Component, now: Time) {
        let owners = &mut self.devices[device as usize].owners;
        if let Some(index) = owners.iter().position(|(owned, ..)| *owned == component) {
            let (_, request, before) = owners.swap_remove(index);
            self.book(device, request, component, before, now);
        }
    }
}
