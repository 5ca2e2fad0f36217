//! Links: who is sending, and how fast.

use device_models::{Component, Link};
use sim_core::{Agenda, Handle, ProcessorSharing, Span, Time};

use super::flights::Flight;
use super::{Event, Request, World};

/// The sending side of a link.
pub enum Uplink {
    /// Devices do not disturb each other: each sends at this rate, bits a second.
    Alone { rate: f64 },
    /// Those that are sending share a cell's capacity equally.
    Cell {
        /// Who sends how many bits.
        sharing: ProcessorSharing,
        /// The next transfer to end.
        timer: Option<Handle>,
        /// Senders on a battery: their power follows the rate, so that they die when they must. For all others energy a bit
        /// is booked when the bits are counted, and a change of the rate costs nothing.
        metered: Vec<u32>,
    },
}

impl Uplink {
    pub fn new(link: &Link) -> Self {
        let rate = link.uplink.get();
        match link.cell {
            None => Self::Alone { rate },
            Some(capacity) => {
                let sharing = ProcessorSharing::new(capacity.get(), rate);
                Self::Cell { sharing, timer: None, metered: Vec::new() }
            }
        }
    }

    /// What each sender sends at now, bits a second.
    pub fn rate(&self) -> f64 {
        match self {
            Self::Alone { rate } => *rate,
            Self::Cell { sharing, .. } => sharing.rate(),
        }
    }
}

impl World<'_> {
    pub(super) fn start_send(&mut self, device: u32, request: Request, now: Time, agenda: &mut Agenda<Event>) {
        let payer = self.payer(device, Component::Transmit, request, now);
        let flight = &mut self.flights[request];
        flight.record.send_start = Some(now.as_nanos());
        let bits = flight.channel.up_bits;
        let group = self.group(device);
        let state = &mut self.devices[device as usize];
        state.outbox.pop_front();
        state.sending = Some(payer);
        match &mut self.uplinks[group.link] {
            Uplink::Alone { rate } => {
                let done = now + Span::from_secs_up(bits / *rate);
                state.send_timer = Some(agenda.timer(done, Event::SendDone { device }));
                self.set_radio_power(device, now, agenda);
            }
            Uplink::Cell { sharing, metered, .. } => {
                let before = sharing.rate();
                sharing.arrive(now, request.into(), bits);
                if group.battery.is_some() {
                    metered.push(device);
                }
                self.set_radio_power(device, now, agenda);
                self.cell_changed(group.link, before, now, agenda);
            }
        }
    }

    /// A device without company has sent its last bit.
    pub(super) fn send_done(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        self.devices[device as usize].send_timer = None;
        self.sent(device, now, agenda);
    }

    /// The first of a cell's transfers is done.
    pub(super) fn cell_send_done(&mut self, link: u32, now: Time, agenda: &mut Agenda<Event>) {
        let Uplink::Cell { sharing, timer, .. } = &mut self.uplinks[link as usize] else { return };
        *timer = None;
        let Some((_, job)) = sharing.next() else { return };
        let device = self.flights[job as Request].record.device;
        self.leave_cell(device, job as Request, now, agenda);
        self.sent(device, now, agenda);
    }

    /// A dying device's transfer stops where it is; the bytes it got out are counted.
    pub(super) fn withdraw(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        let Some(request) = self.devices[device as usize].sending.map(|payer| payer.request) else { return };
        self.settle_send(device, now);
        self.flights[request].travelling = false;
        self.leave_cell(device, request, now, agenda);
    }

    /// Books what is being sent, joules and bits, up to now.
    pub(super) fn settle_send(&mut self, device: u32, now: Time) {
        let Some(payer) = self.devices[device as usize].sending.take() else { return };
        let group = self.group(device);
        let Flight { channel, record, .. } = &self.flights[payer.request];
        let bits = match &self.uplinks[group.link] {
            Uplink::Alone { rate } => {
                let since = Time::from_nanos(record.send_start.unwrap_or_default());
                channel.up_bits.min(rate * (now - since).as_secs())
            }
            Uplink::Cell { sharing, .. } => {
                channel.up_bits - sharing.left(now, payer.request.into()).unwrap_or_default()
            }
        };
        let bytes = (bits / 8.0).round() as u64;
        let state = &mut self.devices[device as usize];
        if group.battery.is_none() {
            let radio = &self.plan.links[group.link].radio;
            state.ledger.add(Component::Transmit, radio.per_bit_up.get() * bits);
        }
        state.uplink_bytes += bytes;
        self.flights[payer.request].record.uplink_bytes = bytes;
        self.pay(device, Component::Transmit, payer, now);
    }

    fn leave_cell(&mut self, device: u32, request: Request, now: Time, agenda: &mut Agenda<Event>) {
        let link = self.group(device).link;
        let Uplink::Cell { sharing, metered, .. } = &mut self.uplinks[link] else { return };
        let before = sharing.rate();
        // What is left is counted by whoever takes the request out early.
        if sharing.leave(now, request.into()).is_some() {
            metered.retain(|other| *other != device);
            self.cell_changed(link, before, now, agenda);
        }
    }

    /// Plans the next transfer to end, and tells the meters that follow the rate if it has changed.
    fn cell_changed(&mut self, link: usize, before: f64, now: Time, agenda: &mut Agenda<Event>) {
        let Uplink::Cell { sharing, timer, metered } = &mut self.uplinks[link] else { return };
        if let Some(timer) = timer.take() {
            agenda.cancel(timer);
        }
        if let Some((at, _)) = sharing.next() {
            *timer = Some(agenda.timer(at, Event::CellSendDone { link: link as u32 }));
        }
        if sharing.rate() != before {
            for device in metered.clone() {
                self.set_radio_power(device, now, agenda);
            }
        }
    }
}
