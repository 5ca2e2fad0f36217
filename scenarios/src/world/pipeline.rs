//! A processor that takes the next request before the last one is done.
//!
//! A request enters for the processor's interval, in which it has the processor as it would without a pipeline: nothing
//! else starts, busy power is drawn and booked to it. Then it is on its way through, which occupies nothing and draws
//! nothing beyond idling, and its answer comes when the segment's whole time is over. The processor rests when the
//! pipeline is empty.
//!
//! What goes on to another segment or is to be prepared has left the processor to others, so it waits in line with them.

use std::collections::VecDeque;

use sim_core::Time;

use super::Request;

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
    pub fn enter(&mut self, request: Request, done: Time) {
        // Segments take their own times, so a later one may be done before an earlier one.
        let place = self.within.partition_point(|(other, _)| *other <= done);
        self.within.insert(place, (done, request));
    }

    /// The first request within is done.
    pub fn leave(&mut self) -> Option<Request> {
        self.within.pop_front().map(|(_, request)| request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1 enters for 5 s, 2 for 1 s, 3 for as long as 1: 2 overtakes, and 1 stays ahead of 3.
    #[test]
    fn requests_leave_when_they_are_done() {
        let at = Time::from_nanos;
        let mut pipeline = Pipeline::default();
        assert!(pipeline.is_empty());
        for (request, done) in [(1, 5), (2, 1), (3, 5)] {
            pipeline.enter(request, at(done));
        }
        assert_eq!([(); 4].map(|()| pipeline.leave()), [Some(2), Some(1), Some(3), None]);
    }
}
