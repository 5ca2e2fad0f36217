//! Where appeals are answered: a queue, batches, servers that may be started and stopped. The cloud is one tier, the
//! servers at the end of a link are another.

use inference::Answer;
use rand::RngExt;
use sim_core::{Batch, BatchServer, Handle, Meter, Span, Stream, Streams, Time};

use super::at::AtTier;
use super::{Event, Request};
use crate::answers::Observation;
use crate::plan::{CLOUD, Job, Tier, times};
use crate::policies::{Channel, Decision, Expectations, Policy, PolicySpec, Situation, Surroundings, Truth, Way};

/// An attempt of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    request: Request,
    /// From 0.
    number: u8,
}

impl Attempt {
    pub fn new(request: Request, number: u8) -> Self {
        Self { request, number }
    }
}

/// A tier's state.
pub struct TierUnit {
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
    /// Which answers it keeps; all without one.
    policy: Option<Policy>,
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
pub fn mean_busy_share(tiers: &[TierUnit], end: Time) -> Option<f64> {
    let sum = |of: fn(&Integrals) -> f64| tiers.iter().map(|tier| of(&tier.integrals(end))).sum::<f64>();
    let on = sum(|integrals| integrals.on);
    (on > 0.0).then(|| sum(|integrals| integrals.busy) / on)
}

impl TierUnit {
    pub fn new(tier: &Tier, jobs: Vec<Job>, number: u8, streams: &Streams) -> Self {
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
            outages: streams.open("outages", number.into()),
            starts: streams.open("server-starts", number.into()),
            policy: tier.policy.as_ref().map(PolicySpec::with_given_threshold),
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

impl TierUnit {
    /// Schedules when it becomes unreachable, or reachable again.
    pub fn plan_outage(&mut self, at: &mut AtTier) {
        let Some(outages) = &at.tier.outages else { return };
        let spell = if self.reachable { &outages.up_for } else { &outages.down_for };
        let lasts = spell.sample(&mut self.outages).max(Span::from_nanos(1));
        at.agenda.at(at.now + lasts, Event::TierTurns { tier: at.number });
    }

    /// It becomes unreachable, or reachable again.
    pub fn turn(&mut self, at: &mut AtTier) {
        self.reachable = !self.reachable;
        self.plan_outage(at);
    }

    /// An attempt reaches it, and is prepared.
    pub fn arrival(&mut self, attempt: Attempt, at: &mut AtTier) {
        let Attempt { request, number } = attempt;
        if !self.reachable {
            return at.journeys[request].arrived();
        }
        self.asked[at.journeys[request].kind()] += 1;
        if at.tier.prepare > Span::ZERO {
            return at.agenda.after(at.tier.prepare, Event::TierReady { request, attempt: number, tier: at.number });
        }
        self.ready(attempt, at);
    }

    /// An attempt joins the queue. If that is full, it is forwarded to the cloud, or refused there.
    pub fn ready(&mut self, attempt: Attempt, at: &mut AtTier) {
        let Attempt { request, number } = attempt;
        let journey = &mut at.journeys[request];
        if at.tier.queue.is_some_and(|most| self.queue.free() == 0 && self.queue.waiting() >= most) {
            let (after, event) = match at.number {
                CLOUD => (journey.channel.one_way, Event::Refused { request, attempt: number }),
                _ => (journey.channel.beyond_near(), Event::TierArrival { request, attempt: number, tier: CLOUD }),
            };
            return at.agenda.after(after, event);
        }
        let tier = if at.number == CLOUD { analysis::Tier::Cloud } else { analysis::Tier::EdgeServer };
        journey.joins(number, tier, at.tier.prepare, at.now);
        self.queue.arrive(at.now, journey.kind(), attempt);
        self.start_batches(at);
    }

    /// Starts all batches that can start, and schedules when to look again.
    pub fn start_batches(&mut self, at: &mut AtTier) {
        let now = at.now;
        while let Some(batch) = self.queue.start(now) {
            self.resting.pop();
            for attempt in &batch.jobs {
                at.journeys[attempt.request].batch_begins(attempt.number, batch.jobs.len(), now);
            }
            let job = &self.jobs[batch.kind];
            // What its samples take on average, whatever part of that is done once for all of them.
            let efforts = batch
                .jobs
                .iter()
                .map(|attempt| at.evaluator.effort(job.way, &at.journeys[attempt.request].observation));
            let effort = efforts.sum::<Option<f64>>().map(|sum| sum / batch.jobs.len() as f64);
            let takes = at.tier.takes(job, batch.jobs.len());
            let takes = times(takes, effort);
            let place = self.keep(batch);
            self.busy.set(now, self.busy.rate() + 1.0);
            at.agenda.after(takes, Event::BatchDone { batch: place as u32, tier: at.number });
        }
        self.waiting.set(now, self.queue.waiting() as f64);
        if let Some(timer) = self.timer.take() {
            at.agenda.cancel(timer);
        }
        self.timer = self.queue.wake().map(|due| at.agenda.timer(due, Event::BatchDue { tier: at.number }));
        if at.tier.scale.is_some() {
            self.start_servers(at);
            self.plan_stop(at);
        }
    }

    /// A batch is done: its answers travel home, unless the tier passes a request on to the cloud.
    pub fn batch_done(&mut self, batch: u32, at: &mut AtTier) {
        let Batch { kind, jobs } = std::mem::take(&mut self.batches[batch as usize]);
        let Job { way, own, .. } = self.jobs[kind];
        for Attempt { request, number: attempt } in jobs {
            let judged = self.judge(own, request, at);
            let journey = &mut at.journeys[request];
            if let Some((answer, false)) = judged {
                journey.passed_on(attempt, &answer, at.now);
                let arrival = Event::TierArrival { request, attempt, tier: CLOUD };
                at.agenda.after(journey.channel.beyond_near(), arrival);
                continue;
            }
            let answer = |observation: &Observation| match judged {
                Some((answer, _)) => answer,
                None => at.evaluator.answer(way, observation),
            };
            journey.batch_done(attempt, way, answer, at.now);
            let home = if at.number == CLOUD { journey.channel.one_way } else { journey.channel.near_one_way };
            at.agenda.after(home + journey.channel.down_recovery, Event::AnswerArrival { request, attempt });
        }
        self.free.push(batch as usize);
        self.busy.set(at.now, self.busy.rate() - 1.0);
        self.queue.finish();
        self.resting.push(at.now);
        self.start_batches(at);
    }

    /// The answer of the tier's own network, and whether its policy keeps it, if it has one. Servers do not know whether
    /// the device still waits for it.
    fn judge(&self, own: bool, request: Request, at: &mut AtTier) -> Option<(Answer, bool)> {
        let policy = self.policy.as_ref().filter(|_| own)?;
        let journey = &at.journeys[request];
        let answer = at.evaluator.answer(at.tier.network, &journey.observation);
        let situation = Situation { now: at.now, waiting: self.queue.waiting(), ..Situation::default() };
        Some((answer, keeps(policy, answer, journey.entity, at.streams, situation)))
    }

    /// Starts as many servers as the waiting requests need.
    fn start_servers(&mut self, at: &mut AtTier) {
        let Some(scale) = &at.tier.scale else { return };
        let mut servers = self.on.rate() as usize;
        while servers < scale.most && self.queue.waiting() > scale.waiting * servers {
            servers += 1;
            at.agenda.after(scale.cold_start.sample(&mut self.starts), Event::ServerUp { tier: at.number });
        }
        self.on.set(at.now, servers as f64);
    }

    /// A server has started.
    pub fn server_up(&mut self, at: &mut AtTier) {
        self.queue.join();
        self.resting.push(at.now);
        self.start_batches(at);
    }

    /// Schedules when the server that has been idle longest is to be stopped, if it may be.
    fn plan_stop(&mut self, at: &mut AtTier) {
        let Some(scale) = &at.tier.scale else { return };
        if let Some(timer) = self.stop_timer.take() {
            at.agenda.cancel(timer);
        }
        let may_stop = self.on.rate() as usize > at.tier.servers;
        if let Some(since) = self.resting.first().filter(|_| may_stop) {
            let when = *since + scale.cool_down.span();
            self.stop_timer = Some(at.agenda.timer(when, Event::ServerDown { tier: at.number }));
        }
    }

    /// A server has been idle long enough to be stopped.
    pub fn server_down(&mut self, at: &mut AtTier) {
        self.stop_timer = None;
        if self.queue.leave() {
            self.resting.remove(0);
            self.on.set(at.now, self.on.rate() - 1.0);
        }
        self.plan_stop(at);
    }
}

/// Whether servers with this policy keep their answer to the request of that entity.
pub fn keeps(policy: &Policy, answer: Answer, entity: u64, streams: &Streams, situation: Situation) -> bool {
    let around = AtServers { entity, streams, situation };
    // Bounds are not allowed here, and nothing else asks for the truth.
    let mut is_right = |_| false;
    let mut truth = Truth::new(&|_| Way::BIG, &mut is_right);
    let decision = policy.next(policy.strategy.segments.len(), &[answer], &around, &mut truth);
    !matches!(decision, Some(Decision::Offload(_)))
}

/// What surrounds a request that servers decide about. They expect nothing: what they pass on is the cloud's.
struct AtServers<'a> {
    entity: u64,
    streams: &'a Streams,
    situation: Situation,
}

impl Surroundings for AtServers<'_> {
    fn chance(&self) -> f64 {
        self.streams.open("edge-chance", self.entity).random()
    }

    fn situation(&self) -> Situation {
        self.situation
    }

    fn expects(&self, _: Channel) -> Expectations {
        Expectations::default()
    }
}
