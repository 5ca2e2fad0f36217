//! A link that everybody shares: downloads of very different sizes under processor sharing, first come first served
//! beside it.
//!
//! `cargo run --release -p sim-core --example sharing`

use sim_core::{
    Agenda, Event, Handle, ProcessorSharing, Simulation, Sketch, Span, Stream, Streams, Time, Variate, World,
};

const LINK_BPS: f64 = 20e6;

#[derive(Clone, Copy)]
enum Step {
    Request,
    Done,
}

impl Event for Step {}

struct Link {
    shared: ProcessorSharing,
    done: Option<Handle>,
    /// When each download was asked for.
    asked: Vec<Time>,
    gap: Variate,
    bits: Variate,
    random: Stream,
    taken: Sketch,
    /// When a link that serves one after the other would be free, and how long downloads take there.
    free: Time,
    in_turn: Sketch,
}

impl World for Link {
    type Event = Step;

    fn handle(&mut self, now: Time, step: Step, agenda: &mut Agenda<Step>) {
        match step {
            Step::Request => {
                agenda.after(Span::from_secs(self.gap.sample(&mut self.random)), Step::Request);
                let bits = self.bits.sample(&mut self.random);
                self.shared.arrive(now, self.asked.len() as u64, bits);
                self.asked.push(now);
                self.free = self.free.max(now) + Span::from_secs_up(bits / LINK_BPS);
                self.in_turn.add((self.free - now).as_secs());
            }
            Step::Done => {
                if let Some((_, download)) = self.shared.next() {
                    self.shared.leave(now, download);
                    self.taken.add((now - self.asked[download as usize]).as_secs());
                }
            }
        }
        // Whoever comes or goes changes everybody's rate, and so who is next.
        if let Some(timer) = self.done.take() {
            agenda.cancel(timer);
        }
        self.done = self.shared.next().map(|(at, _)| agenda.timer(at, Step::Done));
    }
}

/// Runs it.
pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut simulation = Simulation::new(Link {
        shared: ProcessorSharing::new(LINK_BPS, f64::INFINITY),
        done: None,
        asked: Vec::new(),
        gap: Variate::exponential(0.5)?,
        bits: Variate::lognormal(2e6, 3e7)?,
        random: Streams::new(1, 0).open("link", 0),
        taken: Sketch::default(),
        free: Time::ZERO,
        in_turn: Sketch::default(),
    });
    simulation.agenda.after(Span::ZERO, Step::Request);
    simulation.run_until(Time::ZERO + Span::from_secs(100_000.0));
    let Link { taken, in_turn, .. } = simulation.world;
    println!("{} downloads; seconds when shared, and in turn", taken.count());
    for p in [0.5, 0.9, 0.99] {
        let told = |sketch: &Sketch| sketch.quantile(p).ok_or("too few downloads");
        println!("p{:<4} {:8.3} {:8.3}", p * 100.0, told(&taken)?, told(&in_turn)?);
    }
    assert!(taken.quantile(0.5) < in_turn.quantile(0.5), "sharing spares the small ones from waiting for the large");
    Ok(())
}
