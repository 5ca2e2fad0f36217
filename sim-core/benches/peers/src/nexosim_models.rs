//! NeXosim: models with ports and with events they schedule for themselves, on one thread. Not in the edge and its cloud,
//! where its ten thousand models take long.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use nexosim::model::{Context, Model, schedulable};
use nexosim::ports::Output;
use nexosim::simulation::{Mailbox, SimInit};
use nexosim::time::MonotonicTime;
use serde::{Deserialize, Serialize};

use crate::model::{Draws, Inversion, MM4_GAP, MM4_SERVERS, Run, SECOND};

pub fn run(workload: &str, n: usize, count: u64, seed: u64) -> Option<Run> {
    let counts = Arc::new(Counts::default());
    let (bench, end) = match workload {
        "hold" => {
            let holder = Holder { n, chance: Chance::new(seed), counts: counts.clone() };
            let bench = SimInit::with_num_threads(1).add_model(holder, Mailbox::new(), "holder");
            (bench, Some(Duration::from_secs_f64(count as f64 / n as f64)))
        }
        "mm4" => {
            let at_queue = Mailbox::new();
            let chance = Chance::new(seed);
            let mut source = Source { to_come: count, chance, counts: counts.clone(), ..Source::default() };
            source.customers.connect(Queue::arrive, &at_queue);
            let queue = Queue { chance: Chance::new(seed + 1), counts: counts.clone(), ..Queue::default() };
            let bench = SimInit::with_num_threads(1).add_model(source, Mailbox::new(), "source");
            (bench.add_model(queue, at_queue, "queue"), None)
        }
        _ => return None,
    };
    let mut simulation = bench.init(MonotonicTime::EPOCH).ok()?;
    let start = Instant::now();
    match end {
        Some(end) => simulation.step_until(end).ok()?,
        None => simulation.run().ok()?,
    }
    let seconds = start.elapsed().as_secs_f64();
    let [events, units, waited] = [&counts.events, &counts.units, &counts.waited].map(|count| count.load(Relaxed));
    Some(match end {
        Some(_) => Run { events, units: events, seconds, setup: 0.0, check: events as f64 / count as f64 },
        None => Run { events, units, seconds, setup: 0.0, check: waited as f64 / SECOND / units as f64 },
    })
}

/// What models count: they are out of sight while they run.
#[derive(Default)]
struct Counts {
    events: AtomicU64,
    units: AtomicU64,
    /// Nanoseconds.
    waited: AtomicU64,
}

impl Counts {
    fn event(&self) {
        self.events.fetch_add(1, Relaxed);
    }

    fn served(&self, waited: Duration) {
        self.units.fetch_add(1, Relaxed);
        self.waited.fetch_add(waited.as_nanos() as u64, Relaxed);
    }
}

/// A generator that has a default, as a field that is not kept must.
struct Chance(Inversion);

impl Chance {
    fn new(seed: u64) -> Self {
        Self(Inversion::new(seed))
    }

    fn exponential(&mut self, mean_nanos: f64) -> Duration {
        Duration::from_nanos(self.0.exponential(mean_nanos))
    }
}

impl Default for Chance {
    fn default() -> Self {
        Self::new(0)
    }
}

#[derive(Serialize, Deserialize)]
struct Holder {
    n: usize,
    #[serde(skip)]
    chance: Chance,
    #[serde(skip)]
    counts: Arc<Counts>,
}

#[Model]
impl Holder {
    #[nexosim(init)]
    async fn init(&mut self, context: &Context<Self>) {
        for number in 0..self.n as u32 {
            self.plan(number, context);
        }
    }

    fn plan(&mut self, number: u32, context: &Context<Self>) {
        let gap = self.chance.exponential(SECOND);
        context.schedule_event(gap, schedulable!(Self::again), number).expect("the gap is not zero");
    }

    #[nexosim(schedulable)]
    fn again(&mut self, number: u32, context: &Context<Self>) {
        self.counts.event();
        self.plan(number, context);
    }
}

#[derive(Default, Serialize, Deserialize)]
struct Source {
    to_come: u64,
    customers: Output<()>,
    #[serde(skip)]
    chance: Chance,
    #[serde(skip)]
    counts: Arc<Counts>,
}

#[Model]
impl Source {
    #[nexosim(init)]
    async fn init(&mut self, context: &Context<Self>) {
        self.plan(context);
    }

    fn plan(&mut self, context: &Context<Self>) {
        let gap = self.chance.exponential(MM4_GAP);
        context.schedule_event(gap, schedulable!(Self::arrive), ()).expect("the gap is not zero");
    }

    #[nexosim(schedulable)]
    async fn arrive(&mut self, _: (), context: &Context<Self>) {
        self.counts.event();
        if self.to_come > 0 {
            self.to_come -= 1;
            self.plan(context);
            self.customers.send(()).await;
        }
    }
}

#[derive(Default, Serialize, Deserialize)]
struct Queue {
    busy: usize,
    waiting: VecDeque<MonotonicTime>,
    #[serde(skip)]
    chance: Chance,
    #[serde(skip)]
    counts: Arc<Counts>,
}

#[Model]
impl Queue {
    fn arrive(&mut self, _: (), context: &Context<Self>) {
        if self.busy < MM4_SERVERS {
            self.busy += 1;
            self.serve(context.time(), context);
        } else {
            self.waiting.push_back(context.time());
        }
    }

    fn serve(&mut self, arrived: MonotonicTime, context: &Context<Self>) {
        self.counts.served(context.time().duration_since(arrived));
        let service = self.chance.exponential(SECOND);
        context.schedule_event(service, schedulable!(Self::depart), ()).expect("the service is not zero");
    }

    #[nexosim(schedulable)]
    fn depart(&mut self, _: (), context: &Context<Self>) {
        self.counts.event();
        match self.waiting.pop_front() {
            Some(arrived) => self.serve(arrived, context),
            None => self.busy -= 1,
        }
    }
}
