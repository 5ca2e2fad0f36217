//! One run from its first event to its last, or to the first record that its sink does not take.

use std::cell::Cell;
use std::convert::Infallible;
use std::ops::ControlFlow;

use analysis::{DeviceRecord, OfferedLoad, RequestRecord, TimelineStep};
use sim_core::{Simulation, Time};

use super::batteries::{Marks, mean_charge};
use super::tier::Integrals;
use super::{Trace, World};
use crate::answers::{Networks, Observation};
use crate::plan::{CLOUD, Plan};
use crate::policies::Policy;

/// Number of equal stretches of a run whose means are kept.
const TIMELINE_STEPS: u64 = 60;

/// One run: a policy, and a replication of a plan.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// What is simulated.
    pub plan: &'a Plan,
    /// The networks.
    pub networks: &'a Networks,
    /// The policy that decides.
    pub policy: &'a Policy,
    /// Number of the replication.
    pub replication: u32,
}

/// What a run leaves besides the records of its requests.
pub struct RunEnd {
    /// One row per device.
    pub devices: Vec<DeviceRecord>,
    /// Share of the time that the cloud's servers were busy.
    pub cloud_busy: f64,
    /// Mean number of its servers that were on.
    pub cloud_servers: f64,
    /// Share of the time that the servers at the ends of links were busy, if there are any.
    pub edge_busy: Option<f64>,
    /// Joules of all servers.
    pub cloud_energy: f64,
    /// The cost of all servers that have a price.
    pub cloud_cost: Option<f64>,
    /// The load offered to processors, links and servers.
    pub loads: Vec<OfferedLoad>,
    /// Number of answers asked for, by way.
    pub questions: Vec<u64>,
    /// The state of the cloud and of the batteries over time.
    pub timeline: Vec<TimelineStep>,
    /// What the traced devices and the cloud did.
    pub trace: Trace,
}

/// Takes the records of a run as they leave it.
pub trait Sink {
    /// Why a record was not taken.
    type Error;

    /// Takes the record of a request, in order of arrival, and what the device saw.
    ///
    /// # Errors
    /// If it cannot; the run then ends at once, and no further record comes.
    fn take(&mut self, record: RequestRecord, observation: &Observation) -> Result<(), Self::Error>;
}

impl<E, F: FnMut(RequestRecord, &Observation) -> Result<(), E>> Sink for F {
    type Error = E;

    fn take(&mut self, record: RequestRecord, observation: &Observation) -> Result<(), E> {
        self(record, observation)
    }
}

impl Run<'_> {
    /// Runs it to its end; `take` gets the records of its requests, in order of arrival, with what the device saw.
    pub fn run(&self, take: &mut dyn FnMut(RequestRecord, &Observation)) -> RunEnd {
        let mut sink = |record: RequestRecord, observation: &Observation| -> Result<(), Infallible> {
            take(record, observation);
            Ok(())
        };
        let Ok(end) = self.run_into(&[], &mut sink);
        end
    }

    /// Runs it with a trace of some devices, to its end or to the first record that `sink` does not take.
    ///
    /// # Errors
    /// The sink's error.
    pub fn run_into<S: Sink>(&self, traced: &[u32], sink: &mut S) -> Result<RunEnd, S::Error> {
        let end = Time::ZERO + self.plan.duration;
        let failed = Cell::new(None);
        let refused = || failed.take().map_or(Ok(()), Err);
        let mut take = |record: RequestRecord, observation: &Observation| match sink.take(record, observation) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failed.set(Some(error));
                ControlFlow::Break(())
            }
        };
        let mut simulation = Simulation::new(World::new(self, traced, &mut take));
        simulation.world.begin(&mut simulation.agenda);
        let mut timeline = Vec::with_capacity(TIMELINE_STEPS as usize);
        let (mut before, mut marks) = (Integrals::default(), Marks::of(self.plan));
        for number in 1..=TIMELINE_STEPS {
            let nanos = u128::from(end.as_nanos()) * u128::from(number) / u128::from(TIMELINE_STEPS);
            let now = Time::from_nanos(nanos as u64);
            while let Some(mark) = marks.due(now) {
                simulation.run_until(mark);
                marks.mark(&mut simulation.world.devices, self.plan, mark);
            }
            simulation.run_until(now);
            refused()?;
            let after = simulation.world.tiers[usize::from(CLOUD)].integrals(now);
            timeline.push(TimelineStep {
                until_s: now.as_secs(),
                cloud_busy: after.busy_since(&before),
                cloud_waiting: after.waiting_since(&before),
                battery: mean_charge(&simulation.world.devices, self.plan, now),
            });
            before = after;
        }
        let run_end = simulation.world.close(end, timeline, &mut simulation.agenda);
        refused()?;
        Ok(run_end)
    }
}
