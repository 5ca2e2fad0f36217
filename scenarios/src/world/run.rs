//! One run from its first event to its last.

use analysis::{DeviceRecord, Moment, OfferedLoad, RequestRecord};
use sim_core::{Simulation, Time};

use super::tier::Integrals;
use super::{Trace, World};
use crate::plan::{CLOUD, Foresight, Minds, Plan, Sight};
use crate::policies::Policy;

/// Equal stretches of a run whose means are kept.
const MOMENTS: u64 = 60;

/// One run: a policy, and a replication of a plan.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// What is simulated.
    pub plan: &'a Plan,
    /// The networks.
    pub minds: &'a Minds,
    /// What is already known of their answers.
    pub foresight: Option<&'a Foresight>,
    /// Who decides.
    pub policy: &'a dyn Policy,
    /// Which of the independent repetitions.
    pub replication: u32,
}

/// What a run leaves behind beside its requests.
pub struct RunEnd {
    /// A row a device.
    pub devices: Vec<DeviceRecord>,
    /// Share of the time the cloud's servers worked.
    pub cloud_busy: f64,
    /// Mean number of its servers that were on.
    pub cloud_servers: f64,
    /// Share of the time the servers at the ends of links worked, if there are any.
    pub edge_busy: Option<f64>,
    /// Joules of all servers.
    pub cloud_energy: f64,
    /// What all servers cost, as far as they have a price.
    pub cloud_cost: Option<f64>,
    /// What processors, links and servers were asked to do.
    pub loads: Vec<OfferedLoad>,
    /// Questions to the little network and to the big one.
    pub questions: (u64, u64),
    /// How cloud and batteries fared over time.
    pub timeline: Vec<Moment>,
    /// What the traced devices and the cloud did.
    pub trace: Trace,
}

impl Run<'_> {
    /// Runs it; `sink` gets the records of its requests, in order of arrival, with what the device saw.
    pub fn run(&self, sink: &mut dyn FnMut(RequestRecord, &Sight)) -> RunEnd {
        self.run_traced(&[], sink)
    }

    /// The same, with a trace of some devices.
    pub fn run_traced(&self, traced: &[u32], sink: &mut dyn FnMut(RequestRecord, &Sight)) -> RunEnd {
        let end = Time::ZERO + self.plan.duration;
        let mut simulation = Simulation::new(World::new(self, traced, sink));
        simulation.world.begin(&mut simulation.agenda);
        let mut timeline = Vec::with_capacity(MOMENTS as usize);
        let mut before = Integrals::default();
        for number in 1..=MOMENTS {
            let nanos = u128::from(end.as_nanos()) * u128::from(number) / u128::from(MOMENTS);
            let now = Time::from_nanos(nanos as u64);
            while let Some(mark) = simulation.world.next_battery_mark(now) {
                simulation.run_until(mark);
                simulation.world.mark_batteries(mark);
            }
            simulation.run_until(now);
            let after = simulation.world.tiers[usize::from(CLOUD)].integrals(now);
            timeline.push(Moment {
                until_s: now.as_secs(),
                cloud_busy: after.busy_since(&before),
                cloud_waiting: after.waiting_since(&before),
                battery: simulation.world.charge(now),
            });
            before = after;
        }
        simulation.world.close(end, timeline)
    }
}
