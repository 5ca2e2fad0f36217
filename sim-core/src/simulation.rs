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
