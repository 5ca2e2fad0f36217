//! Batch service.

use std::collections::BTreeSet;

use sim_core::{Agenda, BatchServer, Event, Moments, Simulation, Span, Stream, Streams, Time, World};

use crate::common::{HORIZON, Little, check, exponential};

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
                self.server.arrive(now, now);
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
        while let Some(batch) = self.server.start(now) {
            self.sizes.add(batch.len() as f64);
            self.running.push(batch);
            agenda.after(Span::from_secs(1.0), Beat::Done);
        }
    }
}

/// With batches of any size and a server that takes a second for one as for many, it works off its whole queue every
/// time: λ jobs a batch on average, and one more when it would have been none.
#[test]
fn batch_service() {
    let run = |streams: Streams| {
        let mut simulation = Simulation::new(Batching {
            server: BatchServer::new(1, usize::MAX, Span::ZERO),
            rate: 5.0,
            arrivals: streams.open("arrivals", 0),
            sizes: Moments::default(),
            little: Little::new(),
            inside: BTreeSet::new(),
            running: Vec::new(),
        });
        simulation.agenda.after(Span::ZERO, Beat::Arrive);
        simulation.run_until(HORIZON);
        simulation.world
    };
    // After a second without arrivals, e⁻⁵ of the time, it waits for one job and takes that alone.
    check("mean batch", 5.0 + (-5.0f64).exp(), |streams| run(streams).sizes.mean());
    // Busy but for those gaps, so each job waits half a second and is served for one.
    let cycle = 1.0 + (-5.0f64).exp() / 5.0;
    let stay = (1.5 * 5.0 + (-5.0f64).exp()) / (5.0 + (-5.0f64).exp());
    check("number", stay * (5.0 + (-5.0f64).exp()) / cycle, |streams| {
        let batching = run(streams);
        batching.little.check(batching.inside.iter().copied())
    });
}
