//! What a device's processor does: segments of networks, and preparing what is sent up.

use analysis::Outcome;
use device_models::Component;
use sim_core::Arrival;

use super::Device;
use crate::schema::WhenFull;
use crate::world::at::AtDevice;
use crate::world::{Event, Request};

impl Device {
    /// Runs a request's next segment: at once if the last one has just been run, or else when the processor gets to it.
    pub fn run_segment(&mut self, request: Request, at: &mut AtDevice) {
        let segments = at.journeys[request].segments();
        if segments == 0 {
            self.queue_for_processor(request, at);
        } else if self.processor.goes_on(request, segments) {
            self.start_work(request, at);
        }
    }

    fn queue_for_processor(&mut self, request: Request, at: &mut AtDevice) {
        match self.processor.arrive(request) {
            Arrival::Starts(request) => self.start_work(request, at),
            Arrival::Waits(_) => {}
            Arrival::Rejected(request) => match (at.group.when_full, at.policy.strategy.at_once()) {
                (WhenFull::Appeal, Some(offload)) => self.send_offload(request, offload, at),
                _ => at.end(request, Outcome::Rejected, None),
            },
        }
    }

    /// Has the processor prepare a request to be sent.
    pub fn prepare(&mut self, request: Request, at: &mut AtDevice) {
        if self.processor.goes_on(request, at.journeys[request].segments()) {
            self.start_work(request, at);
        }
    }

    /// Starts a request on the processor, which works for it once it is awake.
    fn start_work(&mut self, request: Request, at: &mut AtDevice) {
        let work = at.journeys[request].work();
        let account = self.energy.open(work, request, at.journeys, at.now);
        if let Some(timer) = self.processor.begin(account, at.now) {
            at.agenda.cancel(timer);
        }
        let processor = &at.group.processor;
        let Some(rest) = self.processor.resting(processor) else { return self.begin_work(at) };
        // Idle power is drawn from now on; what waking draws beyond it is booked to the request.
        let extra = (rest.wake_power.get() - processor.idle.get()).max(0.0);
        self.energy.draw(work, extra, at.now);
        let awake = Event::ProcessorAwake { device: at.device };
        self.processor.timer = Some(at.agenda.timer(at.now + rest.wake.span(), awake));
        self.set_idle_power(at);
        self.watch_battery(at);
    }

    /// Runs the next segment of the request that has the processor, or prepares it to be sent.
    pub fn begin_work(&mut self, at: &mut AtDevice) {
        let (device, now) = (at.device, at.now);
        self.processor.wakes();
        let Some(request) = self.processor.works_for() else { return };
        let journey = &mut at.journeys[request];
        let work = journey.work();
        journey.work_begins(now);
        let (takes, extra_power, done) = match &at.group.prepare {
            Some(prepare) if work == Component::Prepare => {
                self.energy.draw(Component::Compute, 0.0, now);
                (prepare.time, prepare.extra_power, Event::Prepared { device })
            }
            _ => {
                self.energy.draw(Component::Prepare, 0.0, now);
                let network = at.policy.strategy.segments[journey.segments()].network;
                let effort = at.evaluator.effort(network, &journey.observation);
                let leg = at.route.segments[journey.segments()].times(effort);
                if journey.segments() > 0 {
                    at.asked.later_segments_s += leg.interval.as_secs();
                }
                let done = match &mut self.processor.pipeline {
                    None => Event::ProcessorDone { device },
                    Some(pipeline) => {
                        pipeline.enter(request, now + leg.takes);
                        at.agenda.at(now + leg.takes, Event::ProcessorDone { device });
                        Event::ProcessorTakesNext { device }
                    }
                };
                (leg.interval, leg.extra_power, done)
            }
        };
        self.energy.draw(work, extra_power, now);
        if at.group.battery.is_none() {
            return at.agenda.at(now + takes, done);
        }
        self.processor.timer = Some(at.agenda.timer(now + takes, done));
        self.watch_battery(at);
    }

    /// A segment is done.
    pub fn processor_done(&mut self, at: &mut AtDevice) {
        if let Some(pipeline) = &mut self.processor.pipeline {
            let request = pipeline.leave();
            return self.pipeline_done(request, at);
        }
        let Some(request) = self.finish_work(at) else { return };
        self.processor.timer = None;
        if !at.journeys.ended(request) {
            self.segment_done(request, at);
        }
        // A request that goes on or is being prepared keeps the processor.
        if self.processor.works_for().is_none() {
            self.next_on_processor(at);
        }
    }

    /// The first request within a pipeline is done.
    fn pipeline_done(&mut self, request: Option<Request>, at: &mut AtDevice) {
        let Some(request) = request else { return };
        if !at.journeys.ended(request) {
            self.segment_done(request, at);
        }
        if self.processor.has_nothing_to_do() {
            self.plan_rest(at);
        }
    }

    /// A request has entered the pipeline, and the next one may.
    pub fn processor_takes_next(&mut self, at: &mut AtDevice) {
        if self.finish_work(at).is_some() {
            self.processor.timer = None;
            self.next_on_processor(at);
        }
    }

    /// A request is ready to be sent.
    pub fn prepared(&mut self, at: &mut AtDevice) {
        let Some(request) = self.finish_work(at) else { return };
        self.processor.timer = None;
        if !at.journeys.ended(request) {
            at.journeys[request].prepared(at.now);
            self.send_up(request, at);
        }
        self.next_on_processor(at);
    }

    /// The processor turns to the next request in its queue, or idles.
    fn next_on_processor(&mut self, at: &mut AtDevice) {
        let journeys = &*at.journeys;
        if let Some(next) = self.processor.next(|request| journeys.ended(request)) {
            return self.start_work(next, at);
        }
        self.energy.draw(Component::Compute, 0.0, at.now);
        self.energy.draw(Component::Prepare, 0.0, at.now);
        if self.processor.has_nothing_to_do() {
            self.plan_rest(at);
        }
        self.watch_battery(at);
    }

    /// The processor stops working for a request, and what it spent on it is booked.
    pub fn finish_work(&mut self, at: &mut AtDevice) -> Option<Request> {
        let account = self.processor.finish(at.now)?;
        let work = at.journeys[account.request].work();
        self.energy.close(work, account, at.journeys, at.now);
        Some(account.request)
    }

    /// Schedules when an idle processor falls into its next state of rest, if there is one.
    pub fn plan_rest(&mut self, at: &mut AtDevice) {
        if let Some(after) = self.processor.rests_after(&at.group.processor) {
            let rests = Event::ProcessorRests { device: at.device };
            self.processor.timer = Some(at.agenda.timer(at.now + after, rests));
        }
    }

    /// An idle processor falls into its next state of rest.
    pub fn processor_rests(&mut self, at: &mut AtDevice) {
        self.processor.timer = None;
        self.processor.rest_deeper();
        self.plan_rest(at);
        self.set_idle_power(at);
        self.watch_battery(at);
    }
}
