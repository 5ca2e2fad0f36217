//! The same seed gives the same trajectory: in every build, on every thread, whatever structure holds the events.

use sim_core::{Agenda, Arrival, Event, Fingerprint, Handle, Simulation, Span, Station, Stream, Streams, Time, World};

use rand::RngExt;

#[derive(Clone, Copy, Hash)]
enum Step {
    Arrive,
    Depart { customer: u32 },
    GiveUp { customer: u32 },
}

impl Event for Step {
    fn rank(&self) -> u8 {
        match self {
            Step::Depart { .. } => 0,
            Step::Arrive => 1,
            Step::GiveUp { .. } => 2,
        }
    }
}

/// Thousands of servers, so that the ladder has its part, on a coarse clock, so that much happens at one instant; each
/// customer has a time limit, taken back when it is served.
struct Hall {
    station: Station<u32>,
    limits: Vec<Option<Handle>>,
    random: Stream,
}

impl Hall {
    fn draw(&mut self, most: u64) -> Span {
        Span::from_nanos(1_000 * self.random.random_range(1..=most))
    }

    fn serve(&mut self, customer: u32, agenda: &mut Agenda<Step>) {
        if let Some(limit) = self.limits[customer as usize].take() {
            agenda.cancel(limit);
        }
        agenda.after(self.draw(4_000), Step::Depart { customer });
    }
}

impl World for Hall {
    type Event = Step;

    fn handle(&mut self, now: Time, step: Step, agenda: &mut Agenda<Step>) {
        match step {
            Step::Arrive => {
                let customer = self.limits.len() as u32;
                let limit = now + self.draw(9_000_000);
                self.limits.push(Some(agenda.timer(limit, Step::GiveUp { customer })));
                agenda.after(self.draw(1), Step::Arrive);
                if let Arrival::Starts(customer) = self.station.arrive(customer) {
                    self.serve(customer, agenda);
                }
            }
            Step::Depart { .. } => {
                if let Some(customer) = self.station.depart() {
                    self.serve(customer, agenda);
                }
            }
            Step::GiveUp { customer } => self.limits[customer as usize] = None,
        }
    }
}

fn fingerprint(seed: u64) -> u64 {
    let hall =
        Hall { station: Station::new(1_900, None), limits: Vec::new(), random: Streams::new(seed, 0).open("hall", 0) };
    let mut simulation = Simulation::new(Fingerprint::new(hall));
    simulation.agenda.after(Span::ZERO, Step::Arrive);
    simulation.run_until(Time::from_nanos(60_000_000));
    simulation.world.get()
}

#[test]
fn one_seed_one_trajectory() {
    // A change here is a change of the engine's order, of a stream or of the hash, and must be meant.
    assert_eq!(format!("{:016x}", fingerprint(1)), "51be7bddaad49477");
    assert_ne!(fingerprint(1), fingerprint(2));
}

#[test]
fn on_every_thread_the_same() {
    let alone = fingerprint(3);
    let together = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| fingerprint(3))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(together, [alone; 4]);
}
