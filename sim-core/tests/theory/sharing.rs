//! Processor sharing.

use sim_core::{Agenda, Event, Handle, Moments, ProcessorSharing, Simulation, Span, Stream, Time, World};

use crate::chain::{Chain, Reward};
use crate::common::{Figure, Little, Service, check, exponential};

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

/// Under processor sharing the mean response time is E[S]/(1 − ρ), whatever the distribution of S: insensitivity. How it
/// scatters is known for exponential service, where the number present is that of M/M/1; `others` is a bound for the
/// rest, and more than the seeds' scatter allows for would be noticed.
fn responds_like_m_m_1(service: Service, names: [&'static str; 2], others: Option<[f64; 2]>) {
    let rate = 0.5;
    let chain = Chain::m_m_c(rate, 1);
    let present = Reward { a_second: Some(&|n| n as f64), ..Reward::default() };
    let [response, number] = others.unwrap_or([chain.variance_an_arrival(&present), chain.variance_a_second(&present)]);
    let figures = [
        Figure { what: names[0], mean: 1.0 / (1.0 - rate), variance: response },
        Figure { what: names[1], mean: rate / (1.0 - rate), variance: number },
    ];
    check(figures, |streams, end| {
        let mut simulation = Simulation::new(Shared {
            sharing: ProcessorSharing::new(1.0, f64::INFINITY),
            next: None,
            arrived: Vec::new(),
            rate,
            service,
            arrivals: streams.open("arrivals", 0),
            services: streams.open("services", 0),
            responses: Moments::default(),
            little: Little::new(),
        });
        simulation.agenda.after(Span::ZERO, Move::Arrive);
        simulation.run_until(end);
        let shared = simulation.world;
        let left = shared.sharing.jobs().map(|job| shared.arrived[job as usize]);
        [shared.responses.mean(), shared.little.check(end, left)]
    });
}

#[test]
fn m_m_1_under_processor_sharing() {
    responds_like_m_m_1(Service::Exponential, ["M/M/1-PS response", "M/M/1-PS number"], None);
}

#[test]
fn m_d_1_under_processor_sharing() {
    responds_like_m_m_1(Service::Constant, ["M/D/1-PS response", "M/D/1-PS number"], Some([32.0, 15.5]));
}

#[test]
fn m_g_1_under_processor_sharing() {
    responds_like_m_m_1(Service::Hyper, ["M/G/1-PS response", "M/G/1-PS number"], Some([105.0, 34.0]));
}
