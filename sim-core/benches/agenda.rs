//! How fast the engine is: `cargo bench -p sim-core`. Times are for `EVENTS` events or customers.

use divan::Bencher;
use divan::counter::ItemsCount;
use rand_distr::{Distribution, Exp1};
use sim_core::{Agenda, Arrival, Event, Simulation, Span, Station, Stream, Streams, Time, World};

const EVENTS: usize = 200_000;

fn main() {
    divan::main();
}

fn exponential(random: &mut Stream, mean: f64) -> Span {
    let drawn: f64 = Exp1.sample(random);
    Span::from_secs_up(drawn * mean)
}

/// Sixteen bytes, as much as an event of a small model.
#[derive(Clone, Copy)]
struct Sixteen(u64, u64);

impl Event for Sixteen {}

fn filled(pending: usize, random: &mut Stream) -> Agenda<Sixteen> {
    let mut agenda = Agenda::default();
    for number in 0..pending as u64 {
        agenda.after(exponential(random, 1.0), Sixteen(number, number));
    }
    agenda
}

/// The hold model: each event schedules one more, so the number pending stays.
#[divan::bench(args = [100, 10_000, 1_000_000])]
fn hold(bencher: Bencher, pending: usize) {
    let mut random = Streams::new(1, 0).open("hold", 0);
    let mut agenda = filled(pending, &mut random);
    bencher.counter(ItemsCount::new(EVENTS)).bench_local(|| {
        for _ in 0..EVENTS {
            if let Some((_, event)) = agenda.pop() {
                agenda.after(exponential(&mut random, 1.0), Sixteen(event.1, event.0));
            }
        }
    });
}

/// The worst mix for a heap: everything at one instant.
#[divan::bench(args = [10_000])]
fn hold_at_one_instant(bencher: Bencher, pending: usize) {
    let mut agenda = Agenda::default();
    for number in 0..pending as u64 {
        agenda.after(Span::ZERO, Sixteen(number, 0));
    }
    bencher.counter(ItemsCount::new(EVENTS)).bench_local(|| {
        for _ in 0..EVENTS {
            if let Some((_, event)) = agenda.pop() {
                agenda.after(Span::ZERO, event);
            }
        }
    });
}

/// A timer set and taken back for every event, as time limits are.
#[divan::bench(args = [100, 10_000, 1_000_000])]
fn set_and_cancel(bencher: Bencher, pending: usize) {
    let mut random = Streams::new(1, 0).open("cancel", 0);
    let mut agenda = filled(pending, &mut random);
    bencher.counter(ItemsCount::new(EVENTS)).bench_local(|| {
        for _ in 0..EVENTS {
            let timer = agenda.after(exponential(&mut random, 1.0), Sixteen(0, 0));
            agenda.cancel(timer);
        }
    });
}

/// M/M/4 at load 0.8.
struct Queue {
    station: Station<Time>,
    random: Stream,
}

#[derive(Clone, Copy)]
enum Step {
    Arrive,
    Depart,
}

impl Event for Step {}

impl World for Queue {
    type Event = Step;

    fn handle(&mut self, now: Time, step: Step, agenda: &mut Agenda<Step>) {
        let starts = match step {
            Step::Arrive => {
                agenda.after(exponential(&mut self.random, 1.0 / 3.2), Step::Arrive);
                matches!(self.station.arrive(now), Arrival::Starts(_))
            }
            Step::Depart => self.station.depart().is_some(),
        };
        if starts {
            agenda.after(exponential(&mut self.random, 1.0), Step::Depart);
        }
    }
}

#[divan::bench]
fn m_m_4(bencher: Bencher) {
    let queue = Queue { station: Station::new(4, None), random: Streams::new(1, 0).open("queue", 0) };
    let mut simulation = Simulation::new(queue);
    simulation.agenda.after(Span::ZERO, Step::Arrive);
    bencher.counter(ItemsCount::new(EVENTS)).bench_local(|| {
        for _ in 0..EVENTS {
            simulation.step();
        }
    });
}

/// Opening a random stream.
#[divan::bench]
fn open_stream(bencher: Bencher) {
    let streams = Streams::new(1, 0);
    let mut entity = 0;
    bencher.bench_local(|| {
        entity += 1;
        streams.open("arrivals", entity)
    });
}
