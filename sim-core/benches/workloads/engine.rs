//! The workloads on the engine, through its public face.

use std::time::Instant;

use sim_core::{Agenda, Arrival, Event, Simulation, Span, Station, Time, World};

use super::model::{
    APPEALS, CLOUD, CLOUD_SERVERS, COMPUTE, DEVICES, Draws, LINK_NANOS, MM4_GAP, MM4_SERVERS, Run, SECOND,
};
use super::since;

#[derive(Clone, Copy)]
struct Again(u32);

impl Event for Again {}

/// Every event schedules itself once more.
struct Hold<D> {
    draws: D,
}

impl<D: Draws> World for Hold<D> {
    type Event = Again;

    #[inline]
    fn handle(&mut self, _: Time, again: Again, agenda: &mut Agenda<Again>) {
        agenda.after(self.gap(), again);
    }
}

/// A world whose events are apart by exponential gaps, a second on average.
trait Gaps {
    fn gap(&mut self) -> Span;
}

impl<D: Draws> Gaps for Hold<D> {
    #[inline(always)]
    fn gap(&mut self) -> Span {
        Span::from_nanos(self.draws.exponential(SECOND))
    }
}

/// As [`Hold`], and each time a timer two seconds ahead is set and taken back.
struct Limited<D>(Hold<D>);

impl<D: Draws> Gaps for Limited<D> {
    fn gap(&mut self) -> Span {
        self.0.gap()
    }
}

impl<D: Draws> World for Limited<D> {
    type Event = Again;

    #[inline]
    fn handle(&mut self, now: Time, again: Again, agenda: &mut Agenda<Again>) {
        self.0.handle(now, again, agenda);
        let timer = agenda.timer(now + Span::from_secs(2.0), again);
        agenda.cancel(timer);
    }
}

pub fn hold<D: Draws>(n: usize, count: u64, seed: u64) -> Run {
    holding(Hold { draws: D::new(seed) }, n, count, 0)
}

/// With a timer set and taken back at every event.
pub fn limits<D: Draws>(n: usize, count: u64, seed: u64) -> Run {
    holding(Limited(Hold { draws: D::new(seed) }), n, count, 0)
}

/// Under a million events years ahead.
pub fn skew<D: Draws>(n: usize, count: u64, seed: u64) -> Run {
    holding(Hold { draws: D::new(seed) }, n, count, 1_000_000)
}

fn holding<W: World<Event = Again> + Gaps>(world: W, n: usize, count: u64, far: u32) -> Run {
    let start = Instant::now();
    let mut simulation = Simulation::new(world);
    let year = Span::from_secs(365.0 * 86400.0).as_nanos();
    for number in 0..far {
        simulation.agenda.after(Span::from_nanos(year + u64::from(number) * 1_000_003), Again(number));
    }
    for number in 0..n as u32 {
        let first = simulation.world.gap();
        simulation.agenda.after(first, Again(number));
    }
    let setup = since(start);
    let start = Instant::now();
    for _ in 0..count {
        simulation.step();
    }
    let seconds = since(start);
    let check = simulation.agenda.now().as_secs() * n as f64 / count as f64;
    Run { events: count, units: count, seconds, setup, check }
}

/// Everything at one instant, rescheduled there ten times, then a second later.
struct Burst {
    round: u64,
}

impl World for Burst {
    type Event = Again;

    fn handle(&mut self, _: Time, Again(number): Again, agenda: &mut Agenda<Again>) {
        self.round += 1;
        let later = if number % 10 == 9 { Span::from_secs(1.0) } else { Span::ZERO };
        agenda.after(later, Again(number / 10 * 10 + (number + 1) % 10));
    }
}

pub fn burst(n: usize, count: u64) -> Run {
    let mut simulation = Simulation::new(Burst { round: 0 });
    for number in 0..n as u32 {
        simulation.agenda.after(Span::ZERO, Again(number * 10));
    }
    let start = Instant::now();
    for _ in 0..count {
        simulation.step();
    }
    Run { events: count, units: count, seconds: since(start), setup: 0.0, check: simulation.world.round as f64 }
}

#[derive(Clone, Copy)]
enum Step {
    Arrive,
    Depart,
}

impl Event for Step {}

struct Queue<D> {
    station: Station<Time>,
    draws: D,
    to_come: u64,
    served: u64,
    waited: u64,
}

impl<D: Draws> Queue<D> {
    #[inline]
    fn serve(&mut self, arrived: Time, now: Time, agenda: &mut Agenda<Step>) {
        self.waited += (now - arrived).as_nanos();
        agenda.after(Span::from_nanos(self.draws.exponential(SECOND)), Step::Depart);
    }
}

impl<D: Draws> World for Queue<D> {
    type Event = Step;

    #[inline]
    fn handle(&mut self, now: Time, step: Step, agenda: &mut Agenda<Step>) {
        match step {
            Step::Arrive => {
                self.to_come -= 1;
                if self.to_come > 0 {
                    agenda.after(Span::from_nanos(self.draws.exponential(MM4_GAP)), Step::Arrive);
                }
                if let Arrival::Starts(arrived) = self.station.arrive(now) {
                    self.serve(arrived, now, agenda);
                }
            }
            Step::Depart => {
                self.served += 1;
                if let Some(arrived) = self.station.depart() {
                    self.serve(arrived, now, agenda);
                }
            }
        }
    }
}

pub fn mm4<D: Draws>(count: u64, seed: u64) -> Run {
    let queue =
        Queue { station: Station::new(MM4_SERVERS, None), draws: D::new(seed), to_come: count, served: 0, waited: 0 };
    let mut simulation = Simulation::new(queue);
    simulation.agenda.after(Span::ZERO, Step::Arrive);
    let start = Instant::now();
    simulation.run();
    let seconds = since(start);
    let Queue { served, waited, .. } = simulation.world;
    Run { events: 2 * served, units: served, seconds, setup: 0.0, check: waited as f64 / SECOND / served as f64 }
}

#[derive(Clone, Copy)]
enum Edge {
    Arrive(u32),
    Computed(u32),
    Sent(u32),
    Served(Time),
    Answered(Time),
}

impl Event for Edge {}

struct Fleet<D> {
    devices: Vec<Device>,
    cloud: Station<Time>,
    draws: D,
    to_come: u64,
    answered: u64,
    latency: u64,
    events: u64,
}

/// Queues of requests by the instant of their arrival, the first of each in service.
struct Device {
    processor: Station<Time>,
    computing: Time,
    uplink: Station<Time>,
    sending: Time,
}

impl<D: Draws> Fleet<D> {
    fn new(count: u64, seed: u64) -> Self {
        let device = || Device {
            processor: Station::new(1, None),
            computing: Time::ZERO,
            uplink: Station::new(1, None),
            sending: Time::ZERO,
        };
        Self {
            devices: (0..DEVICES).map(|_| device()).collect(),
            cloud: Station::new(CLOUD_SERVERS, None),
            draws: D::new(seed),
            to_come: count,
            answered: 0,
            latency: 0,
            events: 0,
        }
    }

    #[inline]
    fn draw(&mut self, mean: f64) -> Span {
        Span::from_nanos(self.draws.exponential(mean))
    }

    #[inline]
    fn answer(&mut self, arrived: Time, now: Time) {
        self.answered += 1;
        self.latency += (now - arrived).as_nanos();
    }
}

impl<D: Draws> World for Fleet<D> {
    type Event = Edge;

    #[inline]
    fn handle(&mut self, now: Time, event: Edge, agenda: &mut Agenda<Edge>) {
        self.events += 1;
        match event {
            Edge::Arrive(number) => {
                if self.to_come == 0 {
                    return;
                }
                self.to_come -= 1;
                agenda.after(self.draw(SECOND), Edge::Arrive(number));
                let device = &mut self.devices[number as usize];
                if let Arrival::Starts(arrived) = device.processor.arrive(now) {
                    device.computing = arrived;
                    agenda.after(self.draw(COMPUTE), Edge::Computed(number));
                }
            }
            Edge::Computed(number) => {
                let device = &mut self.devices[number as usize];
                let arrived = device.computing;
                if let Some(next) = device.processor.depart() {
                    device.computing = next;
                    agenda.after(self.draw(COMPUTE), Edge::Computed(number));
                }
                if !self.draws.chance(APPEALS) {
                    return self.answer(arrived, now);
                }
                let device = &mut self.devices[number as usize];
                if let Arrival::Starts(arrived) = device.uplink.arrive(arrived) {
                    device.sending = arrived;
                    agenda.after(Span::from_nanos(LINK_NANOS), Edge::Sent(number));
                }
            }
            Edge::Sent(number) => {
                let device = &mut self.devices[number as usize];
                let arrived = device.sending;
                if let Some(next) = device.uplink.depart() {
                    device.sending = next;
                    agenda.after(Span::from_nanos(LINK_NANOS), Edge::Sent(number));
                }
                if let Arrival::Starts(arrived) = self.cloud.arrive(arrived) {
                    agenda.after(self.draw(CLOUD), Edge::Served(arrived));
                }
            }
            Edge::Served(arrived) => {
                agenda.after(Span::from_nanos(LINK_NANOS), Edge::Answered(arrived));
                if let Some(next) = self.cloud.depart() {
                    agenda.after(self.draw(CLOUD), Edge::Served(next));
                }
            }
            Edge::Answered(arrived) => self.answer(arrived, now),
        }
    }
}

pub fn edge<D: Draws>(count: u64, seed: u64) -> Run {
    let start = Instant::now();
    let mut simulation = Simulation::new(Fleet::<D>::new(count, seed));
    for number in 0..DEVICES as u32 {
        let first = simulation.world.draw(SECOND);
        simulation.agenda.after(first, Edge::Arrive(number));
    }
    let setup = since(start);
    let start = Instant::now();
    simulation.run();
    let seconds = since(start);
    let Fleet { answered, latency, events, .. } = simulation.world;
    Run { events, units: answered, seconds, setup, check: latency as f64 / SECOND / answered as f64 }
}
