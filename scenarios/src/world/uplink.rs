//! Links: who is sending, and how fast.

use device_models::Link;
use sim_core::{Agenda, Handle, ProcessorSharing, Time};

use super::{Event, Request, World};

/// The sending side of a link: its capacity is shared equally by those that are sending.
pub struct Uplink {
    sharing: ProcessorSharing,
    timer: Option<Handle>,
}

impl Uplink {
    pub fn new(link: &Link) -> Self {
        let capacity = link.cell.map_or(f64::INFINITY, |rate| rate.get());
        Self { sharing: ProcessorSharing::new(capacity, link.uplink.get()), timer: None }
    }

    /// What each sender sends at now, bits a second.
    pub fn rate(&self) -> f64 {
        self.sharing.rate()
    }
}

impl World<'_> {
    pub(super) fn join_uplink(&mut self, device: u32, request: Request, now: Time, agenda: &mut Agenda<Event>) {
        let link = self.group(device).link;
        let before = self.uplinks[link].rate();
        let bits = self.open[request as usize].channel.up_bits;
        self.uplinks[link].sharing.arrive(now, request.into(), bits);
        self.set_radio_power(device, now, agenda);
        self.uplink_changed(link, before, now, agenda);
    }

    /// A sender is gone before it was done; the bytes it got out are counted.
    pub(super) fn withdraw(&mut self, link: usize, request: Request, now: Time, agenda: &mut Agenda<Event>) {
        let before = self.uplinks[link].rate();
        if let Some(left) = self.uplinks[link].sharing.leave(now, request.into()) {
            let bits = self.open[request as usize].channel.up_bits - left;
            self.records[request as usize].uplink_bytes = (bits / 8.0).round() as u64;
            self.uplink_changed(link, before, now, agenda);
        }
    }

    pub(super) fn send_done(&mut self, link: u32, now: Time, agenda: &mut Agenda<Event>) {
        let uplink = &mut self.uplinks[link as usize];
        uplink.timer = None;
        let before = uplink.rate();
        let Some((_, job)) = uplink.sharing.next() else { return };
        uplink.sharing.leave(now, job);
        let request = job as Request;
        let device = self.records[request as usize].device;
        self.devices[device as usize].sending = None;
        self.uplink_changed(link as usize, before, now, agenda);
        self.sent(device, request, now, agenda);
    }

    /// Plans the next transfer to end, and tells every sender's meter if the rate has changed.
    fn uplink_changed(&mut self, link: usize, before: f64, now: Time, agenda: &mut Agenda<Event>) {
        let uplink = &mut self.uplinks[link];
        if let Some(timer) = uplink.timer.take() {
            agenda.cancel(timer);
        }
        if let Some((at, _)) = uplink.sharing.next() {
            uplink.timer = Some(agenda.timer(at, Event::SendDone { link: link as u32 }));
        }
        if uplink.rate() != before {
            let senders: Vec<Request> = uplink.sharing.jobs().map(|job| job as Request).collect();
            for request in senders {
                let device = self.records[request as usize].device;
                self.set_radio_power(device, now, agenda);
            }
        }
    }
}
