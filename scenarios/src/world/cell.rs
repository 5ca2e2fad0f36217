//! A cell: a capacity that the devices sending share equally, and those receiving, too, where that takes part of it.

use device_models::{Direction, Link, RatePath, Stretch};
use sim_core::{Agenda, Handle, ProcessorSharing, Streams, Time};

use super::{Event, Request};

/// A cell's state.
pub struct Cell {
    /// Number of its link.
    number: u32,
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
    /// Whether the rate has changed since they were last told.
    changed: bool,
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

impl Cell {
    /// The cell of a link, if it has one.
    pub fn new(number: u32, link: &Link, streams: &Streams) -> Option<Self> {
        let mut path = RatePath::new(link.cell.as_ref()?, streams.open("cell-rate", number.into()));
        let capacity = path.at(Time::ZERO);
        let each = link.uplink.constant().unwrap_or(f64::INFINITY);
        Some(Self {
            number,
            sharing: ProcessorSharing::new(capacity.rate, each),
            path,
            capacity,
            timer: None,
            metered: Vec::new(),
            changed: false,
            received_as_sent: link.received_as_sent(),
        })
    }

    /// Whether what goes in a direction takes part of its capacity.
    pub fn carries(&self, direction: Direction) -> bool {
        direction == Direction::Up || self.received_as_sent.is_some()
    }

    /// Bits a second of a transfer under way.
    pub fn rate(&self, direction: Direction) -> f64 {
        self.sharing.rate() / self.weight(direction)
    }

    /// Bits a second at which one more device would send.
    pub fn rate_for_one_more(&self) -> f64 {
        self.sharing.rate_for_one_more()
    }

    /// Bits that a transfer has left of its burst.
    pub fn left(&self, request: Request, direction: Direction, now: Time) -> f64 {
        self.sharing.left(now, job(request, direction)).unwrap_or_default() / self.weight(direction)
    }

    /// A burst joins; `metered` is its device, if that is on a battery.
    pub fn enter(&mut self, request: Request, direction: Direction, bits: f64, metered: Option<u32>, now: Time) {
        let before = self.sharing.rate();
        self.follow(now);
        self.sharing.arrive(now, job(request, direction), bits * self.weight(direction));
        self.metered.extend(metered);
        self.note(before);
    }

    /// A burst leaves, at its end or before; returns whether it was there. The caller accounts for what is left of it.
    pub fn leave(&mut self, request: Request, direction: Direction, device: u32, now: Time) -> bool {
        let before = self.sharing.rate();
        let was_there = self.sharing.leave(now, job(request, direction)).is_some();
        if was_there {
            // A device that both sends and receives is there twice.
            if let Some(place) = self.metered.iter().position(|other| *other == device) {
                self.metered.remove(place);
            }
            self.note(before);
        }
        was_there
    }

    /// It is time for the next burst to be through, which is returned and has yet to leave, or for all to continue at
    /// another rate.
    pub fn step(&mut self, now: Time) -> Option<(Request, Direction)> {
        self.timer = None;
        if let Some((_, job)) = self.sharing.next().filter(|(at, _)| *at <= now) {
            return Some(transfer_of(job));
        }
        let before = self.sharing.rate();
        self.follow(now);
        self.note(before);
        None
    }

    /// Schedules the next step.
    pub fn schedule(&mut self, agenda: &mut Agenda<Event>) {
        if let Some(timer) = self.timer.take() {
            agenda.cancel(timer);
        }
        if let Some((at, _)) = self.sharing.next() {
            let step = Event::CellStep { link: self.number };
            self.timer = Some(agenda.timer(at.min(self.capacity.until), step));
        }
    }

    /// The devices whose power depends on the rate, if it has changed since they were last asked for.
    pub fn take_changed(&mut self) -> impl Iterator<Item = u32> + use<> {
        let changed = std::mem::take(&mut self.changed);
        if changed { self.metered.clone() } else { Vec::new() }.into_iter()
    }

    /// Follows the capacity to `now`.
    fn follow(&mut self, now: Time) {
        if self.capacity.until <= now {
            self.capacity = self.path.at(now);
            self.sharing.set_capacity(now, self.capacity.rate);
        }
    }

    fn note(&mut self, before: f64) {
        self.changed |= self.sharing.rate() != before;
    }

    /// What a bit takes of the capacity.
    fn weight(&self, direction: Direction) -> f64 {
        match direction {
            Direction::Up => 1.0,
            Direction::Down => self.received_as_sent.unwrap_or(1.0),
        }
    }
}
