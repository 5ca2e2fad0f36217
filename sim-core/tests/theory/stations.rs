//! Queues in front of one or more servers.

use std::collections::BTreeSet;

use sim_core::{Agenda, Arrival, Event, Moments, Simulation, Span, Station, Stream, Streams, Time, World};

use crate::chain::{Chain, Reward};
use crate::common::{Figure, Little, Service, check, exponential};

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
    /// Response times that are looked for, and how many were longer.
    limits: Vec<(f64, u64)>,
    responses: u64,
    offered: u64,
    lost: u64,
    little: Little,
    inside: BTreeSet<Time>,
}

impl Queue {
    fn new(streams: Streams, rate: f64, service: Service) -> Self {
        Queue {
            station: Station::new(1, None),
            rate,
            service,
            arrivals: streams.open("arrivals", 0),
            services: streams.open("services", 0),
            waits: Moments::default(),
            limits: Vec::new(),
            responses: 0,
            offered: 0,
            lost: 0,
            little: Little::new(),
            inside: BTreeSet::new(),
        }
    }

    fn run(self, end: Time) -> Self {
        let mut simulation = Simulation::new(self);
        simulation.agenda.after(Span::ZERO, Step::Arrive);
        simulation.run_until(end);
        simulation.world
    }

    /// The mean wait, and the mean number present under Little's law.
    fn wait_and_number(&self, end: Time) -> [f64; 2] {
        [self.waits.mean(), self.little.check(end, self.inside.iter().copied())]
    }

    fn serve(&mut self, arrived: Time, now: Time, agenda: &mut Agenda<Step>) {
        self.waits.add((now - arrived).as_secs());
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
                self.responses += 1;
                let response = (now - arrived).as_secs();
                self.limits.iter_mut().for_each(|(limit, longer)| *longer += u64::from(response > *limit));
                if let Some(next) = self.station.depart() {
                    self.serve(next, now, agenda);
                }
            }
        }
    }
}

/// The mean wait and the mean number present in M/G/1, by Pollaczek (1930) and Khinchine (1932): Wq = λ·E[S²]/(2(1 − ρ)).
///
/// How they scatter: with V the work present, which an arrival finds as its wait W, h = V²/(2(1 − ρ)) solves Poisson's
/// equation for V, so the sum of the waits is a martingale that jumps by W + λ(h(W + S) − h(W)) = W(1 + aS) + aS²/2 at
/// each arrival, where a = λ/(1 − ρ). For the mean wait, each jump is less the mean; for the time that customers are
/// there, it is S more. E[W²] is by Takács (1962).
fn pollaczek_khinchine(rate: f64, service: Service, what: [&'static str; 2]) -> [Figure; 2] {
    let [s1, s2, s3, s4] = [1, 2, 3, 4].map(|n| service.moment(n));
    let a = rate / (1.0 - rate * s1);
    let wait = a * s2 / 2.0;
    let squared = 2.0 * wait * wait + a * s3 / 3.0;
    let jump = wait * (1.0 + a * s1) + a * s2 / 2.0;
    let jump_squared = squared * (1.0 + 2.0 * a * s1 + a * a * s2) + wait * (a * s2 + a * a * s3) + a * a * s4 / 4.0;
    let jump_and_service = wait * (s1 + a * s2) + a * s3 / 2.0;
    [
        Figure { what: what[0], mean: wait, variance: (jump_squared - 2.0 * wait * jump + wait * wait) / rate },
        Figure {
            what: what[1],
            mean: rate * (wait + s1),
            variance: rate * (jump_squared + 2.0 * jump_and_service + s2),
        },
    ]
}

/// Two closed forms for M/M/1: the wait scatters by ρ(2 + 5ρ − 4ρ² + ρ³)/(1 − ρ)⁴ an arrival (Daley, 1968), and the number
/// present as the chain of its states does.
#[test]
fn scatter_is_that_of_closed_forms() {
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-9 * b, "{a}, not {b}");
    let [wait, number] = pollaczek_khinchine(0.5, Service::Exponential, ["", ""]);
    let daley = 0.5 * (2.0 + 5.0 * 0.5 - 4.0 * 0.25 + 0.125) / 0.5f64.powi(4);
    close(wait.variance, daley / 0.5);
    let present = Reward { a_second: Some(&|present| present as f64), ..Reward::default() };
    close(number.variance, Chain::m_m_c(0.5, 1).variance_a_second(&present));
    close(number.mean, Chain::m_m_c(0.5, 1).a_second(&present));
}

#[test]
fn m_m_1() {
    check(pollaczek_khinchine(0.5, Service::Exponential, ["M/M/1 wait", "M/M/1 number"]), |streams, end| {
        Queue::new(streams, 0.5, Service::Exponential).run(end).wait_and_number(end)
    });
}

/// Half of what it is with exponential service.
#[test]
fn m_d_1() {
    check(pollaczek_khinchine(0.7, Service::Constant, ["M/D/1 wait", "M/D/1 number"]), |streams, end| {
        Queue::new(streams, 0.7, Service::Constant).run(end).wait_and_number(end)
    });
}

#[test]
fn m_g_1() {
    check(pollaczek_khinchine(0.5, Service::Hyper, ["M/G/1 wait", "M/G/1 number"]), |streams, end| {
        Queue::new(streams, 0.5, Service::Hyper).run(end).wait_and_number(end)
    });
}

/// Load of the queue whose response times are looked at.
const LOAD: f64 = 0.5;

/// How the share of responses longer than `limit` scatters in M/M/1, an arrival, and that share.
///
/// With V the work present, g solves Poisson's equation for λ·P(V + S > limit): its slope is 0 at 0, grows like
/// e^((1 − λ)x) up to the limit and is constant beyond. An arrival that finds W and brings S makes the martingale jump
/// by 1[W + S > limit] − share + g(W + S) − g(W); W is 0 with probability 1 − λ and exponential otherwise.
fn longer_than(limit: f64) -> (f64, f64) {
    const DRAWS: u32 = 200;
    let slack = 1.0 - LOAD;
    let share = (-slack * limit).exp();
    let g = |x: f64| {
        let grown = (slack * (x.min(limit) - limit)).exp() - share;
        let up_to_limit = (LOAD / slack * grown - LOAD * share * x.min(limit)) / slack;
        up_to_limit + (x - limit).max(0.0) * LOAD * (1.0 - share) / slack
    };
    // Midpoints of equally likely parts of an exponential distribution.
    let exponential = || (0..DRAWS).map(|draw| -(1.0 - (f64::from(draw) + 0.5) / f64::from(DRAWS)).ln());
    let squared_jump = |w: f64| {
        let jump = |s: f64| f64::from(w + s > limit) - share + g(w + s) - g(w);
        exponential().map(|s| jump(s).powi(2)).sum::<f64>() / f64::from(DRAWS)
    };
    let busy = exponential().map(|w| squared_jump(w / slack)).sum::<f64>() / f64::from(DRAWS);
    ((1.0 - LOAD) * squared_jump(0.0) + LOAD * busy, share)
}

/// The response time of M/M/1 is exponential with rate μ − λ: its quantiles, not only its mean. If a quantile is 2 %
/// further out, the share of longer responses is smaller by 2 % of the quantile times the density there.
#[test]
fn response_quantiles_in_m_m_1() {
    let limits = [0.5f64, 0.9, 0.99].map(|p| -(1.0 - p).ln() / (1.0 - LOAD));
    let names = ["M/M/1 median", "M/M/1 90 %", "M/M/1 99 %"];
    let figure = |place: usize| {
        let limit = limits[place];
        let (variance, share) = longer_than(limit);
        let density = (1.0 - LOAD) * share;
        Figure { what: names[place], mean: limit, variance: variance / LOAD / (density * density) }
    };
    check([0, 1, 2].map(figure), |streams, end| {
        let mut queue = Queue::new(streams, LOAD, Service::Exponential);
        queue.limits = limits.map(|limit| (limit, 0)).to_vec();
        let queue = queue.run(end);
        let quantile = |place: usize| {
            let (limit, longer) = queue.limits[place];
            let share = (-(1.0 - LOAD) * limit).exp();
            // To first order, where the quantile lies.
            limit + (longer as f64 / queue.responses as f64 - share) / ((1.0 - LOAD) * share)
        };
        [0, 1, 2].map(quantile)
    });
}

/// Probability that a customer waits in M/M/c (Erlang, 1917).
fn erlang_c(servers: u32, load: f64) -> f64 {
    let term = |k: u32| (1..=k).fold(1.0, |product, i| product * load / f64::from(i));
    let last = term(servers) / (1.0 - load / f64::from(servers));
    last / ((0..servers).map(term).sum::<f64>() + last)
}

#[test]
fn m_m_c() {
    let (servers, load) = (4, 2.8);
    let wait = erlang_c(servers, load) / (f64::from(servers) - load);
    let chain = Chain::m_m_c(load, servers as usize);
    let waiting = Reward { a_second: Some(&|n| n.saturating_sub(4) as f64), ..Reward::default() };
    let present = Reward { a_second: Some(&|n| n as f64), ..Reward::default() };
    let figures = [
        Figure { what: "M/M/4 wait", mean: wait, variance: chain.variance_an_arrival(&waiting) },
        Figure { what: "M/M/4 number", mean: load * (wait + 1.0), variance: chain.variance_a_second(&present) },
    ];
    check(figures, |streams, end| {
        let mut queue = Queue::new(streams, load, Service::Exponential);
        queue.station = Station::new(servers as usize, None);
        queue.run(end).wait_and_number(end)
    });
}

/// M/M/c/K: arrivals see time averages, so the share lost is the probability that the queue is full.
#[test]
fn m_m_c_k() {
    let (servers, room, load) = (3u32, 2u32, 2.5f64);
    let weight = |k: u32| (1..=k).fold(1.0, |product, i| product * load / f64::from(i.min(servers)));
    let all: f64 = (0..=servers + room).map(weight).sum();
    let number = (0..=servers + room).map(|k| f64::from(k) * weight(k)).sum::<f64>() / all;
    let chain = Chain::new(load, (0..=servers + room).map(|n| (f64::from(n.min(servers)), 0.0)));
    let losses = Reward { a_loss: 1.0, ..Reward::default() };
    let present = Reward { a_second: Some(&|n| n as f64), ..Reward::default() };
    let figures = [
        Figure {
            what: "M/M/3/5 loss",
            mean: weight(servers + room) / all,
            variance: chain.variance_an_arrival(&losses),
        },
        Figure { what: "M/M/3/5 number", mean: number, variance: chain.variance_a_second(&present) },
    ];
    check(figures, |streams, end| {
        let mut queue = Queue::new(streams, load, Service::Exponential);
        queue.station = Station::new(servers as usize, Some(room as usize));
        let queue = queue.run(end);
        [queue.lost as f64 / queue.offered as f64, queue.wait_and_number(end)[1]]
    });
}
