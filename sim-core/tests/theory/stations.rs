//! Queues in front of one or more servers.

use std::collections::BTreeSet;

use sim_core::{Agenda, Arrival, Event, Moments, Simulation, Span, Station, Stream, Streams, Time, World};

use crate::common::{HORIZON, Little, Service, check, exponential};

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
