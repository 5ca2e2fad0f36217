//! Queues against queueing theory. Each figure is the mean of independent replications and must lie within three
//! half-widths of its 95 % interval: some eight standard errors at nine degrees of freedom, so that a false alarm is a
//! matter of one in many millions, while long runs keep the interval narrow enough to notice a fault.

use std::collections::BTreeSet;

use rand_distr::{Distribution, Exp1};
use sim_core::{
    Agenda, Arrival, BatchServer, Event, Handle, Moments, Place, ProcessorSharing, Simulation, Span, Station, Stream,
    Streams, Time, TimeAverage, World,
};

const REPLICATIONS: u64 = 10;

/// Mean of f over replications, checked against `expected`.
fn check(what: &str, expected: f64, f: impl Fn(Streams) -> f64) {
    let values: Moments = (0..REPLICATIONS).map(|replication| f(Streams::new(1, replication))).collect();
    let estimate = values.estimate().unwrap();
    let within = 3.0 * estimate.half_width.unwrap();
    assert!(within < 0.2 * expected, "{what}: ±{within} is too wide to tell anything about {expected}");
    let found = estimate.mean;
    assert!((found - expected).abs() < within, "{what}: {found} ± {within}, theory says {expected}");
}

/// How long a customer is served, on average 1 s.
#[derive(Clone, Copy)]
enum Service {
    Exponential,
    Constant,
    /// Short or long with the given probability of long: very uneven.
    Hyper(f64),
}

fn exponential(random: &mut Stream) -> f64 {
    Exp1.sample(random)
}

impl Service {
    fn draw(self, random: &mut Stream) -> f64 {
        match self {
            Service::Exponential => exponential(random),
            Service::Constant => 1.0,
            Service::Hyper(long) => {
                use rand::RngExt;
                // Half of the work is done for the few long ones.
                let mean = if random.random::<f64>() < long { 0.5 / long } else { 0.5 / (1.0 - long) };
                mean * exponential(random)
            }
        }
    }

    /// E[S²].
    fn second_moment(self) -> f64 {
        match self {
            Service::Exponential => 2.0,
            Service::Constant => 1.0,
            Service::Hyper(long) => 2.0 * (0.25 / long + 0.25 / (1.0 - long)),
        }
    }
}

#[derive(Clone, Copy)]
enum Step {
    Arrive,
    Depart(Time),
}

/// When everything is over.
const HORIZON: Time = Time::from_nanos(60_000_000_000_000);

/// Little's law (1961) on one sample path, without any expectation: the integral of the number present is the sum of the
/// times that those who came were there, who is still there at the end included.
struct Little {
    present: TimeAverage,
    there: f64,
    came: u64,
}

impl Little {
    fn new() -> Self {
        Self { present: TimeAverage::new(Time::ZERO, 0.0), there: 0.0, came: 0 }
    }

    fn comes(&mut self, now: Time) {
        self.came += 1;
        self.present.set(now, self.present.value() + 1.0);
    }

    fn goes(&mut self, arrived: Time, now: Time) {
        self.there += (now - arrived).as_secs();
        self.present.set(now, self.present.value() - 1.0);
    }

    /// The mean number present, once it is certain that L = λ·W holds; `left` are the arrivals of those still there.
    fn check(&self, left: impl Iterator<Item = Time>) -> f64 {
        let there = self.there + left.map(|arrived| (HORIZON - arrived).as_secs()).sum::<f64>();
        let (l, seconds) = (self.present.mean(HORIZON), HORIZON.as_secs());
        let (rate, stay) = (self.came as f64 / seconds, there / self.came as f64);
        assert!((l - rate * stay).abs() < 1e-9 * l, "L = {l}, λ·W = {}", rate * stay);
        l
    }
}

impl Event for Step {
    /// Who leaves makes room for who comes.
    fn rank(&self) -> u8 {
        matches!(self, Step::Arrive).into()
    }
}

/// Poisson arrivals at a station.
struct Queue {
    station: Station<Time>,
    rate: f64,
    service: Service,
    arrivals: Stream,
    services: Stream,
    waits: Moments,
    responses: Vec<f64>,
    offered: u64,
    lost: u64,
    warm: Time,
    little: Little,
    inside: BTreeSet<Time>,
}

impl Queue {
    fn run(streams: Streams, servers: usize, room: Option<usize>, rate: f64, service: Service) -> Self {
        let queue = Queue {
            station: Station::new(servers, room),
            rate,
            service,
            arrivals: streams.open("arrivals", 0),
            services: streams.open("services", 0),
            waits: Moments::default(),
            responses: Vec::new(),
            offered: 0,
            lost: 0,
            warm: Time::ZERO + Span::from_secs(2_000.0),
            little: Little::new(),
            inside: BTreeSet::new(),
        };
        let mut simulation = Simulation::new(queue);
        simulation.agenda.after(Span::ZERO, Step::Arrive);
        simulation.run_until(HORIZON);
        simulation.world
    }

    /// The mean number present, under Little's law.
    fn present(&self) -> f64 {
        self.little.check(self.inside.iter().copied())
    }

    fn serve(&mut self, arrived: Time, now: Time, agenda: &mut Agenda<Step>) {
        if arrived >= self.warm {
            self.waits.add((now - arrived).as_secs());
        }
        let service = Span::from_secs(self.service.draw(&mut self.services));
        agenda.after(service, Step::Depart(arrived));
    }
}

impl World for Queue {
    type Event = Step;

    fn handle(&mut self, now: Time, step: Step, agenda: &mut Agenda<Step>) {
        match step {
            Step::Arrive => {
                self.offered += 1;
                let arrival = self.station.arrive(now);
                if !matches!(arrival, Arrival::Rejected(_)) {
                    self.little.comes(now);
                    self.inside.insert(now);
                }
                match arrival {
                    Arrival::Starts(arrived) => self.serve(arrived, now, agenda),
                    Arrival::Waits(_) => {}
                    Arrival::Rejected(_) => self.lost += 1,
                }
                agenda.after(Span::from_secs(exponential(&mut self.arrivals) / self.rate), Step::Arrive);
            }
            Step::Depart(arrived) => {
                self.little.goes(arrived, now);
                self.inside.remove(&arrived);
                if arrived >= self.warm {
                    self.responses.push((now - arrived).as_secs());
                }
                if let Some(next) = self.station.depart() {
                    self.serve(next, now, agenda);
                }
            }
        }
    }
}

/// Probability that a customer waits in M/M/c (Erlang, 1917).
fn erlang_c(servers: u32, load: f64) -> f64 {
    let term = |k: u32| (1..=k).fold(1.0, |product, i| product * load / f64::from(i));
    let last = term(servers) / (1.0 - load / f64::from(servers));
    last / ((0..servers).map(term).sum::<f64>() + last)
}

#[test]
fn m_m_1() {
    check("M/M/1 wait", 0.7 / 0.3, |streams| Queue::run(streams, 1, None, 0.7, Service::Exponential).waits.mean());
    check("M/M/1 number", 0.7 / 0.3, |streams| Queue::run(streams, 1, None, 0.7, Service::Exponential).present());
}

/// The response time of M/M/1 is exponential with rate μ − λ: its quantiles, not only its mean.
#[test]
fn response_quantiles_in_m_m_1() {
    for p in [0.5, 0.9, 0.99] {
        check("M/M/1 quantile", -(1.0f64 - p).ln() / 0.3, |streams| {
            let mut responses = Queue::run(streams, 1, None, 0.7, Service::Exponential).responses;
            responses.sort_by(f64::total_cmp);
            sim_core::quantile(&responses, p).unwrap()
        });
    }
}

#[test]
fn m_m_c() {
    let wait = erlang_c(4, 3.2) / (4.0 - 3.2);
    check("M/M/4 wait", wait, |streams| Queue::run(streams, 4, None, 3.2, Service::Exponential).waits.mean());
    check("M/M/4 number", 3.2 * (wait + 1.0), |streams| {
        Queue::run(streams, 4, None, 3.2, Service::Exponential).present()
    });
}

/// Wq = ρ/(2μ(1 − ρ)): half of what it is with exponential service.
#[test]
fn m_d_1() {
    let wait = 0.7 / (2.0 * 0.3);
    check("M/D/1 wait", wait, |streams| Queue::run(streams, 1, None, 0.7, Service::Constant).waits.mean());
    check("M/D/1 number", 0.7 * (wait + 1.0), |streams| Queue::run(streams, 1, None, 0.7, Service::Constant).present());
}

/// Wq = λ·E[S²] / (2(1 − ρ)) (Pollaczek, 1930; Khinchine, 1932).
#[test]
fn m_g_1() {
    let service = Service::Hyper(0.1);
    let wait = 0.6 * service.second_moment() / (2.0 * 0.4);
    check("M/G/1 wait", wait, |streams| Queue::run(streams, 1, None, 0.6, service).waits.mean());
    check("M/G/1 number", 0.6 * (wait + 1.0), |streams| Queue::run(streams, 1, None, 0.6, service).present());
}

/// M/M/c/K: arrivals see time averages, so the share lost is the probability that the queue is full.
#[test]
fn m_m_c_k() {
    let (servers, room, load) = (3u32, 2u32, 2.5f64);
    let weight = |k: u32| (1..=k).fold(1.0, |product, i| product * load / f64::from(i.min(servers)));
    let expected = weight(servers + room) / (0..=servers + room).map(weight).sum::<f64>();
    check("M/M/3/5 loss", expected, |streams| {
        let queue = Queue::run(streams, servers as usize, Some(room as usize), load, Service::Exponential);
        queue.lost as f64 / queue.offered as f64
    });
    let number = (0..=servers + room).map(|k| f64::from(k) * weight(k)).sum::<f64>()
        / (0..=servers + room).map(weight).sum::<f64>();
    check("M/M/3/5 number", number, |streams| {
        Queue::run(streams, servers as usize, Some(room as usize), load, Service::Exponential).present()
    });
}

/// Two classes before one server, and customers whose patience is exponential.
struct Impatient {
    station: Station<(usize, Time)>,
    rates: [f64; 2],
    /// How many of those who wait give up, a second.
    renege: f64,
    draws: Stream,
    waits: [Moments; 2],
    offered: u64,
    reneged: u64,
    little: Little,
    inside: BTreeSet<Time>,
}

#[derive(Clone, Copy)]
enum Turn {
    Arrive(usize),
    Depart(Time),
    GiveUp(Place, Time),
}

impl Event for Turn {}

impl Impatient {
    fn run(streams: Streams, rates: [f64; 2], renege: f64) -> Self {
        let mut simulation = Simulation::new(Self {
            station: Station::new(1, None),
            rates,
            renege,
            draws: streams.open("draws", 0),
            waits: [Moments::default(); 2],
            offered: 0,
            reneged: 0,
            little: Little::new(),
            inside: BTreeSet::new(),
        });
        for class in (0..2).filter(|class| rates[*class] > 0.0) {
            simulation.agenda.after(Span::from_nanos(class as u64), Turn::Arrive(class));
        }
        simulation.run_until(HORIZON);
        simulation.world
    }

    fn draw(&mut self, rate: f64) -> Span {
        Span::from_secs(exponential(&mut self.draws) / rate)
    }

    fn serve(&mut self, (class, arrived): (usize, Time), now: Time, agenda: &mut Agenda<Turn>) {
        self.waits[class].add((now - arrived).as_secs());
        agenda.after(self.draw(1.0), Turn::Depart(arrived));
    }

    fn gone(&mut self, arrived: Time, now: Time) {
        self.little.goes(arrived, now);
        self.inside.remove(&arrived);
    }
}

impl World for Impatient {
    type Event = Turn;

    fn handle(&mut self, now: Time, turn: Turn, agenda: &mut Agenda<Turn>) {
        match turn {
            Turn::Arrive(class) => {
                self.offered += 1;
                self.little.comes(now);
                self.inside.insert(now);
                agenda.after(self.draw(self.rates[class]), Turn::Arrive(class));
                match self.station.arrive_as(class, (class, now)) {
                    Arrival::Starts(customer) => self.serve(customer, now, agenda),
                    Arrival::Waits(place) if self.renege > 0.0 => {
                        agenda.after(self.draw(self.renege), Turn::GiveUp(place, now));
                    }
                    Arrival::Waits(_) | Arrival::Rejected(_) => {}
                }
            }
            Turn::Depart(arrived) => {
                self.gone(arrived, now);
                if let Some(next) = self.station.depart() {
                    self.serve(next, now, agenda);
                }
            }
            Turn::GiveUp(place, arrived) => {
                if self.station.renege(place) {
                    self.reneged += 1;
                    self.gone(arrived, now);
                }
            }
        }
    }
}

/// Urgent customers wait W0/(1 − ρ1), the others W0/((1 − ρ1)(1 − ρ)), where W0 = ρ for exponential service of 1 s
/// (Cobham, 1954).
#[test]
fn m_m_1_with_priorities() {
    let rates = [0.3, 0.4];
    check("urgent", 0.7 / 0.7, |streams| Impatient::run(streams, rates, 0.0).waits[0].mean());
    check("patient", 0.7 / (0.7 * 0.3), |streams| Impatient::run(streams, rates, 0.0).waits[1].mean());
    // The order of service changes who waits, and not how many do.
    check("number", 0.7 / 0.3, |streams| {
        let queue = Impatient::run(streams, rates, 0.0);
        queue.little.check(queue.inside.iter().copied())
    });
}

/// M/M/1+M (Palm, 1957): with n present, they leave at μ + (n − 1)·θ.
#[test]
fn m_m_1_with_reneging() {
    let (rate, renege) = (1.2, 0.5);
    let mut weights = vec![1.0];
    for n in 1..200 {
        weights.push(weights[n - 1] * rate / (1.0 + (n as f64 - 1.0) * renege));
    }
    let total: f64 = weights.iter().sum();
    let number = weights.iter().enumerate().map(|(n, w)| n as f64 * w).sum::<f64>() / total;
    let waiting = number - (1.0 - weights[0] / total);
    check("share that gives up", renege * waiting / rate, |streams| {
        let queue = Impatient::run(streams, [rate, 0.0], renege);
        queue.reneged as f64 / queue.offered as f64
    });
    check("number", number, |streams| {
        let queue = Impatient::run(streams, [rate, 0.0], renege);
        queue.little.check(queue.inside.iter().copied())
    });
}

/// Jobs that share one server.
struct Shared {
    sharing: ProcessorSharing,
    next: Option<Handle>,
    arrived: Vec<Time>,
    rate: f64,
    service: Service,
    arrivals: Stream,
    services: Stream,
    responses: Moments,
    little: Little,
}

#[derive(Clone, Copy)]
enum Move {
    Arrive,
    Leave,
}

impl Event for Move {}

impl World for Shared {
    type Event = Move;

    fn handle(&mut self, now: Time, event: Move, agenda: &mut Agenda<Move>) {
        match event {
            Move::Arrive => {
                let work = self.service.draw(&mut self.services);
                self.sharing.arrive(now, self.arrived.len() as u64, work);
                self.arrived.push(now);
                self.little.comes(now);
                agenda.after(Span::from_secs(exponential(&mut self.arrivals) / self.rate), Move::Arrive);
            }
            Move::Leave => {
                if let Some((_, job)) = self.sharing.next() {
                    self.sharing.leave(now, job);
                    self.little.goes(self.arrived[job as usize], now);
                    self.responses.add((now - self.arrived[job as usize]).as_secs());
                }
            }
        }
        if let Some(old) = self.next.take() {
            agenda.cancel(old);
        }
        self.next = self.sharing.next().map(|(at, _)| agenda.timer(at, Move::Leave));
    }
}

/// Under processor sharing the mean response time is E[S]/(1 − ρ), whatever the distribution of S: insensitivity.
#[test]
fn m_g_1_under_processor_sharing() {
    let run = |streams: Streams, service| {
        let mut simulation = Simulation::new(Shared {
            sharing: ProcessorSharing::new(1.0, f64::INFINITY),
            next: None,
            arrived: Vec::new(),
            rate: 0.6,
            service,
            arrivals: streams.open("arrivals", 0),
            services: streams.open("services", 0),
            responses: Moments::default(),
            little: Little::new(),
        });
        simulation.agenda.after(Span::ZERO, Move::Arrive);
        simulation.run_until(HORIZON);
        simulation.world
    };
    for service in [Service::Exponential, Service::Constant, Service::Hyper(0.1)] {
        check("M/G/1-PS response", 1.0 / 0.4, |streams| run(streams, service).responses.mean());
        check("M/G/1-PS number", 0.6 / 0.4, |streams| {
            let shared = run(streams, service);
            shared.little.check(shared.sharing.jobs().map(|job| shared.arrived[job as usize]))
        });
    }
}

/// Jobs for a server that takes them in batches.
struct Batching {
    server: BatchServer<Time>,
    rate: f64,
    arrivals: Stream,
    sizes: Moments,
    little: Little,
    inside: BTreeSet<Time>,
    running: Vec<Vec<Time>>,
}

#[derive(Clone, Copy)]
enum Beat {
    Arrive,
    Done,
}

impl Event for Beat {
    fn rank(&self) -> u8 {
        matches!(self, Beat::Arrive).into()
    }
}

impl World for Batching {
    type Event = Beat;

    fn handle(&mut self, now: Time, beat: Beat, agenda: &mut Agenda<Beat>) {
        match beat {
            Beat::Arrive => {
                self.little.comes(now);
                self.inside.insert(now);
                self.server.arrive(now, now);
                agenda.after(Span::from_secs(exponential(&mut self.arrivals) / self.rate), Beat::Arrive);
            }
            Beat::Done => {
                self.server.finish();
                for arrived in self.running.pop().unwrap_or_default() {
                    self.little.goes(arrived, now);
                    self.inside.remove(&arrived);
                }
            }
        }
        while let Some(batch) = self.server.start(now) {
            self.sizes.add(batch.len() as f64);
            self.running.push(batch);
            agenda.after(Span::from_secs(1.0), Beat::Done);
        }
    }
}

/// With batches of any size and a server that takes a second for one as for many, it works off its whole queue every
/// time: λ jobs a batch on average, and one more when it would have been none.
#[test]
fn batch_service() {
    let run = |streams: Streams| {
        let mut simulation = Simulation::new(Batching {
            server: BatchServer::new(1, usize::MAX, Span::ZERO),
            rate: 5.0,
            arrivals: streams.open("arrivals", 0),
            sizes: Moments::default(),
            little: Little::new(),
            inside: BTreeSet::new(),
            running: Vec::new(),
        });
        simulation.agenda.after(Span::ZERO, Beat::Arrive);
        simulation.run_until(HORIZON);
        simulation.world
    };
    // After a second without arrivals, e⁻⁵ of the time, it waits for one job and takes that alone.
    check("mean batch", 5.0 + (-5.0f64).exp(), |streams| run(streams).sizes.mean());
    // Busy but for those gaps, so each job waits half a second and is served for one.
    let cycle = 1.0 + (-5.0f64).exp() / 5.0;
    let stay = (1.5 * 5.0 + (-5.0f64).exp()) / (5.0 + (-5.0f64).exp());
    check("number", stay * (5.0 + (-5.0f64).exp()) / cycle, |streams| {
        let batching = run(streams);
        batching.little.check(batching.inside.iter().copied())
    });
}
