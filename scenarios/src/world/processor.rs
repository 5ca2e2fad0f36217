//! A processor: its queue, what it works for, and its states of rest. [`pipeline`](super::pipeline) is what differs for
//! one that works on several requests at once.

use device_models::{Processor, Rest};
use sim_core::{Arrival, Handle, Span, Station, Time};

use super::Request;
use super::energy::Account;
use super::pipeline::Pipeline;

/// A processor's state.
pub struct ProcessorUnit {
    line: Station<Request>,
    /// The account of the request that it works for, and since when.
    at_work: Option<(Account, Time)>,
    worked: Span,
    /// The end of what it does, or its next state of rest.
    pub timer: Option<Handle>,
    /// Number of the state it rests in; none if awake. Until it is awake, it still rests, even if it has work.
    rest: Option<u8>,
    /// What is within, if it takes requests before the last one is done.
    pub pipeline: Option<Box<Pipeline>>,
}

impl ProcessorUnit {
    /// Nothing to do, and room for so many that wait.
    pub fn new(processor: &Processor, queue: usize) -> Self {
        Self {
            line: Station::new(1, Some(queue)),
            at_work: None,
            worked: Span::ZERO,
            timer: None,
            rest: None,
            pipeline: processor.is_pipelined().then(Box::default),
        }
    }

    /// Requests that wait for it.
    pub fn waiting(&self) -> usize {
        self.line.waiting()
    }

    /// How long it has worked.
    pub fn worked(&self) -> Span {
        self.worked
    }

    /// The request that it works for, or is waking up for.
    pub fn works_for(&self) -> Option<Request> {
        self.at_work.map(|(account, _)| account.request)
    }

    /// The state that it rests in.
    pub fn resting<'p>(&self, processor: &'p Processor) -> Option<&'p Rest> {
        processor.rests.get(usize::from(self.rest?))
    }

    /// Watts that it draws whatever it does.
    pub fn waiting_power(&self, processor: &Processor) -> f64 {
        // A processor that rests but has something to do is waking up.
        let depth = self.rest.filter(|_| self.at_work.is_none()).map(usize::from);
        processor.waiting_power(depth)
    }

    /// How many jobs it has done or is at, whatever they are; a figure that is read to fetch it.
    pub fn touch(&self) -> u64 {
        (self.line.busy() as u64).wrapping_add(self.worked.as_nanos())
    }

    /// A request comes to it for the first time.
    pub fn arrive(&mut self, request: Request) -> Arrival<Request> {
        self.line.arrive(request)
    }

    /// It works for a request from now on, or wakes up for it; returns the timer of what it would have done without work.
    pub fn begin(&mut self, account: Account, now: Time) -> Option<Handle> {
        self.at_work = Some((account, now));
        self.timer.take()
    }

    /// It is awake.
    pub fn wakes(&mut self) {
        (self.timer, self.rest) = (None, None);
    }

    /// Stops for good; returns its timer.
    pub fn stop(&mut self) -> Option<Handle> {
        self.pipeline = None;
        self.timer.take()
    }

    /// Whether neither it nor a pipeline in it holds a request.
    pub fn has_nothing_to_do(&self) -> bool {
        self.at_work.is_none() && self.pipeline.as_ref().is_none_or(|pipeline| pipeline.is_empty())
    }

    /// Whether it works for a request at once that needs it for the first time or again: after a segment the request
    /// still has it, but not if others have entered a pipeline since; then, or if it has not run at all, it waits in
    /// line, but is never turned away.
    pub fn goes_on(&mut self, request: Request, segments: usize) -> bool {
        let has_it = segments > 0 && self.pipeline.is_none();
        has_it || matches!(self.line.insist(request), Arrival::Starts(_))
    }

    /// Stops working for a request; returns its account.
    pub fn finish(&mut self, now: Time) -> Option<Account> {
        let (account, since) = self.at_work.take()?;
        self.worked += now - since;
        Some(account)
    }

    /// The next request in line that has not ended while it waited.
    pub fn next(&mut self, ended: impl Fn(Request) -> bool) -> Option<Request> {
        std::iter::from_fn(|| self.line.depart()).find(|next| !ended(*next))
    }

    /// After how long without work it falls into its next state of rest, if there is one.
    pub fn rests_after(&self, processor: &Processor) -> Option<Span> {
        let next = self.rest.map_or(0, |rest| usize::from(rest) + 1);
        processor.rests.get(next).map(|rest| rest.after.span())
    }

    /// Falls into its next state of rest.
    pub fn rest_deeper(&mut self) {
        self.rest = Some(self.rest.map_or(0, |rest| rest + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn processor(rests: &str) -> Processor {
        let text = format!("{{idle: 1 W, busy: 3 W, throughput: 1 GMAC/s, rests: {rests}}}");
        serde_yaml::from_str(&text).unwrap()
    }

    /// Two states of rest, after 1 s and another 4 s; then there is none.
    #[test]
    fn rests_follow_one_another() {
        let figures = processor(
            "[{name: sleep, after: 1 s, power: 0.5 W, wake: 1 ms, wake-power: 1 W}, {name: off, after: 4 s, power: 0.1 W, wake: 1 ms, wake-power: 1 W}]",
        );
        let mut unit = ProcessorUnit::new(&figures, 1);
        let seconds = |unit: &ProcessorUnit| unit.rests_after(&figures).map(Span::as_secs);
        assert_eq!((seconds(&unit), unit.waiting_power(&figures)), (Some(1.0), 1.0));
        unit.rest_deeper();
        assert_eq!((seconds(&unit), unit.waiting_power(&figures)), (Some(4.0), 0.5));
        unit.rest_deeper();
        assert_eq!((seconds(&unit), unit.waiting_power(&figures)), (None, 0.1));
    }

    /// With room for one that waits: 1 starts, 2 waits, 3 is turned away. 2 gave up while it waited, so there is no next.
    #[test]
    fn those_that_gave_up_are_skipped() {
        let mut unit = ProcessorUnit::new(&processor("[]"), 1);
        assert!(matches!(unit.line.arrive(1), Arrival::Starts(1)));
        assert!(matches!(unit.line.arrive(2), Arrival::Waits(_)));
        assert!(matches!(unit.line.arrive(3), Arrival::Rejected(3)));
        assert_eq!(unit.next(|request| request == 2), None);
        assert!(matches!(unit.line.arrive(4), Arrival::Starts(4)));
        // After a segment it has the processor; before any, it has to wait for it, whatever the room.
        assert!(unit.goes_on(4, 1) && !unit.goes_on(5, 0) && !unit.goes_on(6, 0));
        assert_eq!([(); 3].map(|()| unit.next(|_| false)), [Some(5), Some(6), None]);
    }
}
