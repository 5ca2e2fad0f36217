//! The cloud: a queue, batches, servers.

use sim_core::{Agenda, BatchServer, Handle, Meter, Span, Stream, Streams, Time};

use super::{Event, Request, World};
use crate::plan::Cloud;

/// The cloud's state.
pub struct CloudState {
    servers: usize,
    queue: BatchServer<Request>,
    timer: Option<Handle>,
    /// Batches under way; places are used again.
    batches: Vec<Vec<Request>>,
    free: Vec<usize>,
    /// Number of busy servers, over time.
    busy: Meter,
    /// Number of waiting requests, over time.
    waiting: Meter,
    /// Whether it can be reached, and chance for when it turns.
    reachable: bool,
    random: Stream,
}

impl CloudState {
    pub fn new(cloud: &Cloud, streams: &Streams) -> Self {
        Self {
            servers: cloud.servers,
            queue: BatchServer::new(cloud.servers, cloud.largest_batch, cloud.patience),
            timer: None,
            batches: Vec::new(),
            free: Vec::new(),
            busy: Meter::default(),
            waiting: Meter::default(),
            reachable: true,
            random: streams.open("outages", 0),
        }
    }

    /// Share of the time a server worked.
    pub fn busy_share(&self, end: Time) -> f64 {
        self.busy.total_at(end) / end.as_secs() / self.servers as f64
    }

    /// Integrals over time of busy servers and of waiting requests, seconds.
    pub fn integrals(&self, now: Time) -> (f64, f64) {
        (self.busy.total_at(now), self.waiting.total_at(now))
    }
}

impl World<'_> {
    /// Plans when the cloud stops being reachable, or begins to be again.
    pub(super) fn plan_outage(&mut self, now: Time, agenda: &mut Agenda<Event>) {
        let Some(outages) = &self.plan.cloud.outages else { return };
        let spell = if self.cloud.reachable { &outages.up_for } else { &outages.down_for };
        let lasts = spell.sample(&mut self.cloud.random).max(Span::from_nanos(1));
        agenda.at(now + lasts, Event::CloudTurns);
    }

    pub(super) fn cloud_turns(&mut self, now: Time, agenda: &mut Agenda<Event>) {
        self.cloud.reachable = !self.cloud.reachable;
        self.plan_outage(now, agenda);
    }

    pub(super) fn cloud_arrival(&mut self, request: Request, now: Time, agenda: &mut Agenda<Event>) {
        let flight = &mut self.flights[request];
        if !self.cloud.reachable {
            flight.travelling = false;
            return;
        }
        if !flight.ended {
            flight.record.cloud_arrival = Some(now.as_nanos());
        }
        self.cloud.queue.arrive(now, request);
        self.start_batches(now, agenda);
    }

    /// Starts what can start, and plans when to look again.
    pub(super) fn start_batches(&mut self, now: Time, agenda: &mut Agenda<Event>) {
        let planned = &self.plan.cloud;
        while let Some(batch) = self.cloud.queue.start(now) {
            for request in &batch {
                let flight = &mut self.flights[*request];
                if !flight.ended {
                    flight.record.cloud_start = Some(now.as_nanos());
                    flight.record.batch = Some(batch.len() as u32);
                }
            }
            let takes = planned.server.time(planned.work, batch.len());
            let place = match self.cloud.free.pop() {
                Some(place) => {
                    self.cloud.batches[place] = batch;
                    place
                }
                None => {
                    self.cloud.batches.push(batch);
                    self.cloud.batches.len() - 1
                }
            };
            self.cloud.busy.set(now, self.cloud.busy.rate() + 1.0);
            agenda.after(takes, Event::BatchDone { batch: place as u32 });
        }
        self.cloud.waiting.set(now, self.cloud.queue.waiting() as f64);
        if let Some(timer) = self.cloud.timer.take() {
            agenda.cancel(timer);
        }
        self.cloud.timer = self.cloud.queue.wake().map(|at| agenda.timer(at, Event::BatchDue));
    }

    pub(super) fn batch_done(&mut self, batch: u32, now: Time, agenda: &mut Agenda<Event>) {
        for request in std::mem::take(&mut self.cloud.batches[batch as usize]) {
            let flight = &mut self.flights[request];
            if !flight.ended {
                flight.record.cloud_done = Some(now.as_nanos());
                flight.record.cloud_class = Some(self.asker.big(&flight.sight));
            }
            let one_way = flight.channel.one_way;
            agenda.after(one_way, Event::AnswerArrival { request });
        }
        self.cloud.free.push(batch as usize);
        self.cloud.busy.set(now, self.cloud.busy.rate() - 1.0);
        self.cloud.queue.finish();
        self.start_batches(now, agenda);
    }
}
