//! A queue: M/M/c, its mean wait with an interval over replications, beside Erlang's formula.
//!
//! `cargo run --release -p sim-core --example queue`

use sim_core::{Agenda, Arrival, Event, Moments, Simulation, Span, Station, Stream, Streams, Time, Variate, World};

const SERVERS: usize = 3;

#[derive(Clone, Copy)]
enum Step {
    Arrive,
    Depart,
}

impl Event for Step {}

struct Queue {
    station: Station<Time>,
    gap: Variate,
    service: Variate,
    random: Stream,
    waits: Moments,
}

impl Queue {
    fn serve(&mut self, arrived: Time, now: Time, agenda: &mut Agenda<Step>) {
        self.waits.add((now - arrived).as_secs());
        agenda.after(Span::from_secs(self.service.sample(&mut self.random)), Step::Depart);
    }
}

impl World for Queue {
    type Event = Step;

    fn handle(&mut self, now: Time, step: Step, agenda: &mut Agenda<Step>) {
        match step {
            Step::Arrive => {
                agenda.after(Span::from_secs(self.gap.sample(&mut self.random)), Step::Arrive);
                if let Arrival::Starts(arrived) = self.station.arrive(now) {
                    self.serve(arrived, now, agenda);
                }
            }
            Step::Depart => {
                if let Some(arrived) = self.station.depart() {
                    self.serve(arrived, now, agenda);
                }
            }
        }
    }
}

/// The mean wait of one replication, seconds.
fn replication(number: u64) -> Result<f64, Box<dyn std::error::Error>> {
    let queue = Queue {
        station: Station::new(SERVERS, None),
        gap: Variate::exponential(0.4)?,
        service: Variate::exponential(1.0)?,
        random: Streams::new(1, number).open("queue", 0),
        waits: Moments::default(),
    };
    let mut simulation = Simulation::new(queue);
    simulation.agenda.after(Span::ZERO, Step::Arrive);
    simulation.run_until(Time::ZERO + Span::from_secs(50_000.0));
    Ok(simulation.world.waits.mean())
}

/// Runs it.
pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    let waits = (0..10).map(replication).collect::<Result<Moments, _>>()?;
    let estimate = waits.estimate().ok_or("no replication")?;
    let half_width = estimate.half_width().ok_or("one replication")?;
    // Erlang C for load a on c servers: P(wait) / (c − a), at a service of a second.
    let (load, mut term, mut sum) = (2.5, 1.0, 1.0);
    for k in 1..SERVERS {
        term *= load / k as f64;
        sum += term;
    }
    let all_busy = term * load / (SERVERS as f64 - load);
    let expected = all_busy / (sum + all_busy) / (SERVERS as f64 - load);
    println!("mean wait {:.3} ± {half_width:.3} s; Erlang C says {expected:.3} s", estimate.mean);
    assert!((estimate.mean - expected).abs() < 3.0 * half_width);
    Ok(())
}
