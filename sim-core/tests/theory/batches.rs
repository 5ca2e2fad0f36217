//! Batch service.

use std::collections::BTreeSet;

use sim_core::{Agenda, Batch, BatchServer, Event, Moments, Simulation, Span, Stream, Time, World};

use crate::common::{Figure, Little, check, exponential};

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
                self.server.arrive(now, 0, now);
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
        while let Some(Batch { jobs: batch, .. }) = self.server.start(now) {
            self.sizes.add(batch.len() as f64);
            self.running.push(batch);
            agenda.after(Span::from_secs(1.0), Beat::Done);
        }
    }
}

/// With batches of any size and a server that takes a second for one as for many, it works off its whole queue every
/// time: λ jobs a batch on average, and one more when it would have been none.
///
/// The numbers that arrive in each second of service, A, are independent, and everything else follows from them: the
/// next batch has A jobs, or after a gap one. So each brings |A or 1| jobs that are served for a second, the waits of A
/// jobs that arrive at uniform moments, and perhaps a gap; figures are ratios of sums of such independent terms.
#[test]
fn batch_service() {
    let rate = 5.0f64;
    let none = (-rate).exp();
    let batch = rate + none;
    // After a second without arrivals, it waits for one job and takes that alone.
    let cycle = 1.0 + none / rate;
    let number = (1.5 * rate + none) / cycle;
    // E[(A or 1)²] = λ + λ² + P(A = 0).
    let of_batch = rate + rate * rate + none - batch * batch;
    // Job-seconds of a term, less the number for each of its seconds.
    let mut of_number = none * ((1.0 - number - number / rate).powi(2) + (number / rate).powi(2));
    let mut chance = none;
    for a in (1..60).map(f64::from) {
        chance *= rate / a;
        of_number += chance * ((1.5 * a - number).powi(2) + a / 12.0);
    }
    let figures = [
        Figure { what: "mean batch", mean: batch, variance: of_batch * cycle },
        Figure { what: "number in batches", mean: number, variance: of_number / cycle },
    ];
    check(figures, |streams, end| {
        let mut simulation = Simulation::new(Batching {
            server: BatchServer::new(1, usize::MAX, Span::ZERO),
            rate,
            arrivals: streams.open("arrivals", 0),
            sizes: Moments::default(),
            little: Little::new(),
            inside: BTreeSet::new(),
            running: Vec::new(),
        });
        simulation.agenda.after(Span::ZERO, Beat::Arrive);
        simulation.run_until(end);
        let batching = simulation.world;
        [batching.sizes.mean(), batching.little.check(end, batching.inside.iter().copied())]
    });
}
