//! Links: who is sending, and how fast.

use device_models::{Component, Link, RatePath, Stretch};
use sim_core::{Agenda, Handle, ProcessorSharing, Streams, Time};

use super::{DeviceRates, Event, Flight, Moving, Request, World};

/// The sending side of a link.
pub enum Uplink {
    /// Devices do not affect each other.
    Alone(DeviceRates),
    /// Devices that are sending share a cell's capacity equally.
    Cell(Cell),
}

/// A capacity that the devices sending share equally.
pub struct Cell {
    /// The transfers under way.
    sharing: ProcessorSharing,
    /// The path of the capacity over time, and its current stretch.
    path: RatePath,
    capacity: Stretch,
    /// The end of the next transfer, or the next change of the capacity.
    timer: Option<Handle>,
    /// Senders on a battery: their power follows the rate, so that they die at the right moment. For all others, energy
    /// per bit is booked when the bits are counted, and a change of the rate costs nothing.
    metered: Vec<u32>,
}

impl Uplink {
    pub fn new(number: u32, link: &Link, streams: &Streams) -> Self {
        let Some(cell) = &link.cell else { return Self::Alone(DeviceRates::new(&link.uplink, "uplink-rate")) };
        let mut path = RatePath::new(cell, streams.open("cell-rate", number.into()));
        let capacity = path.at(Time::ZERO);
        let each = link.uplink.constant().unwrap_or(f64::INFINITY);
        let sharing = ProcessorSharing::new(capacity.rate, each);
        Self::Cell(Cell { sharing, path, capacity, timer: None, metered: Vec::new() })
    }
}

impl Cell {
    /// Follows the capacity to `now`.
    fn follow(&mut self, now: Time) {
        if self.capacity.until <= now {
            self.capacity = self.path.at(now);
            self.sharing.set_capacity(now, self.capacity.rate);
        }
    }
}

impl World<'_> {
    pub(super) fn start_send(&mut self, device: u32, request: Request, now: Time, agenda: &mut Agenda<Event>) {
        let account = self.account(device, Component::Transmit, request, now);
        let group = self.group(device);
        let flight = &mut self.flights[request];
        flight.record.send_start = Some(now.as_nanos());
        let bits = flight.channel.up_bits;
        let state = &mut self.devices[device as usize];
        state.outbox.pop_front();
        state.sending = Some(account);
        match &mut self.uplinks[group.link] {
            Uplink::Alone(_) => self.send_on(device, request, bits, now, agenda),
            Uplink::Cell(cell) => {
                cell.follow(now);
                let before = cell.sharing.rate();
                cell.sharing.arrive(now, request.into(), bits);
                if group.battery.is_some() {
                    cell.metered.push(device);
                }
                self.set_radio_power(device, now, agenda);
                self.cell_changed(group.link, before, now, agenda);
            }
        }
    }

    /// Sends what is left at the current rate.
    fn send_on(&mut self, device: u32, request: Request, bits: f64, now: Time, agenda: &mut Agenda<Event>) {
        let Uplink::Alone(lane) = &mut self.uplinks[self.plan.groups[self.plan.group_of(device)].link] else { return };
        let moving = Moving::begin(bits, now, lane.at(device, now, &self.streams));
        self.flights[request].moving = moving;
        self.devices[device as usize].send_timer = Some(agenda.timer(moving.next(), Event::SendStep { device }));
        self.set_radio_power(device, now, agenda);
    }

    /// A device outside a cell has sent its last bit, or continues at another rate.
    pub(super) fn send_step(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        let state = &mut self.devices[device as usize];
        state.send_timer = None;
        let Some(request) = state.sending.map(|account| account.request) else { return };
        let moving = self.flights[request].moving;
        if moving.is_done(now) {
            self.sent(device, now, agenda);
        } else {
            self.send_on(device, request, moving.left(now), now, agenda);
        }
    }

    /// The next of a cell's transfers is done, or all continue at another rate.
    pub(super) fn cell_step(&mut self, link: u32, now: Time, agenda: &mut Agenda<Event>) {
        let Uplink::Cell(cell) = &mut self.uplinks[link as usize] else { return };
        cell.timer = None;
        match cell.sharing.next() {
            Some((at, job)) if at <= now => {
                let device = self.flights[job as Request].record.device;
                self.leave_cell(device, job as Request, now, agenda);
                self.sent(device, now, agenda);
            }
            _ => {
                let before = cell.sharing.rate();
                cell.follow(now);
                self.cell_changed(link as usize, before, now, agenda);
            }
        }
    }

    /// A dying device's transfer stops; the bytes sent so far are counted.
    pub(super) fn withdraw(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        let Some(request) = self.devices[device as usize].sending.map(|account| account.request) else { return };
        self.settle_send(device, now);
        self.flights[request].arrived();
        self.leave_cell(device, request, now, agenda);
    }

    /// Books the joules and bits of the transfer under way, up to now.
    pub(super) fn settle_send(&mut self, device: u32, now: Time) {
        let Some(account) = self.devices[device as usize].sending.take() else { return };
        let group = self.group(device);
        let Flight { channel, moving, .. } = &self.flights[account.request];
        let left = match &self.uplinks[group.link] {
            Uplink::Alone(_) => moving.left(now),
            Uplink::Cell(cell) => cell.sharing.left(now, account.request.into()).unwrap_or_default(),
        };
        let bits = channel.up_bits - left;
        let bytes = (bits / 8.0).round() as u64;
        let state = &mut self.devices[device as usize];
        if group.battery.is_none() {
            let radio = &self.plan.links[group.link].radio;
            state.ledger.add(Component::Transmit, radio.per_bit_up.get() * bits);
        }
        state.uplink_bytes += bytes;
        self.flights[account.request].record.uplink_bytes += bytes;
        self.book(device, Component::Transmit, account, now);
    }

    fn leave_cell(&mut self, device: u32, request: Request, now: Time, agenda: &mut Agenda<Event>) {
        let link = self.group(device).link;
        let Uplink::Cell(cell) = &mut self.uplinks[link] else { return };
        let before = cell.sharing.rate();
        // The caller accounts for what is left if the request leaves early.
        if cell.sharing.leave(now, request.into()).is_some() {
            cell.metered.retain(|other| *other != device);
            self.cell_changed(link, before, now, agenda);
        }
    }

    /// Schedules the end of the next transfer or change of the capacity, and updates the metered senders if the rate
    /// changed.
    fn cell_changed(&mut self, link: usize, before: f64, now: Time, agenda: &mut Agenda<Event>) {
        let Uplink::Cell(cell) = &mut self.uplinks[link] else { return };
        if let Some(timer) = cell.timer.take() {
            agenda.cancel(timer);
        }
        if let Some((at, _)) = cell.sharing.next() {
            let at = at.min(cell.capacity.until);
            cell.timer = Some(agenda.timer(at, Event::CellStep { link: link as u32 }));
        }
        if cell.sharing.rate() != before {
            for device in cell.metered.clone() {
                self.set_radio_power(device, now, agenda);
            }
        }
    }

    /// The rate of a device that is sending, bits per second.
    pub(super) fn send_rate(&self, link: usize, request: Request) -> f64 {
        match &self.uplinks[link] {
            Uplink::Alone(_) => self.flights[request].moving.rate(),
            Uplink::Cell(cell) => cell.sharing.rate(),
        }
    }
    /// Watts that a device that is sending draws beyond its radio's active power, or less than that. In a cell, devices
    /// send at constant power.
    pub(super) fn send_extra_power(&self, link: usize, request: Request) -> f64 {
        match &self.uplinks[link] {
            Uplink::Alone(_) => self.flights[request].moving.extra_power(),
            Uplink::Cell(_) => 0.0,
        }
    }
}
