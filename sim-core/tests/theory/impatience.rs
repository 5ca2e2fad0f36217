//! Priorities, and customers who leave before they are served.

use std::collections::BTreeSet;

use sim_core::{Agenda, Arrival, Event, Moments, Place, Simulation, Span, Station, Stream, Streams, Time, World};

use crate::chain::{Chain, Reward};
use crate::common::{Figure, Little, check, exponential};

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
    fn run(streams: Streams, end: Time, rates: [f64; 2], renege: f64) -> Self {
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
        simulation.run_until(end);
        simulation.world
    }

    /// The mean number present, under Little's law.
    fn number(&self, end: Time) -> f64 {
        self.little.check(end, self.inside.iter().copied())
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
/// (Cobham, 1954). The order of service changes who waits, and not how many do. How the waits of a class scatter has no
/// closed form: these are bounds, and more than the seeds' scatter allows for would be noticed.
#[test]
fn m_m_1_with_priorities() {
    let rates = [0.2, 0.3];
    let present = Reward { a_second: Some(&|n| n as f64), ..Reward::default() };
    let figures = [
        Figure { what: "urgent", mean: 0.5 / 0.8, variance: 18.0 },
        Figure { what: "patient", mean: 0.5 / (0.8 * 0.5), variance: 140.0 },
        Figure { what: "number", mean: 0.5 / 0.5, variance: Chain::m_m_c(0.5, 1).variance_a_second(&present) },
    ];
    check(figures, |streams, end| {
        let queue = Impatient::run(streams, end, rates, 0.0);
        [queue.waits[0].mean(), queue.waits[1].mean(), queue.number(end)]
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
    let leave = |n: usize| (n.min(1) as f64, n.saturating_sub(1) as f64 * renege);
    let chain = Chain::new(rate, (0..100).map(leave));
    let give_up = Reward { a_renege: 1.0, ..Reward::default() };
    let present = Reward { a_second: Some(&|n| n as f64), ..Reward::default() };
    let figures = [
        Figure {
            what: "share that gives up",
            mean: renege * waiting / rate,
            variance: chain.variance_an_arrival(&give_up),
        },
        Figure { what: "number with reneging", mean: number, variance: chain.variance_a_second(&present) },
    ];
    check(figures, |streams, end| {
        let queue = Impatient::run(streams, end, [rate, 0.0], renege);
        [queue.reneged as f64 / queue.offered as f64, queue.number(end)]
    });
}
