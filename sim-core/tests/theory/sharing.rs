//! Processor sharing.

use sim_core::{Agenda, Event, Handle, Moments, ProcessorSharing, Simulation, Span, Stream, Streams, Time, World};

use crate::common::{HORIZON, Little, Service, check, exponential};

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
