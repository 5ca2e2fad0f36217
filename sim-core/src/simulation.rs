//! The loop.

use crate::agenda::{Agenda, Event};
use crate::time::Time;

/// A model: its whole state, and what each event does to it.
pub trait World {
    /// What can happen; an enum in all but the smallest models.
    type Event: Event;

    /// Whether [`World::look_ahead`] should be called.
    const LOOKS_AHEAD: bool = false;

    /// Handles `event` at `now`; events that follow from it go on the agenda.
    fn handle(&mut self, now: Time, event: Self::Event, agenda: &mut Agenda<Self::Event>);

    /// Called with events that are about to happen, a handful at a time, when very many are pending. A world that is
    /// larger than the processor's caches may prefetch what they will need, so that memory accesses overlap. Results
    /// must not depend on it.
    fn look_ahead<'e>(&self, near: impl Iterator<Item = &'e Self::Event> + Clone)
    where
        Self::Event: 'e,
    {
        let _ = near;
    }
}

/// A world and its agenda.
pub struct Simulation<W: World> {
    /// The model.
    pub world: W,
    /// The events still to come.
    pub agenda: Agenda<W::Event>,
}

impl<W: World> Simulation<W> {
    /// A world with nothing planned yet.
    pub fn new(world: W) -> Self {
        Self { world, agenda: Agenda::default() }
    }

    /// When the next event happens.
    pub fn peek(&mut self) -> Option<Time> {
        self.agenda.peek()
    }

    /// Handles the next event; returns its time, or nothing if there was none.
    #[inline]
    pub fn step(&mut self) -> Option<Time> {
        let (now, event) = self.agenda.pop()?;
        self.world.handle(now, event, &mut self.agenda);
        Some(now)
    }

    /// Handles all events before `end`. Events at `end` itself stay on the agenda.
    pub fn run_until(&mut self, end: Time) {
        let mut heard_of = self.agenda.refills();
        while let Some((now, event)) = self.agenda.pop_before(end) {
            if W::LOOKS_AHEAD && heard_of != self.agenda.refills() {
                heard_of = self.agenda.refills();
                self.world.look_ahead(self.agenda.near());
            }
            self.world.handle(now, event, &mut self.agenda);
        }
    }

    /// Handles events until none are left.
    pub fn run(&mut self) {
        while let Some((now, event)) = self.agenda.pop() {
            self.world.handle(now, event, &mut self.agenda);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::time::Span;

    #[derive(Clone, Copy)]
    struct Tick(u64);
    impl Event for Tick {}

    /// Notes when ticks happen; each is followed by the next after a second, up to a last one.
    struct Clock {
        last: u64,
        ticks: Vec<(Time, u64)>,
    }

    impl World for Clock {
        type Event = Tick;

        fn handle(&mut self, now: Time, Tick(number): Tick, agenda: &mut Agenda<Tick>) {
            self.ticks.push((now, number));
            if number < self.last {
                agenda.after(second(1), Tick(number + 1));
            }
        }
    }

    fn second(count: u64) -> Span {
        Span::from_nanos(count * 1_000_000_000)
    }

    fn ticking(last: u64) -> Simulation<Clock> {
        let mut simulation = Simulation::new(Clock { last, ticks: Vec::new() });
        simulation.agenda.after(second(1), Tick(1));
        simulation
    }

    fn at(seconds: u64) -> Time {
        Time::ZERO + second(seconds)
    }

    #[test]
    fn a_step_is_one_event() {
        let mut simulation = ticking(2);
        assert_eq!((simulation.peek(), simulation.world.ticks.len()), (Some(at(1)), 0));
        assert_eq!((simulation.step(), simulation.peek()), (Some(at(1)), Some(at(2))));
        assert_eq!((simulation.step(), simulation.peek(), simulation.step()), (Some(at(2)), None, None));
        assert_eq!(simulation.world.ticks, [(at(1), 1), (at(2), 2)]);
    }

    #[test]
    fn a_run_stops_before_its_end_or_when_nothing_is_left() {
        let mut simulation = ticking(5);
        simulation.run_until(at(3));
        assert_eq!(simulation.world.ticks, [(at(1), 1), (at(2), 2)]);
        assert_eq!(simulation.peek(), Some(at(3)));
        simulation.run();
        assert_eq!((simulation.world.ticks.len(), simulation.agenda.now(), simulation.peek()), (5, at(5), None));
    }

    /// Very many ticks far ahead; notes which it was told to look at.
    struct Ahead<const LOOKS: bool> {
        happened: Vec<u64>,
        told: Cell<usize>,
        wrong: Cell<usize>,
    }

    impl<const LOOKS: bool> World for Ahead<LOOKS> {
        type Event = Tick;
        const LOOKS_AHEAD: bool = LOOKS;

        fn handle(&mut self, _: Time, Tick(number): Tick, _: &mut Agenda<Tick>) {
            self.happened.push(number);
        }

        fn look_ahead<'e>(&self, near: impl Iterator<Item = &'e Tick> + Clone) {
            // The tick being taken is the next; those told come right after it.
            let next = self.happened.len() as u64 + 1;
            let wrong = near.clone().zip(next..).filter(|(Tick(number), expected)| number != expected).count();
            self.wrong.set(self.wrong.get() + wrong);
            self.told.set(self.told.get() + near.count());
        }
    }

    fn ahead<const LOOKS: bool>() -> Ahead<LOOKS> {
        let world = Ahead { happened: Vec::new(), told: Cell::new(0), wrong: Cell::new(0) };
        let mut simulation = Simulation::new(world);
        (0..10_000).for_each(|number| simulation.agenda.at(Time::from_nanos(number * 1_000), Tick(number)));
        simulation.run_until(Time::MAX);
        simulation.world
    }

    /// A world is told of most events shortly before they happen, of each at most once, and only if it asks for that.
    #[test]
    fn a_world_may_look_ahead() {
        let looks = ahead::<true>();
        assert!(looks.happened.iter().copied().eq(0..10_000));
        assert!(looks.told.get() > 5_000 && looks.told.get() < 10_000, "{:?}", looks.told);
        assert_eq!((looks.wrong.get(), ahead::<false>().told.get()), (0, 0));
    }
}
