//! Where appeals are answered: a queue, batches, servers that may be started and stopped. The cloud is one tier, the
//! servers at the end of a link are another.

use sim_core::{Agenda, Batch, BatchServer, Handle, Meter, Span, Stream, Streams, Time};

use super::{Event, Request, World};
use crate::plan::{CLOUD, Job, Tier};

/// An attempt of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    request: Request,
    /// From 0.
    number: u8,
}

/// A tier's state.
pub struct TierState {
    queue: BatchServer<Attempt>,
    /// When to look whether the first waiting request has waited long enough.
    timer: Option<Handle>,
    /// What there is to do, by kind.
    jobs: Vec<Job>,
    /// Batches under way; places are reused.
    batches: Vec<Batch<Attempt>>,
    free: Vec<usize>,
    /// Number of busy servers, over time.
    busy: Meter,
    /// Number of waiting requests, over time.
    waiting: Meter,
    /// Number of servers that are on or starting, over time.
    on: Meter,
    /// Since when each idle server has been idle, the longest first. The last to become idle gets work first, so that
    /// those that are not needed can be stopped.
    resting: Vec<Time>,
    stop_timer: Option<Handle>,
    /// Whether it can be reached, and the random stream of its outages.
    reachable: bool,
    /// Attempts that reached it, including those it had no room for, by kind.
    asked: Vec<u64>,
    outages: Stream,
    starts: Stream,
}

/// Integrals over time, from the start to a moment.
#[derive(Clone, Copy, Debug, Default)]
pub struct Integrals {
    now: Time,
    busy: f64,
    waiting: f64,
    on: f64,
}

impl Integrals {
    /// Share of the servers' on-time that they were busy, since an earlier moment.
    pub fn busy_since(&self, before: &Self) -> f64 {
        let on = self.on - before.on;
        if on > 0.0 { (self.busy - before.busy) / on } else { 0.0 }
    }

    /// Mean number of waiting requests since an earlier moment. A run of a few nanoseconds has stretches of no length,
    /// in which nothing happens.
    pub fn waiting_since(&self, before: &Self) -> f64 {
        (self.waiting - before.waiting) / (self.now - before.now).as_secs().max(1e-9)
    }
}

/// Share of the time that the servers of several tiers were busy; none without any.
pub fn mean_busy_share(tiers: &[TierState], end: Time) -> Option<f64> {
    let sum = |of: fn(&Integrals) -> f64| tiers.iter().map(|tier| of(&tier.integrals(end))).sum::<f64>();
    let on = sum(|integrals| integrals.on);
    (on > 0.0).then(|| sum(|integrals| integrals.busy) / on)
}

impl TierState {
    pub fn new(tier: &Tier, jobs: Vec<Job>, number: u64, streams: &Streams) -> Self {
        let mut on = Meter::default();
        on.set(Time::ZERO, tier.servers as f64);
        Self {
            queue: BatchServer::new(tier.servers, tier.largest_batch, tier.patience),
            timer: None,
            asked: vec![0; jobs.len()],
            jobs,
            batches: Vec::new(),
            free: Vec::new(),
            busy: Meter::default(),
            waiting: Meter::default(),
            on,
            resting: vec![Time::ZERO; tier.servers],
            stop_timer: None,
            reachable: true,
            outages: streams.open("outages", number),
            starts: streams.open("server-starts", number),
        }
    }

    /// Share of the servers' on-time that they were busy.
    pub fn busy_share(&self, end: Time) -> f64 {
        self.integrals(end).busy_since(&Integrals::default())
    }

    /// Mean number of servers that were on.
    pub fn mean_servers(&self, end: Time) -> f64 {
        self.on.total_at(end) / end.as_secs()
    }

    /// What there is to do, by kind, and how many attempts have asked for it.
    pub fn asked(&self) -> impl Iterator<Item = (&Job, u64)> {
        self.jobs.iter().zip(self.asked.iter().copied())
    }

    /// Joules up to `end`.
    pub fn energy(&self, tier: &Tier, end: Time) -> f64 {
        tier.server.energy(self.on.total_at(end), self.busy.total_at(end))
    }

    /// What it cost up to `end`, if it has a price.
    pub fn cost(&self, tier: &Tier, end: Time) -> Option<f64> {
        tier.price_per_hour.map(|price| price * self.on.total_at(end) / 3600.0)
    }

    /// Integrals over time up to `now`.
    pub fn integrals(&self, now: Time) -> Integrals {
        let (busy, waiting) = (self.busy.total_at(now), self.waiting.total_at(now));
        Integrals { now, busy, waiting, on: self.on.total_at(now) }
    }

    /// Keeps a batch; returns its place.
    fn keep(&mut self, batch: Batch<Attempt>) -> usize {
        let place = self.free.pop().unwrap_or(self.batches.len());
        if place == self.batches.len() {
            self.batches.push(batch);
        } else {
            self.batches[place] = batch;
        }
        place
    }
}

impl World<'_> {
    /// Schedules when a tier becomes unreachable, or reachable again.
    pub(super) fn plan_outage(&mut self, tier: u8, now: Time, agenda: &mut Agenda<Event>) {
        let Some(outages) = &self.plan.tiers[usize::from(tier)].outages else { return };
        let state = &mut self.tiers[usize::from(tier)];
        let spell = if state.reachable { &outages.up_for } else { &outages.down_for };
        let lasts = spell.sample(&mut state.outages).max(Span::from_nanos(1));
        agenda.at(now + lasts, Event::TierTurns { tier });
    }

    pub(super) fn tier_turns(&mut self, tier: u8, now: Time, agenda: &mut Agenda<Event>) {
        let state = &mut self.tiers[usize::from(tier)];
        state.reachable = !state.reachable;
        self.plan_outage(tier, now, agenda);
    }

    /// An attempt reaches a tier, which prepares it.
    pub(super) fn tier_arrival(&mut self, attempt: Attempt, tier: u8, now: Time, agenda: &mut Agenda<Event>) {
        let Attempt { request, number } = attempt;
        let (planned, state) = (&self.plan.tiers[usize::from(tier)], &mut self.tiers[usize::from(tier)]);
        if !state.reachable {
            return self.flights[request].arrived();
        }
        state.asked[usize::from(self.flights[request].kind)] += 1;
        if planned.prepare > Span::ZERO {
            return agenda.after(planned.prepare, Event::TierReady { request, attempt: number, tier });
        }
        self.tier_ready(attempt, tier, now, agenda);
    }

    /// An attempt waits at a tier. If it finds it full, it is forwarded to the cloud, or refused there.
    pub(super) fn tier_ready(&mut self, attempt: Attempt, tier: u8, now: Time, agenda: &mut Agenda<Event>) {
        let Attempt { request, number } = attempt;
        let (planned, state) = (&self.plan.tiers[usize::from(tier)], &mut self.tiers[usize::from(tier)]);
        let flight = &mut self.flights[request];
        let full = planned.queue.is_some_and(|most| state.queue.free() == 0 && state.queue.waiting() >= most);
        if full && tier == CLOUD {
            return agenda.after(flight.channel.one_way, Event::Refused { request, attempt: number });
        }
        if full {
            return agenda
                .after(flight.channel.beyond_near(), Event::TierArrival { request, attempt: number, tier: CLOUD });
        }
        if flight.awaits(number) {
            let took = planned.prepare.as_nanos();
            flight.record.cloud_arrival = Some(now.as_nanos() - took);
            flight.record.cloud_ready = (took > 0).then_some(now.as_nanos());
            flight.record.tier = Some(if tier == CLOUD { analysis::Tier::Cloud } else { analysis::Tier::EdgeServer });
        }
        state.queue.arrive(now, usize::from(flight.kind), attempt);
        self.start_batches(tier, now, agenda);
    }

    /// Starts all batches that can start, and schedules when to look again.
    pub(super) fn start_batches(&mut self, tier: u8, now: Time, agenda: &mut Agenda<Event>) {
        let (planned, state) = (&self.plan.tiers[usize::from(tier)], &mut self.tiers[usize::from(tier)]);
        while let Some(batch) = state.queue.start(now) {
            state.resting.pop();
            for attempt in &batch.jobs {
                let flight = &mut self.flights[attempt.request];
                if flight.awaits(attempt.number) {
                    flight.record.cloud_start = Some(now.as_nanos());
                    flight.record.batch = Some(batch.jobs.len() as u32);
                }
            }
            let takes = planned.server.time(&state.jobs[batch.kind].work, batch.jobs.len());
            let place = state.keep(batch);
            state.busy.set(now, state.busy.rate() + 1.0);
            agenda.after(takes, Event::BatchDone { batch: place as u32, tier });
        }
        state.waiting.set(now, state.queue.waiting() as f64);
        if let Some(timer) = state.timer.take() {
            agenda.cancel(timer);
        }
        state.timer = state.queue.wake().map(|at| agenda.timer(at, Event::BatchDue { tier }));
        if planned.scale.is_some() {
            self.start_servers(tier, now, agenda);
            self.plan_stop(tier, agenda);
        }
    }

    pub(super) fn batch_done(&mut self, batch: u32, tier: u8, now: Time, agenda: &mut Agenda<Event>) {
        let state = &mut self.tiers[usize::from(tier)];
        let Batch { kind, jobs } = std::mem::take(&mut state.batches[batch as usize]);
        let way = state.jobs[kind].way;
        for Attempt { request, number: attempt } in jobs {
            let flight = &mut self.flights[request];
            if flight.awaits(attempt) {
                flight.record.cloud_done = Some(now.as_nanos());
                flight.answered = Some(way);
                flight.record.cloud_class = Some(self.evaluator.answer(way, &flight.observation).class);
            }
            let home = if tier == CLOUD { flight.channel.one_way } else { flight.channel.near_one_way };
            agenda.after(home + flight.channel.down_recovery, Event::AnswerArrival { request, attempt });
        }
        let state = &mut self.tiers[usize::from(tier)];
        state.free.push(batch as usize);
        state.busy.set(now, state.busy.rate() - 1.0);
        state.queue.finish();
        state.resting.push(now);
        self.start_batches(tier, now, agenda);
    }

    /// Starts as many servers as the waiting requests need.
    fn start_servers(&mut self, tier: u8, now: Time, agenda: &mut Agenda<Event>) {
        let Some(scale) = &self.plan.tiers[usize::from(tier)].scale else { return };
        let state = &mut self.tiers[usize::from(tier)];
        let mut servers = state.on.rate() as usize;
        while servers < scale.most && state.queue.waiting() > scale.waiting * servers {
            servers += 1;
            agenda.after(scale.cold_start.sample(&mut state.starts), Event::ServerUp { tier });
        }
        state.on.set(now, servers as f64);
    }

    pub(super) fn server_up(&mut self, tier: u8, now: Time, agenda: &mut Agenda<Event>) {
        let state = &mut self.tiers[usize::from(tier)];
        state.queue.join();
        state.resting.push(now);
        self.start_batches(tier, now, agenda);
    }

    /// Schedules when the server that has been idle longest is to be stopped, if it may be.
    fn plan_stop(&mut self, tier: u8, agenda: &mut Agenda<Event>) {
        let planned = &self.plan.tiers[usize::from(tier)];
        let Some(scale) = &planned.scale else { return };
        let state = &mut self.tiers[usize::from(tier)];
        if let Some(timer) = state.stop_timer.take() {
            agenda.cancel(timer);
        }
        let may_stop = state.on.rate() as usize > planned.servers;
        if let Some(since) = state.resting.first().filter(|_| may_stop) {
            let at = *since + scale.cool_down.span();
            state.stop_timer = Some(agenda.timer(at, Event::ServerDown { tier }));
        }
    }

    pub(super) fn server_down(&mut self, tier: u8, now: Time, agenda: &mut Agenda<Event>) {
        let state = &mut self.tiers[usize::from(tier)];
        state.stop_timer = None;
        if state.queue.leave() {
            state.resting.remove(0);
            state.on.set(now, state.on.rate() - 1.0);
        }
        self.plan_stop(tier, agenda);
    }
}

impl Attempt {
    pub fn new(request: Request, number: u8) -> Self {
        Self { request, number }
    }
}
