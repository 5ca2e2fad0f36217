//! A processor that takes the next request before the last one is done.
//!
//! A request enters for the processor's interval, in which it has the processor as it would without a pipeline: nothing
//! else starts, busy power is drawn and booked to it. Then it is on its way through, which occupies nothing and draws
//! nothing beyond idling, and its answer comes when the segment's whole time is over. The processor rests when the
//! pipeline is empty.
//!
//! What goes on to another segment or is to be prepared has left the processor to others, so it waits in line with them.

use std::collections::VecDeque;

use sim_core::{Agenda, Time};

use super::{Event, Request, World};

/// The requests in a pipeline, and when they are done, in that order.
#[derive(Default)]
pub struct Pipeline {
    within: VecDeque<(Time, Request)>,
}

impl Pipeline {
    pub fn is_empty(&self) -> bool {
        self.within.is_empty()
    }

    /// A request enters, and is done at `done`.
    pub fn enter(&mut self, device: u32, request: Request, done: Time, agenda: &mut Agenda<Event>) {
        // Segments take their own times, so a later one may be done before an earlier one.
        let place = self.within.partition_point(|(other, _)| *other <= done);
        self.within.insert(place, (done, request));
        agenda.at(done, Event::EdgeDone { device });
    }
}

impl World<'_> {
    /// A request has entered, and the next one may.
    pub(super) fn edge_takes_next(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        if self.settle_computing(device, now).is_some() {
            self.devices[device as usize].compute_timer = None;
            self.next_on_processor(device, now, agenda);
        }
    }

    /// The first request within is done.
    pub(super) fn leave_pipeline(&mut self, device: u32, now: Time, agenda: &mut Agenda<Event>) {
        let within = self.devices[device as usize].pipeline.as_mut().map(|pipeline| &mut pipeline.within);
        let Some((_, request)) = within.and_then(VecDeque::pop_front) else { return };
        if !self.flights.ended(request) {
            self.segment_done(device, request, now, agenda);
        }
        if self.devices[device as usize].has_nothing_to_compute() {
            self.plan_rest(device, now, agenda);
        }
    }
}
