//! Links: who is sending, and how fast; and who is receiving, where that takes part of the same capacity.

use device_models::{Component, Direction, Link, RatePath, Stretch};
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
    /// The devices of transfers, if they are on a battery: their power follows the rate, so that they die at the right
    /// moment. For all others, energy per bit is booked when the bits are counted, and a change of the rate costs
    /// nothing.
    metered: Vec<u32>,
    /// See [`Link::received_as_sent`].
    received_as_sent: Option<f64>,
}

/// The name of a transfer among those of a cell.
fn job(request: Request, direction: Direction) -> u64 {
    u64::from(request) << 1 | u64::from(direction == Direction::Down)
}

fn transfer_of(job: u64) -> (Request, Direction) {
    ((job >> 1) as Request, if job & 1 == 1 { Direction::Down } else { Direction::Up })
}

impl Uplink {
    pub fn new(number: u32, link: &Link, streams: &Streams) -> Self {
        let Some(cell) = &link.cell else { return Self::Alone(DeviceRates::new(&link.uplink, "uplink-rate")) };
        let mut path = RatePath::new(cell, streams.open("cell-rate", number.into()));
        let capacity = path.at(Time::ZERO);
        let each = link.uplink.constant().unwrap_or(f64::INFINITY);
        let sharing = ProcessorSharing::new(capacity.rate, each);
        let received_as_sent = link.received_as_sent();
        Self::Cell(Cell { sharing, path, capacity, timer: None, metered: Vec::new(), received_as_sent })
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

    /// What a bit takes of the capacity.
    fn weight(&self, direction: Direction) -> f64 {
        match direction {
            Direction::Up => 1.0,
            Direction::Down => self.received_as_sent.unwrap_or(1.0),
        }
    }

    /// Bits that a transfer has left of its burst.
    fn left(&self, request: Request, direction: Direction, now: Time) -> f64 {
        self.sharing.left(now, job(request, direction)).unwrap_or_default() / self.weight(direction)
    }

    /// Bits a second of a transfer under way.
    fn rate(&self, direction: Direction) -> f64 {
        self.sharing.rate() / self.weight(direction)
    }
}

impl World<'_> {
    /// Opens the connection, if it is not, and sends.
    pub(super) fn start_send(&mut self, device: u32, request: Request, now: Time, agenda: &mut Agenda<Event>) {
        let account = self.account(device, Component::Transmit, request, now);
        let transport = &self.plan.links[self.group(device).link].link.transport;
        let flight = &mut self.flights[request];
        flight.record.send_start = Some(now.as_nanos());
        let (bits, round_trip) = (flight.channel.up_bits, flight.channel.round_trip);
        let state = &mut self.devices[device as usize];
        state.outbox.pop_front();
        state.sending = Some(account);
        let ready = now + state.connection.open(transport, now, round_trip);
        flight.transfer = state.connection.send(transport, bits, now, round_trip);
        self.continue_send(device, request, ready, now, agenda);
    }

    /// Sends the next burst at `at`.
    fn continue_send(&mut self, device: u32, request: Request, at: Time, now: Time, agenda: &mut Agenda<Event>) {
        let flight = &mut self.flights[request];
        if at > now {
            flight.moving = Moving::NOTHING;
            self.devices[device as usize].send_timer = Some(agenda.timer(at, Event::SendStep { device }));
            return self.set_radio_power(device, now, agenda);
        }
        let paused = flight.transfer.paused(now);
        self.asked[self.plan.group_of(device)].up_pauses_s += paused.as_secs();
        if !flight.ended() {
            flight.record.send_pauses += paused.as_nanos();
        }
        let bits = flight.transfer.burst(now);
        match &self.uplinks[self.group(device).link] {
            Uplink::Alone(_) => self.send_on(device, request, bits, now, agenda),
            Uplink::Cell(_) => self.enter_cell(device, request, Direction::Up, bits, now, agenda),
        }
    }

    /// Begins to share the cell.
    pub(super) fn enter_cell(
        &mut self,
        device: u32,
        request: Request,
        direction: Direction,
        bits: f64,
        now: Time,
        agenda: &mut Agenda<Event>,
    ) {
        let group = self.group(device);
        let Uplink::Cell(cell) = &mut self.uplinks[group.link] else { return };
        let before = cell.sharing.rate();
        cell.follow(now);
        cell.sharing.arrive(now, job(request, direction), bits * cell.weight(direction));
        if group.battery.is_some() {
            cell.metered.push(device);
        }
        self.set_radio_power(device, now, agenda);
        self.cell_changed(group.link, before, now, agenda);
    }

    /// Sends what is left of a burst at the current rate.
    fn send_on(&mut self, device: u32, request: Request, bits: f64, now: Time, agenda: &mut Agenda<Event>) {
        let Uplink::Alone(lane) = &mut self.uplinks[self.plan.groups[self.plan.group_of(device)].link] else { return };
        let moving = Moving::begin(bits, now, lane.at(device, now, &self.streams));
        self.flights[request].moving = moving;
        self.devices[device as usize].send_timer = Some(agenda.timer(moving.next(), Event::SendStep { device }));
        self.set_radio_power(device, now, agenda);
    }

    /// A pause is over; or a device outside a cell has sent a burst, or continues at another rate.
    pub(super) fn send_step(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        let state = &mut self.devices[device as usize];
        state.send_timer = None;
        let Some(request) = state.sending.map(|account| account.request) else { return };
        let Flight { transfer, moving, .. } = self.flights[request];
        if transfer.pauses() {
            self.continue_send(device, request, now, now, agenda);
        } else if moving.is_done(now) {
            self.burst_sent(device, request, now, agenda);
        } else {
            self.send_on(device, request, moving.left(now), now, agenda);
        }
    }

    /// The next of a cell's bursts is through, or all continue at another rate.
    pub(super) fn cell_step(&mut self, link: u32, now: Time, agenda: &mut Agenda<Event>) {
        let Uplink::Cell(cell) = &mut self.uplinks[link as usize] else { return };
        cell.timer = None;
        match cell.sharing.next() {
            Some((at, job)) if at <= now => {
                let (request, direction) = transfer_of(job);
                let device = self.flights[request].record.device;
                self.leave_cell(device, request, direction, now, agenda);
                match direction {
                    Direction::Up => self.burst_sent(device, request, now, agenda),
                    Direction::Down => self.burst_received(device, request, now, agenda),
                }
            }
            _ => {
                let before = cell.sharing.rate();
                cell.follow(now);
                self.cell_changed(link as usize, before, now, agenda);
            }
        }
    }

    /// A burst is through: the next one follows, now or later, if it was not the last.
    fn burst_sent(&mut self, device: u32, request: Request, now: Time, agenda: &mut Agenda<Event>) {
        match self.flights[request].transfer.through(now) {
            Some(next) => self.continue_send(device, request, next, now, agenda),
            None => self.sent(device, now, agenda),
        }
    }

    /// A dying device's transfers stop; the bytes sent so far are counted.
    pub(super) fn withdraw(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        if let Some(request) = self.devices[device as usize].sending.map(|account| account.request) {
            self.settle_send(device, now);
            self.flights[request].arrived();
            self.leave_cell(device, request, Direction::Up, now, agenda);
        }
        if let Some(request) = self.devices[device as usize].receiving.map(|account| account.request) {
            self.settle_receive(device, now);
            self.flights[request].arrived();
            self.leave_cell(device, request, Direction::Down, now, agenda);
        }
    }

    /// Books the joules and bits of the transfer under way, up to now.
    pub(super) fn settle_send(&mut self, device: u32, now: Time) {
        let Some(account) = self.devices[device as usize].sending.take() else { return };
        let group = self.group(device);
        let Flight { channel, transfer, moving, .. } = &self.flights[account.request];
        let of_burst = match &self.uplinks[group.link] {
            Uplink::Alone(_) => moving.left(now),
            Uplink::Cell(cell) => cell.left(account.request, Direction::Up, now),
        };
        let bits = channel.up_bits - transfer.left() - of_burst;
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

    /// Books the joules of receiving, up to now.
    pub(super) fn settle_receive(&mut self, device: u32, now: Time) {
        let Some(account) = self.devices[device as usize].receiving.take() else { return };
        let group = self.group(device);
        let Flight { channel, transfer, .. } = &self.flights[account.request];
        if let (Uplink::Cell(cell), None) = (&self.uplinks[group.link], &group.battery)
            && cell.received_as_sent.is_some()
        {
            let bits = channel.down_bits - transfer.left() - cell.left(account.request, Direction::Down, now);
            let radio = &self.plan.links[group.link].radio;
            self.devices[device as usize].ledger.add(Component::Receive, radio.per_bit_down.get() * bits);
        }
        self.book(device, Component::Receive, account, now);
    }

    fn leave_cell(
        &mut self,
        device: u32,
        request: Request,
        direction: Direction,
        now: Time,
        agenda: &mut Agenda<Event>,
    ) {
        let link = self.group(device).link;
        let Uplink::Cell(cell) = &mut self.uplinks[link] else { return };
        let before = cell.sharing.rate();
        // The caller accounts for what is left if the request leaves early.
        if cell.sharing.leave(now, job(request, direction)).is_some() {
            // A device that both sends and receives is there twice.
            if let Some(place) = cell.metered.iter().position(|other| *other == device) {
                cell.metered.remove(place);
            }
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

    /// The rate of a device that is sending, bits per second; 0 while it pauses.
    pub(super) fn send_rate(&self, link: usize, request: Request) -> f64 {
        let flight = &self.flights[request];
        match &self.uplinks[link] {
            _ if flight.transfer.pauses() => 0.0,
            Uplink::Alone(_) => flight.moving.rate(),
            Uplink::Cell(cell) => cell.rate(Direction::Up),
        }
    }

    /// Whether what is received takes part of a cell's capacity.
    pub(super) fn receives_in_cell(&self, link: usize) -> bool {
        matches!(&self.uplinks[link], Uplink::Cell(Cell { received_as_sent: Some(_), .. }))
    }

    /// The rate of a device that is receiving, bits per second; 0 while it pauses.
    pub(super) fn receive_rate(&self, link: usize, request: Request) -> f64 {
        let flight = &self.flights[request];
        match &self.uplinks[link] {
            _ if flight.transfer.pauses() => 0.0,
            Uplink::Cell(cell) if cell.received_as_sent.is_some() => cell.rate(Direction::Down),
            _ => flight.moving.rate(),
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
