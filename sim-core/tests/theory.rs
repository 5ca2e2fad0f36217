//! Queues against queueing theory. Each figure is the mean of independent replications and must lie within three
//! half-widths of its 95 % interval: some eight standard errors at nine degrees of freedom, so that a false alarm is a
//! matter of one in many millions, while long runs keep the interval narrow enough to notice a fault.

use rand_distr::{Distribution, Exp1};
use sim_core::{
    Agenda, Arrival, BatchServer, Event, Handle, Moments, ProcessorSharing, Simulation, Span, Station, Stream, Streams,
    Time, World,
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
        };
        let mut simulation = Simulation::new(queue);
        simulation.agenda.after(Span::ZERO, Step::Arrive);
        simulation.run_until(Time::ZERO + Span::from_secs(60_000.0));
        simulation.world
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
                match self.station.arrive(now) {
                    Arrival::Starts(arrived) => self.serve(arrived, now, agenda),
                    Arrival::Waits => {}
                    Arrival::Rejected(_) => self.lost += 1,
                }
                agenda.after(Span::from_secs(exponential(&mut self.arrivals) / self.rate), Step::Arrive);
            }
            Step::Depart(arrived) => {
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
fn waits_in_m_m_1() {
    check("M/M/1 wait", 0.7 / 0.3, |streams| Queue::run(streams, 1, None, 0.7, Service::Exponential).waits.mean());
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
fn waits_in_m_m_c() {
    let expected = erlang_c(4, 3.2) / (4.0 - 3.2);
    check("M/M/4 wait", expected, |streams| Queue::run(streams, 4, None, 3.2, Service::Exponential).waits.mean());
}

/// Wq = λ·E[S²] / (2(1 − ρ)) (Pollaczek, 1930; Khinchine, 1932); with constant service that is M/D/1.
#[test]
fn waits_in_m_g_1() {
    for service in [Service::Constant, Service::Hyper(0.1)] {
        let expected = 0.6 * service.second_moment() / (2.0 * 0.4);
        check("M/G/1 wait", expected, |streams| Queue::run(streams, 1, None, 0.6, service).waits.mean());
    }
}

/// M/M/c/K: arrivals see time averages, so the share lost is the probability that the queue is full.
#[test]
fn losses_in_m_m_c_k() {
    let (servers, room, load) = (3u32, 2u32, 2.5f64);
    let weight = |k: u32| (1..=k).fold(1.0, |product, i| product * load / f64::from(i.min(servers)));
    let expected = weight(servers + room) / (0..=servers + room).map(weight).sum::<f64>();
    check("M/M/3/5 loss", expected, |streams| {
        let queue = Queue::run(streams, servers as usize, Some(room as usize), load, Service::Exponential);
        queue.lost as f64 / queue.offered as f64
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
                agenda.after(Span::from_secs(exponential(&mut self.arrivals) / self.rate), Move::Arrive);
            }
            Move::Leave => {
                if let Some((_, job)) = self.sharing.next() {
                    self.sharing.leave(now, job);
                    self.responses.add((now - self.arrived[job as usize]).as_secs());
                }
            }
        }
        if let Some(old) = self.next.take() {
            agenda.cancel(old);
        }
        self.next = self.sharing.next().map(|(at, _)| agenda.at(at, Move::Leave));
    }
}

/// Under processor sharing the mean response time is E[S]/(1 − ρ), whatever the distribution of S: insensitivity.
#[test]
fn responses_under_processor_sharing() {
    for service in [Service::Exponential, Service::Constant, Service::Hyper(0.1)] {
        check("M/G/1-PS response", 1.0 / 0.4, |streams| {
            let mut simulation = Simulation::new(Shared {
                sharing: ProcessorSharing::new(1.0, f64::INFINITY),
                next: None,
                arrived: Vec::new(),
                rate: 0.6,
                service,
                arrivals: streams.open("arrivals", 0),
                services: streams.open("services", 0),
                responses: Moments::default(),
            });
            simulation.agenda.after(Span::ZERO, Move::Arrive);
            simulation.run_until(Time::ZERO + Span::from_secs(60_000.0));
            simulation.world.responses.mean()
        });
    }
}

/// With batches of any size and a server that takes as long for one as for many, a saturated batch server works off its
/// whole queue every time: λ·s jobs a batch on average, and one more when it would have been none.
#[test]
fn batches_grow_with_the_load() {
    // After a second without arrivals, e⁻⁵ of the time, it waits for one job and takes that alone.
    check("mean batch", 5.0 + (-5.0f64).exp(), |streams| {
        let (mut now, mut random, mut sizes) = (0.0, streams.open("arrivals", 0), Moments::default());
        let mut server = BatchServer::new(1, usize::MAX, Span::ZERO);
        let at = |seconds: f64| Time::ZERO + Span::from_secs(seconds);
        let mut arrival = exponential(&mut random) / 5.0;
        for _ in 0..20_000 {
            while arrival <= now || server.waiting() == 0 {
                now = f64::max(now, arrival);
                server.arrive(at(arrival), ());
                arrival += exponential(&mut random) / 5.0;
            }
            let batch = server.start(at(now)).unwrap();
            sizes.add(batch.len() as f64);
            now += 1.0;
            server.finish();
        }
        sizes.mean()
    });
}
